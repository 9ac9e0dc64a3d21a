// torch.nn.L1Loss, MSELoss, HuberLoss, SmoothL1Loss.

import { bind, type Signature } from "../../core/arguments.ts";
import { PythonTypeError } from "../../core/errors.ts";
import { PyFloat } from "../../core/python.ts";
import { typeName } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { type Reduction, type ReductionOptions, reductionDefaults } from "./functional/reduction.ts";
import {
  type HuberOptions,
  huberLoss,
  l1Loss,
  mseLoss,
  type SmoothL1Options,
  smoothL1Loss,
} from "./functional/regression-loss.ts";
import { Loss } from "./loss-base.ts";
import type { Numeric } from "./text.ts";

type Positions = [sizeAverage?: boolean | null, reduce?: boolean | null, reduction?: Reduction];

const names = ["sizeAverage", "reduce", "reduction"] as const;

/** Magnitudes of differences (torch.nn.L1Loss). */
export class L1Loss extends Loss {
  constructor(...args: Signature<Positions, ReductionOptions>) {
    super(bind("L1Loss.__init__", names, args, reductionDefaults));
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return l1Loss(input, target, { reduction: this.reduction });
  }
}

/** Squared differences (torch.nn.MSELoss). */
export class MSELoss extends Loss {
  constructor(...args: Signature<Positions, ReductionOptions>) {
    super(bind("MSELoss.__init__", names, args, reductionDefaults));
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, { reduction: this.reduction });
  }
}

/** A parabola up to `delta`, a line beyond (torch.nn.HuberLoss). */
export class HuberLoss extends Loss {
  readonly delta: Numeric;

  constructor(...args: Signature<[reduction?: Reduction, delta?: Numeric], Omit<HuberOptions, "weight">>) {
    type Bound = { readonly reduction: Reduction; readonly delta: Numeric };
    const { reduction, delta } = bind<Bound>("HuberLoss.__init__", ["reduction", "delta"], args, {
      reduction: "mean",
      delta: 1,
    });
    if (typeof delta !== "number" && !(delta instanceof PyFloat))
      throw new PythonTypeError(`delta must be a float or int, got: <class '${typeName(delta)}'>`);
    super({ ...reductionDefaults, reduction });
    this.delta = delta;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return huberLoss(input, target, { reduction: this.reduction, delta: this.delta });
  }
}

/** A parabola up to `beta`, a line of slope 1 beyond (torch.nn.SmoothL1Loss). */
export class SmoothL1Loss extends Loss {
  readonly beta: Numeric;

  constructor(...args: Signature<[...Positions, beta?: Numeric], SmoothL1Options>) {
    const bound = bind<Required<SmoothL1Options>>("SmoothL1Loss.__init__", [...names, "beta"], args, {
      ...reductionDefaults,
      beta: 1,
    });
    super(bound);
    this.beta = bound.beta;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, { reduction: this.reduction, beta: this.beta });
  }
}
