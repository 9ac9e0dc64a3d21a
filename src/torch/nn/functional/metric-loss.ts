// Losses of distances: cosine_embedding_loss, triplet_margin_loss, triplet_margin_with_distance_loss
// (torch.nn.functional; ATen/native/Loss.cpp).

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError, ValueError } from "../../../core/errors.ts";
import { choose } from "../../choice.ts";
import { shapeText } from "../../errors.ts";
import { inFloat32 } from "../../half.ts";
import type { Tensor } from "../../tensor.ts";
import { type Numeric, settingText } from "../text.ts";
import { distance, pairwiseDistance } from "./distance.ts";
import { type MarginOptions, type MarginPositions, marginNames } from "./margin-loss.ts";
import { checkedReduction, type Reduction, reduced, reductionDefaults } from "./reduction.ts";

/** @throws RuntimeError for targets that do not go with the inputs */
function checkCosine(input1: Tensor, input2: Tensor, target: Tensor): void {
  const { ndim } = target;
  if (ndim > 1) throw new RuntimeError("0D or 1D target tensor expected, multi-target not supported");
  if (input1.ndim === ndim + 1 && input2.ndim === ndim + 1) return;
  throw new RuntimeError(
    `${ndim}D target tensor expects ${ndim + 1}D input tensors, but found inputs with sizes ${shapeText(input1.shape)} and ${shapeText(input2.shape)}.`,
  );
}

/**
 * 1 - cos where the target is 1, what cos exceeds the margin by where it is -1 (torch.nn.functional.cosine_embedding_loss).
 * @param input1 shape [N, D] or [D] @param target 1 or -1, shape [N] or []
 */
export function cosineEmbeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  ...args: Signature<MarginPositions, MarginOptions>
): Tensor {
  const bound = bind<Required<MarginOptions>>("cosine_embedding_loss", marginNames, args, {
    ...reductionDefaults,
    margin: 0,
  });
  const reduction = checkedReduction(bound);
  checkCosine(input1, input2, target);
  const axis = target.ndim;
  return inFloat32([input1, input2, target], (a, b, t) => {
    const squares = (x: Tensor): Tensor => x.mul(x).sum(axis).add(1e-12);
    const cosine = a
      .mul(b)
      .sum(axis)
      .div(squares(a).mul(squares(b)).sqrt());
    const alike = choose(t.eq(1), cosine.neg().add(1), 0);
    const apart = choose(t.eq(-1), cosine.sub(Number(bound.margin)).clampMin(0), 0);
    return reduced(alike.add(apart), reduction);
  });
}

/** @throws ValueError for a margin that is not above 0 */
function checkMargin(margin: Numeric): void {
  if (Number(margin) > 0) return;
  throw new ValueError(`margin must be greater than 0, got ${settingText(margin)}`);
}

/** @throws RuntimeError for tensors of different numbers of axes */
function checkRanks(anchor: Tensor, positive: Tensor, negative: Tensor): void {
  const [a, p, n] = [anchor.ndim, positive.ndim, negative.ndim];
  if (a === p && p === n) return;
  throw new RuntimeError(
    `The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor ${a}D, positive ${p}D, and negative ${n}D inputs`,
  );
}

/** A distance between tensors. */
export type DistanceFunction = (x1: Tensor, x2: Tensor) => Tensor;

/** max(0, margin + d(anchor, positive) - d(anchor, negative)); with `swap` the nearer of two negatives. */
function tripletLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  between: DistanceFunction,
  margin: number,
  swap: boolean,
  reduction: Reduction,
): Tensor {
  const near = between(anchor, positive);
  const away = between(anchor, negative);
  const far = swap ? away.minimum(between(positive, negative)) : away;
  const losses = near.add(margin).sub(far).clampMin(0);
  return reduced(losses, reduction);
}

/** What `tripletMarginLoss` takes by name. */
export interface TripletOptions extends MarginOptions {
  /** Which norm is the distance. Default 2. */
  readonly p?: Numeric;
  /** Is added to each difference. Default 1e-6. */
  readonly eps?: Numeric;
  /** Takes the distance of the positive from the negative where it is the smaller. Default false. */
  readonly swap?: boolean;
}

/**
 * How much the positive is not nearer to the anchor than the negative by a margin
 * (torch.nn.functional.triplet_margin_loss).
 * @param anchor shape [N, D] or [D], as the others
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  ...args: Signature<
    [
      margin?: Numeric,
      p?: Numeric,
      eps?: Numeric,
      swap?: boolean,
      sizeAverage?: boolean | null,
      reduce?: boolean | null,
      reduction?: Reduction,
    ],
    TripletOptions
  >
): Tensor {
  const names = ["margin", "p", "eps", "swap", "sizeAverage", "reduce", "reduction"] as const;
  const bound = bind<Required<TripletOptions>>("triplet_margin_loss", names, args, {
    ...reductionDefaults,
    margin: 1,
    p: 2,
    eps: 1e-6,
    swap: false,
  });
  const reduction = checkedReduction(bound);
  checkMargin(bound.margin);
  checkRanks(anchor, positive, negative);
  const [p, eps] = [Number(bound.p), Number(bound.eps)];
  return inFloat32([anchor, positive, negative], (a, near, far) =>
    tripletLoss(a, near, far, (x, y) => distance(x, y, p, eps), Number(bound.margin), bound.swap, reduction),
  );
}

/** What `tripletMarginWithDistanceLoss` takes by name. */
export interface TripletDistanceOptions {
  /** A function, or a module, of two tensors. Default `pairwiseDistance`. */
  readonly distanceFunction?: DistanceFunction | { readonly call: DistanceFunction } | null;
  readonly margin?: Numeric;
  /** Takes the distance of the positive from the negative where it is the smaller. Default false. */
  readonly swap?: boolean;
  readonly reduction?: Reduction;
}

/** `tripletMarginLoss` with a distance of one's own (torch.nn.functional.triplet_margin_with_distance_loss). */
export function tripletMarginWithDistanceLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletDistanceOptions = {},
): Tensor {
  const bound = bind<Required<TripletDistanceOptions>>("triplet_margin_with_distance_loss", [], [options], {
    distanceFunction: null,
    margin: 1,
    swap: false,
    reduction: "mean",
  });
  const reduction = checkedReduction({ ...reductionDefaults, reduction: bound.reduction });
  checkMargin(bound.margin);
  checkRanks(anchor, positive, negative);
  const between = bound.distanceFunction ?? pairwiseDistance;
  const call: DistanceFunction =
    typeof between === "function" ? (x, y) => between(x, y) : (x, y) => between.call(x, y);
  return tripletLoss(anchor, positive, negative, call, Number(bound.margin), bound.swap, reduction);
}
