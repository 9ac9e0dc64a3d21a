// Which reshapes need no copy, against what PyTorch's `view` and NumPy's `reshape` give; element types seen anew.

import assert from "node:assert/strict";
import { test } from "node:test";
import { complex64, float32, int16, uint8 } from "../../src/core/dtype.ts";
import { extent, Layout } from "../../src/core/layout.ts";
import {
  mayOverlap,
  numpyReshapeStrides,
  partView,
  reshapeStrides,
  viewAsComplex,
  viewAsReal,
  viewDtype,
} from "../../src/core/layout-reshape.ts";

type Row = readonly [number[], number[], number[], number[] | null, number[] | null, number[] | null];

/** Shape, strides, new shape; then strides as PyTorch has them, NumPy in order C, NumPy in order F. Null: a copy. */
const rows: readonly Row[] = [
  [[2, 3, 4], [12, 4, 1], [6, 4], [4, 1], [4, 1], null],
  [[2, 3, 4], [12, 4, 1], [24], [1], [1], null],
  [[4, 3, 2], [1, 4, 12], [12, 2], null, null, [1, 12]],
  [[4, 3, 2], [1, 4, 12], [4, 6], null, null, [1, 4]],
  [[2, 1, 4], [4, 99, 1], [8], [1], [1], null],
  [
    [2, 1, 4],
    [4, 99, 1],
    [2, 4, 1, 1],
    [4, 1, 1, 1],
    [4, 1, 1, 1],
    [4, 1, 4, 4],
  ],
  [[3, 4], [0, 1], [12], null, null, null],
  [
    [3, 4],
    [0, 1],
    [3, 2, 2],
    [0, 2, 1],
    [0, 2, 1],
    [0, 1, 2],
  ],
  [[3, 4], [0, 0], [12], [0], [0], [0]],
  [[1], [7], [1, 1], [7, 7], [1, 1], [1, 1]],
  [[], [], [1, 1], [1, 1], [1, 1], [1, 1]],
  [
    [2, 4],
    [8, 2],
    [2, 2, 2],
    [8, 4, 2],
    [8, 4, 2],
    [8, 2, 4],
  ],
  [[2, 4], [8, 2], [8], [2], [2], null],
  [[1, 4], [100, 1], [4], [1], [1], [1]],
  [
    [2, 0],
    [1, 1],
    [0, 5],
    [5, 1],
    [5, 1],
    [1, 1],
  ],
  [
    [2, 0],
    [3, 7],
    [2, 0],
    [3, 7],
    [3, 7],
    [3, 7],
  ],
  [[1, 1], [5, 9], [1], [9], [1], [1]],
];

test("strides under another shape", () => {
  for (const [shape, strides, wanted, torch, numpyC, numpyF] of rows) {
    const layout = new Layout(uint8, shape, strides, 0);
    const message = `[${shape}] by [${strides}] as [${wanted}]`;
    assert.deepEqual(reshapeStrides(layout, wanted) ?? null, torch, `PyTorch: ${message}`);
    assert.deepEqual(numpyReshapeStrides(layout, wanted, "C") ?? null, numpyC, `NumPy C: ${message}`);
    assert.deepEqual(numpyReshapeStrides(layout, wanted, "F") ?? null, numpyF, `NumPy F: ${message}`);
  }
});

test("negative strides are split, not merged across a turn", () => {
  const rowsReversed = new Layout(uint8, [3, 4], [-4, 1], 8);
  assert.deepEqual(numpyReshapeStrides(rowsReversed, [3, 2, 2], "C"), [-4, 2, 1]);
  assert.equal(numpyReshapeStrides(rowsReversed, [12], "C"), undefined);
});

test("bytes as elements of another size", () => {
  const wide = viewDtype(new Layout(uint8, [2, 8], [8, 1], 8), float32);
  assert.deepEqual([wide.shape, wide.strides, wide.offset, wide.unit], [[2, 2], [2, 1], 2, 4]);
  const narrow = viewDtype(new Layout(float32, [3], [1], 1), int16);
  assert.deepEqual([narrow.shape, narrow.strides, narrow.offset], [[6], [1], 2]);
  const odd = viewDtype(new Layout(uint8, [4], [1], 1), float32);
  assert.deepEqual([odd.shape, odd.offset, odd.unit, odd.isAligned], [[1], 1, 1, false]);
});

test("complex numbers as pairs and back, and their parts", () => {
  const complex = new Layout(complex64, [2, 3], [1, 2], 1);
  const pairs = viewAsReal(complex);
  assert.deepEqual(
    [pairs.dtype, pairs.shape, pairs.strides, pairs.offset],
    [float32, [2, 3, 2], [2, 4, 1], 2],
  );
  assert.deepEqual(viewAsComplex(pairs), complex);
  const imaginary = partView(complex, 1);
  assert.deepEqual([imaginary.shape, imaginary.strides, imaginary.offset], [[2, 3], [2, 4], 3]);
});

test("what may overlap, and where an offset reaches", () => {
  assert.equal(mayOverlap(Layout.contiguous(uint8, [3, 4])), false);
  assert.equal(mayOverlap(new Layout(uint8, [3, 4], [-4, -1], 11)), false);
  assert.equal(mayOverlap(new Layout(uint8, [3, 2], [1, 1], 0)), true);
  assert.equal(mayOverlap(new Layout(uint8, [3], [0], 0)), true);
  assert.equal(mayOverlap(new Layout(uint8, [1, 3], [0, 1], 0)), false);
  assert.deepEqual(extent(new Layout(uint8, [3, 4], [-4, -1], 11)), { low: 0, high: 11 });
});
