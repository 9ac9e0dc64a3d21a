// Names of element types that are no numbers of the machine: "<U5", "S3", "V4", "O", "datetime64[D]", ">f4", and lists
// of fields (numpy.org/doc/stable/reference/arrays.dtypes.html).

import type { DType } from "../core/dtype.ts";
import { PythonTypeError } from "../core/errors.ts";
import { dateItems, isDateUnit } from "./item-dates.ts";
import { bytesItems, numberItems, objectItems, textItems, voidItems } from "./item-plain.ts";
import { type ItemField, RecordItems } from "./item-records.ts";
import { ItemType } from "./item-type.ts";
import { type DTypeLike, dtype as numberDtype } from "./types.ts";

type ByteOrder = "" | "<" | ">" | "=" | "|";

/** Type strings of text, byte strings, raw bytes, objects, dates, durations, and numbers in the other byte order. */
export type ItemTypeName =
  | `${ByteOrder}${"U" | "S" | "V"}${number | ""}`
  | `${"" | "|"}O`
  | "object"
  | "str"
  | "bytes"
  | "void"
  | `${"datetime64" | "timedelta64"}${"" | `[${string}]`}`
  | `${ByteOrder}${"M8" | "m8"}${"" | `[${string}]`}`
  | `>${"i" | "u" | "f" | "c"}${2 | 4 | 8 | 16}`;

/** A field: its name, its type, and its shape where it is an array. */
export type FieldSpec =
  | readonly [name: string, type: DTypeLike | ItemTypeLike]
  | readonly [name: string, type: DTypeLike | ItemTypeLike, shape: number | readonly number[]];

/** An element type of items: itself, its type string, a list of fields, or one of `np.str_` and its like. */
export type ItemTypeLike = ItemType | ItemTypeName | readonly FieldSpec[] | ScalarMaker;

/** `np.str_` and its like: a function that makes a scalar, and stands for the type as well. */
export interface ScalarMaker {
  (...args: never): unknown;
  readonly itemType: ItemType;
}

const words: ReadonlyMap<string, string> = new Map([
  ["object", "O"],
  ["object_", "O"],
  ["str", "U"],
  ["str_", "U"],
  ["bytes", "S"],
  ["bytes_", "S"],
  ["void", "V"],
]);

/** The type of items that a specification stands for; undefined where it is one of numbers, or none. */
export function itemTypeOf(spec: unknown): ItemType | undefined {
  if (spec instanceof ItemType) return spec;
  if (typeof spec === "string") return typeOfName(spec);
  if (typeof spec === "function" && "itemType" in spec) return spec.itemType as ItemType;
  return Array.isArray(spec) ? new RecordItems(spec.map(fieldOf)) : undefined;
}

function typeOfName(name: string): ItemType | undefined {
  const text = (words.get(name) ?? name)
    .replace(/^datetime64(?=$|\[)/, "M8")
    .replace(/^timedelta64(?=$|\[)/, "m8");
  const match = /^([<>=|]?)([a-zA-Z])(\d*)(?:\[([^\]]*)\])?$/.exec(text);
  if (match === null) return undefined;
  const [, order, letter, digits, unit] = match as unknown as [string, string, string, string, string?];
  const isBigEndian = order === ">";
  if ((letter === "M" || letter === "m") && (digits === "8" || digits === "")) {
    if (unit !== undefined && !isDateUnit(unit)) {
      throw new PythonTypeError(`Invalid datetime unit in metadata string "[${unit}]"`);
    }
    return dateItems(`${letter}8${unit === undefined ? "" : `[${unit}]`}`, false, isBigEndian);
  }
  if (unit !== undefined) return undefined;
  const width = digits === "" || Number(digits) === 0 ? undefined : Number(digits);
  if (letter === "U") return textItems(width, isBigEndian);
  if (letter === "S") return bytesItems(width);
  if (letter === "V") return voidItems(width);
  if (letter === "O" && (digits === "" || digits === "8")) return objectItems;
  return isBigEndian ? bigEndianNumbers(text) : undefined;
}

function bigEndianNumbers(text: string): ItemType | undefined {
  const type = numberDtype(text.slice(1));
  return type.itemSize > 1 ? numberItems(type, true) : undefined;
}

function fieldOf(spec: unknown): ItemField {
  const [name, type, given] = spec as FieldSpec;
  if (typeof name !== "string" || type === undefined) {
    throw new PythonTypeError("Field elements must be 2- or 3-tuples");
  }
  const shape = given === undefined ? [] : typeof given === "number" ? [given] : given;
  return { name, type: itemTypeOf(type) ?? numberItems(numberDtype(type as DTypeLike)), shape };
}

/**
 * The element type of a name (`numpy.dtype`): "float32", "<f4", "d", "int" give a `DType`; "<U5", "O",
 * "datetime64[D]", ">f4" and lists of fields a type of items.
 * @throws TypeError when there is none
 */
export function dtype(spec: ItemTypeLike): ItemType;
export function dtype(spec: DTypeLike): DType;
export function dtype(spec: ItemTypeLike | DTypeLike): ItemType | DType {
  return itemTypeOf(spec) ?? numberDtype(spec as DTypeLike);
}
