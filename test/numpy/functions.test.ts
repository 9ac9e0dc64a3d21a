// Functions of arrays beyond what single recorded calls show: memory shared and written, and functions as arguments.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as np from "../../src/numpy/index.ts";

test("where= leaves the other elements of out= as they are, whatever its type", () => {
  const out = np.array([0.5, 1.5, 2.5]);
  const result = np.add(np.array([1, 2, 3], "uint8"), 10, { out, where: [true, false, true] });
  assert.equal(result, out);
  assert.deepEqual(out.tolist(), [11, 1.5, 13]);
});

test("integers that meet in 64 bits are multiplied in 64 bits", () => {
  const product = np.multiply(np.array([4294967290], "uint32"), np.array([2], "int8"));
  assert.equal(product.dtype, np.int64);
  assert.deepEqual(product.tolist(), [8589934580]);
});

test("einsum of one operand that only moves axes is a view", () => {
  const matrix = np.arange(9).reshape(3, 3).copy();
  const diagonal = np.einsum("ii->i", matrix);
  diagonal.fill(7);
  assert.deepEqual(np.diag(matrix).tolist(), [7, 7, 7]);
  assert.ok(np.sharesMemory(np.einsum("ij->ji", matrix), matrix));
});

test("einsum takes axes as numbers, and the order that einsumPath gives", () => {
  const [a, b, c] = [np.ones([2, 8]), np.ones([8, 3]), np.ones([3, 4])];
  assert.deepEqual(np.einsum(a, [0, 1], b, [1, 2]).tolist(), [
    [8, 8, 8],
    [8, 8, 8],
  ]);
  const [path, account] = np.einsumPath("ij,jk,kl->il", a, b, c);
  assert.equal(path[0], "einsum_path");
  assert.match(account, /Complete contraction: {2}ij,jk,kl->il/);
  assert.deepEqual(
    np.einsum("ij,jk,kl->il", a, b, c, { optimize: path }).tolist(),
    np.einsum("ij,jk,kl->il", a, b, c).tolist(),
  );
});

test("functions that write do so in the caller's memory", () => {
  const data = new Float32Array([3, 1, 2, 0]);
  const x = np.fromTypedArray(data);
  x.put([0, -1], [9, 8]);
  assert.deepEqual([...data], [9, 1, 2, 8]);
  np.putmask(x, np.greater(x, 5), 0);
  assert.deepEqual([...data], [0, 1, 2, 0]);
  np.fillDiagonal(x.reshape(2, 2), 5);
  assert.deepEqual([...data], [5, 1, 2, 5]);
  np.place(x.at("::-1"), [true, false, false, false], [4]);
  assert.deepEqual([...data], [5, 1, 2, 4]);
  x.partition(1);
  assert.deepEqual([...data].slice(0, 2), [1, 2]);
});

test("vectorize, applyAlongAxis and pad take functions of one's own", () => {
  const hypotenuse = np.vectorize((a: np.NDArray, b: np.NDArray) =>
    Math.hypot(Number(a.item()), Number(b.item())),
  );
  assert.deepEqual(hypotenuse([3, 5], [4, 12]).tolist(), [5, 13]);
  const spread = np.applyAlongAxis((line) => np.subtract(np.max(line), np.min(line)), 1, [
    [1, 5],
    [2, 9],
  ]);
  assert.deepEqual(spread.tolist(), [4, 7]);
  const padded = np.pad([1, 2], 1, (vector, [before, after]) => {
    vector.set([`:${before}`], -1);
    vector.set([`${vector.size - after}:`], -2);
  });
  assert.deepEqual(padded.tolist(), [-1, 1, 2, -2]);
});

test("grids and joins by index", () => {
  assert.deepEqual(np.mgrid.at("0:2", "0:3").shape, [2, 2, 3]);
  assert.deepEqual(np.mgrid.at("0:1:3j").tolist(), [0, 0.5, 1]);
  assert.deepEqual(np.r_.at("0:3", 7, [8, 9]).tolist(), [0, 1, 2, 7, 8, 9]);
  assert.deepEqual(np.c_.at([1, 2], [3, 4]).tolist(), [
    [1, 3],
    [2, 4],
  ]);
  assert.deepEqual(
    [...np.ndindex(2, 2)],
    [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ],
  );
});

test("types belong to families", () => {
  assert.ok(np.issubdtype(np.float32, np.floating));
  assert.ok(!np.issubdtype("int8", np.inexact));
  assert.ok(np.isdtype(np.uint8, ["bool", "unsigned integer"]));
});
