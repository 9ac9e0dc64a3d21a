// The gamma function's logarithm, that one's derivatives, and Hurwitz's zeta function as nodes of ONNX in double precision: the
// series of the reference device, with as many steps up from where they converge as any operand needs.

import { float32, float64 } from "../core/dtype.ts";
import type { GraphValue } from "../onnx/graph.ts";
import { digammaSeries, eulerMaclaurin, stirlingSeries } from "../ops/coefficients.ts";
import type { Nodes } from "./nodes.ts";
import { hasSign, sinPi } from "./series.ts";

/** From here on the series of Stirling and of digamma converge. */
const least = 10;

/** x, or x + 10 below 10, and which of the two. */
function raised(n: Nodes, x: GraphValue): { shifted: GraphValue; isSmall: GraphValue } {
  const isSmall = n.less(x, least);
  return { isSmall, shifted: n.where(isSmall, n.add(x, least), x) };
}

const isWhole = (n: Nodes, x: GraphValue): GraphValue => n.equal(n.one("Floor", x), x);

/** lgamma of x >= 1/2. */
function lgammaAbove(n: Nodes, x: GraphValue): GraphValue {
  const { shifted, isSmall } = raised(n, x);
  let factor = x;
  for (let k = 1; k < least; k++) factor = n.multiply(factor, n.add(x, k));
  const inverse = n.one("Reciprocal", shifted);
  const series = n.multiply(n.polynomial(stirlingSeries, n.square(inverse)), inverse);
  const leading = n.subtract(n.multiply(n.subtract(shifted, 0.5), n.log(shifted)), shifted);
  const whole = n.add(n.add(leading, 0.5 * Math.log(2 * Math.PI)), series);
  const value = n.where(isSmall, n.subtract(whole, n.log(factor)), whole);
  return n.where(n.isInfinite(x), Number.POSITIVE_INFINITY, value);
}

/** The logarithm of |gamma(x)|; infinity at 0 and the negative integers. */
export function lgamma(n: Nodes, x: GraphValue): GraphValue {
  const isLow = n.less(x, 0.5);
  const above = lgammaAbove(n, n.where(isLow, n.subtract(1, x), x));
  const turned = n.subtract(Math.log(Math.PI), n.log(n.absolute(sinPi(n, x))));
  const isPole = n.and(n.lessEqual(x, 0), isWhole(n, x));
  const value = n.where(isLow, n.subtract(turned, above), above);
  return n.where(n.or(isPole, n.isInfinite(x)), Number.POSITIVE_INFINITY, value);
}

/** digamma of x > 0. */
function digammaAbove(n: Nodes, x: GraphValue): GraphValue {
  const { shifted, isSmall } = raised(n, x);
  let steps = n.one("Reciprocal", x);
  for (let k = 1; k < least; k++) steps = n.add(steps, n.one("Reciprocal", n.add(x, k)));
  const inverse = n.one("Reciprocal", shifted);
  const squared = n.square(inverse);
  const series = n.multiply(n.polynomial(digammaSeries, squared), squared);
  const whole = n.subtract(n.subtract(n.log(shifted), n.multiply(inverse, 0.5)), series);
  return n.where(isSmall, n.subtract(whole, steps), whole);
}

/** The derivative of lgamma: minus infinity at 0 (infinity at -0), NaN at the negative integers. */
export function digamma(n: Nodes, x: GraphValue): GraphValue {
  const isLow = n.less(x, 0);
  const above = digammaAbove(n, n.where(isLow, n.subtract(1, x), x));
  const angle = n.multiply(n.subtract(x, n.one("Ceil", x)), Math.PI);
  const turned = n.divide(n.multiply(n.one("Cos", angle), Math.PI), n.one("Sin", angle));
  const value = n.where(isLow, n.subtract(above, turned), above);
  const isPole = n.and(isLow, isWhole(n, x));
  const zero = n.where(hasSign(n, x), Number.POSITIVE_INFINITY, n.number(Number.NEGATIVE_INFINITY, x.dtype));
  return n.where(n.equal(x, 0), zero, n.where(isPole, Number.NaN, value));
}

/** The sum of (q + n)^-s of q > 0: so many terms, and Euler and Maclaurin's series of the rest. */
function zetaAbove(n: Nodes, s: GraphValue, q: GraphValue, terms: number): GraphValue {
  const exponent = n.negate(s);
  let total = n.power(q, exponent);
  for (let k = 1; k < terms; k++) total = n.add(total, n.power(n.add(q, k), exponent));
  const base = n.add(q, terms);
  const power = n.power(base, exponent);
  total = n.add(total, n.divide(n.multiply(base, power), n.subtract(s, 1)));
  total = n.add(total, n.multiply(power, 0.5));
  let part = n.divide(n.multiply(s, power), base);
  eulerMaclaurin.forEach((coefficient, j) => {
    total = n.add(total, n.multiply(part, coefficient));
    if (j === eulerMaclaurin.length - 1) return;
    const rising = n.multiply(n.add(s, 2 * j + 1), n.add(s, 2 * j + 2));
    part = n.divide(n.multiply(part, rising), n.square(base));
  });
  return total;
}

/** The sum for a whole s: the terms of negative base are the difference of two sums over positive ones. */
function zetaOf(n: Nodes, s: GraphValue, q: GraphValue, isEven: GraphValue, terms: number): GraphValue {
  const isBelow = n.less(q, 0);
  const nearest = n.subtract(n.negate(q), n.one("Floor", n.negate(q)));
  const first = zetaAbove(n, s, n.where(isBelow, n.subtract(1, nearest), q), terms);
  const away = n.where(isBelow, nearest, 1);
  const negative = n.subtract(
    zetaAbove(n, s, away, terms),
    zetaAbove(n, s, n.where(isBelow, n.subtract(1, q), 1), terms),
  );
  const signed = n.where(isEven, negative, n.negate(negative));
  return n.where(isBelow, n.add(first, signed), first);
}

/** Where `zeta` is infinite by its second operand, and where it has no value. */
function atEdges(n: Nodes, q: GraphValue, value: GraphValue): GraphValue {
  const isPole = n.and(n.lessEqual(q, 0), isWhole(n, q));
  const held = n.where(n.equal(q, Number.POSITIVE_INFINITY), Number.NaN, value);
  return n.where(isPole, Number.POSITIVE_INFINITY, held);
}

/** The derivative of that order, from 1 on, of digamma. */
export function polygamma(n: Nodes, order: number, x: GraphValue): GraphValue {
  let factorial = 1;
  for (let k = 2; k <= order; k++) factorial *= k;
  const s = n.number(order + 1, x.dtype);
  const isEven = n.equal(n.number((order + 1) % 2, x.dtype), 0);
  const value = atEdges(n, x, zetaOf(n, s, x, isEven, 13 + order));
  return n.multiply(value, (order % 2 === 0 ? -1 : 1) * factorial);
}

/** The first derivative, below 1/2 reflected as PyTorch does it, with pi x rounded. */
export function trigamma(n: Nodes, x: GraphValue, isDouble: boolean): GraphValue {
  const round = (value: GraphValue): GraphValue =>
    isDouble ? value : n.cast(n.cast(value, float32), float64);
  const isLow = n.less(x, 0.5);
  const sine = n.one("Sin", round(n.multiply(x, isDouble ? Math.PI : Math.fround(Math.PI))));
  const inside = n.where(isLow, n.subtract(1, x), x);
  const two = n.number(2, x.dtype);
  const above = zetaAbove(n, two, inside, 14);
  const settled = n.where(n.isInfinite(inside), 0, above);
  return n.where(isLow, n.subtract(n.square(n.divide(Math.PI, sine)), settled), settled);
}

/**
 * Hurwitz's zeta function of s and q. The terms before the series are as many as the largest s needs whose own first terms are
 * not all that counts.
 */
export function zeta(n: Nodes, s: GraphValue, q: GraphValue): GraphValue {
  const half = n.multiply(s, 0.5);
  const value = atEdges(n, q, zetaOf(n, s, q, isWhole(n, half), 24));
  const isFraction = n.and(n.less(q, 0), n.not(isWhole(n, s)));
  const isLow = n.lessEqual(s, 1);
  const isPole = n.and(n.lessEqual(q, 0), isWhole(n, q));
  const isEndless = n.equal(s, Number.POSITIVE_INFINITY);
  const away = n.where(isFraction, Number.NaN, value);
  const none = n.number(Number.NaN, s.dtype);
  const low = n.where(n.equal(s, 1), Number.POSITIVE_INFINITY, none);
  const size = n.absolute(q);
  const far = n.where(
    n.less(size, 1),
    Number.POSITIVE_INFINITY,
    n.where(n.less(q, -1), n.number(0, s.dtype), none),
  );
  return n.where(isLow, low, n.where(isPole, Number.POSITIVE_INFINITY, n.where(isEndless, far, away)));
}
