// What files hold as NumPy's: their arrays as arrays, of numbers or of items, and the objects of pickles as values.
// Python -> here: dict a Map, tuple a `PyTuple`, set a Set, complex `{ re, im }`, bytearray bytes; what has no
// counterpart stays as the file has it and prints as Python does.

import { elements, type Scalar } from "../core/elements.ts";
import { product, type Shape } from "../core/layout.ts";
import { pythonRepr, tupleText } from "../core/text.ts";
import {
  ComplexValue,
  type DateArray,
  DictValue,
  isArrayLike,
  type ScalarValue,
  SetValue,
  type StructArray,
  TupleValue,
  textWidth,
  type Value,
  type VoidArray,
} from "../files/values.ts";
import { ItemArray } from "./item-array.ts";
import { dateItems } from "./item-dates.ts";
import { bytesItems, numberItems, objectItems, textItems, voidItems } from "./item-plain.ts";
import { RecordItems } from "./item-records.ts";
import type { ItemType } from "./item-type.ts";
import { asScalar } from "./make.ts";
import { NDArray } from "./ndarray.ts";

/** Python's tuple: a list that prints in parentheses. */
export class PyTuple extends Array<unknown> {
  /** `(1, 2)` */
  repr(): string {
    return tupleText(Array.from(this, pythonRepr));
  }
}

/** Values that were converted already: what a file names twice is one object, and may lie in itself. */
type Known = Map<object, unknown>;

/** An array of a file as NumPy's; a leaf that is none of NumPy's (a tensor's kind) stays. */
function arrayOf(array: Extract<Value, { kind: string }>, known: Known): unknown {
  switch (array.kind) {
    case "array":
      return new NDArray(array.storage, array.layout);
    case "text":
      return ItemArray.of(textItems(textWidth(array), array.bigEndian), array.shape, [...array.values]);
    case "bytes":
      return ItemArray.of(bytesItems(array.width), array.shape, [...array.values]);
    case "void":
      return ItemArray.of(voidItems(array.width), array.shape, voidValues(array));
    case "date":
      return dates(array);
    case "struct":
      return records(array, known);
    case "objects": {
      const items: unknown[] = [];
      const result = ItemArray.of(objectItems, array.shape, items);
      known.set(array, result);
      for (const item of array.items) items.push(converted(item, known));
      return result;
    }
    default:
      return array;
  }
}

function voidValues({ width, bytes, shape }: VoidArray): Uint8Array[] {
  return Array.from({ length: product(shape) }, (_, i) => bytes.slice(i * width, (i + 1) * width));
}

function dates({ dtype, shape, counts }: DateArray): ItemArray<bigint> {
  const type = dateItems(dtype, true, counts.facts.bigEndian === true);
  return ItemArray.of(type, shape, elements(counts).map(BigInt as (value: Scalar) => bigint));
}

/** A field's array: its items, their type, and the shape that the field has besides the records' own axes. */
interface Column {
  readonly type: ItemType;
  readonly items: readonly unknown[];
  readonly shape: Shape;
}

function columnOf(array: NDArray | ItemArray, axes: number): Column {
  const shape = array.shape.slice(axes);
  return array instanceof ItemArray
    ? { type: array.dtype, items: array.items, shape }
    : { type: numberItems(array.dtype), items: elements(array), shape };
}

function records(array: StructArray, known: Known): ItemArray<readonly unknown[]> {
  const columns = array.fields.map(({ name, array: values }) => ({
    name,
    ...columnOf(arrayOf(values, known) as NDArray | ItemArray, array.shape.length),
  }));
  const rows = Array.from({ length: product(array.shape) }, (_, i) =>
    columns.map(({ items, shape }) => {
      const count = product(shape);
      return shape.length === 0 ? items[i] : items.slice(i * count, (i + 1) * count);
    }),
  );
  const type = new RecordItems(columns.map(({ name, type: inner, shape }) => ({ name, type: inner, shape })));
  return ItemArray.of(type, array.shape, rows);
}

/** A scalar of a file as NumPy's. */
function scalarOf({ array }: ScalarValue, known: Known): unknown {
  const whole = arrayOf(array, known);
  if (whole instanceof NDArray) return asScalar(whole);
  return whole instanceof ItemArray ? whole.at() : whole;
}

function converted(value: Value, known: Known): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (known.has(value)) return known.get(value);
  const keep = <T>(result: T): T => {
    known.set(value, result);
    return result;
  };
  if (Array.isArray(value) || value instanceof TupleValue) {
    const isPlainTuple = value instanceof TupleValue && value.className === "tuple";
    if (value instanceof TupleValue && !isPlainTuple) return value;
    const result: unknown[] = keep(isPlainTuple ? new PyTuple() : []);
    for (const item of Array.isArray(value) ? value : value.items) result.push(converted(item, known));
    return result;
  }
  if (value instanceof DictValue) {
    const result = keep(new Map<unknown, unknown>());
    for (const [key, item] of value) result.set(converted(key, known), converted(item, known));
    return result;
  }
  if (value instanceof SetValue) {
    return value.frozen ? value : keep(new Set(value.items.map((item) => converted(item, known))));
  }
  if (value instanceof ComplexValue) return keep({ re: value.re, im: value.im });
  if (value.kind === "scalar") return keep(scalarOf(value, known));
  return isArrayLike(value) ? keep(arrayOf(value, known)) : value;
}

/** A value of a file as NumPy gives it: arrays as arrays, also those inside lists, dicts and tuples. */
export function fromFile(value: Value): unknown {
  return converted(value, new Map());
}

/** True iff the value is an array that pickled objects stand in. */
export function holdsObjects(value: Value): boolean {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  if (value.kind === "struct") return value.fields.some((field) => holdsObjects(field.array));
  return value.kind === "objects";
}
