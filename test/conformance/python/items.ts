// `object[key]` in Python: reading, writing and deleting, on its own containers and on what the API indexes.

import { IndexError, KeyError, PythonTypeError } from "../../../src/core/errors.ts";
import { NotCovered } from "../suite.ts";
import { fromHost, indexItems, isArray, isTensor, toHost, typeName } from "./host.ts";
import { Slice, Tuple, tuple } from "./values.ts";

interface Indexed {
  at(...items: unknown[]): unknown;
  set(items: unknown[], value: unknown): void;
}

function isIndexed(value: unknown): value is Indexed {
  return typeof value === "object" && value !== null && "at" in value && !Array.isArray(value);
}

/** Python's `__index__`: a whole number, or an array or tensor that holds one. */
function wholeNumber(key: unknown, container: string): number {
  if (typeof key === "number" && Number.isInteger(key)) return key;
  if (isTensor(key) || isArray(key)) {
    if (key.dtype.isInteger && key.layout.size === 1) return Number(key.item());
    throw new PythonTypeError("only integer tensors of a single element can be converted to an index");
  }
  throw new PythonTypeError(`${container} indices must be integers or slices, not ${typeName(key)}`);
}

function positions(slice: Slice, length: number): number[] {
  const [start, stop, step] = slice.parts.map((part) =>
    part === null || part === undefined ? undefined : Number(part),
  );
  const by = step ?? 1;
  const bound = (value: number | undefined, absent: number): number => {
    if (value === undefined) return absent;
    const low = by < 0 ? -1 : 0;
    return Math.min(Math.max(value < 0 ? value + length : value, low), by < 0 ? length - 1 : length);
  };
  const first = bound(start, by < 0 ? length - 1 : 0);
  const last = bound(stop, by < 0 ? -1 : length);
  const count = Math.max(Math.ceil((last - first) / by), 0);
  return Array.from({ length: count }, (_, i) => first + i * by);
}

function elementOf(list: readonly unknown[], key: unknown): unknown {
  if (key instanceof Slice) {
    const items = positions(key, list.length).map((at) => list[at]);
    return list instanceof Tuple ? tuple(items) : items;
  }
  const container = list instanceof Tuple ? "tuple" : "list";
  const at = wholeNumber(key, container);
  const from = at < 0 ? at + list.length : at;
  if (from < 0 || from >= list.length) throw new IndexError(`${container} index out of range`);
  return list[from];
}

/** `object[key]` */
export function readItem(object: unknown, key: unknown): unknown {
  if (Array.isArray(object)) return fromHost(elementOf(object, key));
  if (object instanceof Map) {
    if (!object.has(key)) throw new KeyError(typeof key === "string" ? `'${key}'` : String(key));
    return fromHost(object.get(key));
  }
  if (isTensor(object) && typeof key === "string") {
    throw new NotCovered("a text between the brackets of an index: the API reads it as a slice");
  }
  if (isIndexed(object)) return fromHost(object.at(...indexItems(key)));
  if (typeof object === "string") return elementOf([...object], key);
  if (typeof object === "object" && object !== null) {
    // A record: by the name of a field, or by its place as in a named tuple.
    if (typeof key === "string" && key in object) return fromHost(Reflect.get(object, key));
    return fromHost(elementOf(Object.values(object), key));
  }
  throw new PythonTypeError(`'${typeName(object)}' object is not subscriptable`);
}

/** `object[key] = value` */
export function writeItem(object: unknown, key: unknown, value: unknown): void {
  if (Array.isArray(object)) object[wholeNumber(key, "list")] = value;
  else if (object instanceof Map) object.set(key, value);
  else if (isIndexed(object)) object.set(indexItems(key), toHost(value));
  else if (typeof object === "object" && object !== null) Reflect.set(object, String(key), toHost(value));
  else throw new PythonTypeError(`'${typeName(object)}' object does not support item assignment`);
}

/** `del object[key]` */
export function deleteItem(object: unknown, key: unknown): void {
  if (object instanceof Map) object.delete(key);
  else if (Array.isArray(object)) object.splice(wholeNumber(key, "list"), 1);
  else throw new PythonTypeError(`'${typeName(object)}' object does not support item deletion`);
}
