// Text of Python values: repr, str, f-strings and `%` (The Python Standard Library, "Built-in Types" and "string").

import { PyFloat } from "../../../src/core/python.ts";
import {
  boolRepr,
  bytesRepr,
  complexRepr,
  floatRepr,
  formatExponent,
  formatFixed,
  formatGeneral,
  pythonRepr,
  stringRepr,
  tupleText,
} from "../../../src/core/text.ts";
import { Bytes, Callable, isComplex, NamedConstant, OrderedDict, Tuple, tuple } from "./values.ts";

/** `repr(value)`; a value of the API says its own, by its method `repr` or as its text. */
export function repr(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value instanceof NamedConstant) return value.text;
  if (typeof value === "boolean") return boolRepr(value);
  if (typeof value === "string") return stringRepr(value);
  if (value instanceof PyFloat) return floatRepr(value.value);
  if (isComplex(value)) return complexRepr(value);
  if (value instanceof Bytes) return bytesRepr(value);
  if (value instanceof Tuple && Object.getPrototypeOf(value) === Tuple.prototype) {
    return tupleText(Array.from(value, repr));
  }
  if (value instanceof Callable) return `<class '${value.name}'>`;
  if (value instanceof OrderedDict) return `OrderedDict(${repr(Array.from(value, tuple))})`;
  if (value instanceof Map && Object.getPrototypeOf(value) === Map.prototype) {
    return `{${[...value].map(([key, item]) => `${repr(key)}: ${repr(item)}`).join(", ")}}`;
  }
  if (Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype) {
    return `[${value.map(repr).join(", ")}]`;
  }
  return pythonRepr(value);
}

/** `str(value)` */
export function str(value: unknown): string {
  if (typeof value === "string") return value;
  const isOwn =
    typeof value !== "object" ||
    value === null ||
    value instanceof PyFloat ||
    value instanceof Callable ||
    value instanceof NamedConstant ||
    isComplex(value) ||
    [
      Map.prototype,
      OrderedDict.prototype,
      Array.prototype,
      Tuple.prototype,
      Bytes.prototype,
      Object.prototype,
    ].includes(Object.getPrototypeOf(value));
  return isOwn ? repr(value) : String(value);
}

/** A value under a format specification: `.2e`, `.3f`, `g`, or nothing. */
export function formatted(value: unknown, specification: string): string {
  // A tensor or array without axes is formatted as its number is.
  if (hasItem(value) && value.ndim === 0) return formatted(value.item(), specification);
  const found = /^(?:\.(\d+))?([feg])$/.exec(specification);
  if (found === null) return str(value);
  const number = Number(value);
  const precision = Number(found[1] ?? 6);
  if (found[2] === "f") return formatFixed(number, precision);
  return found[2] === "e" ? formatExponent(number, precision) : formatGeneral(number, precision);
}

function hasItem(value: unknown): value is { item(): unknown; readonly ndim: number } {
  return typeof value === "object" && value !== null && "item" in value && typeof value.item === "function";
}

/** `text % values` */
export function percentFormat(text: string, values: unknown): string {
  const items = values instanceof Tuple ? Array.from(values) : [values];
  let at = 0;
  return text.replace(/%(%|(?:\.\d+)?[sdrfeg])/g, (_, code: string) => {
    if (code === "%") return "%";
    const value = items[at++];
    if (code === "r") return repr(value);
    return formatted(value, /[feg]$/.test(code) ? code : "");
  });
}
