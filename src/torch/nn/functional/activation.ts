// torch.nn.functional: smooth activation functions, gates, softmax and its kin.

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { warn } from "../../../core/warnings.ts";
import * as operations from "../../../ops/activations.ts";
import { mish as mishOperation, softplus as softplusOperation } from "../../../ops/rectifiers.ts";
import { wrapDim } from "../../dims.ts";
import type { DtypeLike } from "../../dtypes.ts";
import { apply, type Face } from "../../elementwise.ts";
import { functionMode } from "../../function-mode.ts";
import { inFloat32 } from "../../half.ts";
import { named } from "../../node.ts";
import { lacks, refusals, refuse } from "../../refusals.ts";
import type { Tensor } from "../../tensor.ts";
import type { Numeric } from "../text.ts";
import { floatingFace, type InplaceOption, placed } from "./placed.ts";
import { inplaceOf } from "./rectifiers.ts";

const geluFace: Face = floatingFace("gelu", "GeluKernelImpl");

/**
 * x Phi(x); `approximate: "tanh"` is the faster form (torch.nn.functional.gelu).
 * @throws RuntimeError for another name
 */
export function gelu(input: Tensor, options: { readonly approximate?: "none" | "tanh" } = {}): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.gelu", gelu, [input, options]);
  const { approximate = "none" } = options;
  if (approximate !== "none" && approximate !== "tanh")
    throw new RuntimeError("approximate argument must be either none or tanh.");
  return apply(operations.gelu, geluFace, [input], { approximate }, null);
}

type InplaceArguments = Signature<[inplace?: boolean], InplaceOption>;

const siluFace: Face = {
  name: "silu",
  refusals: refusals(lacks("silu_cpu", "bool", "rare", "whole")),
};

/** x sigmoid(x) (torch.nn.functional.silu). */
export function silu(input: Tensor, ...args: InplaceArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.silu", silu, [input, ...args]);
  return placed(operations.silu, siluFace, input, undefined, inplaceOf("silu", args));
}

const mishFace: Face = floatingFace("mish", "mish_cpu");

/** x tanh(log(1 + exp(x))) (torch.nn.functional.mish). */
export function mish(input: Tensor, ...args: InplaceArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.mish", mish, [input, ...args]);
  return placed(mishOperation, mishFace, input, undefined, inplaceOf("mish", args));
}

/** What `softplus` takes by name. */
export interface SoftplusOptions {
  readonly beta?: Numeric;
  readonly threshold?: Numeric;
}

const softplusFace: Face = floatingFace("softplus", "softplus_cpu");

/** log(1 + exp(beta x)) / beta, and x itself where beta x is above the threshold (torch.nn.functional.softplus). */
export function softplus(
  input: Tensor,
  ...args: Signature<[beta?: Numeric, threshold?: Numeric], SoftplusOptions>
): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.softplus", softplus, [input, ...args]);
  const bound = bind<Required<SoftplusOptions>>("softplus", ["beta", "threshold"], args, {
    beta: 1,
    threshold: 20,
  });
  const attributes = { beta: Number(bound.beta), threshold: Number(bound.threshold) };
  return apply(softplusOperation, softplusFace, [input], attributes, null);
}

const logSigmoidFace: Face = floatingFace("logsigmoid", "log_sigmoid_cpu");

/** log(sigmoid(x)), exact for large -x (torch.nn.functional.logsigmoid). */
export function logsigmoid(input: Tensor): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.logsigmoid", logsigmoid, [input]);
  return apply(operations.logSigmoid, logSigmoidFace, [input], undefined, null);
}

const gluFace: Face = floatingFace("glu", "glu_cpu");

/**
 * The first half along an axis times the sigmoid of the second (torch.nn.functional.glu).
 * @throws RuntimeError for a scalar, and for an axis of odd length
 */
export function glu(input: Tensor, ...args: Signature<[dim?: number], { readonly dim?: number }>): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.glu", glu, [input, ...args]);
  const bound = bind<{ dim: number }>("glu", ["dim"], args, { dim: -1 });
  if (input.ndim === 0)
    throw new RuntimeError("glu does not support scalars because halving size must be even");
  const dim = wrapDim(bound.dim, input.ndim);
  const length = input.shape[dim]!;
  if (length % 2 !== 0)
    throw new RuntimeError(`Halving dimension must be even, but dimension ${dim} is size ${length}`);
  refuse(gluFace.refusals, input.dtype);
  const half = length / 2;
  return named(
    inFloat32([input], (x) => x.narrow(dim, 0, half).mul(x.narrow(dim, half, half).sigmoid())),
    "GluBackward0",
  );
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
  if (functionMode.now !== null) return functionMode.now.call("F.softmax", softmax, [input, ...args]);
  return input.softmax(alongDim("softmax", input, args));
}

/** exp(-x) over its sum along an axis (torch.nn.functional.softmin). */
export function softmin(input: Tensor, ...args: SoftmaxArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.softmin", softmin, [input, ...args]);
  return input.neg().softmax(alongDim("softmin", input, args));
}

/** The logarithm of softmax along an axis (torch.nn.functional.log_softmax). */
export function logSoftmax(input: Tensor, ...args: SoftmaxArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.logSoftmax", logSoftmax, [input, ...args]);
  return input.logSoftmax(alongDim("log_softmax", input, args));
}

/** The hyperbolic tangent (torch.nn.functional.tanh). */
export function tanh(input: Tensor): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.tanh", tanh, [input]);
  return input.tanh();
}

/** 1 / (1 + exp(-x)) (torch.nn.functional.sigmoid). */
export function sigmoid(input: Tensor): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.sigmoid", sigmoid, [input]);
  return input.sigmoid();
}
