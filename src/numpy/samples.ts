// Counting and sampling: histograms, `bincount`, `diff`, `interp`, `gradient`, `convolve`, `digitize`.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, type DType, float64, int64 } from "../core/dtype.ts";
import { elements } from "../core/elements.ts";
import { ValueError } from "../core/errors.ts";
import { slice } from "../core/layout.ts";
import { float } from "../core/python.ts";
import { normalizeAxis } from "./axes.ts";
import { checkCast } from "./casting.ts";
import { asArray, fromValues, scalarIfZeroD } from "./make.ts";
import { concatenate } from "./manipulation.ts";
import type { NDArray } from "./ndarray.ts";
import { dot } from "./products.ts";
import { promoteTypes } from "./promotion.ts";
import { linspace } from "./ranges.ts";
import { sum } from "./reductions.ts";
import { compareScalars, searchsorted } from "./sorting.ts";
import type { ArrayLike } from "./types.ts";
import * as u from "./ufuncs.ts";

interface HistogramOptions {
  readonly bins: number | readonly number[] | NDArray;
  readonly range: readonly [number, number] | null;
  readonly density: boolean | null;
  readonly weights: ArrayLike | null;
}

/** How many elements lie between each two edges, and the edges (`numpy.histogram`). */
export function histogram(
  a: ArrayLike,
  ...args: Signature<
    [bins: HistogramOptions["bins"], range: readonly [number, number] | null],
    Partial<HistogramOptions>
  >
): [NDArray, NDArray] {
  const options = bind<HistogramOptions>("histogram", ["bins", "range", "density", "weights"], args, {
    bins: 10,
    range: null,
    density: null,
    weights: null,
  });
  const array = asArray(a);
  const values = elements(array).map((value) => (typeof value === "object" ? value.re : Number(value)));
  const edges = histogramEdges(values, options);
  const limits = elements(edges).map(Number);
  const last = limits.length - 2;
  const weights = options.weights === null ? undefined : elements(asArray(options.weights)).map(Number);
  const counts = new Array<number>(last + 1).fill(0);
  values.forEach((value, i) => {
    if (!(value >= limits[0]! && value <= limits[last + 1]!)) return;
    let [low, high] = [0, last];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (value >= limits[middle]!) low = middle;
      else high = middle - 1;
    }
    counts[low]! += weights?.[i] ?? 1;
  });
  const result = fromValues(weights === undefined ? int64 : float64, [counts.length], counts);
  if (options.density !== true) return [result, edges];
  return [u.divide(result, u.multiply(diff(edges), sum(result))), edges];
}

function histogramEdges(values: readonly number[], { bins, range }: HistogramOptions): NDArray {
  if (typeof bins !== "number") return asArray(bins);
  if (bins < 1) throw new ValueError("`bins` must be positive, when an integer");
  let [low, high] = range ?? (values.length === 0 ? [0, 1] : extremes(values));
  if (low > high) throw new ValueError("max must be larger than min in range parameter.");
  if (!Number.isFinite(low) || !Number.isFinite(high)) {
    throw new ValueError(`autodetected range of [${low}, ${high}] is not finite`);
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  return linspace(low, high, bins + 1);
}

function extremes(values: readonly number[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low || Number.isNaN(value)) low = value;
    if (value > high || Number.isNaN(value)) high = value;
  }
  return [low, high];
}

interface BincountOptions {
  readonly weights: ArrayLike | null;
  readonly minlength: number;
}

/** How often each integer from 0 comes (`numpy.bincount`). */
export function bincount(
  x: ArrayLike,
  ...args: Signature<[weights: ArrayLike | null, minlength: number], Partial<BincountOptions>>
): NDArray {
  const options = bind<BincountOptions>("bincount", ["weights", "minlength"], args, {
    weights: null,
    minlength: 0,
  });
  const array = asArray(x);
  if (array.ndim !== 1) throw new ValueError("object of too small depth for desired array");
  // Kept as NumPy has it: 64-bit unsigned integers are taken though the rule says no.
  if (array.dtype.kind !== "unsigned") checkCast(array, int64, "safe");
  const values = elements(array).map(Number);
  if (values.some((value) => value < 0))
    throw new ValueError("'list' argument must have no negative elements");
  const weights = options.weights === null ? undefined : elements(asArray(options.weights)).map(Number);
  const length = values.reduce((most, value) => Math.max(most, value + 1), options.minlength);
  const counts = new Array<number>(length).fill(0);
  values.forEach((value, i) => {
    counts[value]! += weights?.[i] ?? 1;
  });
  return fromValues(weights === undefined ? int64 : float64, [length], counts);
}

/** Differences of neighbours along an axis, `n` times (`numpy.diff`). */
export function diff(
  a: ArrayLike,
  ...args: Signature<[n: number, axis: number], { readonly n?: number; readonly axis?: number }>
): NDArray {
  const { n, axis } = bind<{ n: number; axis: number }>("diff", ["n", "axis"], args, { n: 1, axis: -1 });
  if (n < 0) throw new ValueError(`order must be non-negative but got ${n}`);
  let array = asArray(a);
  if (array.ndim === 0) throw new ValueError("diff requires input that is at least one dimensional");
  const along = normalizeAxis(axis, array.ndim);
  const apart = array.dtype === bool ? u.notEqual : u.subtract;
  for (let time = 0; time < n; time++) {
    const length = Math.max(array.shape[along]! - 1, 0);
    const part = (start: number): NDArray =>
      array.viewAs(slice(array.layout, along, Math.min(start, array.shape[along]!), 1, length));
    array = apart(part(1), part(0));
  }
  return array;
}

/** Values between given points by straight lines (`numpy.interp`). */
export function interp(
  x: ArrayLike,
  xp: ArrayLike,
  fp: ArrayLike,
  ...args: Signature<
    [left: number | null, right: number | null],
    { readonly left?: number | null; readonly right?: number | null }
  >
): NDArray {
  const { left, right } = bind<{ left: number | null; right: number | null }>(
    "interp",
    ["left", "right"],
    args,
    {
      left: null,
      right: null,
    },
  );
  const [at, points] = [asArray(x), asArray(xp)];
  checkCast(points, float64, "safe");
  checkCast(at, float64, "safe");
  const places = elements(points).map(Number);
  const heights = elements(asArray(fp)).map(Number);
  if (places.length !== heights.length) throw new ValueError("fp and xp are not of the same length.");
  if (places.length === 0) throw new ValueError("array of sample points is empty");
  const last = places.length - 1;
  const values = elements(at).map((value) => {
    const place = Number(value);
    if (Number.isNaN(place)) return place;
    if (place < places[0]!) return left ?? heights[0]!;
    if (place > places[last]!) return right ?? heights[last]!;
    let [low, high] = [0, last];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (places[middle]! <= place) low = middle;
      else high = middle - 1;
    }
    if (low === last || places[low] === place) return heights[low]!;
    const slope = (heights[low + 1]! - heights[low]!) / (places[low + 1]! - places[low]!);
    return slope * (place - places[low]!) + heights[low]!;
  });
  return scalarIfZeroD(fromValues(float64, at.shape, values));
}

/** Slopes along an axis from neighbours on both sides, at the ends from one (`numpy.gradient`), samples 1 apart. */
export function gradient(
  f: ArrayLike,
  ...args: Signature<[spacing: number], { readonly axis?: number | null }>
): NDArray | NDArray[] {
  const { spacing, axis } = bind<{ spacing: number; axis: number | null }>("gradient", ["spacing"], args, {
    spacing: 1,
    axis: null,
  });
  const given = asArray(f);
  const array = given.dtype.isInteger ? given.astype(float64) : given;
  const axes = axis === null ? array.shape.map((_, each) => each) : [normalizeAxis(axis, array.ndim)];
  const results = axes.map((each) => slopes(array, each, spacing));
  return results.length === 1 ? results[0]! : results;
}

function slopes(array: NDArray, axis: number, spacing: number): NDArray {
  const length = array.shape[axis]!;
  if (length < 2) {
    throw new ValueError(
      "Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) elements are required.",
    );
  }
  const part = (start: number, count: number): NDArray =>
    array.viewAs(slice(array.layout, axis, start, 1, count));
  const between = (to: NDArray, from: NDArray, distance: number): NDArray =>
    u.divide(u.subtract(to, from), float(distance));
  const ends = [
    between(part(1, 1), part(0, 1), spacing),
    between(part(length - 1, 1), part(length - 2, 1), spacing),
  ] as const;
  const inner = between(part(2, length - 2), part(0, length - 2), 2 * spacing);
  return concatenate([ends[0], inner, ends[1]], axis);
}

/** How much of a convolution is given. */
export type ConvolutionMode = "full" | "same" | "valid";

/** The discrete convolution of two vectors (`numpy.convolve`). */
export function convolve(
  a: ArrayLike,
  v: ArrayLike,
  ...args: Signature<[mode: ConvolutionMode], { readonly mode?: ConvolutionMode }>
): NDArray {
  const { mode } = bind<{ mode: ConvolutionMode }>("convolve", ["mode"], args, { mode: "full" });
  const [x, y] = [asArray(a).reshape(-1), asArray(v).reshape(-1)];
  if (x.size === 0 || y.size === 0) throw new ValueError(`${x.size === 0 ? "a" : "v"} cannot be empty`);
  const [long, short] = x.size >= y.size ? [x, y] : [y, x];
  const dtype: DType = promoteTypes(x.dtype, y.dtype);
  const padding = fromValues(dtype, [short.size - 1], new Array<number>(short.size - 1).fill(0));
  const padded = concatenate([padding, long.astype(dtype), padding]);
  const windows = padded.viewAs(
    padded.layout.with(
      [long.size + short.size - 1, short.size],
      [padded.layout.strides[0]!, padded.layout.strides[0]!],
    ),
  );
  const full = dot(windows, short.at("::-1").astype(dtype));
  if (mode === "full") return full;
  const length = mode === "same" ? long.size : long.size - short.size + 1;
  const start = mode === "same" ? Math.floor((short.size - 1) / 2) : short.size - 1;
  return full.at(`${start}:${start + length}`);
}

/** In which bin each value lies (`numpy.digitize`). */
export function digitize(x: ArrayLike, bins: ArrayLike, options: { readonly right?: boolean } = {}): NDArray {
  const list = elements(asArray(bins));
  const isRising = list.length < 2 || compareScalars(list[0]!, list.at(-1)!) <= 0;
  const right = options.right ?? false;
  if (isRising) return searchsorted(bins, x, right ? "left" : "right");
  const falling = searchsorted(asArray(bins).at("::-1"), x, right ? "right" : "left");
  return u.subtract(list.length, falling);
}
