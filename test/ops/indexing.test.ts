// Indexing with arrays of indices: values, repeated places, errors, every element type, layouts, and gradients.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type DType, dtypes, float16, float32, int32, int64, uint8 } from "../../src/core/dtype.ts";
import { elements, type Scalar } from "../../src/core/elements.ts";
import { multiply } from "../../src/ops/binary.ts";
import * as indexing from "../../src/ops/indexing.ts";
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
const range = (count: number, shape: number[]) =>
  value(
    Array.from({ length: count }, (_, i) => i),
    shape,
  );
const indices = (data: number[], shape: number[] = [data.length]) => value(data, shape, int64);

test("take replaces an axis by the index's shape", () => {
  const x = range(12, [3, 4]);
  const rows = run(indexing.take, [x, indices([2, 0, 2, 1], [2, 2])], { axis: 0 });
  assert.deepEqual(rows.layout.shape, [2, 2, 4]);
  assert.deepEqual(numbers(rows), [8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7]);
  assert.deepEqual(numbers(run(indexing.take, [x, indices([3, 1])], { axis: 1 })), [3, 1, 7, 5, 11, 9]);
  assert.deepEqual(numbers(run(indexing.take, [x, value([1], [], uint8)], { axis: 0 })), [4, 5, 6, 7]);
});

test("gather and scatter along an axis", () => {
  const x = range(6, [2, 3]);
  const index = indices([2, 0, 1, 1], [2, 2]);
  assert.deepEqual(numbers(run(indexing.gather, [x, index], { axis: 1 })), [2, 0, 4, 4]);
  assert.deepEqual(numbers(run(indexing.gather, [x, indices([1, 0], [1, 2])], { axis: 0 })), [3, 1]);
  const source = value([10, 20, 30, 40], [2, 2]);
  assert.deepEqual(numbers(run(indexing.scatter, [x, index, source], { axis: 1 })), [20, 1, 10, 3, 40, 5]);
  assert.deepEqual(numbers(run(indexing.scatter, [x, index, 7], { axis: 1 })), [7, 1, 7, 3, 7, 5]);
  assert.deepEqual(numbers(run(indexing.scatterAdd, [x, index, source], { axis: 1 })), [20, 1, 12, 3, 74, 5]);
  assert.deepEqual(numbers(run(indexing.gather, [value([5], []), value([0], [], int64)], { axis: 0 })), [5]);
});

test("several axes at once, in place or in front, negative indices from the end", () => {
  const x = range(24, [2, 3, 4]);
  const [i, j] = [indices([0, 1]), indices([-1, 0])];
  const kept = run(indexing.indexGet, [x, i, j], { axes: [1, 2], position: 1 });
  assert.deepEqual(
    [kept.layout.shape, numbers(kept)],
    [
      [2, 2],
      [3, 4, 15, 16],
    ],
  );
  const front = run(indexing.indexGet, [x, i, j], { axes: [0, 2], position: 0 });
  assert.deepEqual(
    [front.layout.shape, numbers(front)],
    [
      [2, 3],
      [3, 7, 11, 12, 16, 20],
    ],
  );
});

test("writing and adding; where places repeat, the last stays or all are summed", () => {
  const x = range(4, [4]);
  const places = indices([1, 1, -1]);
  const values = value([10, 20, 30]);
  const at = { axes: [0], position: 0 };
  assert.deepEqual(
    numbers(run(indexing.indexPut, [x, values, places], { ...at, accumulate: false })),
    [0, 20, 2, 30],
  );
  assert.deepEqual(
    numbers(run(indexing.indexPut, [x, values, places], { ...at, accumulate: true })),
    [0, 31, 2, 33],
  );
  assert.deepEqual(
    numbers(run(indexing.indexPut, [x, 9, places], { ...at, accumulate: false })),
    [0, 9, 2, 9],
  );
  assert.deepEqual(numbers(x), [0, 1, 2, 3]);
});

test("an index outside its axis is refused before anything is read", () => {
  const x = range(6, [2, 3]);
  const refused = (index: number, axis: number, size: number) => ({
    name: "IndexError",
    message: `index ${index} is out of bounds for dimension ${axis} with size ${size}`,
  });
  assert.throws(() => run(indexing.take, [x, indices([0, 5])], { axis: 1 }), refused(5, 1, 3));
  assert.throws(() => run(indexing.take, [x, indices([-1])], { axis: 0 }), refused(-1, 0, 2));
  assert.throws(() => run(indexing.gather, [x, indices([3], [1, 1])], { axis: 1 }), refused(3, 1, 3));
  assert.throws(() => run(indexing.scatter, [x, indices([2], [1, 1]), 1], { axis: 0 }), refused(2, 0, 2));
  const at = { axes: [0], position: 0 };
  assert.throws(() => run(indexing.indexGet, [x, indices([-3])], at), refused(-3, 0, 2));
  assert.throws(() => run(indexing.indexGet, [x, indices([2 ** 40])], at), refused(2 ** 40, 0, 2));
  assert.throws(
    () => run(indexing.indexPut, [x, 1, indices([2])], { ...at, accumulate: true }),
    refused(2, 0, 2),
  );
});

test("every element type moves unchanged", () => {
  for (const dtype of dtypes) {
    const data: Scalar[] = dtype.isComplex
      ? [
          { re: 1, im: 2 },
          { re: 0.5, im: -4 },
        ]
      : [1, 2];
    const x = value(data, [2], dtype);
    const all = elements(x);
    const swap = indices([1, 0]);
    const at = { axes: [0], position: 0 };
    assert.deepEqual(elements(run(indexing.take, [x, swap], { axis: 0 })), all.toReversed(), dtype.name);
    assert.deepEqual(elements(run(indexing.gather, [x, swap], { axis: 0 })), all.toReversed(), dtype.name);
    assert.deepEqual(elements(run(indexing.indexGet, [x, swap], at)), all.toReversed(), dtype.name);
    assert.deepEqual(
      elements(run(indexing.scatter, [x, swap, x], { axis: 0 })),
      all.toReversed(),
      dtype.name,
    );
  }
  const nan = value([0], [1], float32);
  (nan.storage.view(int32) as Int32Array)[0] = 0x7f812345;
  const moved = run(indexing.take, [nan, indices([0])], { axis: 0 });
  assert.equal((moved.storage.view(int32) as Int32Array)[0], 0x7f812345);
});

test("sums are those of the type", () => {
  const sum = (dtype: DType, data: Scalar[]) =>
    elements(
      run(indexing.takeGradient, [value(data, [data.length], dtype), indices(data.map(() => 0))], {
        axis: 0,
        length: 1,
      }),
    )[0];
  assert.equal(sum(int64, [2n ** 60n, 1n]), 2n ** 60n + 1n);
  assert.equal(sum(uint8, [200, 100]), 44);
  assert.equal(sum(float16, [2048, 1, 1]), 2048);
  assert.equal(sum(dtypes.find((dtype) => dtype.name === "bool")!, [0, 1]), true);
  assert.deepEqual(
    sum(dtypes.find((dtype) => dtype.isComplex)!, [
      { re: 1, im: 2 },
      { re: 3, im: 4 },
    ]),
    { re: 4, im: 6 },
  );
});

const pair = () => indices([1, 0, 1, 2], [2, 2]);

test("every layout gives one result", () => {
  const x = noisy([3, 4, 2]);
  for (const axis of [0, 1, 2]) {
    checkLayouts(indexing.take, [x, indices([1, 0, 1])], { axis });
    const index = indices([0, 1, 1, 0, 1, 0], [3, 1, 2]);
    checkLayouts(indexing.gather, [x, index], { axis });
    checkLayouts(indexing.gatherGradient, [noisy([3, 1, 2]), index], { axis, shape: [3, 4, 2] });
    checkLayouts(indexing.scatterAdd, [x, index, noisy([3, 1, 2], 2)], { axis });
  }
  checkLayouts(indexing.scatter, [noisy([2, 3]), indices([2, 0], [2, 1]), noisy([2, 2], 2)], { axis: 1 });
  checkLayouts(indexing.takeGradient, [noisy([3, 2, 2]), pair()], { axis: 1, length: 4 });
  const at = { axes: [0, 2], position: 0 };
  const [i, j] = [pair(), indices([0, 1, 0, -1], [2, 2])];
  checkLayouts(indexing.indexGet, [x, i, j], at);
  checkLayouts(indexing.indexGet, [x, i], { axes: [1], position: 1 });
  checkLayouts(indexing.indexGradient, [noisy([2, 2, 4]), i, j], { ...at, shape: [3, 4, 2] });
  for (const accumulate of [true, false]) {
    checkLayouts(indexing.indexPut, [x, noisy([2, 2, 4], 2), i, j], { ...at, accumulate });
  }
  checkLayouts(indexing.take, [noisy([3, 2]), value([], [0], int64)], { axis: 0 });
  checkLayouts(indexing.take, [value([], [3, 0]), indices([1])], { axis: 0 });
});

test("gradients, and gradients of gradients", () => {
  const at = { axes: [0], position: 0 };
  const once = (form: (from: readonly Value[]) => Value) => (from: readonly Value[]) =>
    weighted(product(form(from), form(from)), product);
  const distinct = () => indices([2, 0], [2, 1]);
  const cases: readonly (readonly [readonly Value[], (from: readonly Value[]) => Value])[] = [
    [[noisy([3, 2])], ([x]) => run(indexing.take, [x!, pair()], { axis: 0 })],
    [[noisy([2, 3])], ([x]) => run(indexing.gather, [x!, pair()], { axis: 1 })],
    [[noisy([2, 3]), noisy([2, 1])], ([x, s]) => run(indexing.scatter, [x!, distinct(), s!], { axis: 1 })],
    [[noisy([2, 3]), noisy([2, 2])], ([x, s]) => run(indexing.scatter, [x!, distinct(), s!], { axis: 1 })],
    [[noisy([2, 3]), noisy([2, 2])], ([x, s]) => run(indexing.scatterAdd, [x!, pair(), s!], { axis: 1 })],
    [[noisy([3, 2])], ([x]) => run(indexing.indexGet, [x!, pair()], at)],
    [
      [noisy([3, 2]), noisy([2])],
      ([x, v]) => run(indexing.indexPut, [x!, v!, indices([2, 0])], { ...at, accumulate: false }),
    ],
    [
      [noisy([3, 2]), noisy([2])],
      ([x, v]) => run(indexing.indexPut, [x!, v!, pair()], { ...at, accumulate: true }),
    ],
  ];
  for (const [sources, form] of cases) {
    checkGradients(once(form), sources);
    checkGradients(
      (from) => weighted(product(gradients(once(form)(from), from)[0]!, from[0]!), product),
      sources,
    );
  }
});
