// torch.nn.PoissonNLLLoss, GaussianNLLLoss, KLDivLoss.

import { bind, type Signature } from "../../core/arguments.ts";
import type { Tensor } from "../tensor.ts";
import {
  type DivergenceOptions,
  type DivergenceReduction,
  type GaussianOptions,
  gaussianNllLoss,
  klDiv,
  type PoissonOptions,
  poissonNllLoss,
} from "./functional/likelihood-loss.ts";
import { type BoundReduction, type Reduction, reductionDefaults } from "./functional/reduction.ts";
import { Loss } from "./loss-base.ts";
import type { Numeric } from "./text.ts";

/** The negative log likelihood of counts, given means or their logarithms (torch.nn.PoissonNLLLoss). */
export class PoissonNLLLoss extends Loss {
  readonly logInput: boolean;
  readonly full: boolean;
  readonly eps: Numeric;

  constructor(
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
  ) {
    const names = ["logInput", "full", "sizeAverage", "eps", "reduce", "reduction"] as const;
    const bound = bind<Required<PoissonOptions>>("PoissonNLLLoss.__init__", names, args, {
      ...reductionDefaults,
      logInput: true,
      full: false,
      eps: 1e-8,
    });
    super(bound);
    this.logInput = bound.logInput;
    this.full = bound.full;
    this.eps = bound.eps;
  }

  override forward(logInput: Tensor, target: Tensor): Tensor {
    const { full, eps, reduction } = this;
    return poissonNllLoss(logInput, target, { logInput: this.logInput, full, eps, reduction });
  }
}

/** The negative log likelihood of a normal distribution, given means and variances (torch.nn.GaussianNLLLoss). */
export class GaussianNLLLoss extends Loss {
  readonly full: boolean;
  readonly eps: Numeric;

  constructor(options: GaussianOptions = {}) {
    const bound = bind<Required<GaussianOptions>>("GaussianNLLLoss.__init__", [], [options], {
      full: false,
      eps: 1e-6,
      reduction: "mean",
    });
    super({ ...reductionDefaults, reduction: bound.reduction });
    this.full = bound.full;
    this.eps = bound.eps;
  }

  override forward(input: Tensor, target: Tensor, variance: Tensor | number): Tensor {
    const { full, eps, reduction } = this;
    return gaussianNllLoss(input, target, variance, { full, eps, reduction });
  }
}

/** The Kullback-Leibler divergence, given log probabilities (torch.nn.KLDivLoss). */
export class KLDivLoss extends Loss {
  readonly logTarget: boolean;

  constructor(
    ...args: Signature<
      [
        sizeAverage?: boolean | null,
        reduce?: boolean | null,
        reduction?: DivergenceReduction,
        logTarget?: boolean,
      ],
      DivergenceOptions
    >
  ) {
    const names = ["sizeAverage", "reduce", "reduction", "logTarget"] as const;
    const bound = bind<Required<DivergenceOptions>>("KLDivLoss.__init__", names, args, {
      ...reductionDefaults,
      logTarget: false,
    });
    super(bound as BoundReduction);
    this.logTarget = bound.logTarget;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return klDiv(input, target, { reduction: this.reduction, logTarget: this.logTarget });
  }
}
