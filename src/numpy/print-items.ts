// How arrays of anything but numbers print: text, byte strings, raw bytes, objects, dates, records (NumPy 2.4).
// Whoever carries such arrays turns them into a `PrintableArray` with `printableItems`.

import { product, type Shape } from "../core/layout.ts";
import { bytesRepr, pythonRepr, stringRepr, tupleText } from "../core/text.ts";
import { dateText, dateUnitOf, durationText, notATime } from "./print-dates.ts";
import type { PrintOptions } from "./print-options.ts";
import { itemFormatter, type PrintableArray, type PrintableType } from "./print-type.ts";

/** An array of items in row-major order. */
export function printableItems<T>(
  shape: Shape,
  type: PrintableType<T>,
  items: readonly T[],
): PrintableArray<T> {
  return {
    shape,
    type,
    itemAt: (index) => items[index.reduce((position, along, axis) => position * shape[axis]! + along, 0)]!,
  };
}

/** NumPy text with room for `width` characters: `<U5`. */
export function textType(width: number): PrintableType<string> {
  const name = stringRepr(`<U${width}`);
  return {
    dtypeText: name,
    fieldText: name,
    isImplied: false,
    formatterKeys: ["all", "str_kind", "numpystr"],
    formatterOf: () => stringRepr,
    scalarText: (item) => item,
  };
}

/** Byte strings: `|S3`. */
export function bytesType(width: number): PrintableType<Uint8Array> {
  return {
    dtypeText: stringRepr(`|S${width}`),
    fieldText: stringRepr(`S${width}`),
    isImplied: false,
    formatterKeys: ["all", "str_kind", "numpystr"],
    formatterOf: () => bytesRepr,
    scalarText: (item) => `np.bytes_(${bytesRepr(item)})`,
  };
}

/** Raw bytes, every one as an escape: `|V4`. */
export function voidType(width: number): PrintableType<Uint8Array> {
  const text = (item: Uint8Array): string =>
    `b'${Array.from(item, (byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("")}'`;
  return {
    dtypeText: stringRepr(`|V${width}`),
    fieldText: stringRepr(`V${width}`),
    isImplied: false,
    formatterKeys: ["all", "void"],
    formatterOf: () => text,
    scalarText: text,
  };
}

/** Any objects; `reprOf` and `strOf` are Python's `repr` and `str` of one. */
export function objectType(
  reprOf: (item: unknown) => string = pythonRepr,
  strOf: (item: unknown) => string = (item) => (typeof item === "string" ? item : reprOf(item)),
): PrintableType<unknown> {
  return {
    dtypeText: "object",
    fieldText: "'O'",
    isImplied: false,
    formatterKeys: ["all", "object"],
    // A list says that it is one: else its brackets would look like an axis.
    formatterOf: () => (item) => (isList(item) ? `list(${reprOf(item)})` : reprOf(item)),
    scalarText: strOf,
  };
}

/** True iff Python has the item as a list: what prints itself, such as a tuple, is none. */
function isList(item: unknown): boolean {
  return Array.isArray(item) && !("repr" in item);
}

/** `datetime64` and `timedelta64` by the type's short name: `M8[ns]`, `m8[25s]`. Items are counts of the unit. */
export function dateType(name: string): PrintableType<bigint> {
  const isDate = name.startsWith("M");
  const unit = dateUnitOf(name);
  const text = (count: bigint): string => (isDate ? stringRepr(dateText(count, unit)) : String(count));
  const longName = name.replace(/^.8/, isDate ? "datetime64" : "timedelta64");
  return {
    dtypeText: longName.includes("[") ? stringRepr(longName) : longName,
    fieldText: stringRepr(`<${name}`),
    isImplied: false,
    formatterKeys: ["all", isDate ? "datetime" : "timedelta"],
    formatterOf: (shown) => {
      const texts = shown.map((count) => (count === notATime ? "'NaT'" : text(count)));
      const width = texts.reduce((most, each) => Math.max(most, each.length), 0);
      return (count) => (count === notATime ? "'NaT'" : text(count)).padStart(width);
    },
    scalarText: (count) => (isDate ? dateText(count, unit) : durationText(count, unit)),
  };
}

/** A field of a record. */
export interface RecordField {
  readonly name: string;
  readonly type: PrintableType<never>;
  /** The field's own shape: empty for one value, else items are row-major lists. */
  readonly shape: Shape;
}

type FieldText = (value: unknown) => string;

/** Records of fields (a structured dtype): an item is the list of its fields' values. */
export function recordType(fields: readonly RecordField[]): PrintableType<readonly unknown[]> {
  const names = fields.map(({ name, type, shape }) =>
    tupleText([stringRepr(name), type.fieldText, ...(shape.length > 0 ? [tupleText(shape)] : [])]),
  );
  const texts = (textOf: (field: RecordField, at: number) => FieldText) => {
    const formatters = fields.map(textOf);
    return (item: readonly unknown[]): string => tupleText(formatters.map((format, at) => format(item[at])));
  };
  const name = `[${names.join(", ")}]`;
  return {
    dtypeText: name,
    fieldText: name,
    isImplied: false,
    formatterKeys: [],
    formatterOf: (shown, options, isScalar) =>
      texts((field, at) => {
        const values = shown.map((item) => item[at]);
        return fieldFormatter(field, values, options, isScalar);
      }),
    scalarText: (item, options) => texts((field, at) => aloneFormatter(field, item[at], options))(item),
  };
}

function fieldFormatter(
  field: RecordField,
  values: readonly unknown[],
  options: PrintOptions,
  isScalar: boolean,
): FieldText {
  const { shape } = field;
  const type = field.type as PrintableType<unknown>;
  const shown = shape.length === 0 ? values : values.flat();
  const format = itemFormatter(type, shown, options, isScalar && shape.length === 0);
  return shape.length === 0
    ? format
    : (value) => subarrayText(shape, value as readonly unknown[], format, options);
}

/** In a record that stands alone, floating-point numbers have all their digits. */
function aloneFormatter(field: RecordField, value: unknown, options: PrintOptions): FieldText {
  const { shape } = field;
  const type = field.type as PrintableType<unknown>;
  const isFloat = type.formatterKeys.includes("float_kind");
  const isRecord = type.formatterKeys.length === 0;
  if (options.formatter !== null || !(isFloat || isRecord))
    return fieldFormatter(field, [value], options, true);
  const format: FieldText = (item) => type.scalarText(item, options);
  return shape.length === 0
    ? format
    : (items) => subarrayText(shape, items as readonly unknown[], format, options);
}

/** An array inside a record, on one line whatever its shape. */
function subarrayText(
  shape: Shape,
  items: readonly unknown[],
  format: FieldText,
  options: PrintOptions,
): string {
  const { threshold, edgeitems } = options;
  const isCut = items.length > threshold;
  const nest = (axis: number, start: number): string => {
    if (axis === shape.length) return format(items[start]);
    const length = shape[axis]!;
    const step = product(shape.slice(axis + 1));
    const texts = (from: number, to: number): string[] =>
      Array.from({ length: to - from }, (_, at) => nest(axis + 1, start + (from + at) * step));
    const parts =
      isCut && length > 2 * edgeitems
        ? [...texts(0, edgeitems), "...", ...texts(edgeitems === 0 ? 0 : length - edgeitems, length)]
        : texts(0, length);
    return `[${parts.join(", ")}]`;
  };
  return nest(0, 0);
}
