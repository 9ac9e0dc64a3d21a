// torch.nn.functional.pad.

import { bind, type Signature } from "../../../core/arguments.ts";
import { int64 } from "../../../core/dtype.ts";
import { NotImplementedError, RuntimeError } from "../../../core/errors.ts";
import { full } from "../../creation.ts";
import { shapeText } from "../../errors.ts";
import { functionMode } from "../../function-mode.ts";
import { inFloat32 } from "../../half.ts";
import { tensor } from "../../interop.ts";
import { named } from "../../node.ts";
import { notImplemented } from "../../refusals.ts";
import { cat } from "../../stacking.ts";
import type { Tensor } from "../../tensor.ts";

/** What stands in the border: zeros, the mirror image, the outermost element, or the other end. */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

type SourceMode = Exclude<PaddingMode, "zeros">;

/** Which element of an axis stands at a position of the border, for each mode that takes from the input. */
const sources: Readonly<Record<SourceMode, (at: number, length: number) => number>> = {
  reflect: (at, length) => (at < 0 ? -at : at >= length ? 2 * (length - 1) - at : at),
  replicate: (at, length) => Math.min(Math.max(at, 0), length - 1),
  circular: (at, length) => ((at % length) + length) % length,
};

/** The mode as PyTorch names its kernels and their nodes. */
const kernels: Readonly<Record<SourceMode, readonly [kernel: string, node: string]>> = {
  reflect: ["reflection_pad", "ReflectionPad"],
  replicate: ["replication_pad", "ReplicationPad"],
  circular: ["", ""],
};

/** What `pad` takes by name. */
export interface PadOptions {
  readonly pad?: readonly number[];
  readonly mode?: "constant" | SourceMode;
  readonly value?: number | null;
}

interface Bound {
  readonly pad: readonly number[];
  readonly mode: "constant" | SourceMode;
  readonly value: number | null;
}

/**
 * Adds a border (torch.nn.functional.pad).
 * @param args `pad`: elements before and after the last axis, then before and after the one in front of it, and so on,
 *   negative numbers crop; `mode`: "constant", "reflect", "replicate" or "circular"; `value`: what a constant border holds
 * @throws RuntimeError, NotImplementedError in PyTorch's words for a border that cannot be had
 */
export function pad(
  input: Tensor,
  ...args: Signature<
    [pad: readonly number[], mode: "constant" | SourceMode, value: number | null],
    PadOptions
  >
): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.pad", pad, [input, ...args]);
  const {
    pad: border,
    mode,
    value,
  } = bind<Bound>("pad", ["pad", "mode", "value"], args, {
    mode: "constant",
    value: null,
  });
  const { rank } = input.layout;
  if (border.length % 2 !== 0) throw new RuntimeError("Padding length must be divisible by 2");
  if (border.length > 2 * rank) {
    throw new RuntimeError(
      `Padding length should be less than or equal to two times the input dimension but got padding length ${border.length} and input of dimension ${rank}`,
    );
  }
  if (mode === "constant") return padConstant(input, border, value ?? 0);
  if (value !== null && value !== 0)
    throw new RuntimeError(`Padding mode "${mode}" doesn't take in value argument`);
  if (!Object.hasOwn(sources, mode))
    throw new NotImplementedError(`Unrecognised padding mode ${String(mode)}`);
  checkBorder(input, border, mode);
  const result = inFloat32([input], (source) => {
    let padded = source;
    for (let i = 0; i < border.length / 2; i++) {
      const [before, after] = [border[2 * i]!, border[2 * i + 1]!];
      if (before !== 0 || after !== 0) padded = padFrom(padded, rank - 1 - i, before, after, mode);
    }
    return padded;
  });
  const [, node] = kernels[mode];
  return named(
    result === input ? input.clone() : result,
    mode === "circular" ? "CopySlices" : `${node}${border.length / 2}DBackward0`,
  );
}

function padConstant(input: Tensor, border: readonly number[], value: number): Tensor {
  let result = input;
  for (let i = 0; i < border.length / 2; i++) {
    const [before, after] = [border[2 * i]!, border[2 * i + 1]!];
    if (before !== 0 || after !== 0)
      result = padWith(result, input.layout.rank - 1 - i, before, after, value);
  }
  return named(result === input ? input.clone() : result, "ConstantPadNdBackward0");
}

function padWith(input: Tensor, axis: number, before: number, after: number, value: number): Tensor {
  const kept = input.layout.shape[axis]! + Math.min(before, 0) + Math.min(after, 0);
  if (kept < 0) throw new RuntimeError("narrow(): length must be non-negative.");
  const border = (size: number) =>
    full(input.layout.shape.with(axis, size), value, { dtype: input.layout.dtype });
  const parts = [input.narrow(axis, Math.max(-before, 0), kept)];
  if (before > 0) parts.unshift(border(before));
  if (after > 0) parts.push(border(after));
  return parts.length === 1 ? parts[0]!.clone() : cat(parts, axis);
}

/** @throws when the border takes from where there is nothing, or PyTorch has no kernel for it */
function checkBorder(input: Tensor, border: readonly number[], mode: SourceMode): void {
  const { shape, rank, dtype } = input.layout;
  const axes = border.length / 2;
  if (axes < 1 || axes > 3 || (rank !== axes + 1 && rank !== axes + 2)) {
    throw new NotImplementedError(
      `Padding size ${border.length} is not supported for ${rank}D input tensor.\n` +
        "Supported combinations for non-constant padding:\n" +
        "  - 2D or 3D input: padding size = 2 (pads last dimension)\n" +
        "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n" +
        "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)",
    );
  }
  if (mode === "circular") return;
  if (shape.slice(rank - axes - 1).includes(0)) {
    throw new RuntimeError(
      `Expected ${axes + 1}D or ${axes + 2}D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: ${shapeText(shape)}`,
    );
  }
  const lengths = shape.slice(rank - axes);
  const letters = "DHW".slice(3 - axes);
  const written = (values: readonly number[]) =>
    values.map((value, i) => `${letters[i]}: ${value}`).join(" ");
  const padded = lengths.map((length, i) => length + border.at(-2 * i - 2)! + border.at(-2 * i - 1)!);
  for (let i = 0; i < axes; i++) {
    const [before, after] = [border[2 * i]!, border[2 * i + 1]!];
    const length = shape[rank - 1 - i]!;
    if (mode === "reflect" && (before >= length || after >= length)) {
      throw new RuntimeError(
        `Argument #${4 + 2 * i}: Padding size should be less than the corresponding input dimension, but got: padding (${before}, ${after}) at dimension ${rank - 1 - i} of input ${shapeText(shape)}`,
      );
    }
  }
  if (padded.some((length) => length < 1)) {
    throw new RuntimeError(`input (${written(lengths)}) is too small. Calculated output ${written(padded)}`);
  }
  const isRare = dtype.kind === "unsigned" && dtype.itemSize > 1;
  if (dtype.kind === "bool" || isRare) throw notImplemented(`${kernels[mode][0]}${axes}d`, dtype);
}

function padFrom(input: Tensor, axis: number, before: number, after: number, mode: SourceMode): Tensor {
  if (mode === "circular" && (before < 0 || after < 0)) {
    // What wraps around is what the cropping left.
    const cropped = padWith(input, axis, Math.min(before, 0), Math.min(after, 0), 0);
    return padFrom(cropped, axis, Math.max(before, 0), Math.max(after, 0), mode);
  }
  const length = input.layout.shape[axis]!;
  if (mode === "circular") {
    if (before > length || after > length)
      throw new RuntimeError("Padding value causes wrapping around more than once.");
    if (length + before + after < 0)
      throw new RuntimeError("Negative padding value is resulting in an empty dimension");
  }
  const from = sources[mode];
  const index = Array.from({ length: length + before + after }, (_, i) => from(i - before, length));
  return input.indexSelect(axis, tensor(index, { dtype: int64 }));
}
