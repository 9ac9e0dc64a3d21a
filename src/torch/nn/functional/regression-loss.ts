// Losses of differences: l1_loss, mse_loss, huber_loss, smooth_l1_loss (torch.nn.functional; ATen/native/Loss.cpp).

import { bind, type Signature } from "../../../core/arguments.ts";
import { bool } from "../../../core/dtype.ts";
import { RuntimeError, ValueError } from "../../../core/errors.ts";
import { sameShape } from "../../../core/layout.ts";
import { inFloat32 } from "../../half.ts";
import { named } from "../../node.ts";
import { resultType } from "../../promotion.ts";
import { lacks, type Refusals, refusals, refuse } from "../../refusals.ts";
import type { Tensor } from "../../tensor.ts";
import type { Numeric } from "../text.ts";
import {
  type BoundReduction,
  checkedReduction,
  type Reduction,
  type ReductionOptions,
  reduced,
  reductionDefaults,
  reductionOf,
  stretched,
} from "./reduction.ts";

/** What `l1Loss` and `mseLoss` take by name. */
export interface DifferenceOptions extends ReductionOptions {
  /** How much each element counts, in the input's shape; the mean is weighted. */
  readonly weight?: Tensor | null;
}

type DifferenceArguments = Signature<
  [sizeAverage?: boolean | null, reduce?: boolean | null, reduction?: Reduction, weight?: Tensor | null],
  DifferenceOptions
>;

const differenceNames = ["sizeAverage", "reduce", "reduction", "weight"] as const;
const differenceDefaults: Required<DifferenceOptions> = { ...reductionDefaults, weight: null };

/** @throws ValueError for weights of another shape than the input's */
function checkWeight(weight: Tensor, input: Tensor): void {
  if (!sameShape(weight.shape, input.shape))
    throw new ValueError("Weights and input must have the same size.");
}

/** @throws ValueError for a reduction that weighted losses do not have */
function checkWeighted(reduction: string): void {
  if (!["none", "sum", "mean"].includes(reduction)) {
    throw new ValueError(`Invalid reduction mode: ${reduction}. Expected one of 'none', 'mean', 'sum'.`);
  }
}

/** Losses that are weighted; their mean is by the sum of the weights. */
function weightedLoss(losses: Tensor, weight: Tensor, reduction: Reduction): Tensor {
  checkWeighted(reduction);
  const weighted = losses.mul(weight);
  if (reduction === "none") return weighted;
  return reduction === "sum" ? weighted.sum() : weighted.sum().div(weight.sum());
}

/** Magnitudes of differences (torch.nn.functional.l1_loss). */
export function l1Loss(input: Tensor, target: Tensor, ...args: DifferenceArguments): Tensor {
  const bound = bind<Required<DifferenceOptions>>("l1_loss", differenceNames, args, differenceDefaults);
  const [values, wanted] = stretched(input, target);
  const { weight } = bound;
  if (weight === null) return reduced(values.sub(wanted).abs(), checkedReduction(bound));
  const reduction = reductionOf(bound);
  checkWeight(weight, input);
  return weightedLoss(values.sub(wanted).abs(), weight, reduction);
}

const squaredRefusals: Refusals = refusals(lacks("mse_cpu", "bool", "rare", "whole", "complex"));

/** Both in a type that has the loss; the subtraction takes no truth values. */
function typedOperands(input: Tensor, target: Tensor, refused: Refusals): readonly [Tensor, Tensor] {
  const isSame = input.dtype === target.dtype;
  const dtype = isSame ? input.dtype : resultType([input, target]);
  refuse(refused, dtype);
  if (isSame) return [input, target];
  return [input.dtype === bool ? input.to(dtype) : input, target.dtype === bool ? target.to(dtype) : target];
}

/** Squared differences (torch.nn.functional.mse_loss). */
export function mseLoss(input: Tensor, target: Tensor, ...args: DifferenceArguments): Tensor {
  const bound = bind<Required<DifferenceOptions>>("mse_loss", differenceNames, args, differenceDefaults);
  const operands = stretched(input, target);
  const { weight } = bound;
  if (weight === null) {
    const reduction = checkedReduction(bound);
    const [values, wanted] = typedOperands(...operands, squaredRefusals);
    return named(reduced(values.sub(wanted).square(), reduction), "MseLossBackward0");
  }
  const reduction = reductionOf(bound);
  checkWeight(weight, input);
  return weightedLoss(operands[0].sub(operands[1]).square(), weight, reduction);
}

/** A parabola up to a distance, beyond it the line that goes on: 0.5 z^2, and limit (z - 0.5 limit). */
function parabolaThenLine(values: Tensor, wanted: Tensor, limit: number): Tensor {
  const distance = values.sub(wanted).abs();
  const inner = distance.clampMax(limit);
  return inner.mul(inner).mul(0.5).add(distance.sub(inner).mul(limit));
}

/** What `huberLoss` takes by name. */
export interface HuberOptions {
  readonly reduction?: Reduction;
  /** The distance from which on the loss is a line. Default 1. */
  readonly delta?: Numeric;
  /** How much each element counts, in the input's shape. */
  readonly weight?: Tensor | null;
}

const huberRefusals: Refusals = refusals(lacks("huber_cpu", "bool", "rare", "whole", "complex"));

/**
 * Half the square of a difference up to `delta`, beyond it delta (|x - t| - delta / 2) (torch.nn.functional.huber_loss).
 * @throws RuntimeError for a delta that is not above 0
 */
export function huberLoss(
  input: Tensor,
  target: Tensor,
  ...args: Signature<[reduction?: Reduction, delta?: Numeric, weight?: Tensor | null], HuberOptions>
): Tensor {
  const bound = bind<Required<HuberOptions>>("huber_loss", ["reduction", "delta", "weight"], args, {
    reduction: "mean",
    delta: 1,
    weight: null,
  });
  const operands = stretched(input, target);
  const { weight, reduction } = bound;
  const losses = (each: Reduction): Tensor => {
    const delta = Number(bound.delta);
    if (!(delta > 0)) throw new RuntimeError("huber_loss does not support non-positive values for delta.");
    refuse(huberRefusals, operands[0].dtype);
    const [values, wanted] = typedOperands(...operands, huberRefusals);
    return named(
      inFloat32([values, wanted], (x, t) => reduced(parabolaThenLine(x, t, delta), each)),
      "HuberLossBackward0",
    );
  };
  if (weight === null) return losses(checkedReduction({ ...reductionDefaults, reduction }));
  checkWeight(weight, input);
  const weighted = losses("none").mul(weight);
  checkWeighted(reduction);
  return reduced(weighted, reduction);
}

/** What `smoothL1Loss` takes by name. */
export interface SmoothL1Options extends ReductionOptions {
  /** The distance from which on the loss is a line; 0 for `l1Loss`. Default 1. */
  readonly beta?: Numeric;
}

const smoothRefusals: Refusals = refusals(lacks("smooth_l1_cpu", "bool", "rare", "whole", "complex"));

/**
 * The square of a difference over 2 beta up to `beta`, beyond it |x - t| - beta / 2 (torch.nn.functional.smooth_l1_loss).
 * @throws RuntimeError for a beta below 0
 */
export function smoothL1Loss(
  input: Tensor,
  target: Tensor,
  ...args: Signature<
    [sizeAverage?: boolean | null, reduce?: boolean | null, reduction?: Reduction, beta?: Numeric],
    SmoothL1Options
  >
): Tensor {
  const names = ["sizeAverage", "reduce", "reduction", "beta"] as const;
  const bound = bind<BoundReduction & { readonly beta: Numeric }>("smooth_l1_loss", names, args, {
    ...reductionDefaults,
    beta: 1,
  });
  const operands = stretched(input, target);
  const reduction = checkedReduction(bound);
  const beta = Number(bound.beta);
  if (beta === 0) return reduced(operands[0].sub(operands[1]).abs(), reduction);
  if (beta < 0) throw new RuntimeError("smooth_l1_loss does not support negative values for beta.");
  const [values, wanted] = typedOperands(...operands, smoothRefusals);
  return named(
    inFloat32([values, wanted], (x, t) => reduced(parabolaThenLine(x, t, beta).div(beta), reduction)),
    "SmoothL1LossBackward0",
  );
}
