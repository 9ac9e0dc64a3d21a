// torch.nn.functional: smooth and leaky rectifiers.

import { bind, type Signature } from "../../../core/arguments.ts";
import { leakyRelu as leakyReluOperation, silu as siluOperation } from "../../../ops/activations.ts";
import { named } from "../../node.ts";
import { run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import type { Numeric } from "../text.ts";

/** The result, stored in the input where that was asked for. */
const placed = (input: Tensor, result: Tensor, inplace: boolean): Tensor =>
  inplace ? input.copy_(result) : result;

/** x sigmoid(x) (torch.nn.functional.silu). */
export function silu(input: Tensor, options: { readonly inplace?: boolean } = {}): Tensor {
  return placed(input, run(siluOperation, [input], undefined), options.inplace ?? false);
}

/** x where it is positive, else x times a slope; PyTorch's is 0.01, Keras's layer 0.3 (torch.nn.functional.leaky_relu). */
export function leakyRelu(
  input: Tensor,
  ...args: Signature<
    [negativeSlope: Numeric, inplace: boolean],
    { readonly negativeSlope?: Numeric; readonly inplace?: boolean }
  >
): Tensor {
  const bound = bind<{ negativeSlope: Numeric; inplace: boolean }>(
    "leaky_relu",
    ["negativeSlope", "inplace"],
    args,
    { negativeSlope: 0.01, inplace: false },
  );
  const result = run(leakyReluOperation, [input], { negativeSlope: Number(bound.negativeSlope) });
  return placed(input, result, bound.inplace);
}

/** x where it is positive, else alpha (exp(x) - 1) (torch.nn.functional.elu). */
export function elu(
  input: Tensor,
  ...args: Signature<
    [alpha: Numeric, inplace: boolean],
    { readonly alpha?: Numeric; readonly inplace?: boolean }
  >
): Tensor {
  const bound = bind<{ alpha: Numeric; inplace: boolean }>("elu", ["alpha", "inplace"], args, {
    alpha: 1,
    inplace: false,
  });
  // The exponential is taken of the negative part alone: where it is not used it must not overflow in the gradient.
  const below = input.clamp({ max: 0 }).expm1().mul(Number(bound.alpha));
  const result = named(input.where(input.gt(0), below), "EluBackward0");
  return placed(input, result, bound.inplace);
}

/** log(1 + exp(beta x)) / beta, and x itself where beta x is above the threshold (torch.nn.functional.softplus). */
export function softplus(
  input: Tensor,
  ...args: Signature<
    [beta: Numeric, threshold: Numeric],
    { readonly beta?: Numeric; readonly threshold?: Numeric }
  >
): Tensor {
  const bound = bind<{ beta: Numeric; threshold: Numeric }>("softplus", ["beta", "threshold"], args, {
    beta: 1,
    threshold: 20,
  });
  const [beta, threshold] = [Number(bound.beta), Number(bound.threshold)];
  const scaled = input.mul(beta);
  const soft = scaled.clamp({ max: threshold }).exp().log1p().div(beta);
  return named(input.where(scaled.gt(threshold), soft), "SoftplusBackward0");
}
