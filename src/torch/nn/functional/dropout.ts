// torch.nn.functional.dropout.

import { ValueError } from "../../../core/errors.ts";
import { bernoulliLike } from "../../creation.ts";
import type { Tensor } from "../../tensor.ts";

/** Zeroes each element with probability p and scales the rest by 1 / (1 - p) (torch.nn.functional.dropout). */
export function dropout(
  input: Tensor,
  options: number | { readonly p?: number; readonly training?: boolean; readonly inplace?: boolean } = {},
  training = true,
  inplace = false,
): Tensor {
  const given = typeof options === "number" ? { p: options, training, inplace } : options;
  const p = given.p ?? 0.5;
  if (p < 0 || p > 1) throw new ValueError(`dropout probability has to be between 0 and 1, but got ${p}`);
  if (!(given.training ?? true) || p === 0 || input.layout.size === 0) return input;
  const scaled = p === 1 ? input.mul(0) : input.mul(bernoulliLike(input, 1 - p).div_(1 - p));
  return given.inplace === true ? input.copy_(scaled) : scaled;
}
