// torch.nn.Dropout, Dropout1d, Dropout2d, Dropout3d, AlphaDropout, FeatureAlphaDropout.

import { bind, type Signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import type { Tensor } from "../tensor.ts";
import * as functional from "./functional/dropout.ts";
import { Module } from "./module.ts";
import { type Numeric, settingsText, settingText } from "./text.ts";

/** What `Dropout` and its kin take by name. */
export interface DropoutOptions {
  readonly p?: Numeric;
  readonly inplace?: boolean;
}

type DropoutArguments = Signature<[p?: Numeric, inplace?: boolean], DropoutOptions>;

/** What they have in common: the probability, and whether the input is written. */
abstract class DropoutOf extends Module {
  readonly p: Numeric;
  readonly inplace: boolean;

  /** @throws ValueError for a probability beyond 0 to 1 */
  constructor(...args: DropoutArguments) {
    super();
    const names = ["p", "inplace"] as const;
    const { p, inplace } = bind<Required<DropoutOptions>>("_DropoutNd.__init__", names, args, {
      p: 0.5,
      inplace: false,
    });
    if (Number(p) < 0 || Number(p) > 1) {
      throw new ValueError(`dropout probability has to be between 0 and 1, but got ${settingText(p)}`);
    }
    this.p = p;
    this.inplace = inplace;
  }

  protected get settings(): Required<functional.DropoutSettings> {
    return { p: this.p, training: this.training, inplace: this.inplace };
  }

  override extraRepr(): string {
    return settingsText({ p: this.p, inplace: this.inplace });
  }
}

/** Zeroes each element with probability p while training and scales the rest by 1 / (1 - p) (torch.nn.Dropout). */
export class Dropout extends DropoutOf {
  override forward(input: Tensor): Tensor {
    return functional.dropout(input, this.settings);
  }
}

/** Zeroes whole channels of (N, C, L) or (C, L) while training (torch.nn.Dropout1d). */
export class Dropout1d extends DropoutOf {
  override forward(input: Tensor): Tensor {
    return functional.dropout1d(input, this.settings);
  }
}

/** Zeroes whole channels of (N, C, H, W) while training (torch.nn.Dropout2d). */
export class Dropout2d extends DropoutOf {
  override forward(input: Tensor): Tensor {
    return functional.dropout2d(input, this.settings);
  }
}

/** Zeroes whole channels of (N, C, D, H, W) or (C, D, H, W) while training (torch.nn.Dropout3d). */
export class Dropout3d extends DropoutOf {
  override forward(input: Tensor): Tensor {
    return functional.dropout3d(input, this.settings);
  }
}

/** Sets elements to SELU's saturation while training and keeps mean and variance (torch.nn.AlphaDropout). */
export class AlphaDropout extends DropoutOf {
  override forward(input: Tensor): Tensor {
    return functional.alphaDropout(input, this.settings);
  }
}

/** `AlphaDropout` of whole channels (torch.nn.FeatureAlphaDropout). */
export class FeatureAlphaDropout extends DropoutOf {
  override forward(input: Tensor): Tensor {
    return functional.featureAlphaDropout(input, this.settings);
  }
}
