// Where the items of an array are. Records have them as lists until a field of numbers is asked for: from then on the
// numbers are in memory that the field's array shares, laid out as NumPy lays out records.

import { elements, type Scalar } from "../core/elements.ts";
import { contiguousStrides, Layout, product, type Shape } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import type { ItemField } from "./item-records.ts";
import { fromValues } from "./make.ts";
import { NDArray } from "./ndarray.ts";

/** Items by their places. */
export class ItemStore<T> {
  protected readonly items: T[];

  constructor(items: T[]) {
    this.items = items;
  }

  get(place: number): T {
    return this.items[place]!;
  }

  set(place: number, item: T): void {
    this.items[place] = item;
  }
}

/** Records by their places. */
export class RecordStore extends ItemStore<readonly unknown[]> {
  private readonly fields: readonly ItemField[];
  private readonly offsets: readonly number[];
  private readonly itemsize: number;
  /** The memory of all records, once a field is shared. */
  private memory: Storage | undefined = undefined;
  /** The fields of numbers over that memory, one row a record. */
  private columns: readonly (NDArray | undefined)[] = [];

  constructor(items: (readonly unknown[])[], fields: readonly ItemField[]) {
    super(items);
    this.fields = fields;
    const sizes = fields.map(({ type, shape }) => type.itemsize * product(shape));
    this.offsets = sizes.map((_, at) => sizes.slice(0, at).reduce((sum, size) => sum + size, 0));
    this.itemsize = sizes.reduce((sum, size) => sum + size, 0);
  }

  override get(place: number): readonly unknown[] {
    const record = super.get(place);
    if (this.memory === undefined) return record;
    return record.map((value, at) => {
      const column = this.columns[at];
      if (column === undefined) return value;
      const numbers = elements(column.at(place));
      return column.ndim === 1 ? numbers[0] : numbers;
    });
  }

  override set(place: number, record: readonly unknown[]): void {
    super.set(place, record);
    this.columns.forEach((column, at) => {
      if (column !== undefined) this.write(column, at, place, record[at]);
    });
  }

  private write(column: NDArray, at: number, place: number, value: unknown): void {
    const { shape } = this.fields[at]!;
    const values = (shape.length === 0 ? [value] : value) as readonly Scalar[];
    column.set([place], fromValues(column.dtype, shape, values));
  }

  /** A field of numbers of the records at some places, which shares their memory; undefined for any other field. */
  shared(at: number, places: Layout): NDArray | undefined {
    if (this.fields[at]!.type.numberType === undefined) return undefined;
    this.share();
    return this.view(at, places.shape, places.strides, places.offset);
  }

  private share(): void {
    if (this.memory !== undefined) return;
    this.memory = Storage.fromBytes(new ArrayBuffer(this.items.length * this.itemsize));
    const columns = this.fields.map((field, at) =>
      field.type.numberType === undefined ? undefined : this.view(at, [this.items.length], [1], 0),
    );
    columns.forEach((column, at) => {
      if (column === undefined) return;
      this.items.forEach((record, place) => {
        this.write(column, at, place, record[at]);
      });
    });
    this.columns = columns;
  }

  /** A field's numbers; `strides` and `offset` count records. */
  private view(at: number, outer: Shape, strides: readonly number[], offset: number): NDArray {
    const { type, shape } = this.fields[at]!;
    const dtype = type.numberType!;
    const size = dtype.itemSize;
    const inner = contiguousStrides(shape).map((stride) => stride * size);
    const steps = [...strides.map((stride) => stride * this.itemsize), ...inner];
    const start = offset * this.itemsize + this.offsets[at]!;
    // In whole elements where that is possible, else in bytes.
    const unit = [...steps, start].every((step) => step % size === 0) ? size : 1;
    const layout = new Layout(
      dtype,
      [...outer, ...shape],
      steps.map((step) => step / unit),
      start / unit,
      unit,
    );
    return new NDArray(this.memory!, layout, { base: this.memory! });
  }
}
