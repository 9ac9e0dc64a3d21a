// Matrix products on several threads: the same numbers, to the last bit, as on one, and near the exact ones.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Pool } from "../../src/kernels/pool.ts";
import { parallelKernels } from "../../src/kernels/use.ts";
import * as torch from "../../src/torch/index.ts";

after(() => {
  torch.setNumThreads(1);
  parallelKernels();
});

/** Starts workers, and waits until all are ready. */
function startThreads(threads: number): void {
  torch.setNumThreads(threads);
  const { pool } = parallelKernels() as unknown as { pool: Pool };
  const end = performance.now() + 60_000;
  while (pool.ready < threads - 1) assert.ok(performance.now() < end, `only ${pool.ready} workers started`);
}

/** Makes normal numbers of a shape, perhaps of another type or without their signs. */
type Numbers = (...shape: number[]) => torch.Tensor;

const heads = (numbers: Numbers): torch.Tensor =>
  numbers(4, 100, 6 * 48)
    .reshape([4, 100, 6, 48])
    .transpose(1, 2);

/** Products by name: how many products are summed up for an element, and the result. */
const products: Readonly<Record<string, readonly [number, (numbers: Numbers) => torch.Tensor]>> = {
  "a @ b": [300, (numbers) => numbers(260, 300).matmul(numbers(300, 270))],
  "a.T @ b": [300, (numbers) => numbers(300, 260).T.matmul(numbers(300, 270))],
  "a @ b.T": [300, (numbers) => numbers(260, 300).matmul(numbers(270, 300).T)],
  "a.T @ b.T": [300, (numbers) => numbers(300, 260).T.matmul(numbers(270, 300).T)],
  "many rows": [64, (numbers) => numbers(2500, 64).matmul(numbers(64, 33))],
  "many columns": [90, (numbers) => numbers(37, 90).matmul(numbers(90, 2300))],
  "a large depth": [4500, (numbers) => numbers(41, 4500).matmul(numbers(4500, 30))],
  "parts of larger matrices": [
    200,
    (numbers) => numbers(500, 400).at("3:203", "::2").matmul(numbers(400, 500).at("100:300", "7:177")),
  ],
  "a linear map": [
    785,
    (numbers) => torch.nn.functional.linear(numbers(128, 784), numbers(512, 784), numbers(512)),
  ],
  "a batch": [50, (numbers) => numbers(8, 6, 64, 50).matmul(numbers(8, 6, 50, 70))],
  "a batch of heads": [48, (numbers) => heads(numbers).matmul(heads(numbers).transpose(-2, -1))],
  "a batch with one right operand": [
    70,
    (numbers) => numbers(40, 70, 50).transpose(-2, -1).matmul(numbers(70, 60)),
  ],
  "a batch stretched along its first axis": [
    50,
    (numbers) => numbers(5, 6, 64, 50).matmul(numbers(6, 50, 70)),
  ],
  "one column stretched": [300, (numbers) => numbers(260, 300).matmul(numbers(300, 1).expand([300, 150]))],
  "a batch of overlapping matrices": [
    50,
    (numbers) => numbers(6, 100, 50).matmul(numbers(11_000).asStrided([6, 50, 150], [64, 200, 1])),
  ],
  "a batch of large matrices": [500, (numbers) => numbers(2, 600, 500).matmul(numbers(2, 500, 300))],
  "a batch of few rows": [200, (numbers) => numbers(64, 3, 200).matmul(numbers(64, 200, 300))],
};

for (const [name, [depth, multiply]] of Object.entries(products)) {
  test(`a product does not depend on the number of threads: ${name}`, () => {
    const result = (numbers: Numbers): torch.Tensor => {
      torch.manualSeed(5);
      return multiply(numbers);
    };
    const results = [1, 2, 3].map((threads) => {
      if (threads === 1) torch.setNumThreads(1);
      else startThreads(threads);
      // Which thread does which part differs from run to run.
      return [0, 1, 2].map(() => result(torch.randn));
    });
    const first = results[0]![0]!;
    const exact = result((...shape) => torch.randn(...shape).double());
    const magnitude = result((...shape) =>
      torch
        .randn(...shape)
        .double()
        .abs(),
    );
    // The bound of test/kernels/product.test.ts.
    const error = (depth + 2) * 2 ** -24;
    const isNear = first
      .double()
      .sub(exact)
      .abs()
      .le(magnitude.mul(error / (1 - error)));
    assert.equal(isNear.all().item(), true);
    for (const other of results.flat()) assert.ok(torch.equal(other, first));
  });
}
