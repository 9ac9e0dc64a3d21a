// What the functions of numpy.random take as a size and as an array to fill, and the memory they fill.

import type { DType, TypedArray } from "../../core/dtype.ts";
import { int32 } from "../../core/dtype.ts";
import { PythonTypeError, ValueError } from "../../core/errors.ts";
import { sameShape } from "../../core/layout.ts";
import { PyFloat } from "../../core/python.ts";
import { shapeOf } from "../axes.ts";
import type { NDArray } from "../ndarray.ts";
import { isOnlyFortran } from "../order.ts";
import type { ShapeLike } from "../types.ts";

/** How many numbers: one alone, a row of them, or an array of that shape. */
export type Size = ShapeLike | null;

/** The shape that a size says. @throws TypeError, ValueError as `numpy.empty` refuses one */
export function shapeOfSize(size: ShapeLike): number[] {
  const items: readonly unknown[] = Array.isArray(size) ? size : [];
  const wrong = typeof size === "string" ? size : items.find((item) => !isWhole(item));
  if (wrong !== undefined) {
    const type = typeof wrong === "string" ? "str" : "float";
    throw new PythonTypeError(`'${type}' object cannot be interpreted as an integer`);
  }
  return shapeOf(size);
}

function isWhole(value: unknown): boolean {
  return !(value instanceof PyFloat) && typeof value !== "string" && Number.isInteger(Number(value));
}

/** The elements of a new row-major array, in order, through the typed array of their type. */
export function elementsOf(array: NDArray): TypedArray {
  return array.storage.view(array.dtype).subarray(0, array.size) as TypedArray;
}

/**
 * The elements of an array that is to be filled, in the order of memory.
 * @param needsRows true iff only row-major memory will do
 * @throws ValueError, TypeError where it cannot be filled
 */
export function elementsOfOut(out: NDArray, dtype: DType, size: Size, needsRows = false): TypedArray {
  const { layout } = out;
  const isPlain = layout.isContiguous || (isOnlyFortran(layout) && !needsRows);
  if (!out.writeable || !layout.isAligned || !isPlain) {
    throw new ValueError(
      `Supplied output array must be ${needsRows ? "C-" : ""}contiguous, writable, aligned, and in machine byte-order.`,
    );
  }
  if (out.dtype !== dtype) {
    throw new PythonTypeError(
      `Supplied output array has the wrong type. Expected ${dtype.name}, got ${out.dtype.name}`,
    );
  }
  if (size !== null && !sameShape(shapeOfSize(size), out.shape))
    throw new ValueError("size must match out.shape when used together");
  out.storage.bump();
  return out.storage.view(dtype).subarray(layout.offset, layout.offset + layout.size) as TypedArray;
}

/** Writes whole numbers to 64-bit integers without a bigint for each; what is too large becomes the largest. */
export class WideWriter {
  private readonly halves: Int32Array;

  /** @param array a new row-major array of int64 */
  constructor(array: NDArray) {
    this.halves = array.storage.view(int32) as Int32Array;
  }

  write(position: number, value: number): void {
    const isOver = value >= 2 ** 63;
    this.halves[2 * position] = isOver ? -1 : value;
    this.halves[2 * position + 1] = isOver ? 0x7fffffff : Math.floor(value / 2 ** 32);
  }
}

/** A whole number as Python's int: a bigint where a number is not exact. */
export function pythonInteger(value: number): number {
  if (Number.isSafeInteger(value)) return value;
  const whole: unknown = value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(value);
  // Numbers so large come only from parameters that no exact number can be drawn with.
  return whole as number;
}
