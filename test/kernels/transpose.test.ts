// Copies between layouts whose dense axes differ: bits arrive unchanged wherever they are moved by kernels or by tiles.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dtypes } from "../../src/core/dtype.ts";
import { Layout, permute } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { moveElements } from "../../src/devices/reference/move.ts";
import { moveMatrix } from "../../src/devices/reference/tiles.ts";
import { transposeLines } from "../../src/kernels/transpose.ts";
import { kernels } from "../../src/kernels/use.ts";

test("the kernels are there", () => assert.ok(kernels() !== undefined));

/** Bytes of all values, NaN with all payloads among them, whatever type they are seen as. */
function bytesOf(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  let state = 12345;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1103515245) + 12345) | 0;
    bytes[i] = (state >>> 16) & 0xff;
  }
  return bytes;
}

/** The bytes of the elements in row-major order, element by element. */
function inOrder(bytes: Uint8Array, { dtype, shape, strides, offset, size }: Layout): Uint8Array {
  const { itemSize } = dtype;
  const result = new Uint8Array(size * itemSize);
  const index = shape.map(() => 0);
  for (let i = 0; i < size; i++) {
    const at = index.reduce((sum, place, axis) => sum + place * strides[axis]!, offset) * itemSize;
    result.set(bytes.subarray(at, at + itemSize), i * itemSize);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return result;
}

const sized = [1, 2, 4, 8, 16].map((size) => dtypes.find(({ itemSize }) => itemSize === size)!);

const shapes = [
  ...[1, 2, 3, 4, 5, 7, 8, 9, 15, 17, 33].flatMap((rows) => [
    [rows, 3],
    [rows, 8],
    [rows, 65],
    [rows, 130],
    [3, rows],
    [200, rows],
  ]),
  [129, 517],
  [1500, 70],
  [33, 3001],
  [1100, 300],
];

for (const dtype of sized) {
  test(`transposed matrices of elements of ${dtype.itemSize} bytes`, () => {
    for (const [rows, columns] of shapes as [number, number][]) {
      const bytes = bytesOf(rows * columns * dtype.itemSize);
      const turned = permute(Layout.contiguous(dtype, [rows, columns]), [1, 0]);
      const target = new Uint8Array(bytes.length);
      moveElements(
        { storage: new Storage(bytes), layout: turned },
        { storage: new Storage(target), layout: Layout.contiguous(dtype, [columns, rows]) },
      );
      assert.deepEqual(target, inOrder(bytes, turned), `${rows} x ${columns}`);
    }
  });

  test(`parts of matrices of elements of ${dtype.itemSize} bytes, into parts`, () => {
    for (const [rows, columns] of shapes as [number, number][]) {
      // Lines of both lie apart, and both begin behind the first element.
      const [from, to] = [columns + 5, rows + 3];
      const bytes = bytesOf((rows * from + 7) * dtype.itemSize);
      const turned = new Layout(dtype, [columns, rows], [1, from], 7);
      const wide = new Layout(dtype, [columns, rows], [to, 1], 2);
      const target = new Uint8Array((columns * to + 2) * dtype.itemSize).fill(0xa5);
      moveElements(
        { storage: new Storage(bytes), layout: turned },
        { storage: new Storage(target), layout: wide },
      );
      assert.deepEqual(inOrder(target, wide), inOrder(bytes, turned), `${rows} x ${columns}`);
      for (let i = 0; i < columns; i++) {
        const gap = target.subarray(
          (2 + i * to + rows) * dtype.itemSize,
          (2 + (i + 1) * to) * dtype.itemSize,
        );
        assert.ok(
          gap.every((byte) => byte === 0xa5),
          "what lies between the lines stays",
        );
      }
      assert.ok(target.subarray(0, 2 * dtype.itemSize).every((byte) => byte === 0xa5));
    }
  });
}

test("images between channels first and channels last", () => {
  for (const dtype of sized) {
    for (const channels of [1, 3, 4, 5, 16, 70]) {
      for (const order of [
        [0, 2, 3, 1],
        [0, 3, 1, 2],
        [3, 2, 1, 0],
        [1, 0, 3, 2],
        [2, 0, 1, 3],
      ]) {
        const layout = Layout.contiguous(dtype, [2, channels, 9, 31]);
        const bytes = bytesOf(layout.size * dtype.itemSize);
        const permuted = permute(layout, order);
        const target = new Uint8Array(bytes.length);
        moveElements(
          { storage: new Storage(bytes), layout: permuted },
          { storage: new Storage(target), layout: Layout.contiguous(dtype, permuted.shape) },
        );
        assert.deepEqual(target, inOrder(bytes, permuted), `${dtype} ${channels} ${order}`);
      }
    }
  }
});

test("negative and wide steps", () => {
  const dtype = sized[2]!;
  const bytes = bytesOf(4 * 100 * 100);
  for (const [strides, offset] of [
    [[-1, 100], 99],
    [[1, -100], 9900],
    [[2, 200], 0],
    [[0, 1], 5],
    [[1, 0], 5],
  ] as const) {
    const layout = new Layout(dtype, [50, 50], strides, offset);
    const target = new Uint8Array(4 * 2500);
    moveElements(
      { storage: new Storage(bytes), layout },
      { storage: new Storage(target), layout: Layout.contiguous(dtype, [50, 50]) },
    );
    assert.deepEqual(target, inOrder(bytes, layout), String(strides));
  }
});

test("the kernels take large matrices over, and leave short lines that lie apart", () => {
  const moved = (rows: number, columns: number, apart: number): boolean => {
    const [step, toStep] = [4 * (columns + apart), 4 * (rows + apart)];
    const source = { bytes: new Uint8Array(rows * step), start: 0, step };
    const target = { bytes: new Uint8Array(columns * toStep), start: 0, step: toStep };
    return transposeLines(source, target, rows, columns, 4);
  };
  assert.equal(moved(300, 300, 0), true);
  assert.equal(moved(300, 300, 1), true);
  assert.equal(moved(3, 3000, 0), true);
  assert.equal(moved(3, 3000, 1), false);
  assert.equal(moved(3000, 3, 1), false);
  assert.equal(moved(3, 3, 0), false);
});

test("tiles without kernels", () => {
  for (const words of [1, 2, 4]) {
    for (const [rows, columns] of shapes as [number, number][]) {
      const source = Int32Array.from({ length: rows * columns * words }, (_, i) => i);
      const target = new Int32Array(source.length);
      const steps = [columns * words, words, words, rows * words] as const;
      moveMatrix(source, 0, target, 0, steps, rows, columns, words);
      for (let i = 0; i < source.length; i++) {
        const [word, element] = [i % words, Math.floor(i / words)];
        const [column, row] = [Math.floor(element / rows), element % rows];
        assert.equal(target[i], (row * columns + column) * words + word);
      }
    }
  }
});
