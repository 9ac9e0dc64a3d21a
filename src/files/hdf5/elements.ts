// From the bytes of HDF5's elements to values: numbers, text, bytes, records field by field, and what lies in the
// global heap. Types and shapes follow what h5py makes of them.

import { FormatError } from "../../core/errors.ts";
import { contiguousStrides, Layout, type Shape } from "../../core/layout.ts";
import { Storage } from "../../core/storage.ts";
import { countOf } from "../numpy/types.ts";
import { Stored } from "../stored.ts";
import { type ArrayLike, ArrayValue, NamedValue, type StructField, type Value } from "../values.ts";
import { type FixedTextType, type HdfType, textOf } from "./datatype.ts";
import type { HdfFile } from "./file.ts";
import { GlobalHeap } from "./global-heap.ts";
import { type NumberForm, numberForm, turn } from "./numbers.ts";
import { typeName } from "./type-names.ts";

/** h5py's class of a reference to an object. */
export const referenceClass = "h5py.h5r.Reference";

/** A reference among values, whose object's name is found when all have been seen. */
interface PendingReference {
  readonly items: Value[];
  readonly index: number;
  readonly address: number;
}

/** Elements that take more bytes in memory than this, as values of their own, are too many for any use. */
const bytesOfValue = 32;

/** Makes values of elements. */
export class Elements {
  readonly file: HdfFile;
  private readonly heap: GlobalHeap;
  private readonly texts = new Map<number, Map<number, string>>();
  private readonly references: PendingReference[] = [];

  constructor(file: HdfFile) {
    this.file = file;
    this.heap = new GlobalHeap(file);
  }

  /**
   * The array of elements that have been read.
   * @param bytes exactly the bytes of the elements; taken over
   * @param inside true iff they are part of others: text is then bytes, as NumPy has it
   * @throws FormatError when they are damaged, or of a type that is not read
   */
  async array(type: HdfType, shape: Shape, bytes: Uint8Array, inside = false): Promise<ArrayLike> {
    const form = numberForm(type);
    if (form !== undefined) return this.numbers(form, shape, bytes);
    const count = countOf(shape, type.size);
    switch (type.kind) {
      case "array":
        return this.array(type.base, [...shape, ...type.dimensions], bytes, true);
      case "fixed text": {
        const values = this.each(bytes, type.size, (element) => withoutFilling(element, type));
        if (inside) return { kind: "bytes", shape, width: type.size, values, order: "C" };
        return { kind: "text", shape, values: values.map(textOf), order: "C", bigEndian: false };
      }
      case "opaque":
        return { kind: "void", shape, width: type.size, bytes, order: "C" };
      case "compound":
        return this.records(type, shape, bytes, count);
      case "text":
        return this.texted(type.size, shape, bytes, inside);
      case "sequence":
        return this.sequences(type, shape, bytes);
      case "reference":
        return this.referred(type, shape, bytes);
      default:
        throw new FormatError(`elements of HDF5's type ${typeName(type)} are not read`);
    }
  }

  /** Gives every reference that was read the name of its object. */
  nameReferences(names: ReadonlyMap<number, string>): void {
    for (const { items, index, address } of this.references.splice(0)) {
      const name = names.get(address) ?? `the object at byte ${this.file.place.base + address}`;
      items[index] = new NamedValue(referenceClass, name);
    }
  }

  private numbers(form: NumberForm, shape: Shape, bytes: Uint8Array): ArrayLike {
    if (form.convert !== undefined) return numberArray(form, shape, Stored.of(form.convert(bytes)));
    // Numbers begin at an address that suits them.
    const own = bytes.slice();
    turn(form, own);
    return numberArray(form, shape, Stored.of(new Storage(own)));
  }

  private each<T>(bytes: Uint8Array, size: number, read: (element: Uint8Array) => T): T[] {
    const count = Math.floor(bytes.byteLength / size);
    this.file.budget.spendData(bytesOfValue * count);
    return Array.from({ length: count }, (_, index) =>
      read(bytes.subarray(index * size, (index + 1) * size)),
    );
  }

  private async records(
    { size, members }: HdfType & { kind: "compound" },
    shape: Shape,
    bytes: Uint8Array,
    count: number,
  ): Promise<ArrayLike> {
    const fields: StructField[] = [];
    for (const { name, offset, type } of members) {
      const column = new Uint8Array(type.size * count);
      for (let index = 0; index < count; index++) {
        const start = index * size + offset;
        column.set(bytes.subarray(start, start + type.size), index * type.size);
      }
      fields.push({ name, offset, array: await this.array(type, shape, column, true) });
    }
    return { kind: "struct", shape, itemSize: size, fields, order: "C" };
  }

  /** Where in the global heap each element lies: how many values, and undefined where there are none. */
  private places(bytes: Uint8Array, size: number): { count: number; address: number; index: number }[] {
    const { address: width } = this.file.place.widths;
    if (size !== 8 + width) {
      throw new FormatError(`variable-length elements take ${size} bytes, where ${8 + width} are expected`);
    }
    return this.each(bytes, size, (element) => {
      const cursor = this.file.cursorOver(element, 0, "a variable-length element");
      const count = cursor.u32();
      return { count, address: cursor.address() ?? 0, index: cursor.u32() };
    });
  }

  /** The bytes of a variable-length element, whose values take `size` each. */
  private async heapBytes(
    { count, address, index }: { count: number; address: number; index: number },
    size: number,
  ): Promise<Uint8Array> {
    if (count === 0 || address === 0) return new Uint8Array(0);
    const object = await this.heap.object(address, index);
    if (count * size > object.byteLength) {
      throw new FormatError(
        `a variable-length element of ${count * size} bytes lies in a heap object of ${object.byteLength}: it is damaged`,
        { offset: this.file.place.base + address },
      );
    }
    return object.subarray(0, count * size);
  }

  private async texted(size: number, shape: Shape, bytes: Uint8Array, inside: boolean): Promise<ArrayLike> {
    const places = this.places(bytes, size);
    if (inside) {
      const items: Value[] = [];
      for (const place of places) items.push(untilNul(await this.heapBytes(place, 1)));
      return { kind: "objects", shape, items, order: "C" };
    }
    const values: string[] = [];
    for (const place of places) {
      // Many elements may be one object of the heap: its text is made once.
      const known = this.texts.get(place.address) ?? new Map<number, string>();
      this.texts.set(place.address, known);
      let text = known.get(place.index);
      if (text === undefined || place.count === 0) {
        text = textOf(untilNul(await this.heapBytes(place, 1)));
        if (place.count > 0) known.set(place.index, text);
      }
      values.push(text);
    }
    return { kind: "text", shape, values, order: "C", bigEndian: false };
  }

  private async sequences(
    { size, base }: HdfType & { kind: "sequence" },
    shape: Shape,
    bytes: Uint8Array,
  ): Promise<ArrayLike> {
    const items: Value[] = [];
    for (const place of this.places(bytes, size)) {
      const values = await this.heapBytes(place, base.size);
      this.file.budget.spendData(values.byteLength);
      items.push(await this.array(base, [values.byteLength / base.size], values.slice()));
    }
    return { kind: "objects", shape, items, order: "C" };
  }

  private referred(
    { size, target }: HdfType & { kind: "reference" },
    shape: Shape,
    bytes: Uint8Array,
  ): ArrayLike {
    const { address: width } = this.file.place.widths;
    if (target !== 0 || size !== width) {
      throw new FormatError("references to parts of datasets, and those of HDF5 1.12, are not read");
    }
    const items: Value[] = this.each(bytes, size, () => null);
    const cursor = this.file.cursorOver(bytes, 0, "a reference");
    for (let index = 0; index < items.length; index++) {
      const address = cursor.address();
      if (address !== undefined && address !== 0) this.references.push({ items, index, address });
    }
    return { kind: "objects", shape, items, order: "C" };
  }
}

/** The array of numbers that are, or will be, native in a storage of their own. */
export function numberArray(form: NumberForm, shape: Shape, stored: Stored): ArrayLike {
  const layout = new Layout(form.dtype, shape, contiguousStrides(shape));
  const facts = {
    origin: "numpy",
    ...(form.bigEndian ? { bigEndian: true } : {}),
    ...(form.storedAs === undefined ? {} : { storedAs: form.storedAs }),
  } as const;
  const array = new ArrayValue(stored, layout, facts);
  return form.date === undefined ? array : { kind: "date", shape, dtype: form.date, counts: array };
}

function withoutFilling(bytes: Uint8Array, { padding }: FixedTextType): Uint8Array {
  if (padding === "terminated") return untilNul(bytes);
  const filling = padding === "nuls" ? 0 : 0x20;
  let length = bytes.byteLength;
  while (length > 0 && bytes[length - 1] === filling) length--;
  return bytes.subarray(0, length);
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}
