// Whether numbers are finite.

import { placeToRead } from "./copy.ts";
import { kernels } from "./use.ts";

/** Elements copied in at a time: they stay in the second cache. */
const blockLength = 2 ** 16;

/** True iff all numbers are finite. */
export function areFinite(values: Float32Array): boolean {
  const made = kernels(values);
  if (made === undefined) return Number.isFinite(sumOf(values));
  const { exports, start } = made;
  for (let at = 0; at < values.length; at += blockLength) {
    const count = Math.min(blockLength, values.length - at);
    if (exports.isFinite32(placeToRead(made, values, at, count, start), count) === 0) return false;
  }
  return true;
}

/** The sum of all: not finite where a number is not, since single precision cannot make doubles overflow. */
function sumOf(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}
