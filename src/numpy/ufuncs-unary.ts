// The ufuncs of one operand, and those with two results: which operations compute each, and in which types.

import { int32 } from "../core/dtype.ts";
import type { Operation } from "../core/op.ts";
import * as binary from "../ops/binary.ts";
import * as exponential from "../ops/exponential.ts";
import * as logic from "../ops/logic.ts";
import * as trigonometry from "../ops/trigonometry.ts";
import * as unary from "../ops/unary.ts";
import { all, complexes, floats, integers, numbers } from "./loops.ts";
import { boolType, type OutputType, plain, realType, ruled, sameType, type UfuncSpec } from "./ufunc.ts";
import {
  type BinaryPairUfunc,
  binaryPairUfunc,
  type UnaryPairUfunc,
  type UnaryUfunc,
  unaryPairUfunc,
  unaryUfunc,
} from "./ufunc-methods.ts";

function ufunc(
  name: string,
  operation: Operation,
  loops: string,
  type: OutputType = sameType,
  details: Pick<UfuncSpec, "isUniform" | "boolMessage"> = {},
): UnaryUfunc {
  return unaryUfunc({ name, nin: 1, outputs: [{ run: plain(operation), type }], loops, ...details });
}

/** Floating and complex functions. */
function analytic(name: string, operation: Operation, loops: string = floats + complexes): UnaryUfunc {
  return ufunc(name, operation, loops);
}

const negativeMessage =
  "The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the logical_not function instead.";

export const negative: UnaryUfunc = ufunc("negative", unary.negative, numbers, sameType, {
  boolMessage: negativeMessage,
});
export const positive: UnaryUfunc = ufunc("positive", unary.positive, numbers, sameType, { isUniform: true });
export const absolute: UnaryUfunc = ufunc("absolute", unary.absolute, all, realType);
export const fabs: UnaryUfunc = ufunc("fabs", unary.absolute, floats);
export const sign: UnaryUfunc = ufunc("sign", unary.sign, numbers, sameType, { isUniform: true });
export const square: UnaryUfunc = ufunc("square", unary.square, numbers);
export const reciprocal: UnaryUfunc = ufunc("reciprocal", unary.reciprocal, numbers);
export const conjugate: UnaryUfunc = ufunc("conjugate", unary.conjugate, numbers);
export const sqrt: UnaryUfunc = analytic("sqrt", exponential.sqrt);
export const cbrt: UnaryUfunc = analytic("cbrt", exponential.cbrt, floats);
export const exp: UnaryUfunc = analytic("exp", exponential.exp);
export const exp2: UnaryUfunc = analytic("exp2", exponential.exp2);
export const expm1: UnaryUfunc = analytic("expm1", exponential.expm1);
export const log: UnaryUfunc = analytic("log", exponential.log);
export const log2: UnaryUfunc = analytic("log2", exponential.log2);
export const log10: UnaryUfunc = analytic("log10", exponential.log10);
export const log1p: UnaryUfunc = analytic("log1p", exponential.log1p);
export const sin: UnaryUfunc = analytic("sin", trigonometry.sin);
export const cos: UnaryUfunc = analytic("cos", trigonometry.cos);
export const tan: UnaryUfunc = analytic("tan", trigonometry.tan);
export const arcsin: UnaryUfunc = analytic("arcsin", trigonometry.asin);
export const arccos: UnaryUfunc = analytic("arccos", trigonometry.acos);
export const arctan: UnaryUfunc = analytic("arctan", trigonometry.atan);
export const sinh: UnaryUfunc = analytic("sinh", trigonometry.sinh);
export const cosh: UnaryUfunc = analytic("cosh", trigonometry.cosh);
export const tanh: UnaryUfunc = analytic("tanh", trigonometry.tanh);
export const arcsinh: UnaryUfunc = analytic("arcsinh", trigonometry.asinh);
export const arccosh: UnaryUfunc = analytic("arccosh", trigonometry.acosh);
export const arctanh: UnaryUfunc = analytic("arctanh", trigonometry.atanh);
export const degrees: UnaryUfunc = analytic("degrees", unary.degrees, floats);
export const radians: UnaryUfunc = analytic("radians", unary.radians, floats);
export const floor: UnaryUfunc = ufunc("floor", unary.floor, `?${integers}${floats}`);
export const ceil: UnaryUfunc = ufunc("ceil", unary.ceil, `?${integers}${floats}`);
export const trunc: UnaryUfunc = ufunc("trunc", unary.trunc, `?${integers}${floats}`);
export const rint: UnaryUfunc = analytic("rint", unary.round);
export const isnan: UnaryUfunc = ufunc("isnan", logic.isnan, all, boolType);
export const isinf: UnaryUfunc = ufunc("isinf", logic.isinf, all, boolType);
export const isfinite: UnaryUfunc = ufunc("isfinite", logic.isfinite, all, boolType);
export const signbit: UnaryUfunc = ufunc("signbit", logic.signbit, floats, boolType);
export const spacing: UnaryUfunc = ufunc("spacing", unary.spacing, floats);
export const logicalNot: UnaryUfunc = ufunc("logical_not", logic.logicalNot, all, boolType);
export const invert: UnaryUfunc = ufunc("invert", logic.bitwiseNot, `?${integers}`);

export const divmod: BinaryPairUfunc = binaryPairUfunc({
  name: "divmod",
  nin: 2,
  outputs: [
    { run: ruled(binary.floorDivide), type: sameType },
    { run: ruled(binary.remainder), type: sameType },
  ],
  loops: integers + floats,
});

export const modf: UnaryPairUfunc = unaryPairUfunc({
  name: "modf",
  nin: 1,
  outputs: [
    { run: plain(unary.fractionalPart), type: sameType },
    { run: plain(unary.trunc), type: sameType },
  ],
  loops: floats,
});

export const frexp: UnaryPairUfunc = unaryPairUfunc({
  name: "frexp",
  nin: 1,
  outputs: [
    { run: plain(unary.mantissa), type: sameType },
    { run: plain(unary.exponent), type: () => int32 },
  ],
  loops: floats,
});
