// torch.nn.BCELoss, BCEWithLogitsLoss, MultiLabelSoftMarginLoss, SoftMarginLoss.

import { bind, type Signature } from "../../core/arguments.ts";
import type { Tensor } from "../tensor.ts";
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type LogitsLossOptions,
  multilabelSoftMarginLoss,
  softMarginLoss,
  type WeightedLossOptions,
} from "./functional/binary-loss.ts";
import { type Reduction, type ReductionOptions, reductionDefaults } from "./functional/reduction.ts";
import { Loss, WeightedLoss } from "./loss-base.ts";

type Tail = [sizeAverage?: boolean | null, reduce?: boolean | null, reduction?: Reduction];
type Positions = [weight?: Tensor | null, ...tail: Tail];

const names = ["weight", "sizeAverage", "reduce", "reduction"] as const;
const defaults = { ...reductionDefaults, weight: null } as const;

/** The entropy of yes and no, given probabilities (torch.nn.BCELoss). */
export class BCELoss extends WeightedLoss {
  constructor(...args: Signature<Positions, WeightedLossOptions>) {
    super(bind<Required<WeightedLossOptions>>("BCELoss.__init__", names, args, defaults));
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropy(input, target, { weight: this.weight, reduction: this.reduction });
  }
}

/** The entropy of yes and no, given logits (torch.nn.BCEWithLogitsLoss). */
export class BCEWithLogitsLoss extends WeightedLoss {
  declare posWeight: Tensor | null;

  constructor(...args: Signature<[...Positions, posWeight?: Tensor | null], LogitsLossOptions>) {
    const bound = bind<Required<LogitsLossOptions>>(
      "BCEWithLogitsLoss.__init__",
      [...names, "posWeight"],
      args,
      { ...defaults, posWeight: null },
    );
    super(bound);
    this.registerBuffer("pos_weight", bound.posWeight);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, posWeight, reduction } = this;
    return binaryCrossEntropyWithLogits(input, target, { weight, posWeight, reduction });
  }
}

/** The mean over the classes of the entropy of each class alone (torch.nn.MultiLabelSoftMarginLoss). */
export class MultiLabelSoftMarginLoss extends WeightedLoss {
  constructor(...args: Signature<Positions, WeightedLossOptions>) {
    super(bind<Required<WeightedLossOptions>>("MultiLabelSoftMarginLoss.__init__", names, args, defaults));
  }

  /** @param input logits, shape [..., C] @param target zeros and ones of that shape */
  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelSoftMarginLoss(input, target, { weight: this.weight, reduction: this.reduction });
  }
}

/** log(1 + exp(-t x)) for targets of 1 and -1 (torch.nn.SoftMarginLoss). */
export class SoftMarginLoss extends Loss {
  constructor(...args: Signature<Tail, ReductionOptions>) {
    super(bind("SoftMarginLoss.__init__", ["sizeAverage", "reduce", "reduction"], args, reductionDefaults));
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return softMarginLoss(input, target, { reduction: this.reduction });
  }
}
