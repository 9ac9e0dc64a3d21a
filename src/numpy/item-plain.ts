// Text, byte strings, raw bytes, objects, and numbers in the other byte order as element types: what goes into them and
// how it is converted, with NumPy's words where it cannot be.

import type { DType } from "../core/dtype.ts";
import { elements, type Scalar } from "../core/elements.ts";
import { PythonError, PythonTypeError, ValueError } from "../core/errors.ts";
import { bytesRepr, characterCount, pythonRepr, stringRepr } from "../core/text.ts";
import { itemOf } from "./item-array.ts";
import { ItemType, swapped } from "./item-type.ts";
import { asScalar, singleElement } from "./make.ts";
import { NDArray } from "./ndarray.ts";
import { scalarRepr } from "./print.ts";
import { bytesType, objectType, textType, voidType } from "./print-items.ts";
import { numberType, type PrintableType } from "./print-type.ts";
import { convertScalar, isPyScalar } from "./scalars.ts";

/** What Python calls the type of a value. */
export function pythonTypeName(value: unknown): string {
  if (value === null || value === undefined) return "NoneType";
  if (typeof value === "string") return "str";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (typeof value === "bigint") return "int";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof NDArray) return "numpy.ndarray";
  if (Array.isArray(value)) return "list";
  return value instanceof Map ? "dict" : "object";
}

/** `str(value)` of a value that becomes text. */
function textOf(value: unknown): string {
  const item = itemOf(value);
  if (typeof item === "string") return item;
  if (!(item instanceof Uint8Array)) return pythonRepr(item);
  const code = item.find((byte) => byte > 0x7f);
  if (code !== undefined) {
    const place = `byte 0x${code.toString(16)} in position ${item.indexOf(code)}`;
    throw new PythonError(
      "UnicodeDecodeError",
      `'ascii' codec can't decode ${place}: ordinal not in range(128)`,
    );
  }
  return String.fromCharCode(...item);
}

/** `str(value)` as bytes; bytes themselves. */
function bytesOf(value: unknown): Uint8Array {
  const item = itemOf(value);
  if (item instanceof Uint8Array) return item;
  const text = textOf(item);
  return Uint8Array.from(Array.from(text), (character, at) => {
    const code = character.codePointAt(0)!;
    if (code > 0x7f) {
      const place = `character ${stringRepr(`\\x${code.toString(16)}`).replace("\\\\", "\\")} in position ${at}`;
      throw new PythonError(
        "UnicodeEncodeError",
        `'ascii' codec can't encode ${place}: ordinal not in range(128)`,
      );
    }
    return code;
  });
}

/** Characters that NumPy keeps free for a number as text. */
function roomOf(value: unknown, length: (value: unknown) => number): number {
  const item = itemOf(value);
  if (typeof item === "boolean") return 5;
  if (!isPyScalar(item)) return length(item);
  if (typeof item === "bigint") return item > 2n ** 63n - 1n ? 20 : 21;
  if (typeof item === "number") return Number.isInteger(item) ? 21 : 32;
  return typeof item === "object" && "re" in item ? 64 : 32;
}

const textRoom = (value: unknown): number => roomOf(value, (item) => characterCount(textOf(item)));
const bytesRoom = (value: unknown): number => roomOf(value, (item) => bytesOf(item).length);

function most(lengths: readonly number[], least: number): number {
  return lengths.reduce((longest, length) => Math.max(longest, length), least);
}

/** A printing whose width is not settled: NumPy writes such a type without a number. */
function unsettled<T>(printing: PrintableType<T>): PrintableType<T> {
  return { ...printing, fieldText: printing.fieldText.replace("0'", "'") };
}

/** Text with room for `width` characters; `undefined`: as many as the longest value has. */
export function textItems(width?: number, isBigEndian = false): ItemType<string> {
  const plain = textType(width ?? 0);
  const printing = width === undefined ? unsettled(plain) : isBigEndian ? swapped(plain) : plain;
  return new ItemType(printing, {
    kind: "U",
    name: width === undefined ? "str" : `str${32 * width}`,
    scalarName: "numpy.str_",
    itemsize: 4 * (width ?? 0),
    zero: () => "",
    convert(value) {
      const text = textOf(value).replace(/\0+$/, "");
      if (width === undefined || text.length <= width) return text;
      return Array.from(text).slice(0, width).join("");
    },
    scalarRepr: (item) => `np.str_(${stringRepr(item)})`,
    ...(width === undefined ? { fitted: (values) => textItems(most(values.map(textRoom), 1)) } : {}),
  });
}

/** Byte strings with room for `width` bytes; `undefined`: as many as the longest value has. */
export function bytesItems(width?: number): ItemType<Uint8Array> {
  const printing = bytesType(width ?? 0);
  return new ItemType(width === undefined ? unsettled(printing) : printing, {
    kind: "S",
    name: width === undefined ? "bytes" : `bytes${8 * width}`,
    scalarName: "numpy.bytes_",
    itemsize: width ?? 0,
    zero: () => new Uint8Array(0),
    convert(value) {
      const bytes = bytesOf(value);
      let length = Math.min(bytes.length, width ?? bytes.length);
      while (length > 0 && bytes[length - 1] === 0) length--;
      return Uint8Array.from(bytes.subarray(0, length));
    },
    scalarRepr: (item) => `np.bytes_(${bytesRepr(item)})`,
    ...(width === undefined ? { fitted: (values) => bytesItems(most(values.map(bytesRoom), 1)) } : {}),
  });
}

/** Raw bytes, so many an item; `undefined`: as many as the longest value has. */
export function voidItems(width?: number): ItemType<Uint8Array> {
  const printing = voidType(width ?? 0);
  const needed = (value: unknown): Uint8Array => {
    const item = itemOf(value);
    if (item instanceof Uint8Array) return item;
    throw new PythonTypeError(`a bytes-like object is required, not '${pythonTypeName(item)}'`);
  };
  const escaped = (item: Uint8Array): string =>
    Array.from(item, (byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
  return new ItemType<Uint8Array>(width === undefined ? unsettled(printing) : printing, {
    kind: "V",
    name: width === undefined ? "void" : `void${8 * width}`,
    scalarName: "numpy.void",
    itemsize: width ?? 0,
    zero: () => new Uint8Array(width ?? 0),
    convert(value) {
      const bytes = needed(value);
      const result = new Uint8Array(width ?? bytes.length);
      result.set(bytes.subarray(0, result.length));
      return result;
    },
    scalarRepr: (item) => `np.void(b'${escaped(item)}')`,
    fitted: (values) =>
      voidItems(
        width ??
          most(
            values.map((value) => needed(value).length),
            0,
          ),
      ),
  });
}

/** Any objects. */
export const objectItems: ItemType<unknown> = new ItemType<unknown>(objectType(), {
  kind: "O",
  name: "object",
  scalarName: "numpy.object_",
  itemsize: 8,
  zero: () => 0,
  blank: () => null,
  convert: (value) => value,
  alone: (item) => item,
  scalarRepr: pythonRepr,
});

/** A value as a number of a type. */
function numberOf(value: unknown, dtype: DType): Scalar {
  const item = itemOf(value);
  if (item === null && dtype.isFloatingPoint) return Number.NaN;
  const given = typeof item === "string" ? parsedNumber(item, dtype) : item;
  if (!isPyScalar(given)) {
    const callee =
      dtype.kind === "float"
        ? "float() argument must be a string or a real number"
        : "int() argument must be a string, a bytes-like object or a real number";
    throw new PythonTypeError(`${callee}, not '${pythonTypeName(given)}'`);
  }
  return elements(singleElement(dtype, convertScalar(given, dtype)))[0]!;
}

/** `float(text)` or `int(text)`. */
function parsedNumber(text: string, dtype: DType): number | bigint {
  const trimmed = text.trim().replaceAll(/(?<=\d)_(?=\d)/g, "");
  if (dtype.kind === "signed" || dtype.kind === "unsigned") {
    if (/^[+-]?\d+$/.test(trimmed)) return BigInt(trimmed);
    throw new ValueError(`invalid literal for int() with base 10: np.str_(${stringRepr(text)})`);
  }
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return Number(trimmed);
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(trimmed);
  if (special === null) throw new ValueError(`could not convert string to float: ${stringRepr(text)}`);
  const value = special[2]!.toLowerCase() === "nan" ? Number.NaN : Number.POSITIVE_INFINITY;
  return special[1] === "-" ? -value : value;
}

const letters: Readonly<Record<DType["kind"], string>> = {
  bool: "b",
  signed: "i",
  unsigned: "u",
  float: "f",
  complex: "c",
};

/** Numbers of an element type as items: the fields of records, and elements in the other byte order. */
export function numberItems(dtype: DType, isBigEndian = false): ItemType<Scalar> {
  const printing = numberType(dtype);
  return new ItemType(isBigEndian && dtype.itemSize > 1 ? swapped(printing) : printing, {
    kind: letters[dtype.kind],
    name: dtype.name,
    scalarName: `numpy.${dtype.name}`,
    itemsize: dtype.itemSize,
    zero: () => numberOf(0, dtype),
    convert: (value) => numberOf(value, dtype),
    alone: (item) => asScalar(singleElement(dtype, item)),
    scalarRepr: (item) => scalarRepr(item, dtype),
    ...(isBigEndian ? {} : { numberType: dtype }),
    exposed: (item) => (typeof item === "bigint" && Number.isSafeInteger(Number(item)) ? Number(item) : item),
  });
}
