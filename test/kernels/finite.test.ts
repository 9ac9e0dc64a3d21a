// Whether numbers are finite: a number that is not is found wherever it stands.

import assert from "node:assert/strict";
import { test } from "node:test";
import { areFinite } from "../../src/kernels/finite.ts";
import { kernels } from "../../src/kernels/use.ts";

const largestFloat = (2 - 2 ** -23) * 2 ** 127;

test("the kernels are there", () => assert.ok(kernels() !== undefined));

test("finite numbers are, the largest and the smallest too", () => {
  for (const length of [0, 1, 15, 16, 17, 63, 1000, 2 ** 16 + 5]) {
    assert.ok(areFinite(new Float32Array(length).fill(largestFloat)), String(length));
    assert.ok(areFinite(new Float32Array(length).fill(-largestFloat)), String(length));
    assert.ok(areFinite(new Float32Array(length).fill(-(2 ** -149))), String(length));
  }
});

test("one that is not is found in every place", () => {
  for (const length of [1, 3, 16, 19, 70, 2 ** 16 + 3]) {
    const values = new Float32Array(length);
    const places =
      length < 100 ? Array.from({ length }, (_, i) => i) : [0, 15, 2 ** 16 - 1, 2 ** 16, length - 1];
    for (const place of places) {
      for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        values[place] = wrong;
        assert.equal(areFinite(values), false, `${wrong} at ${place} of ${length}`);
      }
      values[place] = 1;
    }
  }
});
