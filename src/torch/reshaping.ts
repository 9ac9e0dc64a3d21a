// The same elements in the same order under another shape: `view` where no copy is needed, `reshape` in any case; and
// the same bytes as elements of another type.

import { bind, isOptions, type Signature } from "../core/arguments.ts";
import { DType } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { product, type Shape } from "../core/layout.ts";
import { reshapeStrides, viewDtype } from "../core/layout-reshape.ts";
import * as ops from "../ops/views.ts";
import { lazyBits, makeTensor } from "./base.ts";
import { inferShape, type Numbers, numbersOf, wrapDim } from "./dims.ts";
import { asDtype, type DtypeLike } from "./dtypes.ts";
import { scalarTypeName, shapeText } from "./errors.ts";
import { functionMode } from "./function-mode.ts";
import { ownView } from "./own-view.ts";
import { run, runView } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

type ViewArguments = Numbers | readonly [DtypeLike] | readonly [{ readonly dtype: DtypeLike }];

/**
 * Another shape over the same memory, or, given a type, the same bytes as elements of that type.
 * @throws RuntimeError when that needs a copy
 */
export function view(input: Tensor, ...args: ViewArguments): Tensor {
  const [first] = args;
  if (first instanceof DType || typeof first === "string") return asType(input, asDtype(first));
  if (isOptions(first)) return asType(input, asDtype((first as { readonly dtype: DtypeLike }).dtype));
  return viewShape(input, inferShape(numbersOf(args as Numbers), input.layout.size));
}

/** A view with a shape of as many elements. @throws RuntimeError when there is none */
function viewShape(input: Tensor, shape: Shape): Tensor {
  const strides = reshapeStrides(input.layout, shape);
  if (strides === undefined) {
    throw new RuntimeError(
      "view size is not compatible with input tensor's size and stride (at least one dimension spans across two " +
        "contiguous subspaces). Use .reshape(...) instead.",
    );
  }
  return runView(ops.reshapeView, input, { shape, strides }, "ViewBackward0");
}

/** A view in another tensor's shape. */
export function viewAs(input: Tensor, other: Tensor): Tensor {
  return view(input, other.shape);
}

/** Another shape: a view where there is one, else a copy. */
export function reshape(input: Tensor, ...shape: Numbers): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.reshape", reshape, [input, ...shape]);
  const wanted = inferShape(numbersOf(shape), input.layout.size);
  if (input.layout.isContiguous) return viewShape(input, wanted);
  const strides = reshapeStrides(input.layout, wanted);
  if (strides !== undefined) {
    return runView(ops.reshapeView, input, { shape: wanted, strides }, "ReshapeAliasBackward0");
  }
  return ownView(run(ops.contiguous, [input], undefined), wanted);
}

/** `reshape` to another tensor's shape. */
export function reshapeAs(input: Tensor, other: Tensor): Tensor {
  return reshape(input, other.shape);
}

interface FlattenOptions {
  readonly startDim: number;
  readonly endDim: number;
}

/** Axes from one to another merged into one. */
export function flatten(
  input: Tensor,
  ...args: Signature<[startDim?: number, endDim?: number], Partial<FlattenOptions>>
): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.flatten", flatten, [input, ...args]);
  const names = ["startDim", "endDim"] as const;
  const { startDim, endDim } = bind<FlattenOptions>("flatten", names, args, { startDim: 0, endDim: -1 });
  const [start, end] = [wrapDim(startDim, input.ndim), wrapDim(endDim, input.ndim)];
  if (start > end) throw new RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim");
  const { shape } = input;
  if (shape.length === 0) return reshape(input, [1]);
  if (start === end) return input;
  const merged = product(shape.slice(start, end + 1));
  return reshape(input, [...shape.slice(0, start), merged, ...shape.slice(end + 1)]);
}

/** All elements in row-major order as one axis. */
export function ravel(input: Tensor): Tensor {
  const ordered = input.layout.isContiguous ? input : run(ops.contiguous, [input], undefined);
  return viewShape(ordered, [input.layout.size]);
}

interface UnflattenOptions {
  readonly dim: number;
  readonly sizes: readonly number[];
}

/** An axis divided into several. */
export function unflatten(
  input: Tensor,
  ...args: Signature<[dim: number, sizes: readonly number[]], UnflattenOptions>
): Tensor {
  const { dim, sizes } = bind<UnflattenOptions>("unflatten", ["dim", "sizes"], args, {});
  const axis = wrapDim(dim, input.ndim);
  if (sizes.length === 0) throw new RuntimeError("unflatten: sizes must be non-empty");
  const length = input.shape[axis]!;
  let lengths: number[];
  try {
    lengths = inferShape(sizes, length);
  } catch (error) {
    throw unflattenError(error as Error, sizes, axis, length);
  }
  return view(input, input.shape.toSpliced(axis, 1, ...lengths));
}

function unflattenError(error: Error, sizes: Shape, dim: number, length: number): RuntimeError {
  if (error.message.includes("is invalid for input of size")) {
    return new RuntimeError(
      `unflatten: Provided sizes ${shapeText(sizes)} don't multiply up to the size of dim ${dim} (${length}) in the input tensor`,
    );
  }
  return new RuntimeError(`unflatten got an unexpected error:\n${error.message}`);
}

/** The same bytes as elements of another type; a last axis of stride 1 takes up a change of size. */
function asType(input: Tensor, dtype: DType): Tensor {
  const { layout } = input;
  const from = layout.dtype.itemSize;
  const to = dtype.itemSize;
  if ((input.bits & lazyBits.conjugate) !== 0) throw lazyTypeError("conjugate view tensors");
  if ((input.bits & lazyBits.negative) !== 0) throw lazyTypeError("tensors with negative bit set");
  if (from !== to) checkTypeSizes(input, dtype, from, to);
  const result = makeTensor(input.storage, viewDtype(layout, dtype));
  result.counter = input.counter;
  return result;
}

function lazyTypeError(what: string): RuntimeError {
  return new RuntimeError(
    `torch.Tensor.view is not supported for ${what} when converting to a different dtype.`,
  );
}

function checkTypeSizes(input: Tensor, dtype: DType, from: number, to: number): void {
  const { rank, shape, strides, offset } = input.layout;
  const names = `to view ${scalarTypeName(input.dtype)} as ${scalarTypeName(dtype)} (different element sizes)`;
  if (rank === 0) throw new RuntimeError(`self.dim() cannot be 0 ${names}`);
  const last = strides[rank - 1]!;
  const ratio = to / from;
  if (from < to && shape[rank - 1]! % ratio !== 0) {
    throw new RuntimeError(
      `self.size(-1) must be divisible by ${ratio} ${names}, but got ${shape[rank - 1]}`,
    );
  }
  if (from < to && offset % ratio !== 0) {
    throw new RuntimeError(`self.storage_offset() must be divisible by ${ratio} ${names}, but got ${offset}`);
  }
  if (last !== 1) throw new RuntimeError(`self.stride(-1) must be 1 ${names}, but got ${last}`);
  if (from > to) return;
  strides.slice(0, -1).forEach((stride, axis) => {
    if (stride % ratio === 0) return;
    throw new RuntimeError(`self.stride(${axis}) must be divisible by ${ratio} ${names}, but got ${stride}`);
  });
}

/** Complex numbers as pairs of reals: a last axis of length 2, over the same memory. */
export function viewAsReal(input: Tensor): Tensor {
  if (!input.dtype.isComplex) throw new RuntimeError("view_as_real is only supported for complex tensors");
  if (input.bits !== 0) {
    throw new RuntimeError(
      "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you can view it " +
        "as real, use self.resolve_conj(); however, be warned that the resulting tensor will NOT alias the original.",
    );
  }
  return runView(ops.viewAsReal, input, undefined, "ViewAsRealBackward0");
}

/** Pairs of reals as complex numbers, over the same memory. */
export function viewAsComplex(input: Tensor): Tensor {
  const { dtype, layout } = input;
  if (dtype.name !== "float16" && dtype.name !== "float32" && dtype.name !== "float64") {
    throw new RuntimeError(
      `view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: ${scalarTypeName(dtype)}`,
    );
  }
  const { rank, shape, strides, offset } = layout;
  if (rank === 0) throw new RuntimeError("Input tensor must have one or more dimensions");
  if (shape[rank - 1] !== 2) throw new RuntimeError("Tensor must have a last dimension of size 2");
  if (strides[rank - 1] !== 1) throw new RuntimeError("Tensor must have a last dimension with stride 1");
  if (strides.slice(0, -1).some((stride, axis) => stride % 2 !== 0 && shape[axis] !== 1)) {
    throw new RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension");
  }
  if (offset % 2 !== 0) throw new RuntimeError("Tensor must have a storage_offset divisible by 2");
  return runView(ops.viewAsComplex, input, undefined, "ViewAsComplexBackward0");
}
