// Softmax and normalisation on the WebAssembly device beside the reference device, over lengths on and off whole vectors.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device } from "../../src/core/run.ts";
import { setDevice } from "../../src/devices/index.ts";
import { reference } from "../../src/devices/reference/index.ts";
import { wasmFrom } from "../../src/devices/wasm/index.ts";
import * as torch from "../../src/torch/index.ts";

const { functional } = torch.nn;

/** The values that a device gives. */
function on(device: Device, compute: () => torch.Tensor): number[] {
  const before = setDevice(device);
  try {
    return compute().flatten().tolist() as number[];
  } finally {
    setDevice(before);
  }
}

/** Asserts that both devices give values as close as a few roundings of float32 bring them. */
function agree(compute: () => torch.Tensor): void {
  const wanted = on(reference, compute);
  const got = on(wasmFrom(0), compute);
  assert.equal(got.length, wanted.length);
  got.forEach((value, i) => {
    const bound = 1e-6 * Math.max(1, Math.abs(wanted[i]!));
    assert.ok(
      Object.is(value, wanted[i]) || Math.abs(value - wanted[i]!) <= bound,
      `${i}: ${value}, ${wanted[i]}`,
    );
  });
}

for (const length of [1, 2, 3, 4, 5, 7, 31, 64, 1000, 20001]) {
  test(`softmax of rows of ${length}`, () => {
    torch.manualSeed(length);
    const x = torch.randn(7, length).mul(5);
    agree(() => torch.softmax(x, 1));
    agree(() => torch.logSoftmax(x, 1));
    agree(() => torch.softmax(x.t(), 0));
  });
  test(`layer normalisation of rows of ${length}`, () => {
    torch.manualSeed(length);
    const x = torch.randn(7, length).add(3);
    const [weight, bias] = [torch.randn(length), torch.randn(length)];
    agree(() => functional.layerNorm(x, [length]));
    agree(() => functional.layerNorm(x, [length], weight, bias));
    agree(() => functional.layerNorm(x, [length], weight));
  });
}

test("softmax of what is infinite or no number", () => {
  const x = torch.tensor([
    [1, -Infinity, 2, 3, -Infinity],
    [1, NaN, 2, 3, 4],
    [1, Infinity, 2, 3, 4],
    [-Infinity, -Infinity, -Infinity, -Infinity, -Infinity],
    [-1000, 1000, 0, 0, 0],
  ]);
  agree(() => torch.softmax(x, 1));
  agree(() => torch.logSoftmax(x, 1));
});

test("batch and group normalisation", () => {
  torch.manualSeed(1);
  const x = torch.randn(3, 6, 7, 9);
  const [weight, bias] = [torch.randn(6), torch.randn(6)];
  agree(() => functional.groupNorm(x, 3, weight, bias));
  agree(() => functional.groupNorm(x, 2));
  agree(() => functional.batchNorm(x, null, null, weight, bias, { training: true }));
  agree(() => functional.batchNorm(x, null, null, { training: true }));
});
