// Activation functions that PyTorch also has as methods of a tensor.

import { bind, type Signature } from "../core/arguments.ts";
import { RuntimeError } from "../core/errors.ts";
import type { PyFloat } from "../core/python.ts";
import * as operations from "../ops/rectifiers.ts";
import { apply, type Face } from "./elementwise.ts";
import { scalarTypeName } from "./errors.ts";
import { lacks, refusals } from "./refusals.ts";
import type { Tensor } from "./tensor.ts";
import { checkTensor } from "./tensor-arguments.ts";

const shrinkFace: Face = {
  name: "hardshrink",
  refusals: refusals(lacks("hardshrink_cpu", "bool", "rare", "whole", "complex")),
};

/** 0 within `lambd` of 0, else x. */
export function hardshrink(
  input: Tensor,
  ...args: Signature<[lambd?: number | PyFloat], { readonly lambd?: number | PyFloat }>
): Tensor {
  const { lambd } = bind<{ lambd: number | PyFloat }>("hardshrink", ["lambd"], args, { lambd: 0.5 });
  return apply(operations.hardshrink, shrinkFace, [input], { lambd: Number(lambd) }, null);
}

const preluFace: Face = {
  name: "_prelu_kernel",
  refusals: refusals(lacks("prelu_cpu", "bool", "rare", "whole", "complex")),
};

/**
 * x where it is positive, else x times a weight: one for all, or one for each channel (the second axis).
 * @throws RuntimeError for weights that do not fit the channels, or of another type
 */
export function prelu(input: Tensor, weight: Tensor | { readonly weight: Tensor }): Tensor {
  const slopes = "layout" in weight ? (weight as Tensor) : weight.weight;
  checkTensor("prelu", "weight", 2, slopes);
  if (input.dtype !== slopes.dtype) {
    throw new RuntimeError(
      `prelu: Type promoting not supported. Got ${scalarTypeName(input.dtype)} and ${scalarTypeName(slopes.dtype)}`,
    );
  }
  return apply(operations.prelu, preluFace, [input, spread(input, slopes)], undefined, null);
}

/** The weights along the channels of the input. */
function spread(input: Tensor, weight: Tensor): Tensor {
  const count = weight.layout.size;
  if (count !== 1) {
    if (input.ndim === 0) throw new RuntimeError("Not allow zero-dim input tensor.");
    const channels = input.ndim > 1 ? input.shape[1]! : 1;
    if (channels !== count) {
      throw new RuntimeError(
        `Mismatch of parameter numbers and input channel size. Found parameter numbers = ${count} and channel size = ${channels}.`,
      );
    }
  }
  if (weight.ndim > 1) {
    throw new RuntimeError(
      `prelu: Expected \`weight\` to be a scalar or 1D tensor, but got: ndim = ${weight.ndim}`,
    );
  }
  if (input.ndim === 0) return weight.ndim === 0 ? weight : weight.reshape([]);
  return weight.reshape(input.shape.map((_, axis) => (axis === Math.min(1, input.ndim - 1) ? count : 1)));
}
