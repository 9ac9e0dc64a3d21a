// Normalisation of groups: values by hand, over layouts, and gradients against differences.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float16, float32, float64 } from "../../src/core/dtype.ts";
import { multiply } from "../../src/ops/binary.ts";
import { normalize } from "../../src/ops/normalization.ts";
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

type Each = ReturnType<typeof noisy>;

const product = (a: Each, b: Each) => run(multiply, [a, b]);
const alone = { eps: 0, acrossBatch: false, statistics: float64 };
const together = { eps: 0, acrossBatch: true, statistics: float64 };

test("groups of one instance, and across the batch", () => {
  const x = value([1, 3, 10, 14, 5, 5, 20, 28], [2, 2, 1, 2]);
  const [y, mean, inverse, variance] = runAll(normalize, [x], { ...alone, eps: 1 });
  close(numbers(mean!), [2, 12, 5, 24]);
  close(numbers(variance!), [1, 4, 0, 16]);
  close(numbers(inverse!), [0.5 ** 0.5, 0.2 ** 0.5, 1, (1 / 17) ** 0.5]);
  close(numbers(y!).slice(0, 4), [-(0.5 ** 0.5), 0.5 ** 0.5, -2 * 0.2 ** 0.5, 2 * 0.2 ** 0.5]);
  const [, means, , variances] = runAll(normalize, [x], together);
  close(numbers(means!), [3.5, 18]);
  close(numbers(variances!), [2.75, 46]);
});

test("a weight and a bias for each channel of each group", () => {
  const x = value([1, 3, 2, 6], [1, 1, 4, 1]);
  const y = run(normalize, [x, value([1, 2, 3, 4]), value([10, 20, 30, 40])], alone);
  const deviation = Math.sqrt(3.5);
  close(numbers(y), [10 - 2 / deviation, 20, 30 - 3 / deviation, 40 + 12 / deviation]);
});

test("statistics are as exact as float64 sums", () => {
  const data = Array.from({ length: 1000 }, (_, i) => 1e4 + (i % 2));
  const [, mean, inverse] = runAll(normalize, [value(data, [1, 1, 1000, 1], float32)], {
    ...alone,
    statistics: float32,
  });
  assert.deepEqual(numbers(mean!), [10000.5]);
  assert.deepEqual(numbers(inverse!), [2]);
  const [half] = runAll(normalize, [value([1, 2, 3, 4], [1, 1, 4, 1], float16)], {
    ...alone,
    statistics: float16,
  });
  assert.equal(half!.layout.dtype, float16);
});

test("every layout gives one result", () => {
  const sources = [noisy([2, 3, 2, 4]), noisy([6], 3), noisy([6], 5)];
  checkLayouts(normalize, sources, alone);
  checkLayouts(normalize, sources, together);
});

test("gradients, and gradients of gradients", () => {
  const sources = [noisy([2, 2, 2, 3]), noisy([4], 3), noisy([4], 5)];
  for (const attributes of [
    { ...alone, eps: 0.1 },
    { ...together, eps: 0.1 },
  ]) {
    const once = (all: readonly Each[]) => {
      const y = run(normalize, all, attributes);
      return weighted(product(y, y), product);
    };
    checkGradients(once, sources);
    const twice = (all: readonly Each[]) => {
      const [first, second] = gradients(once(all), all);
      const [x, weight] = [all[0]!, all[1]!];
      return product(weighted(product(first!, x), product), weighted(product(second!, weight), product));
    };
    checkGradients(twice, sources, 1e-5);
  }
});
