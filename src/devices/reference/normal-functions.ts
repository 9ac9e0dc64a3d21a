// The normal distribution's functions of a real number in double precision, and others that rest on the error function:
// the scaled complement, the distribution, its logarithm and its inverse (Abramowitz and Stegun, 7.1 and 26.2).

import { erfc, erfinv, scaledComplement } from "./special-functions.ts";

const rootPi = Math.sqrt(Math.PI);
const logOfTwoPi = Math.log(2 * Math.PI);

/** exp(x^2), where the square's rounding error is put back. */
function rise(x: number): number {
  const high = Math.fround(x);
  return Math.exp(high * high) * Math.exp((x - high) * (x + high));
}

/** exp(x^2) erfc(x). */
export function erfcx(x: number): number {
  if (x < -26.7) return Infinity;
  if (x < 0) return 2 * rise(x) - scaledComplement(-x);
  // Above, the next term of the expansion, 1 / (2 x^2), is less than a rounding error.
  return x > 1e8 ? 1 / (x * rootPi) : scaledComplement(x);
}

/** The probability of less than x under the standard normal distribution. */
export function ndtr(x: number): number {
  if (x >= -1) return 0.5 * erfc(-x * Math.SQRT1_2);
  if (x < -39) return 0;
  // The exponential of x itself: the root of 2 would cost digits of the exponent.
  const high = Math.fround(x);
  const density = Math.exp(-0.5 * high * high) * Math.exp(0.5 * (high - x) * (high + x));
  return 0.5 * scaledComplement(-x * Math.SQRT1_2) * density;
}

/** The logarithm of `ndtr`. */
export function logNdtr(x: number): number {
  if (x < -1) return Math.log(erfcx(-x * Math.SQRT1_2) / 2) - (x * x) / 2;
  return Math.log1p(-ndtr(-x));
}

/** The number with that probability below it: the inverse of `ndtr`. */
export function ndtri(p: number): number {
  if (p === 0) return -Infinity;
  if (p === 1) return Infinity;
  if (!(p > 0 && p < 1)) return NaN;
  if (p > 0.75) return -ndtri(1 - p);
  if (p >= 0.25) return Math.SQRT2 * erfinv(2 * p - 1);
  return lowerQuantile(Math.log(p));
}

/** `ndtri` of a small probability, from its logarithm: the tail's expansion, and Newton's steps on the logarithm. */
function lowerQuantile(logarithm: number): number {
  const first = -2 * logarithm - logOfTwoPi;
  let x = -Math.sqrt(Math.max(first - Math.log(Math.max(first, 1)), 0.3));
  for (let step = 0; step < 12; step++) {
    const slope = Math.sqrt(2 / Math.PI) / erfcx(-x * Math.SQRT1_2);
    const change = (logNdtr(x) - logarithm) / slope;
    x -= change;
    if (Math.abs(change) < 4e-16 * Math.abs(x)) break;
  }
  return x;
}
