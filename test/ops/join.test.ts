// Concatenation: every element type, layouts, and gradients.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dtypes } from "../../src/core/dtype.ts";
import { elements } from "../../src/core/elements.ts";
import { multiply } from "../../src/ops/binary.ts";
import { concatenate } from "../../src/ops/join.ts";
import {
  checkGradients,
  gradients,
  noisy,
  numbers,
  run,
  type Value,
  value,
  weighted,
} from "../support/gradient.ts";
import { checkLayouts } from "../support/layouts.ts";

const product = (a: Value, b: Value) => run(multiply, [a, b]);

test("along each axis, empty parts included", () => {
  const [a, b] = [value([1, 2, 3, 4], [2, 2]), value([5, 6], [1, 2])];
  assert.deepEqual(numbers(run(concatenate, [a, b], { axis: 0 })), [1, 2, 3, 4, 5, 6]);
  const wide = run(concatenate, [a, value([], [2, 0]), value([7, 8], [2, 1])], { axis: 1 });
  assert.deepEqual(
    [wide.layout.shape, numbers(wide)],
    [
      [2, 3],
      [1, 2, 7, 3, 4, 8],
    ],
  );
});

test("every element type moves unchanged", () => {
  for (const dtype of dtypes) {
    const x = value(dtype.isComplex ? [{ re: 1, im: 2 }] : [1], [1], dtype);
    assert.deepEqual(
      elements(run(concatenate, [x, x], { axis: 0 })),
      [...elements(x), ...elements(x)],
      dtype.name,
    );
  }
});

test("every layout gives one result", () => {
  for (const axis of [0, 1, 2]) checkLayouts(concatenate, [noisy([2, 3, 4]), noisy([2, 3, 4], 2)], { axis });
});

test("gradients, and gradients of gradients", () => {
  const sources = [noisy([2, 2]), noisy([2, 1], 2)];
  const once = (from: readonly Value[]) => {
    const y = run(concatenate, from, { axis: 1 });
    return weighted(product(y, y), product);
  };
  checkGradients(once, sources);
  checkGradients((from) => weighted(product(gradients(once(from), from)[0]!, from[0]!), product), sources);
});
