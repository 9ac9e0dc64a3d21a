// NumPy's element types as files write them: the `descr` of a .npy header (numpy.lib.format) and the state of a
// pickled dtype. numpy.org/doc/stable/reference/arrays.interface.html has the type strings.

import {
  bool,
  complex64,
  complex128,
  type DType,
  dtypeByName,
  float16,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
} from "../../core/dtype.ts";
import { FormatError } from "../../core/errors.ts";
import { type Literal, LiteralTuple } from "./literal.ts";

/** An element type of NumPy. `bytes` is what one element takes in the file; `objects` says that it holds any object. */
export type ElementType = { readonly bytes: number; readonly objects: boolean } & (
  | { readonly kind: "number"; readonly dtype: DType; readonly bigEndian: boolean }
  | { readonly kind: "text"; readonly bigEndian: boolean }
  | { readonly kind: "bytes" }
  | { readonly kind: "void" }
  | { readonly kind: "date"; readonly name: string; readonly bigEndian: boolean }
  | { readonly kind: "object" }
  | { readonly kind: "struct"; readonly fields: readonly ElementField[] }
);

/** A field of a structured type. */
export interface ElementField {
  readonly name: string;
  readonly title?: string;
  readonly offset: number;
  readonly type: ElementType;
  /** The shape of a field that is an array; empty for one value. */
  readonly shape: readonly number[];
}

const numbers: ReadonlyMap<string, DType> = new Map([
  ["b1", bool],
  ["i1", int8],
  ["i2", int16],
  ["i4", int32],
  ["i8", int64],
  ["u1", uint8],
  ["u2", uint16],
  ["u4", uint32],
  ["u8", uint64],
  ["f2", float16],
  ["f4", float32],
  ["f8", float64],
  ["c8", complex64],
  ["c16", complex128],
]);

const unsupported: ReadonlyMap<string, string> = new Map([
  ["f16", "long double (80 or 128 bits)"],
  ["f12", "long double (80 bits)"],
  ["c32", "complex long double"],
  ["c24", "complex long double"],
]);

/** Bytes of one element beyond which no file of arrays goes. */
const largestItem = 2 ** 31 - 1;
/** Structured types within structured types. */
const deepestStruct = 32;
/** NumPy's own limit of dimensions. */
export const mostDimensions = 64;

/**
 * The type of a string such as `<f4`, `|S3`, `<U6`, `<M8[ns]`, `float32`.
 * @throws FormatError when there is no such type, or it cannot be carried (long double), by name
 */
export function typeOfString(text: string): ElementType {
  const refuse = (why = "is no element type of NumPy"): FormatError =>
    new FormatError(`the type ${JSON.stringify(text.slice(0, 80))} ${why}`);
  const named = dtypeByName(text);
  if (named !== undefined && [...numbers.values()].includes(named)) return numberType(named, false);
  const match = /^([<>|=]?)([a-zA-Z?])(\d*)(\[[0-9a-zA-Zμ/]+\])?$/.exec(text);
  if (match === null) throw refuse();
  const [, order, letter, digits, unit] = match as unknown as [string, string, string, string, string?];
  const bigEndian = order === ">";
  const code = letter === "?" ? "b1" : letter + digits;
  if ((letter === "M" || letter === "m") && digits === "8") {
    return { kind: "date", name: code + (unit ?? ""), bigEndian, bytes: 8, objects: false };
  }
  if (unit !== undefined) throw refuse();
  const dtype = numbers.get(code);
  if (dtype !== undefined) return numberType(dtype, bigEndian && dtype.itemSize > 1);
  const name = unsupported.get(code);
  if (name !== undefined) {
    throw refuse(`is NumPy's ${name}, which has no number here; save it as float64 or complex128`);
  }
  if (letter === "O" && (digits === "" || digits === "8" || digits === "4")) {
    return { kind: "object", bytes: 8, objects: true };
  }
  const width = digits === "" ? 0 : Number(digits);
  const bytes = letter === "U" ? 4 * width : width;
  if (!"USVa".includes(letter) || bytes > largestItem) throw refuse();
  if (letter === "U") return { kind: "text", bigEndian, bytes, objects: false };
  return { kind: letter === "V" ? "void" : "bytes", bytes, objects: false };
}

function numberType(dtype: DType, bigEndian: boolean): ElementType {
  return { kind: "number", dtype, bigEndian, bytes: dtype.itemSize, objects: false };
}

/**
 * The type that a `descr` of a header stands for: a type string, or a list of fields.
 * @throws FormatError when it is no such thing
 */
export function typeOfDescr(descr: Literal | undefined, depth = 0): ElementType {
  if (typeof descr === "string") return typeOfString(descr);
  if (!Array.isArray(descr))
    throw new FormatError("the header's descr is neither a type string nor a list of fields");
  if (depth >= deepestStruct) throw new FormatError("structured types are nested too deep");
  const fields: ElementField[] = [];
  let offset = 0;
  for (const item of descr) {
    if (!(item instanceof LiteralTuple) || item.items.length < 2 || item.items.length > 3) {
      throw new FormatError("a field of the header's descr is no (name, type) or (name, type, shape)");
    }
    const [label, inner, shapeLiteral] = item.items;
    const type = typeOfDescr(inner, depth + 1);
    const shape = fieldShape(shapeLiteral);
    const bytes = type.bytes * countOf(shape, type.bytes);
    const named = fieldName(label);
    // A nameless field of raw bytes is padding.
    if (named.name !== "" || type.kind !== "void") fields.push({ ...named, offset, type, shape });
    offset += bytes;
    if (offset > largestItem)
      throw new FormatError("the header's structured type is larger than an element can be");
  }
  return structType(fields, offset);
}

/**
 * A structured type of fields that are known to lie in `bytes` bytes.
 * @throws FormatError when two fields have one name, or one lies outside
 */
export function structType(fields: readonly ElementField[], bytes: number): ElementType {
  const names = new Set<string>();
  for (const field of fields) {
    for (const name of field.title === undefined ? [field.name] : [field.name, field.title]) {
      if (names.has(name))
        throw new FormatError(`two fields of a structured type are named ${JSON.stringify(name)}`);
      names.add(name);
    }
    const end = field.offset + field.type.bytes * countOf(field.shape, field.type.bytes);
    if (!(field.offset >= 0 && end <= bytes)) {
      throw new FormatError(`the field ${JSON.stringify(field.name)} lies outside its structured type`);
    }
  }
  return { kind: "struct", fields, bytes, objects: fields.some((field) => field.type.objects) };
}

function fieldName(label: Literal | undefined): { name: string; title?: string } {
  if (typeof label === "string") return { name: label };
  if (label instanceof LiteralTuple && label.items.length === 2) {
    const [title, name] = label.items;
    if (typeof title === "string" && typeof name === "string") return { name, title };
  }
  throw new FormatError("the name of a field is neither text nor a (title, name)");
}

function fieldShape(shape: Literal | undefined): readonly number[] {
  if (shape === undefined) return [];
  const items = shape instanceof LiteralTuple ? shape.items : [shape];
  return checkShape(items);
}

/**
 * A shape as numbers.
 * @throws FormatError when an entry is no count, or there are too many
 */
export function checkShape(items: readonly unknown[]): readonly number[] {
  if (items.length > mostDimensions) {
    throw new FormatError(
      `the shape has ${items.length} dimensions, more than the ${mostDimensions} of NumPy`,
    );
  }
  return items.map((item) => {
    if (typeof item === "bigint") throw new FormatError(`the shape asks for ${item} elements along one axis`);
    if (typeof item !== "number" || !Number.isSafeInteger(item) || item < 0) {
      throw new FormatError("the shape is no tuple of counts");
    }
    return item;
  });
}

/**
 * The number of elements of a shape.
 * @throws FormatError when they, at `bytes` each, cannot be (an axis of length 0 does not excuse the others)
 */
export function countOf(shape: readonly number[], bytes: number): number {
  let total = Math.max(bytes, 1);
  for (const length of shape) {
    total *= Math.max(length, 1);
    if (!Number.isSafeInteger(total)) {
      throw new FormatError(`the shape (${shape.join(", ")}) has more elements than there can be`);
    }
  }
  return shape.includes(0) ? 0 : total / Math.max(bytes, 1);
}
