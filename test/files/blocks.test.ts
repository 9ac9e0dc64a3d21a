// Memory of tensors that are read together: pieces of few blocks.

import assert from "node:assert/strict";
import { test } from "node:test";
import { read } from "../../src/files/index.ts";
import { memoryInBlocks } from "../../src/files/memory/blocks.ts";
import { writeSafetensors } from "../../src/files/safetensors/write.ts";
import type { ArrayValue } from "../../src/files/values.ts";
import * as np from "../../src/numpy/index.ts";

test("pieces lie in one block, apart from each other, where a vector may begin", () => {
  const sizes = [5, 64, 0, 100, 4096];
  const allocate = memoryInBlocks(sizes);
  const pieces = sizes.map((size) => allocate(undefined, size));
  assert.deepEqual(
    pieces.map(({ byteLength }) => byteLength),
    sizes,
  );
  assert.equal(new Set(pieces.map(({ buffer }) => buffer)).size, 1);
  pieces.forEach((piece, i) => {
    assert.equal(piece.byteOffset % 64, 0);
    piece.fill(i + 1);
  });
  for (const [i, piece] of pieces.entries()) assert.ok(piece.every((byte) => byte === i + 1));
});

test("what was not announced has memory of its own", () => {
  const allocate = memoryInBlocks([64]);
  const [first, second] = [allocate(undefined, 64), allocate(undefined, 1000)];
  assert.equal(second.byteLength, 1000);
  assert.notEqual(first.buffer, second.buffer);
});

test("a block is no larger than 256 MiB; larger pieces have memory of their own", () => {
  const size = 2 ** 27 + 2 ** 20;
  const allocate = memoryInBlocks([size, size, 2 ** 29]);
  const buffers = [size, size, 2 ** 29].map((each) => allocate(undefined, each).buffer);
  assert.equal(new Set(buffers).size, 3);
  assert.ok(buffers[0]!.byteLength <= 2 ** 28);
});

test("tensors of a file read whole share a block, and keep to their own bytes", async () => {
  const arrays = [3, 7, 1].map((n, i) => [`a${i}`, np.full([n], i + 1, { dtype: "float32" })] as const);
  const { tree } = await read(await writeSafetensors(arrays));
  const values = arrays.map(([name]) => (tree as ReadonlyMap<string, ArrayValue>).get(name)!);
  assert.equal(new Set(values.map(({ storage }) => storage.buffer)).size, 1);
  assert.deepEqual(
    values.map(({ storage }) => storage.byteLength),
    [12, 28, 4],
  );
  assert.deepEqual([...values[1]!.storage.view(np.float32)], Array(7).fill(2));
});
