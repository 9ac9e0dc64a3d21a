// The discrete distributions of numpy.random but for the binomial and hypergeometric ones, as NumPy draws them
// (numpy/random/src/distributions and src/legacy, NumPy 2.4). Numbers above 2^53 are the nearest float64.

import { LARGE_MEAN, largePoisson } from "../transformed-rejection.ts";
import type { Variates } from "./variates.ts";

const LARGEST = 2 ** 63;

const stirling: readonly number[] = [
  8.333333333333333e-2, -2.777777777777778e-3, 7.936507936507937e-4, -5.952380952380952e-4,
  8.417508417508418e-4, -1.917526917526918e-3, 6.41025641025641e-3, -2.955065359477124e-2,
  1.796443723688307e-1, -1.3924322169059,
];
const LOG_TWO_PI = 1.8378770664093453;

/** The logarithm of the gamma function (Zhang and Jin, Computation of Special Functions, 1996). */
export function logGamma(x: number): number {
  if (x === 1 || x === 2) return 0;
  const shift = x < 7 ? Math.trunc(7 - x) : 0;
  let at = x + shift;
  const inverse = (1 / at) * (1 / at);
  let sum = stirling[9]!;
  for (let i = 8; i >= 0; i--) sum = sum * inverse + stirling[i]!;
  let result = sum / at + 0.5 * LOG_TWO_PI + (at - 0.5) * Math.log(at) - at;
  for (let i = 0; i < shift; i++) {
    at -= 1;
    result -= Math.log(at);
  }
  return result;
}

/** A number of the Poisson distribution: by products of uniforms below 10, else by Hörmann's transformed rejection. */
export function poisson(variates: Variates, lam: number): number {
  if (lam >= LARGE_MEAN) return largePoisson(lam, () => variates.uniform(), logFactorial);
  if (lam === 0) return 0;
  const end = Math.exp(-lam);
  let product = 1;
  for (let count = 0; ; count++) {
    product *= variates.uniform();
    if (!(product > end)) return count;
  }
}

const logFactorial = (k: number): number => logGamma(k + 1);

/** A number of the negative binomial distribution: a Poisson number of a gamma number. */
export function negativeBinomial(variates: Variates, n: number, p: number): number {
  return poisson(variates, ((1 - p) / p) * variates.gamma(n));
}

/** From this probability on, geometric numbers are counted up. */
const LIKELY = 1 / 3;

/** A number of the geometric distribution as Generator draws it. */
export function geometric(variates: Variates, p: number): number {
  if (p >= LIKELY) return searchedGeometric(variates, p);
  const value = Math.ceil(-variates.exponential() / Math.log1p(-p));
  return Math.min(value, LARGEST);
}

/** The same as RandomState draws it. */
export function legacyGeometric(variates: Variates, p: number): number {
  if (p >= LIKELY) return searchedGeometric(variates, p);
  return Math.ceil(Math.log(1 - variates.uniform()) / Math.log(1 - p));
}

function searchedGeometric(variates: Variates, p: number): number {
  const u = variates.uniform();
  let sum = p;
  let product = p;
  let count = 1;
  while (u > sum) {
    product *= 1 - p;
    sum += product;
    count++;
  }
  return count;
}

/** A number of the Zipf distribution as Generator draws it. */
export function zipf(variates: Variates, a: number): number {
  if (a >= 1025) return 1;
  const least = LARGEST ** -(a - 1);
  return rejectedZipf(variates, a, (u) => u * least + (1 - u));
}

/** The same as RandomState draws it. */
export function legacyZipf(variates: Variates, a: number): number {
  return rejectedZipf(variates, a, (u) => 1 - u);
}

function rejectedZipf(variates: Variates, a: number, point: (u: number) => number): number {
  const power = a - 1;
  const b = 2 ** power;
  for (;;) {
    const u = point(variates.uniform());
    const v = variates.uniform();
    const x = Math.floor(u ** (-1 / power));
    if (x > LARGEST || x < 1) continue;
    const t = (1 + 1 / x) ** power;
    if ((v * x * (t - 1)) / (b - 1) <= t / b) return x;
  }
}

/** A number of the logarithmic series distribution as Generator draws it. */
export function logseries(variates: Variates, p: number): number {
  return seriesNumber(variates, p, Math.log1p(-p), (x) => -Math.expm1(x));
}

/** The same as RandomState draws it. */
export function legacyLogseries(variates: Variates, p: number): number {
  return seriesNumber(variates, p, Math.log(1 - p), (x) => 1 - Math.exp(x));
}

function seriesNumber(variates: Variates, p: number, r: number, below: (x: number) => number): number {
  for (;;) {
    const v = variates.uniform();
    if (v >= p) return 1;
    const q = below(r * variates.uniform());
    if (v > q * q) return v >= q ? 1 : 2;
    const result = Math.floor(1 + Math.log(v) / Math.log(q));
    if (result >= 1 && v !== 0) return result;
  }
}
