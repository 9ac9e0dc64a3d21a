// Orders of memory that PyTorch names: row-major, and images with channels last (c10/core/MemoryFormat.h).

import { RuntimeError } from "../core/errors.ts";
import { contiguousStrides, Layout, type Shape } from "../core/layout.ts";
import { operandOrderStrides } from "../core/order.ts";
import { isDense } from "./overlap.ts";

/** A memory format, as `torch.channels_last` is printed. */
export type MemoryFormat =
  | "torch.contiguous_format"
  | "torch.preserve_format"
  | "torch.channels_last"
  | "torch.channels_last_3d";

/** Row-major order. */
export const contiguousFormat: MemoryFormat = "torch.contiguous_format";
/** The order that the tensor has. */
export const preserveFormat: MemoryFormat = "torch.preserve_format";
/** [N, C, H, W] with the channels next to each other in memory. */
export const channelsLast: MemoryFormat = "torch.channels_last";
/** [N, C, D, H, W] with the channels next to each other in memory. */
export const channelsLast3d: MemoryFormat = "torch.channels_last_3d";

/** Axes from outermost to innermost where channels lie last. */
const orders: Readonly<Partial<Record<MemoryFormat, readonly number[]>>> = {
  "torch.channels_last": [0, 2, 3, 1],
  "torch.channels_last_3d": [0, 2, 3, 4, 1],
};

/** True iff the elements lie in that order without gaps. */
export function liesIn(layout: Layout, format: MemoryFormat): boolean {
  const order = orders[format];
  if (order === undefined) return layout.isContiguous;
  if (layout.rank !== order.length) return false;
  let step = 1;
  for (const axis of order.toReversed()) {
    const length = layout.shape[axis]!;
    if (length === 1) continue;
    if (layout.strides[axis] !== step) return false;
    step *= length;
  }
  return true;
}

/** @throws RuntimeError when the format needs another number of axes */
export function checkFormat(layout: Layout, format: MemoryFormat): void {
  const order = orders[format];
  if (order === undefined || layout.rank === order.length) return;
  throw new RuntimeError(
    `required rank ${order.length} tensor to use ${format.replace("torch.", "")} format`,
  );
}

/** Strides of a new memory in a format, which is not to preserve. */
export function formatStrides(shape: Shape, format: MemoryFormat): number[] {
  const order = orders[format];
  if (order === undefined) return contiguousStrides(shape);
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (const axis of order.toReversed()) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}

/** The layout of a new memory for a tensor's values, in a format; to preserve keeps the order of axes. */
export function formattedLayout(layout: Layout, format: MemoryFormat): Layout {
  const { dtype, shape } = layout;
  if (format !== preserveFormat) return new Layout(dtype, shape, formatStrides(shape, format));
  if (isDense(layout)) return new Layout(dtype, shape, layout.strides);
  return new Layout(dtype, shape, operandOrderStrides([layout], shape));
}

/** The format that the strides look like (`TensorImpl::is_strides_like_channels_last`). */
export function suggestedFormat(layout: Layout): MemoryFormat {
  for (const format of [channelsLast, channelsLast3d]) {
    if (looksLike(layout, orders[format]!)) return format;
  }
  return contiguousFormat;
}

function looksLike({ shape, strides, rank }: Layout, order: readonly number[]): boolean {
  if (rank !== order.length || strides[1] === 0) return false;
  let least = 0;
  for (const axis of order.toReversed()) {
    if (shape[axis] === 0 || strides[axis]! < least) return false;
    if (axis === 0 && least === strides[1]) return false;
    least = strides[axis]!;
    if (shape[axis]! > 1) least *= shape[axis]!;
  }
  return true;
}
