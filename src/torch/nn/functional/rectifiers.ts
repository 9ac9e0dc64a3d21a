// torch.nn.functional: rectifiers, plain, leaky, bounded and smooth.

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError, ValueError } from "../../../core/errors.ts";
import { leakyRelu as leakyReluOperation } from "../../../ops/activations.ts";
import * as operations from "../../../ops/rectifiers.ts";
import type { Face } from "../../elementwise.ts";
import { functionMode } from "../../function-mode.ts";
import { writeValues } from "../../in-place.ts";
import { overlapsItself } from "../../overlap.ts";
import { lacks, refusals, says, saysMissing } from "../../refusals.ts";
import type { Tensor } from "../../tensor.ts";
import type { Numeric } from "../text.ts";
import { floatingFace, type InplaceOption, placed } from "./placed.ts";

export { prelu } from "../../rectifiers.ts";

type InplaceArguments = Signature<[inplace?: boolean], InplaceOption>;

/** Whether a function of a tensor alone is to write into it. */
export function inplaceOf(name: string, args: readonly unknown[]): boolean {
  return bind<{ inplace: boolean }>(name, ["inplace"], args, { inplace: false }).inplace;
}

/** max(x, 0) (torch.nn.functional.relu). */
export function relu(input: Tensor, ...args: InplaceArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.relu", relu, [input, ...args]);
  return inplaceOf("relu", args) ? input.relu_() : input.relu();
}

/** `relu` in place (torch.nn.functional.relu_). */
export function relu_(input: Tensor): Tensor {
  return input.relu_();
}

const leakyFace: Face = floatingFace("leaky_relu", "leaky_relu_cpu");
const leakyLabels = ["LeakyReluBackward0", "LeakyReluBackward1"] as const;

/** What `leakyRelu` takes by name. */
export interface LeakyReluOptions extends InplaceOption {
  readonly negativeSlope?: Numeric;
}

/** x where it is positive, else x times a slope; PyTorch's is 0.01, Keras's layer 0.3 (torch.nn.functional.leaky_relu). */
export function leakyRelu(
  input: Tensor,
  ...args: Signature<[negativeSlope?: Numeric, inplace?: boolean], LeakyReluOptions>
): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.leakyRelu", leakyRelu, [input, ...args]);
  const names = ["negativeSlope", "inplace"] as const;
  const bound = bind<Required<LeakyReluOptions>>("leaky_relu", names, args, {
    negativeSlope: 0.01,
    inplace: false,
  });
  const attributes = { negativeSlope: Number(bound.negativeSlope) };
  return placed(leakyReluOperation, leakyFace, input, attributes, bound.inplace, leakyLabels);
}

/** `leakyRelu` in place (torch.nn.functional.leaky_relu_). */
export function leakyRelu_(input: Tensor, negativeSlope: Numeric = 0.01): Tensor {
  return leakyRelu(input, negativeSlope, true);
}

/** What `elu` and `celu` take by name. */
export interface EluOptions extends InplaceOption {
  readonly alpha?: Numeric;
}

type EluArguments = Signature<[alpha?: Numeric, inplace?: boolean], EluOptions>;

const eluFace: Face = floatingFace("elu", "elu_cpu");
const eluLabels = ["EluBackward0", "EluBackward1"] as const;
const celuLabels = ["CeluBackward0", "CeluBackward1"] as const;

function eluArguments(
  name: string,
  args: readonly unknown[],
): { readonly alpha: number; readonly inplace: boolean } {
  const names = ["alpha", "inplace"] as const;
  const { alpha, inplace } = bind<Required<EluOptions>>(name, names, args, { alpha: 1, inplace: false });
  return { alpha: Number(alpha), inplace };
}

/** x where it is positive, else alpha (exp(x) - 1) (torch.nn.functional.elu). */
export function elu(input: Tensor, ...args: EluArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.elu", elu, [input, ...args]);
  const { alpha, inplace } = eluArguments("elu", args);
  return placed(operations.elu, eluFace, input, { alpha, scale: 1, inputScale: 1 }, inplace, eluLabels);
}

/** `elu` in place (torch.nn.functional.elu_). */
export function elu_(input: Tensor, alpha: Numeric = 1): Tensor {
  return elu(input, alpha, true);
}

/** x where it is positive, else alpha (exp(x / alpha) - 1) (torch.nn.functional.celu). */
export function celu(input: Tensor, ...args: EluArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.celu", celu, [input, ...args]);
  const { alpha, inplace } = eluArguments("celu", args);
  if (alpha === 0) throw new RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU");
  const attributes = { alpha, scale: 1, inputScale: 1 / alpha };
  return placed(operations.elu, eluFace, input, attributes, inplace, celuLabels);
}

/** `celu` in place (torch.nn.functional.celu_). */
export function celu_(input: Tensor, alpha: Numeric = 1): Tensor {
  return celu(input, alpha, true);
}

/** Klambauer et al. (2017): with these factors activations keep mean 0 and variance 1. */
const seluAttributes = { alpha: 1.6732632423543772, scale: 1.0507009873554805, inputScale: 1 } as const;

/** scale (x where it is positive, else alpha (exp(x) - 1)) (torch.nn.functional.selu). */
export function selu(input: Tensor, ...args: InplaceArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.selu", selu, [input, ...args]);
  return placed(operations.elu, eluFace, input, seluAttributes, inplaceOf("selu", args), eluLabels);
}

/** `selu` in place (torch.nn.functional.selu_). */
export function selu_(input: Tensor): Tensor {
  return selu(input, true);
}

/** What `hardtanh` takes by name. */
export interface HardtanhOptions extends InplaceOption {
  readonly minVal?: Numeric;
  readonly maxVal?: Numeric;
}

const hardtanhFace: Face = {
  name: "hardtanh",
  refusals: refusals(
    says("Bool inputs not supported for hardtanh", "bool"),
    lacks("clamp_scalar_cpu", "rare"),
    saysMissing("clamp is not supported for complex types", "complex"),
  ),
};

function held(input: Tensor, min: number, max: number, inplace: boolean): Tensor {
  if (input.dtype.kind === "unsigned" && (min < 0 || max < 0))
    throw new RuntimeError("cannot do hardtanh on an unsigned type with negative limits");
  return placed(operations.hardtanh, hardtanhFace, input, { min, max }, inplace);
}

/** x, held from `minVal` to `maxVal` (torch.nn.functional.hardtanh). @throws ValueError where they are exchanged */
export function hardtanh(
  input: Tensor,
  ...args: Signature<[minVal?: Numeric, maxVal?: Numeric, inplace?: boolean], HardtanhOptions>
): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.hardtanh", hardtanh, [input, ...args]);
  const bound = bind<Required<HardtanhOptions>>("hardtanh", ["minVal", "maxVal", "inplace"], args, {
    minVal: -1,
    maxVal: 1,
    inplace: false,
  });
  const [min, max] = [Number(bound.minVal), Number(bound.maxVal)];
  if (min > max) throw new ValueError("min_val cannot be greater than max_val");
  return held(input, min, max, bound.inplace);
}

/** `hardtanh` in place (torch.nn.functional.hardtanh_). */
export function hardtanh_(input: Tensor, minVal: Numeric = -1, maxVal: Numeric = 1): Tensor {
  return held(input, Number(minVal), Number(maxVal), true);
}

/** x, held from 0 to 6 (torch.nn.functional.relu6). */
export function relu6(input: Tensor, ...args: InplaceArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.relu6", relu6, [input, ...args]);
  return held(input, 0, 6, inplaceOf("relu6", args));
}

/** What `threshold` takes by name. */
export interface ThresholdOptions extends InplaceOption {
  readonly threshold?: Numeric;
  readonly value?: Numeric;
}

const thresholdFace: Face = {
  name: "threshold",
  refusals: refusals(lacks("threshold_cpu", "bool", "rare", "complex")),
};

/** x above a threshold, else a value (torch.nn.functional.threshold). */
export function threshold(
  input: Tensor,
  ...args: Signature<[threshold: Numeric, value: Numeric, inplace?: boolean], ThresholdOptions>
): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.threshold", threshold, [input, ...args]);
  const bound = bind<Required<ThresholdOptions>>("threshold", ["threshold", "value", "inplace"], args, {
    inplace: false,
  });
  const attributes = { threshold: Number(bound.threshold), value: Number(bound.value) };
  const labels = ["ThresholdBackward0", "ThresholdBackward1"] as const;
  // Applied twice it gives the same, so that elements may share memory.
  const isShared = bound.inplace && overlapsItself(input.layout);
  const result = placed(
    operations.threshold,
    thresholdFace,
    input,
    attributes,
    bound.inplace && !isShared,
    labels,
  );
  if (isShared) writeValues(input, result.detach());
  return isShared ? input : result;
}

/** `threshold` in place (torch.nn.functional.threshold_). */
export function threshold_(input: Tensor, limit: Numeric, value: Numeric): Tensor {
  return threshold(input, limit, value, true);
}

/** 0 below -3, x above 3, between them x (x + 3) / 6 (torch.nn.functional.hardswish). */
export function hardswish(input: Tensor, ...args: InplaceArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.hardswish", hardswish, [input, ...args]);
  const face = floatingFace("hardswish", "hardswish_cpu");
  return placed(operations.hardswish, face, input, undefined, inplaceOf("hardswish", args));
}
