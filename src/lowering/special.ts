// Special functions in ONNX: the error function and its kin, the gamma function's, Bessel functions, probabilities. ONNX has a
// node for the error function alone; the others are series in double precision, as on the reference device. The incomplete
// gamma functions go on until a term is small, which takes as many terms as it takes.

import { float32, float64 } from "../core/dtype.ts";
import type { GraphValue } from "../onnx/graph.ts";
import * as bessel from "../ops/bessel.ts";
import { besselOneFar, besselOneNear, besselZeroFar, besselZeroNear } from "../ops/coefficients.ts";
import * as distribution from "../ops/distribution.ts";
import * as special from "../ops/special.ts";
import { timesLogarithm } from "./functions.ts";
import { digamma, lgamma, polygamma, trigamma, zeta } from "./gamma.ts";
import type { LoweringRow } from "./lowering.ts";
import { asGiven, doubles, made, type Nodes } from "./nodes.ts";
import {
  bell,
  chebyshev,
  errorComplement,
  errorFunction,
  errorSeries,
  logOnePlus,
  scaledComplement,
  withSign,
} from "./series.ts";

/** The inverse of the error function: a closed approximation, and Halley's steps from there. */
function inverseError(n: Nodes, y: GraphValue): GraphValue {
  const size = n.absolute(y);
  const rest = n.subtract(1, size);
  const logarithm = n.add(logOnePlus(n, n.negate(size)), logOnePlus(n, size));
  const middle = n.add(n.multiply(logarithm, 0.5), 2 / (Math.PI * 0.147));
  const root = n.sqrt(n.subtract(n.square(middle), n.multiply(logarithm, 1 / 0.147)));
  let x = n.sqrt(n.subtract(root, middle));
  const isNear = n.less(size, 0.5);
  for (let step = 0; step < 3; step++) {
    const density = bell(n, x, -1);
    const far = n.subtract(rest, n.multiply(scaledComplement(n, x), density));
    const error = n.where(isNear, n.subtract(errorSeries(n, x), size), far);
    const quotient = n.divide(error, n.multiply(density, 2 / Math.sqrt(Math.PI)));
    x = n.subtract(x, n.divide(quotient, n.add(n.multiply(x, quotient), 1)));
  }
  const isEnd = n.equal(size, 1);
  // Near 0 the approximation's root is of a difference that vanishes.
  const isTiny = n.less(size, 1e-9);
  const held = n.where(
    isEnd,
    Number.POSITIVE_INFINITY,
    n.where(isTiny, n.multiply(size, Math.sqrt(Math.PI) / 2), x),
  );
  return withSign(n, n.where(n.greater(size, 1), Number.NaN, held), y);
}

/** exp(x^2) erfc(x). */
function scaledErrorComplement(n: Nodes, x: GraphValue): GraphValue {
  const size = n.absolute(x);
  const above = scaledComplement(n, size);
  const far = n.divide(1 / Math.sqrt(Math.PI), n.larger(size, 1));
  const positive = n.where(n.greater(size, 1e8), far, above);
  const below = n.subtract(n.multiply(bell(n, n.smaller(size, 30), 1), 2), above);
  const negative = n.where(n.less(x, -26.7), Number.POSITIVE_INFINITY, below);
  return n.where(n.less(x, 0), negative, positive);
}

/** The probability of less than x under the standard normal distribution. */
function normalBelow(n: Nodes, x: GraphValue): GraphValue {
  const size = n.absolute(x);
  const tail = n.multiply(
    n.multiply(scaledComplement(n, n.multiply(size, Math.SQRT1_2)), 0.5),
    bell(n, n.smaller(size, 40), -0.5),
  );
  const near = n.multiply(errorComplement(n, n.multiply(x, -Math.SQRT1_2)), 0.5);
  return n.where(n.less(x, -1), n.where(n.less(x, -39), 0, tail), near);
}

/** The logarithm of `normalBelow` for x below -1. */
function logTail(n: Nodes, x: GraphValue): GraphValue {
  const scaled = scaledErrorComplement(n, n.multiply(x, -Math.SQRT1_2));
  return n.subtract(n.log(n.multiply(scaled, 0.5)), n.multiply(n.square(x), 0.5));
}

/** The logarithm of `normalBelow`. */
function logNormalBelow(n: Nodes, x: GraphValue): GraphValue {
  const near = logOnePlus(n, n.negate(normalBelow(n, n.negate(x))));
  return n.where(n.less(x, -1), logTail(n, n.smaller(x, -1)), near);
}

/** The same of single precision: its square is rounded as in PyTorch, whose gradient takes it off. */
function logNormalBelowSingle(n: Nodes, x: GraphValue): GraphValue {
  const round = (value: GraphValue): GraphValue => n.cast(n.cast(value, float32), float64);
  const t = round(n.multiply(n.smaller(x, -1), Math.fround(Math.SQRT1_2)));
  const scaled = scaledErrorComplement(n, n.negate(t));
  const tail = n.subtract(n.log(n.multiply(scaled, 0.5)), round(n.square(t)));
  return n.where(n.less(x, -1), tail, logOnePlus(n, n.negate(normalBelow(n, n.negate(x)))));
}

/** The number with that probability below it: from the tail's expansion, by Newton's steps on the logarithm. */
function normalQuantile(n: Nodes, p: GraphValue): GraphValue {
  const lower = n.where(n.greater(p, 0.5), n.subtract(1, p), p);
  const logarithm = n.log(n.smaller(lower, 0.25));
  const first = n.subtract(n.multiply(logarithm, -2), Math.log(2 * Math.PI));
  const start = n.subtract(first, n.log(n.larger(first, 1)));
  let x = n.negate(n.sqrt(n.larger(start, 0.3)));
  for (let step = 0; step < 5; step++) {
    const scaled = scaledErrorComplement(n, n.multiply(x, -Math.SQRT1_2));
    const value = n.subtract(n.log(n.multiply(scaled, 0.5)), n.multiply(n.square(x), 0.5));
    const slope = n.divide(Math.sqrt(2 / Math.PI), scaled);
    x = n.subtract(x, n.divide(n.subtract(value, logarithm), slope));
  }
  const tail = n.where(n.greater(p, 0.5), n.negate(x), x);
  const middle = n.multiply(inverseError(n, n.subtract(n.multiply(p, 2), 1)), Math.SQRT2);
  const isTail = n.or(n.less(p, 0.25), n.greater(p, 0.75));
  const inside = n.where(isTail, tail, middle);
  const isOutside = n.or(n.less(p, 0), n.greater(p, 1));
  const low = n.where(n.equal(p, 0), Number.NEGATIVE_INFINITY, n.where(isOutside, Number.NaN, inside));
  return n.where(n.equal(p, 1), Number.POSITIVE_INFINITY, low);
}

/** log(x / (1 - x)), exact at 1/2. */
function logOdds(n: Nodes, x: GraphValue): GraphValue {
  const rest = n.subtract(1, x);
  const near = logOnePlus(n, n.divide(n.subtract(n.multiply(x, 2), 1), rest));
  const isNear = n.and(n.greater(x, 0.25), n.less(x, 0.75));
  return n.where(isNear, near, n.log(n.divide(x, rest)));
}

/** exp(-|x|) times a Bessel function: one series up to 8, another one in 1 / x above. */
function besselScaled(
  n: Nodes,
  x: GraphValue,
  near: readonly number[],
  far: readonly number[],
  factor?: GraphValue,
): GraphValue {
  const size = n.absolute(x);
  const held = n.larger(size, 8);
  const above = n.divide(chebyshev(n, far, n.subtract(n.divide(16, held), 1)), n.sqrt(held));
  const inside = chebyshev(n, near, n.subtract(n.multiply(n.smaller(size, 8), 0.25), 1));
  return n.where(n.greater(size, 8), above, factor === undefined ? inside : n.multiply(inside, factor));
}

const besselZero = (n: Nodes, x: GraphValue): GraphValue => besselScaled(n, x, besselZeroNear, besselZeroFar);

const besselOne = (n: Nodes, x: GraphValue): GraphValue =>
  withSign(n, besselScaled(n, x, besselOneNear, besselOneFar, n.smaller(n.absolute(x), 8)), x);

/** A value times exp(|x|), in two steps so that only the product may overflow; NaN at infinity, as in Cephes. */
function unscaled(n: Nodes, x: GraphValue, value: GraphValue): GraphValue {
  const half = n.exp(n.multiply(n.absolute(x), 0.5));
  return n.where(n.isInfinite(x), Number.NaN, n.multiply(n.multiply(value, half), half));
}

const errors: readonly LoweringRow[] = [
  made(special.erf, asGiven, (n, [x]) => (x!.dtype === float32 ? n.one("Erf", x!) : errorFunction(n, x!))),
  made(special.erfc, doubles, (n, [x]) => errorComplement(n, x!)),
  made(special.erfinv, doubles, (n, [x]) => inverseError(n, x!)),
  made(distribution.erfcx, doubles, (n, [x]) => scaledErrorComplement(n, x!)),
  made(distribution.ndtr, doubles, (n, [x]) => normalBelow(n, x!)),
  made(distribution.ndtri, doubles, (n, [x]) => normalQuantile(n, x!)),
  made(distribution.logNdtr, doubles, (n, [x], _attributes, given) =>
    given === float64 ? logNormalBelow(n, x!) : logNormalBelowSingle(n, x!),
  ),
  made(distribution.entr, doubles, (n, [x]) => {
    const inside = n.multiply(n.negate(x!), n.log(x!));
    const below = n.where(n.less(x!, 0), Number.NEGATIVE_INFINITY, inside);
    return n.where(n.equal(x!, 0), 0, below);
  }),
  made(distribution.xlog1py, doubles, (n, [a, b]) => timesLogarithm(n, a!, b!, logOnePlus(n, b!))),
  made(distribution.logit, doubles, (n, [x], { eps }) => {
    if (eps === null) return logOdds(n, x!);
    return logOdds(n, n.where(n.less(x!, eps), eps, n.smaller(x!, 1 - eps)));
  }),
];

const gammas: readonly LoweringRow[] = [
  made(special.lgamma, doubles, (n, [x]) => lgamma(n, x!)),
  made(special.digamma, doubles, (n, [x]) => digamma(n, x!)),
  made(special.polygamma, doubles, (n, [x], { order }, given) => {
    if (order === 0) return digamma(n, x!);
    return order === 1 ? trigamma(n, x!, given === float64) : polygamma(n, order, x!);
  }),
  made(special.zeta, doubles, (n, [s, q]) => zeta(n, s!, q!)),
  made(special.mvlgamma, doubles, (n, [x], { p }) => {
    let total = n.add(lgamma(n, x!), ((p * (p - 1)) / 4) * Math.log(Math.PI));
    for (let j = 1; j < p; j++) total = n.add(total, lgamma(n, n.subtract(x!, j / 2)));
    return total;
  }),
];

const bessels: readonly LoweringRow[] = [
  made(bessel.besselI0, doubles, (n, [x]) => unscaled(n, x!, besselZero(n, x!))),
  made(bessel.besselI0Scaled, doubles, (n, [x]) => besselZero(n, x!)),
  made(bessel.besselI1, doubles, (n, [x]) => unscaled(n, x!, besselOne(n, x!))),
  made(bessel.besselI1Scaled, doubles, (n, [x]) => besselOne(n, x!)),
];

/** Rows of the special functions. */
export const specialLowerings: readonly LoweringRow[] = [...errors, ...gammas, ...bessels];
