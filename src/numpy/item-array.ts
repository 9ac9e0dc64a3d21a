// ItemArray: NumPy's array of anything but the machine's numbers (text, bytes, objects, dates, records). Its elements
// are JavaScript values in one list; an array of their positions gives every view, index and shape that NumPy has.

import { int32 } from "../core/dtype.ts";
import { elements } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import type { Shape } from "../core/layout.ts";
import { itemReader, type ReadItem } from "../core/shown.ts";
import { broadcastTo } from "./flips.ts";
import type { Index } from "./index-items.ts";
import { astypeItems, itemArray } from "./item-creation.ts";
import { nestedList, RecordItems } from "./item-records.ts";
import { ItemStore, RecordStore } from "./item-store.ts";
import type { ItemType } from "./item-type.ts";
import type { ItemTypeLike } from "./item-types.ts";
import { allocateShape } from "./make.ts";
import { NDArray } from "./ndarray.ts";
import { arrayRepr, arrayStr } from "./print.ts";
import type { PrintableArray } from "./print-type.ts";
import type { ArrayLike, DTypeLike } from "./types.ts";

interface ItemArrayOptions {
  readonly scalar?: boolean;
  readonly writeable?: boolean;
}

function countedPlaces(shape: Shape): NDArray {
  const places = allocateShape(int32, shape);
  const data = places.storage.view(int32);
  for (let i = 0; i < places.size; i++) data[i] = i;
  return places;
}

/** The value that stands in a 0-d array of items or a NumPy scalar; anything else itself. */
export function itemOf(value: unknown): unknown {
  if (value instanceof ItemArray && value.ndim === 0) return value.items[0];
  return value instanceof NDArray && value.isScalar ? elements(value)[0] : value;
}

/** NumPy's array of text, bytes, objects, dates or records. */
export class ItemArray<T = unknown> implements PrintableArray<T> {
  readonly dtype: ItemType<T>;
  /** True iff this is what Python has as a NumPy scalar (`np.str_("a")`), not as a 0-d array. */
  readonly isScalar: boolean;
  /** False: writing through it is an error. */
  readonly writeable: boolean;
  private readonly store: ItemStore<T>;
  private readonly places: NDArray;

  private constructor(
    dtype: ItemType<T>,
    store: ItemStore<T>,
    places: NDArray,
    options: ItemArrayOptions = {},
  ) {
    this.dtype = dtype;
    this.store = store;
    this.places = places;
    this.isScalar = options.scalar ?? false;
    this.writeable = (options.writeable ?? true) && !this.isScalar;
  }

  /** An array of a type over items in row-major order, which become its own. */
  static of<T>(dtype: ItemType<T>, shape: Shape, items: T[], options?: ItemArrayOptions): ItemArray<T> {
    return new ItemArray(
      dtype,
      dtype.rules.storeOf?.(items) ?? new ItemStore(items),
      countedPlaces(shape),
      options,
    );
  }

  /** The element type, as the printing takes it. */
  get type(): ItemType<T> {
    return this.dtype;
  }

  get shape(): Shape {
    return this.places.shape;
  }

  get ndim(): number {
    return this.places.ndim;
  }

  get size(): number {
    return this.places.size;
  }

  /** Bytes of an element in NumPy's memory. */
  get itemsize(): number {
    return this.dtype.itemsize;
  }

  /** All items in row-major order. */
  get items(): T[] {
    return elements(this.places).map((place) => this.store.get(place as number));
  }

  /** Reads an item by one number for each axis. */
  get itemAt(): ReadItem<T> {
    const read = itemReader(this.places);
    return (index) => this.store.get(read(index) as number);
  }

  /** The length of the first axis, as `len(x)`. */
  get length(): number {
    return this.places.length;
  }

  get T(): ItemArray<T> {
    return this.over(this.places.T);
  }

  *[Symbol.iterator](): IterableIterator<ItemArray<T>> {
    if (this.ndim === 0) throw new PythonTypeError("iteration over a 0-d array");
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  /**
   * `x[index]`: a view for integers, slices and newaxis, a copy where there are arrays; a scalar for an element, of
   * objects the object itself; of records, for a name, the array of that field. Which of these the caller knows, and
   * may say: `records.at<NDArray>("x")`.
   */
  at<Result = ItemArray<T>>(...index: readonly Index[]): Result {
    const name = this.fieldNamed(index);
    return (name === undefined ? this.taken(this.places.at(...index)) : this.field(name)) as Result;
  }

  /** The name of a field that an index is; undefined where it is none. */
  private fieldNamed(index: readonly Index[]): string | undefined {
    const [name] = index;
    if (!(this.dtype instanceof RecordItems) || index.length !== 1 || typeof name !== "string")
      return undefined;
    return name === "..." || name.includes(":") ? undefined : name;
  }

  private taken(places: NDArray): unknown {
    if (!places.isScalar) {
      const isView = places.storage === this.places.storage;
      const taken = this.over(places);
      return isView ? taken : taken.copy();
    }
    const item = this.store.get(Number(places.item()));
    const { alone } = this.dtype.rules;
    return alone === undefined ? ItemArray.of(this.dtype, [], [item], { scalar: true }) : alone(item);
  }

  /**
   * The values of one field of records: numbers as a view of the records' memory, others as a copy that cannot be
   * written.
   * @throws ValueError where there is no such field
   */
  field(name: string): NDArray | ItemArray {
    const { dtype, store } = this;
    if (!(dtype instanceof RecordItems && store instanceof RecordStore)) {
      throw new ValueError("only arrays of records have fields");
    }
    const at = dtype.place(name);
    const shared = store.shared(at, this.places.layout);
    if (shared !== undefined) return shared;
    const { type, shape } = dtype.fields[at]!;
    const values = (this.items as readonly (readonly unknown[])[]).map((record) => record[at]);
    const flat = shape.length === 0 ? values : values.flat(1);
    return ItemArray.of(type, [...this.shape, ...shape], flat, { writeable: false });
  }

  /** `x[index] = value` */
  set(index: readonly Index[] | Index, value: unknown): void {
    if (!this.writeable) throw new ValueError("assignment destination is read-only");
    const items = (Array.isArray(index) ? index : [index]) as readonly Index[];
    const name = this.fieldNamed(items);
    if (name !== undefined) {
      this.setField(name, value);
      return;
    }
    const places = this.places.at(...items);
    if (places.isScalar) {
      this.store.set(Number(places.item()), this.dtype.rules.convert(value));
      return;
    }
    const source = itemArray(value, this.dtype) as ItemArray<T>;
    const from = elements(broadcastTo(source.places, [...places.shape]));
    elements(places).forEach((place, i) => {
      this.store.set(place as number, source.store.get(from[i] as number));
    });
  }

  private setField(name: string, value: unknown): void {
    const field = this.field(name);
    if (field instanceof NDArray) {
      field.set(["..."], value as ArrayLike);
      return;
    }
    const at = (this.dtype as unknown as RecordItems).place(name);
    const source = itemArray(value, field.dtype);
    const from = elements(broadcastTo(source.places, [...field.shape]));
    const step = this.size === 0 ? 0 : from.length / this.size;
    elements(this.places).forEach((place, i) => {
      const values = from.slice(i * step, (i + 1) * step).map((each) => source.store.get(each as number));
      const record = [...(this.store.get(place as number) as readonly unknown[])];
      record[at] = field.ndim === this.ndim ? values[0] : values;
      this.store.set(place as number, record as T);
    });
  }

  /** Writes one value to every element. */
  fill(value: unknown): void {
    this.set(["..."], ItemArray.of(this.dtype, [], [this.dtype.rules.convert(value)]));
  }

  reshape(...shape: Parameters<NDArray["reshape"]>): ItemArray<T> {
    return this.over(this.places.reshape(...shape));
  }

  transpose(...axes: Parameters<NDArray["transpose"]>): ItemArray<T> {
    return this.over(this.places.transpose(...axes));
  }

  ravel(): ItemArray<T> {
    return this.over(this.places.reshape(-1));
  }

  flatten(): ItemArray<T> {
    return this.ravel().copy();
  }

  squeeze(...args: Parameters<NDArray["squeeze"]>): ItemArray<T> {
    return this.over(this.places.squeeze(...args));
  }

  copy(): ItemArray<T> {
    return ItemArray.of(this.dtype, this.shape, this.items);
  }

  /**
   * The items as those of another type: numbers read from text, text of numbers.
   * @throws ValueError, TypeError where an item is nothing of that type
   */
  astype<Type extends ItemTypeLike | DTypeLike>(
    dtype: Type,
  ): Type extends ItemTypeLike ? ItemArray : NDArray {
    return astypeItems(this as unknown as ItemArray, dtype) as Type extends ItemTypeLike
      ? ItemArray
      : NDArray;
  }

  /**
   * One item as a JavaScript value: text, bytes, the object, the count of a date's unit (NaT null), a record's values.
   * @throws ValueError, IndexError
   */
  item(...index: readonly (number | readonly number[])[]): unknown {
    return this.dtype.exposed(this.store.get(Number(this.places.item(...index))));
  }

  /** All items as nested lists, as `item` gives them. */
  tolist(): unknown {
    return nestedList(
      this.items.map((item) => this.dtype.exposed(item)),
      this.shape,
    );
  }

  /** `repr(x)` */
  repr(): string {
    return this.isScalar ? this.dtype.rules.scalarRepr(this.items[0]!) : arrayRepr(this);
  }

  /** `str(x)` */
  toString(): string {
    // A scalar of bytes alone prints otherwise than an array of it.
    return this.isScalar && this.dtype.kind === "S" ? this.repr().slice(10, -1) : arrayStr(this);
  }

  private over(places: NDArray): ItemArray<T> {
    return new ItemArray(this.dtype, this.store, places, { writeable: this.writeable });
  }
}
