// Tensors put together, repeated, turned and picked from by indices along an axis.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, int64 } from "../core/dtype.ts";
import { elements, toNumber } from "../core/elements.ts";
import { IndexError, PythonTypeError, RuntimeError, ValueError } from "../core/errors.ts";
import { broadcastShapes, Layout } from "../core/layout.ts";
import * as ops from "../ops/indexing.ts";
import { concatenate } from "../ops/join.ts";
import { nonzeroColumns } from "./advanced-index.ts";
import { TensorBase } from "./base.ts";
import { choose } from "./choice.ts";
import { checkedShape, type Numbers, numbersOf, wrapDim, wrapDims } from "./dims.ts";
import { shapeText, typeName } from "./errors.ts";
import { writeValues } from "./in-place.ts";
import {
  contiguousFormat,
  formatStrides,
  formattedLayout,
  type MemoryFormat,
  preserveFormat,
  suggestedFormat,
} from "./memory-format.ts";
import { named } from "./node.ts";
import { ownView } from "./own-view.ts";
import { resultType } from "./promotion.ts";
import type { Dims } from "./reduction-arguments.ts";
import { lacks, refusals, refuse } from "./refusals.ts";
import { allocate, broadcastError, type Input, run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

interface JoinOptions {
  readonly dim?: number;
}

/** Tensors one after another along an axis. Empty tensors of one axis do not count. */
export function cat(tensors: readonly Tensor[], ...args: Signature<[dim?: number], JoinOptions>): Tensor {
  const { dim } = bind<Required<JoinOptions>>("cat", ["dim"], args, { dim: 0 });
  if (tensors.length === 0) throw new ValueError("torch.cat(): expected a non-empty list of Tensors");
  const other = tensors.findIndex((each) => !(each instanceof TensorBase));
  if (other >= 0) {
    throw new PythonTypeError(
      `expected Tensor as element ${other} in argument 0, but got ${typeName(tensors[other])}`,
    );
  }
  tensors.forEach((tensor, i) => {
    if (tensor.ndim === 0) {
      throw new RuntimeError(`zero-dimensional tensor (at position ${i}) cannot be concatenated`);
    }
  });
  const dtype = resultType(tensors);
  const isSkipped = (tensor: Tensor): boolean => tensor.ndim === 1 && tensor.shape[0] === 0;
  const kept = tensors.filter((tensor) => !isSkipped(tensor));
  const first = kept[0] ?? tensors[0]!;
  const axis = wrapDim(dim, first.ndim);
  kept.forEach((tensor, i) => {
    checkJoined(first, tensor, axis, i);
  });
  const joined = kept.length === 0 ? [first] : kept;
  const result = run(
    concatenate,
    joined.map((tensor) => (tensor.dtype === dtype ? tensor : tensor.to(dtype))),
    { axis },
  );
  const formats = new Set(joined.map((tensor) => suggestedFormat(tensor.layout)));
  return formats.size === 1 ? inFormat(result, [...formats][0]!) : result;
}

function checkJoined(first: Tensor, tensor: Tensor, axis: number, place: number): void {
  if (tensor.ndim !== first.ndim) {
    throw new RuntimeError(
      `Tensors must have same number of dimensions: got ${first.ndim} and ${tensor.ndim}`,
    );
  }
  tensor.shape.forEach((length, other) => {
    if (other === axis || length === first.shape[other]) return;
    throw new RuntimeError(
      `Sizes of tensors must match except in dimension ${axis}. Expected size ${first.shape[other]} but got size ${length} for tensor number ${place} in the list.`,
    );
  });
}

/** `cat` under its long names. */
export function concat(tensors: readonly Tensor[], ...args: Signature<[dim?: number], JoinOptions>): Tensor {
  return cat(tensors, ...args);
}

/** Tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], ...args: Signature<[dim?: number], JoinOptions>): Tensor {
  const { dim } = bind<Required<JoinOptions>>("stack", ["dim"], args, { dim: 0 });
  if (tensors.length === 0) throw new RuntimeError("stack expects a non-empty TensorList");
  const { shape } = tensors[0]!;
  const axis = wrapDim(dim, shape.length + 1);
  tensors.forEach((tensor, i) => {
    if (tensor.ndim === shape.length && tensor.shape.every((length, k) => length === shape[k])) return;
    throw new RuntimeError(
      `stack expects each tensor to be equal size, but got ${shapeText(shape)} at entry 0 and ${shapeText(tensor.shape)} at entry ${i}`,
    );
  });
  // Along an axis that there is, the tensors are put one after another, and the axis is divided.
  if (axis < shape.length) {
    return named(ownView(cat(tensors, axis), shape.toSpliced(axis, 0, tensors.length)), "StackBackward0");
  }
  return named(
    cat(
      tensors.map((tensor) => tensor.unsqueeze(axis)),
      axis,
    ),
    "StackBackward0",
  );
}

/** Tensors of at least two axes one below another. */
export function vstack(tensors: readonly Tensor[]): Tensor {
  return cat(
    tensors.map((tensor) => (tensor.ndim < 2 ? tensor.reshape([1, tensor.layout.size]) : tensor)),
    0,
  );
}

/** Tensors side by side: along the second axis, or the first of 1-D ones. */
export function hstack(tensors: readonly Tensor[]): Tensor {
  const whole = tensors.map((tensor) => (tensor.ndim === 0 ? tensor.reshape([1]) : tensor));
  return cat(whole, whole[0]?.ndim === 1 ? 0 : 1);
}

/** Elements of `input` where the condition holds, else of `other`; of a condition alone, the positions where it holds. */
export function where(condition: Tensor, input: Input, other: Input): Tensor {
  return choose(condition, input, other);
}

/** Picks by an index tensor along each of the axes named: the elements in another order. */
function picked(input: Tensor, axis: number, positions: readonly number[]): Tensor {
  const index = allocate(Layout.contiguous(int64, [positions.length]));
  const array = index.storage.view(int64) as BigInt64Array;
  positions.forEach((position, i) => {
    array[i] = BigInt(position);
  });
  return run(ops.take, [input, index], { axis });
}

/** Elements along axes from last to first, in memory of its own. */
export function flip(input: Tensor, ...dims: Numbers): Tensor {
  const axes = wrapDims(numbersOf(dims), input.ndim);
  let result = input.ndim === 0 || axes.length === 0 ? input.clone() : input;
  for (const axis of input.ndim === 0 ? [] : axes) {
    const length = input.shape[axis]!;
    result = picked(
      result,
      axis,
      Array.from({ length }, (_, i) => length - 1 - i),
    );
  }
  return named(relaid(result, input), "FlipBackward0");
}

/** The values in a memory format, where that is not row-major. */
function inFormat(result: Tensor, format: MemoryFormat): Tensor {
  if (format === contiguousFormat) return result;
  const { dtype, shape } = result.layout;
  return moved(result, allocate(new Layout(dtype, shape, formatStrides(shape, format))));
}

/** Values and history moved to other memory. */
function moved(result: Tensor, fresh: Tensor): Tensor {
  writeValues(fresh, result);
  fresh.node = result.node;
  fresh.outputIndex = result.outputIndex;
  fresh.counter.version = 0;
  return fresh;
}

/** The values in the order of memory of another tensor of the shape. */
function relaid(result: Tensor, like: Tensor): Tensor {
  const layout = formattedLayout(like.layout, preserveFormat);
  const lies = layout.strides.every((stride, axis) => stride === result.layout.strides[axis]);
  return lies ? result : moved(result, allocate(layout));
}

/** `flip` of the second axis. */
export function fliplr(input: Tensor): Tensor {
  if (input.ndim < 2) throw new RuntimeError("Input must be >= 2-d.");
  return flip(input, 1);
}

/** `flip` of the first axis. */
export function flipud(input: Tensor): Tensor {
  if (input.ndim < 1) throw new RuntimeError("Input must be >= 1-d.");
  return flip(input, 0);
}

/** Elements moved along axes, those that leave one end coming in at the other; without axes through all elements. */
export function roll(
  input: Tensor,
  shifts: number | readonly number[],
  dims: number | readonly number[] = [],
): Tensor {
  const by = typeof shifts === "number" ? [shifts] : shifts;
  const along = typeof dims === "number" ? [dims] : dims;
  if (by.length === 0) throw new RuntimeError("`shifts` required");
  if (along.length === 0 && by.length === 1) {
    const flat = rolled(input.reshape([input.layout.size]), 0, by[0]!);
    return named(ownView(flat, input.shape), "RollBackward0");
  }
  if (by.length !== along.length) {
    throw new RuntimeError(`shifts and dimensions must align. shifts: ${by.length}, dims:${along.length}`);
  }
  if (input.layout.size === 0) return named(input.clone(), "RollBackward0");
  if (input.ndim === 0) {
    throw new IndexError(`Dimension specified as ${along[0]} but tensor has no dimensions`);
  }
  const result = along.reduce((value, dim, i) => rolled(value, wrapDim(dim, input.ndim), by[i]!), input);
  return named(result, "RollBackward0");
}

function rolled(input: Tensor, axis: number, by: number): Tensor {
  const length = input.shape[axis] ?? 1;
  if (input.layout.size === 0 || input.ndim === 0) return input.clone();
  const start = (((length - by) % length) + length) % length;
  return cat([input.narrow(axis, start, length - start), input.narrow(axis, 0, start)], axis);
}

/** A quarter turn in the plane of two axes, k times. */
export function rot90(input: Tensor, k = 1, dims: readonly number[] = [0, 1]): Tensor {
  if (dims.length !== 2) {
    throw new RuntimeError(`expected total rotation dims == 2, but got dims = ${dims.length}`);
  }
  const [a, b] = dims.map((dim) => wrapDim(dim, input.ndim)) as [number, number];
  const turns = ((k % 4) + 4) % 4;
  const turned = [
    () => input.clone({ memoryFormat: "torch.contiguous_format" }),
    () => flip(input, b).transpose(a, b),
    () => flip(input, a, b),
    () => flip(input, a).transpose(a, b),
  ][turns]!();
  turned.base = null;
  return named(turned, "Rot90Backward0");
}

/** The tensor repeated along each axis, new axes before the first. */
export function repeat(input: Tensor, ...repeats: Numbers): Tensor {
  const times = numbersOf(repeats);
  const lead = times.length - input.ndim;
  if (lead < 0) {
    throw new RuntimeError(
      "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor",
    );
  }
  const shape = [...new Array<number>(lead).fill(1), ...input.shape];
  checkedShape(times.map((count, axis) => count * shape[axis]!));
  let result = input.expand(shape);
  times.forEach((count, axis) => {
    const length = shape[axis]!;
    result = picked(
      result,
      axis,
      Array.from({ length: count * length }, (_, i) => i % length),
    );
  });
  return named(result === input || times.length === 0 ? input.clone() : result, "RepeatBackward0");
}

/** As `repeat`, with fewer counts than axes meaning the last axes. */
export function tile(input: Tensor, ...dims: Numbers): Tensor {
  const times = numbersOf(dims);
  const lead = Math.max(input.ndim - times.length, 0);
  return repeat(input, [...new Array<number>(lead).fill(1), ...times]);
}

/** Each element several times in a row, along an axis or of all elements. */
export function repeatInterleave(
  input: Tensor,
  repeats: number | Tensor,
  ...args: Signature<[dim?: number | null], { readonly dim?: number | null }>
): Tensor {
  const { dim } = bind<{ readonly dim: number | null }>("repeat_interleave", ["dim"], args, { dim: null });
  const source = dim === null ? input.reshape([input.layout.size]) : input;
  const axis = wrapDim(dim ?? 0, source.ndim);
  const counts = repeats instanceof TensorBase ? elements(repeats).map(toNumber) : [Number(repeats)];
  const positions: number[] = [];
  for (let i = 0; i < source.shape[axis]!; i++) {
    const count = counts.length === 1 ? counts[0]! : counts[i]!;
    for (let k = 0; k < count; k++) positions.push(i);
  }
  return picked(source, axis, positions);
}

/** Elements where a mask holds, as one axis. */
export function maskedSelect(input: Tensor, mask: Tensor): Tensor {
  const shape = broadcastShapes([input.shape, mask.shape]);
  if (shape === undefined) throw broadcastError(input.shape, mask.shape);
  return named(input.expand(shape).at(mask.expand(shape)), "MaskedSelectBackward0");
}

/** Positions of the elements that are not 0, one a row. */
export function nonzero(input: Tensor): Tensor {
  refuse(refusals(lacks("nonzero_count_cpu", "rare")), input.dtype);
  const columns = nonzeroColumns(input);
  if (columns.length === 0) return allocate(Layout.contiguous(int64, [input.item() ? 1 : 0, 0]));
  return stack(columns, 1);
}

/** How many elements are not 0. */
export function countNonzero(input: Tensor, dim: Dims = null): Tensor {
  refuse(refusals(lacks("nonzero_count_cpu", "rare")), input.dtype);
  return input.ne(0).sum(dim);
}

/** Tensors stretched to one shape. */
export function broadcastTensors(...tensors: readonly Tensor[]): Tensor[] {
  const shape = broadcastShapes(tensors.map((tensor) => tensor.shape));
  if (shape === undefined) throw broadcastError(tensors[0]!.shape, tensors[1]!.shape);
  return tensors.map((tensor) => tensor.expand(shape));
}

/** The part of matrices on and below a diagonal; the rest is 0. */
export function tril(input: Tensor, diagonal = 0): Tensor {
  return named(
    triangle(input, (row, column) => column - row <= diagonal),
    "TrilBackward0",
  );
}

/** The part of matrices on and above a diagonal; the rest is 0. */
export function triu(input: Tensor, diagonal = 0): Tensor {
  return named(
    triangle(input, (row, column) => column - row >= diagonal),
    "TriuBackward0",
  );
}

function triangle(input: Tensor, keeps: (row: number, column: number) => boolean): Tensor {
  const [rows, columns] = input.shape.slice(-2) as [number, number];
  const mask = allocate(Layout.contiguous(bool, [rows, columns]));
  const array = mask.storage.view(bool);
  for (let i = 0; i < rows * columns; i++) array[i] = keeps(Math.floor(i / columns), i % columns) ? 0 : 1;
  return input.maskedFill(mask, 0);
}

/** A diagonal matrix of a vector, or the diagonal of a matrix. */
export function diag(input: Tensor, offset = 0): Tensor {
  if (input.ndim === 2) return input.diagonal(offset).clone();
  const length = input.shape[0]! + Math.abs(offset);
  const rows = Array.from({ length: input.shape[0]! }, (_, i) => i + Math.max(-offset, 0));
  const zeros = allocate(Layout.contiguous(input.dtype, [length, length]));
  const index = (shift: number): Tensor => {
    const tensor = allocate(Layout.contiguous(int64, [rows.length]));
    const array = tensor.storage.view(int64) as BigInt64Array;
    rows.forEach((row, i) => {
      array[i] = BigInt(row + shift);
    });
    return tensor;
  };
  return named(zeros.indexPut([index(0), index(offset)], input), "DiagBackward0");
}

/** Differences of neighbours along an axis. */
export function diff(input: Tensor, n = 1, dim = -1): Tensor {
  const axis = wrapDim(dim, input.ndim);
  let result = input;
  for (let i = 0; i < n; i++) {
    const length = Math.max(result.shape[axis]! - 1, 0);
    const later = result.narrow(axis, Math.min(1, result.shape[axis]!), length);
    const earlier = result.narrow(axis, 0, length);
    result = result.dtype === bool ? later.logicalXor(earlier) : later.sub(earlier);
  }
  return result;
}
