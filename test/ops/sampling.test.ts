// Sampling between elements: values by hand, over layouts, and gradients against differences.

import assert from "node:assert/strict";
import { test } from "node:test";
import { int64 } from "../../src/core/dtype.ts";
import { multiply } from "../../src/ops/binary.ts";
import { resample, sample, sampleInputGradient, sampleWeightGradient } from "../../src/ops/sampling.ts";
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

type Each = ReturnType<typeof noisy>;

const product = (a: Each, b: Each) => run(multiply, [a, b]);

/** Three samples of an axis of four elements, two elements each. */
const line = {
  axis: 1,
  length: 4,
  taps: 2,
  positions: Int32Array.of(0, 1, 1, 3, 2, 2),
  weights: Float64Array.of(0.25, 0.75, 2, -1, 0.5, 0.25),
};

test("samples along an axis", () => {
  const x = value([1, 2, 4, 8, 10, 20, 40, 80], [2, 4]);
  close(numbers(run(resample, [x], line)), [1.75, -4, 3, 17.5, -40, 30]);
  const upright = value([1, 10, 2, 20, 4, 40, 8, 80], [4, 2]);
  close(numbers(run(resample, [upright], { ...line, axis: 0 })), [1.75, 17.5, -4, -40, 3, 30]);
});

/** Two samples of a plane of five elements, three taps each; one tap names nothing. */
const index = value([4, 0, -1, 2, 1, 1], [1, 3, 2], int64);

test("samples anywhere", () => {
  const x = value([1, 2, 4, 8, 16, 10, 20, 40, 80, 160], [1, 2, 5]);
  const weights = value([1, 2, 100, 3, -1, 5], [1, 3, 2]);
  close(numbers(run(sample, [x, weights, index])), [14, 24, 140, 240]);
});

test("what is taken of nothing counts as 0, unless the weight is no number", () => {
  const x = value([1, 2, 4, 8, 16], [1, 1, 5]);
  const weights = value([1, 2, Number.NaN, 3, -1, 5], [1, 3, 2]);
  assert.deepEqual(numbers(run(sample, [x, weights, index])), [Number.NaN, 24]);
});

test("every layout gives one result", () => {
  checkLayouts(resample, [noisy([3, 4, 2])], line);
  const [x, weights, g] = [noisy([1, 2, 5]), noisy([1, 3, 2]), noisy([1, 2, 2])];
  checkLayouts(sample, [x, weights, index], undefined);
  checkLayouts(sampleInputGradient, [g, weights, index], { length: 5 });
  checkLayouts(sampleWeightGradient, [g, x, index], undefined);
});

test("gradients, and gradients of gradients", () => {
  const forms: readonly [(x: Each, w: Each) => Each, Each, Each][] = [
    [(x, w) => product(run(resample, [x], line), w), noisy([2, 4]), noisy([2, 3], 5)],
    [(x, w) => run(sample, [x, w, index]), noisy([1, 2, 5]), noisy([1, 3, 2], 5)],
  ];
  for (const [form, ...sources] of forms) {
    const once = (x: Each, w: Each) => weighted(product(form(x, w), form(x, w)), product);
    checkGradients(([x, w]) => once(x!, w!), sources);
    const twice = (x: Each, w: Each) => {
      const [first, second] = gradients(once(x, w), [x, w]);
      return run(multiply, [weighted(product(first!, x), product), weighted(product(second!, w), product)]);
    };
    checkGradients(([x, w]) => twice(x!, w!), sources, 1e-5);
  }
});
