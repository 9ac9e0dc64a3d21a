// The ufuncs of two operands: which operation computes each, and in which types.

import { type DType, float64 } from "../core/dtype.ts";
import { elements, type Operand } from "../core/elements.ts";
import { ValueError } from "../core/errors.ts";
import type { Operation } from "../core/op.ts";
import * as binary from "../ops/binary.ts";
import * as exponential from "../ops/exponential.ts";
import * as logic from "../ops/logic.ts";
import { all as allOperation, amax, amin, any as anyOperation, prod, sum } from "../ops/reductions.ts";
import { cumprod, cumsum } from "../ops/scans.ts";
import * as trigonometry from "../ops/trigonometry.ts";
import { all, complexes, floats, integers, numbers } from "./loops.ts";
import { boolType, type OutputType, plain, type Run, ruled, sameType, type UfuncSpec } from "./ufunc.ts";
import { type BinaryUfunc, binaryUfunc, type Reduction, reductionOf, sumLike } from "./ufunc-methods.ts";

/** What of a declaration is not usual. */
type Details = Partial<Omit<UfuncSpec, "name" | "nin" | "outputs" | "loops">> & {
  readonly reduction?: Reduction;
};

function ufunc(
  name: string,
  run: Run,
  loops: string,
  { reduction, ...details }: Details = {},
  type: OutputType = sameType,
): BinaryUfunc {
  return binaryUfunc({ name, nin: 2, outputs: [{ run, type }], loops, ...details }, reduction);
}

/** A comparison: its operator in Python, and what it gives for a number and something that is none. */
function comparison(name: string, operation: Operation, operator: string, ofItems?: boolean): BinaryUfunc {
  const answers = ofItems === undefined ? { operator } : { operator, ofItems };
  return ufunc(name, plain(operation), all, { isComparison: true, ...answers }, boolType);
}

function logical(
  name: string,
  operation: Operation,
  reduction: Reduction | undefined,
  identity: boolean,
): BinaryUfunc {
  const details = reduction === undefined ? { identity } : { identity, reduction };
  return ufunc(name, plain(operation), all, details, boolType);
}

/** @throws ValueError for an integer to the power of a negative one */
function checkPowers([, exponents]: readonly Operand[], loop: DType): void {
  if (loop.kind !== "signed") return;
  if (elements(exponents!).some((value) => Number(value) < 0)) {
    throw new ValueError("Integers to negative integer powers are not allowed.");
  }
}

const division: Details = { poles: [0], isDivision: true };
const powers: Details = { poles: [0], poleOperand: 0 };

const subtractMessage =
  "numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator, or the logical_xor function instead.";

/** The sum. */
export const add: BinaryUfunc = ufunc("add", plain(binary.add), all, {
  operator: "+",
  identity: 0,
  reduction: sumLike(sum, cumsum),
});
/** The difference; of bools an error. */
export const subtract: BinaryUfunc = ufunc("subtract", plain(binary.subtract), numbers, {
  boolMessage: subtractMessage,
  operator: "-",
});
/** The product. */
export const multiply: BinaryUfunc = ufunc("multiply", plain(binary.multiply), all, {
  operator: "*",
  identity: 1,
  reduction: sumLike(prod, cumprod),
});
/** The quotient, floating for integers. */
export const divide: BinaryUfunc = ufunc("divide", plain(binary.divide), floats + complexes, {
  operator: "/",
  integersAs: float64,
  ...division,
});
/** The quotient rounded down; 0 for an integer divided by zero. */
export const floorDivide: BinaryUfunc = ufunc(
  "floor_divide",
  ruled(binary.floorDivide),
  integers + floats,
  division,
);
/** What remains of `floor_divide`, with the divisor's sign. */
export const remainder: BinaryUfunc = ufunc(
  "remainder",
  ruled(binary.remainder),
  integers + floats,
  division,
);
/** What remains of division towards zero, with the dividend's sign. */
export const fmod: BinaryUfunc = ufunc("fmod", ruled(binary.fmod), integers + floats, division);
/** The first to the power of the second. */
export const power: BinaryUfunc = ufunc("power", ruled(binary.power), numbers, {
  operator: "** or pow()",
  check: checkPowers,
  ...powers,
});
/** As `power`, in float64 or complex128. */
export const floatPower: BinaryUfunc = ufunc("float_power", ruled(binary.floatPower), "dD", powers);
const thirdArgument =
  "Passing more than 2 positional arguments to np.maximum and np.minimum is deprecated. " +
  "If you meant to use the third argument as an output, use the `out` keyword argument instead. " +
  "If you hoped to work with more than 2 inputs, combine them into a single array and get the extrema for the relevant axis.";

/** The larger; NaN where either is. */
export const maximum: BinaryUfunc = ufunc("maximum", plain(binary.maximum), all, {
  isUniform: true,
  isReorderable: true,
  thirdArgument,
  reduction: reductionOf(amax),
});
/** The smaller; NaN where either is. */
export const minimum: BinaryUfunc = ufunc("minimum", plain(binary.minimum), all, {
  isUniform: true,
  isReorderable: true,
  thirdArgument,
  reduction: reductionOf(amin),
});
/** The larger, or the one that is not NaN. */
export const fmax: BinaryUfunc = ufunc("fmax", plain(binary.fmax), all, {
  isUniform: true,
  isReorderable: true,
});
/** The smaller, or the one that is not NaN. */
export const fmin: BinaryUfunc = ufunc("fmin", plain(binary.fmin), all, {
  isUniform: true,
  isReorderable: true,
});
/** Whether the two are equal. */
export const equal: BinaryUfunc = comparison("equal", logic.equal, "==", false);
/** Whether the two differ. */
export const notEqual: BinaryUfunc = comparison("not_equal", logic.notEqual, "!=", true);
/** Whether the first is less. */
export const less: BinaryUfunc = comparison("less", logic.less, "<");
/** Whether the first is less or equal. */
export const lessEqual: BinaryUfunc = comparison("less_equal", logic.lessEqual, "<=");
/** Whether the first is greater. */
export const greater: BinaryUfunc = comparison("greater", logic.greater, ">");
/** Whether the first is greater or equal. */
export const greaterEqual: BinaryUfunc = comparison("greater_equal", logic.greaterEqual, ">=");
/** Whether both are true. */
export const logicalAnd: BinaryUfunc = logical(
  "logical_and",
  logic.logicalAnd,
  reductionOf(allOperation),
  true,
);
/** Whether either is true. */
export const logicalOr: BinaryUfunc = logical(
  "logical_or",
  logic.logicalOr,
  reductionOf(anyOperation),
  false,
);
/** Whether one alone is true. */
export const logicalXor: BinaryUfunc = logical("logical_xor", logic.logicalXor, undefined, false);
/** Bits that both have. */
export const bitwiseAnd: BinaryUfunc = ufunc("bitwise_and", plain(logic.bitwiseAnd), `?${integers}`, {
  identity: -1,
});
/** Bits that either has. */
export const bitwiseOr: BinaryUfunc = ufunc("bitwise_or", plain(logic.bitwiseOr), `?${integers}`, {
  identity: 0,
});
/** Bits that one alone has. */
export const bitwiseXor: BinaryUfunc = ufunc("bitwise_xor", plain(logic.bitwiseXor), `?${integers}`, {
  identity: 0,
});
/** Bits moved up; 0 when moved out. */
export const leftShift: BinaryUfunc = ufunc("left_shift", plain(logic.leftShift), integers);
/** Bits moved down, the sign kept. */
export const rightShift: BinaryUfunc = ufunc("right_shift", plain(logic.rightShift), integers);
/** The angle of the point (x2, x1), in radians. */
export const arctan2: BinaryUfunc = ufunc("arctan2", plain(trigonometry.atan2), floats);
/** The length of the hypotenuse. */
export const hypot: BinaryUfunc = ufunc("hypot", plain(trigonometry.hypot), floats, {
  isQuiet: true,
  identity: 0,
});
/** The first's magnitude with the second's sign. */
export const copysign: BinaryUfunc = ufunc("copysign", plain(binary.copysign), floats);
/** The next number after the first towards the second. */
export const nextafter: BinaryUfunc = ufunc("nextafter", plain(binary.nextafter), floats);
/** 0 below 0, 1 above, the second operand at 0. */
export const heaviside: BinaryUfunc = ufunc("heaviside", plain(binary.heaviside), floats);
/** log(exp(x1) + exp(x2)). */
export const logaddexp: BinaryUfunc = ufunc("logaddexp", plain(exponential.logaddexp), floats, {
  isQuiet: true,
  identity: Number.NEGATIVE_INFINITY,
});
/** log2(2^x1 + 2^x2). */
export const logaddexp2: BinaryUfunc = ufunc("logaddexp2", plain(exponential.logaddexp2), floats, {
  isQuiet: true,
  identity: Number.NEGATIVE_INFINITY,
});
/** The greatest common divisor. */
export const gcd: BinaryUfunc = ufunc("gcd", plain(binary.gcd), integers, {
  isUniform: true,
  identity: 0,
});
/** The least common multiple. */
export const lcm: BinaryUfunc = ufunc("lcm", plain(binary.lcm), integers, { isUniform: true });
