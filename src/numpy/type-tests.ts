// Questions about types: `issubdtype`, `isdtype`, `common_type`, and NumPy's families of types (`np.floating`, ...).

import { bool, type DType, dtypes, float16, float32, float64 } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { pythonRepr } from "../core/text.ts";
import { promoteTypes } from "./promotion.ts";
import { type DTypeLike, dtype as parseDtype } from "./types.ts";

/** A family of element types, such as NumPy's `floating`: a class in Python that no array has as its type. */
export class TypeFamily {
  /** NumPy's name. */
  readonly name: string;
  private readonly holds: (type: DType) => boolean;

  constructor(name: string, holds: (type: DType) => boolean) {
    this.name = name;
    this.holds = holds;
  }

  /** True iff the type belongs to it. */
  includes(type: DType): boolean {
    return this.holds(type);
  }

  toString(): string {
    return `<class 'numpy.${this.name}'>`;
  }
}

/** All types. */
export const generic: TypeFamily = new TypeFamily("generic", () => true);
/** All types of numbers: all but bool. */
export const number: TypeFamily = new TypeFamily("number", (type) => type !== bool);
/** Integers. */
export const integer: TypeFamily = new TypeFamily("integer", (type) => type.isInteger);
/** Integers with a sign. */
export const signedinteger: TypeFamily = new TypeFamily("signedinteger", (type) => type.kind === "signed");
/** Integers without a sign. */
export const unsignedinteger: TypeFamily = new TypeFamily(
  "unsignedinteger",
  (type) => type.kind === "unsigned",
);
/** Floating and complex numbers. */
export const inexact: TypeFamily = new TypeFamily(
  "inexact",
  (type) => type.isFloatingPoint || type.isComplex,
);
/** Floating numbers. */
export const floating: TypeFamily = new TypeFamily("floating", (type) => type.isFloatingPoint);
/** Complex numbers. */
export const complexfloating: TypeFamily = new TypeFamily("complexfloating", (type) => type.isComplex);

/** True iff a type is another, or belongs to a family (`numpy.issubdtype`). */
export function issubdtype(arg1: DTypeLike | TypeFamily, arg2: DTypeLike | TypeFamily): boolean {
  if (arg1 instanceof TypeFamily) {
    return arg2 instanceof TypeFamily && dtypes.every((type) => !arg1.includes(type) || arg2.includes(type));
  }
  const type = parseDtype(arg1);
  return arg2 instanceof TypeFamily ? arg2.includes(type) : type === parseDtype(arg2);
}

const kinds: Readonly<Record<string, (type: DType) => boolean>> = {
  bool: (type) => type === bool,
  "signed integer": (type) => type.kind === "signed",
  "unsigned integer": (type) => type.kind === "unsigned",
  integral: (type) => type.isInteger,
  "real floating": (type) => type.isFloatingPoint,
  "complex floating": (type) => type.isComplex,
  numeric: (type) => type !== bool,
};

/** What `isdtype` takes: a type, the name of a kind, or several of these. */
export type DTypeKind = DType | string | readonly (DType | string)[];

/**
 * True iff a type is of a kind: "bool", "signed integer", "integral", "real floating", "numeric", ... (`numpy.isdtype`).
 * @throws ValueError for another kind, TypeError for what is no type
 */
export function isdtype(dtype: DTypeLike, kind: DTypeKind): boolean {
  const wanted = Array.isArray(kind) ? (kind as readonly (DType | string)[]) : [kind as DType | string];
  const type = parseDtype(dtype);
  return wanted
    .map((each) => {
      if (typeof each !== "string") return each === type;
      const holds = kinds[each];
      if (holds !== undefined) return holds(type);
      throw new ValueError(`kind argument is a string, but ${pythonRepr(each)} is not a known kind name.`);
    })
    .some(Boolean);
}

/**
 * The floating type that holds all arrays; integers count as float64 (`numpy.common_type`).
 * @throws TypeError for arrays of bool
 */
export function commonType(...arrays: readonly Operand[]): DType {
  let precision: DType = float16;
  let isComplex = false;
  for (const { layout } of arrays) {
    const { dtype } = layout;
    if (dtype === bool) throw new PythonTypeError("can't get common type for non-numeric array");
    isComplex ||= dtype.isComplex;
    const own = dtype.isInteger ? float64 : dtype.isComplex ? realOf(dtype) : dtype;
    precision = promoteTypes(precision, own);
  }
  return isComplex ? promoteTypes(precision, "complex64") : precision;
}

function realOf(dtype: DType): DType {
  return dtype.itemSize === 8 ? float32 : float64;
}
