// torch.nn: losses that ask for a margin, between classes or between embeddings.

import { bind, type Signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import type { Tensor } from "../tensor.ts";
import { PairwiseDistance } from "./distance.ts";
import {
  hingeEmbeddingLoss,
  type MarginOptions,
  type MarginPositions,
  type MultiMarginOptions,
  marginNames,
  marginRankingLoss,
  multilabelMarginLoss,
  multiMarginLoss,
} from "./functional/margin-loss.ts";
import {
  cosineEmbeddingLoss,
  type DistanceFunction,
  type TripletDistanceOptions,
  type TripletOptions,
  tripletMarginLoss,
  tripletMarginWithDistanceLoss,
} from "./functional/metric-loss.ts";
import { type Reduction, type ReductionOptions, reductionDefaults } from "./functional/reduction.ts";
import { Loss, WeightedLoss } from "./loss-base.ts";
import { Module } from "./module.ts";
import { type Numeric, settingText } from "./text.ts";

type Tail = [sizeAverage?: boolean | null, reduce?: boolean | null, reduction?: Reduction];

/** A loss of which a margin is all there is to set. */
class MarginLoss extends Loss {
  readonly margin: Numeric;

  constructor(name: string, margin: number, args: readonly unknown[]) {
    const bound = bind<Required<MarginOptions>>(`${name}.__init__`, marginNames, args, {
      ...reductionDefaults,
      margin,
    });
    super(bound);
    this.margin = bound.margin;
  }
}

/** The input where the target is 1, what it lacks of a margin where it is -1 (torch.nn.HingeEmbeddingLoss). */
export class HingeEmbeddingLoss extends MarginLoss {
  constructor(...args: Signature<MarginPositions, MarginOptions>) {
    super("HingeEmbeddingLoss", 1, args);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return hingeEmbeddingLoss(input, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** Which of two inputs is to be the greater (torch.nn.MarginRankingLoss). */
export class MarginRankingLoss extends MarginLoss {
  constructor(...args: Signature<MarginPositions, MarginOptions>) {
    super("MarginRankingLoss", 0, args);
  }

  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return marginRankingLoss(input1, input2, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** Which vectors are to point the same way (torch.nn.CosineEmbeddingLoss). */
export class CosineEmbeddingLoss extends MarginLoss {
  constructor(...args: Signature<MarginPositions, MarginOptions>) {
    super("CosineEmbeddingLoss", 0, args);
  }

  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return cosineEmbeddingLoss(input1, input2, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** A margin between several labels and all other classes (torch.nn.MultiLabelMarginLoss). */
export class MultiLabelMarginLoss extends Loss {
  constructor(...args: Signature<Tail, ReductionOptions>) {
    const names = ["sizeAverage", "reduce", "reduction"] as const;
    super(bind("MultiLabelMarginLoss.__init__", names, args, reductionDefaults));
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelMarginLoss(input, target, { reduction: this.reduction });
  }
}

/** A margin between a label and all other classes (torch.nn.MultiMarginLoss). */
export class MultiMarginLoss extends WeightedLoss {
  readonly p: number;
  readonly margin: Numeric;

  constructor(
    ...args: Signature<
      [p?: number, margin?: Numeric, weight?: Tensor | null, ...tail: Tail],
      MultiMarginOptions
    >
  ) {
    const names = ["p", "margin", "weight", "sizeAverage", "reduce", "reduction"] as const;
    const bound = bind<Required<MultiMarginOptions>>("MultiMarginLoss.__init__", names, args, {
      ...reductionDefaults,
      p: 1,
      margin: 1,
      weight: null,
    });
    const { p, weight } = bound;
    super(bound);
    if (Number(p) !== 1 && Number(p) !== 2) throw new ValueError("only p == 1 and p == 2 supported");
    if (weight !== null && weight.ndim !== 1) {
      throw new ValueError(
        `MultiMarginLoss: expected weight to be None or 1D tensor, got ${weight.ndim}D instead`,
      );
    }
    this.p = p;
    this.margin = bound.margin;
  }

  /** @param input shape [C] or [N, C] @param target class numbers, shape [] or [N] */
  override forward(input: Tensor, target: Tensor): Tensor {
    const { p, margin, weight, reduction } = this;
    return multiMarginLoss(input, target, { p, margin, weight, reduction });
  }
}

/** @throws ValueError for a margin that is not above 0 */
function checkMargin(name: string, margin: Numeric): void {
  if (Number(margin) > 0) return;
  throw new ValueError(`${name}: expected margin to be greater than 0, got ${settingText(margin)} instead`);
}

/** The positive is to be nearer to the anchor than the negative by a margin (torch.nn.TripletMarginLoss). */
export class TripletMarginLoss extends Loss {
  readonly margin: Numeric;
  readonly p: Numeric;
  readonly eps: Numeric;
  readonly swap: boolean;

  constructor(
    ...args: Signature<
      [margin?: Numeric, p?: Numeric, eps?: Numeric, swap?: boolean, ...tail: Tail],
      TripletOptions
    >
  ) {
    const names = ["margin", "p", "eps", "swap", "sizeAverage", "reduce", "reduction"] as const;
    const bound = bind<Required<TripletOptions>>("TripletMarginLoss.__init__", names, args, {
      ...reductionDefaults,
      margin: 1,
      p: 2,
      eps: 1e-6,
      swap: false,
    });
    super(bound);
    checkMargin("TripletMarginLoss", bound.margin);
    this.margin = bound.margin;
    this.p = bound.p;
    this.eps = bound.eps;
    this.swap = bound.swap;
  }

  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { margin, p, eps, swap, reduction } = this;
    return tripletMarginLoss(anchor, positive, negative, { margin, p, eps, swap, reduction });
  }
}

/** `TripletMarginLoss` with a distance of one's own (torch.nn.TripletMarginWithDistanceLoss). */
export class TripletMarginWithDistanceLoss extends Loss {
  declare distanceFunction: DistanceFunction | { readonly call: DistanceFunction };
  readonly margin: Numeric;
  readonly swap: boolean;

  constructor(options: TripletDistanceOptions = {}) {
    const bound = bind<Required<TripletDistanceOptions>>(
      "TripletMarginWithDistanceLoss.__init__",
      [],
      [options],
      { distanceFunction: null, margin: 1, swap: false, reduction: "mean" },
    );
    super({ ...reductionDefaults, reduction: bound.reduction });
    checkMargin("TripletMarginWithDistanceLoss", bound.margin);
    const between = bound.distanceFunction ?? new PairwiseDistance();
    if (between instanceof Module) this.registerModule("distance_function", between);
    else this.distanceFunction = between;
    this.margin = bound.margin;
    this.swap = bound.swap;
  }

  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { distanceFunction, margin, swap, reduction } = this;
    const options = { distanceFunction, margin, swap, reduction };
    return tripletMarginWithDistanceLoss(anchor, positive, negative, options);
  }
}
