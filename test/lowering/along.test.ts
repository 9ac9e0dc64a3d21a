// Reductions, scans, sorting and joining as nodes of ONNX give what the reference device gives.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  bfloat16,
  bool,
  type DType,
  float16,
  float32,
  float64,
  int64,
  uint32,
} from "../../src/core/dtype.ts";
import type { Operation } from "../../src/core/op.ts";
import { operations } from "../../src/ops/index.ts";
import { arrangementsFor, compare, operandOf, release } from "./compared.ts";
import { everyReal, fewBits, floating, numeric, oddValues, wholes } from "./values.ts";

after(release);

const reductions = [
  { axes: [], keepdims: false },
  { axes: [1], keepdims: false },
  { axes: [0, 2], keepdims: true },
  { axes: [0, 1, 2], keepdims: false },
];
const positions = [
  { axis: null, keepdims: false },
  { axis: null, keepdims: true },
  { axis: 1, keepdims: false },
  { axis: 2, keepdims: true },
];
const scans = [{ axis: 1 }, { axis: 2, reverse: true }, { axis: 0, reverse: false }];
const orders = [
  { axis: 1, descending: false, stable: true },
  { axis: 2, descending: true, stable: false },
];

/** Operations of one operand along axes. */
interface Group {
  readonly names: string;
  readonly attributes: readonly unknown[];
  readonly types: readonly DType[];
  readonly values?: (dtype: DType) => readonly unknown[];
  readonly isZeroOpen?: boolean;
  readonly tolerance?: number;
}

const groups: readonly Group[] = [
  { names: "any all amax amin", attributes: reductions, types: everyReal, isZeroOpen: true },
  { names: "argmax argmin", attributes: positions, types: everyReal },
  { names: "sort", attributes: orders, types: everyReal },
  { names: "cummax cummin", attributes: scans.map(({ axis }) => ({ axis })), types: everyReal },
  { names: "sum prod productOfOthers", attributes: reductions, types: wholes },
  { names: "sum", attributes: reductions, types: floating, values: fewBits, isZeroOpen: true },
  { names: "cumsum cumprod", attributes: scans, types: wholes },
  // In double precision, as here, but for the order in which factors meet.
  {
    names: "prod productOfOthers cumprod",
    attributes: reductions.slice(0, 3).map((each) => ({ ...each, axis: 1 })),
    types: [float16, bfloat16, float32],
    isZeroOpen: true,
  },
  { names: "cumsum", attributes: scans, types: floating, isZeroOpen: true },
  { names: "cumprod logcumsumexp", attributes: scans, types: floating, isZeroOpen: true, tolerance: 4e-16 },
];

for (const { names, attributes, types, values = oddValues, isZeroOpen, tolerance = 0 } of groups) {
  for (const name of names.split(" ")) {
    test(`${name} of ${types.join(" ")}`, () => {
      const operation = operations[name as keyof typeof operations] as Operation<unknown>;
      for (const dtype of types) {
        for (const given of attributes) {
          for (const arrangement of arrangementsFor(dtype)) {
            const x = operandOf(dtype, [4, 7, 5], values(dtype) as readonly number[], arrangement);
            const { why, difference, worst } = compare(operation, [x], given, { isZeroOpen });
            const form = `${name} ${JSON.stringify(given)} of ${dtype} in ${arrangement}`;
            assert.equal(why, undefined, form);
            assert.ok(difference <= tolerance, `${form}: ${worst}`);
          }
        }
      }
    });
  }
}

test("sums, products and running ones have the type that is asked for", () => {
  for (const from of everyReal) {
    for (const dtype of [int64, float32, float64, uint32]) {
      const x = operandOf(from, [3, 4], fewBits(from));
      for (const operation of [operations.sum, operations.prod]) {
        const { why, difference } = compare(operation, [x], { axes: [1], keepdims: false, dtype });
        assert.deepEqual([why, difference], [undefined, 0], `${operation.name} ${from} ${dtype}`);
      }
      if (from.kind === "float" && dtype.isInteger) continue;
      const { why, difference } = compare(operations.cumsum, [x], { axis: 1, dtype }, { isZeroOpen: true });
      assert.deepEqual([why, difference], [undefined, 0], `cumsum ${from} ${dtype}`);
    }
  }
});

test("extremes of 64-bit integers, of which the library compares the lower halves", () => {
  const values = [2n ** 32n - 1n, 7n, 2n ** 31n, -1n, 2n ** 33n + 5n, 0n, -(2n ** 40n), 3n];
  const x = operandOf(int64, [8], values);
  for (const operation of [operations.amax, operations.amin]) {
    assert.equal(compare(operation, [x], { axes: [0], keepdims: true }).difference, 0);
  }
  for (const operation of [operations.maximum, operations.minimum, operations.fmax]) {
    assert.equal(compare(operation, [x, operandOf(int64, [8, 1], values)], undefined).difference, 0);
  }
});

test("sums of 64-bit integers are exact, which the library's are not", () => {
  const x = operandOf(int64, [5], [2n ** 53n, 1n, 1n, 1n, 2n ** 62n]);
  assert.equal(compare(operations.sum, [x], { axes: [0], keepdims: false }).difference, 0);
});

test("numbers alone are sorted, scanned and reduced", () => {
  for (const dtype of everyReal) {
    const x = operandOf(dtype, [], [1]);
    const cases: readonly [Operation<never>, unknown][] = [
      [operations.sort, orders[0]],
      [operations.cumsum, { axis: 0, dtype: dtype === bool ? int64 : dtype }],
      [operations.cummax, { axis: 0 }],
      [operations.argmax, { axis: null, keepdims: false }],
      [operations.argmin, { axis: null, keepdims: false }],
      [operations.amax, { axes: [], keepdims: false }],
    ];
    for (const [operation, attributes] of cases) {
      const { why, difference } = compare(operation as Operation<unknown>, [x], attributes);
      assert.deepEqual([why, difference], [undefined, 0], `${operation.name} ${dtype}`);
    }
  }
});

test("arrays are joined along an axis", () => {
  for (const dtype of everyReal) {
    const operands = [2, 1, 3].map((length, i) => operandOf(dtype, [4, length], oddValues(dtype).slice(i)));
    const { why, difference } = compare(operations.concatenate, operands, { axis: 1 });
    assert.deepEqual([why, difference], [undefined, 0]);
  }
});

test("an order of many equal elements is that of their places", () => {
  for (const dtype of numeric) {
    const x = operandOf(dtype, [3000], fewBits(dtype));
    for (const descending of [false, true]) {
      const { why, difference } = compare(operations.sort, [x], { axis: 0, descending, stable: true });
      assert.deepEqual([why, difference], [undefined, 0], String(dtype));
    }
  }
});
