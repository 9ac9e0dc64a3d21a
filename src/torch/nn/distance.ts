// torch.nn.CosineSimilarity, PairwiseDistance.

import { bind, type Signature } from "../../core/arguments.ts";
import type { Tensor } from "../tensor.ts";
import {
  type CosineOptions,
  cosineSimilarity,
  type PairwiseOptions,
  pairwiseDistance,
} from "./functional/distance.ts";
import { Module } from "./module.ts";
import type { Numeric } from "./text.ts";

/** The cosine of the angle between vectors along an axis (torch.nn.CosineSimilarity). */
export class CosineSimilarity extends Module {
  readonly dim: number;
  readonly eps: Numeric;

  constructor(...args: Signature<[dim?: number, eps?: Numeric], CosineOptions>) {
    super();
    const bound = bind<Required<CosineOptions>>("CosineSimilarity.__init__", ["dim", "eps"], args, {
      dim: 1,
      eps: 1e-8,
    });
    this.dim = bound.dim;
    this.eps = bound.eps;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return cosineSimilarity(x1, x2, this.dim, this.eps);
  }
}

/** The p-norm of the difference along the last axis (torch.nn.PairwiseDistance). */
export class PairwiseDistance extends Module {
  /** Which norm. */
  readonly norm: Numeric;
  readonly eps: Numeric;
  readonly keepdim: boolean;

  constructor(...args: Signature<[p?: Numeric, eps?: Numeric, keepdim?: boolean], PairwiseOptions>) {
    super();
    const names = ["p", "eps", "keepdim"] as const;
    const bound = bind<Required<PairwiseOptions>>("PairwiseDistance.__init__", names, args, {
      p: 2,
      eps: 1e-6,
      keepdim: false,
    });
    this.norm = bound.p;
    this.eps = bound.eps;
    this.keepdim = bound.keepdim;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return pairwiseDistance(x1, x2, this.norm, this.eps, this.keepdim);
  }
}
