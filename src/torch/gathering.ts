// Elements picked and written by positions along an axis.

import { int32, int64 } from "../core/dtype.ts";
import { elements, toNumber } from "../core/elements.ts";
import { IndexError, RuntimeError } from "../core/errors.ts";
import { broadcastShapes } from "../core/layout.ts";
import * as ops from "../ops/indexing.ts";
import { TensorBase } from "./base.ts";
import { choose } from "./choice.ts";
import { wrapDim } from "./dims.ts";
import { checkWritable, recordWrite, writeValues } from "./in-place.ts";
import { named } from "./node.ts";
import { plainScalar, type ScalarLike } from "./promotion.ts";
import { broadcastError, converted, run, scalarOperand } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

function longIndex(index: Tensor): Tensor {
  return index.dtype === int32 ? converted(index, int64) : index;
}

/** @throws what PyTorch throws for positions outside the axis: which it is depends on the loop that meets them */
function checkSelected(input: Tensor, axis: number, index: Tensor): void {
  const count = index.layout.size;
  if (input.ndim === 0 && count !== 1) {
    throw new RuntimeError(`index_select(): Index to scalar can have only 1 value, got ${count} value(s)`);
  }
  const length = input.ndim === 0 ? 1 : input.shape[axis]!;
  if (input.ndim > 1 && length === 0 && count > 0) {
    throw new RuntimeError("index_select(): self indexing axis dim should be positive");
  }
  for (const value of elements(index)) {
    const position = toNumber(value);
    if (position >= 0 && position < length) continue;
    const isChecked = input.ndim < 2 || (axis !== 1 && input.layout.size > 0);
    if (isChecked) throw new IndexError("index out of range in self");
    throw new RuntimeError(`INDICES element is out of DATA bounds, id=${position} axis_dim=${length}`);
  }
}

/** Slices along an axis by a 1-D tensor of positions. */
export function indexSelect(input: Tensor, dim: number, index: Tensor): Tensor {
  const axis = wrapDim(dim, input.ndim);
  if (index.ndim > 1) throw new IndexError("index_select(): Index is supposed to be a vector");
  if (index.dtype !== int64 && index.dtype !== int32) {
    throw new RuntimeError("index_select(): Expected dtype int32 or int64 for index");
  }
  checkSelected(input, axis, index);
  if (input.ndim === 0) return named(input.clone(), "IndexSelectBackward0");
  const flat = index.ndim === 0 ? index.reshape([1]) : index;
  return run(ops.take, [input, longIndex(flat)], { axis }, "IndexSelectBackward0");
}

/** Elements at positions in row-major order. */
export function take(input: Tensor, index: Tensor): Tensor {
  return run(ops.take, [input.reshape([input.layout.size]), wrapped(index, input.layout.size)], { axis: 0 });
}

function wrapped(index: Tensor, length: number): Tensor {
  return choose(index.lt(0), index.add(length), index);
}

function checkIndexed(input: Tensor, index: Tensor, name: string): void {
  if (index.dtype !== int64 && index.dtype !== int32) {
    throw new RuntimeError(`${name}(): Expected dtype int32/int64 for index`);
  }
  if (Math.max(index.ndim, 1) !== Math.max(input.ndim, 1)) {
    throw new RuntimeError(
      `Index tensor must have the same number of dimensions as ${name === "gather" ? "input" : "self"} tensor`,
    );
  }
}

/** @throws RuntimeError for a position outside the axis */
function checkPositions(input: Tensor, axis: number, index: Tensor): void {
  const length = input.shape[axis] ?? 1;
  for (const value of elements(index)) {
    const position = toNumber(value);
    if (position >= 0 && position < length) continue;
    throw new RuntimeError(`index ${position} is out of bounds for dimension ${axis} with size ${length}`);
  }
}

/** Elements at positions along an axis, of the index's shape. */
export function gather(input: Tensor, dim: number, index: Tensor): Tensor {
  const axis = wrapDim(dim, input.ndim);
  checkIndexed(input, index, "gather");
  if (input.ndim === 0)
    return gather(input.reshape([1]), 0, index.reshape([index.layout.size])).view(index.shape);
  checkPositions(input, axis, index);
  return run(ops.gather, [input, longIndex(index)], { axis }, "GatherBackward0");
}

/** `gather` with the other axes stretched to one another. */
export function takeAlongDim(input: Tensor, indices: Tensor, dim: number | null = null): Tensor {
  if (dim === null)
    return gather(input.reshape([input.layout.size]), 0, indices.reshape([indices.layout.size]));
  const axis = wrapDim(dim, input.ndim);
  const hide = (shape: readonly number[]): number[] => shape.with(axis, 1);
  const shape = broadcastShapes([hide(input.shape), hide(indices.shape)]);
  if (shape === undefined) throw broadcastError(input.shape, indices.shape);
  return gather(
    input.expand(shape.with(axis, input.shape[axis]!)),
    axis,
    indices.expand(shape.with(axis, indices.shape[axis]!)),
  );
}

function scattered(
  input: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor | ScalarLike,
  adds: boolean,
): Tensor {
  checkIndexed(input, index, "scatter");
  const axis = wrapDim(dim, input.ndim);
  if (src instanceof TensorBase && src.dtype !== input.dtype) {
    throw new RuntimeError(`scatter(): Expected self.dtype to be equal to src.dtype`);
  }
  checkPositions(input, axis, index);
  const operation = adds ? ops.scatterAdd : ops.scatter;
  return run(operation, [input, longIndex(index), scatterSource(src, input)], { axis });
}

function scatterSource(src: Tensor | ScalarLike, input: Tensor): Tensor {
  return src instanceof TensorBase
    ? (src as Tensor)
    : scalarOperand(plainScalar(src as ScalarLike), input.dtype);
}

/** A copy with values written at positions along an axis. */
export function scatter(input: Tensor, dim: number, index: Tensor, src: Tensor | ScalarLike): Tensor {
  return scattered(input, dim, index, src, false);
}

/** A copy with values added at positions along an axis. */
export function scatterAdd(input: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  return scattered(input, dim, index, src, true);
}

function scatterInPlace(
  input: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor | ScalarLike,
  adds: boolean,
): Tensor {
  const source = scatterSource(src, input);
  const isRecorded = checkWritable(input, [source]);
  const result = scattered(input.detach(), dim, index, source.detach(), adds);
  writeValues(input, result);
  if (isRecorded) {
    const operation = adds ? ops.scatterAdd : ops.scatter;
    const attributes = { axis: wrapDim(dim, input.ndim) };
    const label = adds ? "ScatterAddBackward0" : "ScatterBackward0";
    recordWrite(operation, input, [input, longIndex(index), source], attributes, label);
  }
  return input;
}

/** `scatter` in place. */
export function scatter_(input: Tensor, dim: number, index: Tensor, src: Tensor | ScalarLike): Tensor {
  return scatterInPlace(input, dim, index, src, false);
}

/** `scatterAdd` in place. */
export function scatterAdd_(input: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  return scatterInPlace(input, dim, index, src, true);
}

/** A copy with slices added at positions along an axis. */
export function indexAdd(input: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  const axis = wrapDim(dim, input.ndim);
  const attributes = { axes: [axis], position: axis, accumulate: true };
  return run(ops.indexPut, [input, source, longIndex(index)], attributes, "IndexAddBackward0");
}

/** `indexAdd` in place. */
export function indexAdd_(input: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  const axis = wrapDim(dim, input.ndim);
  const whole = new Array<undefined>(axis).fill(undefined);
  return input.indexPut_([...whole, index], source, true);
}
