// What an array holds, apart from how it lies: its elements' bytes in row-major order, and what can be said of them.

import type { Operand } from "../core/elements.ts";
import { FormatError } from "../core/errors.ts";
import { contiguousStrides, type Layout } from "../core/layout.ts";
import type { RawTensor } from "./values.ts";

/** Bytes that a view may take beyond its storage when it is written out. */
const writtenOutAlways = 2 ** 28;
const writtenOutGrowth = 64;

/** Where the elements lie, in bytes: a layout of any unit. */
interface BytePlaces {
  readonly itemSize: number;
  readonly shape: readonly number[];
  readonly steps: readonly number[];
  readonly start: number;
}

function bytePlaces(layout: Layout): BytePlaces {
  const { unit } = layout;
  return {
    itemSize: layout.dtype.itemSize,
    shape: layout.shape,
    steps: layout.strides.map((stride) => stride * unit),
    start: layout.offset * unit,
  };
}

/**
 * The bytes of the elements in row-major order, little-endian. They are the storage's own where they lie so already:
 * not to be written to.
 * @throws FormatError when the view repeats its storage so often that written out it is beyond any use
 */
export function contentBytes(operand: Operand): Uint8Array {
  return rowMajorBytes(operand.storage.bytes(), bytePlaces(operand.layout));
}

/**
 * Checks that a view can be written out.
 * @param size bytes that it would take
 * @param held bytes of its storage
 * @throws FormatError when it repeats them so often that it is beyond any use
 */
export function checkWrittenOut(shape: readonly number[], size: number, held: number): void {
  if (size <= writtenOutAlways + writtenOutGrowth * held) return;
  throw new FormatError(
    `a view of shape (${shape.join(", ")}) over ${held} bytes would take ${size} bytes when written out`,
  );
}

/** As `contentBytes`, for a tensor that is carried as bytes only. */
export function rawContentBytes({ itemSize, shape, strides, offset, stored }: RawTensor): Uint8Array {
  const steps = strides.map((stride) => stride * itemSize);
  return rowMajorBytes(stored.storage.bytes(), { itemSize, shape, steps, start: offset * itemSize });
}

/** Bytes of any element size in row-major order. */
function rowMajorBytes(bytes: Uint8Array, places: BytePlaces): Uint8Array {
  const { itemSize, shape, steps, start } = places;
  const size = shape.reduce((product, length) => product * length, 1) * itemSize;
  const packed = contiguousStrides(shape).map((stride) => stride * itemSize);
  if (size === 0) return new Uint8Array(0);
  if (shape.every((length, axis) => length === 1 || steps[axis] === packed[axis])) {
    return bytes.subarray(start, start + size);
  }
  checkWrittenOut(shape, size, bytes.byteLength);
  const target = new Uint8Array(size);
  copyAxis(bytes, start, target, 0, { itemSize, shape, steps, packed }, 0);
  return target;
}

interface CopyPlan {
  readonly itemSize: number;
  readonly shape: readonly number[];
  readonly steps: readonly number[];
  readonly packed: readonly number[];
}

function copyAxis(
  source: Uint8Array,
  from: number,
  target: Uint8Array,
  to: number,
  plan: CopyPlan,
  axis: number,
): void {
  const { itemSize, shape, steps, packed } = plan;
  if (axis === shape.length) {
    for (let byte = 0; byte < itemSize; byte++) target[to + byte] = source[from + byte]!;
    return;
  }
  const length = shape[axis]!;
  const step = steps[axis]!;
  const inner = packed[axis]!;
  if (axis === shape.length - 1 && step === itemSize) {
    target.set(source.subarray(from, from + length * itemSize), to);
    return;
  }
  for (let index = 0; index < length; index++) {
    copyAxis(source, from + index * step, target, to + index * inner, plan, axis + 1);
  }
}
