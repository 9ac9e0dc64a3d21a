// Convolutions of the WebAssembly device, and their gradients, against the reference device, which sums in float64.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float32 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { Layout, product, type Shape } from "../../src/core/layout.ts";
import type { Device } from "../../src/core/run.ts";
import { Storage } from "../../src/core/storage.ts";
import { reference } from "../../src/devices/reference/index.ts";
import { wasmFrom } from "../../src/devices/wasm/index.ts";
import type { ConvolutionAttributes } from "../../src/ops/convolution.ts";
import { convolvedLengths } from "../../src/ops/shapes.ts";

/** Numbers between -0.5 and 0.5, the same in each run. */
let state = 1;
function next(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32 - 0.5;
}

const operand = (shape: Shape, values: Float32Array): Operand => ({
  storage: new Storage(values),
  layout: Layout.contiguous(float32, shape),
});

const random = (shape: Shape): Operand => operand(shape, Float32Array.from({ length: product(shape) }, next));

const magnitudes = ({ storage, layout }: Operand): Operand =>
  operand(layout.shape, (storage.view(float32) as Float32Array).map(Math.abs));

function computed(
  device: Device,
  name: string,
  inputs: readonly Operand[],
  shape: Shape,
  attributes: unknown,
) {
  const out = operand(shape, new Float32Array(product(shape)).fill(Number.NaN));
  const kernel = device.kernels[name] as (
    inputs: readonly Operand[],
    outputs: readonly Operand[],
    attributes: unknown,
  ) => void;
  kernel(inputs, [out], attributes);
  return out.storage.view(float32) as Float32Array;
}

/**
 * A sum of `count` products in any order is off by at most gamma(count) times the sum of their magnitudes (Higham,
 * "Accuracy and Stability of Numerical Algorithms", section 3.1), which is the same convolution of the magnitudes. The
 * reference rounds both once.
 */
function check(
  name: string,
  inputs: readonly Operand[],
  shape: Shape,
  attributes: unknown,
  count: number,
): void {
  const got = computed(wasmFrom(0), name, inputs, shape, attributes);
  const want = computed(reference, name, inputs, shape, attributes);
  const size = computed(reference, name, inputs.map(magnitudes), shape, attributes);
  const error = (count + 4) * 2 ** -24;
  got.forEach((value, i) => {
    const bound = (error / (1 - error)) * size[i]!;
    assert.ok(Math.abs(value - want[i]!) <= bound, `${name} at ${i}: ${value}, not ${want[i]}`);
  });
}

interface Sample extends ConvolutionAttributes {
  readonly x: Shape;
  readonly weight: Shape;
}

const samples: Readonly<Record<string, Sample>> = {
  "one axis in groups": {
    x: [2, 4, 11],
    weight: [6, 2, 3],
    stride: [2],
    padding: [[1, 1]],
    dilation: [1],
    groups: 2,
  },
  "a plane larger than a block of places": {
    x: [2, 3, 20, 21],
    weight: [7, 3, 3, 3],
    stride: [1, 1],
    padding: [
      [1, 1],
      [0, 2],
    ],
    dilation: [1, 1],
    groups: 1,
  },
  "each channel by itself": {
    x: [1, 5, 9, 8],
    weight: [5, 1, 3, 2],
    stride: [3, 1],
    padding: [
      [0, 0],
      [1, 0],
    ],
    dilation: [1, 2],
    groups: 5,
  },
  "three axes": {
    x: [1, 2, 5, 6, 7],
    weight: [3, 2, 2, 3, 2],
    stride: [1, 2, 1],
    padding: [
      [0, 0],
      [1, 1],
      [0, 0],
    ],
    dilation: [1, 1, 2],
    groups: 1,
  },
};

for (const [name, { x, weight, ...attributes }] of Object.entries(samples)) {
  test(`a convolution and its gradients: ${name}`, () => {
    const lengths = convolvedLengths(x.slice(2), weight.slice(2), attributes);
    const out = [x[0]!, weight[0]!, ...lengths];
    const [input, kernel, flow, bias] = [random(x), random(weight), random(out), random([weight[0]!])];
    const products = product(weight.slice(1));
    check("conv", [input, kernel], out, attributes, products);
    check("conv", [input, kernel, bias], out, attributes, products);
    check("convInputGrad", [flow, kernel], x, { ...attributes, shape: x }, product(weight));
    const places = x[0]! * product(lengths);
    check("convWeightGrad", [flow, input], weight, { ...attributes, shape: weight }, places);
  });
}
