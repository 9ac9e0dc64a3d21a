// Arrays of text, bytes, objects, dates and records: making, printing, indexing, converting, saving by NumPy and loading.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as np from "../../src/numpy/index.ts";
import * as torch from "../../src/torch/index.ts";

test("the type is found in the values", () => {
  assert.equal(np.array(["a", "bc"]).repr(), "array(['a', 'bc'], dtype='<U2')");
  assert.equal(np.array(["a", 1]).repr(), "array(['a', '1'], dtype='<U21')");
  assert.equal(np.array(["a", 0.5]).dtype.repr(), "dtype('<U32')");
  assert.equal(np.array(["a", null]).repr(), "array(['a', None], dtype=object)");
  assert.equal(np.array([1, [2, 3]], { dtype: "O" }).repr(), "array([1, list([2, 3])], dtype=object)");
  assert.equal(np.array([np.bytes_("a"), np.bytes_("bc")]).repr(), "array([b'a', b'bc'], dtype='|S2')");
  const dates = np.array(["2020", "2021-02-03T05"], { dtype: "datetime64" });
  assert.equal(String(dates), "['2020-01-01T00' '2021-02-03T05']");
  assert.throws(() => np.array(["a", [1, 2]]), /inhomogeneous shape after 1 dimensions/);
});

test("types by name", () => {
  const texts = (["<U5", "S3", "V4", "O", "datetime64[25s]", ">f4", "str"] as const).map((name) => {
    const type = np.dtype(name);
    return [type.repr(), String(type), type.name, type.itemsize];
  });
  assert.deepEqual(texts, [
    ["dtype('<U5')", "<U5", "str160", 20],
    ["dtype('S3')", "|S3", "bytes24", 3],
    ["dtype('V4')", "|V4", "void32", 4],
    ["dtype('O')", "object", "object", 8],
    ["dtype('<M8[25s]')", "datetime64[25s]", "datetime64[25s]", 8],
    ["dtype('>f4')", ">f4", "float32", 4],
    ["dtype('<U')", "<U0", "str", 0],
  ]);
  assert.equal(np.dtype("float32"), np.float32);
  assert.throws(() => np.dtype("U5x"), { name: "TypeError", message: "data type 'U5x' not understood" });
});

test("views share their items, arrays as indices copy", () => {
  const x = np.array([
    ["a", "b", "c"],
    ["d", "e", "f"],
  ]);
  x.T.set([2, 0], "zzz");
  assert.deepEqual(x.tolist(), [
    ["a", "b", "z"],
    ["d", "e", "f"],
  ]);
  const picked = x.at([1, 0], 0);
  picked.set(0, "q");
  assert.deepEqual([picked.tolist(), x.at(1, 0).item()], [["q", "a"], "d"]);
  assert.equal(x.at(0, 1).repr(), "np.str_('b')");
  assert.deepEqual(x.reshape(3, -1).shape, [3, 2]);
  x.set([1], ["k", "l", "m"]);
  assert.equal(String(x.at("...", "1:")), "[['b' 'z']\n ['l' 'm']]");
});

test("objects are themselves", () => {
  const table = new Map([["a", 1]]);
  const x = np.array([table, null], { dtype: "O" });
  assert.equal(x.at(0), table);
  assert.equal(np.array(table).item(), table);
  assert.equal(String(np.empty(2, "O")), "[None None]");
});

test("dates count from 1970 in their unit", () => {
  const texts = ["1969-12-31", "2000-02-29", "0001-01-01", "NaT"];
  const days = np.array(texts, { dtype: "datetime64[D]" });
  assert.deepEqual(days.tolist(), [-1n, 11016n, -719162n, null]);
  assert.deepEqual(
    days.items.map((_, i) => String(days.at(i))),
    texts,
  );
  const fine = np.datetime64("2020-01-01T01:02:03.0045", "us");
  assert.equal(fine.repr(), "np.datetime64('2020-01-01T01:02:03.004500')");
  assert.equal(np.timedelta64(5, "s").repr(), "np.timedelta64(5,'s')");
  assert.throws(() => np.datetime64("2021-02-29"), /Day out of range in datetime string "2021-02-29"/);
});

test("a field of numbers shares the records' memory, also with a tensor", () => {
  const x = np.zeros(3, {
    dtype: [
      ["x", "f4"],
      ["y", "i4"],
      ["s", "U2"],
    ],
  });
  const field = x.field("x") as np.NDArray;
  assert.deepEqual(field.strides, [16]);
  torch.fromNumpy(field).set([1], 0.5);
  x.set("y", [1, 2, 3]);
  x.set("s", ["a", "bcd", ""]);
  x.set(2, [7, 8, "z"]);
  assert.equal(String(x), "[(0. , 1, 'a') (0.5, 2, 'bc') (7. , 8, 'z')]");
  assert.deepEqual(field.tolist(), [0, 0.5, 7]);
  assert.equal(String(x.at("::-1").at("y")), "[8 2 1]");
});

test("numbers from text, and text of numbers", () => {
  assert.deepEqual(np.array(["1", "2.5", "-inf"]).astype("float64").tolist(), [1, 2.5, -Infinity]);
  assert.deepEqual(np.array([1, 300], { dtype: "U2" }).tolist(), ["1", "30"]);
  assert.equal(np.arange(2, { dtype: ">i4" }).repr(), "array([0, 1], dtype='>i4')");
  assert.equal(np.array([1, 2]).astype("O").at(1), 2);
  assert.throws(() => np.array(["x"], { dtype: "float64" }), {
    name: "ValueError",
    message: "could not convert string to float: 'x'",
  });
});

test("no tensor is made of them", () => {
  assert.throws(() => torch.tensor(np.array(["a"]) as unknown as np.NDArray), {
    name: "TypeError",
    message: /^can't convert np.ndarray of type numpy.str_\./,
  });
});
