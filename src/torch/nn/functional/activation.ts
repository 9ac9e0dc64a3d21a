// torch.nn.functional: relu, gelu, softmax, softmin, log_softmax.

import { bind, type Signature } from "../../../core/arguments.ts";
import { warn } from "../../../core/warnings.ts";
import * as operations from "../../../ops/activations.ts";
import type { DtypeLike } from "../../dtypes.ts";
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

/** What the three softmaxes take by name. */
export interface SoftmaxSettings {
  readonly dim?: number | null;
  /** The type to compute in, which is the result's. */
  readonly dtype?: DtypeLike | null;
}

type SoftmaxArguments = Signature<[dim?: number | null], SoftmaxSettings>;

/** Reads the axis and the type. */
function alongDim(
  name: "softmax" | "softmin" | "log_softmax",
  input: Tensor,
  args: SoftmaxArguments,
): { readonly dim: number; readonly dtype: DtypeLike | null } {
  const bound = bind<Required<SoftmaxSettings>>(name, ["dim"], args, { dim: null, dtype: null });
  return { dim: bound.dim ?? implicitDim(name, input.layout.rank), dtype: bound.dtype };
}

/** exp(x) over its sum along an axis (torch.nn.functional.softmax). */
export function softmax(input: Tensor, ...args: SoftmaxArguments): Tensor {
  return input.softmax(alongDim("softmax", input, args));
}

/** exp(-x) over its sum along an axis (torch.nn.functional.softmin). */
export function softmin(input: Tensor, ...args: SoftmaxArguments): Tensor {
  return input.neg().softmax(alongDim("softmin", input, args));
}

/** The logarithm of softmax along an axis (torch.nn.functional.log_softmax). */
export function logSoftmax(input: Tensor, ...args: SoftmaxArguments): Tensor {
  return input.logSoftmax(alongDim("log_softmax", input, args));
}

/** The hyperbolic tangent (torch.nn.functional.tanh). */
export function tanh(input: Tensor): Tensor {
  return input.tanh();
}

/** 1 / (1 + exp(-x)) (torch.nn.functional.sigmoid). */
export function sigmoid(input: Tensor): Tensor {
  return input.sigmoid();
}
