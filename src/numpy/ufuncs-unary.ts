// The ufuncs of one operand, and those with two results: which operations compute each, and in which types.

import { int32, uint8 } from "../core/dtype.ts";
import { elements, type Operand } from "../core/elements.ts";
import type { Operation } from "../core/op.ts";
import * as binary from "../ops/binary.ts";
import * as exponential from "../ops/exponential.ts";
import * as logic from "../ops/logic.ts";
import * as trigonometry from "../ops/trigonometry.ts";
import * as unary from "../ops/unary.ts";
import { assign } from "./assign.ts";
import type { FloatingRules } from "./floating-errors.ts";
import { all, complexes, floats, integers, numbers } from "./loops.ts";
import { fromValues } from "./make.ts";
import { boolType, type OutputType, plain, realType, ruled, sameType, type UfuncSpec } from "./ufunc.ts";
import {
  type BinaryPairUfunc,
  binaryPairUfunc,
  type UnaryPairUfunc,
  type UnaryUfunc,
  unaryPairUfunc,
  unaryUfunc,
} from "./ufunc-methods.ts";

type Details = Pick<UfuncSpec, "isUniform" | "boolMessage" | keyof FloatingRules>;

function ufunc(
  name: string,
  operation: Operation,
  loops: string,
  type: OutputType = sameType,
  details: Details = {},
): UnaryUfunc {
  return unaryUfunc({ name, nin: 1, outputs: [{ run: plain(operation), type }], loops, ...details });
}

/** Floating and complex functions. */
function analytic(
  name: string,
  operation: Operation,
  loops: string = floats + complexes,
  details: Details = {},
): UnaryUfunc {
  return ufunc(name, operation, loops, sameType, details);
}

/** Writes how many bits each integer has set. */
function countBits([input]: readonly Operand[], output: Operand): void {
  const counts = elements(input!).map((value) => {
    const whole = BigInt(value as number | bigint);
    return (whole < 0n ? -whole : whole).toString(2).replaceAll("0", "").length;
  });
  assign(output, fromValues(uint8, output.layout.shape, counts));
}

const negativeMessage =
  "The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the logical_not function instead.";

/** The number with its sign changed; of bools an error. */
export const negative: UnaryUfunc = ufunc("negative", unary.negative, numbers, sameType, {
  boolMessage: negativeMessage,
});
/** The number itself, as a copy. */
export const positive: UnaryUfunc = ufunc("positive", unary.positive, numbers, sameType, { isUniform: true });
/** The magnitude, real for complex numbers. */
export const absolute: UnaryUfunc = ufunc("absolute", unary.absolute, all, realType, {
  isUniform: true,
});
/** The magnitude, floating. */
export const fabs: UnaryUfunc = ufunc("fabs", unary.absolute, floats);
/** -1, 0 or 1; z / |z| of a complex number. */
export const sign: UnaryUfunc = ufunc("sign", unary.sign, numbers, sameType, { isUniform: true });
/** The square. */
export const square: UnaryUfunc = ufunc("square", unary.square, numbers);
/** 1 / x; of integers truncated. */
export const reciprocal: UnaryUfunc = ufunc("reciprocal", unary.reciprocal, numbers, sameType, {
  poles: [0],
  isDivision: true,
});
/** The complex conjugate. */
export const conjugate: UnaryUfunc = ufunc("conjugate", unary.conjugate, numbers);
/** The square root. */
export const sqrt: UnaryUfunc = analytic("sqrt", exponential.sqrt);
/** The cube root. */
export const cbrt: UnaryUfunc = analytic("cbrt", exponential.cbrt, floats);
/** e to the power of x. */
export const exp: UnaryUfunc = analytic("exp", exponential.exp);
/** 2 to the power of x. */
export const exp2: UnaryUfunc = analytic("exp2", exponential.exp2);
/** exp(x) - 1, precise near 0. */
export const expm1: UnaryUfunc = analytic("expm1", exponential.expm1);
/** The natural logarithm. */
export const log: UnaryUfunc = analytic("log", exponential.log, undefined, { poles: [0] });
/** The logarithm to base 2. */
export const log2: UnaryUfunc = analytic("log2", exponential.log2, undefined, { poles: [0] });
/** The logarithm to base 10. */
export const log10: UnaryUfunc = analytic("log10", exponential.log10, undefined, { poles: [0] });
/** log(1 + x), precise near 0. */
export const log1p: UnaryUfunc = analytic("log1p", exponential.log1p, undefined, { poles: [-1] });
/** The sine. */
export const sin: UnaryUfunc = analytic("sin", trigonometry.sin);
/** The cosine. */
export const cos: UnaryUfunc = analytic("cos", trigonometry.cos);
/** The tangent. */
export const tan: UnaryUfunc = analytic("tan", trigonometry.tan);
/** The inverse sine. */
export const arcsin: UnaryUfunc = analytic("arcsin", trigonometry.asin);
/** The inverse cosine. */
export const arccos: UnaryUfunc = analytic("arccos", trigonometry.acos);
/** The inverse tangent. */
export const arctan: UnaryUfunc = analytic("arctan", trigonometry.atan);
/** The hyperbolic sine. */
export const sinh: UnaryUfunc = analytic("sinh", trigonometry.sinh);
/** The hyperbolic cosine. */
export const cosh: UnaryUfunc = analytic("cosh", trigonometry.cosh);
/** The hyperbolic tangent. */
export const tanh: UnaryUfunc = analytic("tanh", trigonometry.tanh);
/** The inverse hyperbolic sine. */
export const arcsinh: UnaryUfunc = analytic("arcsinh", trigonometry.asinh);
/** The inverse hyperbolic cosine. */
export const arccosh: UnaryUfunc = analytic("arccosh", trigonometry.acosh);
/** The inverse hyperbolic tangent. */
export const arctanh: UnaryUfunc = analytic("arctanh", trigonometry.atanh, undefined, { poles: [-1, 1] });
/** Radians as degrees. */
export const degrees: UnaryUfunc = analytic("degrees", unary.degrees, floats);
/** Degrees as radians. */
export const radians: UnaryUfunc = analytic("radians", unary.radians, floats);
/** Rounded down. */
export const floor: UnaryUfunc = ufunc("floor", unary.floor, `?${integers}${floats}`);
/** Rounded up. */
export const ceil: UnaryUfunc = ufunc("ceil", unary.ceil, `?${integers}${floats}`);
/** Rounded towards zero. */
export const trunc: UnaryUfunc = ufunc("trunc", unary.trunc, `?${integers}${floats}`);
/** Rounded to the nearest, halves to even, floating. */
export const rint: UnaryUfunc = analytic("rint", unary.round);
/** Whether it is NaN. */
export const isnan: UnaryUfunc = ufunc("isnan", logic.isnan, all, boolType);
/** Whether it is infinite. */
export const isinf: UnaryUfunc = ufunc("isinf", logic.isinf, all, boolType);
/** Whether it is neither infinite nor NaN. */
export const isfinite: UnaryUfunc = ufunc("isfinite", logic.isfinite, all, boolType);
/** Whether the sign bit is set: of -0 too. */
export const signbit: UnaryUfunc = ufunc("signbit", logic.signbit, floats, boolType);
/** The distance to the next number away from zero. */
export const spacing: UnaryUfunc = ufunc("spacing", unary.spacing, floats, sameType, { isQuiet: true });
/** Whether it is zero. */
export const logicalNot: UnaryUfunc = ufunc("logical_not", logic.logicalNot, all, boolType);
/** All bits changed; of bools the other one. */
export const invert: UnaryUfunc = ufunc("invert", logic.bitwiseNot, `?${integers}`);

/** The number of bits that are set in the magnitude. */
export const bitwiseCount: UnaryUfunc = unaryUfunc({
  name: "bitwise_count",
  nin: 1,
  outputs: [{ run: countBits, type: () => uint8 }],
  loops: integers,
});

/** Quotient rounded down, and remainder. */
export const divmod: BinaryPairUfunc = binaryPairUfunc({
  name: "divmod",
  nin: 2,
  outputs: [
    { run: ruled(binary.floorDivide), type: sameType },
    { run: ruled(binary.remainder), type: sameType },
  ],
  loops: integers + floats,
  poles: [0],
  isDivision: true,
});

/** Fractional and whole part, both with the sign. */
export const modf: UnaryPairUfunc = unaryPairUfunc({
  name: "modf",
  nin: 1,
  outputs: [
    { run: plain(unary.fractionalPart), type: sameType },
    { run: plain(unary.trunc), type: sameType },
  ],
  loops: floats,
});

/** Mantissa and exponent: x = m 2^e with 0.5 <= |m| < 1. */
export const frexp: UnaryPairUfunc = unaryPairUfunc({
  name: "frexp",
  nin: 1,
  outputs: [
    { run: plain(unary.mantissa), type: sameType },
    { run: plain(unary.exponent), type: () => int32 },
  ],
  loops: floats,
});
