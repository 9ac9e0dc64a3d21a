// Mixtures of tensors: interpolation, and products and quotients added to a tensor (ATen/native/PointwiseOps.cpp).

import { RuntimeError } from "../core/errors.ts";
import type { Operation } from "../core/op.ts";
import {
  addcdiv as addcdivOperation,
  addcmul as addcmulOperation,
  lerp as lerpOperation,
  type WeightAttributes,
} from "../ops/ternary.ts";
import { TensorBase } from "./base.ts";
import { apply, applyInPlace, type Face, type OutOptions } from "./elementwise.ts";
import { cTypeName } from "./errors.ts";
import { plainScalar, type ScalarLike } from "./promotion.ts";
import { lacks, refusals, says } from "./refusals.ts";
import type { Input } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** input + weight * (end - input). */
export function lerp(input: Tensor, end: Tensor, weight: Input): Tensor {
  checkLerp(input, end);
  const label = weight instanceof TensorBase ? "LerpBackward1" : "LerpBackward0";
  return apply(lerpOperation, lerpFace, [input, end, weight], undefined, null, label);
}

/** `lerp` in place. */
export function lerp_(input: Tensor, end: Tensor, weight: Input): Tensor {
  checkLerp(input, end);
  const label = weight instanceof TensorBase ? "LerpBackward1" : "LerpBackward0";
  return applyInPlace(lerpOperation, lerpFace, [input, end, weight], undefined, label);
}

const lerpFace: Face = {
  name: "lerp",
  refusals: refusals(lacks("lerp_kernel_scalar", "bool", "rare", "whole")),
};

function checkLerp(input: Tensor, end: Tensor): void {
  if (input.dtype === end.dtype) return;
  throw new RuntimeError(
    `expected dtype ${cTypeName(input.dtype)} for \`end\` but got dtype ${cTypeName(end.dtype)}`,
  );
}

/** What `addcmul` and `addcdiv` take by name. */
export interface WeightOptions extends OutOptions {
  /** What the product or quotient is multiplied by. */
  readonly value?: ScalarLike;
}

const ternary = ["input", "tensor1", "tensor2"] as const;
const productFace: Face = {
  name: "addcmul",
  tensorsOnly: true,
  parameters: ternary,
  refusals: refusals(lacks("addcmul_cpu_out", "bool", "rare")),
};
const quotientFace: Face = {
  name: "addcdiv",
  tensorsOnly: true,
  parameters: ternary,
  refusals: refusals(
    says(
      "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true division of " +
        "tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * torch.trunc(tensor1 / " +
        "tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) for float inputs. The future " +
        "addcdiv behavior is just the latter implementation: (input + value * tensor1 / tensor2), for all dtypes.",
      "bool",
      "rare",
      "whole",
    ),
  ),
};

function weightOf({ value = 1 }: WeightOptions): WeightAttributes {
  const scalar = plainScalar(value);
  return typeof scalar === "object" ? { re: scalar.re, im: scalar.im } : { re: Number(scalar), im: 0 };
}

type Weighted = (input: Tensor, tensor1: Tensor, tensor2: Tensor, options?: WeightOptions) => Tensor;

function weighted(operation: Operation<WeightAttributes>, face: Face): Weighted {
  return (input, tensor1, tensor2, options = {}) =>
    apply(operation, face, [input, tensor1, tensor2], weightOf(options), options.out);
}

function weightedInPlace(operation: Operation<WeightAttributes>, face: Face): Weighted {
  return (input, tensor1, tensor2, options = {}) =>
    applyInPlace(operation, face, [input, tensor1, tensor2], weightOf(options));
}

/** input + value * tensor1 * tensor2. */
export const addcmul: Weighted = weighted(addcmulOperation, productFace);
export const addcmul_: Weighted = weightedInPlace(addcmulOperation, productFace);
/** input + value * tensor1 / tensor2. */
export const addcdiv: Weighted = weighted(addcdivOperation, quotientFace);
export const addcdiv_: Weighted = weightedInPlace(addcdivOperation, quotientFace);
