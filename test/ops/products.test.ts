// Matrix products against PyTorch's values and plain sums, over sizes, layouts and types, and their gradients.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bool,
  complex64,
  type DType,
  float16,
  float32,
  float64,
  int8,
  int32,
  int64,
} from "../../src/core/dtype.ts";
import { elements } from "../../src/core/elements.ts";
import { setDevice } from "../../src/devices/index.ts";
import { reference } from "../../src/devices/reference/index.ts";
import { multiply } from "../../src/ops/binary.ts";
import { linear, matmul, transposedMatmul } from "../../src/ops/products.ts";
import { permute } from "../../src/ops/views.ts";
import {
  checkGradients,
  close,
  gradients,
  noisy,
  numbers,
  run,
  type Value,
  value,
  weighted,
} from "../support/gradient.ts";

// The definition, whose sums are in float64; the other devices are held to it in tests of their kernels.
setDevice(reference);

import { checkLayouts } from "../support/layouts.ts";

const product = (a: Value, b: Value) => run(multiply, [a, b]);

test("a batch against one matrix, and a layer", () => {
  close(
    numbers(run(matmul, [noisy([2, 2, 3]), noisy([3, 2], 2)])),
    [
      0.143639138, -1.277513096, 0.375512374, 0.825619149, -0.753882718, -0.489667661, -0.069087192,
      0.710200068,
    ],
  );
  close(
    numbers(run(linear, [noisy([2, 3]), noisy([2, 3], 2), noisy([2], 3)])),
    [0.892652266, -0.555392962, -0.803379171, 1.7947529],
  );
});

function plainSums(a: Value, b: Value, [m, n, k]: readonly number[]): number[] {
  const [x, y] = [numbers(a), numbers(b)];
  return Array.from({ length: m! * n! }, (_, at) => {
    const [i, j] = [Math.floor(at / n!), at % n!];
    let sum = 0;
    for (let p = 0; p < k!; p++) sum += x[i * k! + p]! * y[p * n! + j]!;
    return sum;
  });
}

const sizes: readonly (readonly number[])[] = [
  [1, 7, 4],
  [1, 1, 1],
  [3, 4, 900],
  [5, 3, 1000],
  [1, 130, 130],
  [130, 1, 130],
  [2, 260, 40],
  [67, 5, 33],
  [65, 258, 3],
];

test("sizes on and off the tiles, transposed operands", () => {
  for (const dtype of [float64, float32]) {
    for (const size of sizes) {
      const [m, n, k] = size as [number, number, number];
      const a = value(numbers(noisy([m, k])), [m, k], dtype);
      const b = value(numbers(noisy([k, n], 2)), [k, n], dtype);
      const expected = plainSums(a, b, size);
      const flip = (x: Value) => run(permute, [x], { axes: [1, 0] });
      const [ta, tb] = [
        flip(value(numbers(flip(a)), [k, m], dtype)),
        flip(value(numbers(flip(b)), [n, k], dtype)),
      ];
      for (const [left, right] of [
        [a, b],
        [ta, b],
        [a, tb],
        [ta, tb],
      ] as const) {
        const got = numbers(run(matmul, [left, right]));
        got.forEach((each, i) => {
          assert.ok(Math.abs(each - expected[i]!) < 2e-6, `${dtype} ${size} [${i}]: ${each}, ${expected[i]}`);
        });
      }
    }
  }
});

test("empty products are zeros, and a bias alone", () => {
  assert.deepEqual(numbers(run(matmul, [value([], [2, 0]), value([], [0, 2])])), [0, 0, 0, 0]);
  assert.deepEqual(run(matmul, [value([], [0, 3]), noisy([3, 2])]).layout.shape, [0, 2]);
  assert.deepEqual(numbers(run(linear, [value([], [2, 0]), value([], [1, 0]), value([5])])), [5, 5]);
});

test("leading axes are stretched to one another", () => {
  const out = run(matmul, [noisy([2, 1, 2, 3]), noisy([3, 3, 2], 2)]);
  assert.deepEqual(out.layout.shape, [2, 3, 2, 2]);
  checkLayouts(matmul, [noisy([2, 1, 2, 3]), noisy([3, 3, 2], 2)], undefined);
});

test("integers wrap, 64-bit integers are exact, bools are or, half precision is rounded once", () => {
  const of = (dtype: DType, a: number[], b: number[]) =>
    elements(run(matmul, [value(a, [1, 2], dtype), value(b, [2, 1], dtype)]))[0];
  assert.equal(of(int32, [2 ** 30, 3], [4, 5]), 15);
  assert.equal(of(int32, [2147483647, 1], [2147483647, 1]), 2);
  assert.equal(of(int8, [100, 1], [2, 0]), -56);
  assert.equal(of(int64, [2 ** 40, 1], [2 ** 20, 1]), 2n ** 60n + 1n);
  assert.equal(of(bool, [1, 0], [1, 1]), true);
  assert.equal(of(bool, [1, 0], [0, 1]), false);
  assert.equal(of(float16, [2048, 1], [1, 1]), 2048);
  assert.equal(of(float16, [2048, 3], [1, 1]), 2052);
  const i = { re: 0, im: 1 };
  const square = run(matmul, [value([i], [1, 1], complex64), value([i], [1, 1], complex64)]);
  assert.deepEqual(elements(square), [{ re: -1, im: 0 }]);
});

test("every layout gives one result", () => {
  checkLayouts(matmul, [noisy([3, 4]), noisy([4, 5], 2)], undefined);
  checkLayouts(matmul, [noisy([2, 3, 4]), noisy([2, 4, 5], 2)], undefined);
  checkLayouts(matmul, [value([1, 2, 3, 4], [2, 2], int64), value([5, 6, 7, 8], [2, 2], int64)], undefined);
  checkLayouts(linear, [noisy([2, 3, 4]), noisy([5, 4], 2), noisy([5], 3)], undefined);
  checkLayouts(linear, [noisy([4]), noisy([5, 4], 2)], undefined);
  checkLayouts(linear, [value([1, 2], [1, 2], float16), value([3, 4], [1, 2], float16)], undefined);
  checkLayouts(linear, [noisy([2, 4]), noisy([5, 4], 2), noisy([5], 3)], undefined);
  checkLayouts(linear, [noisy([2, 4]), noisy([5, 4], 2), noisy([1], 3)], undefined);
  checkLayouts(transposedMatmul, [noisy([4, 3]), noisy([4, 5], 2)], undefined);
  checkLayouts(transposedMatmul, [value([1, 2], [1, 2], float16), value([3, 4], [1, 2], float16)], undefined);
});

test("a.T @ b is the product of the transposed matrix", () => {
  for (const dtype of [float32, float64, int64, float16, complex64]) {
    const [a, b] = [value([1, 2, 3, 4, 5, 6], [3, 2], dtype), value([7, 8, 9, 1, 2, 3], [3, 2], dtype)];
    const turned = run(permute, [a], { axes: [1, 0] });
    assert.deepEqual(elements(run(transposedMatmul, [a, b])), elements(run(matmul, [turned, b])), dtype.name);
  }
  const large = [noisy([300, 20]), noisy([300, 30], 2)] as const;
  const turned = run(permute, [large[0]], { axes: [1, 0] });
  assert.deepEqual(numbers(run(transposedMatmul, large)), numbers(run(matmul, [turned, large[1]])));
});

test("gradients, and gradients of gradients", () => {
  const forms: readonly (readonly [readonly Value[], (from: readonly Value[]) => Value])[] = [
    [[noisy([2, 3]), noisy([3, 2], 2)], (from) => run(matmul, from)],
    [[noisy([2, 2, 3]), noisy([3, 2], 2)], (from) => run(matmul, from)],
    [[noisy([2, 3]), noisy([2, 3, 2], 2)], (from) => run(matmul, from)],
    [[noisy([2, 1, 2, 3]), noisy([2, 3, 2], 2)], (from) => run(matmul, from)],
    [[noisy([2, 2, 3]), noisy([1, 3, 2], 2)], (from) => run(matmul, from)],
    [[noisy([2, 3]), noisy([2, 3], 2), noisy([2], 3)], (from) => run(linear, from)],
    [[noisy([3]), noisy([2, 3], 2), noisy([2], 3)], (from) => run(linear, from)],
    [[noisy([2, 2, 3]), noisy([2, 3], 2)], (from) => run(linear, from)],
    [[noisy([3, 2]), noisy([3, 4], 2)], (from) => run(transposedMatmul, from)],
  ];
  for (const [sources, form] of forms) {
    const once = (from: readonly Value[]) => weighted(product(form(from), form(from)), product);
    checkGradients(once, sources);
    checkGradients(
      (from) => {
        const [first, second] = gradients(once(from), from);
        assert.deepEqual(first!.layout.shape, from[0]!.layout.shape);
        return run(multiply, [weighted(product(first!, from[0]!), product), weighted(second!, product)]);
      },
      sources,
      1e-5,
    );
  }
});

test("what does not meet is refused in PyTorch's words", () => {
  assert.throws(() => run(matmul, [noisy([2, 3]), noisy([4, 2])]), {
    name: "RuntimeError",
    message: "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x2)",
  });
  assert.throws(() => run(linear, [noisy([2, 3]), noisy([5, 4])]), {
    name: "RuntimeError",
    message: "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)",
  });
  assert.throws(() => run(transposedMatmul, [noisy([2, 3]), noisy([4, 5])]), {
    name: "RuntimeError",
    message: "mat1 and mat2 shapes cannot be multiplied (3x2 and 4x5)",
  });
});
