// Elementwise functions with parameters of their own: scaled sums, divisions that round, powers.

import { isOptions } from "../core/arguments.ts";
import { bool, complex128, type DType, float64 } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Operation } from "../core/op.ts";
import { PyFloat } from "../core/python.ts";
import type { ScaleAttributes } from "../ops/binary.ts";
import * as binary from "../ops/binary.ts";
import * as unary from "../ops/unary.ts";
import { TensorBase } from "./base.ts";
import { checkScalars } from "./combinations.ts";
import { apply, applyInPlace, completed, type Face, type OutOptions } from "./elementwise.ts";
import { scalarTypeName } from "./errors.ts";
import { storeOut } from "./in-place.ts";
import { named } from "./node.ts";
import { lacks, type Refusals, refusals, refuse } from "./refusals.ts";
import { type Input, run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { combinationError } from "./tensor-arguments.ts";

/** What `add` and `sub` take by name. */
export interface AlphaOptions extends OutOptions {
  /** What the second operand is multiplied by. */
  readonly alpha?: Input;
}

const sumFace: Face = completed({ name: "add", refusals: refusals(lacks("add_stub", "rare")) });
const differenceFace: Face = completed({ name: "sub", refusals: refusals(lacks("add_stub", "rare")) });

function scaled(other: Input, alpha: Input | undefined): Input {
  return alpha === undefined || alpha === 1 ? other : run(binary.multiply, [other, alpha], undefined);
}

function isComplexOperand(input: Input): boolean {
  return input instanceof TensorBase
    ? input.dtype.isComplex
    : typeof input === "object" && input !== null && "im" in input;
}

/**
 * The attributes of a sum whose second operand is multiplied by alpha (times -1 for a difference): of floats with an
 * alpha, which is rounded once, and of all complex sums, where the product tells in zeros and infinities.
 * @returns undefined where the product is made first
 */
function scaleOf(
  input: Input,
  other: Input,
  alpha: Input | undefined,
  sign: 1 | -1,
): ScaleAttributes | undefined {
  if (isComplexOperand(input) || isComplexOperand(other)) {
    const scale = realFactor(alpha ?? 1);
    return scale === undefined ? undefined : { scale: sign * scale };
  }
  if (
    alpha === undefined ||
    alpha === 1 ||
    !(input instanceof TensorBase) ||
    !(other instanceof TensorBase)
  ) {
    return undefined;
  }
  const { dtype } = input.layout;
  if (other.layout.dtype !== dtype || dtype.kind !== "float") return undefined;
  const scale = realFactor(alpha);
  // Types below float64 are computed in float32, the factor too.
  return scale === undefined ? undefined : { scale: sign * (dtype === float64 ? scale : Math.fround(scale)) };
}

function realFactor(alpha: Input): number | undefined {
  return typeof alpha === "number" ? alpha : alpha instanceof PyFloat ? alpha.value : undefined;
}

/** input + alpha * other. */
export function add(input: Input, other: Input, options: AlphaOptions = {}): Tensor {
  const attributes = scaleOf(input, other, options.alpha, 1);
  if (attributes !== undefined)
    return apply(binary.addScaled, sumFace, [input, other], attributes, options.out);
  return apply(binary.add, sumFace, [input, scaled(other, options.alpha)], undefined, options.out);
}

/** `add` in place. */
export function add_(input: Tensor, other: Input, options: AlphaOptions = {}): Tensor {
  const attributes = scaleOf(input, other, options.alpha, 1);
  if (attributes !== undefined) return applyInPlace(binary.addScaled, sumFace, [input, other], attributes);
  return applyInPlace(binary.add, sumFace, [input, scaled(other, options.alpha)], undefined);
}

function refuseBoolDifference(a: Input, b: Input): void {
  const isBool = (input: Input): boolean =>
    input instanceof TensorBase ? input.dtype === bool : typeof input === "boolean";
  if (isBool(a) && isBool(b)) {
    throw new RuntimeError(
      "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead.",
    );
  }
  if (isBool(a) || isBool(b)) {
    throw new RuntimeError(
      "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` " +
        "or `logical_not()` operator instead.",
    );
  }
}

/** input - alpha * other. */
export function sub(input: Input, other: Input, options: AlphaOptions = {}): Tensor {
  refuseBoolDifference(input, other);
  const attributes = scaleOf(input, other, options.alpha, -1);
  if (attributes !== undefined) {
    return apply(binary.addScaled, differenceFace, [input, other], attributes, options.out, "SubBackward0");
  }
  return apply(
    binary.subtract,
    differenceFace,
    [input, scaled(other, options.alpha)],
    undefined,
    options.out,
  );
}

/** `sub` under its long name. */
export function subtract(input: Input, other: Input, options: AlphaOptions = {}): Tensor {
  return sub(input, other, options);
}

/** `sub` in place. */
export function sub_(input: Tensor, other: Input, options: AlphaOptions = {}): Tensor {
  refuseBoolDifference(input, other);
  const attributes = scaleOf(input, other, options.alpha, -1);
  if (attributes !== undefined) {
    return applyInPlace(binary.addScaled, differenceFace, [input, other], attributes, "SubBackward0");
  }
  return applyInPlace(binary.subtract, differenceFace, [input, scaled(other, options.alpha)], undefined);
}

/** `sub` in place, under its long name. */
export function subtract_(input: Tensor, other: Input, options: AlphaOptions = {}): Tensor {
  return sub_(input, other, options);
}

/** other - alpha * input. */
export function rsub(input: Tensor, other: Input, options: AlphaOptions = {}): Tensor {
  if (!(input instanceof TensorBase)) throw combinationError("rsub", [input, other], rsubForms);
  refuseBoolDifference(other, input);
  const attributes = scaleOf(other, input, options.alpha, -1);
  if (attributes !== undefined) {
    return apply(binary.addScaled, differenceFace, [other, input], attributes, options.out, "RsubBackward1");
  }
  const operands = [other, scaled(input, options.alpha)];
  return apply(binary.subtract, differenceFace, operands, undefined, options.out, "RsubBackward1");
}

const rsubForms: readonly (readonly string[])[] = [
  ["Tensor input", "Tensor other", "*", "Number alpha = 1"],
  ["Tensor input", "Number other", "Number alpha = 1"],
];

/** What `div` takes by name. */
export interface DivideOptions extends OutOptions {
  /** null: the true quotient; "trunc": rounded towards zero; "floor": rounded down. */
  readonly roundingMode?: "trunc" | "floor" | null;
}

const rules = { rules: "torch" } as const;
const floorFace: Face = {
  name: "div",
  refusals: refusals(lacks("div_floor_cpu", "bool", "rare", "complex")),
};
const roundings: Readonly<Record<string, readonly [Operation<typeof rules>, Face]>> = {
  floor: [binary.floorDivide, floorFace],
  trunc: [
    binary.divideTrunc,
    { name: "div", refusals: refusals(lacks("div_trunc_cpu", "bool", "rare", "complex")) },
  ],
};
const quotientFace: Face = completed({ name: "div" });

function roundingOf(mode: string): readonly [Operation<typeof rules>, Face] {
  const rounding = roundings[mode];
  if (rounding !== undefined) return rounding;
  throw new RuntimeError(
    `div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '${mode}'`,
  );
}

/** The quotient; integers give a floating type unless it is rounded. */
export function div(input: Input, other: Input, options: DivideOptions = {}): Tensor {
  const mode = options.roundingMode ?? null;
  if (mode === null) return apply(binary.divide, quotientFace, [input, other], undefined, options.out);
  const [operation, face] = roundingOf(mode);
  return apply(operation, face, [input, other], rules, options.out, "DivBackward2");
}

/** `div` under its long name. */
export function divide(input: Input, other: Input, options: DivideOptions = {}): Tensor {
  return div(input, other, options);
}

/** The true quotient. */
export function trueDivide(input: Input, other: Input, options: OutOptions = {}): Tensor {
  return div(input, other, options);
}

/** `div` in place, under its long name. */
export function divide_(input: Tensor, other: Input, options: DivideOptions = {}): Tensor {
  return div_(input, other, options);
}

/** The true quotient, in place. */
export function trueDivide_(input: Tensor, other: Input): Tensor {
  return div_(input, other);
}

/** `div` in place. */
export function div_(input: Tensor, other: Input, options: DivideOptions = {}): Tensor {
  const mode = options.roundingMode ?? null;
  if (mode === null) return applyInPlace(binary.divide, quotientFace, [input, other], undefined);
  const [operation, face] = roundingOf(mode);
  return applyInPlace(operation, face, [input, other], rules, "DivBackward2");
}

/** `floorDivide` has no derivative, where `div` with a rounding has 0. */
const floorQuotient: Operation<typeof rules> = {
  ...binary.floorDivide,
  gradient: () => {
    throw new RuntimeError("derivative for aten::floor_divide is not implemented");
  },
};

/** The quotient rounded down. */
export function floorDivide(input: Input, other: Input, options: OutOptions = {}): Tensor {
  return apply(floorQuotient, floorFace, [input, other], rules, options.out, "NotImplemented");
}

/** `floorDivide` in place. */
export function floorDivide_(input: Tensor, other: Input): Tensor {
  return applyInPlace(floorQuotient, floorFace, [input, other], rules, "NotImplemented");
}

const powerFace: Face = {
  name: "pow",
  scalars: "either",
  parameters: ["input", "exponent"],
  refusals: refusals(lacks("pow", "rare", "bool")),
};
const scalarPowerFace: Face = { name: "pow", refusals: refusals(lacks("pow", "rare")) };

const trivialPowerFace: Face = { name: "pow" };

/** True for exponents with which nothing is computed: 0 and 1. */
function isTrivial(exponent: Input): boolean {
  return typeof exponent === "boolean" || exponent === 0 || exponent === 1;
}

function powerLabel(base: Input, exponent: Input): string {
  if (!(base instanceof TensorBase)) return "PowBackward2";
  return exponent instanceof TensorBase ? "PowBackward1" : "PowBackward0";
}

function checkPower(base: Input, exponent: Input): void {
  if (exponent instanceof TensorBase || !(base instanceof TensorBase)) return;
  const isWhole = base.dtype.isInteger || base.dtype === bool;
  const isNegative =
    (typeof exponent === "number" && Number.isInteger(exponent)) || typeof exponent === "bigint";
  if (isWhole && isNegative && exponent < 0) {
    throw new RuntimeError("Integers to negative integer powers are not allowed.");
  }
}

/** input to the power of exponent. */
export function pow(input: Input, exponent: Input, options: OutOptions = {}): Tensor {
  const power = isOptions(exponent) && "exponent" in exponent ? (exponent.exponent as Input) : exponent;
  checkPower(input, power);
  const isScalar = input instanceof TensorBase && !(power instanceof TensorBase);
  const face = isScalar ? (isTrivial(power) ? trivialPowerFace : scalarPowerFace) : powerFace;
  return apply(binary.power, face, [input, power], rules, options.out, powerLabel(input, power));
}

/** `pow` in place. */
export function pow_(input: Tensor, exponent: Input): Tensor {
  checkPower(input, exponent);
  return applyInPlace(binary.power, scalarPowerFace, [input, exponent], rules, powerLabel(input, exponent));
}

/** The operands of a power in double precision. */
function widePower(
  input: Input,
  exponent: Input,
): { readonly type: DType; readonly operands: readonly Input[] } {
  if (!(input instanceof TensorBase)) checkScalars("float_power", "either", "exponent", [input, exponent]);
  const type: DType = isComplexOperand(input) || isComplexOperand(exponent) ? complex128 : float64;
  const wide = (value: Input): Input => (value instanceof TensorBase ? (value as Tensor).to(type) : value);
  return { type, operands: [wide(input), wide(exponent)] };
}

/** input to the power of exponent in double precision. */
export function floatPower(input: Input, exponent: Input, options: OutOptions = {}): Tensor {
  const { operands } = widePower(input, exponent);
  const face = { name: "float_power" };
  return apply(binary.power, face, operands, rules, options.out, powerLabel(input, exponent));
}

/** `floatPower` in place. @throws RuntimeError for a tensor that is not in double precision */
export function floatPower_(input: Tensor, exponent: Input): Tensor {
  const { type, operands } = widePower(input, exponent);
  if (input.dtype !== type) {
    throw new RuntimeError(
      `the base given to float_power_ has dtype ${scalarTypeName(input.dtype)} but the operation's result requires dtype ${scalarTypeName(type)}`,
    );
  }
  return pow_(input, operands[1]!);
}

/** The square. */
export function square(input: Tensor, options: OutOptions = {}): Tensor {
  return pow(input, 2, options);
}

/** The square in place. */
export function square_(input: Tensor): Tensor {
  return pow_(input, 2);
}

/** What `round` takes by name. */
export interface RoundOptions extends OutOptions {
  /** Digits behind the point; negative: before it. */
  readonly decimals?: number;
}

const roundFace: Face = { name: "round", refusals: refusals(lacks("round_vml_cpu", "bool", "complex")) };
const decimalsRefusals: Refusals = refusals(lacks("round_cpu", "bool", "rare", "whole", "complex"));

/** The nearest whole number, halves to even; or to a number of decimals. */
export function round(input: Tensor, options: RoundOptions = {}): Tensor {
  const { decimals = 0, out } = options;
  if (decimals === 0) return apply(unary.round, roundFace, [input], undefined, out);
  refuse(decimalsRefusals, input.dtype);
  const scale = 10 ** Math.abs(decimals);
  const rounded = round(decimals > 0 ? input.mul(scale) : div(input, scale));
  const result = named(decimals > 0 ? div(rounded, scale) : rounded.mul(scale), "RoundBackward1");
  return out === null || out === undefined ? result : storeOut(out, result, "round", [input]);
}

/** `round` in place. */
export function round_(input: Tensor, options: { readonly decimals?: number } = {}): Tensor {
  const { decimals = 0 } = options;
  if (decimals === 0) return applyInPlace(unary.round, roundFace, [input], undefined);
  return named(input.copy_(round(input, options)), "RoundBackward1");
}
