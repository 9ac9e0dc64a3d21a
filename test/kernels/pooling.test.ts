// Pooling of the WebAssembly device: the very numbers and places of the reference device, since both sum in float64.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float32, int64 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { Layout, product, type Shape } from "../../src/core/layout.ts";
import type { Device } from "../../src/core/run.ts";
import { Storage } from "../../src/core/storage.ts";
import { reference } from "../../src/devices/reference/index.ts";
import { wasmFrom } from "../../src/devices/wasm/index.ts";
import { adaptiveAvgPool, adaptiveMaxPool, avgPool, maxPool } from "../../src/ops/pooling.ts";

let state = 7;
function next(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32 - 0.5;
}

/** Numbers of which many are equal, one is not a number and a whole plane is minus infinity. */
function planes(shape: Shape): Operand {
  const values = Float32Array.from({ length: product(shape) }, () => Math.round(next() * 20) / 7);
  values[5] = Number.NaN;
  values.fill(Number.NEGATIVE_INFINITY, 2 * product(shape.slice(2)), 3 * product(shape.slice(2)));
  return { storage: new Storage(values), layout: Layout.contiguous(float32, shape) };
}

type Kernel = (inputs: readonly Operand[], outputs: readonly Operand[], attributes: unknown) => void;

function computed(
  device: Device,
  name: string,
  input: Operand,
  layouts: readonly Layout[],
  attributes: unknown,
) {
  const outputs = layouts.map((layout) => ({
    storage: new Storage(
      layout.dtype === int64
        ? new BigInt64Array(layout.size).fill(-1n)
        : new Float32Array(layout.size).fill(Number.NaN),
    ),
    layout,
  }));
  const kernel = device.kernels[name] as Kernel;
  kernel([input], outputs, attributes);
  return outputs.map(({ storage, layout }) => storage.view(layout.dtype));
}

function check(name: string, input: Operand, layouts: readonly Layout[], attributes: unknown): void {
  const got = computed(wasmFrom(0), name, input, layouts, attributes);
  assert.deepEqual(got, computed(reference, name, input, layouts, attributes), name);
}

const shape = [2, 3, 7, 11];
const windows = { kernel: [3, 2], stride: [2, 3], padding: [1, 1], ceilMode: true };

test("largest elements and their places", () => {
  for (const dilation of [
    [1, 1],
    [2, 3],
  ]) {
    const attributes = { ...windows, dilation };
    const x = planes(shape);
    check("maxPool", x, maxPool.infer([x.layout], float32, attributes), attributes);
  }
  const x = planes([2, 3, 4, 5, 6]);
  const three = {
    kernel: [2, 3, 2],
    stride: [1, 2, 2],
    padding: [1, 0, 1],
    dilation: [1, 1, 1],
    ceilMode: false,
  };
  check("maxPool", x, maxPool.infer([x.layout], float32, three), three);
  check("adaptiveMaxPool", x, adaptiveMaxPool.infer([x.layout], float32, { size: [3, 2] }), { size: [3, 2] });
});

test("means, and what flows back from them", () => {
  for (const settings of [
    { countIncludePad: true },
    { countIncludePad: false },
    { countIncludePad: true, divisorOverride: 5 },
  ]) {
    const attributes = { ...windows, ...settings };
    const x = planes(shape);
    const layouts = avgPool.infer([x.layout], float32, attributes);
    check("avgPool", x, layouts, attributes);
    check("avgPoolGradient", planes(layouts[0]!.shape), [x.layout], { ...attributes, shape });
  }
  const x = planes([1, 4, 9, 10]);
  const size = [4, 3];
  check("adaptiveAvgPool", x, adaptiveAvgPool.infer([x.layout], float32, { size }), { size });
  check("adaptiveAvgPoolGradient", planes([1, 4, 4, 3]), [x.layout], { size, shape: x.layout.shape });
});
