// Distributions whose every draw is several numbers: `multinomial`, `dirichlet`, `multivariate_hypergeometric` and
// `multivariate_normal` of numpy.random.

import { float64, int64 } from "../../core/dtype.ts";
import { elements } from "../../core/elements.ts";
import { PythonTypeError, ValueError } from "../../core/errors.ts";
import { product } from "../../core/layout.ts";
import { warn } from "../../core/warnings.ts";
import {
  beta,
  colorCounts,
  colorMarginals,
  multinomial as countOutcomes,
  type Variates,
} from "../../random/index.ts";
import { withType } from "../casting.ts";
import { cholesky, eigh, svd } from "../linalg/index.ts";
import { allocateShape, asArray } from "../make.ts";
import type { NDArray } from "../ndarray.ts";
import { matmul } from "../products.ts";
import { isPyScalar, kindOf } from "../scalars.ts";
import type { ArrayLike } from "../types.ts";
import { allclose } from "../ufunc-functions.ts";
import { absolute, add, multiply, sqrt } from "../ufuncs.ts";
import { checkValue, nonNegative, positive, probability, resultShape, stretched } from "./parameters.ts";
import { elementsOf, type Size, shapeOfSize, WideWriter } from "./sizes.ts";

/** @throws ValueError for probabilities that are none, or whose sum before the last is above 1 */
function checkLikely(rows: NDArray): void {
  const count = rows.shape.at(-1)!;
  const values = elements(withType(rows, float64)) as number[];
  for (const value of values) checkValue(value, { name: "pvals", check: probability }, true);
  for (let start = 0; start < values.length; start += count) {
    let sum = 0;
    for (let i = start; i < start + count - 1; i++) sum += values[i]!;
    if (sum <= 1 + 1e-12) continue;
    const isWide = rows.dtype === float64;
    throw new ValueError(
      isWide
        ? "sum(pvals[:-1]) > 1.0"
        : "sum(pvals[:-1].astype(np.float64)) > 1.0. The pvals array is cast to 64-bit floating point prior to " +
            "checking the sum. Precision changes when casting may cause problems even if the sum of the original " +
            "pvals is valid.",
    );
  }
}

/**
 * How often each outcome comes among `n` trials, a row of counts for each place of n, the probabilities and the size.
 * @param isLegacy true iff n is a number and the probabilities one row, as RandomState has it
 * @throws ValueError, TypeError
 */
export function multinomial(
  variates: Variates,
  n: ArrayLike,
  pvals: ArrayLike,
  size: Size,
  isLegacy: boolean,
): NDArray {
  const rows = asArray(pvals);
  if (isLegacy && rows.ndim !== 1) throw new PythonTypeError("pvals must be a 1-d sequence");
  const count = rows.shape.at(-1) ?? 0;
  if (count === 0) {
    throw new ValueError(
      "pvals must have at least 1 dimension and the last dimension of pvals must be greater than 0.",
    );
  }
  checkLikely(rows);
  const trials = asArray(n);
  for (const value of stretched(trials, trials.shape))
    checkValue(Math.trunc(value), { name: "n", check: nonNegative }, false);
  const shape = resultShape(size, [trials.shape, rows.shape.slice(0, -1)]);
  const result = allocateShape(int64, [...shape, count]);
  const writer = new WideWriter(result);
  const totals = stretched(trials, shape);
  const likely = stretched(rows, [...shape, count]);
  totals.forEach((total, i) => {
    const counts = new Array<number>(count).fill(0);
    countOutcomes(variates, Math.trunc(total), likely.slice(i * count, (i + 1) * count), counts);
    counts.forEach((value, k) => {
      writer.write(i * count + k, value);
    });
  });
  return result;
}

/** Below this, parts of the Dirichlet distribution are broken off one after the other. */
const SMALL_ALPHA = 0.1;

/**
 * Parts of 1 (`dirichlet`): gamma numbers divided by their sum; where all are small, pieces broken off what is left.
 * @throws ValueError, TypeError
 */
export function dirichlet(variates: Variates, alpha: ArrayLike, size: Size, isLegacy: boolean): NDArray {
  if (isPyScalar(alpha)) throw new PythonTypeError(`object of type '${kindOf(alpha)}' has no len()`);
  const given = asArray(alpha);
  if (given.ndim > 1) {
    throw new ValueError(
      "setting an array element with a sequence. The requested array would exceed the maximum number of dimension of 1.",
    );
  }
  const alphas = elements(withType(given, float64)) as number[];
  const check = isLegacy
    ? positive
    : (value: number, name: string) => (value < 0 ? `${name} < 0` : undefined);
  for (const value of alphas) checkValue(value, { name: "alpha", check }, true);
  const shape = size === null ? [] : shapeOfSize(size);
  const count = alphas.length;
  const result = allocateShape(float64, [...shape, count]);
  const data = elementsOf(result) as Float64Array;
  const isSmall = !isLegacy && count > 0 && Math.max(...alphas) < SMALL_ALPHA;
  const draw = isSmall ? brokenParts : gammaParts;
  for (let row = 0; row < product(shape); row++)
    draw(variates, alphas, data.subarray(row * count, (row + 1) * count));
  return result;
}

function gammaParts(variates: Variates, alphas: readonly number[], parts: Float64Array): void {
  let sum = 0;
  alphas.forEach((alpha, i) => {
    parts[i] = variates.gamma(alpha);
    sum += parts[i]!;
  });
  const factor = 1 / sum;
  for (let i = 0; i < parts.length; i++) parts[i]! *= factor;
}

function brokenParts(variates: Variates, alphas: readonly number[], parts: Float64Array): void {
  const rests = new Float64Array(alphas.length + 1);
  for (let i = alphas.length - 1; i >= 0; i--) rests[i] = rests[i + 1]! + alphas[i]!;
  const last = alphas.length - 1;
  let left = 1;
  if (rests[0] === 0) return;
  for (let i = 0; i < last; i++) {
    const share = beta(variates, alphas[i]!, rests[i + 1]!);
    parts[i] = left * share;
    left *= 1 - share;
    if (rests[i + 1] === 0) break;
  }
  parts[last] = left;
}

/** How colors are counted: one color after the other, or item by item. */
export type ColorMethod = "marginals" | "count";

/**
 * How many items of each color are in samples without replacement (`Generator.multivariate_hypergeometric`).
 * @throws ValueError
 */
export function multivariateHypergeometric(
  variates: Variates,
  colors: ArrayLike,
  sample: number,
  size: Size,
  method: ColorMethod,
): NDArray {
  if (method !== "count" && method !== "marginals")
    throw new ValueError('method must be "count" or "marginals".');
  const given = asArray(colors);
  const counts = elements(withType(given, float64)) as number[];
  if (given.ndim !== 1 || !given.dtype.isInteger || counts.some((count) => count < 0)) {
    throw new ValueError(
      "colors must be a one-dimensional sequence of nonnegative integers not exceeding 9223372036854775807.",
    );
  }
  if (sample < 0) throw new ValueError("nsample must be nonnegative.");
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (sample > total) throw new ValueError("nsample > sum(colors)");
  const shape = size === null ? [] : shapeOfSize(size);
  const result = allocateShape(int64, [...shape, counts.length]);
  const writer = new WideWriter(result);
  const items = method === "count" ? counts.flatMap((count, i) => new Array<number>(count).fill(i)) : [];
  for (let row = 0; row < product(shape); row++) {
    const drawn = new Array<number>(counts.length).fill(0);
    if (method === "count") colorCounts(variates, counts, sample, items, drawn);
    else if (sample > 0) colorMarginals(variates, counts, sample, drawn);
    drawn.forEach((value, i) => {
      writer.write(row * counts.length + i, value);
    });
  }
  return result;
}

/** How a covariance is taken apart. */
export type Factorization = "svd" | "eigh" | "cholesky";

/** Arguments of `multivariate_normal` behind the covariance. */
export interface NormalOptions {
  readonly size: Size;
  readonly checkValid: "warn" | "raise" | "ignore";
  readonly tol: number;
  readonly method: Factorization;
}

/** What stands in the columns: a factor of the covariance, and whether that is one. */
interface Factor {
  readonly factor: NDArray;
  readonly isValid: boolean;
}

const factorizations: Readonly<Record<Factorization, (cov: NDArray, tol: number) => Factor>> = {
  svd: (cov, tol) => {
    const { U, S, Vh } = svd(cov);
    const again = matmul(multiply(Vh.T, S), Vh);
    return { factor: multiply(U, sqrt(S)), isValid: allclose(again, cov, { rtol: tol, atol: tol }) };
  },
  eigh: (cov, tol) => {
    const { eigenvalues, eigenvectors } = eigh(cov);
    const least = Math.min(...(elements(eigenvalues) as number[]));
    return { factor: multiply(eigenvectors, sqrt(absolute(eigenvalues))), isValid: !(least < -tol) };
  },
  cholesky: (cov) => ({ factor: cholesky(cov), isValid: true }),
};

/**
 * Normal vectors of a mean and a covariance. Axes of the decomposition have no sign of their own: where it is another
 * one than NumPy's library gives, so are the vectors.
 * @param isLegacy true iff by the other half of the singular value decomposition, as RandomState has it
 * @throws ValueError, LinAlgError
 */
export function multivariateNormal(
  variates: Variates,
  mean: ArrayLike,
  cov: ArrayLike,
  { size, checkValid, tol, method }: NormalOptions,
  isLegacy: boolean,
): NDArray {
  if (!Object.hasOwn(factorizations, method))
    throw new ValueError("method must be one of {'eigh', 'svd', 'cholesky'}");
  const center = asArray(mean);
  const spread = withType(asArray(cov), float64);
  const shape = size === null ? [] : shapeOfSize(size);
  if (center.ndim !== 1) throw new ValueError("mean must be 1 dimensional");
  if (spread.ndim !== 2 || spread.shape[0] !== spread.shape[1])
    throw new ValueError("cov must be 2 dimensional and square");
  const count = center.shape[0]!;
  if (count !== spread.shape[0]) throw new ValueError("mean and cov must have same length");
  if (!["warn", "raise", "ignore"].includes(checkValid))
    throw new ValueError("check_valid must equal 'warn', 'raise', or 'ignore'");
  const normals = allocateShape(float64, [product(shape), count]);
  const data = elementsOf(normals) as Float64Array;
  for (let i = 0; i < data.length; i++) data[i] = variates.normal();
  const { factor, isValid } = factorizations[method](spread, tol);
  if (!isValid && checkValid !== "ignore") {
    const text = "covariance is not symmetric positive-semidefinite.";
    if (checkValid === "raise") throw new ValueError(text);
    warn("RuntimeWarning", text);
  }
  const transposed = isLegacy ? legacyFactor(spread) : factor.T;
  return add(center, matmul(normals, transposed)).reshape([...shape, count]);
}

function legacyFactor(cov: NDArray): NDArray {
  const { S, Vh } = svd(cov);
  return multiply(sqrt(S).reshape(-1, 1), Vh);
}
