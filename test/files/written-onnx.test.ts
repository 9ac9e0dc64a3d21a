// ONNX files of tensors alone: pinned bytes, which are those of the onnx package; read back equal, lazily written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type DType, dtypes, float32 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { Layout, product } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import {
  type ArrayValue,
  BytesSink,
  contentBytes,
  type DictValue,
  open,
  read,
  writeOnnx,
  writeOnnxTo,
} from "../../src/files/index.ts";
import { assertPinned, testWithPython } from "../support/written.ts";

/** An array of the type whose bytes count up from `first`; a bool's are 0 and 1. */
function counted(dtype: DType, shape: readonly number[], first: number): Operand {
  const values = dtype.kind === "bool" ? 2 : 256;
  const bytes = Uint8Array.from(
    { length: product(shape) * dtype.itemSize },
    (_, at) => (first + at) % values,
  );
  return { storage: new Storage(bytes), layout: Layout.contiguous(dtype, shape) };
}

const floats = new Storage(Float32Array.from({ length: 6 }, (_, index) => index));

const tensors: [string, Operand][] = [
  ...dtypes.map((dtype, index): [string, Operand] => [String(index), counted(dtype, [2, 3], index)]),
  ["transposed", { storage: floats, layout: new Layout(float32, [2, 3], [1, 2]) }],
  ["scalar", { storage: floats, layout: new Layout(float32, [], [], 4) }],
  ["empty", { storage: floats, layout: Layout.contiguous(float32, [0, 2]) }],
];

test("weights.onnx is as pinned, and read back equal", async () => {
  const bytes = await writeOnnx(tensors, { metadata: new Map([["license", "none"]]) });
  assertPinned("weights.onnx", bytes);
  const { tree, metadata } = await read(bytes);
  assert.deepEqual(
    [...(tree as DictValue).keys()],
    tensors.map(([name]) => name),
  );
  for (const [name, tensor] of tensors) {
    const back = (tree as DictValue).get(name) as ArrayValue;
    assert.equal(back.layout.dtype, tensor.layout.dtype, name);
    assert.deepEqual(back.layout.shape, tensor.layout.shape, name);
    assert.deepEqual(contentBytes(back), contentBytes(tensor), name);
  }
  assert.deepEqual([...(metadata!.get("metadata_props") as DictValue)], [["license", "none"]]);
});

testWithPython("the onnx package makes the pinned files, and loads them", "check_onnx.py", ["onnx", "numpy"]);

test("tensors of a file are read when their turn comes, and let go of", async () => {
  const opened = await open(await writeOnnx(tensors));
  const named = [...(opened.tree as DictValue)] as [string, ArrayValue][];
  const sink = new BytesSink();
  await writeOnnxTo(sink, named, { release: true });
  assert.deepEqual(sink.bytes(), await writeOnnx(tensors));
  assert.ok(named.every(([, { stored }]) => !stored.isLoaded));
});

test("what cannot be written is refused", async () => {
  const [first] = tensors;
  await assert.rejects(writeOnnx([first!, first!]), /two tensors have the name "0"/);
  const wide = { storage: floats, layout: new Layout(float32, [2 ** 30], [0]) };
  await assert.rejects(writeOnnx([["w", wide]]), /an ONNX file less than 2 GiB/);
});
