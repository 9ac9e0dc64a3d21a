// Numbers and strings as Python writes them, and the digits behind them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decimalDigits, floatFormOf } from "../../src/core/digits.ts";
import { float16, float32, float64 } from "../../src/core/dtype.ts";
import { float } from "../../src/core/python.ts";
import {
  bytesRepr,
  characterCount,
  complexRepr,
  floatRepr,
  formatExponent,
  formatFixed,
  formatGeneral,
  pythonRepr,
  stringRepr,
  tupleText,
} from "../../src/core/text.ts";

test("repr of a float", () => {
  const cases: [number, string][] = [
    [1, "1.0"],
    [-0, "-0.0"],
    [0.1, "0.1"],
    [1e-4, "0.0001"],
    [1e-5, "1e-05"],
    [1.5e-7, "1.5e-07"],
    [9007199254740992, "9007199254740992.0"],
    [1e16, "1e+16"],
    [123456789012345680, "1.2345678901234568e+17"],
    [5e-324, "5e-324"],
    [Number.NaN, "nan"],
    [Number.NEGATIVE_INFINITY, "-inf"],
  ];
  for (const [value, text] of cases) assert.equal(floatRepr(value), text);
});

test("digits to a place are those of the exact value, halves to even", () => {
  assert.equal(formatFixed(0.5, 0), "0");
  assert.equal(formatFixed(1.5, 0), "2");
  assert.equal(formatFixed(2.5, 0), "2");
  assert.equal(formatFixed(-0.125, 2), "-0.12");
  assert.equal(formatFixed(0.375, 2), "0.38");
  assert.equal(formatFixed(1.005, 2), "1.00");
  assert.equal(formatFixed(-0.001, 1), "-0.0");
  assert.equal(formatFixed(1e22, 1), "10000000000000000000000.0");
  assert.equal(formatFixed(1e23, 0), "99999999999999991611392");
  assert.equal(formatFixed(0.1, 30), "0.100000000000000005551115123126");
  assert.equal(formatExponent(2.5, 0), "2e+00");
  assert.equal(formatExponent(12345.678, 4), "1.2346e+04");
  assert.equal(formatExponent(0, 2), "0.00e+00");
  assert.equal(formatExponent(1e-310, 3), "1.000e-310");
  assert.equal(formatExponent(9.9996, 3), "1.000e+01");
});

test("general format leaves trailing zeros out", () => {
  assert.equal(formatGeneral(100000), "100000");
  assert.equal(formatGeneral(1000000), "1e+06");
  assert.equal(formatGeneral(3.4028234663852886e38), "3.40282e+38");
  assert.equal(formatGeneral(0.0009765625), "0.000976562");
  assert.equal(formatGeneral(0), "0");
});

test("the shortest digits are those of the number's own type", () => {
  const shortest = (value: number, dtype: typeof float32): string => {
    const { digits, exponent } = decimalDigits(value, floatFormOf(dtype), { unique: true, fractional: true });
    return `${digits}e${exponent}`;
  };
  assert.equal(shortest(Math.fround(0.1), float32), "1e-1");
  assert.equal(shortest(0.1, float32), "1e-1");
  assert.equal(shortest(1e-50, float32), "0e0");
  assert.equal(shortest(Math.fround(0.1), float64), "10000000149011612e-1");
  assert.equal(shortest(0.0999755859375, float16), "1e-1");
  assert.equal(shortest(65504, float16), "655e4");
  assert.equal(shortest(2 ** -149, float32), "1e-45");
  assert.equal(shortest(2 ** 24, float32), "16777216e7");
  assert.equal(shortest(2 ** -1074, float64), "5e-324");
});

test("repr of strings and bytes", () => {
  assert.equal(stringRepr("it's"), `"it's"`);
  assert.equal(stringRepr(`it's "x"`), `'it\\'s "x"'`);
  assert.equal(stringRepr("a\nb\t\\\u0007\u00ad\u00a0\u2028日"), "'a\\nb\\t\\\\\\x07\\xad\\xa0\\u2028日'");
  assert.equal(stringRepr("\u{e0001}\u{1f600}"), "'\\U000e0001\u{1f600}'");
  assert.equal(bytesRepr(Uint8Array.of(0, 39, 92, 10, 127, 255, 65)), `b"\\x00'\\\\\\n\\x7f\\xffA"`);
  assert.equal(characterCount("a\u{1f600}b"), 3);
});

test("repr of complex numbers, tuples and containers", () => {
  assert.equal(complexRepr({ re: 1, im: -2.5 }), "(1-2.5j)");
  assert.equal(complexRepr({ re: 0, im: -0 }), "-0j");
  assert.equal(complexRepr({ re: -0, im: 1 }), "(-0+1j)");
  assert.equal(tupleText([]), "()");
  assert.equal(tupleText([2]), "(2,)");
  assert.equal(
    pythonRepr([null, true, 3, float(3), 2n ** 70n, 0.5, "a", new Map<unknown, unknown>([[1, { b: [] }]])]),
    "[None, True, 3, 3.0, 1180591620717411303424, 0.5, 'a', {1: {'b': []}}]",
  );
});
