// Special functions of a real number in double precision: the error function, its complement and inverse, the gamma
// function's logarithm and the derivatives of that. Sources: Abramowitz and Stegun, chapters 5 to 7 and 23; the form of
// the complement's expansion is Shepherd and Laframboise's (1981), its coefficients were computed at 50 digits.

import { chebyshev } from "./bessel-functions.ts";

/** Chebyshev coefficients of (1 + 2x) exp(x^2) erfc(x) over t = (x - 3.75) / (x + 3.75). */
const complement: readonly number[] = [
  1.1775789345674017, -0.004590054580646478, -0.08424913336651792, 0.05920993999819189, -0.026658668435305753,
  0.009074997670705265, -0.002413163540417608, 0.0004907758365258086, -6.916973302501207e-5,
  4.13902798607301e-6, 7.74038306619849e-7, -2.1886401049234397e-7, 1.076499946567091e-8,
  4.521959811218287e-9, -7.754400208831351e-10, -6.318088340886684e-11, 2.86879501093067e-11,
  1.9455868545777347e-13, -9.65469674843344e-13, 3.25254814814874e-14, 3.3478119482868056e-14,
  -1.864562880419313e-15, -1.2507950530688648e-15, 7.418235256624044e-17, 5.068148904796111e-17,
  -2.2370566594359995e-18, -2.187342944303018e-18,
];

/** exp(x^2) erfc(x) for x >= 0. */
export function scaledComplement(x: number): number {
  const t = (x - 3.75) / (x + 3.75);
  return chebyshev(complement, t) / (1 + 2 * x);
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

/** zeta(k) - 1 for k = 2, 3, ... */
const zetaTails: readonly number[] = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
  0.008349277381922827, 0.00407735619794434, 0.0020083928260822143, 0.0009945751278180853,
  0.0004941886041194645, 0.0002460865533080483, 0.00012271334757848915, 6.124813505870483e-5,
  3.058823630702049e-5, 1.528225940865187e-5, 7.637197637899763e-6, 3.81729326499984e-6, 1.908212716553939e-6,
  9.539620338727962e-7, 4.769329867878064e-7, 2.38450502727733e-7, 1.1921992596531106e-7,
  5.960818905125948e-8, 2.980350351465228e-8, 1.4901554828365043e-8, 7.45071178983543e-9,
  3.725334024788457e-9, 1.862659723513049e-9,
];

/** lgamma(2 + z) for |z| <= 1/2 (A&S 6.1.33). */
function lgammaNearTwo(z: number): number {
  let total = 0;
  for (let k = zetaTails.length + 1; k >= 2; k--) total = total * -z + zetaTails[k - 2]! / k;
  return z * (1 - eulerGamma) + z * z * total;
}

/** B(2j) / (2j (2j - 1)): Stirling's series. */
const stirling: readonly number[] = [
  0.08333333333333333, -0.002777777777777778, 0.0007936507936507937, -0.0005952380952380953,
  0.0008417508417508417, -0.0019175269175269176, 0.00641025641025641, -0.029550653594771242,
];

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
  for (let j = stirling.length - 1; j >= 0; j--) series = series * squared + stirling[j]!;
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

/** B(2j) / 2j: the series of digamma. */
const digammaSeries: readonly number[] = [
  0.08333333333333333, -0.008333333333333333, 0.003968253968253968, -0.004166666666666667,
  0.007575757575757576, -0.021092796092796094, 0.08333333333333333, -0.4432598039215686,
];

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

/** B(2j) / (2j)!: Euler and Maclaurin's series. */
const eulerMaclaurin: readonly number[] = [
  0.08333333333333333, -0.001388888888888889, 3.306878306878307e-5, -8.267195767195768e-7,
  2.08767569878681e-8, -5.284190138687493e-10, 1.3382536530684679e-11, -3.3896802963225827e-13,
  8.586062056277845e-15, -2.174868698558062e-16, 5.5090028283602295e-18, -1.3954464685812522e-19,
];

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
