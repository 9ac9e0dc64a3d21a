// Convolution against PyTorch's values, over layouts and types, and its gradients against differences.

import assert from "node:assert/strict";
import { test } from "node:test";
import { complex128, float16, float32, int64 } from "../../src/core/dtype.ts";
import { multiply } from "../../src/ops/binary.ts";
import {
  type ConvolutionAttributes,
  conv,
  convInputGrad,
  convWeightGrad,
} from "../../src/ops/convolution.ts";
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

const grouped: ConvolutionAttributes = {
  stride: [2, 1],
  padding: [
    [1, 1],
    [0, 0],
  ],
  dilation: [1, 2],
  groups: 2,
};
const plain = (spatial: number): ConvolutionAttributes => ({
  stride: Array<number>(spatial).fill(1),
  padding: Array.from({ length: spatial }, () => [0, 0] as const),
  dilation: Array<number>(spatial).fill(1),
  groups: 1,
});
const product = (a: Parameters<typeof weighted>[0], b: Parameters<typeof weighted>[0]) =>
  run(multiply, [a, b]);

test("convolution over two axes, with stride, padding, dilation, groups and bias", () => {
  const out = run(conv, [noisy([1, 4, 4, 5]), noisy([2, 2, 2, 3], 2), noisy([2], 3)], grouped);
  assert.deepEqual(out.layout.shape, [1, 2, 3, 1]);
  close(numbers(out), [0.29824525, 0.369429714, -1.642071022, -0.822479899, 0.794034788, 0.269715918]);
});

test("convolution over one axis and over three", () => {
  const one = run(conv, [noisy([1, 1, 6]), noisy([1, 1, 3], 2)], {
    ...plain(1),
    stride: [2],
    padding: [[1, 1]],
  });
  close(numbers(one), [0.257789425, -0.623701053, -0.475108425]);
  const three = run(conv, [noisy([1, 1, 2, 3, 3]), noisy([1, 1, 2, 2, 2], 2)], plain(3));
  close(numbers(three), [-0.071666793, -0.015850924, 0.340929681, -0.945488783]);
});

test("padding may differ before and behind", () => {
  const x = value([1, 2, 3], [1, 1, 3]);
  const w = value([1, 10], [1, 1, 2]);
  assert.deepEqual(numbers(run(conv, [x, w], { ...plain(1), padding: [[0, 1]] })), [21, 32, 3]);
  assert.deepEqual(numbers(run(conv, [x, w], { ...plain(1), padding: [[1, 0]] })), [10, 21, 32]);
});

test("the input gradient is the transposed convolution", () => {
  const both = [1, 1] as const;
  const attributes = {
    stride: [2, 2],
    padding: [both, both],
    dilation: [1, 1],
    groups: 1,
    shape: [1, 1, 3, 3],
  };
  close(
    numbers(run(convInputGrad, [noisy([1, 2, 2, 2]), noisy([2, 1, 2, 2], 2)], attributes)),
    [
      0.938654947, 0.415059011, -0.056901605, -0.050251654, 0.23041182, -0.411847854, -0.904531296,
      -0.576602313, 0.455744267,
    ],
  );
});

test("more places than one block holds", () => {
  const x = value(
    Array.from({ length: 700 }, (_, i) => i % 10),
    [1, 1, 700],
  );
  const w = value([1, 1], [1, 1, 2]);
  const out = numbers(run(conv, [x, w], plain(1)));
  assert.equal(out.length, 699);
  out.forEach((each, i) => {
    assert.equal(each, (i % 10) + ((i + 1) % 10));
  });
  const back = numbers(run(convInputGrad, [value(out, [1, 1, 699]), w], { ...plain(1), shape: [1, 1, 700] }));
  assert.equal(back[300], out[299]! + out[300]!);
});

test("integers, complex numbers and half precision", () => {
  const big = run(conv, [value([2 ** 60, 1], [1, 1, 2], int64), value([8, 5], [1, 1, 2], int64)], plain(1));
  assert.deepEqual((big.storage.view(int64) as BigInt64Array)[0], BigInt.asIntN(64, 2n ** 63n + 5n));
  const i = value(
    [
      { re: 0, im: 1 },
      { re: 2, im: 0 },
    ],
    [1, 1, 2],
    complex128,
  );
  const square = run(conv, [i, i], plain(1));
  assert.deepEqual([...(square.storage.view(complex128) as Float64Array)], [3, 0]);
  const half = run(conv, [value([1.5, 2], [1, 1, 2], float16), value([2, 3], [1, 1, 2], float16)], plain(1));
  assert.deepEqual(numbers(half), [9]);
});

test("every layout gives one result", () => {
  const x = noisy([2, 4, 4, 5]);
  checkLayouts(conv, [x, noisy([2, 2, 2, 3], 2), noisy([2], 3)], grouped);
  checkLayouts(convInputGrad, [noisy([2, 2, 3, 1]), noisy([2, 2, 2, 3], 2)], {
    ...grouped,
    shape: [2, 4, 4, 5],
  });
  checkLayouts(convWeightGrad, [noisy([2, 2, 3, 1]), x], { ...grouped, shape: [2, 2, 2, 3] });
  const narrow = value(numbers(x), x.layout.shape, float32);
  checkLayouts(conv, [narrow, value(numbers(noisy([2, 2, 2, 3])), [2, 2, 2, 3], float32)], grouped);
  checkLayouts(conv, [value([], [0, 4, 4, 5]), noisy([2, 2, 2, 3], 2)], grouped);
});

test("gradients, and gradients of gradients", () => {
  const sources = [noisy([1, 4, 4, 5]), noisy([2, 2, 2, 3], 2), noisy([2], 3)];
  const once = (from: typeof sources) =>
    weighted(product(run(conv, from, grouped), run(conv, from, grouped)), product);
  checkGradients((from) => once([...from]), sources);
  checkGradients((from) => {
    const [gx, gw] = gradients(once([...from]), from);
    return weighted(run(conv, [gx!, gw!], grouped), product);
  }, sources);
});

test("a transposed convolution with room for more places than were given", () => {
  const attributes = { ...plain(1), stride: [2], dilation: [4], shape: [1, 1, 10] };
  const sources = [noisy([1, 1, 2]), noisy([1, 1, 2], 2)];
  assert.deepEqual(run(conv, [noisy(attributes.shape), sources[1]!], attributes).layout.shape, [1, 1, 3]);
  checkGradients((from) => {
    const y = run(convInputGrad, from, attributes);
    return weighted(product(y, y), product);
  }, sources);
});

test("what does not fit is refused", () => {
  const refused = { name: "RuntimeError" };
  assert.throws(() => run(conv, [noisy([1, 3, 4]), noisy([2, 2, 2])], plain(1)), refused);
  assert.throws(() => run(conv, [noisy([1, 1, 2]), noisy([1, 1, 3])], plain(1)), refused);
});
