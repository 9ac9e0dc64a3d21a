// Exponentials, logarithms, roots, circular and hyperbolic functions in ONNX. Most have a node in single precision; in double
// precision they are made of the few that have one there.

import { float32, float64 } from "../core/dtype.ts";
import type { Operation } from "../core/op.ts";
import type { GraphValue } from "../onnx/graph.ts";
import * as exponential from "../ops/exponential.ts";
import * as trigonometry from "../ops/trigonometry.ts";
import type { LoweringRow } from "./lowering.ts";
import { asGiven, doubles, made, type Nodes } from "./nodes.ts";
import { arcTangent, expLessOne, hasSign, logOnePlus, sinPi, withSign } from "./series.ts";

type Make = (nodes: Nodes, x: GraphValue) => GraphValue;

/** A row for a function that has a node in all types. */
const everywhere = (operation: Operation, opType: string): LoweringRow =>
  made(operation, asGiven, (n, [x]) => n.one(opType, x!));

/** A row for a function that has a node in single precision, and how it is made in double. */
const inSingle = (operation: Operation, opType: string, make: Make): LoweringRow =>
  made(operation, asGiven, (n, [x]) => (x!.dtype === float32 ? n.one(opType, x!) : make(n, x!)));

/** A row for a function of one operand in double precision. */
const inDouble = (operation: Operation, make: Make): LoweringRow =>
  made(operation, doubles, (n, [x]) => make(n, x!));

/** 1 / sqrt(x); of half types the root is rounded, as in PyTorch. */
const rsqrt: LoweringRow = made(exponential.rsqrt, asGiven, (n, [x], _attributes, given) => {
  const root = n.sqrt(x!);
  const kept = given.itemSize === 2 ? n.cast(n.cast(root, given), x!.dtype) : root;
  return n.one("Reciprocal", kept);
});

/** log(exp(a) + exp(b)) in a base whose logarithm is `unit`. */
function logSum(n: Nodes, a: GraphValue, b: GraphValue, unit: number): GraphValue {
  const distance = n.negate(n.absolute(n.subtract(a, b)));
  const rest = n.divide(logOnePlus(n, n.exp(n.multiply(distance, unit))), unit);
  return n.where(n.equal(a, b), n.add(a, Math.LN2 / unit), n.add(n.larger(a, b), rest));
}

/** a times a logarithm of b: 0 where a is 0, unless b is no number. */
export function timesLogarithm(n: Nodes, a: GraphValue, b: GraphValue, logarithm: GraphValue): GraphValue {
  const product = n.where(n.equal(a, 0), 0, n.multiply(a, logarithm));
  return n.where(n.isNaN(b), b, product);
}

const exponentials: readonly LoweringRow[] = [
  everywhere(exponential.sqrt, "Sqrt"),
  everywhere(exponential.exp, "Exp"),
  everywhere(exponential.log, "Log"),
  rsqrt,
  inDouble(exponential.cbrt, (n, x) => withSign(n, n.power(n.absolute(x), 1 / 3), x)),
  made(exponential.exp2, doubles, (n, [x]) => n.power(2, x!)),
  inDouble(exponential.expm1, expLessOne),
  inDouble(exponential.log2, (n, x) => n.multiply(n.log(x), Math.LOG2E)),
  inDouble(exponential.log10, (n, x) => n.divide(n.log(x), Math.LN10)),
  made(exponential.log1p, asGiven, (n, [x]) => logOnePlus(n, x!)),
  made(exponential.logaddexp, doubles, (n, [a, b]) => logSum(n, a!, b!, 1)),
  made(exponential.logaddexp2, doubles, (n, [a, b]) => logSum(n, a!, b!, Math.LN2)),
  made(exponential.xlogy, asGiven, (n, [a, b]) => timesLogarithm(n, a!, b!, n.log(b!))),
  made(exponential.binaryCrossEntropy, asGiven, (n, [x, t]) => {
    const off = n.larger(n.log(n.subtract(1, x!)), -100);
    const on = n.larger(n.log(x!), -100);
    return n.subtract(n.multiply(n.subtract(t!, 1), off), n.multiply(t!, on));
  }),
];

/** The size of x with its sign put back. */
export const odd =
  (make: Make): Make =>
  (n, x) =>
    withSign(n, make(n, n.absolute(x)), x);

/** asinh of a size. */
export const areaSine: Make = (n, x) => {
  const root = n.sqrt(n.add(n.square(x), 1));
  const near = logOnePlus(n, n.add(x, n.divide(n.square(x), n.add(root, 1))));
  return n.where(n.greater(x, 2 ** 28), n.add(n.log(x), Math.LN2), near);
};

const areaCosine: Make = (n, x) => {
  const above = n.subtract(x, 1);
  // Two roots, not one of the product, which would have a value below -1.
  const root = n.multiply(n.sqrt(above), n.sqrt(n.add(above, 2)));
  const near = logOnePlus(n, n.add(above, root));
  return n.where(n.greater(x, 2 ** 28), n.add(n.log(x), Math.LN2), near);
};

/** sinh of a size. */
export const hyperbolicSine: Make = (n, x) => {
  const less = expLessOne(n, n.smaller(x, 30));
  const near = n.multiply(n.add(less, n.divide(less, n.add(less, 1))), 0.5);
  const half = n.exp(n.multiply(x, 0.5));
  return n.where(n.greater(x, 25), n.multiply(n.multiply(half, 0.5), half), near);
};

/** cosh, of either sign. */
export const hyperbolicCosine: Make = (n, x) => {
  const half = n.exp(n.multiply(n.absolute(x), 0.5));
  return n.add(n.multiply(n.multiply(half, 0.5), half), n.divide(0.5, n.square(half)));
};

/** The angle of the point (x, y): that of the smaller side over the larger, turned to where it lies. */
export function angleOf(n: Nodes, y: GraphValue, x: GraphValue): GraphValue {
  const [width, height] = [n.absolute(x), n.absolute(y)];
  const large = n.larger(width, height);
  const isNothing = n.equal(large, 0);
  const slope = n.divide(n.smaller(width, height), n.where(isNothing, 1, large));
  const first = arcTangent(n, n.where(n.and(n.equal(width, height), n.not(isNothing)), 1, slope));
  const steep = n.where(n.greater(height, width), n.subtract(Math.PI / 2, first), first);
  const turned = n.where(hasSign(n, x), n.subtract(Math.PI, steep), steep);
  // Two infinities are equal, and a number that is none is nowhere.
  return withSign(n, turned, y);
}

/** The length of (a, b), without overflow. */
export function hypotenuse(n: Nodes, a: GraphValue, b: GraphValue): GraphValue {
  const [first, second] = [n.absolute(a), n.absolute(b)];
  const large = n.larger(first, second);
  const ratio = n.divide(n.smaller(first, second), n.where(n.equal(large, 0), 1, large));
  const length = n.multiply(large, n.sqrt(n.add(n.square(ratio), 1)));
  const isFar = n.or(n.isInfinite(a), n.isInfinite(b));
  return n.where(isFar, Number.POSITIVE_INFINITY, length);
}

/** The first 33 bits of pi / 2, and the rest (fdlibm, e_rem_pio2.c). */
const quarter = [1.5707963267341256, 6.077100506506192e-11] as const;

/** From here on quarter turns are not taken off exactly. */
const manyTurns = 1e6;

/** The tangent of a size, from the nearest quarter turn, where sine and cosine keep their digits. */
export const tangent: Make = (n, x) => {
  const turns = n.one("Round", n.multiply(x, 2 / Math.PI));
  const near = n.subtract(n.subtract(x, n.multiply(turns, quarter[0])), n.multiply(turns, quarter[1]));
  const angle = n.where(n.greater(n.absolute(x), manyTurns), x, near);
  const [sine, cosine] = [n.one("Sin", angle), n.one("Cos", angle)];
  const half = n.multiply(turns, 0.5);
  const isOdd = n.and(n.not(n.equal(n.one("Floor", half), half)), n.lessEqual(n.absolute(x), manyTurns));
  const value = n.divide(n.where(isOdd, cosine, sine), n.where(isOdd, sine, cosine));
  return n.multiply(value, n.where(isOdd, -1, n.number(1, x.dtype)));
};

const circular: readonly LoweringRow[] = [
  everywhere(trigonometry.sin, "Sin"),
  everywhere(trigonometry.cos, "Cos"),
  everywhere(trigonometry.tanh, "Tanh"),
  inSingle(trigonometry.tan, "Tan", odd(tangent)),
  inSingle(trigonometry.asin, "Asin", (n, x) => {
    const other = n.sqrt(n.multiply(n.subtract(1, x), n.add(x, 1)));
    return arcTangent(n, n.divide(x, other));
  }),
  inSingle(trigonometry.acos, "Acos", (n, x) => {
    const ratio = n.divide(n.subtract(1, x), n.add(x, 1));
    return n.multiply(arcTangent(n, n.sqrt(ratio)), 2);
  }),
  inSingle(trigonometry.atan, "Atan", arcTangent),
  inDouble(trigonometry.sinh, odd(hyperbolicSine)),
  inDouble(trigonometry.cosh, hyperbolicCosine),
  inDouble(trigonometry.asinh, odd(areaSine)),
  inDouble(trigonometry.acosh, areaCosine),
  inDouble(
    trigonometry.atanh,
    odd((n, x) => n.multiply(logOnePlus(n, n.divide(n.multiply(x, 2), n.subtract(1, x))), 0.5)),
  ),
  made(trigonometry.atan2, doubles, (n, [y, x]) => angleOf(n, y!, x!)),
  made(trigonometry.hypot, doubles, (n, [a, b]) => hypotenuse(n, a!, b!)),
  made(trigonometry.sinc, doubles, (n, [x], _attributes, given) => {
    const scaled = n.multiply(x!, Math.PI);
    // PyTorch has no value where the product overflows.
    const overflows = n.isInfinite(given === float64 ? scaled : n.cast(scaled, float32));
    const isCentre = n.equal(x!, 0);
    const ratio = n.divide(sinPi(n, x!), n.where(isCentre, 1, scaled));
    return n.where(isCentre, 1, n.where(overflows, Number.NaN, ratio));
  }),
];

/** Rows of the functions. */
export const functionLowerings: readonly LoweringRow[] = [...exponentials, ...circular];
