// Indices: what each form gives, where the axes of arrays go, and how writes reach their places.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as np from "../../src/numpy/index.ts";

const x = np.arange(24).reshape(2, 3, 4);

const shapes: readonly [index: readonly np.Index[], shape: readonly number[]][] = [
  [[0], [3, 4]],
  [
    ["...", null, "1:3"],
    [2, 3, 1, 2],
  ],
  [
    ["::-1", "::2"],
    [2, 2, 4],
  ],
  [[[0, 1]], [2, 3, 4]],
  [
    [":", [0, 2, 1, 0]],
    [2, 4, 4],
  ],
  [
    [0, ":", [1, 2]],
    [2, 3],
  ],
  [
    [":", [0, 1], [1, 2]],
    [2, 2],
  ],
  [
    [[0, 1], ":", [1, 2]],
    [2, 3],
  ],
  [[np.greater(x, 20)], [3]],
  [[true], [1, 2, 3, 4]],
];

for (const [index, shape] of shapes) {
  test(`x.at(${index.map(String).join(", ")}) has shape [${shape}]`, () => {
    assert.deepEqual(x.at(...index).shape, shape);
  });
}

test("columns picked by an array lie as NumPy lays them", () => {
  const picked = x.at(":", [0, 1]);
  assert.deepEqual(picked.strides, [32, 64, 8]);
  assert.equal(picked.flags.owndata, false);
});

test("a mask or a list is written through", () => {
  const y = np.zeros([2, 3]);
  y.set([np.array([true, false])], [1, 2, 3]);
  y.set([1, [0, 2]], 7);
  assert.deepEqual(y.tolist(), [
    [1, 2, 3],
    [7, 0, 7],
  ]);
});

test("a place named twice is written once by set, twice by add.at", () => {
  const y = np.zeros(3);
  y.set([[0, 0, 1]], np.add(y.at([0, 0, 1]), 10));
  assert.deepEqual(y.tolist(), [10, 10, 0]);
  np.add.at(y, [[0, 0, 1]], 10);
  assert.deepEqual(y.tolist(), [30, 20, 0]);
});

const refusals: readonly [index: readonly np.Index[], message: string][] = [
  [[5], "index 5 is out of bounds for axis 0 with size 2"],
  [[0, 0, 0, 0], "too many indices for array: array is 3-dimensional, but 4 were indexed"],
  [["...", "..."], "an index can only have a single ellipsis ('...')"],
  [["::0"], "slice step cannot be zero"],
  [
    [
      [0, 1],
      [0, 1, 2],
    ],
    "shape mismatch: indexing arrays could not be broadcast together with shapes (2,) (3,) ",
  ],
  [
    [np.array([true, false, true])],
    "boolean index did not match indexed array along axis 0; size of axis is 2 but size of corresponding boolean axis is 3",
  ],
];

for (const [index, message] of refusals) {
  test(`refused: ${message}`, () => {
    assert.throws(() => x.at(...index), { message });
  });
}
