// Elementwise operations in ONNX Runtime: each over its floating types and several layouts, at numbers from its range and at
// odd ones, against the reference device.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { bfloat16, type DType, float16, float32, float64 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { reference } from "../../src/devices/reference/index.ts";
import * as activations from "../../src/ops/activations.ts";
import * as bessel from "../../src/ops/bessel.ts";
import * as distribution from "../../src/ops/distribution.ts";
import * as exponential from "../../src/ops/exponential.ts";
import * as rectifiers from "../../src/ops/rectifiers.ts";
import * as special from "../../src/ops/special.ts";
import * as trigonometry from "../../src/ops/trigonometry.ts";
import { noise } from "../support/gradient.ts";
import { type Sample, samples, takes } from "../support/operation-samples.ts";
import { type Allowance, assertNear, inForms, operandOf, resultsOf, watched } from "./agreement.ts";

const names: ReadonlySet<string> = new Set(
  [activations, bessel, distribution, exponential, rectifiers, special, trigonometry].flatMap(Object.keys),
);

/** Their series end where a term is small, after a number of steps that no graph has. */
const withoutNodes: readonly string[] = ["igamma", "igammac"];

const native = watched();
after(() => native.device.release());

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

/** What is compared otherwise, and why. */
const allowances: Readonly<Record<string, Allowance>> = {
  // The node keeps -0, where the larger of it and 0 is 0.
  relu: { ignoresZeroSign: true },
  // The series makes 0 of -0, which the node keeps.
  erf: { ignoresZeroSign: true },
  // log(gamma(1)) from above or below.
  lgamma: { ignoresZeroSign: true },
  // Where adds what it chooses to 0.
  elu: { ignoresZeroSign: true },
  // Minus a sum of nothing, in place of nothing less that sum.
  logSigmoid: { ignoresZeroSign: true },
  // log(1 - x) in place of log1p(-x).
  binaryCrossEntropy: { ignoresZeroSign: true },
  // sin(pi x) of a whole x from the one side or the other.
  sinc: { ignoresZeroSign: true },
};

/** Odd numbers that are left out, and why. */
const leftOut: Readonly<Record<string, (value: number, dtype: DType) => boolean>> = {
  // At its poles it is as large as the sine of a rounded multiple of pi is small, which libraries round in their ways.
  polygamma: (value, dtype) => dtype === float64 && value < 0 && Number.isInteger(value),
  // PyTorch's kernel of single precision has no value there, and with it the reference; ONNX Runtime has infinity.
  gelu: (value, dtype) => value === Number.POSITIVE_INFINITY && dtype === float32,
};

function operandsOf({ operands, range: [low, high] }: Sample, dtype: DType): Operand[] {
  const inRange = (seed: number): number[] =>
    noise(40, seed).map((at) => low + ((at + 0.9) / 1.9) * (high - low));
  return Array.from({ length: operands }, (_, k) => operandOf(dtype, [5, 8], inRange(k + 1)));
}

/** Every odd number with every other, where there are two operands. */
function oddOperands({ operation, operands }: Sample, dtype: DType): Operand[] {
  const isLeftOut = leftOut[operation.name] ?? (() => false);
  const values = odd.filter((value) => !isLeftOut(value, dtype));
  const n = values.length;
  if (operands === 1) return [operandOf(dtype, [n], values)];
  const first = values.flatMap((value) => new Array<number>(n).fill(value));
  return [operandOf(dtype, [n, n], first), operandOf(dtype, [n, n], values)];
}

for (const sample of samples) {
  const { operation, attributes } = sample;
  if (!names.has(operation.name) || withoutNodes.includes(operation.name)) continue;
  for (const dtype of [float32, float64, float16, bfloat16]) {
    if (!takes(sample, dtype)) continue;
    const name = `${operation.name} of ${dtype.name}`;
    const allowance = allowances[operation.name];
    const compare = (inputs: readonly Operand[], what: string): void => {
      const expected = resultsOf(reference.kernels, operation, inputs, attributes);
      const got = resultsOf(native.device.kernels, operation, inputs, attributes);
      assert.equal(native.why(), undefined, `${what} ran elsewhere`);
      assertNear(got, expected, what, allowance);
    };
    test(`${name} in its range`, () => {
      for (const inputs of inForms(operandsOf(sample, dtype))) compare(inputs, name);
    });
    test(`${name} at odd numbers`, () => compare(oddOperands(sample, dtype), name));
  }
}
