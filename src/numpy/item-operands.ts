// Ufuncs of numbers that are given text, None or an array of items: what NumPy answers to a comparison for equality, and
// its words where it refuses. Nothing is computed with items.

import { bool, type DType } from "../core/dtype.ts";
import { PythonError, PythonTypeError } from "../core/errors.ts";
import { Layout, type Shape } from "../core/layout.ts";
import { characterCount } from "../core/text.ts";
import { broadcastOrThrow } from "./axes.ts";
import { ItemArray } from "./item-array.ts";
import { allocate, asArray } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { isPyScalar, kindOf } from "./scalars.ts";
import { type ArrayLike, dtypeText } from "./types.ts";

/** What a ufunc says of itself to answer for items. */
export interface ItemAnswers {
  readonly name: string;
  /** What it gives for a number and something that is none: false for `equal`, true for `not_equal`. */
  readonly ofItems?: boolean;
  /** Python's operator, which objects are asked for: `+`. */
  readonly operator?: string;
  /** True: Python's words for the operator are those of an order. */
  readonly isComparison?: boolean;
}

/** True iff the value is text, None or an array of items. */
export function isItemOperand(value: unknown): boolean {
  return value === null || typeof value === "string" || value instanceof ItemArray;
}

function shapeOf(value: unknown): Shape {
  if (value instanceof ItemArray) return value.shape;
  return value === null || typeof value === "string" || isPyScalar(value)
    ? []
    : asArray(value as ArrayLike).shape;
}

const pythonTypes: Readonly<Record<DType["kind"], string>> = {
  bool: "bool",
  signed: "int",
  unsigned: "int",
  float: "float",
  complex: "complex",
};

function pythonTypeOf(value: unknown): string {
  if (value === null) return "NoneType";
  if (typeof value === "string") return "str";
  if (isPyScalar(value)) return kindOf(value);
  return value instanceof ItemArray ? "object" : pythonTypes[asArray(value as ArrayLike).dtype.kind];
}

function typeTextOf(value: unknown): string {
  if (typeof value === "string") return `dtype('<U${Math.max(characterCount(value), 1)}')`;
  if (value === null) return "dtype('O')";
  if (value instanceof ItemArray) return value.dtype.repr();
  return dtypeText(asArray(value as ArrayLike).dtype);
}

/**
 * What a ufunc of numbers answers where an operand is an item.
 * @throws TypeError, UFuncTypeError in NumPy's words where it computes
 */
export function answerForItems(spec: ItemAnswers, given: readonly unknown[]): NDArray {
  if (spec.ofItems === undefined) throw refusal(spec, given);
  const result = allocate(Layout.contiguous(bool, broadcastOrThrow(given.map(shapeOf))));
  (result.storage.view(bool) as Uint8Array).fill(spec.ofItems ? 1 : 0);
  return result;
}

function refusal(spec: ItemAnswers, given: readonly unknown[]): PythonError {
  if (given.includes(null) && spec.operator !== undefined && given.length === 2) {
    const types = given.map((value) => `'${pythonTypeOf(value)}'`).join(" and ");
    return new PythonTypeError(
      spec.isComparison === true
        ? `'${spec.operator}' not supported between instances of ${types}`
        : `unsupported operand type(s) for ${spec.operator}: ${types}`,
    );
  }
  return new PythonError(
    "UFuncTypeError",
    `ufunc '${spec.name}' did not contain a loop with signature matching types (${given.map(typeTextOf).join(", ")}) -> None`,
  );
}
