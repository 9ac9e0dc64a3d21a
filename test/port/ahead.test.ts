// Numbers that are looked at while a file is read: the same is found as in arrays that are in memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, writeSafetensors } from "../../src/files/index.ts";
import { NDArray } from "../../src/numpy/ndarray.ts";
import { examine } from "../../src/port/examine.ts";
import { statisticsOf } from "../../src/port/judge/statistics.ts";
import { loadSource } from "../../src/port/source.ts";
import { manualSeed, nn, noGrad, randn, Tensor } from "../../src/torch/index.ts";

const width = 256;

async function file(change: (weight: Tensor) => void): Promise<Awaited<ReturnType<typeof open>>> {
  manualSeed(2);
  const weight = randn(width, width);
  noGrad(() => change(weight));
  return open(
    await writeSafetensors([
      ["weight", weight],
      ["bias", randn(width)],
    ]),
  );
}

test("what is no number is found, with its place", async () => {
  const source = await loadSource(await file((weight) => weight.set([7, 9], Number.NaN)), 1);
  const { findings } = examine(new nn.Linear(width, width), source);
  const [found] = findings.filter(({ severity }) => severity === "mistake");
  assert.equal(found?.kind, "not a number");
  assert.match(found!.text, /\[7, 9\]/);
});

test("what is written to a tensor after it was read is seen", async () => {
  const source = await loadSource(await file(() => {}), 1);
  const { array } = source.arrays.find(({ name }) => name === "weight")!;
  assert.ok(statisticsOf(array).max < 10);
  new Tensor(array.storage, array.layout).set([0, 0], 1000);
  assert.equal(statisticsOf(array).max, 1000);
});

test("of a long array all numbers are looked at for one that is none", () => {
  manualSeed(2);
  const { storage, layout } = randn(1100, 1000);
  const array = new NDArray(storage, layout);
  assert.equal(statisticsOf(array).nans, 0);
  array.set([1099, 3], Number.POSITIVE_INFINITY);
  // A write through NumPy's face is no write through a tensor: a new array has nothing remembered.
  const { infinities, firstInfinity } = statisticsOf(new NDArray(storage, layout));
  assert.deepEqual([infinities, firstInfinity], [1, [1099, 3]]);
});
