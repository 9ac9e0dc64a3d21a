// Which elements each sample of an interpolation takes, and how much of each, along one axis
// (aten/src/ATen/native/UpSample.h, cpu/UpSampleKernel.cpp). Places are reckoned in the type that PyTorch reckons in.

/** For each sample `taps` positions along the axis and their weights. */
export interface AxisWeights {
  readonly taps: number;
  readonly positions: Int32Array;
  readonly weights: Float64Array;
}

/** An axis before and after. */
export interface AxisLengths {
  readonly length: number;
  readonly count: number;
  /** By what the axis was asked to grow; null where its length was asked for. */
  readonly factor: number | null;
}

/** Rounds to the type that places are reckoned in. */
export type Rounding = (value: number) => number;

/** How far samples lie apart, in elements. */
function stepOf({ length, count, factor }: AxisLengths, round: Rounding): number {
  return factor !== null && factor > 0 ? round(1 / factor) : round(length / count);
}

/**
 * The element that each sample is nearest to. "nearest" takes the one below, "nearest-exact" the one at the centre.
 * @param copiesKept whether an axis that keeps its length is copied whatever the factor
 */
export function nearestPositions(lengths: AxisLengths, isExact: boolean, copiesKept: boolean): Int32Array {
  const { length, count } = lengths;
  const step = stepOf(lengths, Math.fround);
  return Int32Array.from({ length: count }, (_, i) => {
    if (copiesKept && count === length && !isExact) return i;
    const place = isExact ? Math.fround((i + 0.5) * step) : Math.fround(i * step);
    return Math.min(Math.floor(place), length - 1);
  });
}

/** Where samples lie among the elements. */
function places(lengths: AxisLengths, alignCorners: boolean, round: Rounding): (i: number) => number {
  const { length, count } = lengths;
  if (alignCorners) {
    const step = count > 1 ? round((length - 1) / (count - 1)) : 0;
    return (i) => round(step * i);
  }
  const step = stepOf(lengths, round);
  return (i) => round(round(step * (i + 0.5)) - 0.5);
}

/** Weights between two elements. */
export function linearWeights(lengths: AxisLengths, alignCorners: boolean, round: Rounding): AxisWeights {
  const { length, count } = lengths;
  const place = places(lengths, alignCorners, round);
  const positions = new Int32Array(2 * count);
  const weights = new Float64Array(2 * count);
  for (let i = 0; i < count; i++) {
    // An axis that keeps its length is copied, whatever the factor.
    const at = count === length ? i : Math.max(place(i), 0);
    const low = Math.min(Math.floor(at), length - 1);
    const part = Math.min(Math.max(round(at - low), 0), 1);
    positions.set([low, Math.min(low + 1, length - 1)], 2 * i);
    weights.set([round(1 - part), part], 2 * i);
  }
  return { taps: 2, positions, weights };
}

/** Keys' cubic kernel at a distance, for its parameter a. */
function cubic(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

/** Weights of four elements, with a = -0.75. Beyond an end its element counts again. */
export function cubicWeights(lengths: AxisLengths, alignCorners: boolean, round: Rounding): AxisWeights {
  const { length, count } = lengths;
  const place = places(lengths, alignCorners, round);
  const positions = new Int32Array(4 * count);
  const weights = new Float64Array(4 * count);
  for (let i = 0; i < count; i++) {
    const at = place(i);
    const low = Math.floor(at);
    const part = round(at - low);
    for (let tap = 0; tap < 4; tap++) {
      positions[4 * i + tap] = Math.min(Math.max(low - 1 + tap, 0), length - 1);
      weights[4 * i + tap] = cubic(part + 1 - tap, -0.75);
    }
  }
  return { taps: 4, positions, weights };
}

/** The modes that can be antialiased. */
export type FilterMode = "bilinear" | "bicubic" | "lanczos";

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Filters of antialiasing: how far they reach and their value at a distance. */
const filters: Readonly<Record<FilterMode, { reach: number; at: (x: number) => number }>> = {
  bilinear: { reach: 1, at: (x: number) => Math.max(1 - Math.abs(x), 0) },
  bicubic: { reach: 2, at: (x: number) => cubic(x, -0.5) },
  lanczos: { reach: 3, at: (x: number) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Weights of all elements under a filter that is as wide as samples lie apart. */
export function filterWeights(
  mode: FilterMode,
  lengths: AxisLengths,
  alignCorners: boolean,
  round: Rounding,
): AxisWeights {
  const { length, count } = lengths;
  const { reach, at } = filters[mode];
  const corners = count > 1 ? round((length - 1) / (count - 1)) : 0;
  const step = alignCorners ? corners : stepOf(lengths, round);
  const width = Math.max(step, 1);
  const support = round(reach * width);
  const taps = Math.ceil(support) * 2 + 1;
  const positions = new Int32Array(taps * count);
  const weights = new Float64Array(taps * count);
  for (let i = 0; i < count; i++) {
    const centre = round(step * (i + 0.5));
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const end = Math.min(Math.trunc(centre + support + 0.5), length);
    const used = Math.min(Math.max(end - first, 0), taps);
    let total = 0;
    for (let tap = 0; tap < used; tap++) {
      const weight = at((tap + first - centre + 0.5) / width);
      positions[taps * i + tap] = first + tap;
      weights[taps * i + tap] = weight;
      total += weight;
    }
    if (total !== 0) for (let tap = 0; tap < used; tap++) weights[taps * i + tap]! /= total;
  }
  return { taps, positions, weights };
}

/**
 * Weights as PyTorch has them for bytes: 16-bit integers over a power of two.
 * (aten/src/ATen/native/cpu/UpSampleKernel.cpp, `compute_index_ranges_int16_weights`)
 */
export function byteWeights({ taps, positions, weights }: AxisWeights): AxisWeights {
  const largest = weights.reduce((a, b) => Math.max(a, b), 0);
  let bits = 0;
  while (bits < 22 && Math.trunc(0.5 + largest * 2 ** (bits + 1)) < 2 ** 15) bits++;
  const unit = 2 ** bits;
  const rounded = weights.map((weight) => Math.trunc(weight * unit + Math.sign(weight) * 0.5) / unit);
  return { taps, positions, weights: rounded };
}
