// torch.nn.functional.pad.

import { int64 } from "../../../core/dtype.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { full } from "../../creation.ts";
import { tensor } from "../../interop.ts";
import { cat } from "../../manipulation.ts";
import type { Tensor } from "../../tensor.ts";

/** What stands in the border: zeros, the mirror image, the outermost element, or the other end. */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

/** Which element of an axis stands at a position of the border, for each mode that takes from the input. */
const sources: Readonly<Record<Exclude<PaddingMode, "zeros">, (at: number, length: number) => number>> = {
  reflect: (at, length) => (at < 0 ? -at : at >= length ? 2 * (length - 1) - at : at),
  replicate: (at, length) => Math.min(Math.max(at, 0), length - 1),
  circular: (at, length) => ((at % length) + length) % length,
};

/**
 * Adds a border (torch.nn.functional.pad).
 * @param padding elements before and after the last axis, then before and after the one in front of it, and so on;
 *   negative numbers crop
 * @param mode "constant" (or "zeros"), "reflect", "replicate", "circular"
 */
export function pad(
  input: Tensor,
  padding: readonly number[],
  mode: PaddingMode | "constant" = "constant",
  value = 0,
): Tensor {
  if (padding.length % 2 !== 0) throw new RuntimeError("Padding length must be divisible by 2");
  const rank = input.layout.rank;
  if (padding.length > 2 * rank) {
    throw new RuntimeError(
      `Padding length should be less than or equal to two times the input dimension but got padding length ${padding.length} and input of dimension ${rank}`,
    );
  }
  let result = input;
  for (let i = 0; i < padding.length / 2; i++) {
    const [before, after] = [padding[2 * i]!, padding[2 * i + 1]!];
    if (before === 0 && after === 0) continue;
    const axis = rank - 1 - i;
    result =
      mode === "constant" || mode === "zeros"
        ? padWith(result, axis, before, after, value)
        : padFrom(result, axis, before, after, mode);
  }
  return result;
}

function padWith(input: Tensor, axis: number, before: number, after: number, value: number): Tensor {
  const length = input.layout.shape[axis]!;
  const kept = length + Math.min(before, 0) + Math.min(after, 0);
  if (kept < 0) {
    throw new RuntimeError(
      `narrow(): length must be non-negative, but padding (${before}, ${after}) crops more than the ${length} elements of dimension ${axis}`,
    );
  }
  const border = (size: number) =>
    full(input.layout.shape.with(axis, size), value, { dtype: input.layout.dtype });
  const parts = [input.narrow(axis, Math.max(-before, 0), kept)];
  if (before > 0) parts.unshift(border(before));
  if (after > 0) parts.push(border(after));
  return parts.length === 1 ? parts[0]!.clone() : cat(parts, axis);
}

function padFrom(
  input: Tensor,
  axis: number,
  before: number,
  after: number,
  mode: Exclude<PaddingMode, "zeros">,
): Tensor {
  if (mode === "circular" && (before < 0 || after < 0)) {
    // What wraps around is what the cropping left.
    const cropped = padWith(input, axis, Math.min(before, 0), Math.min(after, 0), 0);
    return padFrom(cropped, axis, Math.max(before, 0), Math.max(after, 0), mode);
  }
  const length = input.layout.shape[axis]!;
  const limit = mode === "reflect" ? length - 1 : mode === "circular" ? length : Number.POSITIVE_INFINITY;
  if (before > limit || after > limit || length === 0) {
    throw new RuntimeError(
      `Padding size should be less than the corresponding input dimension, but got: padding (${before}, ${after}) at dimension ${axis} of input [${input.layout.shape.join(", ")}]`,
    );
  }
  const from = sources[mode];
  const index = Array.from({ length: length + before + after }, (_, i) => from(i - before, length));
  return input.indexSelect(axis, tensor(index, { dtype: int64 }));
}
