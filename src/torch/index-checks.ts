// What functions check of the tensors of positions that they are given (ATen/native/ScatterGatherChecks.h).

import { int32, int64 } from "../core/dtype.ts";
import { elements, toNumber } from "../core/elements.ts";
import { IndexError, RuntimeError } from "../core/errors.ts";
import { choose } from "./choice.ts";
import { converted } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** An index as kernels take it, int64. */
export function longIndex(index: Tensor): Tensor {
  return index.dtype === int64 ? index : converted(index, int64);
}

/**
 * Positions in row-major order, those below 0 counted from the end.
 * @throws IndexError beyond the elements, where positions are known
 */
export function flatPositions(index: Tensor, count: number): Tensor {
  for (const value of index.storage.hasValues ? elements(index) : []) {
    const position = toNumber(value);
    if (position >= -count && position < count) continue;
    throw new IndexError(`out of range: tried to access index ${position} on a tensor of ${count} elements.`);
  }
  return choose(index.lt(0), index.add(count), index);
}

/**
 * Checks of an index that has as many axes as what it points into; an empty one may be of any type.
 * @throws RuntimeError
 */
export function checkIndexed(input: Tensor, index: Tensor, name: string): void {
  if (index.layout.size === 0) return;
  if (index.dtype !== int64 && index.dtype !== int32) {
    throw new RuntimeError(`${name}(): Expected dtype int32/int64 for index`);
  }
  if (Math.max(index.ndim, 1) !== Math.max(input.ndim, 1)) {
    throw new RuntimeError(
      `Index tensor must have the same number of dimensions as ${name === "gather" ? "input" : "self"} tensor`,
    );
  }
}

/** @throws RuntimeError for a position outside the axis, where positions are known */
export function checkPositions(input: Tensor, axis: number, index: Tensor): void {
  if (!index.storage.hasValues) return;
  const length = input.shape[axis] ?? 1;
  for (const value of elements(index)) {
    const position = toNumber(value);
    if (position >= 0 && position < length) continue;
    throw new RuntimeError(`index ${position} is out of bounds for dimension ${axis} with size ${length}`);
  }
}

/** True iff the index is nowhere longer than the other shape, but along the axis. */
export function isWithin(index: Tensor, shape: readonly number[], axis: number | null): boolean {
  return index.shape.every((length, other) => other === axis || length <= (shape[other] ?? 1));
}
