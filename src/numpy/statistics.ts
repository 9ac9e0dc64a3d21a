// Statistics: medians and percentiles, averages with weights, covariance, histograms, and sums that leave NaN out.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, type DType, float64, int64 } from "../core/dtype.ts";
import { elements } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { slice } from "../core/layout.ts";
import { float, type PyFloat } from "../core/python.ts";
import { normalizeAxis } from "./axes.ts";
import { checkCast } from "./casting.ts";
import { asArray, fromValues, scalarIfZeroD } from "./make.ts";
import { concatenate } from "./manipulation.ts";
import type { NDArray } from "./ndarray.ts";
import { dot } from "./products.ts";
import { promoteTypes, resultType } from "./promotion.ts";
import { linspace } from "./ranges.ts";
import { type ReduceOptions, reducedAxes } from "./reduce.ts";
import { mean, type SumArguments, sum } from "./reductions.ts";
import { compareScalars, searchsorted, sort } from "./sorting.ts";
import type { ArrayLike, Axes } from "./types.ts";
import { where } from "./ufunc-functions.ts";
import * as u from "./ufuncs.ts";

/** The array with the axes to reduce merged into the last. */
function mergedLast(array: NDArray, axis: Axes | null): NDArray {
  const axes = reducedAxes(axis, array.ndim);
  const kept = array.shape.map((_, each) => each).filter((each) => !axes.includes(each));
  return array.transpose([...kept, ...axes]).reshape([...kept.map((each) => array.shape[each]!), -1]);
}

function kept(result: NDArray, array: NDArray, axis: Axes | null, keepdims: boolean): NDArray {
  if (!keepdims) return scalarIfZeroD(result);
  const axes = reducedAxes(axis, array.ndim);
  return result.reshape(array.shape.map((length, each) => (axes.includes(each) ? 1 : length)));
}

interface MedianOptions {
  readonly axis: Axes | null;
  readonly out: NDArray | null;
  readonly keepdims: boolean;
}

/** The middle of the sorted elements along axes, or the mean of the two in the middle (`numpy.median`). */
export function median(
  a: ArrayLike,
  ...args: Signature<[axis: Axes | null, out: NDArray | null], Partial<MedianOptions>>
): NDArray {
  const { axis, keepdims } = bind<MedianOptions>("median", ["axis", "out"], args, {
    axis: null,
    out: null,
    keepdims: false,
  });
  const array = asArray(a);
  const lines = mergedLast(array, axis);
  const sorted = sort(lines, -1);
  const count = sorted.shape[sorted.ndim - 1]!;
  const middle = Math.floor(count / 2);
  const range = count % 2 === 1 ? `${middle}:${middle + 1}` : `${Math.max(middle - 1, 0)}:${middle + 1}`;
  const centers = mean(sorted.at("...", range), -1);
  // A NaN is sorted last, and makes the median NaN.
  const last = count === 0 ? centers : sorted.at("...", count - 1);
  const result = array.dtype.isFloatingPoint ? where(u.isnan(last), last, centers) : centers;
  return kept(result, array, axis, keepdims);
}

/** How a quantile between two elements is taken. */
export type QuantileMethod = "linear" | "lower" | "higher" | "midpoint" | "nearest";

interface QuantileOptions {
  readonly axis: Axes | null;
  readonly out: NDArray | null;
  readonly overwriteInput: boolean;
  readonly method: QuantileMethod;
  readonly keepdims: boolean;
}

/** Arguments of `quantile` and `percentile`. */
export type QuantileArguments = Signature<
  [
    axis: Axes | null,
    out: NDArray | null,
    overwriteInput: boolean,
    method: QuantileMethod,
    keepdims: boolean,
  ],
  Partial<QuantileOptions>
>;

const fractions: Readonly<Record<QuantileMethod, (fraction: number, lower: number) => number>> = {
  linear: (fraction) => fraction,
  lower: () => 0,
  higher: (fraction) => (fraction > 0 ? 1 : 0),
  midpoint: (fraction) => (fraction > 0 ? 0.5 : 0),
  // Halves go to the even neighbour.
  nearest: (fraction, lower) => (fraction === 0.5 ? lower % 2 : Math.round(fraction)),
};

function quantileOf(array: NDArray, q: number, axis: Axes | null, options: QuantileOptions): NDArray {
  const sorted = sort(mergedLast(array, axis), -1);
  const count = sorted.shape[sorted.ndim - 1]!;
  const place = q * (count - 1);
  const lower = Math.floor(place);
  const upper = Math.min(lower + 1, count - 1);
  const weight = fractions[options.method](place - lower, lower);
  const [low, high] = [sorted.at("...", lower), sorted.at("...", upper)];
  const step = u.subtract(high, low);
  // From the nearer side, so that the ends are exact.
  const between =
    weight < 0.5
      ? u.add(low, u.multiply(step, weightOf(weight)))
      : u.subtract(high, u.multiply(step, weightOf(1 - weight)));
  const last = sorted.at("...", count - 1);
  const result = array.dtype.isFloatingPoint ? where(u.isnan(last), last, between) : between;
  return kept(result, array, axis, options.keepdims);
}

/** A weight that counts as a Python float even when it is whole. */
function weightOf(weight: number): PyFloat {
  return float(weight);
}

/** The value below which a fraction of the elements lies (`numpy.quantile`). */
export function quantile(a: ArrayLike, q: ArrayLike, ...args: QuantileArguments): NDArray {
  const options = bind<QuantileOptions>(
    "quantile",
    ["axis", "out", "overwriteInput", "method", "keepdims"],
    args,
    {
      axis: null,
      out: null,
      overwriteInput: false,
      method: "linear",
      keepdims: false,
    },
  );
  const array = asArray(a);
  if (array.dtype.isComplex) throw new PythonTypeError("a must be an array of real numbers");
  const wanted = asArray(q);
  const values = elements(wanted).map(Number);
  if (values.some((value) => !(value >= 0 && value <= 1))) {
    throw new ValueError("Quantiles must be in the range [0, 1]");
  }
  const results = values.map((value) => quantileOf(array, value, options.axis, options));
  if (wanted.ndim === 0) return results[0]!;
  const stacked = concatenate(results.map((result) => result.reshape(1, ...result.shape)));
  return stacked.reshape(...wanted.shape, ...stacked.shape.slice(1));
}

/** As `quantile`, with percent (`numpy.percentile`). */
export function percentile(a: ArrayLike, q: ArrayLike, ...args: QuantileArguments): NDArray {
  const array = asArray(a);
  if (array.dtype.isComplex) throw new PythonTypeError("a must be an array of real numbers");
  const percents = elements(asArray(q)).map(Number);
  if (percents.some((value) => !(value >= 0 && value <= 100))) {
    throw new ValueError("Percentiles must be in the range [0, 100]");
  }
  return quantile(array, u.divide(q, 100), ...args);
}

interface AverageOptions {
  readonly axis: Axes | null;
  readonly weights: ArrayLike | null;
  readonly returned: boolean;
  readonly keepdims: boolean;
}

/** The mean with weights (`numpy.average`). */
export function average(
  a: ArrayLike,
  ...args: Signature<[axis: Axes | null, weights: ArrayLike | null], Partial<AverageOptions>>
): NDArray {
  const { axis, weights, keepdims } = bind<AverageOptions>("average", ["axis", "weights", "returned"], args, {
    axis: null,
    weights: null,
    returned: false,
    keepdims: false,
  });
  const array = asArray(a);
  if (weights === null) return mean(array, { axis, keepdims });
  const given = asArray(weights);
  const isWhole = array.dtype.isInteger || array.dtype === bool;
  const common = promoteTypes(array.dtype, given.dtype);
  const dtype = isWhole ? promoteTypes(common, float64) : common;
  let spread = given;
  if (given.ndim !== array.ndim) {
    if (axis === null || typeof axis !== "number") {
      throw new PythonTypeError("Axis must be specified when shapes of a and weights differ.");
    }
    const along = normalizeAxis(axis, array.ndim);
    spread = given.reshape(array.shape.map((_, each) => (each === along ? given.size : 1)));
  }
  const scale = sum(u.add(spread, u.multiply(u.notEqual(array, array), 0)), { axis, dtype, keepdims });
  if (elements(scale).some((value) => Number(value) === 0)) {
    throw new ValueError("Weights sum to zero, can't be normalized");
  }
  return u.divide(sum(u.multiply(array, spread, { dtype }), { axis, keepdims }), scale);
}

function withoutNan(a: ArrayLike): NDArray {
  const array = asArray(a);
  if (array.dtype.isInteger || array.dtype === bool) return array;
  return where(u.isnan(array), 0, array);
}

/** The sum without NaNs (`numpy.nansum`). */
export function nansum(a: ArrayLike, ...args: SumArguments): NDArray {
  return sum(withoutNan(a), ...args);
}

/** The mean without NaNs (`numpy.nanmean`). */
export function nanmean(a: ArrayLike, ...args: SumArguments): NDArray {
  const { axis = null, keepdims = false } = bind<ReduceOptions>("nanmean", ["axis", "dtype", "out"], args, {
    axis: null,
    dtype: null,
    out: null,
    keepdims: false,
  });
  const array = asArray(a);
  if (array.dtype.isInteger || array.dtype === bool) return mean(array, { axis, keepdims });
  const present = u.logicalNot(u.isnan(array));
  const counts = sum(present, { axis, keepdims, dtype: int64 });
  const total = sum(withoutNan(array), { axis, keepdims });
  return u.divide(total, counts, { dtype: array.dtype, casting: "unsafe" });
}

interface CovarianceOptions {
  readonly y: ArrayLike | null;
  readonly rowvar: boolean;
  readonly bias: boolean;
  readonly ddof: number | null;
}

/** The covariance of variables in rows (`numpy.cov`). */
export function cov(
  m: ArrayLike,
  ...args: Signature<
    [y: ArrayLike | null, rowvar: boolean, bias: boolean, ddof: number | null],
    Partial<CovarianceOptions>
  >
): NDArray {
  const options = bind<CovarianceOptions>("cov", ["y", "rowvar", "bias", "ddof"], args, {
    y: null,
    rowvar: true,
    bias: false,
    ddof: null,
  });
  const first = asArray(m);
  if (first.ndim > 2) throw new ValueError("m has more than 2 dimensions");
  const second = options.y === null ? undefined : asArray(options.y);
  const dtype = resultType(first, ...(second === undefined ? [] : [second]), "float64");
  const rows = (array: NDArray): NDArray => {
    const matrix = array.ndim < 2 ? array.reshape(1, array.size) : array;
    return !options.rowvar && matrix.shape[0] !== 1 ? matrix.T.astype(dtype) : matrix.astype(dtype);
  };
  const data = second === undefined ? rows(first) : concatenate([rows(first), rows(second)]);
  const ddof = options.ddof ?? (options.bias ? 0 : 1);
  const centered = u.subtract(data, mean(data, { axis: 1, keepdims: true }));
  const count = Math.max(data.shape[1]! - ddof, 0);
  const result = u.divide(dot(centered, u.conjugate(centered.T)), count).squeeze();
  return result.ndim === 0 ? result.viewAs(result.layout) : result;
}

/** Pearson's correlation of variables in rows (`numpy.corrcoef`). */
export function corrcoef(x: ArrayLike, y: ArrayLike | null = null): NDArray {
  const covariance = cov(x, y);
  if (covariance.ndim === 0) return u.divide(covariance, covariance);
  const deviations = u.sqrt(covariance.diagonal().real);
  return u.divide(covariance, u.multiply(deviations.reshape(-1, 1), deviations));
}

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
