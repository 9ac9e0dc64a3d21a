// torch.nn.NLLLoss, CrossEntropyLoss, MSELoss.

import { bind, type Signature } from "../../core/arguments.ts";
import type { Tensor } from "../tensor.ts";
import { crossEntropy, mseLoss, nllLoss, type Reduction } from "./functional/loss.ts";
import { Module } from "./module.ts";
import type { Numeric } from "./text.ts";

/** What losses of classes take by name. */
export interface ClassLossOptions {
  /** A weight for each class. */
  readonly weight?: Tensor | null;
  /** Targets that count for nothing. Default -100. */
  readonly ignoreIndex?: number;
  readonly reduction?: Reduction;
}

interface ClassLossBound {
  readonly weight: Tensor | null;
  readonly ignoreIndex: number;
  readonly reduction: Reduction;
  readonly labelSmoothing: Numeric;
}

const classDefaults: ClassLossBound = {
  weight: null,
  ignoreIndex: -100,
  reduction: "mean",
  labelSmoothing: 0,
};

/** The negative log likelihood of class numbers, given log probabilities (torch.nn.NLLLoss). */
export class NLLLoss extends Module {
  readonly ignoreIndex: number;
  readonly reduction: Reduction;
  declare weight: Tensor | null;

  constructor(...args: readonly [] | readonly [Tensor | null] | readonly [ClassLossOptions]) {
    super();
    const bound = bind<ClassLossBound>("NLLLoss.__init__", ["weight"], args, classDefaults);
    this.registerBuffer("weight", bound.weight);
    this.ignoreIndex = bound.ignoreIndex;
    this.reduction = bound.reduction;
  }

  /** @param input shape [N, C] or [N, C, ...] @param target class numbers, shape [N] or [N, ...] */
  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, reduction } = this;
    return nllLoss(input, target, { weight, ignoreIndex, reduction });
  }
}

/** Cross entropy of class numbers or class probabilities, given logits (torch.nn.CrossEntropyLoss). */
export class CrossEntropyLoss extends Module {
  readonly ignoreIndex: number;
  readonly reduction: Reduction;
  readonly labelSmoothing: Numeric;
  declare weight: Tensor | null;

  constructor(
    ...args:
      | readonly []
      | readonly [Tensor | null]
      | readonly [ClassLossOptions & { readonly labelSmoothing?: Numeric }]
  ) {
    super();
    const bound = bind<ClassLossBound>("CrossEntropyLoss.__init__", ["weight"], args, classDefaults);
    this.registerBuffer("weight", bound.weight);
    this.ignoreIndex = bound.ignoreIndex;
    this.reduction = bound.reduction;
    this.labelSmoothing = bound.labelSmoothing;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, reduction } = this;
    const labelSmoothing = Number(this.labelSmoothing);
    return crossEntropy(input, target, { weight, ignoreIndex, reduction, labelSmoothing });
  }
}

/** The mean of squared differences (torch.nn.MSELoss). */
export class MSELoss extends Module {
  readonly reduction: Reduction;

  constructor(...args: Signature<[], { readonly reduction?: Reduction }>) {
    super();
    this.reduction = bind<{ reduction: Reduction }>("MSELoss.__init__", [], args, {
      reduction: "mean",
    }).reduction;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, { reduction: this.reduction });
  }
}
