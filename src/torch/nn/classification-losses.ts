// torch.nn.NLLLoss, CrossEntropyLoss.

import { bind, type Signature } from "../../core/arguments.ts";
import type { Tensor } from "../tensor.ts";
import {
  type ClassLossOptions,
  type CrossEntropyOptions,
  crossEntropy,
  nllLoss,
} from "./functional/classification-loss.ts";
import { type Reduction, reductionDefaults } from "./functional/reduction.ts";
import { WeightedLoss } from "./loss-base.ts";
import type { Numeric } from "./text.ts";

type Positions = [
  weight?: Tensor | null,
  sizeAverage?: boolean | null,
  ignoreIndex?: number,
  reduce?: boolean | null,
  reduction?: Reduction,
];

const names = ["weight", "sizeAverage", "ignoreIndex", "reduce", "reduction"] as const;
const defaults = { ...reductionDefaults, weight: null, ignoreIndex: -100 } as const;

/** The negative log likelihood of class numbers, given log probabilities (torch.nn.NLLLoss). */
export class NLLLoss extends WeightedLoss {
  readonly ignoreIndex: number;

  constructor(...args: Signature<Positions, ClassLossOptions>) {
    const bound = bind<Required<ClassLossOptions>>("NLLLoss.__init__", names, args, defaults);
    super(bound);
    this.ignoreIndex = bound.ignoreIndex;
  }

  /** @param input shape [C], [N, C] or [N, C, ...] @param target class numbers, of the shape without C */
  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, reduction } = this;
    return nllLoss(input, target, { weight, ignoreIndex, reduction });
  }
}

/** Cross entropy of class numbers or class probabilities, given logits (torch.nn.CrossEntropyLoss). */
export class CrossEntropyLoss extends WeightedLoss {
  readonly ignoreIndex: number;
  readonly labelSmoothing: Numeric;

  constructor(...args: Signature<[...Positions, labelSmoothing?: Numeric], CrossEntropyOptions>) {
    const bound = bind<Required<CrossEntropyOptions>>(
      "CrossEntropyLoss.__init__",
      [...names, "labelSmoothing"],
      args,
      { ...defaults, labelSmoothing: 0 },
    );
    super(bound);
    this.ignoreIndex = bound.ignoreIndex;
    this.labelSmoothing = bound.labelSmoothing;
  }

  /** @param input shape [C], [N, C] or [N, C, ...] @param target class numbers, or probabilities of the input's shape */
  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, reduction, labelSmoothing } = this;
    return crossEntropy(input, target, { weight, ignoreIndex, reduction, labelSmoothing });
  }
}
