// Products added in place: `x.addmm_(mat1, mat2)` and its like.

import type { Signature } from "../core/arguments.ts";
import { RuntimeError } from "../core/errors.ts";
import { addbmm, addmm, addmv, addr, baddbmm, type FactorOptions } from "./added-products.ts";
import { TensorBase } from "./base.ts";
import { shapeText } from "./errors.ts";
import { replaced } from "./replacing.ts";
import type { Tensor } from "./tensor.ts";

type ProductArguments = Signature<[Tensor, Tensor], FactorOptions>;

function isShape(tensor: Tensor, shape: readonly number[]): boolean {
  return tensor.ndim === shape.length && shape.every((length, axis) => length === tensor.shape[axis]);
}

function tensorsOf(args: readonly unknown[]): Tensor[] {
  return args.filter((arg): arg is Tensor => arg instanceof TensorBase);
}

/** The shape of the product of matrices, or of a matrix and a vector; in batches where there are leading axes. */
function productShape([left, right]: readonly Tensor[]): readonly number[] | undefined {
  if (left === undefined || right === undefined || left.ndim < 2) return undefined;
  return right.ndim === 1 ? left.shape.slice(0, -1) : [...left.shape.slice(0, -1), right.shape.at(-1)!];
}

/** @throws RuntimeError where the sum has another shape than the tensor */
function inPlace(
  input: Tensor,
  args: ProductArguments,
  compute: (before: Tensor, ...args: ProductArguments) => Tensor,
): Tensor {
  const tensors = tensorsOf(args);
  return replaced(input, tensors, (before) => {
    const shape = productShape(tensors);
    if (shape === undefined || isShape(input, shape)) return compute(before, ...args);
    // What is wrong with the product itself comes first.
    compute(before.detach().flatten().narrow(0, 0, 0).sum().to(before.dtype), ...args);
    throw new RuntimeError(
      `Bad in-place call: input tensor size ${shapeText(input.shape)} and output tensor size ${shapeText(shape)} should match`,
    );
  });
}

/** `addmm` in place. */
export function addmm_(input: Tensor, ...args: ProductArguments): Tensor {
  return inPlace(input, args, addmm);
}

/** `addmv` in place. */
export function addmv_(input: Tensor, ...args: ProductArguments): Tensor {
  return inPlace(input, args, addmv);
}

/** `baddbmm` in place. */
export function baddbmm_(input: Tensor, ...args: ProductArguments): Tensor {
  return inPlace(input, args, baddbmm);
}

/** `addbmm` in place; a tensor that is stretched takes the result's shape. */
export function addbmm_(input: Tensor, ...args: ProductArguments): Tensor {
  return replaced(input, tensorsOf(args), (before) => {
    const result = addbmm(before, ...args);
    if (!isShape(input, result.shape)) input.resize_(result.shape);
    return result;
  });
}

/** `addr` in place. @throws RuntimeError for a tensor that is no matrix of the vectors' lengths */
export function addr_(input: Tensor, ...args: ProductArguments): Tensor {
  if (input.ndim !== 2) {
    throw new RuntimeError(`2D tensor expected, got ${input.ndim}D tensor for input`);
  }
  return replaced(input, tensorsOf(args), (before) => {
    const result = addr(before, ...args);
    if (isShape(input, result.shape)) return result;
    throw new RuntimeError(
      `size mismatch, input: ${shapeText(input.shape)}, v1: [${result.shape[0]}], v2: [${result.shape[1]}]`,
    );
  });
}
