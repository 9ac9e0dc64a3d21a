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

function comparison(name: string, operation: Operation): BinaryUfunc {
  return ufunc(name, plain(operation), all, { isComparison: true }, boolType);
}

function logical(name: string, operation: Operation, reduction?: Reduction): BinaryUfunc {
  return ufunc(name, plain(operation), all, reduction === undefined ? {} : { reduction }, boolType);
}

/** @throws ValueError for an integer to the power of a negative one */
function checkPowers([, exponents]: readonly Operand[], loop: DType): void {
  if (loop.kind !== "signed") return;
  if (elements(exponents!).some((value) => Number(value) < 0)) {
    throw new ValueError("Integers to negative integer powers are not allowed.");
  }
}

const subtractMessage =
  "numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator, or the logical_xor function instead.";

export const add: BinaryUfunc = ufunc("add", plain(binary.add), all, { reduction: sumLike(sum, cumsum, 0) });
export const subtract: BinaryUfunc = ufunc("subtract", plain(binary.subtract), numbers, {
  boolMessage: subtractMessage,
});
export const multiply: BinaryUfunc = ufunc("multiply", plain(binary.multiply), all, {
  reduction: sumLike(prod, cumprod, 1),
});
export const divide: BinaryUfunc = ufunc("divide", plain(binary.divide), floats + complexes, {
  integersAs: float64,
});
export const floorDivide: BinaryUfunc = ufunc("floor_divide", ruled(binary.floorDivide), integers + floats);
export const remainder: BinaryUfunc = ufunc("remainder", ruled(binary.remainder), integers + floats);
export const fmod: BinaryUfunc = ufunc("fmod", ruled(binary.fmod), integers + floats);
export const power: BinaryUfunc = ufunc("power", ruled(binary.power), numbers, { check: checkPowers });
export const floatPower: BinaryUfunc = ufunc("float_power", ruled(binary.floatPower), "dD");
export const maximum: BinaryUfunc = ufunc("maximum", plain(binary.maximum), all, {
  isUniform: true,
  reduction: reductionOf(amax),
});
export const minimum: BinaryUfunc = ufunc("minimum", plain(binary.minimum), all, {
  isUniform: true,
  reduction: reductionOf(amin),
});
export const fmax: BinaryUfunc = ufunc("fmax", plain(binary.fmax), all, { isUniform: true });
export const fmin: BinaryUfunc = ufunc("fmin", plain(binary.fmin), all, { isUniform: true });
export const equal: BinaryUfunc = comparison("equal", logic.equal);
export const notEqual: BinaryUfunc = comparison("not_equal", logic.notEqual);
export const less: BinaryUfunc = comparison("less", logic.less);
export const lessEqual: BinaryUfunc = comparison("less_equal", logic.lessEqual);
export const greater: BinaryUfunc = comparison("greater", logic.greater);
export const greaterEqual: BinaryUfunc = comparison("greater_equal", logic.greaterEqual);
export const logicalAnd: BinaryUfunc = logical("logical_and", logic.logicalAnd, reductionOf(allOperation, 1));
export const logicalOr: BinaryUfunc = logical("logical_or", logic.logicalOr, reductionOf(anyOperation, 0));
export const logicalXor: BinaryUfunc = logical("logical_xor", logic.logicalXor);
export const bitwiseAnd: BinaryUfunc = ufunc("bitwise_and", plain(logic.bitwiseAnd), `?${integers}`);
export const bitwiseOr: BinaryUfunc = ufunc("bitwise_or", plain(logic.bitwiseOr), `?${integers}`);
export const bitwiseXor: BinaryUfunc = ufunc("bitwise_xor", plain(logic.bitwiseXor), `?${integers}`);
export const leftShift: BinaryUfunc = ufunc("left_shift", plain(logic.leftShift), integers);
export const rightShift: BinaryUfunc = ufunc("right_shift", plain(logic.rightShift), integers);
export const arctan2: BinaryUfunc = ufunc("arctan2", plain(trigonometry.atan2), floats);
export const hypot: BinaryUfunc = ufunc("hypot", plain(trigonometry.hypot), floats);
export const copysign: BinaryUfunc = ufunc("copysign", plain(binary.copysign), floats);
export const nextafter: BinaryUfunc = ufunc("nextafter", plain(binary.nextafter), floats);
export const heaviside: BinaryUfunc = ufunc("heaviside", plain(binary.heaviside), floats);
export const logaddexp: BinaryUfunc = ufunc("logaddexp", plain(exponential.logaddexp), floats);
export const logaddexp2: BinaryUfunc = ufunc("logaddexp2", plain(exponential.logaddexp2), floats);
export const gcd: BinaryUfunc = ufunc("gcd", plain(binary.gcd), integers, { isUniform: true });
export const lcm: BinaryUfunc = ufunc("lcm", plain(binary.lcm), integers, { isUniform: true });
