// Normalisation, pooling, convolution, products, losses and sampling in ONNX Runtime: over floating types and layouts, against
// the reference device.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type DType, float16, float32, float64, int64 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { product, type Shape } from "../../src/core/layout.ts";
import type { Operation } from "../../src/core/op.ts";
import { operations } from "../../src/ops/index.ts";
import { noise } from "../support/gradient.ts";
import { type Arrangement, arrangementsFor, compare, nearnessOf, operandOf, release } from "./compared.ts";

after(release);

/** An operand: a shape of floating numbers, or whole numbers below a bound. */
type Given = Shape | { readonly shape: Shape; readonly below: number; readonly from?: number };

interface Row {
  readonly name: keyof typeof operations;
  readonly inputs: readonly Given[];
  readonly attributes?: unknown;
}

const conv = {
  stride: [2, 1],
  padding: [
    [1, 0],
    [1, 1],
  ],
  dilation: [1, 2],
  groups: 2,
};
const line = { stride: [2], padding: [[1, 1]], dilation: [1], groups: 1 };
const windows = { kernel: [3, 2], stride: [2, 2], padding: [1, 1], ceilMode: true };
const box = { kernel: [2, 2, 2], stride: [1, 2, 2], padding: [0, 0, 0], ceilMode: false };
const means = { ...windows, countIncludePad: false };
const taps = {
  axis: 1,
  length: 4,
  taps: 2,
  positions: Int32Array.of(0, 1, 1, 2, 2, 3),
  weights: Float64Array.of(0.25, 0.75, 0.5, 0.5, 1, 0),
};
const labels = { shape: [6], below: 5 };
const norm = { eps: 1e-5, statistics: float32 };

const rows: readonly Row[] = [
  { name: "normalize", inputs: [[5, 1, 12, 1], [12], [12]], attributes: { ...norm, acrossBatch: false } },
  { name: "normalize", inputs: [[3, 2, 4, 5], [8], [8]], attributes: { ...norm, acrossBatch: false } },
  { name: "normalize", inputs: [[3, 4, 1, 6]], attributes: { ...norm, acrossBatch: false } },
  ...[2, 3, -1, Infinity, 0].map((order): Row => {
    return { name: "vectorNorm", inputs: [[3, 4, 5]], attributes: { order, axes: [1], keepdims: true } };
  }),
  { name: "maxPool", inputs: [[2, 3, 7, 6]], attributes: { ...windows, dilation: [1, 1] } },
  { name: "maxPool", inputs: [[3, 4, 6, 6]], attributes: { ...box, dilation: [1, 1, 1] } },
  { name: "adaptiveMaxPool", inputs: [[2, 3, 7, 5]], attributes: { size: [3, 2] } },
  { name: "avgPool", inputs: [[2, 3, 7, 6]], attributes: means },
  {
    name: "avgPool",
    inputs: [[2, 3, 7, 6]],
    attributes: { ...means, countIncludePad: true, ceilMode: false },
  },
  {
    name: "avgPool",
    inputs: [[3, 4, 6, 6]],
    attributes: { ...box, countIncludePad: true, divisorOverride: 3 },
  },
  { name: "avgPoolGradient", inputs: [[2, 3, 4, 4]], attributes: { ...means, shape: [2, 3, 7, 6] } },
  { name: "adaptiveAvgPool", inputs: [[2, 3, 7, 5]], attributes: { size: [3, 2] } },
  { name: "adaptiveAvgPool", inputs: [[2, 3, 7, 5]], attributes: { size: [1, 1] } },
  {
    name: "adaptiveAvgPoolGradient",
    inputs: [[2, 3, 3, 2]],
    attributes: { size: [3, 2], shape: [2, 3, 7, 5] },
  },
  { name: "conv", inputs: [[2, 4, 7, 8], [6, 2, 3, 3], [6]], attributes: conv },
  { name: "conv", inputs: [[2, 4, 9], [6, 4, 3], [6]], attributes: line },
  {
    name: "convInputGrad",
    inputs: [
      [2, 6, 3, 6],
      [6, 2, 3, 3],
    ],
    attributes: { ...conv, shape: [2, 4, 7, 8] },
  },
  {
    name: "convWeightGrad",
    inputs: [
      [2, 6, 3, 6],
      [2, 4, 7, 8],
    ],
    attributes: { ...conv, shape: [6, 2, 3, 3] },
  },
  {
    name: "matmul",
    inputs: [
      [3, 1, 4, 5],
      [2, 5, 6],
    ],
  },
  { name: "bandPart", inputs: [[2, 4, 5]], attributes: { low: -1, high: 2 } },
  { name: "bandPart", inputs: [[4, 5]], attributes: { low: Number.NEGATIVE_INFINITY, high: -1 } },
  { name: "linear", inputs: [[2, 3, 5], [4, 5], [4]] },
  { name: "linear", inputs: [[3, 5], [4, 5], [4]] },
  {
    name: "transposedMatmul",
    inputs: [
      [5, 3],
      [5, 4],
    ],
  },
  { name: "softmax", inputs: [[3, 4, 5]], attributes: { axis: 1 } },
  { name: "logSoftmax", inputs: [[3, 5]], attributes: { axis: 1 } },
  {
    name: "softmaxGradient",
    inputs: [
      [3, 5],
      [3, 5],
    ],
    attributes: { axis: 0 },
  },
  {
    name: "logSoftmaxGradient",
    inputs: [
      [3, 5],
      [3, 5],
    ],
    attributes: { axis: 1 },
  },
  { name: "nllLoss", inputs: [[6, 5], labels, [5]], attributes: { reduction: "mean", ignoreIndex: 2 } },
  { name: "nllLoss", inputs: [[6, 5], labels], attributes: { reduction: "none", ignoreIndex: -100 } },
  {
    name: "nllLossGradient",
    inputs: [[], labels, [5]],
    attributes: { reduction: "mean", ignoreIndex: 2, shape: [6, 5] },
  },
  { name: "multilabelMargin", inputs: [[3, 5], { shape: [3, 5], below: 5, from: -1 }] },
  { name: "multilabelMarginGradient", inputs: [[3], [3, 5], { shape: [3, 5], below: 5, from: -1 }] },
  { name: "resample", inputs: [[2, 4, 3]], attributes: taps },
  { name: "resampleGradient", inputs: [[2, 3, 3]], attributes: taps },
  { name: "sample", inputs: [[2, 3, 6], [2, 4, 5], { shape: [2, 4, 5], below: 6, from: -1 }] },
  {
    name: "sampleInputGradient",
    inputs: [[2, 3, 5], [2, 4, 5], { shape: [2, 4, 5], below: 6, from: -1 }],
    attributes: { length: 6 },
  },
  { name: "sampleWeightGradient", inputs: [[2, 3, 5], [2, 3, 6], { shape: [2, 4, 5], below: 6, from: -1 }] },
];

const hasBounds = (given: Given): given is Exclude<Given, Shape> => "below" in given;

function operandFor(given: Given, dtype: DType, seed: number, lies: Arrangement): Operand {
  if (!hasBounds(given)) return operandOf(dtype, given, noise(Math.max(1, product(given)), seed), lies);
  const { shape, below, from = 0 } = given;
  const values = Array.from({ length: product(shape) }, (_, i) => from + ((i * 7 + seed) % (below - from)));
  return operandOf(int64, shape, values.map(BigInt), lies);
}

rows.forEach(({ name, inputs, attributes }, i) => {
  const operation = operations[name] as unknown as Operation<unknown>;
  for (const dtype of name === "bandPart" ? [float32, float64] : [float32, float64, float16]) {
    // Sums of rounded halves: a few roundings more or less.
    const { tolerance, least } = dtype === float16 ? { tolerance: 4e-3, least: 0.25 } : nearnessOf(dtype);
    test(`${name} of ${dtype.name}, row ${i}`, () => {
      for (const lies of arrangementsFor(dtype)) {
        const operands = inputs.map((given, k) => operandFor(given, dtype, k + 1, lies));
        const comparing = { isZeroOpen: true, least };
        const { why, difference, worst } = compare(operation, operands, attributes, comparing);
        assert.equal(why, undefined, `${name} ran elsewhere`);
        assert.ok(difference <= tolerance, `${name} in ${lies}: ${worst}`);
      }
    });
  }
});
