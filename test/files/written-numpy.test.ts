// .npy and .npz as they are written: pinned bytes, which NumPy loads and, stored, writes itself; streams give what the
// functions of bytes give.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dtypes, float32 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { BytesSink, writeNpy, writeNpyTo, writeNpz, writeNpzTo } from "../../src/files/index.ts";
import { assertPinned, testWithPython } from "../support/written.ts";

const floats = (length: number): Storage => new Storage(Float32Array.from({ length }, (_, index) => index));

/** Types that NumPy has, each with bytes that count up. */
const everyType = dtypes
  .filter(({ name }) => !/^(bfloat16|float8)/.test(name))
  .map((dtype, first): [string, Operand] => {
    const values = dtype.kind === "bool" ? 2 : 256;
    const bytes = Uint8Array.from({ length: 6 * dtype.itemSize }, (_, at) => (first + at) % values);
    return [dtype.name, { storage: new Storage(bytes), layout: Layout.contiguous(dtype, [2, 3]) }];
  });

const layouts: [string, Operand][] = [
  ["fortran", { storage: floats(6), layout: new Layout(float32, [2, 3], [1, 2]) }],
  ["layers/every other", { storage: floats(8), layout: new Layout(float32, [2, 2], [4, 2], 1) }],
  ["reversed é", { storage: floats(4), layout: new Layout(float32, [4], [-1], 3) }],
  ["0-d", { storage: floats(4), layout: new Layout(float32, [], [], 3) }],
  ["empty", { storage: floats(0), layout: Layout.contiguous(float32, [3, 0, 2]) }],
];

for (const [file, arrays] of [
  ["types.npz", everyType],
  ["layouts.npz", layouts],
] as const) {
  test(`${file} is written byte for byte, as bytes and to a sink`, async () => {
    const bytes = await writeNpz(arrays);
    assertPinned(file, bytes);
    const sink = new BytesSink();
    await writeNpzTo(sink, arrays);
    assert.deepEqual(sink.bytes(), bytes);
  });
}

test("fortran.npy is written byte for byte, as bytes and to a sink", async () => {
  const bytes = writeNpy(layouts[0]![1]);
  assertPinned("fortran.npy", bytes);
  const sink = new BytesSink();
  await writeNpyTo(sink, layouts[0]![1]);
  assert.deepEqual(sink.bytes(), bytes);
});

testWithPython("NumPy loads the pinned files, and writes the same", "check_numpy.py", ["numpy"]);
