// Datasets (torch/utils/data/dataset.py). A dataset is an object with `length` and `at(index)`, Python's len(dataset) and
// dataset[index]; arrays are such objects. `at` may give a promise: such a dataset is loaded with `for await`.

import { AssertionError, NotImplementedError, ValueError } from "../../../core/errors.ts";
import type { Tensor } from "../../tensor.ts";

/** What has a length, Python's `len`: as a number, or as a method, which a tensor has. */
export interface Sized {
  readonly length: number | (() => number);
}

/** How many items there are: Python's `len`. */
export function lengthOf(sized: Sized): number {
  return typeof sized.length === "number" ? sized.length : sized.length();
}

/** A dataset of items by number, from 0 on. */
export interface MapDataset<Item = unknown> extends Sized {
  /** The item of a number, or a promise of it. */
  at(index: number): Item | Promise<Item> | undefined;
  /** The items of several numbers at once, where that is faster: Python's `__getitems__`. */
  getitems?(indices: readonly number[]): readonly Item[] | Promise<readonly Item[]>;
}

/** What `at` of a dataset gives. */
export type ItemOf<Data> = Data extends { at(index: number): infer Given }
  ? Exclude<Awaited<Given>, undefined>
  : never;

/** Base class of datasets (torch.utils.data.Dataset). Subclasses define `at`, and `length` where they have one. */
export class Dataset<Item = unknown> {
  /** The item of a number: Python's `dataset[index]`. */
  at(_index: number): Item | Promise<Item> {
    throw new NotImplementedError("Subclasses of Dataset should implement __getitem__.");
  }
}

/**
 * Base class of datasets that are gone through from their beginning (torch.utils.data.IterableDataset). Subclasses define
 * `[Symbol.iterator]`, or `[Symbol.asyncIterator]` for items that come later.
 */
export class IterableDataset<Item = unknown> extends Dataset<Item> {
  [Symbol.iterator](): Iterator<Item> {
    throw new NotImplementedError("Subclasses of IterableDataset should implement __iter__.");
  }
}

/** The items of an iterable dataset, awaited where they come later. */
export function asyncItems<Item>(dataset: IterableDataset<Item>): AsyncIterator<Item> | Iterator<Item> {
  const source = dataset as unknown as Partial<AsyncIterable<Item>>;
  return source[Symbol.asyncIterator]?.() ?? dataset[Symbol.iterator]();
}

/** Each tensor's slice of a number along the first axis (torch.utils.data.TensorDataset). */
export class TensorDataset<Tensors extends readonly Tensor[] = readonly Tensor[]> extends Dataset<{
  -readonly [Index in keyof Tensors]: Tensor;
}> {
  readonly tensors: Tensors;

  /** @throws AssertionError for tensors of different lengths */
  constructor(...tensors: Tensors) {
    super();
    if (tensors.some((tensor) => tensor.size(0) !== tensors[0]!.size(0)))
      throw new AssertionError("Size mismatch between tensors");
    this.tensors = tensors;
  }

  override at(index: number): { -readonly [Index in keyof Tensors]: Tensor } {
    return this.tensors.map((tensor) => tensor.at(index)) as { -readonly [Index in keyof Tensors]: Tensor };
  }

  get length(): number {
    return this.tensors[0]!.shape[0]!;
  }
}

type Named = Readonly<Record<string, MapDataset>>;
type ItemsOf<Each> = { -readonly [Name in keyof Each]: ItemOf<Each[Name]> };
/** The items of datasets side by side, in the form that the datasets are given in. */
type Stacked<Given> = Given extends readonly [infer Only]
  ? Only extends MapDataset
    ? ItemsOf<Given>
    : ItemsOf<Only>
  : ItemsOf<Given>;

/** Waits for values of which some come later; where none does nothing waits. */
function together<Value, Result>(
  values: readonly (Value | Promise<Value>)[],
  then: (values: readonly Value[]) => Result,
): Result | Promise<Result> {
  if (values.some((value) => value instanceof Promise)) return Promise.all(values).then(then);
  return then(values as readonly Value[]);
}

/** The items of several numbers: all at once where the dataset can, else one by one. */
export function itemsAt(
  dataset: MapDataset,
  indices: readonly number[],
): readonly unknown[] | Promise<readonly unknown[]> {
  if (dataset.getitems !== undefined) return dataset.getitems(indices);
  return together(
    indices.map((index) => dataset.at(index)),
    (items) => items,
  );
}

/**
 * The items of several datasets of one length side by side, as an array, or as an object where an object of datasets is
 * given: Python's keyword arguments (torch.utils.data.StackDataset).
 */
export class StackDataset<
  Given extends readonly MapDataset[] | readonly [Named] = readonly MapDataset[],
> extends Dataset<Stacked<Given>> {
  readonly datasets: readonly MapDataset[] | Named;
  readonly length: number;

  /** @throws ValueError for datasets of different lengths, or none */
  constructor(...datasets: Given) {
    super();
    const isNamed = datasets.length === 1 && !isDataset(datasets[0]);
    this.datasets = isNamed ? (datasets[0] as Named) : (datasets as readonly MapDataset[]);
    const [first, ...others] = this.all();
    if (first === undefined) throw new ValueError("At least one dataset should be passed");
    this.length = lengthOf(first);
    if (others.some((dataset) => lengthOf(dataset) !== this.length))
      throw new ValueError("Size mismatch between datasets");
  }

  private all(): readonly MapDataset[] {
    return Object.values(this.datasets);
  }

  override at(index: number): Stacked<Given> | Promise<Stacked<Given>> {
    return together(
      this.all().map((dataset) => dataset.at(index)),
      (items) => this.named(items),
    );
  }

  /** The items of several numbers. */
  getitems(indices: readonly number[]): readonly Stacked<Given>[] | Promise<readonly Stacked<Given>[]> {
    return together(
      this.all().map((dataset) => itemsAt(dataset, indices)),
      (columns) => {
        const short = columns.find((items) => items.length !== indices.length);
        if (short !== undefined) {
          throw new ValueError(
            `Nested dataset's output size mismatch. Expected ${indices.length}, got ${short.length}`,
          );
        }
        return indices.map((_, row) => this.named(columns.map((items) => items[row])));
      },
    );
  }

  /** Items in the form that the datasets were given in. */
  private named(items: readonly unknown[]): Stacked<Given> {
    const result: unknown = Array.isArray(this.datasets)
      ? [...items]
      : Object.fromEntries(Object.keys(this.datasets).map((name, i) => [name, items[i]]));
    return result as Stacked<Given>;
  }
}

function isDataset(value: unknown): boolean {
  return typeof value === "object" && value !== null && "at" in value && typeof value.at === "function";
}

/** The items of several datasets one after another (torch.utils.data.ConcatDataset). */
export class ConcatDataset<Item = unknown> extends Dataset<Item> {
  readonly datasets: readonly MapDataset<Item>[];
  /** Where each dataset ends. */
  readonly cumulativeSizes: readonly number[];

  /** @throws AssertionError for no datasets, and for iterable ones */
  constructor(datasets: Iterable<MapDataset<Item>>) {
    super();
    this.datasets = [...datasets];
    if (this.datasets.length === 0) throw new AssertionError("datasets should not be an empty iterable");
    if (this.datasets.some((dataset) => (dataset as unknown) instanceof IterableDataset))
      throw new AssertionError("ConcatDataset does not support IterableDataset");
    let total = 0;
    this.cumulativeSizes = this.datasets.map((dataset) => {
      total += lengthOf(dataset);
      return total;
    });
  }

  get length(): number {
    return this.cumulativeSizes.at(-1)!;
  }

  /** @throws ValueError for a number below minus the length */
  override at(index: number): Item | Promise<Item> {
    if (-index > this.length)
      throw new ValueError("absolute value of index should not exceed dataset length");
    const place = index < 0 ? this.length + index : index;
    const which = this.cumulativeSizes.findIndex((end) => place < end);
    if (which < 0) return undefined as Item;
    const before = which === 0 ? 0 : this.cumulativeSizes[which - 1]!;
    return this.datasets[which]!.at(place - before) as Item | Promise<Item>;
  }
}

/** The items of several iterable datasets one after another (torch.utils.data.ChainDataset). */
export class ChainDataset<Item = unknown> extends IterableDataset<Item> {
  readonly datasets: Iterable<IterableDataset<Item>>;

  constructor(datasets: Iterable<IterableDataset<Item>>) {
    super();
    this.datasets = datasets;
  }

  override *[Symbol.iterator](): Generator<Item> {
    for (const dataset of this.datasets)
      yield* { [Symbol.iterator]: () => checked(dataset)[Symbol.iterator]() };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    for (const dataset of this.datasets) {
      const items = asyncItems(checked(dataset));
      for (let next = await items.next(); next.done !== true; next = await items.next()) yield next.value;
    }
  }

  /** The sum of the datasets' lengths, where they have one. */
  get length(): number {
    let total = 0;
    for (const dataset of this.datasets) total += lengthOf(checked(dataset) as unknown as MapDataset);
    return total;
  }
}

/** @throws AssertionError for what is no iterable dataset */
function checked<Item>(dataset: IterableDataset<Item>): IterableDataset<Item> {
  if (dataset instanceof IterableDataset) return dataset;
  throw new AssertionError("ChainDataset only supports IterableDataset");
}

/** The items of some numbers of a dataset (torch.utils.data.Subset). */
export class Subset<Item = unknown> extends Dataset<Item> {
  readonly dataset: MapDataset<Item>;
  readonly indices: readonly number[];

  constructor(dataset: MapDataset<Item>, indices: readonly number[]) {
    super();
    this.dataset = dataset;
    this.indices = indices;
  }

  override at(index: number): Item | Promise<Item> {
    return this.dataset.at(this.indices.at(index)!) as Item | Promise<Item>;
  }

  /** The items of several numbers. */
  getitems(indices: readonly number[]): readonly Item[] | Promise<readonly Item[]> {
    const places = indices.map((index) => this.indices.at(index)!);
    return itemsAt(this.dataset, places) as readonly Item[] | Promise<readonly Item[]>;
  }

  get length(): number {
    return this.indices.length;
  }
}
