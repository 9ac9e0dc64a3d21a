// Every elementwise operation over every layout, and its gradient and the gradient's own against differences.

import assert from "node:assert/strict";
import test from "node:test";
import { complex64, type DType, float16, float32, float64, int16, int64 } from "../../src/core/dtype.ts";
import { type Operand, type Scalar, setterOf } from "../../src/core/elements.ts";
import { Layout, product, type Shape } from "../../src/core/layout.ts";
import type { Operation } from "../../src/core/op.ts";
import { Storage } from "../../src/core/storage.ts";
import { execute } from "../../src/devices/index.ts";
import { operations } from "../../src/ops/index.ts";
import { checkGradients, gradients, noise, run, type Value, value, weighted } from "../support/gradient.ts";
import { checkLayouts } from "../support/layouts.ts";
import { type Sample, samples, takes } from "../support/operation-samples.ts";

/** An operand of noise in the sample's range; integers are whole numbers from 1 to 6. */
function operand({ range: [low, high] }: Sample, dtype: DType, shape: Shape, seed: number): Operand {
  const size = product(shape);
  const storage = Storage.allocate(dtype, size);
  const array = storage.view(dtype);
  const set = setterOf(dtype);
  const scaled = (at: number): number => low + ((at + 0.9) / 1.9) * (high - low);
  const imaginary = noise(size, seed + 50);
  noise(size, seed).forEach((each, i) => {
    const whole: Scalar = Math.floor((each + 0.9) * 3) + 1;
    const pair = { re: scaled(each), im: imaginary[i]! };
    set(array, i, dtype.isInteger ? whole : dtype.kind === "complex" ? pair : scaled(each));
  });
  return { storage, layout: Layout.contiguous(dtype, shape) };
}

function operands(sample: Sample, dtype: DType, shape: Shape): Operand[] {
  return Array.from({ length: sample.operands }, (_, k) => operand(sample, dtype, shape, k + 1));
}

for (const sample of samples) {
  const { operation } = sample;
  for (const dtype of [float32, float64, float16, int16, int64, complex64]) {
    if (!takes(sample, dtype)) continue;
    test(`${operation.name} of ${dtype.name} over all layouts`, () => {
      for (const shape of [[3, 4, 5], [], [0, 3], [7]]) {
        checkLayouts(operation, operands(sample, dtype, shape), sample.attributes);
      }
      // Longer than a block of scratch, within a row and over rows.
      checkLayouts(operation, operands(sample, dtype, [2, 1030]), sample.attributes);
    });
  }
}

/** Steps, and what is not differentiable by its second operand's differences, have gradients tested by value. */
const stepped = "sign floor ceil trunc round heaviside floorDivide divideTrunc nextafter".split(" ");
/** Those that have no gradient by their first operand. */
const fixedFirst = "where zeta igamma igammac".split(" ");

for (const sample of samples) {
  const { operation } = sample;
  if (operation.gradient === undefined || !takes(sample, float64) || stepped.includes(operation.name))
    continue;
  const compute = (values: readonly Value[]): Value => run(operation, values, sample.attributes as never);
  const sources = (): Value[] =>
    operands(sample, float64, [2, 3]).map((each, k) =>
      operation.name === "scaleByPower" && k === 1 ? value([1, -2, 3, 0, 2, -1], [2, 3]) : each,
    );
  const checked = (values: readonly Value[]): readonly Value[] =>
    fixedFirst.includes(operation.name) ? values.slice(1) : values;

  test(`the gradient of ${operation.name}`, () => {
    const all = sources();
    const free = operation.name === "scaleByPower" ? all.slice(0, 1) : checked(all);
    const fixed = all.slice(0, all.length - free.length).map((each) => ({ ...each, isFixed: true }));
    const call = (values: readonly Value[]): Value =>
      compute(operation.name === "scaleByPower" ? [values[0]!, all[1]!] : [...fixed, ...values]);
    const multiply = (a: Value, b: Value): Value => run(operations.multiply, [a, b]);
    checkGradients((values) => weighted(call(values), multiply), free, 1e-5);
    checkGradients(
      (values) => {
        const grads = gradients(weighted(call(values), multiply), values);
        return grads
          .filter((each): each is Value => each !== undefined)
          .map((each) => weighted(each, multiply))
          .reduce((a, b) => run(operations.add, [a, b]));
      },
      free,
      2e-5,
    );
  });
}

test("special functions to the last digits", () => {
  // Values at 20 digits, rounded.
  const table: readonly [keyof typeof operations, number, number][] = [
    ["erf", 0.5, 0.5204998778130465],
    ["erf", 2, 0.9953222650189527],
    ["erfc", 3, 2.209049699858544e-5],
    ["erfc", 10, 2.088487583762545e-45],
    ["erfinv", 0.5, 0.4769362762044699],
    ["lgamma", 0.1, 2.252712651734206],
    ["lgamma", 100, 359.1342053695754],
    ["lgamma", -1.5, 0.860047015376481],
    ["digamma", 1, -0.5772156649015329],
    ["digamma", -0.5, 0.03648997397857652],
    ["besselI0", 3, 4.880792585865024],
    ["besselI0Scaled", 30, 0.0731459464822373],
    ["besselI1", -20, -42454973.38512777],
    ["besselI1Scaled", 0.25, 0.09811262869736825],
    ["erfcx", -2, 108.94090438997797],
    ["erfcx", 40, 0.014100335983377814],
    ["ndtr", -10, 7.619853024160525e-24],
    ["logNdtr", -40, -804.6084420137538],
    ["ndtri", 1e-10, -6.361340902404056],
  ];
  for (const [name, x, expected] of table) {
    const got = (run(operations[name] as Operation, [value([x])]).storage.data as Float64Array)[0]!;
    assert.ok(
      Math.abs(got - expected) <= 4e-15 * Math.abs(expected),
      `${name}(${x}) = ${got}, not ${expected}`,
    );
  }
});

test("types that cannot be computed with are refused by name", () => {
  const shifted = value([1, 2]);
  assert.throws(
    () => execute(operations.bitwiseAnd, [shifted, shifted], [shifted], undefined),
    /"bitwiseAnd" not implemented for float64, float64 on the reference device/,
  );
});
