// Softmax and its logarithm against PyTorch's values, over layouts, and their gradients against differences.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float16, float32 } from "../../src/core/dtype.ts";
import { multiply } from "../../src/ops/binary.ts";
import { logSoftmax, logSoftmaxGradient, softmax, softmaxGradient } from "../../src/ops/softmax.ts";
import {
  checkGradients,
  close,
  gradients,
  noisy,
  numbers,
  run,
  value,
  weighted,
} from "../support/gradient.ts";
import { checkLayouts } from "../support/layouts.ts";

const product = (a: Parameters<typeof weighted>[0], b: Parameters<typeof weighted>[0]) =>
  run(multiply, [a, b]);

test("values along the last axis and the first", () => {
  close(
    numbers(run(softmax, [noisy([2, 3])], { axis: 1 })),
    [0.106405753, 0.401232164, 0.492362083, 0.335005472, 0.320649277, 0.344345251],
  );
  const wide = run(multiply, [noisy([2, 3]), 10]);
  close(
    numbers(run(logSoftmax, [wide], { axis: 0 })),
    [-0.289017109, -3.72e-7, -9.8e-8, -1.382299912, -14.8040783, -16.137851084],
  );
  const half = value(numbers(noisy([5])), [5], float16);
  close(
    numbers(run(logSoftmax, [half], { axis: 0 })),
    [-2.412109375, -1.083984375, -0.879882812, -2.521484375, -2.564453125],
  );
});

test("far numbers, infinities, a single element and none", () => {
  const low = Number.NEGATIVE_INFINITY;
  assert.deepEqual(numbers(run(softmax, [value([1000, low, 1000])], { axis: 0 })), [0.5, 0, 0.5]);
  assert.deepEqual(numbers(run(logSoftmax, [value([0, 1e4])], { axis: 0 })), [-1e4, 0]);
  assert.deepEqual(numbers(run(softmax, [value([low, low])], { axis: 0 })), [Number.NaN, Number.NaN]);
  assert.deepEqual(numbers(run(softmax, [value([7], [])], { axis: 0 })), [1]);
  assert.deepEqual(numbers(run(softmax, [value([], [0, 3])], { axis: 1 })), []);
});

test("every layout gives one result", () => {
  for (const operation of [softmax, logSoftmax]) {
    for (const axis of [0, 1, 2]) checkLayouts(operation, [noisy([2, 3, 4])], { axis });
    checkLayouts(operation, [value(numbers(noisy([2, 3])), [2, 3], float32)], { axis: 1 });
  }
  for (const operation of [softmaxGradient, logSoftmaxGradient]) {
    checkLayouts(operation, [noisy([2, 3, 4]), noisy([2, 3, 4], 2)], { axis: 1 });
  }
});

test("gradients, and gradients of gradients", () => {
  for (const operation of [softmax, logSoftmax]) {
    for (const axis of [0, 1]) {
      const once = (x: ReturnType<typeof noisy>) => {
        const y = run(operation, [x], { axis });
        return weighted(product(y, y), product);
      };
      const sources = [noisy([2, 3])];
      checkGradients(([x]) => once(x!), sources);
      checkGradients(([x]) => weighted(product(gradients(once(x!), [x!])[0]!, x!), product), sources);
    }
  }
});
