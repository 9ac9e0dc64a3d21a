// `average`, `cov`, `corrcoef`.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, type DType, float64 } from "../core/dtype.ts";
import { elements, isTruthy } from "../core/elements.ts";
import { PythonTypeError, RuntimeError, ValueError, ZeroDivisionError } from "../core/errors.ts";
import { float } from "../core/python.ts";
import { warn } from "../core/warnings.ts";
import { normalizeAxis } from "./axes.ts";
import { converted } from "./casting.ts";
import { broadcastTo } from "./flips.ts";
import { asArray, asScalar } from "./make.ts";
import { concatenate } from "./manipulation.ts";
import type { NDArray } from "./ndarray.ts";
import { dot } from "./products.ts";
import { resultType } from "./promotion.ts";
import { weightsFor } from "./quantiles.ts";
import { mean, sum } from "./reductions.ts";
import { scalarOf } from "./scalars.ts";
import { type ArrayLike, type Axes, type DTypeLike, optionalDtype } from "./types.ts";
import { clip } from "./ufunc-functions.ts";
import * as u from "./ufuncs.ts";

interface AverageOptions {
  readonly axis: Axes | null;
  readonly weights: ArrayLike | null;
  readonly returned: boolean;
  readonly keepdims: boolean;
}

/** Arguments of `average`. */
export type AverageArguments = Signature<
  [axis: Axes | null, weights: ArrayLike | null],
  Partial<AverageOptions>
>;

/** The mean with weights and the sums of the weights, of the same shape. */
function averages(a: ArrayLike, { axis, weights, keepdims }: AverageOptions): [NDArray, NDArray] {
  const array = asArray(a);
  if (axis !== null) {
    for (const each of typeof axis === "number" ? [axis] : axis) normalizeAxis(each, array.ndim, "axis: ");
  }
  if (weights === null) {
    const result = mean(array, { axis, keepdims });
    const count = array.size / result.size;
    return [result, asScalar(asArray(float(count)).astype(result.dtype))];
  }
  const given = weightsFor(array, weights, axis);
  const isWhole = array.dtype.isInteger || array.dtype === bool;
  const dtype = resultType(array, given, ...(isWhole ? [float64] : []));
  const scale = sum(given, { axis, dtype, keepdims });
  if (elements(scale).some((value) => !isTruthy(value))) {
    throw new ZeroDivisionError("Weights sum to zero, can't be normalized");
  }
  return [u.divide(sum(u.multiply(array, given, { dtype }), { axis, keepdims }), scale), scale];
}

/** The mean with weights (`numpy.average`); with `returned` also the sums of the weights. */
export function average(a: ArrayLike, ...args: AverageArguments): NDArray;
export function average(
  a: ArrayLike,
  options: Partial<AverageOptions> & { readonly returned: true },
): [NDArray, NDArray];
export function average(a: ArrayLike, ...args: readonly unknown[]): NDArray | [NDArray, NDArray] {
  const options = bind<AverageOptions>("average", ["axis", "weights", "returned"], args, {
    axis: null,
    weights: null,
    returned: false,
    keepdims: false,
  });
  const [result, scale] = averages(a, options);
  if (!options.returned) return result;
  const isSame =
    scale.ndim === result.ndim && scale.shape.every((length, axis) => length === result.shape[axis]);
  return [result, isSame ? scale : broadcastTo(scale, [...result.shape]).copy()];
}

interface CovarianceOptions {
  readonly y: ArrayLike | null;
  readonly rowvar: boolean;
  readonly bias: boolean;
  readonly ddof: number | null;
  readonly fweights: ArrayLike | null;
  readonly aweights: ArrayLike | null;
  readonly dtype: DTypeLike | null;
}

const covarianceDefaults: CovarianceOptions = {
  y: null,
  rowvar: true,
  bias: false,
  ddof: null,
  fweights: null,
  aweights: null,
  dtype: null,
};

/** Variables as rows, in one type. */
function variables(m: ArrayLike, options: CovarianceOptions): NDArray {
  const first = asArray(m);
  if (first.ndim > 2) throw new ValueError("m has more than 2 dimensions");
  const second = options.y === null ? undefined : asArray(options.y);
  if (second !== undefined && second.ndim > 2) throw new ValueError("y has more than 2 dimensions");
  const dtype: DType =
    optionalDtype(options.dtype) ?? resultType(first, ...(second === undefined ? [] : [second]), float64);
  const rows = (array: NDArray): NDArray => {
    const matrix = converted(array, dtype);
    return matrix.ndim < 2 ? matrix.reshape([1, array.size]) : matrix;
  };
  const top = !options.rowvar && first.ndim !== 1 ? rows(first).T : rows(first);
  if (second === undefined) return top;
  const bottom = rows(second);
  return concatenate([top, !options.rowvar && bottom.shape[0] !== 1 ? bottom.T : bottom]);
}

function sampleWeights(given: ArrayLike, name: string, count: number): NDArray {
  const weights = converted(asArray(given), float64);
  if (name === "fweights" && elements(weights).some((value) => !Number.isInteger(value))) {
    throw new PythonTypeError("fweights must be integer");
  }
  if (weights.ndim > 1) throw new RuntimeError(`cannot handle multidimensional ${name}`);
  if (weights.shape[0] !== count) throw new RuntimeError(`incompatible numbers of samples and ${name}`);
  if (elements(weights).some((value) => Number(value) < 0)) {
    throw new ValueError(`${name} cannot be negative`);
  }
  return weights;
}

/** The divisor of a covariance. */
function divisor(
  count: number,
  ddof: number,
  weights: NDArray | undefined,
  own: NDArray | undefined,
  total: number,
): number {
  if (weights === undefined) return count - ddof;
  if (ddof === 0) return total;
  if (own === undefined) return total - ddof;
  return total - (ddof * Number(sum(u.multiply(weights, own)).item())) / total;
}

function covariance(m: ArrayLike, options: CovarianceOptions): NDArray {
  if (options.ddof !== null && !Number.isInteger(Number(scalarOf(options.ddof)))) {
    throw new ValueError("ddof must be integer");
  }
  const data = variables(m, options);
  if (data.shape[0] === 0) return converted(data, float64).reshape([-1]).reshape([0, 0]);
  const count = data.shape[1]!;
  const counts = options.fweights === null ? undefined : sampleWeights(options.fweights, "fweights", count);
  const own = options.aweights === null ? undefined : sampleWeights(options.aweights, "aweights", count);
  const weights = counts === undefined || own === undefined ? (counts ?? own) : u.multiply(counts, own);
  const settings = { axis: 1, weights: weights ?? null, returned: true, keepdims: false };
  const [centers, totals] = averages(data, settings);
  const total = Number(scalarOf(elements(totals)[0] as number));
  let factor = divisor(count, options.ddof ?? (options.bias ? 0 : 1), weights, own, total);
  if (factor <= 0) {
    warn("RuntimeWarning", "Degrees of freedom <= 0 for slice");
    factor = 0;
  }
  const centered = u.subtract(data, centers.reshape([-1, 1]), { dtype: data.dtype });
  const weighted = weights === undefined ? centered : u.multiply(centered, weights);
  const products = dot(centered, u.conjugate(weighted.T));
  return u
    .multiply(products, u.divide(float(1), float(factor)), { dtype: products.dtype, casting: "unsafe" })
    .squeeze();
}

/** The covariance of variables in rows (`numpy.cov`). */
export function cov(
  m: ArrayLike,
  ...args: Signature<
    [y: ArrayLike | null, rowvar: boolean, bias: boolean, ddof: number | null],
    Partial<CovarianceOptions>
  >
): NDArray {
  const names = ["y", "rowvar", "bias", "ddof", "fweights", "aweights"] as const;
  const result = covariance(m, bind<CovarianceOptions>("cov", [...names], args, covarianceDefaults));
  return result.ndim === 0 ? result.viewAs(result.layout) : result;
}

/** Pearson's correlation of variables in rows (`numpy.corrcoef`). */
export function corrcoef(
  x: ArrayLike,
  ...args: Signature<
    [y: ArrayLike | null, rowvar: boolean],
    Pick<Partial<CovarianceOptions>, "y" | "rowvar" | "dtype">
  >
): NDArray {
  const { y, rowvar, dtype } = bind<CovarianceOptions>("corrcoef", ["y", "rowvar"], args, {
    y: null,
    rowvar: true,
    dtype: null,
  });
  const result = covariance(x, { ...covarianceDefaults, y, rowvar, dtype });
  if (result.ndim === 0) return u.divide(result, result);
  const deviations = u.sqrt(result.diagonal().real);
  const scaled = u.divide(u.divide(result, deviations.reshape([-1, 1])), deviations);
  clip(scaled.real, -1, 1, { out: scaled.real });
  if (scaled.dtype.isComplex) clip(scaled.imag, -1, 1, { out: scaled.imag });
  return scaled;
}
