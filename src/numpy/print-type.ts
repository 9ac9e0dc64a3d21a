// What NumPy's printing needs to know of an element type: how its items are lined up in an array, how one of them
// stands alone, and how the type is named. Here for the element types of numbers; `print-items.ts` has the others.

import type { DType, DTypeKind } from "../core/dtype.ts";
import { bool, complex128, float64, int64 } from "../core/dtype.ts";
import { type Operand, type Scalar, toComplex, toNumber } from "../core/elements.ts";
import type { Shape } from "../core/layout.ts";
import { itemReader, type ReadItem } from "../core/shown.ts";
import { boolRepr, stringRepr } from "../core/text.ts";
import { complexFormatter, complexScalarText, floatFormatter, floatScalarText } from "./print-float.ts";
import type { PrintOptions, SignMode } from "./print-options.ts";

/**
 * Gives the text of an item. As the type of a method, so that a type of texts counts as a type of anything: it is only
 * ever given its own items.
 */
export type FormatItem<T> = { format(item: T): string }["format"];

/** How items of one type are printed. `T` is what stands for an item in JavaScript. */
export interface PrintableType<T> {
  /** What follows `dtype=` in the repr of an array: `float32`, `'<U3'`, `object`. */
  readonly dtypeText: string;
  /** The type among the fields of a structured one: `'<f4'`, `'S3'`. */
  readonly fieldText: string;
  /** True iff NumPy leaves the type out because the items show it (int64, float64, complex128, bool). */
  readonly isImplied: boolean;
  /** Keys of the option `formatter` that replace this formatting, a later one going before an earlier. */
  readonly formatterKeys: readonly string[];
  /** Text of an item in an array (0-d when `isScalar`) of which just the items `shown` are printed. */
  formatterOf(shown: readonly T[], options: PrintOptions, isScalar: boolean): FormatItem<T>;
  /** `str` of an item that stands alone. */
  scalarText(item: T, options: PrintOptions): string;
}

/** An array as the printing sees it. Operands are turned into this; arrays of other items give it themselves. */
export interface PrintableArray<T = unknown> {
  readonly shape: Shape;
  readonly type: PrintableType<T>;
  readonly itemAt: ReadItem<T>;
}

/** The formatter that the options prescribe for the type, else the type's own. */
export function itemFormatter<T>(
  type: PrintableType<T>,
  shown: readonly T[],
  options: PrintOptions,
  isScalar: boolean,
): (item: T) => string {
  const table = options.formatter ?? {};
  for (const key of type.formatterKeys.toReversed()) {
    const camelKey = key.replace(/_(.)/, (_, letter: string) => letter.toUpperCase());
    const given = table[key] ?? table[camelKey];
    if (given) return given as (item: T) => string;
  }
  return type.formatterOf(shown, options, isScalar);
}

/** Whole numbers, right-aligned. */
function integerFormatter(values: readonly Scalar[], sign: SignMode): (value: Scalar) => string {
  const integers = values as readonly (number | bigint)[];
  let least = integers[0] ?? 0;
  let most = least;
  for (const value of integers) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const mode = sign === " " && least < 0 ? "-" : sign;
  const room = most >= 0 && mode !== "-" ? 1 : 0;
  const width = Math.max(String(most).length + room, String(least).length);
  const mark = mode === "-" ? "" : mode;
  return (value) => ((value as number | bigint) < 0 ? String(value) : mark + String(value)).padStart(width);
}

type Family = Pick<PrintableType<Scalar>, "formatterKeys" | "formatterOf" | "scalarText">;

const integers: Family = {
  formatterKeys: ["all", "int_kind", "int"],
  formatterOf: (shown, options) => integerFormatter(shown, options.sign),
  scalarText: String,
};

function familyOf(dtype: DType): Family {
  const families: Record<DTypeKind, Family> = {
    bool: {
      formatterKeys: ["all", "bool"],
      formatterOf: (_shown, _options, isScalar) => (item) =>
        boolRepr(item === true).padStart(isScalar ? 0 : 5),
      scalarText: (item) => boolRepr(item === true),
    },
    unsigned: integers,
    signed: integers,
    float: {
      formatterKeys: ["all", "float_kind", "float"],
      formatterOf: (shown, options) => {
        const format = floatFormatter(shown.map(toNumber), dtype, options);
        return (item) => format(toNumber(item));
      },
      scalarText: (item) => floatScalarText(toNumber(item), dtype),
    },
    complex: {
      formatterKeys: ["all", "complex_kind", "complexfloat"],
      formatterOf: (shown, options) => {
        const format = complexFormatter(shown.map(toComplex), dtype, options);
        return (item) => format(toComplex(item));
      },
      scalarText: (item) => complexScalarText(toComplex(item), dtype),
    },
  };
  return families[dtype.kind];
}

const letters: Record<DTypeKind, string> = {
  bool: "?",
  unsigned: "u",
  signed: "i",
  float: "f",
  complex: "c",
};

/** NumPy's type string: `<f4`, `i1`, `?`. */
function typeString(dtype: DType): string {
  const letter = letters[dtype.kind];
  if (dtype.kind === "bool") return letter;
  return `${dtype.itemSize > 1 ? "<" : ""}${letter}${dtype.itemSize}`;
}

const implied: readonly DType[] = [bool, int64, float64, complex128];

/** How numbers of an element type are printed. */
export function numberType(dtype: DType): PrintableType<Scalar> {
  return {
    dtypeText: dtype.name,
    fieldText: stringRepr(typeString(dtype)),
    isImplied: implied.includes(dtype),
    ...familyOf(dtype),
  };
}

/** An operand as the printing sees it. */
export function printableOperand(operand: Operand): PrintableArray<Scalar> {
  const { dtype, shape } = operand.layout;
  return { shape, type: numberType(dtype), itemAt: itemReader(operand) };
}
