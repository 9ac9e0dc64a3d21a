// NumPy's text of arrays of text, bytes, objects, dates and records. Expected texts are NumPy 2.4's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, float32, float64, int32 } from "../../src/core/dtype.ts";
import * as print from "../../src/numpy/print.ts";
import { numberType } from "../../src/numpy/print-type.ts";

const { printableItems } = print;
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

test("text and bytes", () => {
  const words = printableItems([3], print.textType(5), ["a", "it's", "日本"]);
  assert.equal(print.arrayRepr(words), `array(['a', "it's", '日本'], dtype='<U5')`);
  assert.equal(print.arrayStr(words), `['a' "it's" '日本']`);
  assert.equal(print.arrayStr(printableItems([], print.textType(3), ["abc"])), "abc");
  const bytes = printableItems([1], print.bytesType(2), [ascii("ab")]);
  assert.equal(print.arrayRepr(bytes), "array([b'ab'], dtype='|S2')");
  const raw = printableItems([1], print.voidType(2), [Uint8Array.of(171, 0)]);
  assert.equal(print.arrayRepr(raw), "array([b'\\xAB\\x00'], dtype='|V2')");
});

test("objects, and words of several lines", () => {
  const objects = printableItems<unknown>([4], print.objectType(), [1.5, "a", null, [1, 2]]);
  assert.equal(print.arrayRepr(objects), "array([1.5, 'a', None, list([1, 2])], dtype=object)");
  const inner = { repr: () => "array([[0, 1],\n       [2, 3]])" };
  assert.equal(
    print.arrayRepr(printableItems<unknown>([2], print.objectType(), [inner, 7])),
    "array([array([[0, 1],\n              [2, 3]]), 7], dtype=object)",
  );
});

test("dates and durations", () => {
  const notATime = -(2n ** 63n);
  const text = (type: string, counts: bigint[]): string =>
    print.arrayStr(printableItems([counts.length], print.dateType(type), counts));
  assert.equal(text("M8[D]", [18262n, notATime]), "['2020-01-01'        'NaT']");
  assert.equal(text("M8[Y]", [-1n, 9000n]), "[ '1969' '10970']");
  assert.equal(text("M8[M]", [-1n]), "['1969-12']");
  assert.equal(text("M8[h]", [-1n]), "['1969-12-31T23']");
  assert.equal(text("M8[ms]", [123456789n]), "['1970-01-02T10:17:36.789']");
  assert.equal(text("m8[s]", [1n, -5n, notATime]), "[    1    -5 'NaT']");
  assert.equal(print.arrayStr(printableItems([], print.dateType("m8[25s]"), [3n])), "75 seconds");
  assert.equal(print.dtypeStr(print.dateType("m8[25s]")), "timedelta64[25s]");
});

test("records", () => {
  const type = print.recordType([
    { name: "x", type: numberType(float32), shape: [] },
    { name: "b", type: numberType(bool), shape: [] },
    { name: "s", type: print.bytesType(3), shape: [] },
  ]);
  const items = [
    [1, true, ascii("a")],
    [Math.fround(2.123456789), false, ascii("it")],
  ];
  assert.equal(
    print.arrayRepr(printableItems([2], type, items)),
    "array([(1.       ,  True, b'a'), (2.1234567, False, b'it')],\n      dtype=[('x', '<f4'), ('b', '?'), ('s', 'S3')])",
  );
  assert.equal(print.arrayStr(printableItems([], type, items)), "(1.0, True, b'a')");
  const one = print.recordType([{ name: "v", type: numberType(float64), shape: [2, 2] }]);
  assert.equal(
    print.arrayRepr(printableItems([1], one, [[[1, 2.5, 3, 4]]])),
    "array([([[1. , 2.5], [3. , 4. ]],)], dtype=[('v', '<f8', (2, 2))])",
  );
  const nested = print.recordType([
    {
      name: "r",
      type: print.recordType([{ name: "i", type: numberType(int32), shape: [] }]),
      shape: [],
    },
  ]);
  assert.equal(
    print.arrayRepr(printableItems([1], nested, [[[5]]])),
    "array([((5,),)], dtype=[('r', [('i', '<i4')])])",
  );
});
