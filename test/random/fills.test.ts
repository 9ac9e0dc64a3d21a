// Fillings beyond the recorded lists: ranges whose end is rounded to, strided and complex targets, refusals, and the
// fused multiply-add under it all. The digests (first 16 hex digits of SHA-256) were taken from PyTorch 2.13 at seed 7.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { bool, complex64, type DType, dtypeByName, float32, int64, uint8 } from "../../src/core/dtype.ts";
import { type Complex, elements, type Operand } from "../../src/core/elements.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import {
  defaultGenerator,
  fillBernoulli,
  fillIntegers,
  fillNormal,
  fillPermutation,
  fillUniform,
  Generator,
  permutation,
} from "../../src/random/index.ts";
import { fma32, fma64 } from "../../src/random/rounding.ts";

const seven = (): Generator => new Generator().manualSeed(7);
const row = (dtype: DType, size: number): Operand => ({
  storage: Storage.allocate(dtype, size),
  layout: Layout.contiguous(dtype, [size]),
});
const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

test("uniform numbers of every type and range; what rounds to the end becomes the beginning", () => {
  const rows: readonly [string, number, number, string][] = [
    ["float16", 0, 1, "c31a2ea6ec5d436a"],
    ["float16", -0.1, 0.1, "f1f3ccc4a3ca5c7d"],
    ["float16", 2.5, 7.25, "f9c2e85d41d121f4"],
    ["float16", 0, 0.001, "21588c18accd6518"],
    ["float16", -3, 1000, "97c3de1c75820f02"],
    ["float16", 1024, 1025, "d49f2ad03c8f9f29"],
    ["bfloat16", 0, 1, "1d60b3f1b33e473a"],
    ["bfloat16", -0.1, 0.1, "d0a80244a7227b47"],
    ["bfloat16", 2.5, 7.25, "e4933cceee209553"],
    ["bfloat16", 0, 0.001, "1cb19fc24946f0fc"],
    ["bfloat16", -3, 1000, "7d8fe15e056d6002"],
    ["bfloat16", 1024, 1025, "58d087203b3c8c2e"],
    ["float32", 0, 1, "9516e6c30c3c3725"],
    ["float32", -0.1, 0.1, "f191f1722391a9e3"],
    ["float32", 2.5, 7.25, "8db98fa751bd0a0d"],
    ["float32", 0, 0.001, "3127c03037f93166"],
    ["float32", -3, 1000, "80144bddfff314a4"],
    ["float32", 1048576, 1048577, "a32e6f1afd89541a"],
    ["float64", 0, 1, "5582c34bd35c7c95"],
    ["float64", -0.1, 0.1, "ba9526e4556610be"],
    ["float64", 2.5, 7.25, "cf61947aba707580"],
    ["float64", 0, 0.001, "bc8a9125bf183dbe"],
    ["float64", -3, 1000, "7627d8122e5c62c9"],
    ["float64", 1048576, 1048577, "4e3946d335e895e9"],
  ];
  for (const [name, from, to, expected] of rows) {
    const target = row(dtypeByName(name)!, 5000);
    fillUniform(target, from, to, seven());
    assert.equal(digest(target.storage.bytes()), expected, `${name} from ${from} to ${to}`);
    const values = elements(target).map(Number);
    assert.ok(
      values.every((value) => value !== to),
      `${name} reaches ${to}`,
    );
  }
});

test("a view with gaps is filled in the order of memory, and nothing between is touched", () => {
  // zeros(4, 6, 10)[:, ::2, 1:8:3].permute(2, 0, 1)
  const layout = new Layout(float32, [3, 4, 3], [3, 60, 20], 1);
  const storage = Storage.allocate(float32, 240);
  fillUniform({ storage, layout }, 0, 1, seven());
  const values = Float32Array.from(elements({ storage, layout }) as number[]);
  assert.equal(digest(new Uint8Array(values.buffer)), "e1b1a29e69e88546");
  assert.equal((storage.data as Float32Array).filter((value) => value !== 0).length, layout.size);
});

test("normal numbers in blocks, of complex and of half types", () => {
  const single = row(float32, 100003);
  fillNormal(single, 2.5, 3, seven());
  assert.equal(digest(single.storage.bytes()), "21a337add7ac765e");
  for (const [name, expected] of [
    ["float16", "b4f8381c3a54208f"],
    ["bfloat16", "6d867c5a282762f3"],
  ] as const) {
    const half = row(dtypeByName(name)!, 3003);
    fillNormal(half, 2.5, 3, seven());
    assert.equal(digest(half.storage.bytes()), expected, name);
  }
  const dense = row(complex64, 20);
  fillNormal(dense, 2.5, 3, seven());
  assert.equal(digest(dense.storage.bytes()), "164cbd3b86fb98ee");
  const spread: Operand = {
    storage: Storage.allocate(complex64, 24),
    layout: new Layout(complex64, [12], [2], 1),
  };
  fillNormal(spread, 2.5, 3, seven());
  const parts = Float32Array.from((elements(spread) as Complex[]).flatMap(({ re, im }) => [re, im]));
  assert.equal(digest(new Uint8Array(parts.buffer)), "9ca976d8612e961c");
});

test("a permutation holds each number once, in any integer type", () => {
  const order = permutation(1000, seven());
  assert.deepEqual(
    Array.from(order).sort((a, b) => a - b),
    Array.from({ length: 1000 }, (_, i) => i),
  );
  const target: Operand = { storage: Storage.allocate(int64, 20), layout: new Layout(int64, [10], [-2], 19) };
  fillPermutation(target, seven());
  assert.deepEqual(elements(target).map(Number), Array.from(permutation(10, seven())));
});

test("negative 64-bit integers are written whole", () => {
  const target = row(int64, 50);
  fillIntegers(target, -(2 ** 40), 5 - 2 ** 40, seven());
  for (const value of elements(target) as bigint[]) {
    assert.ok(value >= -(2n ** 40n) && value < 5n - 2n ** 40n, String(value));
  }
});

test("refusals have PyTorch's words", () => {
  const three = row(float32, 3);
  const refusals: readonly [() => void, string, string][] = [
    [
      () => fillUniform(three, 2, 1, seven()),
      "RuntimeError",
      "uniform_ expects to return a [from, to) range, but found from=2 > to=1",
    ],
    [
      () => fillUniform(three, -3e38, 3e38, seven()),
      "RuntimeError",
      "uniform_ expects to-from <= std::numeric_limits<Float>::max(), but found to=3e+38 and from=-3e+38 which " +
        "result in to-from to exceed the limit",
    ],
    [() => fillUniform(three, 0, 1e39, seven()), "RuntimeError", "to is out of bounds for float"],
    [() => fillUniform(three, Number.NaN, 1, seven()), "RuntimeError", "from is out of bounds for float"],
    [
      () => fillUniform(row(int64, 3), 0, 1, seven()),
      "NotImplementedError",
      "\"check_uniform_bounds\" not implemented for 'Long'",
    ],
    [
      () => fillNormal(row(int64, 3), 0, 1, seven()),
      "NotImplementedError",
      "\"normal_kernel_cpu\" not implemented for 'Long'",
    ],
    [() => fillNormal(three, 0, -1, seven()), "RuntimeError", "normal expects std >= 0.0, but found std -1"],
    [
      () => fillBernoulli(three, 1.5, seven()),
      "RuntimeError",
      "bernoulli_ expects p to be in [0, 1], but got p=1.5",
    ],
    [
      () => fillIntegers(three, 3, 3, seven()),
      "RuntimeError",
      "random_ expects 'from' to be less than 'to', but got from=3 >= to=3",
    ],
    [
      () => fillIntegers(row(uint8, 3), 0, 257, seven()),
      "RuntimeError",
      "to - 1 is out of bounds for unsigned char",
    ],
    [
      () => fillIntegers(row(uint8, 3), -1, 25, seven()),
      "RuntimeError",
      "from is out of bounds for unsigned char",
    ],
    [() => fillIntegers(row(bool, 3), 0, 3, seven()), "RuntimeError", "to - 1 is out of bounds for bool"],
    [
      () => fillPermutation(row(uint8, 300), seven()),
      "RuntimeError",
      "value cannot be converted to type uint8_t without overflow",
    ],
    [
      () => fillPermutation(row(bool, 1), seven()),
      "NotImplementedError",
      "\"randperm\" not implemented for 'Bool'",
    ],
    [
      () => seven().setState(new Uint8Array(5)),
      "RuntimeError",
      "Expected a CPUGeneratorImplState of size 5056 but found the input RNG state size to be 5",
    ],
    [() => seven().setState(new Uint8Array(5056)), "RuntimeError", "Invalid mt19937 state"],
  ];
  for (const [run, name, message] of refusals) assert.throws(run, { name, message });
});

test("a generator seeds itself anew, and the shared one is one", () => {
  const generator = new Generator();
  const seed = generator.seed();
  assert.ok(Number.isSafeInteger(seed) && seed >= 0);
  assert.equal(generator.initialSeed(), seed);
  assert.notEqual(generator.seed(), seed);
  assert.equal(defaultGenerator(), defaultGenerator());
});

/** A double as a fraction with a power of two below, exactly. */
function fraction(value: number): { over: bigint; bits: bigint } {
  let bits = 0n;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    bits++;
  }
  return { over: BigInt(scaled), bits };
}

test("fused multiply-add rounds once", () => {
  // Just above the midpoint of two float32 values by less than a double shows: two roundings would go down to 1.
  assert.equal(fma32(2 ** -24, 1, 1), 1);
  assert.equal(fma32(1 + 2 ** -23, 2 ** -24, 1), 1 + 2 ** -23);
  assert.equal(fma32(2 ** -60, 2 ** -20, 1 + 2 ** -23), 1 + 2 ** -23);
  assert.equal(fma64(1 + 2 ** -52, 1 + 2 ** -52, -1), 2 ** -51 + 2 ** -104);
  assert.equal(fma64(1 + 2 ** -30, 2 ** -53, 1), 1 + 2 ** -52);
  assert.equal(fma64(0.5, 2 ** 1000, 2 ** 1000), 1.5 * 2 ** 1000);
  const generator = seven();
  for (let i = 0; i < 3000; i++) {
    const a = generator.uniform64();
    const b = (generator.uniform64() - 0.5) * 2 ** (i % 40);
    const c = (generator.uniform64() - 0.5) * 2 ** (i % 7);
    const value = fma64(a, b, c);
    const [below, above] = [neighbour(value, -1n), neighbour(value, 1n)];
    assert.ok(isNearest(value, below, a, b, c) && isNearest(value, above, a, b, c), `${a} * ${b} + ${c}`);
  }
});

/** The largest of the numbers. */
const largest = (...values: bigint[]): bigint => values.sort((x, y) => Number(x - y)).at(-1)!;

/** The next double after `value` in the direction of growing or shrinking size. */
function neighbour(value: number, step: bigint): number {
  const cell = new Float64Array([value]);
  new BigInt64Array(cell.buffer)[0]! += step;
  return cell[0]!;
}

/** True iff a * b + c is no nearer to `other` than to `value`. */
function isNearest(value: number, other: number, a: number, b: number, c: number): boolean {
  // The sign of the exact result minus the midpoint, all doubled so that the midpoint needs no halving.
  const [v, o] = [fraction(value), fraction(other)];
  const bits = largest(v.bits, o.bits);
  const sum = (v.over << (bits - v.bits)) + (o.over << (bits - o.bits));
  const [fa, fb, fc] = [a, b, c].map(fraction) as [
    ReturnType<typeof fraction>,
    ReturnType<typeof fraction>,
    ReturnType<typeof fraction>,
  ];
  const all = largest(bits, fa.bits + fb.bits, fc.bits);
  const exact = ((fa.over * fb.over) << (all - fa.bits - fb.bits)) + (fc.over << (all - fc.bits));
  const difference = 2n * exact - (sum << (all - bits));
  return value > other ? difference >= 0n : difference <= 0n;
}
