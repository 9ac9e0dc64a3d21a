// Conversions by the kernels are the reference's, bit by bit: of all half numbers, and of single and double ones with every
// exponent, at and beside the middles between half numbers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bfloat16, type DType, float16, float32, float64, int8, uint8 } from "../../src/core/dtype.ts";
import { Layout, permute } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { reference } from "../../src/devices/reference/index.ts";
import { wasmFrom } from "../../src/devices/wasm/index.ts";
import { kernels } from "../../src/kernels/use.ts";

test("the kernels are there", () => assert.ok(kernels() !== undefined));

const devices = [wasmFrom(0), reference];

/** Asserts that both devices convert the bytes, seen as elements in a layout, to the same bytes. */
function same(bytes: Uint8Array, layout: Layout, to: DType): void {
  const [got, wanted] = devices.map((device) => {
    const output = Layout.contiguous(to, layout.shape);
    const storage = Storage.allocate(to, output.size);
    const kernel = device.kernels.cast as unknown as (...args: unknown[]) => void;
    kernel([{ storage: new Storage(bytes), layout }], [{ storage, layout: output }], { rules: "torch" });
    return storage.bytes();
  });
  const [a, b] = [got!, wanted!];
  const place = a.findIndex((byte, i) => byte !== b[i]);
  if (place < 0) return;
  const element = Math.floor(place / to.itemSize);
  const bits = bytes.subarray(element * layout.dtype.itemSize, (element + 1) * layout.dtype.itemSize);
  assert.fail(
    `${layout.dtype} ${bits} to ${to}: ${a.subarray(element * to.itemSize, (element + 1) * to.itemSize)}`,
  );
}

const row = (dtype: DType, count: number): Layout => Layout.contiguous(dtype, [count]);

test("all half numbers to single precision", () => {
  const bytes = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
  for (const dtype of [float16, bfloat16]) same(bytes, row(dtype, 65536), float32);
});

test("all bytes to single precision", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (const dtype of [int8, uint8]) same(bytes, row(dtype, 256), float32);
});

test("single numbers to half ones and to double precision", () => {
  // Every upper half with lower halves at, beside and far from what is rounded off.
  const lows = [0, 1, 0x0fff, 0x1000, 0x1001, 0x2fff, 0x3000, 0x7fff, 0x8000, 0x8001, 0xefff, 0xf000, 0xffff];
  for (const low of lows) {
    const words = Uint32Array.from({ length: 65536 }, (_, i) => i * 65536 + low);
    for (const to of [float16, bfloat16, float64])
      same(new Uint8Array(words.buffer), row(float32, 65536), to);
  }
  let state = 1;
  const random = Uint32Array.from({ length: 2 ** 20 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state ^ (state >>> 11);
  });
  for (const to of [float16, bfloat16, float64])
    same(new Uint8Array(random.buffer), row(float32, 2 ** 20), to);
});

test("double numbers to single ones", () => {
  const words = new Uint32Array(2 * 65536);
  for (const [low, high] of [
    [0, 0],
    [0, 8],
    [1, 8],
    [0x10000000, 0],
    [0x10000001, 0],
    [0x0fffffff, 1],
    [0x30000000, 1],
  ] as const) {
    for (let i = 0; i < 65536; i++) {
      words[2 * i] = low;
      words[2 * i + 1] = i * 65536 + high;
    }
    same(new Uint8Array(words.buffer), row(float64, 65536), float32);
  }
});

test("lengths off whole vectors, parts, turned and stretched layouts", () => {
  const bytes = new Uint8Array(
    Float32Array.from({ length: 50_000 }, (_, i) => Math.sin(i) * 10 ** (i % 12)).buffer,
  );
  for (const to of [float16, bfloat16, float64]) {
    for (const count of [1, 2, 3, 7, 8, 9, 255, 16383, 16385, 49_999]) same(bytes, row(float32, count), to);
    same(bytes, new Layout(float32, [30, 40], [100, 1], 5), to);
    same(bytes, new Layout(float32, [30, 400], [500, 1], 5), to);
    same(bytes, permute(Layout.contiguous(float32, [70, 90]), [1, 0]), to);
    same(bytes, new Layout(float32, [70, 90], [1, 0], 3), to);
    same(bytes, new Layout(float32, [300], [-2], 800), to);
  }
});
