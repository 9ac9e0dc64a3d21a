// What the modules of losses have in common (torch/nn/modules/loss.py).

import type { Tensor } from "../tensor.ts";
import { type BoundReduction, type Reduction, reductionOf } from "./functional/reduction.ts";
import { Module } from "./module.ts";

/** A loss with a reduction; the deprecated parameters for it count as in PyTorch, with its warning. */
export class Loss extends Module {
  readonly reduction: Reduction;

  constructor(bound: BoundReduction) {
    super();
    this.reduction = reductionOf(bound);
  }
}

/** A loss with a weight for each class or element, which is a buffer. */
export class WeightedLoss extends Loss {
  declare weight: Tensor | null;

  constructor(bound: BoundReduction & { readonly weight: Tensor | null }) {
    super(bound);
    this.registerBuffer("weight", bound.weight);
  }
}
