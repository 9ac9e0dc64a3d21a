// Types that operands meet in, Python's numbers beside arrays (NEP 50), and values that do not fit.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as np from "../../src/numpy/index.ts";

test("a list of whole numbers is int64, any other float64", () => {
  assert.equal(np.array([1, 2]).dtype, np.int64);
  assert.equal(np.array([1, 2.5]).dtype, np.float64);
  assert.equal(np.array([np.float(1)]).dtype, np.float64);
  assert.equal(np.array([true, false]).dtype, np.bool);
  assert.equal(np.array([2n ** 63n]).dtype, np.uint64);
  assert.equal(np.array([{ re: 1, im: 2 }]).dtype, np.complex128);
});

test("a Python number takes the array's type where its kind allows", () => {
  const x = np.ones(2, "float32");
  assert.equal(np.multiply(x, 2.5).dtype, np.float32);
  assert.equal(np.multiply(x, np.array(2.5)).dtype, np.float64);
  assert.equal(np.add(np.ones(2, "uint8"), 1).dtype, np.uint8);
  assert.equal(np.add(np.ones(2, "uint8"), np.float(1)).dtype, np.float64);
  assert.equal(np.add(np.ones(2, "int8"), np.ones(2, "uint8")).dtype, np.int16);
});

test("a Python integer that does not fit is refused; comparing with it is not", () => {
  const x = np.ones(2, "uint8");
  const refused = { name: "OverflowError", message: "Python integer 300 out of bounds for uint8" };
  assert.throws(() => np.add(x, 300), refused);
  assert.throws(() => x.fill(300), refused);
  assert.deepEqual(np.less(x, 300).tolist(), [true, true]);
});

test("64-bit integers are exact, mixed signs too", () => {
  const x = np.array([2n ** 63n - 1n]);
  assert.deepEqual(np.subtract(x, 1).tolist(), [2n ** 63n - 2n]);
  assert.deepEqual(np.equal(np.array([-1n]), np.array([2n ** 64n - 1n], "uint64")).tolist(), [false]);
});

test("an output of too small a kind is refused", () => {
  const x = np.ones(2, "int32");
  assert.throws(() => np.add(x, 1.5, { out: x }), {
    name: "UFuncTypeError",
    message:
      "Cannot cast ufunc 'add' output from dtype('float64') to dtype('int32') with casting rule 'same_kind'",
  });
});
