// torch.utils.data: orders, batches and refusals as PyTorch 2.13 gave them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float } from "../../src/core/python.ts";
import { collectWarnings } from "../../src/core/warnings.ts";
import * as np from "../../src/numpy/index.ts";
import * as torch from "../../src/torch/index.ts";

const { data } = torch.utils;
const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const lists = (loader: Iterable<torch.Tensor>): unknown[] => Array.from(loader, (batch) => batch.tolist());

test("defaultCollate: tensors, arrays, numbers, texts, lists and mappings", () => {
  const { defaultCollate } = data;
  const shown = (value: unknown): unknown => {
    if (value instanceof torch.Tensor) return `${value.dtype.name} ${JSON.stringify(value.tolist())}`;
    if (value instanceof Map) return new Map([...value].map(([key, each]) => [key, shown(each)]));
    return Array.isArray(value) ? value.map(shown) : value;
  };
  assert.equal(shown(defaultCollate([torch.ones(2), torch.zeros(2)])), "float32 [[1,1],[0,0]]");
  assert.equal(shown(defaultCollate([np.array([1, 2]), np.array([3, 4])])), "int64 [[1,2],[3,4]]");
  assert.equal(
    shown(defaultCollate([Float32Array.of(1, 2), Float32Array.of(3, 4)])),
    "float32 [[1,2],[3,4]]",
  );
  assert.equal(shown(defaultCollate([1, 2])), "int64 [1,2]");
  assert.equal(shown(defaultCollate([float(1), 2.5])), "float64 [1,2.5]");
  assert.equal(shown(defaultCollate([float(1), float(2)])), "float64 [1,2]");
  assert.equal(shown(defaultCollate([true, false])), "bool [true,false]");
  assert.deepEqual(defaultCollate(["a", "b"]), ["a", "b"]);
  assert.deepEqual(shown(defaultCollate([[1, "a"] as const, [2, "b"] as const])), [
    "int64 [1,2]",
    ["a", "b"],
  ]);
  assert.deepEqual(
    shown(defaultCollate([new Map([["x", 1]]), new Map([["x", 2]])])),
    new Map([["x", "int64 [1,2]"]]),
  );
  const { label, pair } = defaultCollate([
    { label: "p", pair: [1.5, 2] },
    { label: "q", pair: [2.5, 3] },
  ]);
  assert.deepEqual(
    [label, shown(pair)],
    [
      ["p", "q"],
      ["float64 [1.5,2.5]", "int64 [2,3]"],
    ],
  );
});

test("what defaultCollate refuses, in PyTorch's words", () => {
  const { defaultCollate } = data;
  assert.throws(() => defaultCollate([[1, 2], [1]]), {
    name: "RuntimeError",
    message: "each element in list of batch should be of equal size",
  });
  assert.throws(() => defaultCollate([null, null]), {
    name: "TypeError",
    message:
      "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found <class 'NoneType'>",
  });
  assert.throws(() => defaultCollate<object>([{ x: 1 }, { y: 2 }]), { name: "KeyError", message: "'x'" });
  assert.throws(() => defaultCollate([torch.ones(2), torch.ones(3)]), {
    message: "stack expects each tensor to be equal size, but got [2] at entry 0 and [3] at entry 1",
  });
});

class Count extends data.IterableDataset<number> {
  override *[Symbol.iterator](): Generator<number> {
    yield* numbers(7);
  }
}

test("a dataset that is gone through", async () => {
  const stream = new Count();
  const expected = [[0, 1, 2], [3, 4, 5], [6]];
  assert.deepEqual(lists(new data.DataLoader(stream, { batchSize: 3 })), expected);
  assert.deepEqual(
    lists(new data.DataLoader(stream, { batchSize: 3, dropLast: true })),
    expected.slice(0, 2),
  );
  assert.deepEqual([...new data.DataLoader<Count, number>(stream, { batchSize: null })], numbers(7));
  const later: unknown[] = [];
  for await (const batch of new data.DataLoader(stream, { batchSize: 3 })) later.push(batch.tolist());
  assert.deepEqual(later, expected);
  const chain = new data.ChainDataset([stream, stream]);
  assert.deepEqual([...chain], [...numbers(7), ...numbers(7)]);
});

test("a stream of promises is read in order, and closed when nobody asks for more", async () => {
  let isClosed = false;
  class Later extends data.IterableDataset<number> {
    async *[Symbol.asyncIterator](): AsyncGenerator<number> {
      try {
        for (const i of numbers(9)) yield i;
      } finally {
        isClosed = true;
      }
    }
  }
  const loader = new data.DataLoader(new Later(), { batchSize: 2, prefetchFactor: 3 });
  const batches: unknown[] = [];
  for await (const batch of loader) {
    batches.push(batch.tolist());
    if (batches.length === 2) break;
  }
  assert.deepEqual(batches, [
    [0, 1],
    [2, 3],
  ]);
  assert.equal(isClosed, true);
});

test("a dataset of promises: batches come in order, and a few are fetched ahead", async () => {
  const asked: number[] = [];
  const dataset = {
    length: 10,
    at: async (index: number): Promise<number> => {
      asked.push(index);
      await new Promise((resolve) => setTimeout(resolve, index % 2 === 0 ? 3 : 0));
      return index;
    },
  };
  const loader = new data.DataLoader(dataset, { batchSize: 2, prefetchFactor: 2 });
  assert.equal(loader.length, 5);
  const batches: unknown[] = [];
  for await (const batch of loader) {
    batches.push(batch.tolist());
    if (batches.length === 1) assert.deepEqual(asked, numbers(6));
  }
  assert.deepEqual(batches, [
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 7],
    [8, 9],
  ]);
  assert.throws(() => [...loader], {
    name: "TypeError",
    message: /use `for await \(const batch of loader\)`/,
  });
});

test("an item that fails is told where its batch would come", async () => {
  const dataset = {
    length: 4,
    at: async (index: number): Promise<number> => {
      if (index === 2) throw new Error("no item 2");
      return index;
    },
  };
  const batches: unknown[] = [];
  const load = async (): Promise<void> => {
    for await (const batch of new data.DataLoader(dataset)) batches.push(batch.tolist());
  };
  await assert.rejects(load, { message: "no item 2" });
  assert.deepEqual(batches, [[0], [1]]);
});

test("the same seed gives the same batches with and without await", async () => {
  const loader = new data.DataLoader(numbers(10), { batchSize: 4, shuffle: true });
  torch.manualSeed(42);
  const expected = lists(loader);
  torch.manualSeed(42);
  const later: unknown[] = [];
  for await (const batch of loader) later.push(batch.tolist());
  assert.deepEqual(later, expected);
});

test("datasets of datasets", () => {
  const both = new data.ConcatDataset([numbers(3), [7, 8]]);
  assert.deepEqual([both.length, both.at(1), both.at(4), both.at(-1)], [5, 1, 8, 8]);
  const pairs = new data.StackDataset(numbers(3), ["a", "b", "c"]);
  assert.deepEqual([pairs.length, pairs.at(1)], [3, [1, "b"]]);
  const named = new data.StackDataset({ x: numbers(3), y: ["a", "b", "c"] });
  assert.deepEqual(named.at(2), { x: 2, y: "c" });
  const [batch] = new data.DataLoader(named, { batchSize: 3 });
  assert.deepEqual(
    [batch!.x.tolist(), batch!.y],
    [
      [0, 1, 2],
      ["a", "b", "c"],
    ],
  );
  const part = new data.Subset(pairs, [2, 0]);
  assert.deepEqual(
    [part.length, part.at(0), part.getitems([1, 0])],
    [
      2,
      [2, "c"],
      [
        [0, "a"],
        [2, "c"],
      ],
    ],
  );
});

test("batches of a sampler's own, and a collate function of one's own", () => {
  const batchSampler = [[2, 0], [1]];
  assert.deepEqual(lists(new data.DataLoader([5, 6, 7], { batchSampler })), [[7, 5], [6]]);
  assert.deepEqual(lists(new data.DataLoader([5, 6, 7], { sampler: [1, 1], batchSize: 2 })), [[6, 6]]);
  const sums = new data.DataLoader([5, 6, 7], {
    batchSize: 2,
    collateFn: (items: number[]) => items.reduce((sum, item) => sum + item, 0),
  });
  assert.deepEqual([...sums], [11, 7]);
  assert.deepEqual([...new data.DataLoader<number[], number>([5, 6], { batchSize: null })], [5, 6]);
});

test("memory is not pinned, and that is told as PyTorch tells it", () => {
  const loader = new data.DataLoader([1, 2], { pinMemory: true });
  const { result, warnings } = collectWarnings(() => lists(loader));
  assert.deepEqual(result, [[1], [2]]);
  assert.deepEqual(
    warnings.map(({ message }) => message),
    [
      "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be used.",
    ],
  );
});

/** What must be refused, with PyTorch's type and words. */
const refused: readonly (readonly [() => unknown, string, string])[] = [
  [
    () => new data.DataLoader(new Count(), { shuffle: true }),
    "ValueError",
    "DataLoader with IterableDataset: expected unspecified shuffle option, but got shuffle=True",
  ],
  [
    () => new data.DataLoader([1], { shuffle: true, sampler: [0] }),
    "ValueError",
    "sampler option is mutually exclusive with shuffle",
  ],
  [
    () => new data.DataLoader([1], { batchSampler: [[0]], dropLast: true }),
    "ValueError",
    "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last",
  ],
  [
    () => new data.DataLoader([1], { batchSize: null, dropLast: true }),
    "ValueError",
    "batch_size=None option disables auto-batching and is mutually exclusive with drop_last",
  ],
  [
    () => new data.DataLoader([1], { batchSize: 0 }),
    "ValueError",
    "batch_size should be a positive integer value, but got batch_size=0",
  ],
  [
    () => new data.RandomSampler([]),
    "ValueError",
    "num_samples should be a positive integer value, but got num_samples=0",
  ],
  [
    () => data.randomSplit([1, 2, 3], [1, 1]),
    "ValueError",
    "Sum of input lengths does not equal the length of the input dataset!",
  ],
  [
    () => data.randomSplit([1, 2, 3], [1.5, -0.5]),
    "ValueError",
    "Fraction at index 0 is not between 0 and 1",
  ],
  [() => new data.StackDataset([1], [1, 2]), "ValueError", "Size mismatch between datasets"],
  [() => new data.StackDataset(), "ValueError", "At least one dataset should be passed"],
  [() => new data.ConcatDataset([]), "AssertionError", "datasets should not be an empty iterable"],
  [
    () => new data.ConcatDataset([[1], [2]]).at(-3),
    "ValueError",
    "absolute value of index should not exceed dataset length",
  ],
  [
    () => new data.TensorDataset(torch.ones(2), torch.ones(3)),
    "AssertionError",
    "Size mismatch between tensors",
  ],
  [
    () => new data.Dataset().at(0),
    "NotImplementedError",
    "Subclasses of Dataset should implement __getitem__.",
  ],
];

test("refusals in PyTorch's words", () => {
  for (const [run, name, message] of refused) assert.throws(run, { name, message });
});

test("a part without items is warned of", () => {
  const { warnings } = collectWarnings(() => data.randomSplit([1], [0.5, 0.5]));
  assert.deepEqual(
    warnings.map(({ message }) => message),
    ["Length of split at index 1 is 0. This might result in an empty dataset."],
  );
});
