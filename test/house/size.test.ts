// How much a page and Node load of the built package, so that it does not grow unnoticed.

import assert from "node:assert/strict";
import { test } from "node:test";

interface Sizes {
  readonly programs: Readonly<Record<string, string>>;
  weigh(
    program: string,
  ): Promise<{ readonly size: number; readonly parts: readonly (readonly [string, number])[] }>;
  sizeInNode(): number;
}

const sizes = (): Promise<Sizes> =>
  import(new URL("../../bench/sizes.mjs", import.meta.url).href) as Promise<Sizes>;

/** In bytes, minified and compressed by gzip. The goal is 120,000 (`npm run bench -- import`). */
const limits: Readonly<Record<string, number>> = {
  "torch, all of it": 318_000,
  "a tensor with its methods, printed": 183_000,
  "the same of weightbridge/torch/core": 115_000,
};

test("what a page loads stays within its limits", async () => {
  const { programs, weigh } = await sizes();
  assert.deepEqual(Object.keys(programs), Object.keys(limits));
  for (const [name, program] of Object.entries(programs)) {
    const { size, parts } = await weigh(program);
    const sum = parts.reduce((bytes, [, own]) => bytes + own, 0);
    assert.ok(sum > 0.9 * size && sum <= size, `${name}: its parts have ${sum} of ${size} bytes`);
    assert.ok(size > 50_000, `${name}: ${size} bytes are too few to be it`);
    assert.ok(size <= limits[name]!, `${name}: ${size} bytes, at most ${limits[name]}`);
  }
});

test("what Node loads until a tensor prints stays within its limit", async () => {
  const { sizeInNode } = await sizes();
  const size = sizeInNode();
  assert.ok(size > 20_000, `${size} bytes are too few to be it`);
  assert.ok(size <= 41_500, `${size} bytes, at most 41,500`);
});
