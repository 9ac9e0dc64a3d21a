// torch.utils.data: the orders that PyTorch 2.13 drew from the same seeds, and Tensor.random_ which seeds them.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";

const { data } = torch.utils;
const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const lists = (loader: Iterable<torch.Tensor>): unknown[] => Array.from(loader, (batch) => batch.tolist());
const draws = (count: number): unknown => torch.randint(0, 1000, [count]).tolist();

/** What real PyTorch drew after `torch.manual_seed(seed)`, one call after another. */
const recorded = [
  {
    seed: 0,
    first: [
      [6, 7, 1, 4],
      [2, 0, 9, 8],
      [3, 5],
    ],
    second: [
      [2, 4, 7, 0],
      [8, 9, 5, 3],
      [6, 1],
    ],
    after: [497, 683],
    generator: [
      [6, 3, 5],
      [0, 1, 4],
      [0, 5, 1],
      [2, 4, 3],
    ],
    generatorAfter: 930,
    replacement: [
      2, 1, 4, 3, 2, 4, 4, 3, 2, 2, 3, 0, 3, 2, 0, 1, 4, 2, 3, 2, 4, 0, 1, 3, 1, 3, 4, 3, 0, 4, 0, 1, 4, 0, 1,
      2, 3, 0, 1, 3,
    ],
    more: [0, 2, 1, 3, 2, 0, 3, 1, 0, 2],
    subset: [5, 4, 1, 1, 3, 9],
    batch: [
      [6, 4, 2],
      [1, 3, 0],
    ],
    split: [
      [9, 0, 8, 7, 1, 4, 3],
      [6, 2, 5],
    ],
    fractions: [
      [10, 0, 4, 3, 5, 8],
      [2, 1, 9],
      [7, 6],
    ],
    end: [363, 360],
  },
  {
    seed: 1,
    first: [
      [4, 2, 0, 6],
      [8, 7, 9, 1],
      [5, 3],
    ],
    second: [
      [4, 8, 1, 5],
      [0, 2, 3, 6],
      [9, 7],
    ],
    after: [759, 432],
    generator: [
      [3, 4, 1],
      [5, 0, 6],
      [2, 0, 1],
      [4, 3, 6],
    ],
    generatorAfter: 342,
    replacement: [
      0, 3, 2, 1, 2, 4, 3, 1, 1, 1, 3, 4, 4, 3, 1, 1, 4, 1, 2, 0, 2, 1, 1, 4, 4, 3, 2, 4, 2, 3, 1, 4, 3, 0, 2,
      1, 3, 0, 3, 4,
    ],
    more: [3, 2, 0, 1, 3, 2, 1, 0, 2, 0],
    subset: [1, 3, 5, 1, 4, 9],
    batch: [
      [3, 4, 0],
      [2, 5, 6],
    ],
    split: [
      [3, 9, 6, 5, 4, 1, 2],
      [0, 8, 7],
    ],
    fractions: [
      [0, 10, 2, 3, 7, 6],
      [4, 8, 1],
      [9, 5],
    ],
    end: [487, 703],
  },
  {
    seed: 42,
    first: [
      [8, 0, 9, 1],
      [4, 5, 6, 3],
      [2, 7],
    ],
    second: [
      [4, 6, 9, 3],
      [7, 5, 2, 0],
      [1, 8],
    ],
    after: [950, 113],
    generator: [
      [4, 6, 3],
      [2, 1, 5],
      [4, 1, 0],
      [5, 3, 6],
    ],
    generatorAfter: 824,
    replacement: [
      1, 0, 4, 3, 2, 3, 0, 2, 0, 4, 1, 3, 0, 1, 3, 3, 3, 1, 3, 3, 4, 4, 4, 3, 1, 4, 0, 2, 0, 0, 1, 4, 1, 1, 4,
      3, 2, 2, 0, 3,
    ],
    more: [0, 1, 3, 2, 1, 3, 0, 2, 2, 1],
    subset: [1, 3, 9, 5, 4, 1],
    batch: [
      [3, 2, 0],
      [1, 4, 5],
    ],
    split: [
      [6, 2, 9, 0, 5, 3, 7],
      [8, 1, 4],
    ],
    fractions: [
      [6, 8, 9, 2, 1, 10],
      [0, 7, 3],
      [5, 4],
    ],
    end: [475, 329],
  },
  {
    seed: 12345,
    first: [
      [6, 9, 4, 0],
      [7, 2, 8, 5],
      [3, 1],
    ],
    second: [
      [0, 1, 7, 6],
      [2, 4, 9, 5],
      [3, 8],
    ],
    after: [421, 250],
    generator: [
      [1, 6, 5],
      [4, 0, 3],
      [4, 2, 0],
      [1, 3, 6],
    ],
    generatorAfter: 56,
    replacement: [
      4, 2, 0, 1, 3, 4, 3, 1, 0, 0, 3, 4, 1, 4, 3, 2, 0, 2, 1, 2, 0, 0, 3, 2, 2, 2, 4, 0, 4, 2, 4, 4, 2, 2, 1,
      4, 0, 1, 3, 4,
    ],
    more: [3, 0, 1, 2, 0, 3, 2, 1, 1, 3],
    subset: [9, 4, 1, 1, 3, 5],
    batch: [
      [4, 0, 6],
      [2, 3, 1],
    ],
    split: [
      [2, 6, 5, 0, 8, 1, 4],
      [3, 9, 7],
    ],
    fractions: [
      [8, 2, 5, 4, 1, 6],
      [3, 9, 0],
      [7, 10],
    ],
    end: [423, 741],
  },
] as const;

for (const row of recorded) {
  test(`the orders of seed ${row.seed} are PyTorch's`, () => {
    torch.manualSeed(row.seed);
    const x = torch.arange(10);
    const loader = new data.DataLoader(new data.TensorDataset(x, x.mul(10)), { batchSize: 4, shuffle: true });
    for (const expected of [row.first, row.second]) {
      const batches = Array.from(loader, ([a, b]) => [a.tolist(), b.tolist()]);
      assert.deepEqual(
        batches,
        expected.map((batch) => [batch, batch.map((each) => 10 * each)]),
      );
    }
    assert.deepEqual(draws(2), row.after);
    const generator = new torch.Generator().manualSeed(row.seed + 7);
    const own = new data.DataLoader(numbers(7), { batchSize: 3, shuffle: true, generator, dropLast: true });
    assert.deepEqual([...lists(own), ...lists(own)], row.generator);
    assert.equal(torch.randint(0, 1000, [1], { generator }).item(), row.generatorAfter);
    const again = new data.RandomSampler(numbers(5), { replacement: true, numSamples: 40 });
    assert.deepEqual([...again], row.replacement);
    assert.deepEqual([...new data.RandomSampler(numbers(4), false, 10)], row.more);
    assert.deepEqual([...new data.SubsetRandomSampler([3, 1, 4, 1, 5, 9])], row.subset);
    const sampler = new data.RandomSampler(numbers(7));
    assert.deepEqual([...new data.BatchSampler(sampler, 3, true)], row.batch);
    const parts = data.randomSplit(numbers(10), [7, 3]);
    assert.deepEqual(
      parts.map(({ indices }) => indices),
      row.split,
    );
    const seeded = { generator: new torch.Generator().manualSeed(row.seed) };
    const shares = data.randomSplit(numbers(11), [0.5, 0.3, 0.2], seeded);
    assert.deepEqual(
      shares.map((part) => Array.from(numbers(part.length), (i) => part.at(i))),
      row.fractions,
    );
    assert.deepEqual(lists(new data.DataLoader(numbers(5), { batchSize: 2 })), [[0, 1], [2, 3], [4]]);
    assert.deepEqual(draws(2), row.end);
  });
}

test("random_ without bounds draws from all that a type holds", () => {
  const drawn = (dtype: torch.DType, ...bounds: number[]): unknown => {
    torch.manualSeed(5);
    return torch
      .empty(2, { dtype })
      .random_(...(bounds as [number]))
      .tolist();
  };
  assert.deepEqual(drawn(torch.int64), [4095051218741643470n, 6838803925648402109n]);
  assert.deepEqual(drawn(torch.int32), [953453411, 236996814]);
  assert.deepEqual(drawn(torch.uint8), [99, 206]);
  assert.deepEqual(drawn(torch.bool), [true, false]);
  assert.deepEqual(drawn(torch.float32), [13929259, 2115776]);
  assert.deepEqual(drawn(torch.float64), [5782757089232648, 2339691299987398]);
  assert.deepEqual(drawn(torch.bfloat16), [116, 152]);
  assert.deepEqual(drawn(torch.int64, 7), [1, 5]);
  assert.throws(() => torch.empty(2, { dtype: torch.uint16 }).random_(), {
    name: "NotImplementedError",
    message: "\"random_kernel_cpu\" not implemented for 'UInt16'",
  });
});

/** What real PyTorch drew by weights after `torch.manual_seed(seed)`, one call after another. */
const weighted = [
  {
    seed: 0,
    repeated: [3, 3, 2, 3, 3, 3, 1, 2, 2, 1],
    distinct: [1, 2, 3],
    one: [3],
    double: [2, 3, 1, 0],
    rows: [
      [1, 2, 1, 2, 2],
      [1, 2, 0, 2, 1],
    ],
    distinctRows: [
      [1, 0],
      [0, 1],
    ],
    sampler: [4, 3, 4, 4, 4],
    distinctSampler: [0, 4, 5, 3, 1],
    seeded: [2, 2, 1, 2],
    end: 519,
  },
  {
    seed: 42,
    repeated: [0, 0, 1, 0, 2, 2, 3, 3, 0, 1],
    distinct: [0, 1, 3],
    one: [2],
    double: [2, 1, 3, 0],
    rows: [
      [2, 2, 0, 0, 3],
      [0, 0, 0, 0, 0],
    ],
    distinctRows: [
      [1, 3],
      [1, 2],
    ],
    sampler: [4, 3, 5, 4, 4],
    distinctSampler: [0, 5, 4, 1, 3],
    seeded: [0, 0, 0, 0],
    end: 720,
  },
] as const;

for (const row of weighted) {
  test(`numbers drawn by weights with seed ${row.seed} are PyTorch's`, () => {
    torch.manualSeed(row.seed);
    const p = torch.tensor([0.1, 0.2, 0.3, 0.4]);
    const rows = torch.stack([p, p.flip(0).mul(3)]);
    assert.deepEqual(torch.multinomial(p, 10, true).tolist(), row.repeated);
    assert.deepEqual(torch.multinomial(p, 3).tolist(), row.distinct);
    assert.deepEqual(torch.multinomial(p, 1).tolist(), row.one);
    assert.deepEqual(torch.multinomial(p.double(), 4).tolist(), row.double);
    assert.deepEqual(torch.multinomial(rows, 5, true).tolist(), row.rows);
    assert.deepEqual(rows.multinomial(2).tolist(), row.distinctRows);
    p.multinomial(2, { replacement: true });
    const { WeightedRandomSampler } = data;
    assert.deepEqual([...new WeightedRandomSampler([0.1, 0.9, 0.4, 0.7, 3, 0.6], 5)], row.sampler);
    const distinct = new WeightedRandomSampler([0.9, 0.4, 0.05, 0.2, 0.3, 0.1], 5, { replacement: false });
    assert.deepEqual([...distinct], row.distinctSampler);
    const generator = new torch.Generator().manualSeed(row.seed);
    assert.deepEqual([...new WeightedRandomSampler([1, 2, 3], 4, true, generator)], row.seeded);
    torch.empty(3).exponential_(2);
    torch.empty(2, { dtype: torch.float16 }).exponential_();
    assert.equal(torch.randint(0, 1000, [1]).item(), row.end);
  });
}

test("weights that are no distribution are refused in PyTorch's words", () => {
  const refused: readonly (readonly [() => unknown, string])[] = [
    [
      () => torch.multinomial(torch.ones(2), 3),
      "cannot sample n_sample > prob_dist.size(-1) samples without replacement",
    ],
    [
      () => torch.multinomial(torch.tensor([1, 2]), 1),
      "multinomial only supports floating-point dtypes for input, got: Long",
    ],
    [
      () => torch.multinomial(torch.tensor([1.5, -2]), 1),
      "probability tensor contains either `inf`, `nan` or element < 0",
    ],
    [
      () => torch.multinomial(torch.tensor([1.5, -2]), 2, true),
      "invalid multinomial distribution (encountering probability entry < 0)",
    ],
    [
      () => torch.multinomial(torch.zeros(2), 2, true),
      "invalid multinomial distribution (sum of probabilities <= 0)",
    ],
  ];
  for (const [run, message] of refused) assert.throws(run, { name: "RuntimeError", message });
});
