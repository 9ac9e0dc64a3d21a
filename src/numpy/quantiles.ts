// `median`, `quantile`, `percentile`: elements of sorted lines, or what lies between two of them. The methods are those of
// Hyndman and Fan, "Sample quantiles in statistical packages" (1996), under NumPy's names.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, type DType, float64, int64 } from "../core/dtype.ts";
import { elements } from "../core/elements.ts";
import { IndexError, PythonTypeError, ValueError } from "../core/errors.ts";
import { float, type PyFloat } from "../core/python.ts";
import { assign } from "./assign.ts";
import { normalizeAxes, normalizeAxis } from "./axes.ts";
import { converted, withType } from "./casting.ts";
import { asArray, fromValues, scalarIfZeroD } from "./make.ts";
import { copyto, take } from "./manipulation.ts";
import type { NDArray } from "./ndarray.ts";
import { any, cumsum, mean } from "./reductions.ts";
import { isPyScalar, kindOf } from "./scalars.ts";
import { argsort, searchsorted, sort } from "./sorting.ts";
import type { ArrayLike, Axes } from "./types.ts";
import { where } from "./ufunc-functions.ts";
import * as u from "./ufuncs.ts";
import { moveaxis, ravel } from "./views.ts";

/** What a reduction of lines takes besides its array. */
export interface LineOptions {
  readonly axis: Axes | null;
  readonly out: NDArray | null;
  readonly keepdims: boolean;
}

/** An array with the axes to reduce as one: which one, or null for all elements in a row. */
export type LineReduction = (array: NDArray, axis: number | null, weights: NDArray | undefined) => NDArray;

/**
 * Reduces the lines along axes: several axes become one, which is the last.
 * @param weights of the array's shape; rearranged in the same way
 */
export function reduceLines(
  array: NDArray,
  { axis, out, keepdims }: LineOptions,
  reduction: LineReduction,
  weights?: NDArray,
): NDArray {
  const axes = axis === null ? undefined : normalizeAxes(axis, array.ndim);
  const merged = (each: NDArray): NDArray => {
    const kept = each.shape.map((_, i) => i).filter((i) => !axes!.includes(i));
    const moved = moveaxis(
      each,
      kept,
      kept.map((_, i) => i),
    );
    return moved.reshape([...kept.map((i) => each.shape[i]!), axes!.reduce((n, i) => n * each.shape[i]!, 1)]);
  };
  const isSingle = axes === undefined || axes.length === 1;
  const result = isSingle
    ? reduction(array, axes?.[0] ?? null, weights)
    : reduction(merged(array), -1, weights && merged(weights));
  const full = keepdims ? result.at("...", ...array.shape.map((_, i) => keptItem(axes, i))) : result;
  if (out === null) return full;
  assign(out, full);
  return out;
}

function keptItem(axes: readonly number[] | undefined, axis: number): null | string {
  return axes === undefined || axes.includes(axis) ? null : ":";
}

/** True iff the type has NaNs. */
export function hasNan(dtype: DType): boolean {
  return dtype.isFloatingPoint || dtype.isComplex;
}

/** The middle of each line. A line with a NaN, which is sorted last, gives NaN. */
export function medianOfLines(array: NDArray, axis: number | null): NDArray {
  const sorted = axis === null ? sort(ravel(array)) : sort(array, axis);
  const along = axis === null ? 0 : normalizeAxis(axis, array.ndim);
  const count = sorted.shape[along]!;
  const middle = Math.floor(count / 2);
  const range = count % 2 === 1 ? `${middle}:${middle + 1}` : `${Math.max(middle - 1, 0)}:${middle + 1}`;
  const before = new Array<string>(along).fill(":");
  const centers = mean(sorted.at(...before, range), along);
  if (!hasNan(array.dtype) || count === 0) return centers;
  const last = sorted.at(...before, count - 1);
  const isBad = u.isnan(last);
  if (any(isBad).item() !== true) return centers;
  if (centers.isScalar) return last;
  copyto(centers, last, { where: isBad });
  return centers;
}

interface MedianOptions extends LineOptions {
  readonly overwriteInput: boolean;
}

/** Arguments of `median` and `nanmedian`. */
export type MedianArguments = Signature<
  [axis: Axes | null, out: NDArray | null, overwriteInput: boolean],
  Partial<MedianOptions>
>;

/** Binds the arguments of a median. */
export function medianOptions(name: string, args: readonly unknown[]): LineOptions {
  return bind<MedianOptions>(name, ["axis", "out", "overwriteInput", "keepdims"], args, {
    axis: null,
    out: null,
    overwriteInput: false,
    keepdims: false,
  });
}

/** The middle of the sorted elements along axes, or the mean of the two in the middle (`numpy.median`). */
export function median(a: ArrayLike, ...args: MedianArguments): NDArray {
  return reduceLines(asArray(a), medianOptions("median", args), medianOfLines);
}

/** A place in a sorted line, counted from 0, and how a value between two elements is weighed. */
interface Method {
  /** The place of a quantile in a line of `n` elements; whole for the methods that pick an element. */
  readonly place: (n: number, q: NDArray) => NDArray;
  /** The weight of the upper element; absent where an element is picked. */
  readonly weight?: (fraction: NDArray, place: NDArray) => NDArray;
}

const plainWeight = (fraction: NDArray): NDArray => fraction;

/** The place for the parameters alpha and beta of Hyndman and Fan. */
function between(alpha: number, beta: number): Method {
  return {
    place: (n, q) =>
      u.subtract(u.add(u.multiply(q, n), u.add(float(alpha), u.multiply(q, float(1 - alpha - beta)))), 1),
    weight: plainWeight,
  };
}

/** The element before a place, or the one behind it where `goesOn` says so. */
function picked(place: NDArray, isBefore: (fraction: NDArray, place: NDArray) => NDArray): NDArray {
  const previous = u.floor(place);
  const fraction = u.subtract(place, previous);
  const chosen = where(isBefore(fraction, place), previous, u.add(previous, 1));
  return u.maximum(chosen, 0).astype(int64);
}

const scaled = (n: number, q: NDArray): NDArray => u.multiply(q, n - 1);

const methods: Readonly<Record<string, Method>> = {
  inverted_cdf: {
    place: (n, q) => picked(u.subtract(u.multiply(q, n), 1), (fraction) => u.equal(fraction, 0)),
  },
  averaged_inverted_cdf: {
    place: (n, q) => u.subtract(u.multiply(q, n), 1),
    weight: (fraction) => where(u.equal(fraction, 0), 0.5, float(1)),
  },
  closest_observation: {
    place: (n, q) =>
      picked(u.subtract(u.subtract(u.multiply(q, n), 1), 0.5), (fraction, place) =>
        u.logicalAnd(u.equal(fraction, 0), u.equal(u.remainder(u.floor(place), 2), 1)),
      ),
  },
  interpolated_inverted_cdf: between(0, 1),
  hazen: between(0.5, 0.5),
  weibull: between(0, 0),
  linear: { place: scaled, weight: plainWeight },
  median_unbiased: between(1 / 3, 1 / 3),
  normal_unbiased: between(3 / 8, 3 / 8),
  lower: { place: (n, q) => u.floor(scaled(n, q)).astype(int64) },
  higher: { place: (n, q) => u.ceil(scaled(n, q)).astype(int64) },
  midpoint: {
    place: (n, q) => u.multiply(u.add(u.floor(scaled(n, q)), u.ceil(scaled(n, q))), 0.5),
    weight: (_, place) => where(u.equal(u.remainder(place, 1), 0), float(0), 0.5),
  },
  nearest: { place: (n, q) => u.rint(scaled(n, q)).astype(int64) },
};

/** How a quantile between two elements is taken. */
export type QuantileMethod =
  | "inverted_cdf"
  | "averaged_inverted_cdf"
  | "closest_observation"
  | "interpolated_inverted_cdf"
  | "hazen"
  | "weibull"
  | "linear"
  | "median_unbiased"
  | "normal_unbiased"
  | "lower"
  | "higher"
  | "midpoint"
  | "nearest";

/** Which quantiles, and how. */
export interface Quantiles {
  readonly q: NDArray;
  /** True iff `q` was one Python number, whose type gives way to the array's. */
  readonly isWeak: boolean;
  readonly method: QuantileMethod;
}

/** The elements of a line at whole places, of which -1 is the last. */
function elementsAt(lines: NDArray, places: NDArray): NDArray {
  return take(lines, places, 0);
}

/** From one value to the other by a weight, from the nearer side, so that the ends are exact. */
function interpolated(low: NDArray, high: NDArray, weight: NDArray | PyFloat): NDArray {
  const step = u.subtract(high, low);
  const result = u.add(low, u.multiply(step, weight));
  const isUpper = u.greaterEqual(weight, 0.5);
  const rest = isPyScalar(weight) ? float(1 - Number(weight)) : u.subtract(float(1), weight);
  const upper = u.subtract(high, u.multiply(step, rest));
  return scalarIfZeroD(withType(where(isUpper, upper, result), result.dtype));
}

/** The neighbours of places in a line of `count` elements. */
function neighbours(places: NDArray, count: number): { readonly low: NDArray; readonly high: NDArray } {
  const floor = u.floor(places);
  const isAbove = u.greaterEqual(places, count - 1);
  const isBelow = u.less(places, 0);
  const bounded = (at: NDArray): NDArray => where(isBelow, 0, where(isAbove, -1, at)).astype(int64);
  return { low: bounded(floor), high: bounded(u.add(floor, 1)) };
}

/** Quantiles of the lines along the first axis. */
function ofSortedLines(lines: NDArray, { q, isWeak, method }: Quantiles): NDArray {
  const rule = methods[method];
  if (rule === undefined) {
    const names = Object.keys(methods).map((name) => `'${name}'`);
    throw new ValueError(`'${method}' is not a valid method. Use one of: dict_keys([${names.join(", ")}])`);
  }
  const count = lines.shape[0]!;
  const places = rule.place(count, q);
  if (rule.weight === undefined || (method === "linear" && places.dtype.isInteger)) {
    return scalarIfZeroD(elementsAt(lines, places));
  }
  const { low, high } = neighbours(places, count);
  const fraction = withType(rule.weight(u.subtract(places, low), places), places.dtype);
  const weight = isWeak
    ? float(Number(fraction.item()))
    : fraction.reshape([...places.shape, ...lines.shape.slice(1).map(() => 1)]);
  return interpolated(elementsAt(lines, low), elementsAt(lines, high), weight);
}

/** Where a line has a NaN, its last element, which is one. */
function withNans(result: NDArray, last: NDArray): NDArray {
  const isBad = u.isnan(last);
  if (any(isBad).item() !== true) return result;
  if (result.ndim === 0) return scalarIfZeroD(last);
  copyto(result, last, { where: isBad });
  return result;
}

/** Quantiles of lines: the axes of `q` come first, then what remains of the array. */
export function quantilesOfLines(array: NDArray, axis: number | null, quantiles: Quantiles): NDArray {
  const flat = axis === null ? ravel(array) : array;
  const along = normalizeAxis(axis ?? 0, flat.ndim);
  if (flat.shape[along] === 0) {
    const rule = methods[quantiles.method];
    const isPicked =
      rule?.weight === undefined || (quantiles.method === "linear" && quantiles.q.dtype.isInteger);
    if (isPicked && !hasNan(flat.dtype)) {
      throw new IndexError("cannot do a non-empty take from an empty axes.");
    }
    const place = hasNan(flat.dtype) ? -1 : 0;
    throw new IndexError(`index ${place} is out of bounds for axis 0 with size 0`);
  }
  const lines = moveaxis(sort(converted(flat, flat.dtype, "C"), along), along, 0);
  const result = ofSortedLines(lines, quantiles);
  return hasNan(array.dtype) ? withNans(writeable(result), lines.at(-1)) : result;
}

/** A result that may be written: one element of a line is a view of it. */
function writeable(result: NDArray): NDArray {
  return result.isScalar || result.base === null ? result : converted(result, result.dtype, "K");
}

/** Quantiles of weighted lines: the first element up to which the share of the weights reaches the quantile. */
function weightedQuantiles(array: NDArray, weights: NDArray, axis: number | null, q: NDArray): NDArray {
  const along = normalizeAxis(axis ?? 0, Math.max(array.ndim, 1));
  const lines = (each: NDArray): NDArray => (axis === null ? ravel(each) : moveaxis(each, along, -1));
  const [values, masses] = [lines(array), lines(weights)];
  const count = values.shape[values.ndim - 1]!;
  const rest = values.shape.slice(0, -1);
  const rows = [values.reshape([-1, count]), masses.reshape([-1, count])] as const;
  const found = Array.from({ length: rows[0].shape[0]! }, (_, row) =>
    weightedLine(rows[0].at(row), rows[1].at(row), q),
  );
  const all = fromValues(
    array.dtype,
    [found.length, q.size],
    found.flatMap((each) => elements(each)),
  );
  return converted(all.T, array.dtype, "C").reshape([...q.shape, ...rest]);
}

function weightedLine(values: NDArray, weights: NDArray, q: NDArray): NDArray {
  const order = argsort(values);
  const sorted = take(values, order);
  if (hasNan(values.dtype) && Number.isNaN(Number(sorted.at(-1).item()))) {
    return where(u.equal(q, q), sorted.at(-1), sorted.at(-1)).reshape(-1);
  }
  const sums = cumsum(take(weights, order), { dtype: float64 });
  const shares = u.divide(sums, sums.at(-1));
  if (Number.isNaN(Number(shares.at(-1).item()))) {
    throw new ValueError("Weights included NaN, inf or were all zero.");
  }
  const typed = q.dtype.isFloatingPoint ? withType(shares, q.dtype) : shares;
  const fixed = where(u.equal(typed, 0), -1, typed);
  const places = u.minimum(searchsorted(fixed, q.reshape(-1)), values.size - 1);
  return take(sorted, places);
}

interface QuantileOptions extends LineOptions {
  readonly overwriteInput: boolean;
  readonly method: QuantileMethod;
  readonly weights: ArrayLike | null;
}

/** Arguments of `quantile`, `percentile` and their like without NaNs. */
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

/** What the four functions of quantiles are given, checked. */
export interface QuantileCall {
  readonly array: NDArray;
  readonly options: QuantileOptions;
  readonly quantiles: Quantiles;
  readonly weights: NDArray | undefined;
}

/** Weights as an array of the shape of `a`, or along its axes. @throws TypeError, ValueError */
export function weightsFor(array: NDArray, weights: ArrayLike, axis: Axes | null): NDArray {
  const given = asArray(weights);
  const isSame = given.ndim === array.ndim && given.shape.every((length, i) => length === array.shape[i]);
  if (isSame) return given;
  if (axis === null) {
    throw new PythonTypeError("Axis must be specified when shapes of a and weights differ.");
  }
  const axes = normalizeAxes(axis, array.ndim);
  const fits = given.ndim === axes.length && axes.every((each, i) => array.shape[each] === given.shape[i]);
  if (!fits) {
    throw new ValueError("Shape of weights must be consistent with shape of a along specified axis.");
  }
  const order = axes.map((_, i) => i).sort((i, j) => axes[i]! - axes[j]!);
  return given
    .transpose(order)
    .reshape(array.shape.map((length, each) => (axes.includes(each) ? length : 1)));
}

/** Binds and checks a call. @param isPercent whether `q` is given from 0 to 100 */
export function quantileCall(
  name: string,
  a: ArrayLike,
  q: ArrayLike,
  args: readonly unknown[],
  isPercent: boolean,
): QuantileCall {
  const names = ["axis", "out", "overwriteInput", "method", "keepdims"] as const;
  const options = bind<QuantileOptions>(name, [...names], args, {
    axis: null,
    out: null,
    overwriteInput: false,
    method: "linear",
    keepdims: false,
    weights: null,
  });
  const array = asArray(a);
  if (array.dtype.isComplex) throw new PythonTypeError("a must be an array of real numbers");
  const isWeak = isPyScalar(q) && (kindOf(q) === "int" || kindOf(q) === "float");
  const wanted = isPercent ? u.divide(asArray(q), 100) : asArray(q);
  if (elements(wanted).some((value) => !(Number(value) >= 0 && Number(value) <= 1))) {
    throw new ValueError(
      isPercent ? "Percentiles must be in the range [0, 100]" : "Quantiles must be in the range [0, 1]",
    );
  }
  if (wanted.ndim > 2) throw new ValueError("q must be a scalar or 1d");
  const { method } = options;
  const quantiles = { q: wanted.dtype === bool ? withType(wanted, float64) : wanted, isWeak, method };
  if (options.weights === null) return { array, options, quantiles, weights: undefined };
  if (method !== "inverted_cdf") {
    throw new ValueError(`Only method 'inverted_cdf' supports weights. Got: ${method}.`);
  }
  const weights = weightsFor(array, options.weights, options.axis);
  if (any(u.less(weights, 0)).item() === true) throw new ValueError("Weights must be non-negative.");
  return { array, options, quantiles, weights: u.add(weights, u.multiply(array, 0)) };
}

function quantilesOf({ array, options, quantiles, weights }: QuantileCall): NDArray {
  return reduceLines(
    array,
    options,
    (lines, axis, masses) =>
      masses === undefined
        ? quantilesOfLines(lines, axis, quantiles)
        : weightedQuantiles(lines, masses, axis, quantiles.q),
    weights,
  );
}

/** The value below which a fraction of the elements lies (`numpy.quantile`). */
export function quantile(a: ArrayLike, q: ArrayLike, ...args: QuantileArguments): NDArray {
  return quantilesOf(quantileCall("quantile", a, q, args, false));
}

/** As `quantile`, with percent (`numpy.percentile`). */
export function percentile(a: ArrayLike, q: ArrayLike, ...args: QuantileArguments): NDArray {
  return quantilesOf(quantileCall("percentile", a, q, args, true));
}
