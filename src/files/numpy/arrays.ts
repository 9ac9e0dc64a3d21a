// From the bytes of a NumPy array to a value: numbers as they lie (swapped to native order where they are
// big-endian), Fortran order as strides; text, bytes, dates and structured types element by element.

import { int64 } from "../../core/dtype.ts";
import { FormatError } from "../../core/errors.ts";
import { contiguousStrides, fortranStrides, Layout, type Shape } from "../../core/layout.ts";
import { Storage } from "../../core/storage.ts";
import { Stored } from "../stored.ts";
import { type ArrayLike, ArrayValue, TupleValue, type Value } from "../values.ts";
import { countOf, type ElementType } from "./types.ts";

const mostEmptyItems = 2 ** 20;

/** In what order the elements lie. An array that is both is C. */
export type Order = "C" | "F";

/** Reverses the bytes of every `width`-byte number, in place. A rest shorter than a number is left alone. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  for (let start = 0; start + width <= bytes.byteLength; start += width) {
    bytes.subarray(start, start + width).reverse();
  }
}

/** True iff arrays of the type are numbers as they lie: such need not be read before they are asked for. */
export function isNumeric(type: ElementType): boolean {
  return type.kind === "number" || type.kind === "date";
}

/**
 * The array of a type whose elements are bytes (no objects among them).
 * @param stored exactly the bytes of the elements, aligned; taken over, and written to where they are big-endian.
 *   They must have been read, unless the type is numeric
 * @throws FormatError when the bytes do not fit the shape, or text is no text
 */
export function arrayFromBytes(type: ElementType, shape: Shape, fortran: boolean, stored: Stored): ArrayLike {
  const count = countOf(shape, type.bytes);
  if (stored.byteLength !== count * type.bytes) {
    throw new FormatError(
      `the shape (${shape.join(", ")}) takes ${count * type.bytes} bytes, but there are ${stored.byteLength}`,
    );
  }
  const order: Order = fortran && shape.length > 1 ? "F" : "C";
  if (type.kind === "number") {
    const { dtype, bigEndian } = type;
    if (bigEndian) stored.whenLoaded((storage) => swapBytes(storage.bytes(), dtype.itemSize / dtype.lanes));
    const strides = order === "F" ? fortranStrides(shape) : contiguousStrides(shape);
    const layout = new Layout(dtype, shape, strides);
    return new ArrayValue(stored, layout, { origin: "numpy", ...(bigEndian ? { bigEndian } : {}) });
  }
  if (type.kind === "date") {
    const numeric = { ...type, kind: "number", dtype: int64 } as const;
    const counts = arrayFromBytes(numeric, shape, fortran, stored) as ArrayValue;
    return { kind: "date", shape, dtype: type.name, counts };
  }
  const own = stored.storage.bytes();
  const bytes = order === "F" ? rowMajor(own, shape, type.bytes) : own;
  return arrayFromRows(type, shape, order, bytes, count);
}

function arrayFromRows(
  type: ElementType,
  shape: Shape,
  order: Order,
  bytes: Uint8Array,
  count: number,
): ArrayLike {
  const element = (index: number): Uint8Array => bytes.subarray(index * type.bytes, (index + 1) * type.bytes);
  const each = <T>(read: (item: Uint8Array) => T): T[] =>
    Array.from({ length: count }, (_, index) => read(element(index)));
  // Elements of no bytes cost nothing in the file; their number is bounded all the same.
  if (type.bytes === 0 && count > mostEmptyItems) {
    throw new FormatError(`${count} elements of no bytes each are more than any use`);
  }
  switch (type.kind) {
    case "text": {
      const { bigEndian } = type;
      const values = each((item) => decodeText(item, bigEndian));
      return { kind: "text", shape, width: type.bytes / 4, values, order, bigEndian };
    }
    case "bytes":
      return { kind: "bytes", shape, width: type.bytes, values: each(withoutTrailingNuls), order };
    case "void":
      return { kind: "void", shape, width: type.bytes, bytes, order };
    case "struct": {
      const fields = type.fields.map((field) => {
        const part = field.type.bytes * countOf(field.shape, field.type.bytes);
        const column = new Uint8Array(part * count);
        for (let index = 0; index < count; index++) {
          const start = index * type.bytes + field.offset;
          column.set(bytes.subarray(start, start + part), index * part);
        }
        const whole = [...shape, ...field.shape];
        const array = arrayFromBytes(field.type, whole, false, Stored.of(new Storage(column)));
        return { ...fieldPlace(field), array };
      });
      return { kind: "struct", shape, itemSize: type.bytes, fields, order };
    }
    default:
      throw new FormatError("an array of objects has bytes where a pickle should stand");
  }
}

function fieldPlace(field: { name: string; title?: string; offset: number }): {
  name: string;
  title?: string;
  offset: number;
} {
  const { name, title, offset } = field;
  return title === undefined ? { name, offset } : { name, title, offset };
}

/**
 * The array of a type with objects in it, from what a pickle has: one value for each element, row-major whatever the
 * array's order; for a structured type each is a tuple of its fields.
 */
export function arrayFromItems(type: ElementType, shape: Shape, fortran: boolean, items: Value[]): ArrayLike {
  const count = countOf(shape, 1);
  if (items.length !== count) {
    throw new FormatError(
      `the shape (${shape.join(", ")}) has ${count} elements, but the pickle ${items.length}`,
    );
  }
  const order: Order = fortran && shape.length > 1 ? "F" : "C";
  if (type.kind === "object") return { kind: "objects", shape, items, order };
  if (type.kind !== "struct") throw new FormatError("an array that holds no objects is pickled as a list");
  const columns = type.fields.map((field, index) => {
    const column = items.map((row) => {
      const value = row instanceof TupleValue ? row.items[index] : undefined;
      if (value === undefined) throw new FormatError("a structured element is no tuple of its fields");
      return value;
    });
    return { ...fieldPlace(field), array: columnArray(field.type, field.shape, shape, column) };
  });
  return { kind: "struct", shape, itemSize: type.bytes, fields: columns, order };
}

/** A field of structured elements that were pickled as tuples: objects as they are, numbers from Python's. */
function columnArray(type: ElementType, inner: readonly number[], shape: Shape, column: Value[]): ArrayLike {
  if (type.kind === "number" && inner.length === 0) {
    const storage = Storage.allocate(type.dtype, column.length);
    const array = storage.view(type.dtype);
    column.forEach((value, index) => {
      const number = typeof value === "boolean" ? Number(value) : value;
      if (type.dtype.compute !== "complex" && typeof number === "number" && type.dtype.name !== "float16") {
        array[index] = type.dtype.compute === "big" ? BigInt(Math.trunc(number)) : number;
      } else if (type.dtype.compute === "big" && typeof number === "bigint") array[index] = number;
      else throw new FormatError(`a ${type.dtype.name} field beside objects holds something else`);
    });
    return new ArrayValue(storage, Layout.contiguous(type.dtype, shape), { origin: "numpy" });
  }
  return { kind: "objects", shape, items: column, order: "C" };
}

/** Where the elements of a column-major array lie, in row-major order. */
function rowMajorPositions(shape: Shape): number[] {
  const strides = fortranStrides(shape);
  const count = countOf(shape, 1);
  const index = new Array<number>(shape.length).fill(0);
  const positions: number[] = [];
  let position = 0;
  for (let i = 0; i < count; i++) {
    positions.push(position);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      position -= index[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return positions;
}

function rowMajor(bytes: Uint8Array, shape: Shape, width: number): Uint8Array {
  const result = new Uint8Array(bytes.byteLength);
  if (width === 0) return result;
  rowMajorPositions(shape).forEach((position, index) => {
    result.set(bytes.subarray(position * width, (position + 1) * width), index * width);
  });
  return result;
}

/** UTF-32 without its trailing NULs. */
function decodeText(bytes: Uint8Array, bigEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let length = bytes.byteLength / 4;
  while (length > 0 && view.getUint32(4 * length - 4, true) === 0) length--;
  let text = "";
  for (let index = 0; index < length; index++) {
    const code = view.getUint32(4 * index, !bigEndian);
    if (code > 0x10ffff) throw new FormatError(`a text element holds ${code}, which is no character`);
    text += String.fromCodePoint(code);
  }
  return text;
}

function withoutTrailingNuls(bytes: Uint8Array): Uint8Array {
  let length = bytes.byteLength;
  while (length > 0 && bytes[length - 1] === 0) length--;
  return bytes.subarray(0, length);
}
