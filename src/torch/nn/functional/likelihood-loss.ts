// Losses of distributions: poisson_nll_loss, gaussian_nll_loss, kl_div (torch.nn.functional; ATen/native/Loss.cpp).

import { bind, type Signature } from "../../../core/arguments.ts";
import { ValueError } from "../../../core/errors.ts";
import { sameShape } from "../../../core/layout.ts";
import { warn } from "../../../core/warnings.ts";
import { fullLike } from "../../creation.ts";
import { inFloat32 } from "../../half.ts";
import { type Refusals, refusals, refuse, says } from "../../refusals.ts";
import { noGrad } from "../../tape.ts";
import { Tensor } from "../../tensor.ts";
import type { Numeric } from "../text.ts";
import {
  type BoundReduction,
  checkedReduction,
  checkReduction,
  type Reduction,
  type ReductionOptions,
  reduced,
  reductionDefaults,
  reductionOf,
} from "./reduction.ts";

/** What `poissonNllLoss` takes by name. */
export interface PoissonOptions extends ReductionOptions {
  /** True iff the input is the logarithm of the mean. Default true. */
  readonly logInput?: boolean;
  /** Adds Stirling's approximation of log(target!). Default false. */
  readonly full?: boolean;
  /** Keeps the logarithm from 0. Default 1e-8. */
  readonly eps?: Numeric;
}

/**
 * exp(x) - t x, or x - t log(x + eps) (torch.nn.functional.poisson_nll_loss).
 * @param target counts, of a shape that stretches to the input's
 */
export function poissonNllLoss(
  input: Tensor,
  target: Tensor,
  ...args: Signature<
    [
      logInput?: boolean,
      full?: boolean,
      sizeAverage?: boolean | null,
      eps?: Numeric,
      reduce?: boolean | null,
      reduction?: Reduction,
    ],
    PoissonOptions
  >
): Tensor {
  const names = ["logInput", "full", "sizeAverage", "eps", "reduce", "reduction"] as const;
  const bound = bind<Required<PoissonOptions>>("poisson_nll_loss", names, args, {
    ...reductionDefaults,
    logInput: true,
    full: false,
    eps: 1e-8,
  });
  const reduction = reductionOf(bound);
  checkReduction(reduction);
  return inFloat32([input, target], (x, t) => {
    const losses = bound.logInput ? x.exp().sub(t.mul(x)) : x.sub(t.mul(x.add(Number(bound.eps)).log()));
    return reduced(bound.full ? losses.add(stirling(t)) : losses, reduction);
  });
}

/** t log(t) - t + log(2 pi t) / 2 where t is above 1, else 0. */
function stirling(target: Tensor): Tensor {
  const term = target
    .mul(target.log())
    .sub(target)
    .add(
      target
        .mul(2 * Math.PI)
        .log()
        .mul(0.5),
    );
  return term.maskedFill(target.le(1), 0);
}

/** What `gaussianNllLoss` takes by name. */
export interface GaussianOptions {
  /** Adds log(2 pi) / 2. Default false. */
  readonly full?: boolean;
  /** Variances are not below it. Default 1e-6. */
  readonly eps?: Numeric;
  readonly reduction?: Reduction;
}

/** @throws ValueError for variances below 0, where they are known, or of a shape that does not go with the input's */
function variances(input: Tensor, variance: Tensor | number): Tensor {
  if (!(variance instanceof Tensor)) {
    if (Number(variance) < 0) throw new ValueError("var has negative entry/entries");
    return fullLike(input, Number(variance));
  }
  const isNegative = variance.lt(0).any();
  if (isNegative.storage.hasValues && isNegative.item() === true)
    throw new ValueError("var has negative entry/entries");
  const [x, v] = [input.shape, variance.shape];
  if (sameShape(x, v)) return variance;
  if (sameShape(x.slice(0, -1), v)) return variance.unsqueeze(-1);
  const other = v.filter((length, axis) => length !== x[axis]).reduce((sum, length) => sum + length, 0);
  if (x.length !== v.length || other !== 1) throw new ValueError("var is of incorrect size");
  return variance;
}

/**
 * (log v + (x - t)^2 / v) / 2 (torch.nn.functional.gaussian_nll_loss).
 * @param variance of the input's shape, or without its last axis or with length 1 there, or a number for all
 */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor | number,
  ...args: Signature<[full?: boolean, eps?: Numeric, reduction?: Reduction], GaussianOptions>
): Tensor {
  const bound = bind<Required<GaussianOptions>>("gaussian_nll_loss", ["full", "eps", "reduction"], args, {
    full: false,
    eps: 1e-6,
    reduction: "mean",
  });
  const { full, reduction } = bound;
  const given = variances(input, variance);
  if (!["none", "mean", "sum"].includes(reduction)) throw new ValueError(`${String(reduction)} is not valid`);
  return inFloat32([input, target, given], (x, t, v) => {
    // The gradient is as if the variances were not bounded: the bound is written past the graph.
    const bounded = v.clone();
    noGrad(() => bounded.clamp_({ min: Number(bound.eps) }));
    const losses = bounded.log().add(x.sub(t).square().div(bounded)).mul(0.5);
    return reduced(full ? losses.add(0.5 * Math.log(2 * Math.PI)) : losses, reduction);
  });
}

/** The reductions of `klDiv`: "batchmean" divides the sum by the first axis's length. */
export type DivergenceReduction = Reduction | "batchmean";

/** What `klDiv` takes by name. */
export interface DivergenceOptions extends Omit<ReductionOptions, "reduction"> {
  readonly reduction?: DivergenceReduction;
  /** True iff the target too is a logarithm. Default false. */
  readonly logTarget?: boolean;
}

const divergenceRefusals: Refusals = refusals(
  says("kl_div: Integral inputs not supported.", "bool", "rare", "whole"),
  says("kl_div: Complex inputs not supported.", "complex"),
);

/** The reduction of the pointwise divergences; "batchmean" begins with the sum. */
function divergenceReduction(bound: Required<DivergenceOptions>): Reduction {
  const legacy = { sizeAverage: bound.sizeAverage, reduce: bound.reduce };
  if (bound.reduction === "batchmean") {
    const isGiven = legacy.sizeAverage !== null || legacy.reduce !== null;
    return isGiven ? reductionOf({ ...legacy, reduction: "sum" }) : "sum";
  }
  if (bound.reduction === "mean" && legacy.sizeAverage === null && legacy.reduce === null) {
    warn(
      "UserWarning",
      "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides only by the batch size, and aligns with the KL div math definition.'mean' will be changed to behave the same as 'batchmean' in the next major release.",
    );
  }
  return checkedReduction(bound as BoundReduction);
}

/**
 * The Kullback-Leibler divergence t (log t - x) (torch.nn.functional.kl_div).
 * @param input log probabilities @param target probabilities, or their logarithms with `logTarget`
 */
export function klDiv(
  input: Tensor,
  target: Tensor,
  ...args: Signature<
    [
      sizeAverage?: boolean | null,
      reduce?: boolean | null,
      reduction?: DivergenceReduction,
      logTarget?: boolean,
    ],
    DivergenceOptions
  >
): Tensor {
  const names = ["sizeAverage", "reduce", "reduction", "logTarget"] as const;
  const bound = bind<Required<DivergenceOptions>>("kl_div", names, args, {
    ...reductionDefaults,
    logTarget: false,
  });
  const reduction = divergenceReduction(bound);
  refuse(divergenceRefusals, input.dtype);
  refuse(divergenceRefusals, target.dtype);
  const total = inFloat32([input, target], (x, t) => {
    const losses = bound.logTarget ? t.exp().mul(t.sub(x)) : t.xlogy(t).sub(t.mul(x));
    return reduced(losses, reduction);
  });
  return bound.reduction === "batchmean" && input.ndim > 0 ? total.div(input.shape[0]!) : total;
}
