// Views by axes: the same memory with axes in another order, taken, added, dropped or stretched.

import { bind, type Signature } from "../core/arguments.ts";
import { elements, toNumber } from "../core/elements.ts";
import { IndexError, RuntimeError } from "../core/errors.ts";
import * as ops from "../ops/views.ts";
import { TensorBase } from "./base.ts";
import {
  allAxes,
  type Numbers,
  numbersOf,
  type SqueezeDims,
  squeezedAxes,
  swappedAxes,
  wrapDim,
} from "./dims.ts";
import { shapeText } from "./errors.ts";
import { checkExpand, expandView } from "./expand.ts";
import { functionMode } from "./function-mode.ts";
import { contiguousFormat } from "./memory-format.ts";
import { type AsStridedOptions, stridedAttributes } from "./strided.ts";
import { runView } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** Axes in another order. */
export function permute(input: Tensor, ...dims: Numbers): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.permute", permute, [input, ...dims]);
  const order = numbersOf(dims);
  if (order.length !== input.ndim) {
    throw new RuntimeError(
      "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering " +
        `of dimensions i.e. input.dim() = ${input.ndim} is not equal to len(dims) = ${order.length}`,
    );
  }
  const axes = order.map((dim) => wrapDim(dim, input.ndim));
  if (new Set(axes).size !== axes.length)
    throw new RuntimeError("permute(): duplicate dims are not allowed.");
  return runView(ops.permute, input, { axes }, "PermuteBackward0");
}

interface TwoDims {
  readonly dim0: number;
  readonly dim1: number;
}

/** Two axes swapped. */
export function transpose(input: Tensor, ...args: Signature<[dim0: number, dim1: number], TwoDims>): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.transpose", transpose, [input, ...args]);
  const { dim0, dim1 } = bind<TwoDims>("transpose", ["dim0", "dim1"], args, {});
  return runView(ops.permute, input, { axes: swappedAxes(input.ndim, dim0, dim1) }, "TransposeBackward0");
}

/** NumPy's name of `transpose`. */
export function swapaxes(input: Tensor, axis0: number, axis1: number): Tensor {
  return transpose(input, axis0, axis1);
}

/** Another name of `transpose`. */
export function swapdims(input: Tensor, dim0: number, dim1: number): Tensor {
  return transpose(input, dim0, dim1);
}

/** The transpose of a matrix; a tensor of fewer axes as it is. */
export function t(input: Tensor): Tensor {
  if (input.ndim > 2) {
    throw new RuntimeError(`t() expects a tensor with <= 2 dimensions, but self is ${input.ndim}D`);
  }
  return runView(ops.permute, input, { axes: allAxes(input.ndim).reverse() }, "TBackward0");
}

/** Axes moved to other places; the rest keep their order. */
export function movedim(
  input: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  const from = typeof source === "number" ? [source] : source;
  const to = typeof destination === "number" ? [destination] : destination;
  if (from.length !== to.length) {
    throw new RuntimeError(
      `movedim: Invalid source or destination dims: source (${shapeText(from)} dims) should contain the same number of dims as destination (${shapeText(to)} dims)`,
    );
  }
  const rank = input.ndim;
  const fromAxes = from.map((dim) => wrapDim(dim, rank));
  const toAxes = to.map((dim) => wrapDim(dim, rank));
  refuseRepeated(fromAxes, from, "source");
  refuseRepeated(toAxes, to, "destination");
  const rest = allAxes(rank).filter((axis) => !fromAxes.includes(axis));
  const axes = allAxes(rank).map((axis) => {
    const i = toAxes.indexOf(axis);
    return i < 0 ? rest.shift()! : fromAxes[i]!;
  });
  return runView(ops.permute, input, { axes }, "PermuteBackward0");
}

function refuseRepeated(axes: readonly number[], dims: readonly number[], what: string): void {
  if (new Set(axes).size === axes.length) return;
  throw new RuntimeError(`movedim: repeated dim in \`${what}\` (${shapeText(dims)})`);
}

/** NumPy's name of `movedim`. */
export function moveaxis(
  input: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  return movedim(input, source, destination);
}

/** An axis of length 1 before axis `dim`. */
export function unsqueeze(
  input: Tensor,
  ...args: Signature<[dim: number], { readonly dim: number }>
): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.unsqueeze", unsqueeze, [input, ...args]);
  const { dim } = bind<{ readonly dim: number }>("unsqueeze", ["dim"], args, {});
  return runView(ops.insertAxis, input, { axis: wrapDim(dim, input.ndim + 1) }, "UnsqueezeBackward0");
}

/** Without axes of length 1: all of them, or those named that have it. */
export function squeeze(
  input: Tensor,
  ...args: Signature<[dim?: SqueezeDims], { readonly dim?: SqueezeDims }>
): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.squeeze", squeeze, [input, ...args]);
  const { dim } = bind<{ readonly dim: SqueezeDims }>("squeeze", ["dim"], args, { dim: null });
  const { axes, overload } = squeezedAxes(input, dim);
  return runView(ops.removeAxes, input, { axes }, `SqueezeBackward${overload}`);
}

/** Axes of length 1 stretched, new axes before the first; -1 keeps a length. */
export function expand(input: Tensor, ...sizes: Numbers): Tensor {
  const shape = checkExpand(input, numbersOf(sizes));
  return runView(expandView, input, { shape }, "ExpandBackward0");
}

/** `expand` under NumPy's name. */
export function broadcastTo(input: Tensor, ...shape: Numbers): Tensor {
  return expand(input, numbersOf(shape));
}

/** Stretched to another tensor's shape. */
export function expandAs(input: Tensor, other: Tensor): Tensor {
  return expand(input, other.shape);
}

/**
 * Sums down to a shape that stretches to the tensor's: the tensor itself where that is its own (`Tensor.sum_to_size`).
 * @throws RuntimeError where the shape does not stretch so
 */
export function sumToSize(input: Tensor, ...size: Numbers): Tensor {
  const shape = numbersOf(size);
  const lead = input.ndim - shape.length;
  const fits = (length: number, axis: number): boolean => length === 1 || length === input.shape[axis + lead];
  if (lead < 0 || !shape.every(fits)) {
    throw new RuntimeError(
      `size {${shapeText(shape)}} is not expandable to size {${shapeText(input.shape)}}.`,
    );
  }
  const kept = [...input.shape.keys()]
    .slice(lead)
    .filter((axis) => shape[axis - lead] !== 1 || input.shape[axis] === 1);
  const axes = [...input.shape.keys()].filter((axis) => !kept.includes(axis));
  // To a shape without axes even a single number is summed, into memory of its own.
  const total = axes.length === 0 && shape.length > 0 ? input : input.sum(axes, true);
  return lead === 0 ? total : total.view(shape);
}

interface SelectOptions {
  readonly dim: number;
  readonly index: number;
}

/** One element of an axis, which goes away. */
export function select(
  input: Tensor,
  ...args: Signature<[dim: number, index: number], SelectOptions>
): Tensor {
  const { dim, index } = bind<SelectOptions>("select", ["dim", "index"], args, {});
  if (input.ndim === 0) throw new IndexError("select() cannot be applied to a 0-dim tensor.");
  const axis = wrapDim(dim, input.ndim);
  const length = input.shape[axis]!;
  if (index < -length || index >= length) {
    throw new IndexError(
      `select(): index ${index} out of range for tensor of size ${shapeText(input.shape)} at dimension ${axis}`,
    );
  }
  return runView(ops.select, input, { axis, index: index < 0 ? index + length : index }, "SelectBackward0");
}

interface NarrowOptions {
  readonly dim: number;
  readonly start: number | Tensor;
  readonly length: number;
}

/** A position that may be given as a tensor. @throws RuntimeError for one that is no single integer */
function positionOf(start: number | Tensor): number {
  if (!(start instanceof TensorBase)) return start as number;
  if (start.ndim > 0 || !start.dtype.isInteger) {
    throw new RuntimeError("start must be an 0-dim integral Tensor.");
  }
  return toNumber(elements(start)[0]!);
}

/** `length` elements of an axis from `start`. */
export function narrow(
  input: Tensor,
  ...args: Signature<[dim: number, start: number | Tensor, length: number], NarrowOptions>
): Tensor {
  const bound = bind<NarrowOptions>("narrow", ["dim", "start", "length"], args, {});
  const { dim, length } = bound;
  const start = positionOf(bound.start);
  if (input.ndim === 0) throw new RuntimeError("narrow() cannot be applied to a 0-dim tensor.");
  if (length < 0) throw new RuntimeError("narrow(): length must be non-negative.");
  const axis = wrapDim(dim, input.ndim);
  const size = input.shape[axis]!;
  if (start < -size || start > size) {
    throw new IndexError(
      `start out of range (expected to be in range of [${-size}, ${size}], but got ${start})`,
    );
  }
  const from = start < 0 ? start + size : start;
  if (from + length > size) {
    throw new RuntimeError(`start (${from}) + length (${length}) exceeds dimension size (${size}).`);
  }
  return runView(ops.slice, input, { axis, start: from, step: 1, length }, "SliceBackward0");
}

/** `narrow` in memory of its own (`torch.narrow_copy`). */
export function narrowCopy(
  input: Tensor,
  ...args: Signature<[dim: number, start: number | Tensor, length: number], NarrowOptions>
): Tensor {
  return narrow(input, ...args).clone({ memoryFormat: contiguousFormat });
}

interface DiagonalOptions {
  readonly offset: number;
  readonly dim1: number;
  readonly dim2: number;
}

/** Diagonals of the plane of two axes, as a last axis. */
export function diagonal(
  input: Tensor,
  ...args: Signature<[offset?: number, dim1?: number, dim2?: number], Partial<DiagonalOptions>>
): Tensor {
  const names = ["offset", "dim1", "dim2"] as const;
  const { offset, dim1, dim2 } = bind<DiagonalOptions>("diagonal", names, args, {
    offset: 0,
    dim1: 0,
    dim2: 1,
  });
  const [axis1, axis2] = [wrapDim(dim1, input.ndim), wrapDim(dim2, input.ndim)];
  if (axis1 === axis2) throw new RuntimeError(`diagonal dimensions cannot be identical ${dim1}, ${dim2}`);
  return runView(ops.diagonalView, input, { offset, axis1, axis2 }, "DiagonalBackward0");
}

/** Windows of `size` elements, `step` apart, along an axis; a last axis goes through one. */
export function unfold(input: Tensor, dimension: number, size: number, step: number): Tensor {
  const axis = wrapDim(dimension, input.ndim);
  const length = input.ndim === 0 ? 1 : input.shape[axis]!;
  if (size > length) {
    throw new RuntimeError(`maximum size for tensor at dimension ${axis} is ${length} but size is ${size}`);
  }
  if (size < 0) throw new RuntimeError(`size is ${size} but must be >= 0`);
  if (step <= 0) throw new RuntimeError(`step is ${step} but must be > 0`);
  return runView(ops.unfold, input, { axis, size, step }, "UnfoldBackward0");
}

/**
 * Shape, strides and offset given outright, counted from the beginning of the storage.
 * @throws RuntimeError when they reach outside the storage
 */
export function asStrided(
  input: Tensor,
  ...args: Signature<
    [size: readonly number[], stride: readonly number[], storageOffset?: number | null],
    Partial<AsStridedOptions>
  >
): Tensor {
  return runView(ops.asStrided, input, stridedAttributes("as_strided", input, args), "AsStridedBackward0");
}

/** The same memory as another tensor object in the graph (`torch.ops.aten.alias`). */
export function alias(input: Tensor): Tensor {
  return runView(ops.alias, input, undefined, "AliasBackward0");
}
