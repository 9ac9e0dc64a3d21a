// Making arrays of items: of nested lists of texts, objects, dates and records, filled ones, and what one type's items
// are as another's.

import type { DType } from "../core/dtype.ts";
import { elements } from "../core/elements.ts";
import { PythonTypeError } from "../core/errors.ts";
import { product, type Shape } from "../core/layout.ts";
import { ItemArray, itemOf } from "./item-array.ts";
import { dateItems } from "./item-dates.ts";
import { bytesItems, numberItems, objectItems, textItems } from "./item-plain.ts";
import { blankOf } from "./item-records.ts";
import type { ItemType } from "./item-type.ts";
import { type ItemTypeLike, itemTypeOf } from "./item-types.ts";
import { ragged } from "./lists.ts";
import { asArray, fromValues } from "./make.ts";
import { NDArray } from "./ndarray.ts";
import { isOperand, isPyScalar, isTypedArray } from "./scalars.ts";
import { type ArrayLike, type DTypeLike, dtype as numberDtype } from "./types.ts";

/**
 * What makes an array of items by itself: text, None, dates, dicts, sets, arrays of items, and lists with such among
 * their numbers.
 */
export type ItemLike =
  | string
  | null
  | Date
  | ItemArray
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | readonly (ItemLike | ArrayLike)[];

/** True iff an integer is too large for every element type: NumPy keeps it as an object. */
const isBeyondElements = (value: bigint): boolean => value >= 2n ** 64n || value < -(2n ** 63n);

/** True iff the value, or something in the list, is no number that an element holds and no array of numbers. */
export function holdsItems(value: unknown): value is ItemLike {
  if (Array.isArray(value)) return value.some(holdsItems);
  if (typeof value === "bigint") return isBeyondElements(value);
  if (value === null || typeof value === "string") return true;
  if (typeof value !== "object") return false;
  return !isOperand(value) && !ArrayBuffer.isView(value) && !isPyScalar(value);
}

/** A list or array that is an axis of the new array, and no item of its type. */
type Axis = readonly unknown[] | ItemArray | NDArray;

function axisOf(value: unknown, type: ItemType | undefined): Axis | undefined {
  if (Array.isArray(value)) return type?.rules.isItem?.(value) ? undefined : value;
  if (value instanceof ItemArray) return value.ndim > 0 ? value : undefined;
  if (value instanceof Uint8Array && type !== undefined) return undefined;
  if (!isOperand(value) && !isTypedArray(value)) return undefined;
  const array = asArray(value);
  return array.ndim > 0 ? array : undefined;
}

/** The shape that all parts of a value have in common. */
function shapeOf(value: unknown, type: ItemType | undefined): Shape {
  const axis = axisOf(value, type);
  if (axis === undefined) return [];
  if (!Array.isArray(axis)) return (axis as ItemArray | NDArray).shape;
  if (axis.length === 0) return [0];
  const inner = axis.map((part) => shapeOf(part, type));
  const first = inner[0]!;
  const common = first.findIndex((length, i) => inner.some((shape) => shape[i] !== length));
  const shape = [axis.length, ...(common === -1 ? first : first.slice(0, common))];
  if (type?.kind !== "O" && inner.some((each) => each.length >= shape.length)) ragged(shape);
  return shape;
}

/** The values at a depth of nested lists. A number of an array is there as Python's own. */
function leavesOf(value: unknown, type: ItemType | undefined, depth: number): unknown[] {
  if (depth === 0) return [value];
  const axis = axisOf(value, type)!;
  if (axis instanceof NDArray && axis.ndim === depth) return elements(axis).map(plainNumber);
  return Array.from(axis as Iterable<unknown>, (part) => leavesOf(part, type, depth - 1)).flat(1);
}

function plainNumber(value: unknown): unknown {
  return typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** The type in which values meet where none is given. */
function typeOfLeaves(leaves: readonly unknown[]): ItemType {
  const own = leaves.map((leaf) => (leaf instanceof ItemArray ? leaf.dtype : undefined));
  const [first] = own;
  if (first !== undefined && own.every((type) => type?.equals(first))) return first;
  const values = leaves.map(itemOf);
  if (values.every((value) => value instanceof Date)) return dateItems("M8");
  const isBytes = (value: unknown): boolean => value instanceof Uint8Array;
  const isPlain = values.every(
    (value, i) => typeof value === "string" || (isBytes(value) ? own[i]?.kind === "S" : isPyScalar(value)),
  );
  const isText = values.some((value) => typeof value === "string" || isBytes(value));
  if (!isPlain || !isText) return objectItems;
  return values.some((value) => typeof value === "string") ? textItems() : bytesItems();
}

/**
 * A new array of items of nested lists or of one value, of the type in which they meet unless one is given.
 * @throws ValueError where lists beside each other differ in length (objects: the list is an object then), TypeError
 */
export function itemArray(value: unknown, type?: ItemType): ItemArray {
  const shape = shapeOf(value, type);
  const leaves = leavesOf(value, type, shape.length);
  const chosen =
    type ?? (leaves.length === 0 && value instanceof ItemArray ? value.dtype : typeOfLeaves(leaves));
  const fitted = chosen.fitted(leaves);
  const items = leaves.map((leaf) => fitted.rules.convert(fitted.kind === "O" ? objectOf(leaf) : leaf));
  return ItemArray.of(fitted, shape, items);
}

/** A value as an object of an array: what stands in an array of items is itself. */
function objectOf(value: unknown): unknown {
  return value instanceof ItemArray && value.ndim === 0 && !value.isScalar ? value.items[0] : value;
}

/** An array of one value of the type: of zeros (`numpy.zeros`), or of what `numpy.empty` has. */
export function blankItems(type: ItemType, shape: Shape, isEmpty = false): ItemArray {
  const fitted = type.fitted([]);
  const items = Array.from({ length: product(shape) }, () =>
    isEmpty ? blankOf(fitted) : fitted.rules.zero(),
  );
  return ItemArray.of(fitted, shape, items);
}

/** An array of one value (`numpy.full`, `numpy.ones`). */
export function filledItems(type: ItemType | undefined, shape: Shape, value: unknown): ItemArray {
  const one = itemArray(value, type);
  if (one.ndim > 0) {
    const result = blankItems(one.dtype, shape);
    result.set(["..."], one);
    return result;
  }
  return ItemArray.of(
    one.dtype,
    shape,
    Array.from({ length: product(shape) }, () => one.items[0]),
  );
}

/** The items as another type has them. */
export function astypeItems(array: ItemArray, type: ItemTypeLike | DTypeLike): ItemArray | NDArray {
  const target = itemTypeOf(type);
  if (target !== undefined) {
    // An item of a date or of raw bytes becomes text as it prints, bytes as their characters.
    const isPrinted = target.kind === "U" && (array.dtype.kind === "M" || array.dtype.kind === "m");
    const values = isPrinted
      ? array.items.map((item) => String(ItemArray.of(array.dtype, [], [item])))
      : array.items;
    const fitted = target.fitted(values);
    return ItemArray.of(
      fitted,
      array.shape,
      values.map((value) => fitted.rules.convert(value)),
    );
  }
  return numbersOf(array, numberDtype(type as DTypeLike));
}

/** The items as numbers of an element type. @throws ValueError, TypeError where one is none */
export function numbersOf(array: ItemArray, dtype: DType): NDArray {
  if (array.dtype.kind === "V") {
    throw new PythonTypeError(`cannot cast an array of ${array.dtype.name} to ${dtype.name}`);
  }
  const { convert } = numberItems(dtype).rules;
  const isBytes = array.dtype.kind === "S";
  const values = array.items.map((item) =>
    convert(isBytes ? String.fromCharCode(...(item as Uint8Array)) : item),
  );
  return fromValues(dtype, array.shape, values);
}
