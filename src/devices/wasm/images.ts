// Images between storages and the kernels' memory: blocks of them as they lie, with zeros around them where windows reach
// beyond.

import { float32 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { placeToRead } from "../../kernels/copy.ts";
import type { Kernels } from "../../kernels/instance.ts";
import { rowMajor } from "../reference/move.ts";
import { type Lengths, type Padded, threeAxes } from "./windows.ts";

/** Planes of [images, channels, three axes] in a storage. */
export interface Images {
  readonly values: Float32Array;
  readonly start: number;
  readonly images: number;
  readonly channels: number;
  readonly lengths: Lengths;
  /** Strides in elements: of images, channels and the three axes. */
  readonly steps: readonly [number, number, number, number, number];
  /** Elements from the first to the last of one image. */
  readonly span: number;
  readonly isContiguous: boolean;
}

/** The operand as images: as it lies where images follow one another with few gaps, else a copy. */
export function imagesOf(operand: Operand): Images {
  const { storage, layout } = operand;
  const { shape, strides } = layout;
  const inner = strides.slice(1);
  const span = inner.reduce((sum, stride, k) => sum + (shape[k + 1]! - 1) * stride, 1);
  const size = layout.size / shape[0]!;
  const isNear = inner.every((stride) => stride > 0) && span <= 2 * size;
  if (!layout.isContiguous && !(isNear && (shape[0] === 1 || strides[0]! >= span))) {
    return imagesOf(rowMajor(operand));
  }
  const axes = threeAxes(strides.slice(2), 0);
  return {
    values: storage.view(float32) as Float32Array,
    start: layout.offset,
    images: shape[0]!,
    channels: shape[1]!,
    lengths: threeAxes(shape.slice(2)),
    steps: [shape[0] === 1 ? span : strides[0]!, strides[1]!, ...axes],
    span,
    isContiguous: layout.isContiguous,
  };
}

/** How many elements `copyImages` needs for so many images: as they lie, and padded (0: not needed). */
export function imageSizes(
  { steps, span, channels, isContiguous }: Images,
  padded: Padded,
  images: number,
): { readonly raw: number; readonly padded: number } {
  const raw = (images - 1) * steps[0] + span;
  return { raw, padded: isContiguous && padded.isPlain ? 0 : images * channels * padded.size };
}

/** Elements padded in one part of the work. */
const partSize = 2 ** 14;

/**
 * Images [first, first + count) where they lie or, copied, at `raw`; padded at `target` where that is needed.
 * @returns where the planes begin, in bytes
 */
export function copyImages(
  made: Kernels,
  source: Images,
  padded: Padded,
  first: number,
  count: number,
  raw: number,
  target: number,
): number {
  const { values, start, steps, channels, lengths } = source;
  const sizes = imageSizes(source, padded, count);
  const begin = start + first * steps[0];
  const from = placeToRead(made, values, begin, sizes.raw, raw);
  if (sizes.padded === 0) return from;
  const planes = count * channels;
  made.parallel(
    "padPlanes32",
    [
      from,
      ...steps.map((step) => step * 4),
      channels,
      ...lengths,
      target,
      ...padded.lengths,
      ...padded.before,
    ],
    planes,
    Math.max(1, Math.floor(partSize / padded.size)),
  );
  return target;
}

/** The values of a row-major operand. */
export function valuesOf(operand: Operand): Float32Array {
  const { storage, layout } = rowMajor(operand);
  const values = storage.view(float32) as Float32Array;
  return values.subarray(layout.offset, layout.offset + layout.size);
}
