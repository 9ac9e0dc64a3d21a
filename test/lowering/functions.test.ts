// Elementwise operations in ONNX Runtime: each over its floating types and several layouts, at numbers from its range and at
// odd ones, against the reference device.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { bfloat16, type DType, float16, float32, float64 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import * as activations from "../../src/ops/activations.ts";
import * as bessel from "../../src/ops/bessel.ts";
import * as distribution from "../../src/ops/distribution.ts";
import * as exponential from "../../src/ops/exponential.ts";
import * as rectifiers from "../../src/ops/rectifiers.ts";
import * as special from "../../src/ops/special.ts";
import * as trigonometry from "../../src/ops/trigonometry.ts";
import { noise } from "../support/gradient.ts";
import { type Sample, samples, takes } from "../support/operation-samples.ts";
import { type Arrangement, arrangementsFor, compare, nearnessOf, operandOf, release } from "./compared.ts";

const names: ReadonlySet<string> = new Set(
  [activations, bessel, distribution, exponential, rectifiers, special, trigonometry].flatMap(Object.keys),
);

/** Their series end where a term is small, after a number of steps that no graph has. */
const withoutNodes: readonly string[] = ["igamma", "igammac"];

after(release);

const odd: readonly number[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  2,
  -2,
  1e-30,
  -1e-30,
  3,
  -3,
  5.5,
  -5.5,
  17,
  -17,
  30,
  -30,
  60,
  -60,
];

/** Operations that leave the sign of a zero open, and why. */
const zeroOpen: ReadonlySet<string> = new Set([
  // The node keeps -0, where the larger of it and 0 is 0.
  "relu",
  // The series makes 0 of -0, which the node keeps.
  "erf",
  // log(gamma(1)) from above or below.
  "lgamma",
  // Where adds what it chooses to 0.
  "elu",
  // Minus a sum of nothing, in place of nothing less that sum.
  "logSigmoid",
  // log(1 - x) in place of log1p(-x).
  "binaryCrossEntropy",
  // sin(pi x) of a whole x from the one side or the other.
  "sinc",
]);

/** Odd numbers that are left out, and why. */
const leftOut: Readonly<Record<string, (value: number, dtype: DType) => boolean>> = {
  // At its poles it is as large as the sine of a rounded multiple of pi is small, which libraries round in their ways.
  polygamma: (value, dtype) => dtype === float64 && value < 0 && Number.isInteger(value),
  // PyTorch's kernel of single precision has no value there, and with it the reference; ONNX Runtime has infinity.
  gelu: (value, dtype) => value === Number.POSITIVE_INFINITY && dtype === float32,
};

function operandsOf({ operands, range: [low, high] }: Sample, dtype: DType, lies: Arrangement): Operand[] {
  const inRange = (seed: number): number[] =>
    noise(40, seed).map((at) => low + ((at + 0.9) / 1.9) * (high - low));
  return Array.from({ length: operands }, (_, k) => operandOf(dtype, [5, 8], inRange(k + 1), lies));
}

/** Every odd number with every other, where there are two operands. */
function oddOperands({ operation, operands }: Sample, dtype: DType): Operand[] {
  const isLeftOut = leftOut[operation.name] ?? (() => false);
  const values = odd.filter((value) => !isLeftOut(value, dtype));
  const n = values.length;
  // Of the rank of the others, for one session.
  if (operands === 1) return [operandOf(dtype, [1, n], values)];
  const first = values.flatMap((value) => new Array<number>(n).fill(value));
  return [operandOf(dtype, [n, n], first), operandOf(dtype, [n, n], values)];
}

for (const sample of samples) {
  const { operation, attributes } = sample;
  const { name } = operation;
  if (!names.has(name) || withoutNodes.includes(name)) continue;
  for (const dtype of [float32, float64, float16, bfloat16]) {
    if (!takes(sample, dtype)) continue;
    const { tolerance, least } = nearnessOf(dtype);
    const holds = (inputs: readonly Operand[], what: string): void => {
      const comparing = { isZeroOpen: zeroOpen.has(name), least };
      const { why, difference, worst } = compare(operation, inputs, attributes, comparing);
      assert.equal(why, undefined, `${what} ran elsewhere`);
      assert.ok(difference <= tolerance, `${what}: ${worst}`);
    };
    test(`${name} of ${dtype.name}`, () => {
      for (const lies of arrangementsFor(dtype))
        holds(operandsOf(sample, dtype, lies), `in its range, ${lies}`);
      holds(oddOperands(sample, dtype), "at odd numbers");
    });
  }
}
