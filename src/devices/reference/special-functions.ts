// Special functions of a real number in double precision: the error function, its complement and inverse, the gamma
// function's logarithm and the derivatives of that. Sources: Abramowitz and Stegun, chapters 5 to 7 and 23; the form of
// the complement's expansion is Shepherd and Laframboise's (1981), its coefficients were computed at 50 digits.

import {
  complementSeries,
  digammaSeries,
  eulerMaclaurin,
  stirlingSeries,
  zetaTails,
} from "../../ops/coefficients.ts";
import { chebyshev } from "./bessel-functions.ts";

/** exp(x^2) erfc(x) for x >= 0. */
export function scaledComplement(x: number): number {
  const t = (x - 3.75) / (x + 3.75);
  return chebyshev(complementSeries, t) / (1 + 2 * x);
}

/** exp(-x^2): the square's rounding error, which the exponential would magnify, is put back. */
function bell(x: number): number {
  const high = Math.fround(x);
  return Math.exp(-high * high) * Math.exp((high - x) * (high + x));
}

/** The error function. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (!(size >= 1)) {
    // The power series; NaN comes out as NaN.
    const squared = x * x;
    let term = x;
    let total = x;
    for (let n = 1; n < 26; n++) {
      term *= -squared / n;
      const part = term / (2 * n + 1);
      total += part;
      if (Math.abs(part) < 1e-18 * Math.abs(total)) break;
    }
    return total * (2 / Math.sqrt(Math.PI));
  }
  if (size > 6) return Math.sign(x);
  return Math.sign(x) * (1 - scaledComplement(size) * bell(size));
}

/** 1 - erf(x), exact for large x. */
export function erfc(x: number): number {
  if (x < 0.5) return 1 - erf(x);
  if (x > 27.3) return 0;
  return scaledComplement(x) * bell(x);
}

/** The inverse of the error function: a closed approximation, and Halley's steps from there. */
export function erfinv(y: number): number {
  if (y === 0 || Number.isNaN(y)) return y;
  const size = Math.abs(y);
  if (size > 1) return NaN;
  if (size === 1) return y * Infinity;
  const logarithm = Math.log1p(-size) + Math.log1p(size);
  const middle = 2 / (Math.PI * 0.147) + logarithm / 2;
  let x = Math.sqrt(Math.sqrt(middle * middle - logarithm / 0.147) - middle);
  for (let step = 0; step < 4; step++) {
    const error = size < 0.5 ? erf(x) - size : 1 - size - erfc(x);
    const quotient = error / ((2 / Math.sqrt(Math.PI)) * bell(x));
    const change = quotient / (1 + x * quotient);
    x -= change;
    if (Math.abs(change) < 1e-16 * x) break;
  }
  return Math.sign(y) * x;
}

const eulerGamma = 0.5772156649015329;

/** lgamma(2 + z) for |z| <= 1/2 (A&S 6.1.33). */
function lgammaNearTwo(z: number): number {
  let total = 0;
  for (let k = zetaTails.length + 1; k >= 2; k--) total = total * -z + zetaTails[k - 2]! / k;
  return z * (1 - eulerGamma) + z * z * total;
}

/** The logarithm of |gamma(x)|; infinity at 0 and the negative integers. */
export function lgamma(x: number): number {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? x : Infinity;
  if (x <= 0 && Number.isInteger(x)) return Infinity;
  if (x < 0.5) {
    if (Math.abs(x) < 1e-20) return -Math.log(Math.abs(x));
    return Math.log(Math.PI / Math.abs(sinPi(x))) - lgamma(1 - x);
  }
  if (x < 1.5) return lgammaOnePlus(x - 1);
  if (x <= 2.5) return lgammaNearTwo(x - 2);
  let shifted = x;
  let factor = 1;
  while (shifted < 10) {
    factor *= shifted;
    shifted += 1;
  }
  const inverse = 1 / shifted;
  const squared = inverse * inverse;
  let series = 0;
  for (let j = stirlingSeries.length - 1; j >= 0; j--) series = series * squared + stirlingSeries[j]!;
  const leading = (shifted - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI);
  return leading + series * inverse - Math.log(factor);
}

/** lgamma(1 + a), exact near 0. */
export function lgammaOnePlus(a: number): number {
  return Math.abs(a) <= 0.5 ? lgammaNearTwo(a) - Math.log1p(a) : lgamma(1 + a);
}

/** sin(pi x), exact at the integers. */
export function sinPi(x: number): number {
  const rest = x - 2 * Math.round(x / 2);
  if (rest > 0.5) return Math.sin(Math.PI * (1 - rest));
  if (rest < -0.5) return -Math.sin(Math.PI * (1 + rest));
  return Math.sin(Math.PI * rest);
}

/** The derivative of lgamma: minus infinity at 0 (infinity at -0), NaN at the negative integers. */
export function digamma(x: number): number {
  if (x === 0) return Object.is(x, -0) ? Infinity : -Infinity;
  if (x === -Infinity || (x < 0 && Number.isInteger(x))) return NaN;
  if (x === Infinity) return x;
  if (x < 0) {
    const rest = x - Math.trunc(x);
    return digamma(1 - x) - Math.PI / Math.tan(Math.PI * rest);
  }
  let shifted = x;
  let total = 0;
  while (shifted < 10) {
    total -= 1 / shifted;
    shifted += 1;
  }
  const squared = 1 / (shifted * shifted);
  let series = 0;
  for (let j = digammaSeries.length - 1; j >= 0; j--) series = series * squared + digammaSeries[j]!;
  return total + Math.log(shifted) - 0.5 / shifted - series * squared;
}

/**
 * Hurwitz's zeta function: the sum of (q + n)^-s over n = 0, 1, ... for s > 1. Infinity at its poles, NaN where it is not
 * defined: for s below 1, and for a fractional s and a negative q.
 */
export function zeta(s: number, q: number): number {
  if (s <= 1) return s === 1 ? Infinity : NaN;
  if (q <= 0 && (Number.isInteger(q) || q === -Infinity)) return Infinity;
  // At q = infinity Cephes, and PyTorch with it, has no value.
  if (
    Number.isNaN(s) ||
    Number.isNaN(q) ||
    q === Infinity ||
    (q < 0 && !Number.isInteger(s) && s !== Infinity)
  )
    return NaN;
  if (s === Infinity) return q > 1 ? NaN : Math.abs(q) ** -s;
  if (q < -12) return zetaBelow(s, q);
  let total = 0;
  let at = q;
  // The series needs a base above s; where s is large the terms before are all that counts.
  while (at < 12 + s) {
    const term = at ** -s;
    total += term;
    if (at > 0 && term < 1e-18 * Math.abs(total)) return total;
    at += 1;
  }
  total += at ** (1 - s) / (s - 1) + 0.5 * at ** -s;
  let rising = s;
  let scale = at ** (-s - 1);
  for (let j = 0; j < eulerMaclaurin.length && scale !== 0; j++) {
    total += eulerMaclaurin[j]! * rising * scale;
    rising *= (s + 2 * j + 1) * (s + 2 * j + 2);
    scale /= at * at;
  }
  return total;
}

/** `zeta` of a whole s far below 0: the terms of negative base are the difference of two sums over positive ones. */
function zetaBelow(s: number, q: number): number {
  const nearest = -q - Math.floor(-q);
  const negative = zeta(s, nearest) - zeta(s, 1 - q);
  return zeta(s, 1 - nearest) + (s % 2 === 0 ? negative : -negative);
}

/** The derivative of that order of digamma. */
export function polygamma(order: number, x: number): number {
  if (order === 0) return digamma(x);
  let factorial = 1;
  for (let k = 2; k <= order; k++) factorial *= k;
  return (order % 2 === 0 ? -1 : 1) * factorial * zeta(order + 1, x);
}
