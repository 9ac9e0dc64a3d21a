// torch.nn.functional.pixel_shuffle, pixel_unshuffle and channel_shuffle: the elements in another order.

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { contiguous } from "../../../ops/views.ts";
import { shapeText } from "../../errors.ts";
import { functionMode } from "../../function-mode.ts";
import { named } from "../../node.ts";
import { run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";

/** The elements of a permuted tensor in memory of their own, under another shape. */
function rearranged(permuted: Tensor, shape: readonly number[], node: string): Tensor {
  return named(run(contiguous, [permuted], undefined).view(shape), node);
}

/** @throws RuntimeError for fewer than three axes, or a factor below one */
function checkFactor(name: string, factorName: string, { layout: { rank } }: Tensor, factor: number): void {
  if (rank < 3) {
    throw new RuntimeError(
      `${name} expects input to have at least 3 dimensions, but got input with ${rank} dimension(s)`,
    );
  }
  if (factor <= 0) throw new RuntimeError(`${name} expects a positive ${factorName}, but got ${factor}`);
}

/**
 * Channels as pixels: [..., C r r, H, W] becomes [..., C, H r, W r] (torch.nn.functional.pixel_shuffle).
 * @throws RuntimeError when r^2 does not divide the channels
 */
export function pixelShuffle(
  input: Tensor,
  ...args: Signature<[upscaleFactor: number], { readonly upscaleFactor?: number }>
): Tensor {
  if (functionMode.now !== null)
    return functionMode.now.call("F.pixelShuffle", pixelShuffle, [input, ...args]);
  const { upscaleFactor } = bind<{ upscaleFactor: number }>("pixel_shuffle", ["upscaleFactor"], args, {});
  checkFactor("pixel_shuffle", "upscale_factor", input, upscaleFactor);
  const { shape, rank } = input.layout;
  const r = upscaleFactor;
  const lead = shape.slice(0, -3);
  const [channels, height, width] = [shape.at(-3)!, shape.at(-2)!, shape.at(-1)!];
  if (channels % (r * r) !== 0) {
    throw new RuntimeError(
      `pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)=${channels} is not divisible by ${r * r}`,
    );
  }
  const kept = channels / (r * r);
  const axes = lead.map((_, axis) => axis);
  const at = rank - 3;
  const parts = input.reshape([...lead, kept, r, r, height, width]);
  const permuted = parts.permute([...axes, at, at + 3, at + 1, at + 4, at + 2]);
  return rearranged(permuted, [...lead, kept, height * r, width * r], "PixelShuffleBackward0");
}

/**
 * Pixels as channels: [..., C, H r, W r] becomes [..., C r r, H, W] (torch.nn.functional.pixel_unshuffle).
 * @throws RuntimeError when r does not divide height and width
 */
export function pixelUnshuffle(
  input: Tensor,
  ...args: Signature<[downscaleFactor: number], { readonly downscaleFactor?: number }>
): Tensor {
  if (functionMode.now !== null)
    return functionMode.now.call("F.pixelUnshuffle", pixelUnshuffle, [input, ...args]);
  const { downscaleFactor } = bind<{ downscaleFactor: number }>(
    "pixel_unshuffle",
    ["downscaleFactor"],
    args,
    {},
  );
  checkFactor("pixel_unshuffle", "downscale_factor", input, downscaleFactor);
  const { shape, rank } = input.layout;
  const r = downscaleFactor;
  const lead = shape.slice(0, -3);
  const [channels, height, width] = [shape.at(-3)!, shape.at(-2)!, shape.at(-1)!];
  for (const [name, length, axis] of [
    ["height", height, -2],
    ["width", width, -1],
  ] as const) {
    if (length % r !== 0) {
      throw new RuntimeError(
        `pixel_unshuffle expects ${name} to be divisible by downscale_factor, but input.size(${axis})=${length} is not divisible by ${r}`,
      );
    }
  }
  const axes = lead.map((_, axis) => axis);
  const at = rank - 3;
  const parts = input.reshape([...lead, channels, height / r, r, width / r, r]);
  const permuted = parts.permute([...axes, at, at + 2, at + 4, at + 1, at + 3]);
  return rearranged(permuted, [...lead, channels * r * r, height / r, width / r], "PixelUnshuffleBackward0");
}

/**
 * The channels of all groups in turns: [N, g C, ...] is read as [N, g, C, ...] and written as [N, C, g, ...]
 * (torch.nn.functional.channel_shuffle).
 * @throws RuntimeError when the groups do not divide the channels
 */
export function channelShuffle(
  input: Tensor,
  ...args: Signature<[groups: number], { readonly groups?: number }>
): Tensor {
  if (functionMode.now !== null)
    return functionMode.now.call("F.channelShuffle", channelShuffle, [input, ...args]);
  const { groups } = bind<{ groups: number }>("channel_shuffle", ["groups"], args, {});
  const { shape, rank } = input.layout;
  if (rank <= 2)
    throw new RuntimeError(
      `channel_shuffle expects input with > 2 dims, but got input with sizes ${shapeText(shape)}`,
    );
  if (groups <= 0) {
    throw new RuntimeError(
      `Number of groups to divide channels in must be positive. Value of groups:${groups}`,
    );
  }
  const [batch, channels, ...rest] = shape;
  if (channels! % groups !== 0) {
    throw new RuntimeError(
      `Number of channels must be divisible by groups. Got ${channels} channels and ${groups} groups.`,
    );
  }
  const parts = input.reshape([batch!, groups, channels! / groups, ...rest]);
  return rearranged(parts.transpose(1, 2), shape, "ChannelShuffleBackward0");
}
