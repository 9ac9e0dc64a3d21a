// Which type operands meet in: PyTorch's promotion ("Tensor Attributes", type promotion; c10/core/ScalarType,
// ATen/native/TypeProperties.cpp). Tensors with axes count most, then 0-d tensors, then Python scalars.

import {
  bfloat16,
  bool,
  complex64,
  complex128,
  type DType,
  float16,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  uint8,
} from "../core/dtype.ts";
import { type Complex, elements, type Operand, type Scalar } from "../core/elements.ts";
import { PythonTypeError, RuntimeError } from "../core/errors.ts";
import { PyFloat } from "../core/python.ts";
import { scalarTypeName } from "./errors.ts";

/** A Python scalar as an operand: a JavaScript value, or a number that is a float although it is whole. */
export type ScalarLike = Scalar | PyFloat;

let defaultDtype: DType = float32;

/** The type that Python floats become (`torch.get_default_dtype`). */
export function getDefaultDtype(): DType {
  return defaultDtype;
}

/** Sets the type that Python floats become. @throws TypeError unless it is floating */
export function setDefaultDtype(dtype: DType): void {
  if (!dtype.isFloatingPoint) {
    throw new PythonTypeError(`only floating-point types are supported as the default type`);
  }
  defaultDtype = dtype;
}

const signed: readonly DType[] = [int8, int16, int32, int64];

/**
 * The smallest type to which both may go (`torch.promote_types`).
 * @throws RuntimeError for unsigned types beyond uint8, and float8 types, with another type
 */
export function promoteTypes(a: DType, b: DType): DType {
  if (a === b) return a;
  refuseRareTypes(a, b);
  if (rank(a) < rank(b)) return promoteTypes(b, a);
  if (a.kind === "complex") return b === float64 || b === complex128 ? complex128 : a;
  if (a.kind === "float") {
    if (b.kind !== "float") return a;
    if (a === float64 || b === float64) return float64;
    return float32;
  }
  if (b === bool) return a;
  if (a === uint8 || b === uint8) {
    const other = a === uint8 ? b : a;
    return other === int8 ? int16 : other;
  }
  return signed[Math.max(signed.indexOf(a), signed.indexOf(b))]!;
}

function rank(dtype: DType): number {
  return dtype.kind === "complex" ? 3 : dtype.kind === "float" ? 2 : dtype.kind === "bool" ? 0 : 1;
}

function refuseRareTypes(a: DType, b: DType): void {
  const isFloat8 = (dtype: DType): boolean => dtype.kind === "float" && dtype.itemSize === 1;
  if (isFloat8(a) || isFloat8(b)) {
    throw new RuntimeError(
      `Promotion for Float8 Types is not supported, attempted to promote ${scalarTypeName(a)} and ${scalarTypeName(b)}`,
    );
  }
  const isBarebones = (dtype: DType): boolean => dtype.kind === "unsigned" && dtype !== uint8;
  const isFloat = (dtype: DType): boolean => dtype.kind === "float";
  if ((isBarebones(a) && !isFloat(b)) || (isBarebones(b) && !isFloat(a))) {
    throw new RuntimeError(
      `Promotion for uint16, uint32, uint64 types is not supported, attempted to promote ${scalarTypeName(a)} and ${scalarTypeName(b)}`,
    );
  }
}

/** The complex type whose parts hold a floating type. */
export function toComplexType(dtype: DType): DType {
  return dtype === float64 || dtype === complex128 ? complex128 : complex64;
}

/** The type that a Python scalar has by itself. */
export function scalarType(value: ScalarLike): DType {
  if (typeof value === "boolean") return bool;
  if (typeof value === "bigint") return int64;
  if (typeof value === "object" && "layout" in value) return typeOfArrayScalar(value as unknown as Operand);
  if (typeof value === "number")
    return Number.isInteger(value) && !Object.is(value, -0) ? int64 : defaultDtype;
  return value instanceof PyFloat ? defaultDtype : toComplexType(defaultDtype);
}

/** The type of the Python number that a NumPy scalar stands for. */
function typeOfArrayScalar({ layout: { dtype } }: Operand): DType {
  if (dtype === bool) return bool;
  if (dtype.isInteger) return int64;
  return dtype.isComplex ? toComplexType(defaultDtype) : defaultDtype;
}

/** True iff the value can stand for a Python scalar. */
export function isScalar(value: unknown): value is ScalarLike {
  switch (typeof value) {
    case "number":
    case "bigint":
    case "boolean":
      return true;
    case "object":
      return value instanceof PyFloat || (value !== null && "re" in value && "im" in value);
    default:
      return false;
  }
}

/** The plain value of a scalar. */
export function plainScalar(value: ScalarLike): Scalar {
  if (typeof value === "object" && "layout" in value) return elements(value as unknown as Operand)[0]!;
  return value instanceof PyFloat ? value.value : (value as number | bigint | boolean | Complex);
}

/** Joins a type with one of a lower priority; undefined is no type yet. */
function combine(higher: DType | undefined, lower: DType | undefined): DType | undefined {
  if (higher === undefined) return lower;
  if (lower === undefined || higher.kind === "complex") return higher;
  if (higher.kind === "float") return lower.kind === "complex" ? toComplexType(higher) : higher;
  if (lower.kind === "complex") return lower;
  if (higher === bool || lower.kind === "float") return promoteTypes(higher, lower);
  return higher;
}

function join(a: DType | undefined, b: DType): DType {
  return a === undefined || a === b ? b : promoteTypes(a, b);
}

/** The type in which operands meet (`torch.result_type`). */
export function resultType(operands: readonly (Operand | ScalarLike)[]): DType {
  let dimensioned: DType | undefined;
  let zeroDimensional: DType | undefined;
  let scalar: DType | undefined;
  for (const operand of operands) {
    if (typeof operand !== "object" || !("layout" in operand)) scalar = join(scalar, scalarType(operand));
    else if (operand.layout.shape.length > 0) dimensioned = join(dimensioned, operand.layout.dtype);
    else zeroDimensional = join(zeroDimensional, operand.layout.dtype);
  }
  return combine(dimensioned, combine(zeroDimensional, scalar))!;
}

/** True iff a result may be stored in a type without losing its kind (`torch.can_cast`). */
export function canCast(from: DType, to: DType): boolean {
  if (from.kind === "complex" && to.kind !== "complex") return false;
  if (from.kind === "float" && (to.isInteger || to === bool)) return false;
  return from === bool || to !== bool;
}

/** True iff the type is float16 or bfloat16. */
export function isHalf(dtype: DType): boolean {
  return dtype === float16 || dtype === bfloat16;
}
