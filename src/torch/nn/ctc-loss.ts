// torch.nn.CTCLoss.

import { bind, type Signature } from "../../core/arguments.ts";
import type { Tensor } from "../tensor.ts";
import { type CtcOptions, ctcLoss, type Lengths } from "./functional/ctc-loss.ts";
import { type Reduction, reductionDefaults } from "./functional/reduction.ts";
import { Loss } from "./loss-base.ts";

/** The negative log likelihood of labels whose places in a sequence are not known (torch.nn.CTCLoss). */
export class CTCLoss extends Loss {
  readonly blank: number;
  readonly zeroInfinity: boolean;

  constructor(
    ...args: Signature<[blank?: number, reduction?: Reduction, zeroInfinity?: boolean], CtcOptions>
  ) {
    const names = ["blank", "reduction", "zeroInfinity"] as const;
    const bound = bind<Required<CtcOptions>>("CTCLoss.__init__", names, args, {
      blank: 0,
      reduction: "mean",
      zeroInfinity: false,
    });
    super({ ...reductionDefaults, reduction: bound.reduction });
    this.blank = bound.blank;
    this.zeroInfinity = bound.zeroInfinity;
  }

  /** As `functional.ctcLoss` takes them. */
  override forward(logProbs: Tensor, targets: Tensor, inputLengths: Lengths, targetLengths: Lengths): Tensor {
    const { blank, reduction, zeroInfinity } = this;
    return ctcLoss(logProbs, targets, inputLengths, targetLengths, { blank, reduction, zeroInfinity });
  }
}
