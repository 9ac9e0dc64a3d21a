// Modified Bessel functions of the first kind, of order 0 and 1, of a real number in double precision. The form is that of
// Clenshaw (1962) and Cephes: a Chebyshev series of exp(-x) I(x) up to 8 and one of exp(-x) sqrt(x) I(x) in 1/x above. The
// coefficients were computed at 50 digits.

import { besselOneFar, besselOneNear, besselZeroFar, besselZeroNear } from "../../ops/coefficients.ts";

/** The sum of a Chebyshev series whose first coefficient counts once. */
export function chebyshev(coefficients: readonly number[], t: number): number {
  let next = 0;
  let after = 0;
  for (let k = coefficients.length - 1; k > 0; k--) {
    const value = 2 * t * next - after + coefficients[k]!;
    after = next;
    next = value;
  }
  return t * next - after + coefficients[0]!;
}

/** exp(-|x|) I0(x). */
export function besselI0Scaled(x: number): number {
  const size = Math.abs(x);
  if (size <= 8) return chebyshev(besselZeroNear, size / 4 - 1);
  return chebyshev(besselZeroFar, 16 / size - 1) / Math.sqrt(size);
}

/** The modified Bessel function of order 0. */
export function besselI0(x: number): number {
  return unscaled(Math.abs(x), besselI0Scaled(x));
}

/** exp(-|x|) I1(x). */
export function besselI1Scaled(x: number): number {
  const size = Math.abs(x);
  if (size <= 8) return chebyshev(besselOneNear, size / 4 - 1) * x;
  return Math.sign(x) * (chebyshev(besselOneFar, 16 / size - 1) / Math.sqrt(size));
}

/** The modified Bessel function of order 1. */
export function besselI1(x: number): number {
  return unscaled(Math.abs(x), besselI1Scaled(x));
}

/** A value times exp(size), in two steps so that only the product may overflow; NaN at infinity, as in Cephes. */
function unscaled(size: number, value: number): number {
  const half = Math.exp(size / 2);
  return size < 700 ? value * Math.exp(size) : value * half * half;
}
