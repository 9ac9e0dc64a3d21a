// torch.nn.Dropout.

import { bind, type Signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import type { Tensor } from "../tensor.ts";
import { dropout } from "./functional/dropout.ts";
import { Module } from "./module.ts";
import { type Numeric, settingsText, settingText } from "./text.ts";

/** What `Dropout` takes by name. */
export interface DropoutOptions {
  readonly p?: Numeric;
  readonly inplace?: boolean;
}

/** Zeroes each element with probability p while training and scales the rest by 1 / (1 - p) (torch.nn.Dropout). */
export class Dropout extends Module {
  readonly p: Numeric;
  readonly inplace: boolean;

  constructor(...args: Signature<[p: Numeric, inplace: boolean], DropoutOptions>) {
    super();
    const { p, inplace } = bind<{ p: Numeric; inplace: boolean }>(
      "Dropout.__init__",
      ["p", "inplace"],
      args,
      {
        p: 0.5,
        inplace: false,
      },
    );
    if (Number(p) < 0 || Number(p) > 1) {
      throw new ValueError(`dropout probability has to be between 0 and 1, but got ${settingText(p)}`);
    }
    this.p = p;
    this.inplace = inplace;
  }

  override forward(input: Tensor): Tensor {
    return dropout(input, { p: Number(this.p), training: this.training, inplace: this.inplace });
  }

  override extraRepr(): string {
    return settingsText({ p: this.p, inplace: this.inplace });
  }
}
