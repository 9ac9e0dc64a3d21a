// Arrays share memory where NumPy's do, refuse what NumPy refuses in its words, and lie in memory as NumPy lays them.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as np from "../../src/numpy/index.ts";

test("a typed array's memory is the array's, both ways", () => {
  const data = new Float32Array([1, 2, 3, 4]);
  const x = np.fromTypedArray(data, { shape: [2, 2] });
  x.set([0, 1], 9);
  data[2] = 7;
  assert.deepEqual([...data], [1, 9, 7, 4]);
  assert.deepEqual(x.tolist(), [
    [1, 9],
    [7, 4],
  ]);
  assert.equal(x.flags.owndata, false);
});

test("views share memory, copies do not", () => {
  const x = np.arange(12).reshape(3, 4);
  const views = [
    x.T,
    x.at("1:", "::-1"),
    x.ravel(),
    x.diagonal(),
    np.broadcastTo(x, [2, 3, 4]),
    x.view("int32"),
  ];
  for (const view of views) assert.ok(np.sharesMemory(view, x));
  const copies = [x.copy(), x.flatten(), x.T.ravel(), x.at([0, 1]), x.at(np.greater(x, 3)), np.add(x, 0)];
  for (const copy of copies) assert.ok(!np.sharesMemory(copy, x));
  assert.ok(np.mayShareMemory(x.at("...", "::2"), x.at("...", "1::2")));
  assert.ok(!np.sharesMemory(x.at("...", "::2"), x.at("...", "1::2")));
});

test("an element is a scalar with a type, not a view", () => {
  const x = np.array([1.5, 2.5]);
  const first = x.at(0);
  x.set([0], 9);
  assert.equal(first.item(), 1.5);
  assert.ok(np.isscalar(first));
  assert.equal(first.repr(), "np.float64(1.5)");
  assert.ok(!np.isscalar(x.at("...", 0)));
});

test("strides are in bytes and follow the operands", () => {
  const x = np.asfortranarray(np.arange(6).reshape(2, 3));
  assert.deepEqual(x.strides, [8, 16]);
  assert.deepEqual(np.add(x, 1).strides, [8, 16]);
  assert.deepEqual(np.add(x, np.ascontiguousarray(x)).strides, [24, 8]);
  assert.deepEqual(x.astype("float32").strides, [4, 8]);
  assert.deepEqual(x.copy().strides, [24, 8]);
});

test("assignment to overlapping parts acts as if the source were copied first", () => {
  const x = np.arange(5);
  x.set(["1:"], x.at(":-1"));
  assert.deepEqual(x.tolist(), [0, 0, 1, 2, 3]);
  np.add(x.at("1:"), x.at(":-1"), { out: x.at("1:") });
  assert.deepEqual(x.tolist(), [0, 0, 1, 3, 5]);
});

test("what cannot be written says so", () => {
  const x = np.broadcastTo(np.arange(3), [2, 3]);
  assert.throws(() => x.set([0], 1), { name: "ValueError", message: "assignment destination is read-only" });
  assert.throws(() => np.add(x, 1, { out: x }), { message: "output array is read-only" });
  assert.throws(() => x.sort(), { message: "sort array is read-only" });
});

test("a shape is set in place, or not at all", () => {
  const x = np.arange(6).reshape(2, 3);
  x.shape = [3, 2];
  assert.deepEqual(x.tolist(), [
    [0, 1],
    [2, 3],
    [4, 5],
  ]);
  const turned = x.T;
  assert.throws(
    () => {
      turned.shape = [6];
    },
    { name: "AttributeError", message: /^Incompatible shape for in-place modification/ },
  );
});

test("bytes at odd places are read and written", () => {
  const bytes = np.arange(9, { dtype: "uint8" });
  const x = bytes.at("1:").view("float32");
  x.set(["..."], [1, 2]);
  assert.deepEqual(np.multiply(x, 2).tolist(), [2, 4]);
  assert.equal(x.flags.aligned, false);
  assert.deepEqual(bytes.at("1:5").tolist(), [0, 0, 128, 63]);
});

test("files of arrays keep type, order and names", async () => {
  const x = np.asfortranarray(np.arange(6, { dtype: "float32" }).reshape(2, 3));
  const loaded = await np.load(np.save(x));
  assert.ok(loaded instanceof np.NDArray);
  assert.ok(loaded.flags.fContiguous && !loaded.flags.cContiguous);
  assert.deepEqual(loaded.tolist(), x.tolist());
  const archive = await np.load(await np.savezCompressed(x, { w: [1, 2] }));
  assert.ok(archive instanceof Map);
  assert.deepEqual([...archive.keys()], ["arr_0", "w"]);
});
