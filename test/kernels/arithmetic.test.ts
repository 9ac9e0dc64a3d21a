// Arithmetic by the kernels gives the reference's very bits: over numbers of all sizes, zeros of both signs, infinities and
// NaN, over lengths on and off whole blocks, and over stretched, turned and overlapping operands.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DType } from "../../src/core/dtype.ts";
import { bool, float32 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { Layout, permute } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { reference } from "../../src/devices/reference/index.ts";
import { arithmeticRows } from "../../src/devices/wasm/arithmetic.ts";
import { wasmFrom } from "../../src/devices/wasm/index.ts";
import { kernels } from "../../src/kernels/use.ts";

test("the kernels are there", () => assert.ok(kernels() !== undefined));

const fast = wasmFrom(0);
const special = [0, -0, 1, -1, NaN, Infinity, -Infinity, 2 ** -149, -(2 ** -149), 3e38, -3e38, 0.5, 1e-40];

/** Numbers of all sizes, some of them special ones. */
function numbers(count: number, seed: number): Float32Array {
  let state = seed * 2654435761;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  return Float32Array.from({ length: count }, () =>
    next() < 0.2 ? special[Math.floor(next() * special.length)]! : (next() - 0.5) * 10 ** (next() * 10 - 5),
  );
}

/** How many numbers there are for an operand, which are only read: they are made once. */
const length = 40_000;
const given = [1, 2, 3].map((seed) => new Storage(numbers(length, seed)));
const truth = new Storage(Uint8Array.from(numbers(length, 1), (value) => (value > 0 ? 1 : 0)));

interface Rule {
  readonly count: number;
  readonly attributes?: object;
  readonly first?: DType;
  readonly result?: DType;
}

const rules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    [
      "add",
      "subtract",
      "multiply",
      "divide",
      "maximum",
      "minimum",
      "clampMin",
      "clampMax",
      "reluBackward",
      "tanhBackward",
    ].map((name) => [name, { count: 2 }]),
  ),
  ...Object.fromEntries(["negative", "absolute", "square", "relu"].map((name) => [name, { count: 1 }])),
  ...Object.fromEntries(["clamp", "lerp", "multiplyAdd"].map((name) => [name, { count: 3 }])),
  ...Object.fromEntries(
    ["less", "lessEqual", "greater", "greaterEqual", "equal", "notEqual"].map((name) => [
      name,
      { count: 2, result: bool },
    ]),
  ),
  hardtanh: { count: 1, attributes: { min: -0.3, max: 6 } },
  addScaled: { count: 2, attributes: { scale: -0.3 } },
  addcmul: { count: 3, attributes: { re: 0.7, im: 0 } },
  addcdiv: { count: 3, attributes: { re: -1.1, im: 0 } },
  where: { count: 3, first: bool },
};

test("every row is tested", () =>
  assert.deepEqual(Object.keys(rules).sort(), Object.keys(arithmeticRows).sort()));

/** Asserts that both devices write the same values for operands of these layouts; NaN is NaN. */
function same(name: string, layouts: readonly Layout[], output: Layout): void {
  const rule = rules[name]!;
  const inputs = layouts.slice(0, rule.count).map((layout, k): Operand => {
    const dtype = k === 0 ? (rule.first ?? float32) : float32;
    const storage = dtype === bool ? truth : given[k]!;
    return { storage, layout: new Layout(dtype, layout.shape, layout.strides, layout.offset) };
  });
  const dtype = rule.result ?? float32;
  const target = new Layout(dtype, output.shape, output.strides, output.offset);
  const [got, wanted] = [fast, reference].map((device) => {
    const storage = Storage.allocate(dtype, length);
    const kernel = device.kernels[name] as unknown as (...args: unknown[]) => void;
    kernel(inputs, [{ storage, layout: target }], rule.attributes);
    return storage.view(dtype) as Float32Array;
  });
  for (let i = 0; i < length; i++) {
    if (!Object.is(got![i], wanted![i]))
      assert.fail(`${name} of ${target.shape} at ${i}: ${got![i]}, ${wanted![i]}`);
  }
}

const flat = (...shape: number[]): Layout => Layout.contiguous(float32, shape);
const strided = (shape: number[], strides: number[], offset = 0): Layout =>
  new Layout(float32, shape, strides, offset);

for (const name of Object.keys(rules)) {
  test(name, () => {
    for (const n of [1, 2, 3, 5, 15, 16, 17, 31, 1000, 8191, 8192, 8193, 30_001])
      same(name, [flat(n), flat(n), flat(n)], flat(n));
    const all = flat(70, 200);
    const operands = [
      all,
      flat(200),
      flat(1),
      flat(1, 1),
      flat(),
      flat(1, 200),
      strided([70, 200], [1, 0], 2),
      strided([70, 200], [300, 1], 7),
    ];
    operands.push(permute(flat(200, 70), [1, 0]), strided([70, 200], [200, -1], 300), flat(70, 1));
    for (const a of operands) {
      for (const b of operands) same(name, [a, b, all], all);
      same(name, [all, a, flat(200)], all);
      same(name, [all, a, a], strided([70, 200], [250, 1], 3));
      same(name, [a, all, all], permute(flat(200, 70), [1, 0]));
    }
    same(name, [flat(3, 5, 7), flat(5, 1), flat(7)], flat(3, 5, 7));
    same(name, [flat(40, 6, 100), flat(6, 100), flat(100)], flat(40, 6, 100));
  });
}

test("a result in the place of an operand", () => {
  for (const name of Object.keys(rules).filter(
    (each) => rules[each]!.result === undefined && rules[each]!.first === undefined,
  )) {
    const results = [fast, reference].map((device) => {
      const layout = flat(20_000);
      const inputs = [1, 2, 3]
        .slice(0, rules[name]!.count)
        .map((seed) => ({ storage: new Storage(numbers(20_000, seed)), layout }));
      const kernel = device.kernels[name] as unknown as (...args: unknown[]) => void;
      kernel(inputs, [inputs[0]!], rules[name]!.attributes);
      return inputs[0]!.storage.view(float32) as Float32Array;
    });
    const [got, wanted] = results;
    assert.ok(
      got!.every((value, i) => Object.is(value, wanted![i])),
      name,
    );
  }
});
