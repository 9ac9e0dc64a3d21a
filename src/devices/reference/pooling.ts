// Pooling: windows over up to three spatial axes, each plane read as float64. Where a window lies is a table for each
// axis, so that sliding and adaptive windows, dilated or not, are one loop.

import type { Operand } from "../../core/elements.ts";
import { RuntimeError } from "../../core/errors.ts";
import { product, type Shape } from "../../core/layout.ts";
import type { Kernel } from "../../core/op.ts";
import type {
  AveragePoolAttributes,
  MaxPoolAttributes,
  SizeAttributes,
  WithShape,
} from "../../ops/pooling.ts";
import { loadOf, storeOf } from "./blocks.ts";
import { intoRowMajor, moveRun, rowMajor } from "./move.ts";
import { wordsOf, wordsPerElement } from "./words.ts";

/** The windows along one axis. */
export interface AxisWindows {
  readonly length: number;
  readonly count: number;
  /** For each window the first position inside the input, and where it ends. */
  readonly first: Int32Array;
  readonly end: Int32Array;
  /** Distance of the positions of a window. */
  readonly step: number;
  /** For each window, by how much a mean is divided on account of this axis. */
  readonly divisor: Int32Array;
}

function axisWindows(length: number, count: number, step: number): AxisWindows {
  const table = () => new Int32Array(count);
  return { length, count, first: table(), end: table(), step, divisor: table() };
}

/** Windows that slide. A mean counts the positions inside the input, or with `countsPadding` inside the padding too. */
function slidingWindows(
  length: number,
  count: number,
  {
    kernel,
    stride,
    padding,
    dilation,
  }: { kernel: number; stride: number; padding: number; dilation: number },
  countsPadding: boolean,
): AxisWindows {
  const windows = axisWindows(length, count, dilation);
  for (let o = 0; o < count; o++) {
    const start = o * stride - padding;
    const reach = start + dilation * (kernel - 1) + 1;
    const first = start < 0 ? start + Math.ceil(-start / dilation) * dilation : start;
    windows.first[o] = first;
    windows.end[o] = Math.min(reach, length);
    windows.divisor[o] = countsPadding
      ? Math.min(reach, length + padding) - start
      : Math.min(reach, length) - first;
  }
  return windows;
}

/** As many windows as asked, which cover the axis. */
function adaptiveWindows(length: number, count: number): AxisWindows {
  const windows = axisWindows(length, count, 1);
  for (let o = 0; o < count; o++) {
    windows.first[o] = Math.floor((o * length) / count);
    windows.end[o] = Math.ceil(((o + 1) * length) / count);
    windows.divisor[o] = windows.end[o]! - windows.first[o]!;
  }
  return windows;
}

/** Windows over three axes, the first ones of length 1 where there are fewer. */
export type Windows = readonly [AxisWindows, AxisWindows, AxisWindows];

function planWindows(spatial: number, axis: (k: number) => AxisWindows): Windows {
  if (spatial > 3) throw new RuntimeError(`pooling goes over 1 to 3 spatial axes, not ${spatial}`);
  const all = Array.from({ length: 3 }, (_, i) =>
    i < 3 - spatial ? adaptiveWindows(1, 1) : axis(i - 3 + spatial),
  );
  return [all[0]!, all[1]!, all[2]!];
}

/** Windows of a shape's last axes that slide to those of another. */
export function slidingPlan(
  attributes: Omit<MaxPoolAttributes, "dilation"> & { readonly dilation?: readonly number[] },
  from: Shape,
  to: Shape,
  countsPadding: boolean,
): Windows {
  const { kernel, stride, padding, dilation } = attributes;
  return planWindows(kernel.length, (k) => {
    const window = {
      kernel: kernel[k]!,
      stride: stride[k]!,
      padding: padding[k]!,
      dilation: dilation?.[k] ?? 1,
    };
    return slidingWindows(from.at(k - kernel.length)!, to.at(k - kernel.length)!, window, countsPadding);
  });
}

/** As many windows as asked over a shape's last axes. */
export function adaptivePlan({ size }: SizeAttributes, from: Shape): Windows {
  return planWindows(size.length, (k) => adaptiveWindows(from.at(k - size.length)!, size[k]!));
}

export const planeSize = (windows: Windows): number =>
  windows[0].length * windows[1].length * windows[2].length;
export const windowTotal = (windows: Windows): number =>
  windows[0].count * windows[1].count * windows[2].count;

/** Calls `visit` for each window of a plane in row-major order, with its number and its places along the axes. */
function forEachWindow(
  windows: Windows,
  visit: (place: number, z: number, y: number, x: number) => void,
): void {
  let place = 0;
  for (let z = 0; z < windows[0].count; z++) {
    for (let y = 0; y < windows[1].count; y++) {
      for (let x = 0; x < windows[2].count; x++) visit(place++, z, y, x);
    }
  }
}

/** Where the largest element of a window lies in the plane: the first of equal ones, a NaN before all. */
function largestPlace(
  plane: Float64Array,
  [depth, height, width]: Windows,
  z: number,
  y: number,
  x: number,
): number {
  let place = (depth.first[z]! * height.length + height.first[y]!) * width.length + width.first[x]!;
  let max = Number.NEGATIVE_INFINITY;
  const [endZ, endY, endX] = [depth.end[z]!, height.end[y]!, width.end[x]!];
  for (let k = depth.first[z]!; k < endZ; k += depth.step) {
    for (let j = height.first[y]!; j < endY; j += height.step) {
      const row = (k * height.length + j) * width.length;
      for (let i = width.first[x]!; i < endX; i += width.step) {
        const value = plane[row + i]!;
        if (value > max || Number.isNaN(value)) {
          max = value;
          place = row + i;
        }
      }
    }
  }
  return place;
}

function maximum(x: Operand, values: Operand, indices: Operand, windows: Windows): void {
  const { storage, layout } = rowMajor(x);
  const size = planeSize(windows);
  const total = windowTotal(windows);
  const plane = new Float64Array(size);
  const load = loadOf(layout.dtype);
  const source = storage.view(layout.dtype);
  const words = wordsPerElement(layout.dtype);
  const from = wordsOf(storage, layout.dtype);
  intoRowMajor(values, (best) => {
    const to = wordsOf(best.storage, layout.dtype);
    intoRowMajor(indices, (places) => {
      const out = places.storage.view(places.layout.dtype) as BigInt64Array;
      const planes = best.layout.size / total;
      for (let p = 0; p < planes; p++) {
        const start = layout.offset + p * size;
        load(source, start, 1, size, plane);
        forEachWindow(windows, (window, z, y, x) => {
          const place = largestPlace(plane, windows, z, y, x);
          const at = p * total + window;
          moveRun(from, start + place, 1, to, best.layout.offset + at, 1, 1, words);
          out[places.layout.offset + at] = BigInt(place);
        });
      }
    });
  });
}

const maxPool: Kernel<MaxPoolAttributes> = ([x], [values, indices], attributes) => {
  if (values!.layout.size === 0) return;
  const windows = slidingPlan(attributes, x!.layout.shape, values!.layout.shape, false);
  maximum(x!, values!, indices!, windows);
};

const adaptiveMaxPool: Kernel<SizeAttributes> = ([x], [values, indices], attributes) => {
  if (values!.layout.size === 0) return;
  maximum(x!, values!, indices!, adaptivePlan(attributes, x!.layout.shape));
};

function sumOfWindow(
  plane: Float64Array,
  [depth, height, width]: Windows,
  z: number,
  y: number,
  x: number,
): number {
  let sum = 0;
  for (let k = depth.first[z]!; k < depth.end[z]!; k++) {
    for (let j = height.first[y]!; j < height.end[y]!; j++) {
      const row = (k * height.length + j) * width.length;
      for (let i = row + width.first[x]!; i < row + width.end[x]!; i++) sum += plane[i]!;
    }
  }
  return sum;
}

function addToWindow(
  plane: Float64Array,
  [depth, height, width]: Windows,
  z: number,
  y: number,
  x: number,
  value: number,
): void {
  for (let k = depth.first[z]!; k < depth.end[z]!; k++) {
    for (let j = height.first[y]!; j < height.end[y]!; j++) {
      const row = (k * height.length + j) * width.length;
      for (let i = row + width.first[x]!; i < row + width.end[x]!; i++) plane[i]! += value;
    }
  }
}

/** By how much the sum of each window is divided. */
export function divisors(windows: Windows, override: number | undefined): Float64Array {
  const [depth, height, width] = windows;
  const result = new Float64Array(windowTotal(windows));
  forEachWindow(windows, (place, z, y, x) => {
    result[place] = override ?? depth.divisor[z]! * height.divisor[y]! * width.divisor[x]!;
  });
  return result;
}

/** The means of all windows (forward), or what flows back to all elements from those means. */
function means(
  x: Operand,
  output: Operand,
  windows: Windows,
  override: number | undefined,
  isForward: boolean,
): void {
  const { storage, layout } = rowMajor(x);
  const plane = new Float64Array(planeSize(windows));
  const pooled = new Float64Array(windowTotal(windows));
  const [from, to] = isForward ? [plane, pooled] : [pooled, plane];
  const divisor = divisors(windows, override);
  const source = storage.view(layout.dtype);
  const load = loadOf(layout.dtype);
  const planes = product(output.layout.shape) / to.length;
  intoRowMajor(output, (target) => {
    const { dtype, offset } = target.layout;
    const out = target.storage.view(dtype);
    const store = storeOf(dtype);
    for (let p = 0; p < planes; p++) {
      load(source, layout.offset + p * from.length, 1, from.length, from);
      if (!isForward) plane.fill(0);
      forEachWindow(windows, (place, z, y, x) => {
        if (isForward) pooled[place] = sumOfWindow(plane, windows, z, y, x) / divisor[place]!;
        else addToWindow(plane, windows, z, y, x, pooled[place]! / divisor[place]!);
      });
      store(to, to.length, out, offset + p * to.length, 1);
    }
  });
}

const avgPool: Kernel<AveragePoolAttributes> = ([x], [output], attributes) => {
  if (output!.layout.size === 0) return;
  const { countIncludePad, divisorOverride } = attributes;
  const windows = slidingPlan(attributes, x!.layout.shape, output!.layout.shape, countIncludePad);
  means(x!, output!, windows, divisorOverride, true);
};

const avgPoolGradient: Kernel<WithShape<AveragePoolAttributes>> = ([g], [output], attributes) => {
  if (output!.layout.size === 0) return;
  const { countIncludePad, divisorOverride, shape } = attributes;
  means(
    g!,
    output!,
    slidingPlan(attributes, shape, g!.layout.shape, countIncludePad),
    divisorOverride,
    false,
  );
};

const adaptiveAvgPool: Kernel<SizeAttributes> = ([x], [output], attributes) => {
  if (output!.layout.size === 0) return;
  means(x!, output!, adaptivePlan(attributes, x!.layout.shape), undefined, true);
};

const adaptiveAvgPoolGradient: Kernel<WithShape<SizeAttributes>> = ([g], [output], attributes) => {
  if (output!.layout.size === 0) return;
  means(g!, output!, adaptivePlan(attributes, attributes.shape), undefined, false);
};

/** Kernels of the operations of `src/ops/pooling.ts`. */
export interface PoolingKernels {
  readonly adaptiveAvgPool: Kernel<never>;
  readonly adaptiveAvgPoolGradient: Kernel<never>;
  readonly adaptiveMaxPool: Kernel<never>;
  readonly avgPool: Kernel<never>;
  readonly avgPoolGradient: Kernel<never>;
  readonly maxPool: Kernel<never>;
}

export const pooling: PoolingKernels = {
  adaptiveAvgPool,
  adaptiveAvgPoolGradient,
  adaptiveMaxPool,
  avgPool,
  avgPoolGradient,
  maxPool,
};
