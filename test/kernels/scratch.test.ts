// Scratch grows with what is asked for, and is given back when only small work follows.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setNumThreads } from "../../src/kernels/threads.ts";
import { kernelBytes, kernels, parallelKernels } from "../../src/kernels/use.ts";

const large = 2 ** 28;
const small = 2 ** 10;

after(() => {
  setNumThreads(1);
  parallelKernels();
});

for (const threads of [1, 2]) {
  const get = threads === 1 ? kernels : parallelKernels;

  test(`scratch for ${threads} threads is given back after a thousand small calls`, () => {
    setNumThreads(threads);
    const before = get()!.bytes.byteLength;
    const grown = get()!;
    grown.scratch(large);
    assert.ok(grown.bytes.byteLength >= large);
    assert.ok(kernelBytes() >= large);
    for (let i = 0; i < 500; i++) get()!.scratch(small);
    assert.equal(get(), grown, "large work may come again soon");
    for (let i = 0; i < 501; i++) get()!.scratch(small);
    assert.notEqual(get(), grown);
    assert.equal(get()!.bytes.byteLength, before);
  });

  test(`scratch for ${threads} threads stays while large work comes now and then`, () => {
    setNumThreads(threads);
    const grown = get()!;
    for (let i = 0; i < 3000; i++) get()!.scratch(i % 900 === 0 ? large : small);
    assert.equal(get(), grown);
    for (let i = 0; i < 1001; i++) get()!.scratch(small);
    assert.notEqual(get(), grown);
  });
}
