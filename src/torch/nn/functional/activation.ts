// torch.nn.functional: relu, gelu, softmax, log_softmax.

import { warn } from "../../../core/warnings.ts";
import * as operations from "../../../ops/activations.ts";
import { apply } from "../../elementwise.ts";
import type { Tensor } from "../../tensor.ts";

/** max(x, 0) (torch.nn.functional.relu). */
export function relu(input: Tensor, options: boolean | { readonly inplace?: boolean } = {}): Tensor {
  const inplace = typeof options === "boolean" ? options : (options.inplace ?? false);
  return inplace ? input.relu_() : input.relu();
}

/** x Phi(x); `approximate: "tanh"` is the faster form (torch.nn.functional.gelu). */
export function gelu(input: Tensor, options: { readonly approximate?: "none" | "tanh" } = {}): Tensor {
  const attributes = { approximate: options.approximate ?? "none" } as const;
  return apply(operations.gelu, { name: "gelu" }, [input], attributes, null);
}

/** The axis that softmax takes when none is given. */
function implicitDim(name: string, rank: number): number {
  warn(
    "UserWarning",
    `Implicit dimension choice for ${name} has been deprecated. Change the call to include dim=X as an argument.`,
  );
  return rank === 0 || rank === 1 || rank === 3 ? 0 : 1;
}

/** exp(x) over its sum along an axis (torch.nn.functional.softmax). */
export function softmax(input: Tensor, dim?: number | null | { readonly dim?: number | null }): Tensor {
  const given = typeof dim === "object" && dim !== null ? dim.dim : dim;
  return input.softmax(given ?? implicitDim("softmax", input.layout.rank));
}

/** The logarithm of softmax along an axis (torch.nn.functional.log_softmax). */
export function logSoftmax(input: Tensor, dim?: number | null | { readonly dim?: number | null }): Tensor {
  const given = typeof dim === "object" && dim !== null ? dim.dim : dim;
  return input.logSoftmax(given ?? implicitDim("log_softmax", input.layout.rank));
}

/** The hyperbolic tangent (torch.nn.functional.tanh). */
export function tanh(input: Tensor): Tensor {
  return input.tanh();
}

/** 1 / (1 + exp(-x)) (torch.nn.functional.sigmoid). */
export function sigmoid(input: Tensor): Tensor {
  return input.sigmoid();
}
