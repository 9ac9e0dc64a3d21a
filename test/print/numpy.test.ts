// NumPy's text of arrays and scalars: columns, wrapping, summaries, options. Expected texts are NumPy 2.4's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, complex64, float16, float32, float64, int64 } from "../../src/core/dtype.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import * as print from "../../src/numpy/print.ts";
import { counting, operand } from "./arrays.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

test("floating-point columns", () => {
  const repr = (values: number[]): string => print.arrayRepr(operand("float64", values));
  assert.equal(repr([1, 2.5, -3.25]), "array([ 1.  ,  2.5 , -3.25])");
  assert.equal(repr([1e8, 1]), "array([1.e+08, 1.e+00])");
  assert.equal(repr([0.0001, 0.1]), "array([0.0001, 0.1   ])");
  assert.equal(repr([0.00001, 0.1]), "array([1.e-05, 1.e-01])");
  assert.equal(repr([1 / 3, 2 / 3]), "array([0.33333333, 0.66666667])");
  assert.equal(repr([nan, 1.5, -infinity]), "array([ nan,  1.5, -inf])");
  assert.equal(repr([-0, 0]), "array([-0.,  0.])");
  assert.equal(repr([]), "array([], dtype=float64)");
});

test("the digits and the switch to an exponent are those of the element type", () => {
  assert.equal(print.arrayRepr(operand("float32", [0.1, 0.25])), "array([0.1 , 0.25], dtype=float32)");
  assert.equal(print.arrayRepr(operand("float16", [1 / 3])), "array([0.3333], dtype=float16)");
  assert.equal(print.arrayRepr(operand("float16", [1000])), "array([1.e+03], dtype=float16)");
  assert.equal(print.arrayRepr(operand("float32", [1e6])), "array([1.e+06], dtype=float32)");
  assert.equal(print.arrayRepr(operand("float64", [1e6])), "array([1000000.])");
});

test("integers, booleans and complex numbers", () => {
  assert.equal(print.arrayRepr(operand("int64", [-1, 10])), "array([-1, 10])");
  assert.equal(
    print.arrayRepr(operand("uint64", [0n, 2n ** 64n - 1n])),
    "array([                   0, 18446744073709551615], dtype=uint64)",
  );
  assert.equal(print.arrayRepr(operand("bool", [true, false])), "array([ True, False])");
  assert.equal(print.arrayRepr(operand("bool", [true], [])), "array(True)");
  const values = [
    { re: nan, im: 0 },
    { re: 1, im: -2.5 },
  ];
  assert.equal(print.arrayRepr(operand("complex128", values)), "array([nan+0.j ,  1.-2.5j])");
});

test("rows wrap at the width of a line and axes are set apart", () => {
  assert.equal(
    print.arrayRepr(counting("int64", [2, 2, 3])),
    "array([[[ 0,  1,  2],\n        [ 3,  4,  5]],\n\n       [[ 6,  7,  8],\n        [ 9, 10, 11]]])",
  );
  const text = print.printoptions({ linewidth: 20 }, () => print.arrayRepr(counting("int8", [5])));
  assert.equal(text, "array([0, 1, 2, 3,\n       4],\n      dtype=int8)");
  assert.equal(print.arrayStr(counting("int64", [2, 2])), "[[0 1]\n [2 3]]");
});

test("long arrays are summarised without being read", () => {
  const long = {
    storage: new Storage(new Float64Array([1.5])),
    layout: new Layout(float64, [20000, 20000], [0, 0]),
  };
  const row = "[1.5, 1.5, 1.5, ..., 1.5, 1.5, 1.5]";
  const rows = [row, row, row, "...", row, row, row].join(",\n       ");
  assert.equal(print.arrayRepr(long), `array([${rows}], shape=(20000, 20000))`);
  assert.equal(
    print.printoptions({ threshold: 3, edgeitems: 1 }, () => print.arrayRepr(counting("int64", [4]))),
    "array([0, ..., 3], shape=(4,))",
  );
});

test("strides and odd addresses do not matter", () => {
  const { storage } = counting("int64", [2, 3]);
  assert.equal(
    print.arrayStr({ storage, layout: new Layout(int64, [3, 2], [1, 3]) }),
    "[[0 3]\n [1 4]\n [2 5]]",
  );
  assert.equal(print.arrayStr({ storage, layout: new Layout(int64, [3], [-1], 2) }), "[2 1 0]");
  const odd = new Storage(new Uint8Array([9, 0, 0, 128, 63, 0, 0, 0, 64]));
  assert.equal(print.arrayStr({ storage: odd, layout: new Layout(float32, [2], [4], 1, 1) }), "[1. 2.]");
});

test("options", () => {
  const values = operand("float64", [1.23456, -0.001, 1000]);
  const repr = (changes: print.PrintOptionChanges): string =>
    print.printoptions(changes, () => print.arrayRepr(values));
  assert.equal(repr({ precision: 2 }), "array([ 1.23e+00, -1.00e-03,  1.00e+03])");
  assert.equal(repr({ precision: 2, suppress: true }), "array([   1.23,   -0.  , 1000.  ])");
  assert.equal(
    repr({ suppress: true, floatmode: "fixed", precision: 3 }),
    "array([   1.235,   -0.001, 1000.000])",
  );
  assert.equal(repr({ suppress: true, sign: "+" }), "array([   +1.23456,    -0.001  , +1000.     ])");
  assert.equal(
    repr({ formatter: { float_kind: (x: number) => x.toFixed(1) } }),
    "array([1.2, -0.0, 1000.0])",
  );
  assert.equal(print.getPrintoptions().precision, 8);
  const notNumber = operand("float64", [nan, infinity, 1]);
  assert.equal(
    print.printoptions({ nanstr: "NA", infstr: "oo" }, () => print.arrayRepr(notNumber)),
    "array([NA, oo, 1.])",
  );
});

test("setPrintoptions lasts and checks its values", () => {
  print.setPrintoptions({ precision: 1 });
  try {
    assert.equal(print.arrayStr(operand("float64", [0.25])), "[0.2]");
  } finally {
    print.setPrintoptions({ precision: 8 });
  }
  assert.equal(print.arrayStr(operand("float64", [0.25]), 75, 1), "[0.2]");
  assert.throws(() => print.setPrintoptions({ sign: "*" as "+" }), { name: "ValueError" });
  assert.throws(() => print.setPrintoptions({ floatmode: "x" as "fixed" }), { name: "ValueError" });
  assert.throws(() => print.setPrintoptions({ threshold: nan }), { name: "ValueError" });
  assert.throws(() => print.setPrintoptions(8, { line_width: 3 } as object), {
    name: "TypeError",
    message: "set_printoptions() got an unexpected keyword argument 'line_width'",
  });
  assert.throws(() => print.setPrintoptions({ precision: 1.5 }), { name: "TypeError" });
  assert.throws(() => print.array2string(operand("float64", [1]), { precision: -1 }), { name: "ValueError" });
});

test("array2string", () => {
  const values = operand("float64", [1, 2.5, 3]);
  assert.equal(print.array2string(values, { separator: " | ", precision: 1 }), "[1.  | 2.5 | 3. ]");
  assert.equal(print.array2string(values, { prefix: "x = ", maxLineWidth: 15 }), "[1.  2.5\n     3. ]");
  assert.equal(print.array2string(operand("float64", [])), "[]");
});

test("scalars and element types", () => {
  assert.equal(print.scalarRepr(Math.fround(0.1), float32), "np.float32(0.1)");
  assert.equal(print.scalarRepr(16777216, float32), "np.float32(1.6777216e+07)");
  assert.equal(print.scalarRepr(65504, float16), "np.float16(6.55e+04)");
  assert.equal(print.scalarStr(1e15, float64), "1000000000000000.0");
  assert.equal(print.scalarRepr(3n, int64), "np.int64(3)");
  assert.equal(print.scalarRepr(true, bool), "np.True_");
  assert.equal(print.scalarRepr({ re: 1e10, im: 2 }, complex64), "np.complex64(1e+10+2j)");
  assert.equal(print.scalarStr({ re: 0, im: 2 }, complex64), "2j");
  assert.equal(print.arrayStr(operand("float64", [1 / 3], [])), "0.3333333333333333");
  assert.equal(print.dtypeRepr(float32), "dtype('float32')");
  assert.equal(print.dtypeRepr(print.bytesType(3)), "dtype('S3')");
  assert.equal(print.dtypeStr(print.bytesType(3)), "|S3");
});
