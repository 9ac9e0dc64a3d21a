// Elementwise functions of two operands that need nothing beside their declaration. In-place forms have an underscore.

import * as operations from "../ops/binary.ts";
import * as exponential from "../ops/exponential.ts";
import * as logic from "../ops/logic.ts";
import * as trigonometry from "../ops/trigonometry.ts";
import { type Binary, type BinaryInPlace, binary, binaryInPlace, type Face } from "./elementwise.ts";
import { lacks, refusals, says } from "./refusals.ts";

const plain = (name: string): Face => ({ name });
const pair = (name: string): Face => ({ name, tensorsOnly: true });
const torch = { rules: "torch" } as const;

const face = {
  remainder: {
    name: "remainder",
    scalars: "eitherWithoutOut",
    refusals: refusals(lacks("remainder_cpu", "bool", "rare", "complex")),
    labels: ["RemainderBackward0", "RemainderBackward1"],
  },
  fmod: {
    name: "fmod",
    scalars: "second",
    refusals: refusals(lacks("fmod_cpu", "bool", "rare", "complex")),
    labels: ["FmodBackward0", "FmodBackward1"],
  },
  maximum: {
    name: "maximum",
    tensorsOnly: true,
    operandRefusals: refusals(says("maximum not implemented for complex tensors.", "complex")),
    refusals: refusals(lacks("maximum_cpu", "rare")),
  },
  minimum: {
    name: "minimum",
    tensorsOnly: true,
    operandRefusals: refusals(says("minimum not implemented for complex tensors.", "complex")),
    refusals: refusals(lacks("minimum_cpu", "rare")),
  },
  fmax: {
    name: "fmax",
    tensorsOnly: true,
    operandRefusals: refusals(says("fmax not implemented for complex tensors.", "complex")),
  },
  fmin: {
    name: "fmin",
    tensorsOnly: true,
    operandRefusals: refusals(says("fmin not implemented for complex tensors.", "complex")),
  },
  copysign: {
    name: "copysign",
    scalars: "second",
    refusals: refusals(lacks("copysign_cpu", "complex")),
    labels: ["CopysignBackward1", "CopysignBackward0"],
  },
  nextafter: {
    name: "nextafter",
    tensorsOnly: true,
    refusals: refusals(lacks("nextafter_cpu", "bool", "rare", "whole", "complex")),
  },
  gcd: {
    name: "gcd",
    tensorsOnly: true,
    refusals: refusals(lacks("gcd_cpu", "bool", "rare", "floating", "complex")),
  },
  lcm: {
    name: "lcm",
    tensorsOnly: true,
    refusals: refusals(lacks("lcm_cpu", "bool", "rare", "floating", "complex")),
  },
  eq: { name: "eq", scalars: "second" },
  ne: { name: "ne", scalars: "second" },
  xlogy: {
    name: "xlogy",
    scalars: "either",
    refusals: refusals(lacks("xlogy_cpu", "complex")),
    labels: ["XlogyBackward2", "XlogyBackward0", "XlogyBackward1"],
  },
  heaviside: {
    name: "heaviside",
    tensorsOnly: true,
    parameters: ["input", "values"],
    operandRefusals: refusals(says("heaviside is not yet implemented for complex tensors.", "complex")),
    refusals: refusals(lacks("heaviside_cpu", "rare")),
  },
  lt: { name: "lt", scalars: "second", refusals: refusals(lacks("lt_cpu", "rare", "complex")) },
  le: { name: "le", scalars: "second", refusals: refusals(lacks("le_cpu", "rare", "complex")) },
  gt: { name: "gt", scalars: "second", refusals: refusals(lacks("gt_cpu", "rare", "complex")) },
  ge: { name: "ge", scalars: "second", refusals: refusals(lacks("ge_cpu", "rare", "complex")) },
  logicalAnd: {
    name: "logical_and",
    tensorsOnly: true,
    refusals: refusals(lacks("logical_and_cpu", "rare")),
  },
  logicalOr: { name: "logical_or", tensorsOnly: true, refusals: refusals(lacks("logical_or_cpu", "rare")) },
  logicalXor: {
    name: "logical_xor",
    tensorsOnly: true,
    refusals: refusals(lacks("logical_xor_cpu", "rare")),
  },
  bitwiseAnd: {
    name: "bitwise_and",
    scalars: "eitherWithoutOut",
    refusals: refusals(lacks("bitwise_and_cpu", "floating", "complex")),
  },
  bitwiseOr: {
    name: "bitwise_or",
    scalars: "eitherWithoutOut",
    refusals: refusals(lacks("bitwise_or_cpu", "floating", "complex")),
  },
  bitwiseXor: {
    name: "bitwise_xor",
    scalars: "eitherWithoutOut",
    refusals: refusals(lacks("bitwise_xor_cpu", "floating", "complex")),
  },
  bitwiseLeftShift: {
    name: "bitwise_left_shift",
    scalars: "eitherWithoutOut",
    refusals: refusals(lacks("lshift_cpu", "bool", "rare", "floating", "complex")),
  },
  bitwiseRightShift: {
    name: "bitwise_right_shift",
    scalars: "eitherWithoutOut",
    refusals: refusals(lacks("rshift_cpu", "bool", "rare", "floating", "complex")),
  },
  atan2: { name: "atan2", tensorsOnly: true, refusals: refusals(lacks("atan2_cpu", "complex")) },
  hypot: {
    name: "hypot",
    tensorsOnly: true,
    refusals: refusals(lacks("hypot_cpu", "bool", "rare", "whole", "complex")),
  },
} satisfies Readonly<Record<string, Face>>;

/** The product. */
export const mul: Binary = binary(operations.multiply, plain("mul"));
export const mul_: BinaryInPlace = binaryInPlace(operations.multiply, plain("mul"));
/** `mul` under another name. */
export const multiply: Binary = mul;
export const multiply_: BinaryInPlace = mul_;
/** The remainder of the division rounded down: it has the divisor's sign. */
export const remainder: Binary = binary(operations.remainder, face.remainder, torch);
export const remainder_: BinaryInPlace = binaryInPlace(operations.remainder, face.remainder, torch);
/** The remainder of the division rounded to 0: it has the dividend's sign. */
export const fmod: Binary = binary(operations.fmod, face.fmod, torch);
export const fmod_: BinaryInPlace = binaryInPlace(operations.fmod, face.fmod, torch);
/** The larger of each pair, NaN where one is. */
export const maximum: Binary = binary(operations.maximum, face.maximum);
/** The smaller of each pair, NaN where one is. */
export const minimum: Binary = binary(operations.minimum, face.minimum);
/** The larger of each pair; of NaN and a number the number. */
export const fmax: Binary = binary(operations.fmax, face.fmax);
/** The smaller of each pair; of NaN and a number the number. */
export const fmin: Binary = binary(operations.fmin, face.fmin);
/** The first's magnitude with the second's sign. */
export const copysign: Binary = binary(operations.copysign, face.copysign);
export const copysign_: BinaryInPlace = binaryInPlace(operations.copysign, face.copysign);
/** The next number that the type has, towards the second. */
export const nextafter: Binary = binary(operations.nextafter, face.nextafter);
export const nextafter_: BinaryInPlace = binaryInPlace(operations.nextafter, face.nextafter);
/** 0 below 0, 1 above, and at 0 the second. */
export const heaviside: Binary = binary(operations.heaviside, face.heaviside, torch);
export const heaviside_: BinaryInPlace = binaryInPlace(operations.heaviside, face.heaviside, torch);
/** The greatest common divisor. */
export const gcd: Binary = binary(operations.gcd, face.gcd);
export const gcd_: BinaryInPlace = binaryInPlace(operations.gcd, face.gcd);
/** The least common multiple. */
export const lcm: Binary = binary(operations.lcm, face.lcm);
export const lcm_: BinaryInPlace = binaryInPlace(operations.lcm, face.lcm);
/** True where they are equal. */
export const eq: Binary = binary(logic.equal, face.eq);
export const eq_: BinaryInPlace = binaryInPlace(logic.equal, face.eq);
/** True where they differ. */
export const ne: Binary = binary(logic.notEqual, face.ne);
export const ne_: BinaryInPlace = binaryInPlace(logic.notEqual, face.ne);
/** `ne` under another name. */
export const notEqual: Binary = ne;
export const notEqual_: BinaryInPlace = ne_;
/** True where the first is less. */
export const lt: Binary = binary(logic.less, face.lt);
export const lt_: BinaryInPlace = binaryInPlace(logic.less, face.lt);
/** `lt` under another name. */
export const less: Binary = lt;
export const less_: BinaryInPlace = lt_;
/** True where the first is not greater. */
export const le: Binary = binary(logic.lessEqual, face.le);
export const le_: BinaryInPlace = binaryInPlace(logic.lessEqual, face.le);
/** `le` under another name. */
export const lessEqual: Binary = le;
export const lessEqual_: BinaryInPlace = le_;
/** True where the first is greater. */
export const gt: Binary = binary(logic.greater, face.gt);
export const gt_: BinaryInPlace = binaryInPlace(logic.greater, face.gt);
/** `gt` under another name. */
export const greater: Binary = gt;
export const greater_: BinaryInPlace = gt_;
/** True where the first is not less. */
export const ge: Binary = binary(logic.greaterEqual, face.ge);
export const ge_: BinaryInPlace = binaryInPlace(logic.greaterEqual, face.ge);
/** `ge` under another name. */
export const greaterEqual: Binary = ge;
export const greaterEqual_: BinaryInPlace = ge_;
/** True where neither is 0. */
export const logicalAnd: Binary = binary(logic.logicalAnd, face.logicalAnd);
export const logicalAnd_: BinaryInPlace = binaryInPlace(logic.logicalAnd, face.logicalAnd);
/** True where one at least is not 0. */
export const logicalOr: Binary = binary(logic.logicalOr, face.logicalOr);
export const logicalOr_: BinaryInPlace = binaryInPlace(logic.logicalOr, face.logicalOr);
/** True where one alone is not 0. */
export const logicalXor: Binary = binary(logic.logicalXor, face.logicalXor);
export const logicalXor_: BinaryInPlace = binaryInPlace(logic.logicalXor, face.logicalXor);
/** Bits that both have. */
export const bitwiseAnd: Binary = binary(logic.bitwiseAnd, face.bitwiseAnd);
export const bitwiseAnd_: BinaryInPlace = binaryInPlace(logic.bitwiseAnd, face.bitwiseAnd);
/** Bits that one at least has. */
export const bitwiseOr: Binary = binary(logic.bitwiseOr, face.bitwiseOr);
export const bitwiseOr_: BinaryInPlace = binaryInPlace(logic.bitwiseOr, face.bitwiseOr);
/** Bits that one alone has. */
export const bitwiseXor: Binary = binary(logic.bitwiseXor, face.bitwiseXor);
export const bitwiseXor_: BinaryInPlace = binaryInPlace(logic.bitwiseXor, face.bitwiseXor);
/** Bits moved up by so many places. */
export const bitwiseLeftShift: Binary = binary(logic.leftShift, face.bitwiseLeftShift);
export const bitwiseLeftShift_: BinaryInPlace = binaryInPlace(logic.leftShift, face.bitwiseLeftShift);
/** Bits moved down by so many places; the sign stays. */
export const bitwiseRightShift: Binary = binary(logic.rightShift, face.bitwiseRightShift);
export const bitwiseRightShift_: BinaryInPlace = binaryInPlace(logic.rightShift, face.bitwiseRightShift);
/** The angle of the point with the first as height, the second as width, in radians. */
export const atan2: Binary = binary(trigonometry.atan2, face.atan2);
export const atan2_: BinaryInPlace = binaryInPlace(trigonometry.atan2, face.atan2);
/** `atan2` under another name. */
export const arctan2: Binary = atan2;
export const arctan2_: BinaryInPlace = atan2_;
/** The length of the hypotenuse. */
export const hypot: Binary = binary(trigonometry.hypot, face.hypot);
export const hypot_: BinaryInPlace = binaryInPlace(trigonometry.hypot, face.hypot);
/** log(exp(a) + exp(b)), without overflow. */
export const logaddexp: Binary = binary(exponential.logaddexp, pair("logaddexp"));
/** log2(2^a + 2^b), without overflow. */
export const logaddexp2: Binary = binary(exponential.logaddexp2, pair("logaddexp2"));
/** a log(b); 0 where a is 0. */
export const xlogy: Binary = binary(exponential.xlogy, face.xlogy);
export const xlogy_: BinaryInPlace = binaryInPlace(exponential.xlogy, face.xlogy);
