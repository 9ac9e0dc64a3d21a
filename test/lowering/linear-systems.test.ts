// Systems of linear equations as nodes of ONNX: the factors, pivots and solutions of the reference device, of matrices in batches
// that are stretched to one another, singular ones among them; and integers to integer powers.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type DType, float32, float64, int32 } from "../../src/core/dtype.ts";
import type { Operand, Scalar } from "../../src/core/elements.ts";
import { product } from "../../src/core/layout.ts";
import type { Operation } from "../../src/core/op.ts";
import { operations } from "../../src/ops/index.ts";
import { type Arrangement, compare, operandOf, release } from "./compared.ts";
import { wholes } from "./values.ts";

after(release);

/** Numbers from -1 to 1 that look random. */
function numbers(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * 0.9;
  });
}

const matrices = (dtype: DType, shape: readonly number[], seed: number, lies?: Arrangement): Operand =>
  operandOf(dtype, shape, numbers(product(shape), seed), lies);

/** Compares an operation of these operands on both devices. */
function agrees<A>(operation: Operation<A>, operands: readonly Operand[], attributes: A): void {
  const { why, difference, worst } = compare(operation, operands, attributes, { isZeroOpen: true, least: 1 });
  assert.equal(why, undefined, operation.name);
  const tolerance = operands[0]!.layout.dtype === float32 ? 1e-6 : 1e-11;
  assert.ok(difference <= tolerance, `${operation.name}: ${worst}`);
}

for (const dtype of [float32, float64]) {
  test(`factors and solutions of ${dtype}`, () => {
    for (const [shape, seed] of [
      [[1, 1], 1],
      [[3, 3], 2],
      [[2, 4, 4], 3],
      [[3, 1, 5, 5], 4],
    ] as const) {
      const a = matrices(dtype, shape, seed, "turned");
      const n = shape.at(-1)!;
      agrees(operations.luFactor, [a], undefined);
      agrees(operations.inverse, [a], undefined);
      for (const lead of [[], [2], [3, 2]]) {
        const b = matrices(dtype, [...lead, n, 3], seed + 7);
        agrees(operations.solve, [a, b], undefined);
        for (const upper of [true, false]) {
          agrees(operations.solveTriangular, [a, b], { upper, unit: true });
          agrees(operations.solveTriangular, [a, b], { upper, unit: false });
          agrees(operations.choleskySolve, [b, a], { upper });
        }
      }
    }
    for (const shape of [
      [4, 2],
      [2, 3, 6],
    ])
      agrees(operations.luFactor, [matrices(dtype, shape, 5)], undefined);
  });

  test(`singular matrices of ${dtype} say where they are`, () => {
    const values = [1, 2, 2, 4, 3, 1, 1, 3, 0, 0, 0, 0];
    const a = operandOf(dtype, [3, 2, 2], values);
    agrees(operations.luFactor, [a], undefined);
    agrees(operations.inverse, [a], undefined);
    agrees(operations.solve, [a, operandOf(dtype, [2, 1], [1, 2])], undefined);
  });

  test(`Cholesky's factor of ${dtype}`, () => {
    const positive = [4, 0, 0, 2, 5, 0, -1, 1, 6];
    const broken = [4, 0, 0, 2, 1, 0, -1, 1, 6];
    const a = operandOf(dtype, [2, 3, 3], [...positive, ...broken]);
    agrees(operations.cholesky, [a], undefined);
    agrees(operations.cholesky, [operandOf(dtype, [1, 1], [2])], undefined);
  });
}

test("permutations from the rows that were exchanged", () => {
  const pivots = operandOf(int32, [2, 3], [3, 3, 3, 1, 4, 3]);
  for (const dtype of [float32, float64]) agrees(operations.permutationMatrix, [pivots], { rows: 4, dtype });
});

test("integers to integer powers wrap", () => {
  for (const dtype of wholes.filter(({ name }) => name !== "uint64")) {
    const isBig = dtype.compute === "big";
    const of = (values: readonly number[]): Scalar[] =>
      values.map((value) => (isBig ? BigInt(value) : value));
    const bases = dtype.kind === "signed" ? [0, 1, -1, 2, -3, 7, 100, -128] : [0, 1, 2, 3, 7, 100, 255];
    const exponents = [0, 1, 2, 3, 7, 8, 31, 63, 100];
    const operands = [operandOf(dtype, [bases.length, 1], of(bases)), operandOf(dtype, [9], of(exponents))];
    for (const rules of ["numpy", "torch"] as const) {
      const { why, difference, worst } = compare(operations.power, operands, { rules });
      assert.deepEqual([why, difference], [undefined, 0], `${dtype}: ${worst}`);
    }
    if (dtype.kind !== "signed") continue;
    const below = operandOf(dtype, [4], of([-1, -2, -3, 2]));
    const { why, difference, worst } = compare(operations.power, [operands[0]!, below], { rules: "torch" });
    assert.deepEqual([why, difference], [undefined, 0], `${dtype}: ${worst}`);
    assert.throws(
      () => compare(operations.power, [operands[0]!, below], { rules: "numpy" }),
      /negative integer powers/,
    );
  }
});
