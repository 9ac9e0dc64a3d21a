// Matrix products of the WebAssembly device against float64 sums of exact products, over sizes on and off the tiles' and
// every way that strides can lie.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float32 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { wasmFrom } from "../../src/devices/wasm/index.ts";

const { matmul, linear } = wasmFrom(0).kernels as Record<
  string,
  (inputs: readonly Operand[], outputs: readonly Operand[], attributes: undefined) => void
>;

/** Numbers between -0.5 and 0.5, the same in each run. */
let state = 1;
function next(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32 - 0.5;
}

type Lay = (rows: number, columns: number) => { length: number; strides: [number, number]; offset: number };

/** Ways in which a matrix can lie in its storage. */
const lays: Readonly<Record<string, Lay>> = {
  plain: (m, n) => ({ length: m * n, strides: [n, 1], offset: 0 }),
  transposed: (m, n) => ({ length: m * n, strides: [1, m], offset: 0 }),
  "part of a larger one": (m, n) => ({ length: (m + 1) * (n + 3) + 2, strides: [n + 3, 1], offset: 5 }),
  "every other column": (m, n) => ({ length: 2 * m * n + 1, strides: [2 * n, 2], offset: 1 }),
  "from the end": (m, n) => ({ length: m * n, strides: [-n, -1], offset: Math.max(0, m * n - 1) }),
  "one row again and again": (_m, n) => ({ length: n + 1, strides: [0, 1], offset: 1 }),
  "one element": () => ({ length: 1, strides: [0, 0], offset: 0 }),
  "overlapping rows": (m, n) => ({ length: m + n, strides: [1, 1], offset: 0 }),
};

function made(lay: Lay, rows: number, columns: number): Operand {
  const { length, strides, offset } = lay(rows, columns);
  const values = Float32Array.from({ length }, next);
  return { storage: new Storage(values), layout: new Layout(float32, [rows, columns], strides, offset) };
}

const empty = (shape: number[]): Operand => {
  const layout = Layout.contiguous(float32, shape);
  return { storage: new Storage(new Float32Array(layout.size).fill(Number.NaN)), layout };
};

function at({ storage, layout }: Operand, i: number, j: number): number {
  const values = storage.view(float32) as Float32Array;
  return values[layout.offset + i * layout.strides[0]! + j * layout.strides[1]!]!;
}

/**
 * Checks each element: a sum of `count` products in any order, each operation rounded by at most u = 2^-24, is off by at
 * most gamma(count) = count * u / (1 - count * u) times the sum of their magnitudes (Higham, "Accuracy and Stability of
 * Numerical Algorithms", section 3.1).
 */
function checkProduct(a: Operand, b: Operand, out: Operand, bias?: Operand): void {
  const [m, n] = out.layout.shape as [number, number];
  const k = a.layout.shape[1]!;
  const error = (k + 2) * 2 ** -24;
  const bound = error / (1 - error);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const added = bias === undefined ? 0 : at(bias, 0, j);
      let [sum, magnitude] = [added, Math.abs(added)];
      for (let x = 0; x < k; x++) {
        const product = at(a, i, x) * at(b, x, j);
        sum += product;
        magnitude += Math.abs(product);
      }
      const got = at(out, i, j);
      assert.ok(
        Math.abs(got - sum) <= bound * magnitude,
        `[${m}, ${k}] x [${k}, ${n}] at ${i}, ${j}: ${got}, not ${sum}`,
      );
    }
  }
}

const sizes: readonly (readonly [number, number, number])[] = [
  [0, 3, 2],
  [3, 0, 2],
  [1, 1, 1],
  [1, 40, 300],
  [3, 37, 19],
  [4, 1, 9],
  [5, 8, 256],
  [6, 9, 257],
  [11, 7, 1],
  [41, 3, 33],
  [41, 23, 12],
  [10, 16, 64],
  [121, 13, 5],
];

for (const [name, left] of Object.entries(lays)) {
  for (const [other, right] of Object.entries(lays)) {
    test(`a product of matrices that lie thus: ${name}; ${other}`, () => {
      for (const [m, n, k] of sizes) {
        const [a, b, out] = [made(left, m, k), made(right, k, n), empty([m, n])];
        matmul!([a, b], [out], undefined);
        checkProduct(a, b, out);
      }
    });
  }
}

test("a product whose inner length is 0 is zeros, or the bias", () => {
  for (const [m, n] of [
    [2, 3],
    [7, 9],
  ] as const) {
    const [a, b, out] = [made(lays.plain!, m, 0), made(lays.plain!, 0, n), empty([m, n])];
    matmul!([a, b], [out], undefined);
    checkProduct(a, b, out);
    const bias = made(lays.plain!, 1, n);
    linear!([a, { ...b, layout: Layout.contiguous(float32, [n, 0]) }, bias], [out], undefined);
    checkProduct(a, b, out, bias);
  }
});

test("products larger than what is copied in at once", () => {
  for (const [m, n, k] of [
    [6, 1030, 9],
    [1030, 6, 9],
    [6, 9, 2100],
    [2, 3, 33000],
    [1, 66000, 2],
  ] as const) {
    for (const lay of [lays.plain!, lays.transposed!]) {
      const [a, b, out] = [made(lay, m, k), made(lay, k, n), empty([m, n])];
      matmul!([a, b], [out], undefined);
      checkProduct(a, b, out);
    }
  }
});

test("a product into any layout", () => {
  for (const name of ["transposed", "part of a larger one", "every other column", "from the end"]) {
    for (const [m, n, k] of sizes) {
      const [a, b, out] = [made(lays.plain!, m, k), made(lays.plain!, k, n), made(lays[name]!, m, n)];
      matmul!([a, b], [out], undefined);
      checkProduct(a, b, out);
    }
  }
});

test("linear adds a bias to each row, whichever side is the short one", () => {
  for (const [m, n, k] of sizes) {
    for (const lay of [lays.plain!, lays.transposed!]) {
      const [x, weight, bias, out] = [
        made(lay, m, k),
        made(lay, n, k),
        made(lays.plain!, 1, n),
        empty([m, n]),
      ];
      linear!([x, weight, bias], [out], undefined);
      const { layout } = weight;
      const turned = new Layout(float32, [k, n], [layout.strides[1]!, layout.strides[0]!], layout.offset);
      checkProduct(x, { ...weight, layout: turned }, out, bias);
    }
  }
});

test("a batch is stretched to the other's", () => {
  const [batch, m, k, n] = [3, 6, 10, 9];
  const single = made(lays.plain!, k, n);
  const many = made(lays.plain!, batch * m, k);
  const stacked: Operand = { ...many, layout: Layout.contiguous(float32, [batch, m, k]) };
  const whole = empty([batch * m, n]);
  const out: Operand = { ...whole, layout: Layout.contiguous(float32, [batch, m, n]) };
  matmul!([stacked, single], [out], undefined);
  checkProduct(many, single, whole);
  const other: Operand = {
    storage: many.storage,
    layout: new Layout(float32, [batch, m, k], [0, k, 1], m * k),
  };
  whole.storage.view(float32).fill(Number.NaN as never);
  matmul!([other, single], [out], undefined);
  const one: Operand = { ...many, layout: new Layout(float32, [m, k], [k, 1], m * k) };
  for (let i = 0; i < batch; i++) {
    checkProduct(one, single, { ...whole, layout: new Layout(float32, [m, n], [n, 1], i * m * n) });
  }
});
