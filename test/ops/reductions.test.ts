// Reductions, scans and sorting: over every layout, against plain loops over nested lists, and their gradients.

import assert from "node:assert/strict";
import test from "node:test";
import {
  bool,
  complex64,
  type DType,
  float16,
  float32,
  float64,
  int32,
  int64,
  uint8,
} from "../../src/core/dtype.ts";
import { elements, type Scalar } from "../../src/core/elements.ts";
import type { Operation } from "../../src/core/op.ts";
import { operations } from "../../src/ops/index.ts";
import {
  checkGradients,
  gradients,
  noisy,
  run,
  runAll,
  type Value,
  value,
  weighted,
} from "../support/gradient.ts";
import { checkLayouts } from "../support/layouts.ts";

const axesOfThree = [[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]];
const folding = ["sum", "prod", "amax", "amin", "any", "all"] as const;
const types: readonly DType[] = [bool, uint8, int32, int64, float16, float32, float64, complex64];

/** Small whole numbers with repetitions, as elements of the type. */
function whole(dtype: DType, shape: readonly number[]): Value {
  const size = shape.reduce((a, b) => a * b, 1);
  const numbers = Array.from({ length: size }, (_, i) => ((i * 7) % 5) - (dtype.kind === "unsigned" ? 0 : 1));
  const as = (each: number): Scalar => (dtype.kind === "complex" ? { re: each, im: (each * 3) % 2 } : each);
  return value(numbers.map(as), shape, dtype);
}

for (const name of folding) {
  for (const dtype of types) {
    test(`${name} of ${dtype.name} over all layouts and axes`, () => {
      for (const axes of axesOfThree) {
        for (const keepdims of [false, true])
          checkLayouts(operations[name], [whole(dtype, [3, 4, 2])], { axes, keepdims });
      }
      checkLayouts(operations[name], [whole(dtype, [2, 1100])], { axes: [1], keepdims: false });
      checkLayouts(operations[name], [whole(dtype, [2, 1100])], { axes: [0], keepdims: false });
      checkLayouts(operations[name], [whole(dtype, [])], { axes: [], keepdims: false });
    });
  }
}

/** The fold of each group of a [2, 3, 4] array along axes, by going through all positions. */
function plainly(
  data: readonly number[],
  axes: readonly number[],
  fold: (a: number, b: number) => number,
): number[] {
  const groups = new Map<string, number>();
  data.forEach((each, i) => {
    const index = [Math.floor(i / 12), Math.floor(i / 4) % 3, i % 4];
    const key = index.filter((_, axis) => !axes.includes(axis)).join();
    const before = groups.get(key);
    groups.set(key, before === undefined ? each : fold(before, each));
  });
  return [...groups.values()];
}

test("reductions are what plain loops give", () => {
  const x = noisy([2, 3, 4]);
  const data = elements(x) as number[];
  const folds: Readonly<Record<string, (a: number, b: number) => number>> = {
    sum: (a, b) => a + b,
    prod: (a, b) => a * b,
    amax: Math.max,
    amin: Math.min,
  };
  for (const axes of axesOfThree) {
    for (const [name, fold] of Object.entries(folds)) {
      const got = elements(run(operations[name as "sum"], [x], { axes, keepdims: false })) as number[];
      const expected = plainly(data, axes, fold);
      assert.equal(got.length, expected.length);
      got.forEach((each, i) => {
        assert.ok(Math.abs(each - expected[i]!) < 1e-14, `${name} along ${axes}`);
      });
    }
  }
});

const all = { axes: [0], keepdims: false };
const result = <A>(operation: Operation<A>, input: Value, attributes: A): Scalar[] =>
  elements(runAll(operation, [input], attributes)[0]!);

test("what reductions of nothing, NaN and large integers give", () => {
  const none = value([], [0], float32);
  assert.deepEqual(result(operations.sum, none, all), [0]);
  assert.deepEqual(result(operations.prod, none, all), [1]);
  assert.deepEqual(result(operations.any, none, all), [false]);
  assert.deepEqual(result(operations.all, none, all), [true]);
  const withNaN = value([1, NaN, 3, NaN], [4], float32);
  assert.deepEqual(result(operations.amax, withNaN, all), [NaN]);
  assert.deepEqual(result(operations.amin, withNaN, all), [NaN]);
  assert.deepEqual(result(operations.any, value([NaN], [1]), all), [true]);
  assert.deepEqual(result(operations.argmax, withNaN, { axis: 0, keepdims: false }), [1n]);
  const large = value([2n ** 53n, 1n, 1n], [3], int64);
  assert.deepEqual(result(operations.sum, large, all), [2n ** 53n + 2n]);
  assert.deepEqual(result(operations.sum, value([2n ** 63n - 1n, 1n], [2], int64), all), [-(2n ** 63n)]);
  assert.deepEqual(
    result(operations.prod, value([2 ** 31 - 1, 2 ** 31 - 1], [2], int32), { ...all, dtype: int64 }),
    [(2n ** 31n - 1n) ** 2n],
  );
  assert.deepEqual(result(operations.sum, value([true, true, false], [3], bool), { ...all, dtype: int64 }), [
    2n,
  ]);
  assert.deepEqual(result(operations.amax, value([-5n, -3n], [2], int64), all), [-3n]);
  assert.deepEqual(result(operations.argmax, large, { axis: null, keepdims: true }), [0n]);
  // A thousand times 0.1 in single precision: rounded once.
  assert.deepEqual(result(operations.sum, value(new Array(1000).fill(0.1), [1000], float32), all), [
    Math.fround(100.00000149011612),
  ]);
});

for (const dtype of types) {
  test(`scans, positions and sorting of ${dtype.name} over all layouts`, () => {
    for (const axis of [0, 1, 2]) {
      const x = whole(dtype, [3, 4, 2]);
      checkLayouts(operations.cumsum, [x], { axis });
      checkLayouts(operations.cumprod, [x], { axis, reverse: true });
      checkLayouts(operations.cummax, [x], { axis });
      checkLayouts(operations.cummin, [x], { axis });
      checkLayouts(operations.argmin, [x], { axis, keepdims: false });
      checkLayouts(operations.argmax, [x], { axis, keepdims: true });
      checkLayouts(operations.sort, [x], { axis, descending: axis === 1, stable: true });
    }
    checkLayouts(operations.argmax, [whole(dtype, [3, 4])], { axis: null, keepdims: true });
    checkLayouts(operations.sort, [whole(dtype, [])], { axis: 0, descending: false, stable: true });
    checkLayouts(operations.cumsum, [whole(dtype, [0, 3])], { axis: 0 });
  });
}

test("scans and sorting by value", () => {
  const x = value([3, NaN, 1, 3, 2], [5]);
  const both = <A>(operation: Operation<A>, input: Value, attributes: A): Scalar[][] =>
    runAll(operation, [input], attributes).map(elements);
  assert.deepEqual(both(operations.sort, x, { axis: 0, descending: false, stable: true }), [
    [1, 2, 3, 3, NaN],
    [2n, 4n, 0n, 3n, 1n],
  ]);
  assert.deepEqual(both(operations.sort, x, { axis: 0, descending: true, stable: true }), [
    [NaN, 3, 3, 2, 1],
    [1n, 0n, 3n, 4n, 2n],
  ]);
  assert.deepEqual(both(operations.cummax, x, { axis: 0 }), [
    [3, NaN, NaN, NaN, NaN],
    [0n, 1n, 1n, 1n, 1n],
  ]);
  assert.deepEqual(both(operations.cummin, value([3, 1, 1, 2], [4]), { axis: 0 }), [
    [3, 1, 1, 1],
    [0n, 1n, 2n, 2n],
  ]);
  assert.deepEqual(result(operations.cumsum, value([1, 2, 3], [3]), { axis: 0, reverse: true }), [6, 5, 3]);
  assert.deepEqual(result(operations.cumprod, value([1, 2, 3], [3], int64), { axis: 0 }), [1n, 2n, 6n]);
});

const multiply = (a: Value, b: Value): Value => run(operations.multiply, [a, b]);

/** The gradient, and the gradient's gradient, of a function of one [3, 4] operand. */
function checkBoth(compute: (x: Value) => Value, x: Value, second = true): void {
  checkGradients(([each]) => weighted(compute(each!), multiply), [x], 1e-6);
  if (!second) return;
  checkGradients(
    ([each]) => weighted(gradients(weighted(compute(each!), multiply), [each!])[0]!, multiply),
    [x],
    1e-5,
  );
}

for (const axes of [[0], [1], [0, 1]]) {
  for (const keepdims of [false, true]) {
    test(`gradients of reductions along ${axes}${keepdims ? ", kept" : ""}`, () => {
      for (const name of ["prod", "amax", "amin", "sum"] as const) {
        checkBoth((x) => run(operations[name], [multiply(x, x)], { axes, keepdims }), noisy([3, 4], 5));
      }
      const withZeros = value([0.5, 0, 2, 0.3, 1.5, -1, 0, 0, 0.7, 1, 2, 3], [3, 4]);
      checkBoth((x) => run(operations.prod, [x], { axes, keepdims }), withZeros);
    });
  }
}

test("gradients of scans and of sorting", () => {
  for (const axis of [0, 1]) {
    for (const reverse of [false, true]) {
      checkBoth((x) => run(operations.cumsum, [multiply(x, x)], { axis, reverse }), noisy([3, 4], 3));
      checkBoth((x) => run(operations.cumprod, [x], { axis, reverse }), noisy([3, 4], 3));
      const oneZero = value([0.5, 2, 0, 0.3, 0, -1, 0.4, 2, 0.7, 1, 2, 0], [3, 4]);
      checkBoth((x) => run(operations.cumprod, [x], { axis, reverse }), oneZero);
    }
    checkBoth((x) => run(operations.cummax, [multiply(x, x)], { axis }), noisy([3, 4], 3));
    checkBoth((x) => run(operations.cummin, [multiply(x, x)], { axis }), noisy([3, 4], 3));
    checkBoth(
      (x) => run(operations.sort, [multiply(x, x)], { axis, descending: true, stable: true }),
      noisy([3, 4], 3),
    );
  }
  const zeros = value([0, 0.5, 0, 2], [4]);
  checkBoth((x) => run(operations.cumprod, [x], { axis: 0 }), zeros, false);
});

test("equal extremes share a gradient", () => {
  const x = value([2, 1, 2, 0], [4]);
  const [gradient] = gradients(run(operations.amax, [x], all), [x]);
  assert.deepEqual(elements(gradient!), [0.5, 0, 0.5, 0]);
});

test("sums of double precision keep their last digits", () => {
  const terms = Array.from({ length: 4096 }, (_, i) => 1 / (i + 1));
  const sum = result(operations.sum, value(terms, [4096], float64), all)[0] as number;
  assert.ok(Math.abs(sum - 8.895103896966322) < 1e-14, String(sum));
});
