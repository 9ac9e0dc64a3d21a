// Losses that are operations of their own, over layouts, and their gradients against differences.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float32, int64, uint8 } from "../../src/core/dtype.ts";
import { multiply } from "../../src/ops/binary.ts";
import {
  ctcLoss,
  ctcLossGradient,
  multilabelMargin,
  multilabelMarginGradient,
  nllLoss,
  nllLossGradient,
} from "../../src/ops/losses.ts";
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

const labels = () => value([1, -1, 0, 2, 2, 0, -1, 1, 0, 1, 2, -1], [4, 3], int64);

test("margins of several labels: values as PyTorch gives them, every layout, and gradients", () => {
  const x = value([0, 1, 0.5, 2, 2, 2.5], [2, 3]);
  const some = value([1, -1, 0, 2, 2, -1], [2, 3], int64);
  close(numbers(run(multilabelMargin, [x, some])), [0.5 / 3, 2 / 3]);
  checkLayouts(multilabelMargin, [noisy([4, 3]), labels()], undefined);
  checkLayouts(multilabelMarginGradient, [noisy([4]), noisy([4, 3]), labels()], undefined);
  const once = (each: ReturnType<typeof noisy>) => weighted(run(multilabelMargin, [each, labels()]), product);
  checkGradients(([each]) => once(each!), [noisy([4, 3])]);
  const back = (g: ReturnType<typeof noisy>) => run(multilabelMarginGradient, [g, noisy([4, 3]), labels()]);
  checkGradients(([g]) => weighted(back(g!), product), [noisy([4])]);
});

const sequences = { blank: 0, inputLengths: [5, 3], targetLengths: [2, 1], zeroInfinity: false };
const spelled = () => value([2, 2, 1, 0], [2, 2], int64);

test("connectionist temporal classification: every way to spread the labels counts", () => {
  const x = run(logSoftmax, [noisy([3, 1, 3])], { axis: 2 });
  const at = (step: number, label: number): number => numbers(x)[step * 3 + label]!;
  // Ways of three steps that say "1 2", blanks (0) left out and equal neighbours joined.
  const ways = [
    [1, 2, 0],
    [1, 0, 2],
    [0, 1, 2],
    [1, 1, 2],
    [1, 2, 2],
  ];
  const sum = ways.reduce(
    (total, way) => total + Math.exp(way.reduce((log, label, step) => log + at(step, label), 0)),
    0,
  );
  const attributes = { blank: 0, inputLengths: [3], targetLengths: [2], zeroInfinity: false };
  close(numbers(run(ctcLoss, [x, value([1, 2], [1, 2], int64)], attributes)), [-Math.log(sum)]);
});

test("connectionist temporal classification: layouts, gradients, and targets that do not fit", () => {
  checkLayouts(ctcLoss, [noisy([5, 2, 3]), spelled()], sequences);
  checkLayouts(ctcLossGradient, [noisy([2]), noisy([5, 2, 3]), spelled()], sequences);
  checkGradients(
    ([x]) => {
      const logits = run(logSoftmax, [x!], { axis: 2 });
      return weighted(run(ctcLoss, [logits, spelled()], sequences), product);
    },
    [noisy([5, 2, 3])],
  );
  const short = { ...sequences, inputLengths: [2, 3] };
  const x = run(logSoftmax, [noisy([5, 2, 3])], { axis: 2 });
  assert.equal(numbers(run(ctcLoss, [x, spelled()], short))[0], Number.POSITIVE_INFINITY);
  const nothing = { ...short, zeroInfinity: true };
  const back = numbers(run(ctcLossGradient, [value([1, 1]), x, spelled()], nothing));
  assert.ok(back.every((each, i) => Number.isFinite(each) && (Math.floor(i / 3) % 2 === 1 || each === 0)));
});
