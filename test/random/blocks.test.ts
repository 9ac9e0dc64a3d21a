// Numbers of the kernels, against the definition: every step in float32, products and sums fused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float32 } from "../../src/core/dtype.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { fillNormal, fillUniform, Generator } from "../../src/random/index.ts";
import { fma32 } from "../../src/random/rounding.ts";
import { log32, sincos32 } from "../../src/random/vector-math.ts";

const { fround } = Math;
const TWO_PI = fround(2 * Math.PI);
const turn = { sin: 0, cos: 0 };

function transform(numbers: Float32Array, at: number, mean: number, std: number): void {
  for (let i = at; i < at + 8; i++) {
    const radius = fround(Math.sqrt(fround(-2 * log32(fround(1 - numbers[i]!)))));
    sincos32(fround(TWO_PI * numbers[i + 8]!), turn);
    numbers[i] = fma32(fround(radius * turn.cos), fround(std), fround(mean));
    numbers[i + 8] = fma32(fround(radius * turn.sin), fround(std), fround(mean));
  }
}

function normals(count: number, mean: number, std: number, generator: Generator): Float32Array {
  const numbers = Float32Array.from({ length: count }, () => generator.uniform32());
  for (let at = 0; at + 16 <= count; at += 16) transform(numbers, at, mean, std);
  if (count % 16 === 0) return numbers;
  for (let i = count - 16; i < count; i++) numbers[i] = generator.uniform32();
  transform(numbers, count - 16, mean, std);
  return numbers;
}

/** A generator that has given out some numbers already. */
function begun(seed: number, given: number): Generator {
  const generator = new Generator().manualSeed(seed);
  for (let i = 0; i < given; i++) generator.nextWord();
  return generator;
}

test("normal numbers in blocks are the definition's, and the stream goes on as it does", () => {
  for (const [count, mean, std, given] of [
    [512, 0, 1, 0],
    [20003, 0, 0.02, 1],
    [10001, 0.3, 1.7, 624],
  ] as const) {
    const [generator, other] = [begun(count, given), begun(count, given)];
    const storage = Storage.allocate(float32, count);
    fillNormal({ storage, layout: Layout.contiguous(float32, [count]) }, mean, std, generator);
    assert.deepEqual(storage.view(float32), normals(count, mean, std, other));
    assert.deepEqual(generator.getState(), other.getState());
  }
});

test("uniform numbers together are those one by one", () => {
  for (const [count, given] of [
    [512, 0],
    [5000, 623],
    [624, 624],
  ] as const) {
    const [generator, other] = [begun(count, given), begun(count, given)];
    const storage = Storage.allocate(float32, count);
    fillUniform({ storage, layout: Layout.contiguous(float32, [count]) }, -2, 3, generator);
    const expected = Float32Array.from({ length: count }, () => fma32(other.uniform32(), 5, -2));
    assert.deepEqual(storage.view(float32), expected);
    assert.deepEqual(generator.getState(), other.getState());
  }
});
