// torch.nn.functional.rrelu: the rectifier whose slope is drawn (ATen/native/Activation.cpp, `rrelu_with_noise`).

import { bind, type Signature } from "../../../core/arguments.ts";
import { float64 } from "../../../core/dtype.ts";
import { elements, toNumber } from "../../../core/elements.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { Layout } from "../../../core/layout.ts";
import { leakyRelu as leakyReluOperation } from "../../../ops/activations.ts";
import { multiply } from "../../../ops/binary.ts";
import { defaultGenerator } from "../../../random/index.ts";
import type { Face } from "../../elementwise.ts";
import { inFloat32 } from "../../half.ts";
import { named } from "../../node.ts";
import { refuse } from "../../refusals.ts";
import { allocate, run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import type { Numeric } from "../text.ts";
import { floatingFace, type InplaceOption, placed } from "./placed.ts";

/** What `rrelu` takes by name. */
export interface RreluOptions extends InplaceOption {
  readonly lower?: Numeric;
  readonly upper?: Numeric;
  readonly training?: boolean;
}

const fixedFace: Face = floatingFace("rrelu", "leaky_relu_cpu");
const drawnFace: Face = floatingFace("rrelu", "rrelu_with_noise_out_cpu");
const labels = ["RreluWithNoiseBackward0", "RreluWithNoiseBackward1"] as const;

/** A slope for each element that is not positive, in row-major order, and 1 for the others. */
function slopes(input: Tensor, lower: number, upper: number): Tensor {
  const generator = defaultGenerator();
  const noise = allocate(Layout.contiguous(float64, input.shape));
  const array = noise.storage.view(float64) as Float64Array;
  // The bounds are rounded to the input's type, the slopes between them are drawn in float64.
  const [least, most] = input.dtype === float64 ? [lower, upper] : [Math.fround(lower), Math.fround(upper)];
  elements(input.detach()).forEach((value, i) => {
    array[i] = toNumber(value) <= 0 ? generator.uniform64() * (most - least) + least : 1;
  });
  return noise;
}

/**
 * x where it is positive, else x times a slope: in training one drawn between `lower` and `upper` for each element, else
 * their mean (torch.nn.functional.rrelu).
 * @throws RuntimeError where the bounds are exchanged
 */
export function rrelu(
  input: Tensor,
  ...args: Signature<[lower?: Numeric, upper?: Numeric, training?: boolean, inplace?: boolean], RreluOptions>
): Tensor {
  const names = ["lower", "upper", "training", "inplace"] as const;
  const bound = bind<Required<RreluOptions>>("rrelu", names, args, {
    lower: 1 / 8,
    upper: 1 / 3,
    training: false,
    inplace: false,
  });
  const [lower, upper] = [Number(bound.lower), Number(bound.upper)];
  if (lower > upper) throw new RuntimeError("Lower bound should be less than or equal to the upper bound");
  if (!bound.training) {
    const attributes = { negativeSlope: (lower + upper) / 2 };
    return placed(leakyReluOperation, fixedFace, input, attributes, bound.inplace, labels);
  }
  refuse(drawnFace.refusals, input.dtype);
  const noise = slopes(input, lower, upper);
  if (bound.inplace) return named(input.mul_(noise), labels[1]);
  const result = inFloat32([input], (x) => run(multiply, [x, noise.to(x.dtype)], undefined));
  return named(result, labels[0]);
}

/** `rrelu` in place (torch.nn.functional.rrelu_). */
export function rrelu_(
  input: Tensor,
  lower: Numeric = 1 / 8,
  upper: Numeric = 1 / 3,
  training = false,
): Tensor {
  return rrelu(input, lower, upper, training, true);
}
