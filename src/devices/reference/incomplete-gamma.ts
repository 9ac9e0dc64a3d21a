// The regularised incomplete gamma functions P and Q in double precision: the power series below the transition at
// x = a, Legendre's continued fraction above, and Temme's uniform expansion (1979; DLMF 8.12) at the transition of a large a.
// The expansion's coefficients were computed at 60 digits.

import { uniformGamma } from "../../ops/coefficients.ts";
import { erfc, lgamma, lgammaOnePlus } from "./special-functions.ts";

/** The least a for which the uniform expansion is used, and its reach: |x - a| below so many roots of a. */
const largeShape = 2000;
const reach = 4.5;

/** log(x / a) - t for t = x / a - 1, without cancellation. */
function logarithmRest(a: number, x: number): number {
  const t = (x - a) / a;
  if (Math.abs(t) > 0.5) return Math.log(x / a) - t;
  let power = -t * t;
  let total = power / 2;
  for (let n = 3; n < 80; n++) {
    power *= -t;
    const term = power / n;
    total += term;
    if (Math.abs(term) < 1e-17 * Math.abs(total)) break;
  }
  return total;
}

/** What Stirling's formula leaves of log(gamma(a)), for a >= 10. */
function stirlingRest(a: number): number {
  const squared = 1 / (a * a);
  return (
    (1 / 12 +
      squared *
        (-1 / 360 +
          squared * (1 / 1260 + squared * (-1 / 1680 + squared * (1 / 1188 - squared * (691 / 360360)))))) /
    a
  );
}

/** x^a exp(-x) / gamma(a). */
function density(a: number, x: number): number {
  if (a < 10) return Math.exp(a * Math.log(x) - x - lgamma(a));
  const exponent = a * logarithmRest(a, x) - stirlingRest(a);
  return Math.sqrt(a / (2 * Math.PI)) * Math.exp(exponent);
}

/** P by its power series. */
function lowerSeries(a: number, x: number): number {
  const factor = density(a, x) / a;
  if (factor === 0) return 0;
  let term = 1;
  let total = 1;
  for (let n = 1; n < 100000; n++) {
    term *= x / (a + n);
    total += term;
    if (term < 1e-17 * total) break;
  }
  return factor * total;
}

/** Q by the continued fraction, in Lentz's form. */
function upperFraction(a: number, x: number): number {
  const factor = density(a, x);
  if (factor === 0) return 0;
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < 100000; n++) {
    const numerator = n * (a - n);
    b += 2;
    d = numerator * d + b;
    d = 1 / (d === 0 ? tiny : d);
    c = b + numerator / c;
    if (c === 0) c = tiny;
    const change = c * d;
    value *= change;
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return factor * value;
}

/** Q of a small a and x: 1 - x^a / gamma(1 + a) and what the series adds, each without cancellation. */
function upperSeries(a: number, x: number): number {
  let term = 1;
  let total = 0;
  for (let n = 1; n < 2000; n++) {
    term *= -x / n;
    const part = term / (a + n);
    total += part;
    if (Math.abs(part) <= 1e-17 * Math.abs(total)) break;
  }
  const exponent = a * Math.log(x) - lgammaOnePlus(a);
  return -Math.expm1(exponent) - a * Math.exp(exponent) * total;
}

/** P (sign -1) or Q (sign 1) near x = a for a large a. */
function uniformExpansion(a: number, x: number, sign: 1 | -1): number {
  const half = -logarithmRest(a, x);
  const eta = Math.sign(x - a) * Math.sqrt(2 * half);
  let total = 0;
  for (let k = uniformGamma.length - 1; k >= 0; k--) {
    const row = uniformGamma[k]!;
    let value = 0;
    for (let n = row.length - 1; n >= 0; n--) value = value * eta + row[n]!;
    total = total / a + value;
  }
  const rest = (Math.exp(-a * half) / Math.sqrt(2 * Math.PI * a)) * total;
  return 0.5 * erfc(sign * eta * Math.sqrt(a / 2)) + sign * rest;
}

/** What is known without computing: outside of the domain, and at its ends. */
function edge(a: number, x: number): number | undefined {
  if (a < 0 || x < 0) return NaN;
  if (a === 0) return x > 0 ? 1 : NaN;
  if (x === 0) return 0;
  if (a === Infinity) return x === Infinity ? NaN : 0;
  if (x === Infinity) return 1;
  return Number.isNaN(a) || Number.isNaN(x) ? NaN : undefined;
}

const isUniform = (a: number, x: number): boolean => a > largeShape && Math.abs(x - a) < reach * Math.sqrt(a);

/** P(a, x): the integral of t^(a - 1) exp(-t) from 0 to x, over gamma(a). */
export function lowerGamma(a: number, x: number): number {
  const known = edge(a, x);
  if (known !== undefined) return known;
  if (isUniform(a, x)) return uniformExpansion(a, x, -1);
  return x > 1 && x > a ? 1 - upperGamma(a, x) : lowerSeries(a, x);
}

/** Q(a, x) = 1 - P(a, x). */
export function upperGamma(a: number, x: number): number {
  const known = edge(a, x);
  if (known !== undefined) return 1 - known;
  if (isUniform(a, x)) return uniformExpansion(a, x, 1);
  if (x > 1.1) return x < a ? 1 - lowerSeries(a, x) : upperFraction(a, x);
  const isLower = x <= 0.5 ? -0.4 / Math.log(x) < a : x * 1.1 < a;
  return isLower ? 1 - lowerSeries(a, x) : upperSeries(a, x);
}
