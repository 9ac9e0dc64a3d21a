// Pooling against PyTorch's values, over layouts, and its gradients against differences.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float16, int64 } from "../../src/core/dtype.ts";
import { multiply } from "../../src/ops/binary.ts";
import { adaptiveAvgPool, adaptiveMaxPool, avgPool, maxPool } from "../../src/ops/pooling.ts";
import {
  checkGradients,
  close,
  gradients,
  noisy,
  numbers,
  run,
  runAll,
  value,
  weighted,
} from "../support/gradient.ts";
import { checkLayouts } from "../support/layouts.ts";

const product = (a: Parameters<typeof weighted>[0], b: Parameters<typeof weighted>[0]) =>
  run(multiply, [a, b]);
const window2 = { kernel: [3, 3], stride: [2, 2], padding: [1, 1], ceilMode: true };
const maximum2 = { ...window2, dilation: [1, 1] };

test("largest elements and where they are", () => {
  const [values, indices] = runAll(maxPool, [noisy([1, 1, 5, 5])], maximum2);
  close(
    numbers(values!),
    [
      0.651190329, 0.855864495, 0.795434095, 0.528416901, 0.795434095, 0.920992324, 0.705838426, 0.799980921,
      0.82447399,
    ],
  );
  assert.deepEqual(numbers(indices!), [1, 2, 8, 6, 8, 14, 20, 22, 24]);
  assert.equal(indices!.layout.dtype, int64);
  const attributes = { kernel: [2], stride: [2], padding: [0], dilation: [3], ceilMode: false };
  const [dilated, places] = runAll(maxPool, [noisy([1, 7])], attributes);
  close(numbers(dilated!), [-0.676090249, 0.855864495]);
  assert.deepEqual(numbers(places!), [0, 2]);
});

test("the first of equal elements, a NaN before all, and minus infinity alone", () => {
  const attributes = { kernel: [3], stride: [3], padding: [0], dilation: [1], ceilMode: false };
  const low = Number.NEGATIVE_INFINITY;
  const [values, indices] = runAll(
    maxPool,
    [value([2, 2, 1, 1, Number.NaN, 9, low, low, low], [1, 9])],
    attributes,
  );
  assert.deepEqual(numbers(values!), [2, Number.NaN, low]);
  assert.deepEqual(numbers(indices!), [0, 4, 6]);
});

test("means of windows", () => {
  const x = noisy([1, 1, 4, 5]);
  close(
    numbers(run(avgPool, [x], { ...window2, countIncludePad: false })),
    [
      -0.063600906, 0.374726804, -0.0645903, -0.3000294, -0.018134773, 0.322445079, -0.41077016, -0.466321733,
      -0.459732338,
    ],
  );
  close(
    numbers(run(avgPool, [x], { ...window2, countIncludePad: true })),
    [
      -0.028267069, 0.249817869, -0.0287068, -0.2000196, -0.018134773, 0.214963386, -0.136923387,
      -0.233160866, -0.153244113,
    ],
  );
  const line = { kernel: [3], stride: [2], padding: [0], ceilMode: false, countIncludePad: true };
  close(numbers(run(avgPool, [noisy([1, 6])], line)), [0.276988192, -0.252923833]);
  const override = {
    kernel: [2, 2],
    stride: [2, 2],
    padding: [0, 0],
    ceilMode: false,
    countIncludePad: true,
    divisorOverride: 3,
  };
  close(numbers(run(avgPool, [noisy([1, 1, 3, 3])], override)), [-0.546511971]);
});

test("windows that cover the input", () => {
  const x = noisy([1, 5, 7]);
  close(
    numbers(run(adaptiveAvgPool, [x], { size: [3, 2] })),
    [0.169294784, -0.29818101, 0.112492137, 0.008366722, 0.10624594, 0.499883503],
  );
  const [values, indices] = runAll(adaptiveMaxPool, [x], { size: [3, 2] });
  close(numbers(values!), [0.855864495, 0.57686803, 0.920992324, 0.834366741, 0.82447399, 0.917972211]);
  assert.deepEqual(numbers(indices!), [2, 13, 14, 25, 24, 32]);
});

test("integers keep all their digits, half precision is rounded once", () => {
  const attributes = { kernel: [2], stride: [2], padding: [0], dilation: [1], ceilMode: false };
  const [values] = runAll(maxPool, [value([2n ** 62n + 1n, 5n], [1, 2], int64)], attributes);
  assert.equal((values!.storage.view(int64) as BigInt64Array)[0], 2n ** 62n + 1n);
  const mean = run(avgPool, [value([1, 1.0009765625], [1, 2], float16)], {
    ...attributes,
    countIncludePad: true,
  });
  assert.deepEqual(numbers(mean), [1]);
});

test("every layout gives one result", () => {
  const x = noisy([2, 3, 4, 5]);
  checkLayouts(maxPool, [x], maximum2);
  checkLayouts(avgPool, [x], { ...window2, countIncludePad: false });
  checkLayouts(adaptiveAvgPool, [x], { size: [3, 2] });
  checkLayouts(adaptiveMaxPool, [x], { size: [3, 2] });
  checkLayouts(maxPool, [value([], [0, 3, 4, 5])], maximum2);
});

test("gradients, and gradients of gradients", () => {
  const average = { ...window2, countIncludePad: false };
  const forms: readonly ((x: ReturnType<typeof noisy>) => ReturnType<typeof noisy>)[] = [
    (x) => run(maxPool, [x], maximum2),
    (x) => run(avgPool, [x], average),
    (x) => run(adaptiveAvgPool, [x], { size: [3, 2] }),
    (x) => run(adaptiveMaxPool, [x], { size: [3, 2] }),
  ];
  for (const form of forms) {
    const once = (x: ReturnType<typeof noisy>) => weighted(product(form(x), form(x)), product);
    const sources = [noisy([1, 2, 4, 5])];
    checkGradients(([x]) => once(x!), sources);
    checkGradients(([x]) => weighted(product(gradients(once(x!), [x!])[0]!, x!), product), sources);
  }
});
