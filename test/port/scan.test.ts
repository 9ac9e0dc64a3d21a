// The pass over an array of floats, in the kernels and without them: short arrays whole, long ones by a sample.

import assert from "node:assert/strict";
import { test } from "node:test";
import { scanFloats } from "../../src/port/judge/scan.ts";

function noise(length: number, scale: number): Float32Array {
  let state = 12345;
  return Float32Array.from({ length }, (_, i) => {
    state = (Math.imul(state, 1103515245) + 12345) | 0;
    return i % 7 === 3 ? 0 : (state / 2 ** 31) * scale;
  });
}

test("of short arrays all numbers count, from the place given on", () => {
  for (const length of [1, 2, 5, 64, 1000, 2 ** 14 + 3]) {
    const values = noise(length + 9, 3);
    const scan = scanFloats(values, 5, length)!;
    const own = [...values.subarray(5, 5 + length)];
    assert.equal(scan.zeros, own.filter((x) => x === 0).length);
    assert.equal(scan.min, Math.min(...own) + 0);
    assert.equal(scan.max, Math.max(...own) + 0);
    const sum = own.reduce((total, x) => total + x, 0);
    const squares = own.reduce((total, x) => total + x * x, 0);
    assert.ok(Math.abs(scan.sum - sum) <= 1e-12 * length, String(length));
    assert.ok(Math.abs(scan.squares - squares) <= 1e-12 * length, String(length));
    if (length <= 2 ** 12) {
      const exponents = own.filter((x) => x !== 0).map((x) => Math.floor(Math.log2(Math.abs(x))) + 127);
      assert.equal(scan.sampled, exponents.length);
      assert.equal(
        scan.exponents,
        exponents.reduce((total, x) => total + x, 0),
      );
      assert.equal(
        scan.exponentSquares,
        exponents.reduce((total, x) => total + x * x, 0),
      );
    }
  }
});

test("what is not finite is told, wherever it is", () => {
  for (const length of [1, 70, 2 ** 20 + 100]) {
    for (const place of [0, length >> 1, length - 1]) {
      for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const values = new Float32Array(length).fill(0.5);
        values[place] = wrong;
        assert.equal(scanFloats(values, 0, length), undefined, `${wrong} at ${place} of ${length}`);
      }
    }
  }
});

test("of long arrays a sample tells zeros, sums and deviation; one number throughout is seen to be that", () => {
  const length = 2 ** 20 + 50;
  const scan = scanFloats(noise(length, 2), 0, length)!;
  assert.ok(Math.abs(scan.zeros / length - 1 / 7) < 0.02);
  assert.ok(Math.abs(scan.sum / length) < 0.1);
  // Uniform numbers from -2 to 2, a seventh of them zero: variance 4/3 * 6/7.
  assert.ok(Math.abs(scan.squares / length - 8 / 7) < 0.1);
  const constant = scanFloats(new Float32Array(length).fill(-0.25), 0, length)!;
  assert.deepEqual([constant.min, constant.max, constant.zeros], [-0.25, -0.25, 0]);
  assert.equal(constant.sum, -0.25 * length);
});
