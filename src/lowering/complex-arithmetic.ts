// Elementwise operations on complex numbers in ONNX, and reductions and scans by products of them.

import { float64, partType } from "../core/dtype.ts";
import type { Operation } from "../core/op.ts";
import type { GraphValue } from "../onnx/graph.ts";
import { sigmoid, sigmoidBackward, silu, tanhBackward } from "../ops/activations.ts";
import * as binary from "../ops/binary.ts";
import { complexOf, imaginaryOf, realOf } from "../ops/complex.ts";
import * as exponents from "../ops/exponential.ts";
import * as logic from "../ops/logic.ts";
import { addcdiv, addcmul, lerp, multiplyAdd, type WeightAttributes, where } from "../ops/ternary.ts";
import * as trigonometry from "../ops/trigonometry.ts";
import * as unary from "../ops/unary.ts";
import { chosen } from "./carried.ts";
import {
  chosenParts,
  complexMade,
  delivered,
  type MakeComplex,
  type Parts,
  partsOf,
  truthOf,
} from "./complex.ts";
import * as functions from "./complex-functions.ts";
import { type LoweringRow, row } from "./lowering.ts";
import { Nodes } from "./nodes.ts";

const { productOf, quotientOf, sumOf, timesReal } = functions;

/** A row of a function of one number. */
const ofOne = (operation: Operation, make: functions.ComplexFunction): LoweringRow =>
  complexMade(operation, (n, [z]) => make(n, z));

/** A number that a graph has written, or one of its values: its imaginary part is then 0. */
function weight(n: Nodes, re: number, im: number, given: GraphValue | undefined): Parts {
  return {
    re: given === undefined ? n.number(re, float64) : n.cast(given, float64),
    im: n.number(im, float64),
  };
}

/** z times a number that is written in the graph. */
const scaledBy =
  (factor: number, then: functions.ComplexFunction): functions.ComplexFunction =>
  (n, z) =>
    then(n, timesReal(n, z, factor));

const logarithmIn =
  (unit: number): functions.ComplexFunction =>
  (n, z) =>
    timesReal(n, functions.logarithm(n, z), 1 / unit);

const isZero = (n: Nodes, { re, im }: Parts): GraphValue => n.and(n.equal(re, 0), n.equal(im, 0));

const one = (n: Nodes): Parts => ({ re: n.number(1, float64), im: n.number(0, float64) });

const unaries: readonly LoweringRow[] = [
  complexMade(unary.absolute, (n, [z]) => functions.sizeOf(n, z)),
  complexMade(unary.angle, (n, [z]) => functions.angleOfParts(n, z)),
  ofOne(unary.conjugate, functions.conjugated),
  ofOne(unary.timesI, functions.turnedLeft),
  ofOne(unary.square, (n, z) => productOf(n, z, z)),
  ofOne(unary.reciprocal, functions.reciprocalOf),
  complexMade(unary.sign, (n, [z]) => {
    const size = functions.sizeOf(n, z);
    const isNothing = n.equal(size, 0);
    const divisor = n.where(isNothing, 1, size);
    return {
      re: n.where(isNothing, 0, n.divide(z.re, divisor)),
      im: n.where(isNothing, 0, n.divide(z.im, divisor)),
    };
  }),
  complexMade(realOf, (_n, [{ re }]) => re),
  complexMade(imaginaryOf, (_n, [{ im }]) => im),
  row(complexOf, ({ graph, inputs: [re, im], results: [result] }) => {
    return [delivered(new Nodes(graph), { re: re!, im: im! }, result!)];
  }),
];

const exponentials: readonly LoweringRow[] = [
  ofOne(exponents.sqrt, functions.root),
  ofOne(exponents.rsqrt, (n, z) => functions.reciprocalOf(n, functions.root(n, z))),
  ofOne(exponents.exp, functions.exponential),
  ofOne(exponents.exp2, scaledBy(Math.LN2, functions.exponential)),
  ofOne(exponents.expm1, functions.exponentialLessOne),
  ofOne(exponents.log, functions.logarithm),
  ofOne(exponents.log2, logarithmIn(Math.LN2)),
  ofOne(exponents.log10, logarithmIn(Math.LN10)),
  ofOne(exponents.log1p, functions.logarithmOfMore),
  ofOne(sigmoid, functions.sigmoid),
  ofOne(silu, (n, z) => productOf(n, z, functions.sigmoid(n, z))),
  // The conjugates of y - y^2 and of 1 - y^2.
  complexMade(sigmoidBackward, (n, [g, y]) => {
    const slope = functions.differenceOf(n, y!, productOf(n, y!, y!));
    return productOf(n, g, functions.conjugated(n, slope));
  }),
  complexMade(tanhBackward, (n, [g, y]) => {
    const slope = functions.differenceOf(n, one(n), productOf(n, y!, y!));
    return productOf(n, g, functions.conjugated(n, slope));
  }),
];

const circular: readonly LoweringRow[] = [
  ofOne(trigonometry.sin, functions.sin),
  ofOne(trigonometry.cos, functions.cos),
  ofOne(trigonometry.tan, functions.tan),
  ofOne(trigonometry.asin, functions.asin),
  ofOne(trigonometry.acos, functions.acos),
  ofOne(trigonometry.atan, functions.atan),
  ofOne(trigonometry.sinh, functions.sinh),
  ofOne(trigonometry.cosh, functions.cosh),
  ofOne(trigonometry.tanh, functions.tanh),
  ofOne(trigonometry.asinh, functions.asinh),
  ofOne(trigonometry.acosh, functions.acosh),
  ofOne(trigonometry.atanh, functions.atanh),
  ofOne(trigonometry.sinc, (n, z) => {
    const isCentre = isZero(n, z);
    const safe = chosenParts(n, isCentre, one(n), timesReal(n, z, Math.PI));
    const ratio = quotientOf(n, functions.sin(n, timesReal(n, z, Math.PI)), safe);
    return chosenParts(n, isCentre, one(n), ratio);
  }),
];

const isNotANumber = (n: Nodes, { re, im }: Parts): GraphValue => n.or(n.isNaN(re), n.isNaN(im));

/** By real, then imaginary part; false where a NaN is. */
function isAtLeast(n: Nodes, a: Parts, b: Parts): GraphValue {
  const isNone = n.or(n.isNaN(a.im), n.isNaN(b.im));
  const isAbove = n.and(n.greater(a.re, b.re), n.not(isNone));
  return n.or(isAbove, n.and(n.equal(a.re, b.re), n.greaterEqual(a.im, b.im)));
}

/** A row of an extreme of two numbers: the first where it is at least the second, or that one is the one to be left. */
const extreme = (operation: Operation, direction: 1 | -1, leavesNaN: boolean): LoweringRow =>
  complexMade(operation, (n, [a, b]) => {
    const isBetter = direction === 1 ? isAtLeast(n, a, b!) : isAtLeast(n, b!, a);
    const isFirst = n.or(isBetter, isNotANumber(n, leavesNaN ? b! : a));
    return chosenParts(n, isFirst, a, b!);
  });

const binaries: readonly LoweringRow[] = [
  complexMade(binary.multiply, (n, [a, b]) => productOf(n, a, b!)),
  complexMade(binary.divide, (n, [a, b]) => quotientOf(n, a, b!)),
  complexMade(binary.power, (n, [a, b]) => functions.powerOf(n, a, b!)),
  complexMade(binary.floatPower, (n, [a, b]) => functions.powerOf(n, a, b!)),
  complexMade(
    binary.addScaled,
    (n, [a, b], { scale }, { varying }) => sumOf(n, a, productOf(n, weight(n, scale, 0, varying?.scale), b!)),
    ["scale"],
  ),
  extreme(binary.maximum, 1, false),
  extreme(binary.minimum, -1, false),
  extreme(binary.fmax, 1, true),
  extreme(binary.fmin, -1, true),
];

/** A row of the first number and, weighed, what becomes of the others. */
const addedTo = (
  operation: Operation<WeightAttributes>,
  joined: (n: Nodes, a: Parts, b: Parts) => Parts,
): LoweringRow =>
  complexMade(
    operation,
    (n, [a, b, c], { re, im }, { varying }) =>
      sumOf(n, a, joined(n, productOf(n, weight(n, re, im, varying?.re), b!), c!)),
    ["re"],
  );

const ternaries: readonly LoweringRow[] = [
  row(where, ({ graph, inputs: [condition, a, b], results: [result] }) => {
    const n = new Nodes(graph);
    const isFirst = truthOf(n, condition!);
    const type = partType(result!.dtype);
    const [x, y] = [a!, b!].map((value) => partsOf(n, value));
    const part = (of: keyof Parts): GraphValue =>
      chosen(n, isFirst, n.cast(x![of], type), n.cast(y![of], type));
    return [delivered(n, { re: part("re"), im: part("im") }, result!)];
  }),
  complexMade(lerp, (n, [a, b, w]) => {
    const isNear = n.less(functions.sizeOf(n, w!), 0.5);
    const span = functions.differenceOf(n, b!, a);
    const factor = { re: n.where(isNear, w!.re, n.subtract(w!.re, 1)), im: w!.im };
    return sumOf(n, chosenParts(n, isNear, a, b!), productOf(n, factor, span));
  }),
  complexMade(multiplyAdd, (n, [x, y, z]) => sumOf(n, productOf(n, x, y!), z!)),
  addedTo(addcmul, productOf),
  addedTo(addcdiv, quotientOf),
];

/** A row of a comparison: by the real, where those are equal by the imaginary parts. */
const comparison = (
  operation: Operation,
  compare: (n: Nodes, a: GraphValue, b: GraphValue) => GraphValue,
): LoweringRow =>
  complexMade(operation, (n, [a, b]) => {
    const isOrdered = n.not(n.or(n.isNaN(a.im), n.isNaN(b!.im)));
    const isSame = n.equal(a.re, b!.re);
    const byReal = n.and(n.and(n.not(isSame), isOrdered), compare(n, a.re, b!.re));
    return n.or(n.and(isSame, compare(n, a.im, b!.im)), byReal);
  });

const areEqual: MakeComplex<undefined> = (n, [a, b]) => n.and(n.equal(a.re, b!.re), n.equal(a.im, b!.im));

const tests: readonly LoweringRow[] = [
  complexMade(logic.equal, areEqual),
  complexMade(logic.notEqual, (n, operands, attributes, context) =>
    n.not(areEqual(n, operands, attributes, context) as GraphValue),
  ),
  comparison(logic.less, (n, a, b) => n.less(a, b)),
  comparison(logic.lessEqual, (n, a, b) => n.lessEqual(a, b)),
  comparison(logic.greater, (n, a, b) => n.greater(a, b)),
  comparison(logic.greaterEqual, (n, a, b) => n.greaterEqual(a, b)),
  complexMade(logic.isnan, (n, [z]) => isNotANumber(n, z)),
  complexMade(logic.isinf, (n, [{ re, im }]) => n.or(n.isInfinite(re), n.isInfinite(im))),
  complexMade(logic.isfinite, (n, [{ re, im }]) =>
    n.and(n.equal(n.subtract(re, re), 0), n.equal(n.subtract(im, im), 0)),
  ),
];

/** Rows of complex numbers, element by element. */
export const complexArithmetic: readonly LoweringRow[] = [
  ...unaries,
  ...exponentials,
  ...circular,
  ...binaries,
  ...ternaries,
  ...tests,
];
