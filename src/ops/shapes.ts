// Shapes of results that kernels need as well: of indexing, convolution, normalisation and pooling.

import type { Shape } from "../core/layout.ts";
import type { ConvolutionAttributes } from "./convolution.ts";
import type { IndexAttributes } from "./indexing.ts";
import type { NormalizeAttributes } from "./normalization.ts";

/** The shape of `x[...]` with these axes indexed by arrays of one shape. */
export function indexedShape(shape: Shape, index: Shape, { axes, position }: IndexAttributes): number[] {
  const rest = shape.filter((_, axis) => !axes.includes(axis));
  return rest.toSpliced(position, 0, ...index);
}

/** How many places a kernel has along each spatial axis. */
export function convolvedLengths(lengths: Shape, kernel: Shape, attributes: ConvolutionAttributes): number[] {
  const { stride, padding, dilation } = attributes;
  return lengths.map((length, axis) => {
    const [before, after] = padding[axis]!;
    const reach = dilation[axis]! * (kernel[axis]! - 1) + 1;
    return Math.floor((length + before + after - reach) / stride[axis]!) + 1;
  });
}

/** How many elements of x[N, G, K, L] a group has that is normalised. */
export function groupSize([batch, , channels, inner]: Shape, { acrossBatch }: NormalizeAttributes): number {
  return (acrossBatch ? batch! : 1) * channels! * inner!;
}

/** How many windows go along an axis. PyTorch's rule: with `ceilMode`, none begins in the padding behind. */
export function windowCount(
  length: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
  ceilMode: boolean,
): number {
  const room = length + 2 * padding - dilation * (kernel - 1) - 1;
  const count = Math.floor((room + (ceilMode ? stride - 1 : 0)) / stride) + 1;
  return ceilMode && (count - 1) * stride >= length + padding ? count - 1 : count;
}
