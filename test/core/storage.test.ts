// Storages and layouts: memory is zeroed and nobody else's, whatever its size; layouts of one shape are one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dtypes, float32, float64, int64, uint8 } from "../../src/core/dtype.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";

test("memory of every size and type is zeroed, and apart from all other memory", () => {
  const storages: Storage[] = [];
  for (const dtype of dtypes) {
    for (const length of [0, 1, 3, 16, 17, 33, 200, 1000]) {
      const storage = Storage.allocate(dtype, length);
      assert.equal(storage.byteLength, length * dtype.itemSize);
      assert.equal(storage.bytes().length, storage.byteLength);
      assert.ok(storage.bytes().every((byte) => byte === 0));
      storage.bytes().fill((storages.length % 255) + 1);
      storages.push(storage);
    }
  }
  storages.forEach((storage, i) => {
    assert.ok(storage.bytes().every((byte) => byte === (i % 255) + 1));
  });
});

test("any type looks at memory that was made for another", () => {
  for (const length of [3, 17, 129, 1001]) {
    const storage = Storage.allocate(uint8, length);
    for (const dtype of dtypes) {
      const { length: seen } = storage.view(dtype);
      assert.equal(seen, Math.floor(length / dtype.array.BYTES_PER_ELEMENT), dtype.name);
    }
  }
});

test("row-major layouts of one type and shape are one, and keep their shape", () => {
  const shape = [2, 3];
  const layout = Layout.contiguous(float32, shape);
  shape[0] = 7;
  assert.deepEqual(layout.shape, [2, 3]);
  assert.equal(Layout.contiguous(float32, [2, 3]), layout);
  assert.notEqual(Layout.contiguous(float64, [2, 3]), layout);
  assert.deepEqual(Layout.contiguous(float32, [7, 3]).strides, [3, 1]);
  for (let i = 0; i < 5000; i++) {
    const other = Layout.contiguous(int64, [i, 2]);
    assert.deepEqual([other.shape, other.strides, other.size, other.dtype], [[i, 2], [2, 1], 2 * i, int64]);
  }
});
