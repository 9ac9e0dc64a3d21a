// The buckets of distances, against those that transformers 5.18 gives.

import assert from "node:assert/strict";
import { test } from "node:test";
import { distanceBuckets } from "../../src/models/transformers/relative-position.ts";

const distances = [
  -300, -128, -127, -91, -64, -46, -32, -16, -9, -8, -7, -1, 0, 1, 7, 8, 11, 12, 15, 16, 23, 32, 64, 90, 91,
  127, 128, 300,
];

const recorded = [
  {
    isOneSided: false,
    count: 32,
    maxDistance: 128,
    want: [
      15, 15, 15, 15, 14, 13, 12, 10, 8, 8, 7, 1, 0, 17, 23, 24, 24, 25, 25, 26, 27, 28, 30, 30, 31, 31, 31,
      31,
    ],
  },
  {
    isOneSided: true,
    count: 32,
    maxDistance: 128,
    want: [31, 31, 31, 29, 26, 24, 21, 16, 9, 8, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  },
  {
    isOneSided: false,
    count: 14,
    maxDistance: 50,
    want: [6, 6, 6, 6, 6, 6, 6, 5, 4, 4, 4, 1, 0, 8, 11, 11, 11, 11, 12, 12, 12, 13, 13, 13, 13, 13, 13, 13],
  },
];

for (const { want, ...buckets } of recorded) {
  test(`${buckets.count} buckets up to ${buckets.maxDistance}, ${buckets.isOneSided ? "one side" : "both sides"}`, () => {
    const all = distanceBuckets(601, 601, buckets);
    const got = distances.map((distance) => all.at(300, 300 + distance).item());
    assert.deepEqual(got, want);
  });
}

test("with keys of earlier calls the queries are the last positions", () => {
  const buckets = { isOneSided: true, count: 32, maxDistance: 128 };
  const last = distanceBuckets(1, 10, buckets).tolist();
  assert.deepEqual(last, [[9, 8, 7, 6, 5, 4, 3, 2, 1, 0]]);
});
