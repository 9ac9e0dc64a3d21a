// The negative log likelihood against PyTorch's values, over layouts, and its gradient against differences.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float32, int64, uint8 } from "../../src/core/dtype.ts";
import { multiply } from "../../src/ops/binary.ts";
import { nllLoss, nllLossGradient } from "../../src/ops/losses.ts";
import { logSoftmax } from "../../src/ops/softmax.ts";
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
const ignoreIndex = -100;
const targets = () => value([2, 0, ignoreIndex, 1], [4], int64);
const weights = () => value([0.5, 1, 2]);
const reductions = ["mean", "sum", "none"] as const;
const expected = {
  mean: [0.959368649],
  sum: [3.357790271],
  none: [1.417081782, 0.546804207, 0.0, 1.393904282],
};

test("values with class weights and an ignored target", () => {
  const x = run(logSoftmax, [noisy([4, 3])], { axis: 1 });
  for (const reduction of reductions) {
    close(numbers(run(nllLoss, [x, targets(), weights()], { reduction, ignoreIndex })), expected[reduction]);
  }
});

test("more axes, one sample without a batch, and targets of another integer type", () => {
  const mean = { reduction: "mean", ignoreIndex } as const;
  const grid = value([0, 1, 2, ignoreIndex], [2, 2], int64);
  close(numbers(run(nllLoss, [noisy([2, 3, 2]), grid], mean)), [0.570614959]);
  assert.deepEqual(numbers(run(nllLoss, [value([-1, -2, -3]), value([1], [], uint8)], mean)), [2]);
  assert.deepEqual(numbers(run(nllLoss, [value([], [0, 3]), value([], [0], int64)], mean)), [Number.NaN]);
});

test("a target that is no class is refused", () => {
  const attributes = { reduction: "mean", ignoreIndex } as const;
  for (const label of [3, -1]) {
    const refused = { name: "IndexError", message: `Target ${label} is out of bounds.` };
    assert.throws(() => run(nllLoss, [noisy([1, 3]), value([label], [1], int64)], attributes), refused);
  }
});

test("every layout gives one result", () => {
  const grid = value([0, 1, 2, ignoreIndex], [2, 2], int64);
  for (const reduction of reductions) {
    checkLayouts(nllLoss, [noisy([2, 3, 2]), grid, weights()], { reduction, ignoreIndex });
    const g = reduction === "none" ? noisy([2, 2]) : noisy([]);
    checkLayouts(nllLossGradient, [g, grid, weights()], { reduction, ignoreIndex, shape: [2, 3, 2] });
  }
  const narrow = value(numbers(noisy([4, 3])), [4, 3], float32);
  checkLayouts(nllLoss, [narrow, targets()], { reduction: "mean", ignoreIndex });
});

test("gradients, and gradients of gradients", () => {
  for (const reduction of reductions) {
    const once = (x: ReturnType<typeof noisy>) => {
      const logits = run(logSoftmax, [x], { axis: 1 });
      return weighted(run(nllLoss, [logits, targets(), weights()], { reduction, ignoreIndex }), product);
    };
    const sources = [noisy([4, 3])];
    checkGradients(([x]) => once(x!), sources);
    checkGradients(([x]) => weighted(product(gradients(once(x!), [x!])[0]!, x!), product), sources);
  }
});
