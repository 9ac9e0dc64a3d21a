// Minimum, maximum, mean and NaN count of an array's elements, and the digest of their bytes.

import { forEachPosition, getterOf, type Operand, toNumber } from "../../core/elements.ts";
import { FormatError } from "../../core/errors.ts";
import { contentBytes } from "../content.ts";

/** What can be said of the numbers of an array. NaN elements count for nothing but `nan`; where all are NaN, so are the rest. */
export interface Statistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** How many elements are NaN. */
  readonly nan: number;
}

/** Elements that a view may repeat beyond those of its storage. */
const mostRepeats = 64;
const repeatsAlways = 2 ** 26;

/**
 * The statistics of a real array; of a complex one there are none.
 * @returns undefined for complex types, and where there is no element
 * @throws FormatError when the view repeats its storage beyond any use
 */
export function statisticsOf(operand: Operand): Statistics | undefined {
  const { layout, storage } = operand;
  if (layout.dtype.isComplex || layout.size === 0) return undefined;
  const held = storage.length(layout.dtype);
  if (layout.size > repeatsAlways + mostRepeats * held) {
    throw new FormatError(`a view of ${layout.size} elements over ${held} is not gone through`);
  }
  const array = storage.view(layout.dtype);
  const get = getterOf(layout.dtype);
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let nan = 0;
  forEachPosition(layout, (position) => {
    const value = toNumber(get(array, position));
    if (Number.isNaN(value)) nan++;
    else {
      if (value < min) min = value;
      if (value > max) max = value;
      sum += value;
    }
  });
  const count = layout.size - nan;
  if (count === 0) return { min: Number.NaN, max: Number.NaN, mean: Number.NaN, nan };
  return { min, max, mean: sum / count, nan };
}

/** The sha256 of bytes, in hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const plain = bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice();
  const digest = await crypto.subtle.digest("SHA-256", plain as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The sha256 of an array's elements in row-major order, little-endian, in hexadecimal. */
export async function contentHash(operand: Operand): Promise<string> {
  return sha256(contentBytes(operand));
}
