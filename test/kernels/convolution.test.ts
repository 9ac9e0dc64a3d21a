// Convolutions of the WebAssembly device, and their gradients, against the reference device, which sums in float64.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { float32 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { Layout, product, type Shape } from "../../src/core/layout.ts";
import type { Device } from "../../src/core/run.ts";
import { Storage } from "../../src/core/storage.ts";
import { reference } from "../../src/devices/reference/index.ts";
import { wasmFrom } from "../../src/devices/wasm/index.ts";
import { setNumThreads } from "../../src/kernels/threads.ts";
import { parallelKernels } from "../../src/kernels/use.ts";
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
  "few filters in each group, rows off four": {
    x: [3, 4, 7, 9],
    weight: [8, 1, 3, 3],
    stride: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    dilation: [1, 1],
    groups: 4,
  },
  "few filters in each group, every second place": {
    x: [2, 6, 12, 15],
    weight: [3, 2, 3, 5],
    stride: [2, 2],
    padding: [
      [1, 1],
      [2, 2],
    ],
    dilation: [1, 1],
    groups: 3,
  },
  "few filters in each group, three axes": {
    x: [2, 2, 3, 8, 20],
    weight: [2, 1, 2, 3, 3],
    stride: [1, 2, 3],
    padding: [
      [1, 0],
      [0, 1],
      [2, 2],
    ],
    dilation: [1, 2, 1],
    groups: 2,
  },
  "every second place of a plane": {
    x: [2, 5, 17, 23],
    weight: [11, 5, 3, 3],
    stride: [2, 2],
    padding: [
      [1, 1],
      [1, 1],
    ],
    dilation: [1, 1],
    groups: 1,
  },
  "kernels of one element, every second place": {
    x: [3, 9, 10, 7],
    weight: [6, 9, 1, 1],
    stride: [2, 2],
    padding: [
      [0, 0],
      [0, 0],
    ],
    dilation: [1, 1],
    groups: 1,
  },
  "more filters than a part and longer sums than a block": {
    x: [2, 70, 6, 5],
    weight: [243, 70, 3, 2],
    stride: [1, 1],
    padding: [
      [2, 1],
      [0, 1],
    ],
    dilation: [2, 1],
    groups: 1,
  },
  "kernels of 3 x 3": {
    x: [2, 18, 13, 11],
    weight: [22, 18, 3, 3],
    stride: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    dilation: [1, 1],
    groups: 1,
  },
  "kernels of 3 x 3 in groups, more channels than a block": {
    x: [1, 260, 4, 17],
    weight: [272, 130, 3, 3],
    stride: [1, 1],
    padding: [
      [0, 0],
      [2, 3],
    ],
    dilation: [1, 1],
    groups: 2,
  },
  "kernels of 3 x 3 that reach far beyond": {
    x: [1, 16, 3, 2],
    weight: [16, 16, 3, 3],
    stride: [1, 1],
    padding: [
      [4, 3],
      [3, 5],
    ],
    dilation: [1, 1],
    groups: 1,
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

/** Whether all numbers are the same: messages about long arrays take minutes. */
function assertSame(got: Float32Array, want: Float32Array, what: string): void {
  const at = got.findIndex((value, i) => !Object.is(value, want[i]));
  assert.equal(at, -1, `${what} at ${at}: ${got[at]}, not ${want[at]}`);
}

/** The operand with its channels side by side in memory, as PyTorch's channels_last. */
function channelsLast({ storage, layout }: Operand): Operand {
  const { shape } = layout;
  const [batch, channels] = [shape[0]!, shape[1]!];
  const plane = product(shape.slice(2));
  const values = storage.view(float32) as Float32Array;
  const moved = values.map((_, i) => {
    const [image, rest] = [Math.floor(i / (channels * plane)), i % (channels * plane)];
    return values[(image * channels + (rest % channels)) * plane + Math.floor(rest / channels)]!;
  });
  assert.equal(values.length, batch * channels * plane);
  const strides = layout.strides.map((stride, axis) =>
    axis === 0 ? stride : axis === 1 ? 1 : stride * channels,
  );
  return { storage: new Storage(moved), layout: new Layout(float32, shape, strides, 0) };
}

for (const name of [
  "kernels of 3 x 3",
  "each channel by itself",
  "every second place of a plane",
  "three axes",
]) {
  test(`images with their channels side by side give the same: ${name}`, () => {
    const { x, weight, ...attributes } = samples[name]!;
    const out = [x[0]!, weight[0]!, ...convolvedLengths(x.slice(2), weight.slice(2), attributes)];
    const [input, kernel, flow] = [random(x), random(weight), random(out)];
    const device = wasmFrom(0);
    const turned = [channelsLast(input), channelsLast(flow)] as const;
    const toX = { ...attributes, shape: x };
    const toWeight = { ...attributes, shape: weight };
    const pairs = [
      ["conv", [input, kernel], [turned[0], kernel], out, attributes],
      ["convInputGrad", [flow, kernel], [turned[1], kernel], x, toX],
      ["convWeightGrad", [flow, input], [turned[1], turned[0]], weight, toWeight],
    ] as const;
    for (const [operation, plain, other, shape, settings] of pairs) {
      const want = computed(device, operation, plain, shape, settings);
      assertSame(computed(device, operation, other, shape, settings), want, operation);
    }
  });
}

const square = { stride: [1, 1], padding: [[1, 1] as const, [1, 1] as const], dilation: [1, 1], groups: 1 };

/**
 * The largest error of a convolution 3 x 3 in units of 2 ** -24 times the sum of magnitudes, for numbers of which all
 * are positive: what their sums are rounded to grows with them.
 */
function largestError(
  name: string,
  channels: number,
  size: number,
  attributes: ConvolutionAttributes,
): number {
  state = channels;
  const positive = (shape: Shape): Operand =>
    operand(
      shape,
      Float32Array.from({ length: product(shape) }, () => next() + 0.5),
    );
  const weight = name === "conv" ? [16, channels, 3, 3] : [channels, 16, 3, 3];
  const inputs = [positive([1, channels, size, size]), positive(weight)];
  const shape = [1, 16, size, size];
  const got = computed(wasmFrom(0), name, inputs, shape, { ...attributes, shape });
  const want = computed(reference, name, inputs, shape, { ...attributes, shape });
  return got.reduce((most, value, i) => Math.max(most, Math.abs(value / want[i]! - 1) * 2 ** 24), 0);
}

// Beside them, on such numbers: direct sums in float32 16.1 for 64 channels and 7.4 for 256, PyTorch 7.8 and 5.1.
for (const [channels, size, budget] of [
  [16, 20, 9],
  [64, 28, 16],
  [256, 14, 18],
  [512, 7, 13],
] as const) {
  test(`3 x 3 over ${channels} channels is off by at most ${budget} units of the sum`, () => {
    for (const name of ["conv", "convInputGrad"]) {
      const error = largestError(name, channels, size, square);
      assert.ok(error <= budget, `${name}: ${error}`);
    }
  });
}

test("an infinite element reaches only the results that it belongs to", () => {
  const x = random([1, 16, 9, 9]);
  const weight = random([16, 16, 3, 3]);
  (x.storage.view(float32) as Float32Array)[4 * 81 + 40] = Number.POSITIVE_INFINITY;
  const got = computed(wasmFrom(0), "conv", [x, weight], [1, 16, 9, 9], square);
  const want = computed(reference, "conv", [x, weight], [1, 16, 9, 9], square);
  got.forEach((value, i) => {
    if (Number.isFinite(want[i]!)) assert.ok(Math.abs(value - want[i]!) < 1e-5, `${i}`);
    else assert.equal(value, want[i]);
  });
});

after(() => {
  setNumThreads(1);
  parallelKernels();
});

const large: Readonly<Record<string, Sample>> = {
  "3 x 3": { x: [3, 40, 30, 31], weight: [40, 40, 3, 3], ...square },
  "every second place": { x: [3, 40, 40, 41], weight: [61, 40, 3, 3], ...square, stride: [2, 2] },
  "each channel by itself": { x: [3, 60, 64, 65], weight: [60, 1, 3, 3], ...square, groups: 60 },
};
for (const [name, { x, weight, ...attributes }] of Object.entries(large)) {
  test(`results do not depend on how many threads there are: ${name}`, () => {
    const out = [x[0]!, weight[0]!, ...convolvedLengths(x.slice(2), weight.slice(2), attributes)];
    const [input, kernel, flow] = [random(x), random(weight), random(out)];
    const all = (): Float32Array[] => [
      computed(wasmFrom(0), "conv", [input, kernel], out, attributes),
      computed(wasmFrom(0), "convInputGrad", [flow, kernel], x, { ...attributes, shape: x }),
      computed(wasmFrom(0), "convWeightGrad", [flow, input], weight, { ...attributes, shape: weight }),
    ];
    setNumThreads(1);
    const alone = all();
    setNumThreads(2);
    for (let round = 0; round < 4; round++) {
      for (const [i, got] of all().entries()) assertSame(got, alone[i]!, `result ${i}`);
    }
  });
}
