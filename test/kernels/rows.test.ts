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

/** The distance of neighbouring numbers of single precision about a value. */
const spacing = (value: number): number => 2 ** (Math.floor(Math.log2(Math.abs(value))) - 23);

/** The greatest error of rows beside the truth in float64, in units in the last place of what `unit` gives. */
function worstOf(
  compute: (x: torch.Tensor) => torch.Tensor,
  truth: (row: readonly number[]) => readonly number[],
  unit: (wanted: number, x: number) => number,
): number {
  let worst = 0;
  for (const [seed, length, size] of [
    [1, 1000, 1],
    [2, 37, 10],
    [3, 4096, 5],
    [4, 3, 30],
  ] as const) {
    torch.manualSeed(seed);
    const x = torch.randn(50, length).mul(size).add(3);
    const got = on(wasmFrom(0), () => compute(x));
    const rows = x.tolist() as number[][];
    rows.forEach((row, i) => {
      truth(row).forEach((wanted, j) => {
        if (Math.abs(wanted) < 2 ** -126) return;
        worst = Math.max(worst, Math.abs(got[i * length + j]! - wanted) / spacing(unit(wanted, row[j]!)));
      });
    });
  }
  return worst;
}

/** Of distances from the largest number as they are in single precision. */
function softmaxOf(row: readonly number[]): number[] {
  const most = Math.max(...row);
  const all = row.map((x) => Math.exp(Math.fround(x - most)));
  const sum = all.reduce((total, value) => total + value, 0);
  return all.map((value) => value / sum);
}

// PyTorch 2.13 is off by up to 13.6 of these units here.
test("softmax is right to 6 units in the last place", () => {
  const worst = worstOf(
    (x) => torch.softmax(x, 1),
    softmaxOf,
    (wanted) => wanted,
  );
  assert.ok(worst <= 6, `${worst}`);
});

test("its logarithm is right to 2 units in the last place of the result or the distance from the largest", () => {
  const worst = worstOf(
    (x) => torch.logSoftmax(x, 1),
    (row) => softmaxOf(row).map(Math.log),
    (wanted, x) => Math.max(Math.abs(wanted), Math.abs(x), 1),
  );
  assert.ok(worst <= 2, `${worst}`);
});

function normalized(row: readonly number[]): number[] {
  const mean = row.reduce((total, x) => total + x, 0) / row.length;
  const variance = row.reduce((total, x) => total + (x - mean) ** 2, 0) / row.length;
  return row.map((x) => (x - mean) / Math.sqrt(variance + 1e-5));
}

test("layer normalisation is right to 3 units in the last place of the result or 1", () => {
  const worst = worstOf(
    (x) => functional.layerNorm(x, [x.shape[1]!]),
    normalized,
    (wanted) => Math.max(1, Math.abs(wanted)),
  );
  assert.ok(worst <= 3, `${worst}`);
});

test("layer normalisation where the numbers that the mean is guessed from are far from the others", () => {
  torch.manualSeed(5);
  const length = 2 ** 18;
  const row = torch.randn(length).tolist() as number[];
  // Sixteen vectors of four, evenly spread.
  for (let i = 0; i < length; i += length / 16) for (let k = i; k < i + 4; k++) row[k]! += 1000;
  const x = torch.tensor([row]);
  const got = on(wasmFrom(0), () => functional.layerNorm(x, [length]));
  normalized((x.tolist() as number[][])[0]!).forEach((wanted, i) => {
    const bound = 3 * spacing(Math.max(1, Math.abs(wanted)));
    assert.ok(Math.abs(got[i]! - wanted) <= bound, `${i}: ${got[i]}, ${wanted}`);
  });
});
