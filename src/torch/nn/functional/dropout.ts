// torch.nn.functional.dropout.

import { bind, type Signature } from "../../../core/arguments.ts";
import { ValueError } from "../../../core/errors.ts";
import { bernoulliLike } from "../../random.ts";
import type { Tensor } from "../../tensor.ts";
import { type Numeric, settingText } from "../text.ts";

/** What `dropout` takes by name. */
export interface DropoutSettings {
  readonly p?: Numeric;
  readonly training?: boolean;
  readonly inplace?: boolean;
}

/** Zeroes each element with probability p and scales the rest by 1 / (1 - p) (torch.nn.functional.dropout). */
export function dropout(
  input: Tensor,
  ...args: Signature<[p: Numeric, training: boolean, inplace: boolean], DropoutSettings>
): Tensor {
  const bound = bind<Required<DropoutSettings>>("dropout", ["p", "training", "inplace"], args, {
    p: 0.5,
    training: true,
    inplace: false,
  });
  const p = Number(bound.p);
  if (p < 0 || p > 1) {
    throw new ValueError(`dropout probability has to be between 0 and 1, but got ${settingText(bound.p)}`);
  }
  if (!bound.training || p === 0 || input.layout.size === 0) return input;
  const scaled = p === 1 ? input.mul(0) : input.mul(bernoulliLike(input, 1 - p).div_(1 - p));
  return bound.inplace ? input.copy_(scaled) : scaled;
}
