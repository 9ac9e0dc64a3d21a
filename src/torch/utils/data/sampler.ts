// Samplers: the order in which a dataset is gone through (torch/utils/data/sampler.py). They draw what PyTorch draws.

import { bind, isOptions, type Signature } from "../../../core/arguments.ts";
import { float64, int64 } from "../../../core/dtype.ts";
import { NotImplementedError, PythonTypeError, ValueError } from "../../../core/errors.ts";
import { pythonRepr, tupleText } from "../../../core/text.ts";
import { Generator } from "../../../random/index.ts";
import { empty } from "../../creation.ts";
import { asTensor } from "../../interop.ts";
import { multinomial } from "../../multinomial.ts";
import { randint, randperm } from "../../random.ts";
import type { Tensor } from "../../tensor.ts";
import { lengthOf, type Sized } from "./dataset.ts";

/** Base class of samplers (torch.utils.data.Sampler). Subclasses define `[Symbol.iterator]`, and `length`. */
export class Sampler<Index = number> implements Iterable<Index> {
  [Symbol.iterator](): Iterator<Index> {
    throw new NotImplementedError("Subclasses of Sampler should implement __iter__.");
  }
}

/** The numbers of a dataset in order (torch.utils.data.SequentialSampler). */
export class SequentialSampler extends Sampler {
  readonly dataSource: Sized;

  constructor(dataSource: Sized) {
    super();
    this.dataSource = dataSource;
  }

  override *[Symbol.iterator](): IterableIterator<number> {
    const length = lengthOf(this.dataSource);
    for (let i = 0; i < length; i++) yield i;
  }

  get length(): number {
    return lengthOf(this.dataSource);
  }
}

/** A number of 63 bits from a generator, as the loader and the samplers take their seeds. */
export function drawSeed(generator: Generator | null): number | bigint {
  return empty([], { dtype: int64 }).random_({ generator }).item() as number | bigint;
}

/** What `RandomSampler` takes by name. */
export interface RandomSamplerOptions {
  /** True iff a number may come again. Default false. */
  readonly replacement?: boolean;
  /** How many numbers to draw. Default the dataset's length. */
  readonly numSamples?: number | null;
  /** Where to draw from. Default a generator whose seed is drawn from the global one. */
  readonly generator?: Generator | null;
}

/** How many numbers are drawn at a time with replacement. */
const drawnTogether = 32;

/** The numbers of a dataset in random order (torch.utils.data.RandomSampler). */
export class RandomSampler extends Sampler {
  readonly dataSource: Sized;
  readonly replacement: boolean;
  readonly generator: Generator | null;
  private readonly count: number | null;

  /** @throws TypeError or ValueError for settings of another kind */
  constructor(
    dataSource: Sized,
    ...args: Signature<
      [replacement?: boolean, numSamples?: number | null, generator?: Generator | null],
      RandomSamplerOptions
    >
  ) {
    super();
    const names = ["replacement", "numSamples", "generator"] as const;
    const bound = bind<Required<RandomSamplerOptions>>("RandomSampler.__init__", names, args, {
      replacement: false,
      numSamples: null,
      generator: null,
    });
    this.dataSource = dataSource;
    this.replacement = bound.replacement;
    this.count = bound.numSamples;
    this.generator = bound.generator;
    if (typeof this.replacement !== "boolean") {
      throw new PythonTypeError(
        `replacement should be a boolean value, but got replacement=${pythonRepr(this.replacement)}`,
      );
    }
    if (!Number.isInteger(this.numSamples) || this.numSamples <= 0) {
      throw new ValueError(
        `num_samples should be a positive integer value, but got num_samples=${pythonRepr(this.numSamples)}`,
      );
    }
  }

  /** How many numbers are drawn. */
  get numSamples(): number {
    return this.count ?? lengthOf(this.dataSource);
  }

  override *[Symbol.iterator](): IterableIterator<number> {
    const n = lengthOf(this.dataSource);
    const generator = this.generator ?? new Generator().manualSeed(drawSeed(null));
    const count = this.numSamples;
    if (this.replacement) {
      for (let left = count; left >= 0; left -= drawnTogether) {
        const size = [Math.min(left, drawnTogether)];
        yield* randint(n, size, { generator }).tolist() as number[];
      }
      return;
    }
    for (let left = count; left >= 0; left -= n) {
      const order = randperm(n, { generator }).tolist() as number[];
      yield* left < n ? order.slice(0, left) : order;
    }
  }

  get length(): number {
    return this.numSamples;
  }
}

/** Given numbers in random order (torch.utils.data.SubsetRandomSampler). */
export class SubsetRandomSampler extends Sampler {
  readonly indices: readonly number[];
  readonly generator: Generator | null;

  constructor(
    indices: readonly number[],
    generator: Generator | null | { generator?: Generator | null } = null,
  ) {
    super();
    this.indices = indices;
    this.generator = isOptions(generator) ? (generator.generator ?? null) : (generator as Generator | null);
  }

  override *[Symbol.iterator](): IterableIterator<number> {
    const order = randperm(this.indices.length, { generator: this.generator }).tolist() as number[];
    for (const i of order) yield this.indices[i]!;
  }

  get length(): number {
    return this.indices.length;
  }
}

/** What `WeightedRandomSampler` takes by name. */
export interface WeightedSamplerOptions {
  readonly numSamples?: number;
  /** True iff a number may come again. Default true. */
  readonly replacement?: boolean;
  readonly generator?: Generator | null;
}

/** Numbers from 0 on, drawn by their weights (torch.utils.data.WeightedRandomSampler). */
export class WeightedRandomSampler extends Sampler {
  readonly weights: Tensor;
  readonly numSamples: number;
  readonly replacement: boolean;
  readonly generator: Generator | null;

  /** @throws ValueError for settings of another kind */
  constructor(
    weights: Tensor | readonly number[],
    ...args: Signature<
      [numSamples: number, replacement?: boolean, generator?: Generator | null],
      WeightedSamplerOptions
    >
  ) {
    super();
    const names = ["numSamples", "replacement", "generator"] as const;
    const bound = bind<Required<WeightedSamplerOptions>>("WeightedRandomSampler.__init__", names, args, {
      replacement: true,
      generator: null,
    });
    const { numSamples, replacement } = bound;
    if (!Number.isInteger(numSamples) || numSamples <= 0) {
      throw new ValueError(
        `num_samples should be a positive integer value, but got num_samples=${pythonRepr(numSamples)}`,
      );
    }
    if (typeof replacement !== "boolean") {
      throw new ValueError(
        `replacement should be a boolean value, but got replacement=${pythonRepr(replacement)}`,
      );
    }
    const table = asTensor(weights, { dtype: float64 });
    if (table.ndim !== 1) {
      throw new ValueError(
        `weights should be a 1d sequence but given weights have shape ${tupleText(table.shape)}`,
      );
    }
    this.weights = table;
    this.numSamples = numSamples;
    this.replacement = replacement;
    this.generator = bound.generator;
  }

  override *[Symbol.iterator](): IterableIterator<number> {
    const { numSamples, replacement, generator } = this;
    yield* multinomial(this.weights, numSamples, replacement, { generator }).tolist() as number[];
  }

  get length(): number {
    return this.numSamples;
  }
}

/** What `BatchSampler` takes by name. */
export interface BatchSamplerOptions {
  readonly batchSize?: number;
  /** True iff a last batch that is not full is left out. */
  readonly dropLast?: boolean;
}

/** The numbers of a sampler in batches (torch.utils.data.BatchSampler). */
export class BatchSampler extends Sampler<number[]> {
  readonly sampler: Iterable<number>;
  readonly batchSize: number;
  readonly dropLast: boolean;

  /** @throws ValueError for settings of another kind */
  constructor(
    sampler: Iterable<number>,
    ...args: Signature<[batchSize: number, dropLast: boolean], BatchSamplerOptions>
  ) {
    super();
    const names = ["batchSize", "dropLast"] as const;
    const { batchSize, dropLast } = bind<Required<BatchSamplerOptions>>(
      "BatchSampler.__init__",
      names,
      args,
      {},
    );
    if (!Number.isInteger(batchSize) || batchSize <= 0) {
      throw new ValueError(
        `batch_size should be a positive integer value, but got batch_size=${pythonRepr(batchSize)}`,
      );
    }
    if (typeof dropLast !== "boolean") {
      throw new ValueError(`drop_last should be a boolean value, but got drop_last=${pythonRepr(dropLast)}`);
    }
    this.sampler = sampler;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
  }

  override *[Symbol.iterator](): IterableIterator<number[]> {
    let batch: number[] = [];
    for (const index of this.sampler) {
      batch.push(index);
      if (batch.length < this.batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0 && !this.dropLast) yield batch;
  }

  get length(): number {
    const count = lengthOf(this.sampler as unknown as Sized);
    return this.dropLast ? Math.floor(count / this.batchSize) : Math.ceil(count / this.batchSize);
  }
}
