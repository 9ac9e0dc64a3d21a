// Polynomials from data, and their zeros: `polyfit`, `roots`.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, float64 } from "../core/dtype.ts";
import { elements, isTruthy } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { float } from "../core/python.ts";
import { warn } from "../core/warnings.ts";
import { zeros } from "./creation.ts";
import { atleast1d } from "./flips.ts";
import { finfo } from "./limits.ts";
import { eigvals, inv, lstsq } from "./linalg/index.ts";
import { asArray } from "./make.ts";
import { concatenate } from "./manipulation.ts";
import type { NDArray } from "./ndarray.ts";
import { dot, outer } from "./products.ts";
import { vander } from "./ranges.ts";
import { sum } from "./reductions.ts";
import type { ArrayLike } from "./types.ts";
import { add, divide, multiply, negative, sqrt } from "./ufuncs.ts";

/** The zeros of a polynomial: eigenvalues of its companion matrix (`numpy.roots`). @throws ValueError */
export function roots(p: ArrayLike): NDArray {
  const given = atleast1d(p);
  if (given.ndim !== 1) throw new ValueError("Input must be a rank-1 array.");
  const flags = elements(given).map(isTruthy);
  const [first, last] = [flags.indexOf(true), flags.lastIndexOf(true)];
  if (first < 0) return zeros([0]);
  const kept = given.at(`${first}:${last + 1}`);
  const isWhole = kept.dtype.isInteger || kept.dtype === bool;
  const coefficients = isWhole ? kept.astype(float64) : kept;
  const count = coefficients.size;
  let found = zeros([0]);
  if (count > 1) {
    const companion = zeros([count - 1, count - 1], { dtype: coefficients.dtype });
    for (let i = 1; i < count - 1; i++) companion.set([i, i - 1], 1);
    companion.set([0], divide(negative(coefficients.at("1:")), coefficients.at(0)));
    found = eigvals(companion);
  }
  return concatenate([found, zeros([given.size - 1 - last], { dtype: found.dtype })]);
}

interface FitOptions {
  readonly rcond: number | null;
  readonly full: boolean;
  readonly w: ArrayLike | null;
  readonly cov: boolean | "unscaled";
}

interface Samples {
  readonly x: NDArray;
  readonly y: NDArray;
  readonly w: NDArray | undefined;
}

/** @throws TypeError, ValueError where the samples do not go together */
function samplesOf(xGiven: ArrayLike, yGiven: ArrayLike, deg: number, weights: ArrayLike | null): Samples {
  const [x, y] = [add(asArray(xGiven), float(0)), add(asArray(yGiven), float(0))];
  if (deg < 0) throw new ValueError("expected deg >= 0");
  if (x.ndim !== 1) throw new PythonTypeError("expected 1D vector for x");
  if (x.size === 0) throw new PythonTypeError("expected non-empty vector for x");
  if (y.ndim < 1 || y.ndim > 2) throw new PythonTypeError("expected 1D or 2D array for y");
  if (x.shape[0] !== y.shape[0]) throw new PythonTypeError("expected x and y to have same length");
  if (weights === null) return { x, y, w: undefined };
  const w = add(asArray(weights), float(0));
  if (w.ndim !== 1) throw new PythonTypeError("expected a 1-d array for weights");
  if (w.shape[0] !== y.shape[0]) throw new PythonTypeError("expected w and y to have the same length");
  return { x, y, w };
}

/** Coefficients, and with `full` or `cov` what the fit says of itself. */
export type Fit = NDArray | readonly (NDArray | number)[];

/**
 * The polynomial of a degree that lies nearest to the samples (`numpy.polyfit`), the highest power first.
 * @throws TypeError, ValueError
 */
export function polyfit(x: ArrayLike, y: ArrayLike, deg: number): NDArray;
export function polyfit(
  x: ArrayLike,
  y: ArrayLike,
  deg: number,
  ...args: Signature<
    [rcond: number | null, full: boolean, w: ArrayLike | null, cov: boolean | "unscaled"],
    Partial<FitOptions>
  >
): Fit;
export function polyfit(x: ArrayLike, y: ArrayLike, deg: number, ...args: readonly unknown[]): Fit {
  const options = bind<FitOptions>("polyfit", ["rcond", "full", "w", "cov"], args, {
    rcond: null,
    full: false,
    w: null,
    cov: false,
  });
  const samples = samplesOf(x, y, deg, options.w);
  const { w } = samples;
  const rcond = options.rcond ?? samples.x.size * Number(finfo(samples.x.dtype).eps);
  const weighted = (array: NDArray): NDArray =>
    w === undefined ? array : multiply(array, array.ndim === 2 ? w.reshape([-1, 1]) : w);
  const rows = weighted(vander(samples.x, deg + 1));
  const scale = sqrt(sum(multiply(rows, rows), { axis: 0 }));
  const scaled = divide(rows, scale);
  const [solution, residuals, rank, singular] = Object.values(lstsq(scaled, weighted(samples.y), rcond)) as [
    NDArray,
    NDArray,
    NDArray | number,
    NDArray,
  ];
  const coefficients = divide(solution.T, scale).T;
  if (Number(asArray(rank).item()) !== deg + 1 && !options.full) {
    warn("RankWarning", "Polyfit may be poorly conditioned");
  }
  if (options.full) return [coefficients, residuals, rank, singular, rcond];
  if (options.cov === false) return coefficients;
  const base = divide(inv(dot(scaled.T, scaled)), outer(scale, scale));
  if (options.cov !== "unscaled" && samples.x.size <= deg + 1) {
    throw new ValueError("the number of data points must exceed order to scale the covariance matrix");
  }
  const factor = options.cov === "unscaled" ? asArray(1) : divide(residuals, samples.x.size - deg - 1);
  const spread = samples.y.ndim === 1 ? base : base.reshape([...base.shape, 1]);
  return [coefficients, multiply(spread, factor)];
}
