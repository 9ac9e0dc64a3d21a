// The loader (torch/utils/data/dataloader.py): batches of a dataset, in an order that a seed repeats as PyTorch's does.
// There are no worker processes: what a dataset promises is fetched ahead instead, in the order of the batches.

import { bind, type Signature } from "../../../core/arguments.ts";
import { PythonTypeError, ValueError } from "../../../core/errors.ts";
import { pythonRepr } from "../../../core/text.ts";
import { warn } from "../../../core/warnings.ts";
import type { Generator } from "../../../random/index.ts";
import { type Collated, defaultCollate, defaultConvert } from "./collate.ts";
import {
  asyncItems,
  type ItemOf,
  IterableDataset,
  itemsAt,
  lengthOf,
  type MapDataset,
  type Sized,
} from "./dataset.ts";
import { BatchSampler, drawSeed, RandomSampler, SequentialSampler } from "./sampler.ts";

/** What makes a batch of items (with a `batchSize` of null, something of one item); it may promise it. */
export type CollateFunction<Item, Batch> = (items: Item[]) => Batch | Promise<Batch>;

/** What `DataLoader` takes by name. */
export interface DataLoaderOptions<Item = unknown, Batch = unknown> {
  /** How many items a batch has; null for items one by one. Default 1. */
  readonly batchSize?: number | null;
  /** True iff the order is drawn anew at each start. Default false. */
  readonly shuffle?: boolean | null;
  /** The order of the items, instead of `shuffle`. */
  readonly sampler?: Iterable<number> | null;
  /** The batches, instead of `batchSize`, `shuffle`, `sampler` and `dropLast`. */
  readonly batchSampler?: Iterable<number[]> | null;
  /** With `prefetchFactor`, how many batches are fetched at a time in `for await`. Default 0, which counts as 1. */
  readonly numWorkers?: number;
  /** What makes a batch of its items. Default `defaultCollate`. */
  readonly collateFn?: CollateFunction<Item, Batch> | null;
  /** Has no effect, as in PyTorch where there is no accelerator, and is warned of in its words. Default false. */
  readonly pinMemory?: boolean;
  /** True iff a last batch that is not full is left out. Default false. */
  readonly dropLast?: boolean;
  /** Where seeds and orders are drawn from. Default the global generator. */
  readonly generator?: Generator | null;
  /** Has no effect, since there are no processes to keep; needs `numWorkers`. Default false. */
  readonly persistentWorkers?: boolean;
  /** How many batches are fetched ahead in `for await`, for each of `numWorkers`. Default 2. */
  readonly prefetchFactor?: number | null;
}

type Bound<Item, Batch> = Required<DataLoaderOptions<Item, Batch>>;
type Index = number | number[] | null;

const positions = [
  "batchSize",
  "shuffle",
  "sampler",
  "batchSampler",
  "numWorkers",
  "collateFn",
  "pinMemory",
  "dropLast",
] as const;

/** Numbers without an end, for datasets that are gone through. */
function* endless(): IterableIterator<null> {
  for (;;) yield null;
}

/** @throws ValueError for settings that do not go together */
function checkSettings(bound: Bound<never, unknown>, isIterable: boolean): void {
  const { shuffle, sampler, batchSampler, batchSize, dropLast, numWorkers, prefetchFactor } = bound;
  if (numWorkers < 0) {
    throw new ValueError(
      "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.",
    );
  }
  if (prefetchFactor !== null && prefetchFactor < 0)
    throw new ValueError("prefetch_factor option should be non-negative");
  if (bound.persistentWorkers && numWorkers === 0)
    throw new ValueError("persistent_workers option needs num_workers > 0");
  if (isIterable) {
    const unexpected = (name: string, value: unknown): ValueError =>
      new ValueError(
        `DataLoader with IterableDataset: expected unspecified ${name} option, but got ${name}=${pythonRepr(value)}`,
      );
    if (shuffle) throw unexpected("shuffle", shuffle);
    if (sampler !== null) throw unexpected("sampler", sampler);
    if (batchSampler !== null) throw unexpected("batch_sampler", batchSampler);
  }
  if (sampler !== null && shuffle) throw new ValueError("sampler option is mutually exclusive with shuffle");
  if (batchSampler !== null && (batchSize !== 1 || shuffle || sampler !== null || dropLast)) {
    throw new ValueError(
      "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last",
    );
  }
  if (batchSampler === null && batchSize === null && dropLast) {
    throw new ValueError(
      "batch_size=None option disables auto-batching and is mutually exclusive with drop_last",
    );
  }
}

/** A value that has to be there already. @throws TypeError for one that comes later */
function present<Value>(value: Value | Promise<Value>): Value {
  if (!(value instanceof Promise)) return value;
  throw new PythonTypeError(
    "DataLoader: the dataset or collateFn gave a promise, which a synchronous loop cannot wait for; use `for await (const batch of loader)`",
  );
}

/**
 * Batches of a dataset (torch.utils.data.DataLoader), with `for (const batch of loader)`, or `for await` where the dataset
 * or `collateFn` gives promises.
 * @typeParam Data an object with `length` and `at(index)`, such as an array, or an `IterableDataset`
 */
export class DataLoader<Data extends MapDataset | IterableDataset, Batch = Collated<ItemOf<Data>>>
  implements Iterable<Batch>, AsyncIterable<Batch>
{
  readonly dataset: Data;
  readonly batchSize: number | null;
  readonly dropLast: boolean;
  readonly sampler: Iterable<number | null>;
  readonly batchSampler: Iterable<number[]> | null;
  readonly numWorkers: number;
  readonly pinMemory: boolean;
  readonly prefetchFactor: number | null;
  readonly generator: Generator | null;
  readonly collateFn: CollateFunction<ItemOf<Data>, Batch>;

  /** @throws ValueError for settings that do not go together */
  constructor(
    dataset: Data,
    ...args: Signature<
      [
        batchSize?: number | null,
        shuffle?: boolean | null,
        sampler?: Iterable<number> | null,
        batchSampler?: Iterable<number[]> | null,
        numWorkers?: number,
        collateFn?: CollateFunction<ItemOf<Data>, Batch> | null,
        pinMemory?: boolean,
        dropLast?: boolean,
      ],
      DataLoaderOptions<ItemOf<Data>, Batch>
    >
  ) {
    const bound = bind<Bound<ItemOf<Data>, Batch>>("DataLoader.__init__", positions, args, {
      batchSize: 1,
      shuffle: null,
      sampler: null,
      batchSampler: null,
      numWorkers: 0,
      collateFn: null,
      pinMemory: false,
      dropLast: false,
      generator: null,
      persistentWorkers: false,
      prefetchFactor: null,
    });
    const isIterable = dataset instanceof IterableDataset;
    checkSettings(bound, isIterable);
    this.dataset = dataset;
    this.numWorkers = bound.numWorkers;
    this.pinMemory = bound.pinMemory;
    this.prefetchFactor = bound.prefetchFactor;
    this.generator = bound.generator;
    this.dropLast = bound.dropLast;
    this.batchSize = bound.batchSampler === null ? bound.batchSize : null;
    this.sampler = bound.sampler ?? this.ownSampler(bound.shuffle === true);
    this.batchSampler = bound.batchSampler;
    if (this.batchSize !== null)
      this.batchSampler = new BatchSampler(this.sampler as Iterable<number>, this.batchSize, this.dropLast);
    const collateFn = this.batchSampler === null ? defaultConvert : defaultCollate;
    this.collateFn = bound.collateFn ?? (collateFn as unknown as CollateFunction<ItemOf<Data>, Batch>);
  }

  private ownSampler(shuffle: boolean): Iterable<number | null> {
    if (this.dataset instanceof IterableDataset) return { [Symbol.iterator]: endless };
    const { generator } = this;
    return shuffle ? new RandomSampler(this.dataset, { generator }) : new SequentialSampler(this.dataset);
  }

  /** How many batches there are: Python's `len(loader)`. */
  get length(): number {
    if (!(this.dataset instanceof IterableDataset)) {
      return lengthOf((this.batchSampler ?? this.sampler) as unknown as Sized);
    }
    const length = lengthOf(this.dataset as unknown as Sized);
    if (this.batchSize === null) return length;
    return this.dropLast ? Math.floor(length / this.batchSize) : Math.ceil(length / this.batchSize);
  }

  /** The numbers of each batch. As in PyTorch each start draws a seed, which here no worker needs. */
  private start(): Iterator<Index> {
    if (this.pinMemory) {
      warn(
        "UserWarning",
        "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be used.",
      );
    }
    const indices = (this.batchSampler ?? this.sampler)[Symbol.iterator]() as Iterator<Index>;
    drawSeed(this.generator);
    return indices;
  }

  private collated(items: unknown): Batch | Promise<Batch> {
    return this.collateFn(items as ItemOf<Data>[]);
  }

  /** The batches one after another. @throws TypeError where the dataset gives a promise */
  [Symbol.iterator](): IterableIterator<Batch> {
    return this.batches(this.start());
  }

  private *batches(indices: Iterator<Index>): IterableIterator<Batch> {
    const { dataset } = this;
    if (dataset instanceof IterableDataset) {
      yield* this.streamed(dataset[Symbol.iterator](), indices);
      return;
    }
    for (let next = indices.next(); next.done !== true; next = indices.next()) {
      yield present(this.collated(present(this.fetched(dataset, next.value))));
    }
  }

  private fetched(dataset: MapDataset, index: Index): unknown {
    return Array.isArray(index) ? itemsAt(dataset, index) : dataset.at(index!);
  }

  private *streamed(items: Iterator<unknown>, indices: Iterator<Index>): IterableIterator<Batch> {
    try {
      for (let next = indices.next(); next.done !== true; next = indices.next()) {
        const given: unknown[] = [];
        const wanted = Array.isArray(next.value) ? next.value.length : 1;
        while (given.length < wanted) {
          const item = items.next();
          if (item.done === true) break;
          given.push(present(item.value));
        }
        if (this.isOver(given.length, wanted)) return;
        yield present(this.collated(Array.isArray(next.value) ? given : given[0]));
        if (given.length < wanted) return;
      }
    } finally {
      items.return?.();
    }
  }

  /** True iff a stream gave nothing more, or no full batch where only those count. */
  private isOver(given: number, wanted: number): boolean {
    return given === 0 || (this.dropLast && given < wanted);
  }

  /** The batches one after another; those that follow are fetched while one is worked on. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Batch> {
    const indices = this.start();
    const { dataset } = this;
    const count = (this.prefetchFactor ?? 2) * Math.max(this.numWorkers, 1);
    if (!(dataset instanceof IterableDataset)) return ahead(this.fetchedLater(dataset, indices), count);
    const items = asyncItems(dataset);
    return ahead(this.streamedLater(items, indices), count, () => items.return?.());
  }

  private fetchedLater(dataset: MapDataset, indices: Iterator<Index>): Fetch<Batch> {
    return () => {
      const next = indices.next();
      if (next.done === true) return undefined;
      const later = async (): Promise<{ readonly batch: Batch }> => ({
        batch: await this.collated(await this.fetched(dataset, next.value)),
      });
      return later();
    };
  }

  private streamedLater(
    items: AsyncIterator<unknown> | Iterator<unknown>,
    indices: Iterator<Index>,
  ): Fetch<Batch> {
    let before: Promise<unknown> = Promise.resolve();
    let hasEnded = false;
    const read = async (index: Index): Promise<unknown[]> => {
      const given: unknown[] = [];
      const wanted = Array.isArray(index) ? index.length : 1;
      while (given.length < wanted && !hasEnded) {
        const item = await items.next();
        if (item.done === true) hasEnded = true;
        else given.push(await item.value);
      }
      return given;
    };
    return () => {
      const { value: index } = indices.next() as { value: Index };
      const reading = before.then(() => read(index));
      before = reading;
      return reading.then(async (given) => {
        const wanted = Array.isArray(index) ? index.length : 1;
        if (this.isOver(given.length, wanted)) return undefined;
        return { batch: await this.collated(Array.isArray(index) ? given : given[0]) };
      });
    };
  }
}

/** Begins to fetch the next batch: undefined where there is none, as far as is known now, or when that has been tried. */
type Fetch<Batch> = () => Promise<{ readonly batch: Batch } | undefined> | undefined;

/**
 * The batches in order, up to `count` of them fetched before they are asked for.
 * @param close called when no more are asked for
 */
async function* ahead<Batch>(
  fetch: Fetch<Batch>,
  count: number,
  close?: () => unknown,
): AsyncGenerator<Batch> {
  const waiting: Promise<{ readonly batch: Batch } | undefined>[] = [];
  const fill = (most: number): void => {
    while (waiting.length < most) {
      const fetching = fetch();
      if (fetching === undefined) return;
      // A batch that nobody comes to ask for fails in silence.
      fetching.catch(() => undefined);
      waiting.push(fetching);
    }
  };
  try {
    for (;;) {
      fill(Math.max(count, 1));
      const found = await waiting.shift();
      if (found === undefined) return;
      fill(count);
      yield found.batch;
    }
  } finally {
    await close?.();
  }
}
