// Python's numbers as JavaScript has them: which kind one is, and its value as an element of a type, with the errors
// of NumPy where it does not fit.

import { type DType, int64, type TypedArray, uint64 } from "../core/dtype.ts";
import { type Complex, type Operand, type Scalar, toComplex, toNumber } from "../core/elements.ts";
import { OverflowError, PythonTypeError, ValueError } from "../core/errors.ts";
import { PyFloat } from "../core/python.ts";
import type { PyScalar } from "./types.ts";

/** Python's types of numbers. */
export type PyKind = "bool" | "int" | "float" | "complex";

/** True iff the value is an array: a storage with a layout. */
export function isOperand(value: unknown): value is Operand {
  return typeof value === "object" && value !== null && "storage" in value && "layout" in value;
}

/** True iff the value is a complex number: an object of a real and an imaginary part alone. */
export function isComplex(value: unknown): value is Complex {
  return (
    typeof value === "object" &&
    value !== null &&
    "re" in value &&
    "im" in value &&
    typeof value.re === "number" &&
    typeof value.im === "number"
  );
}

/** True iff the value is a Python number. */
export function isPyScalar(value: unknown): value is PyScalar {
  const type = typeof value;
  return (
    type === "number" ||
    type === "bigint" ||
    type === "boolean" ||
    value instanceof PyFloat ||
    isComplex(value)
  );
}

/** True iff the value is a typed array (a view of a buffer that is no DataView). */
export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** Which of Python's types a number has: a whole JavaScript number is an int, unless it is negative zero. */
export function kindOf(value: PyScalar): PyKind {
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return Number.isInteger(value) && !Object.is(value, -0) ? "int" : "float";
  return value instanceof PyFloat ? "float" : "complex";
}

/** The number as an element value, not yet of any type. */
export function scalarOf(value: PyScalar): Scalar {
  return value instanceof PyFloat ? value.value : value;
}

/** The least and greatest value of an integer type. */
export function integerRange(type: DType): { readonly least: bigint; readonly greatest: bigint } {
  const bits = BigInt(8 * type.itemSize);
  return type.kind === "signed"
    ? { least: -(1n << (bits - 1n)), greatest: (1n << (bits - 1n)) - 1n }
    : { least: 0n, greatest: (1n << bits) - 1n };
}

/** True iff an integer type holds the whole number. */
export function fitsInteger(value: bigint, type: DType): boolean {
  const { least, greatest } = integerRange(type);
  return value >= least && value <= greatest;
}

/**
 * A Python number as an element of a type.
 * @throws OverflowError, ValueError, TypeError where Python's number does not go into it
 */
export function convertScalar(value: PyScalar, type: DType): Scalar {
  const scalar = scalarOf(value);
  if (type.kind === "bool") return scalar;
  if (type.kind === "complex") return toComplex(scalar);
  if (typeof scalar === "object") {
    const callee =
      type.kind === "float"
        ? "float() argument must be a string or a real number"
        : "int() argument must be a string, a bytes-like object or a real number";
    throw new PythonTypeError(`${callee}, not 'complex'`);
  }
  if (type.kind === "float") return toNumber(scalar);
  if (typeof scalar === "boolean") return type.compute === "big" ? BigInt(scalar) : Number(scalar);
  return integerElement(scalar, type);
}

function integerElement(scalar: number | bigint, type: DType): Scalar {
  if (typeof scalar === "number" && !Number.isFinite(scalar)) {
    if (Number.isNaN(scalar)) throw new ValueError("cannot convert float NaN to integer");
    throw new OverflowError("cannot convert float infinity to integer");
  }
  const whole = typeof scalar === "bigint" ? scalar : BigInt(Math.trunc(scalar));
  if (!fitsInteger(whole, type)) {
    const fitsC = fitsInteger(whole, int64) || fitsInteger(whole, uint64);
    throw new OverflowError(
      fitsC
        ? `Python integer ${whole} out of bounds for ${type.name}`
        : "Python int too large to convert to C long",
    );
  }
  return type.compute === "big" ? whole : Number(whole);
}
