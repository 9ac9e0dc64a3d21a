// Statistics: medians and percentiles, averages with weights, covariance, and sums that leave NaN out.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, float64, int64 } from "../core/dtype.ts";
import { elements } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { float, type PyFloat } from "../core/python.ts";
import { normalizeAxis } from "./axes.ts";
import { asArray, scalarIfZeroD } from "./make.ts";
import { concatenate } from "./manipulation.ts";
import type { NDArray } from "./ndarray.ts";
import { dot } from "./products.ts";
import { promoteTypes, resultType } from "./promotion.ts";
import { type ReduceOptions, reducedAxes } from "./reduce.ts";
import { mean, type SumArguments, sum } from "./reductions.ts";
import { sort } from "./sorting.ts";
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
