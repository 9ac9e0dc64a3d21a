// Functions that ONNX has no node for, or none in double precision, made of those that it has, in double precision: as the
// reference device computes them, with both sides of each choice computed and one of them taken.

import { float32, float64 } from "../core/dtype.ts";
import type { GraphValue } from "../onnx/graph.ts";
import { complementSeries } from "../ops/coefficients.ts";
import type { Nodes } from "./nodes.ts";

/** True where the operand is below 0, -0 included. */
export function hasSign(n: Nodes, x: GraphValue): GraphValue {
  return n.less(n.where(n.equal(x, 0), n.one("Reciprocal", x), x), 0);
}

/** The first operand with the sign of the second, -0 included, of which it has the size alone. */
export function withSign(n: Nodes, size: GraphValue, x: GraphValue): GraphValue {
  return n.multiply(size, n.where(hasSign(n, x), n.number(-1, x.dtype), n.number(1, x.dtype)));
}

/** A bound from which on log(1 + x) is log(x); a power of two, for products with it are exact. */
const large = 2 ** 60;

/** log(1 + x), exact near 0: x times a factor that makes good the rounding of the sum, and keeps the sign of 0. */
export function logOnePlus(n: Nodes, x: GraphValue): GraphValue {
  const sum = n.add(x, 1);
  const isSame = n.equal(sum, 1);
  const more = n.where(isSame, 1, n.smaller(n.subtract(sum, 1), large));
  return n.multiply(n.smaller(x, large), n.where(isSame, 1, n.divide(n.log(sum), more)));
}

/** exp(x) - 1, exact near 0 (Kahan), as x times a factor. */
export function expLessOne(n: Nodes, x: GraphValue): GraphValue {
  const rise = n.exp(x);
  const isSame = n.equal(rise, 1);
  const held = n.smaller(n.larger(x, -40), 40);
  const isFar = n.greater(n.absolute(x), 40);
  const exponent = n.where(isSame, 1, n.where(isFar, held, n.log(rise)));
  return n.multiply(held, n.where(isSame, 1, n.divide(n.subtract(rise, 1), exponent)));
}

/** log(1 + exp(x)), without overflow. */
export function logOnePlusExp(n: Nodes, x: GraphValue): GraphValue {
  const rest = logOnePlus(n, n.exp(n.negate(n.absolute(x))));
  return n.add(n.larger(x, 0), rest);
}

/** The sum of a Chebyshev series whose first coefficient counts once (Clenshaw). */
export function chebyshev(n: Nodes, coefficients: readonly number[], t: GraphValue): GraphValue {
  const twice = n.multiply(t, 2);
  let next = n.number(0, t.dtype);
  let after = next;
  for (let k = coefficients.length - 1; k > 0; k--) {
    const value = n.add(n.subtract(n.multiply(twice, next), after), coefficients[k]!);
    after = next;
    next = value;
  }
  return n.add(n.subtract(n.multiply(t, next), after), coefficients[0]!);
}

/** exp(x^2) erfc(x) for x >= 0. */
export function scaledComplement(n: Nodes, x: GraphValue): GraphValue {
  // Beyond, nothing changes any more but the divisor; infinity over infinity would be no number.
  const t = n.divide(n.subtract(n.smaller(x, 1e300), 3.75), n.add(n.smaller(x, 1e300), 3.75));
  return n.divide(chebyshev(n, complementSeries, t), n.add(n.multiply(x, 2), 1));
}

/** exp(sign x^2 scale): the square's rounding error, which the exponential would magnify, is put back. */
export function bell(n: Nodes, x: GraphValue, scale: number): GraphValue {
  // Beyond, it is 0 or infinite, and so it is there.
  const held = n.smaller(n.larger(x, -60), 60);
  const high = n.cast(n.cast(held, float32), float64);
  const rest = n.multiply(n.subtract(held, high), n.add(held, high));
  return n.multiply(n.exp(n.multiply(n.square(high), scale)), n.exp(n.multiply(rest, scale)));
}

/** The error function's power series, for sizes below 1. */
export function errorSeries(n: Nodes, x: GraphValue): GraphValue {
  const coefficients: number[] = [];
  for (let k = 0, factorial = 1; k < 26; k++, factorial *= -k)
    coefficients.push(1 / (factorial * (2 * k + 1)));
  // Held to 1, for the side that is not taken must not overflow.
  const squared = n.smaller(n.square(x), 1);
  return n.multiply(n.multiply(x, 2 / Math.sqrt(Math.PI)), n.polynomial(coefficients, squared));
}

/** The error function. */
export function errorFunction(n: Nodes, x: GraphValue): GraphValue {
  const size = n.absolute(x);
  const far = n.subtract(1, n.multiply(scaledComplement(n, size), bell(n, size, -1)));
  return withSign(n, n.where(n.less(size, 1), errorSeries(n, size), far), x);
}

/** 1 - erf(x), exact for large x. */
export function errorComplement(n: Nodes, x: GraphValue): GraphValue {
  const size = n.absolute(x);
  const far = n.multiply(scaledComplement(n, size), bell(n, size, -1));
  const near = n.subtract(1, errorSeries(n, x));
  const below = n.where(n.less(x, -1), n.subtract(2, far), near);
  return n.where(n.less(x, 0.5), below, far);
}

/** sin(pi x), exact at the integers. */
export function sinPi(n: Nodes, x: GraphValue): GraphValue {
  const rest = n.subtract(x, n.multiply(n.one("Round", n.multiply(x, 0.5)), 2));
  const above = n.subtract(1, rest);
  const below = n.subtract(-1, rest);
  const turned = n.where(n.greater(rest, 0.5), above, n.where(n.less(rest, -0.5), below, rest));
  return n.one("Sin", n.multiply(turned, Math.PI));
}

/** The angle whose tangent is x: single precision's, made exact by the tangent of what it lacks. */
export function arcTangent(n: Nodes, x: GraphValue): GraphValue {
  const size = n.smaller(n.absolute(x), 1e30);
  const first = n.cast(n.one("Atan", n.cast(size, float32)), float64);
  const tangent = n.divide(n.one("Sin", first), n.one("Cos", first));
  const lacking = n.divide(n.subtract(size, tangent), n.add(n.multiply(size, tangent), 1));
  const angle = n.subtract(lacking, n.multiply(n.multiply(n.square(lacking), lacking), 1 / 3));
  return withSign(n, n.add(first, angle), x);
}
