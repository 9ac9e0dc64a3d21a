// Which type operands meet in: NumPy's table of common types, and the rules of NEP 50 for Python's own numbers, which
// take the arrays' type where their kind allows. See "Data type promotion in NumPy".

import {
  bfloat16,
  bool,
  complex64,
  complex128,
  type DType,
  dtypes,
  float16,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
} from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { isOperand, isPyScalar, kindOf, type PyKind } from "./scalars.ts";
import { type Casting, type DTypeLike, type PyScalar, dtype as parseDtype } from "./types.ts";

const ranks = { bool: 0, unsigned: 1, signed: 2, float: 4, complex: 5 } as const;

/** A type that NumPy itself does not have: bfloat16 and the 8-bit floats. */
function isCarried(type: DType): boolean {
  return type.kind === "float" && type !== float16 && type !== float32 && type !== float64;
}

function floatHolding(integer: DType): DType {
  return integer.itemSize === 1 ? float16 : integer.itemSize === 2 ? float32 : float64;
}

function common(a: DType, b: DType): DType {
  if (a === b) return a;
  const [low, high] = ranks[a.kind] <= ranks[b.kind] ? [a, b] : [b, a];
  if (low === bool) return high;
  if (isCarried(low)) return common(float32, high);
  if (isCarried(high)) return common(float32, low);
  if (low.kind === high.kind) return low.itemSize >= high.itemSize ? low : high;
  if (high.kind === "signed") {
    if (high.itemSize > low.itemSize) return high;
    return low === uint8 ? int16 : low === uint16 ? int32 : low === uint32 ? int64 : float64;
  }
  const real = low.isInteger ? floatHolding(low) : low;
  if (high.kind === "float") return common(real, high);
  return real === float64 ? complex128 : high;
}

const table: readonly (readonly DType[])[] = dtypes.map((a) => dtypes.map((b) => common(a, b)));

/** The smallest type to which both can be converted safely (`numpy.promote_types`). */
export function promoteTypes(type1: DTypeLike, type2: DTypeLike): DType {
  return table[parseDtype(type1).index]![parseDtype(type2).index]!;
}

/** The type that a Python number takes where arrays of type `strong` (or none) stand beside it. */
export function withPythonNumber(strong: DType | undefined, kind: PyKind): DType {
  if (kind === "bool") return strong === undefined ? bool : promoteTypes(strong, bool);
  if (kind === "int") return strong === undefined || strong === bool ? int64 : strong;
  const isInexact = strong !== undefined && (strong.kind === "float" || strong.kind === "complex");
  if (kind === "float") return isInexact ? strong : float64;
  if (!isInexact) return complex128;
  return strong.kind === "complex" ? strong : strong === float64 ? complex128 : complex64;
}

/**
 * The type in which arrays, types and Python numbers meet (`numpy.result_type`).
 * @throws ValueError when nothing is given
 */
export function resultType(...operands: readonly (Operand | DTypeLike | PyScalar)[]): DType {
  if (operands.length === 0) throw new ValueError("at least one array or dtype is required");
  let strong: DType | undefined;
  const kinds: PyKind[] = [];
  for (const operand of operands) {
    if (isPyScalar(operand)) {
      kinds.push(kindOf(operand));
      continue;
    }
    const type = isOperand(operand) ? operand.layout.dtype : parseDtype(operand);
    strong = strong === undefined ? type : promoteTypes(strong, type);
  }
  for (const kind of kinds) if (kind === "bool") strong = withPythonNumber(strong, kind);
  const order: readonly PyKind[] = ["complex", "float", "int"];
  const highest = order.find((kind) => kinds.includes(kind));
  return highest === undefined ? strong! : withPythonNumber(strong, highest);
}

/**
 * True iff values of one type may be converted to another under the rule (`numpy.can_cast`).
 * @throws TypeError for a Python number: NEP 50 has no answer for one
 */
export function canCast(
  from: Operand | DTypeLike | PyScalar,
  to: DTypeLike,
  casting: Casting = "safe",
): boolean {
  if (isPyScalar(from)) {
    throw new PythonTypeError(
      "can_cast() does not support Python ints, floats, and complex because the result used to depend on the value.\n" +
        "This change was part of adopting NEP 50, we may explicitly allow them again in the future.",
    );
  }
  const source = isOperand(from) ? from.layout.dtype : parseDtype(from);
  const target = parseDtype(to);
  if (source === target || casting === "unsafe") return true;
  if (casting === "no" || casting === "equiv") return false;
  if (promoteTypes(source, target) === target && !(isCarried(target) && source !== bool)) return true;
  return casting === "same_kind" && ranks[source.kind] <= ranks[target.kind];
}

const unsignedTypes = [uint8, uint16, uint32, uint64];
const signedTypes = [int8, int16, int32, int64];

/**
 * The smallest type that holds a number's value; of an array its type (`numpy.min_scalar_type`). A float is asked
 * for its range alone, not for its digits.
 */
export function minScalarType(value: PyScalar | Operand): DType {
  if (isOperand(value)) {
    return value.layout.dtype;
  }
  const kind = kindOf(value);
  if (kind === "bool") return bool;
  if (kind === "int") {
    const whole = BigInt(Number.isInteger(value) ? (value as number) : (value as bigint));
    const isSigned = whole < 0n;
    const fitting = (isSigned ? signedTypes : unsignedTypes).find((type) => {
      const bits = BigInt(8 * type.itemSize - (isSigned ? 1 : 0));
      return isSigned ? whole >= -(1n << bits) : whole < 1n << bits;
    });
    if (fitting === undefined) throw new ValueError(`no integer type holds ${whole}`);
    return fitting;
  }
  if (typeof value === "object" && "re" in value) {
    const isSmall = [value.re, value.im].every(
      (part) => !(Math.abs(part) > 3.4e38) || !Number.isFinite(part),
    );
    return isSmall ? complex64 : complex128;
  }
  const magnitude = Math.abs(Number(value));
  if (!Number.isFinite(magnitude) || magnitude < 65000) return float16;
  return magnitude < 3.4e38 ? float32 : float64;
}

/** The types that have arithmetic under a wider floating type: what a carried type is computed in. */
export function isHalf(type: DType): boolean {
  return type === float16 || type === bfloat16;
}
