// torch.nn.functional: dropout of elements and of channels (ATen/native/Dropout.cpp).

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError, ValueError } from "../../../core/errors.ts";
import { Layout } from "../../../core/layout.ts";
import { warn } from "../../../core/warnings.ts";
import { functionMode } from "../../function-mode.ts";
import { bernoulliLike } from "../../random.ts";
import { allocate } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import { type Numeric, settingText } from "../text.ts";
import type { InplaceOption } from "./placed.ts";

/** What `dropout` and its kin take by name. */
export interface DropoutSettings extends InplaceOption {
  readonly p?: Numeric;
  readonly training?: boolean;
}

type DropoutArguments = Signature<[p?: Numeric, training?: boolean, inplace?: boolean], DropoutSettings>;

interface BoundDropout {
  readonly p: number;
  readonly training: boolean;
  readonly inplace: boolean;
}

/** @throws ValueError for a probability beyond 0 to 1 */
function bindDropout(name: string, args: readonly unknown[], training: boolean): BoundDropout {
  const bound = bind<Required<DropoutSettings>>(name, ["p", "training", "inplace"], args, {
    p: 0.5,
    training,
    inplace: false,
  });
  const p = Number(bound.p);
  if (p < 0 || p > 1) {
    throw new ValueError(`dropout probability has to be between 0 and 1, but got ${settingText(bound.p)}`);
  }
  return { p, training: bound.training, inplace: bound.inplace };
}

/** Ones with the probability of staying, else zeros: for each element, or for each channel of each sample. */
function drawn(input: Tensor, p: number, perChannel: boolean): Tensor {
  if (!perChannel) return bernoulliLike(input, 1 - p);
  if (input.ndim < 2) {
    throw new RuntimeError("Feature dropout requires at least 2 dimensions in the input");
  }
  const shape = input.shape.map((length, axis) => (axis < 2 ? length : 1));
  return bernoulliLike(allocate(Layout.contiguous(input.dtype, shape)), 1 - p);
}

const product = (input: Tensor, factor: Tensor | number, inplace: boolean): Tensor =>
  inplace ? input.mul_(factor) : input.mul(factor);

/** Zeros what is drawn and scales the rest by 1 / (1 - p). */
function droppedOut(input: Tensor, { p, training, inplace }: BoundDropout, perChannel: boolean): Tensor {
  if (p === 0 || !training || input.layout.size === 0) return input;
  if (p === 1) return product(input, 0, inplace);
  return product(input, drawn(input, p, perChannel).div_(1 - p), inplace);
}

/** alpha scale of SELU: what the function tends to far below 0. */
const saturation = 1.7580993408473766;

/** Sets what is drawn to SELU's saturation, and scales and shifts all so that mean 0 and variance 1 stay. */
function alphaDroppedOut(input: Tensor, { p, training, inplace }: BoundDropout, perChannel: boolean): Tensor {
  if (p === 0 || !training || input.layout.size === 0) return input;
  if (p === 1) return product(input, 0, inplace);
  const noise = drawn(input, p, perChannel);
  const a = 1 / Math.sqrt((saturation * saturation * p + 1) * (1 - p));
  const shift = noise
    .add(-1)
    .mul_(saturation * a)
    .add_(saturation * a * p);
  return product(input, noise.mul_(a), inplace).add_(shift);
}

/** Zeroes each element with probability p and scales the rest by 1 / (1 - p) (torch.nn.functional.dropout). */
export function dropout(input: Tensor, ...args: DropoutArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.dropout", dropout, [input, ...args]);
  return droppedOut(input, bindDropout("dropout", args, true), false);
}

/** The input with a first axis of length 1 where it has no samples, and back. */
function withSamples(input: Tensor, isBatched: boolean, bound: BoundDropout): Tensor {
  if (isBatched) return droppedOut(input, bound, true);
  const { inplace } = bound;
  const result = droppedOut(inplace ? input.unsqueeze_(0) : input.unsqueeze(0), bound, true);
  return inplace ? result.squeeze_(0) : result.squeeze(0);
}

/** Zeroes whole channels of (N, C, L) or (C, L) (torch.nn.functional.dropout1d). @throws RuntimeError for other shapes */
export function dropout1d(input: Tensor, ...args: DropoutArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.dropout1d", dropout1d, [input, ...args]);
  const bound = bindDropout("dropout1d", args, true);
  const rank = input.ndim;
  if (rank !== 2 && rank !== 3) {
    throw new RuntimeError(
      `dropout1d: Expected 2D or 3D input, but received a ${rank}D input. Note that dropout1d exists to provide ` +
        "channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension " +
        "(i.e. 2D or 3D inputs).",
    );
  }
  return withSamples(input, rank === 3, bound);
}

function warnOfRank(name: string, rank: number, space: number): void {
  if (rank === space + 1 || rank === space + 2) return;
  warn(
    "UserWarning",
    `${name}: Received a ${rank}-D input to ${name}, which is deprecated and will result in an error in a future release. ` +
      "To retain the behavior and silence this warning, please use dropout instead. Note that " +
      `${name} exists to provide channel-wise dropout on inputs with ${space} spatial dimensions, a channel dimension, and ` +
      `an optional batch dimension (i.e. ${space + 1}D or ${space + 2}D inputs).`,
  );
}

/** Zeroes whole channels: of (N, C, H, W), but of three axes as of (N, C, L) (torch.nn.functional.dropout2d). */
export function dropout2d(input: Tensor, ...args: DropoutArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.dropout2d", dropout2d, [input, ...args]);
  const bound = bindDropout("dropout2d", args, true);
  warnOfRank("dropout2d", input.ndim, 2);
  if (input.ndim === 3) {
    warn(
      "UserWarning",
      "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired - input is " +
        "interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a future release to " +
        "interpret the input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise dropout " +
        "behavior, please switch to using dropout1d instead.",
    );
  }
  return droppedOut(input, bound, true);
}

/** Zeroes whole channels of (N, C, D, H, W) or (C, D, H, W) (torch.nn.functional.dropout3d). */
export function dropout3d(input: Tensor, ...args: DropoutArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.dropout3d", dropout3d, [input, ...args]);
  const bound = bindDropout("dropout3d", args, true);
  warnOfRank("dropout3d", input.ndim, 3);
  return withSamples(input, input.ndim === 5, bound);
}

/**
 * Sets each element to SELU's saturation with probability p, and keeps mean and variance (torch.nn.functional.alpha_dropout;
 * `training` is false where it is not given).
 */
export function alphaDropout(input: Tensor, ...args: DropoutArguments): Tensor {
  return alphaDroppedOut(input, bindDropout("alpha_dropout", args, false), false);
}

/** `alphaDropout` of whole channels (torch.nn.functional.feature_alpha_dropout). */
export function featureAlphaDropout(input: Tensor, ...args: DropoutArguments): Tensor {
  return alphaDroppedOut(input, bindDropout("feature_alpha_dropout", args, false), true);
}
