// safetensors as it is written: pinned bytes, which the library loads; a file of the library's own is written again as
// it was; what cannot be written is named.

import assert from "node:assert/strict";
import { test } from "node:test";
import { complex128, type DType, dtypes, float32, int32 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { contiguousStrides, Layout, product } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import {
  type ArrayValue,
  BytesSink,
  contentBytes,
  type DictValue,
  type NamedTensors,
  open,
  read,
  Stored,
  tensorsOf,
  writeSafetensors,
  writeSafetensorsTo,
} from "../../src/files/index.ts";
import { referenceFiles } from "../support/reference.ts";
import { assertPinned, testWithPython } from "../support/written.ts";

const files = referenceFiles();

/** An array of the type whose bytes count up from `first`; a bool's are 0 and 1. */
function counted(dtype: DType, shape: readonly number[], first: number): Operand {
  const count = product(shape) * dtype.itemSize;
  const values = dtype.kind === "bool" ? 2 : 256;
  const bytes = Uint8Array.from({ length: count }, (_, at) => (first + at) % values);
  return { storage: new Storage(bytes), layout: Layout.contiguous(dtype, shape) };
}

function floats(length: number): Storage {
  return new Storage(Float32Array.from({ length }, (_, index) => index));
}

const everyType: [string, Operand][] = dtypes
  .filter((dtype) => dtype !== complex128)
  .map((dtype, index) => [dtype.name, counted(dtype, [2, 3], index)]);

const layouts: [string, Operand][] = [
  ["fortran", { storage: floats(6), layout: new Layout(float32, [2, 3], [1, 2]) }],
  ["every other", { storage: floats(8), layout: new Layout(float32, [2, 2], [4, 2], 1) }],
  ["reversed", { storage: floats(4), layout: new Layout(float32, [4], [-1], 3) }],
  ["broadcast", { storage: floats(2), layout: new Layout(float32, [3, 2], [0, 1]) }],
  ["0-d", { storage: floats(4), layout: new Layout(float32, [], [], 3) }],
  ["empty", { storage: floats(0), layout: Layout.contiguous(float32, [3, 0, 2]) }],
];

/** In UTF-8 the second comes after the first, in UTF-16 before. */
const names: [string, Operand][] = ["\uffff", "\u{1f600}", "", "__proto__", 'a"b\\\n\u0001é', "0"].map(
  (name, index) => [name, counted(int32, [1], index)],
);

const pinned: [file: string, tensors: [string, Operand][], metadata?: [string, string][]][] = [
  ["types.safetensors", everyType],
  ["layouts.safetensors", layouts, [["format", "pt"]]],
  [
    "names.safetensors",
    names,
    [
      ["b", "naïve\n"],
      ["a", ""],
    ],
  ],
  ["nothing.safetensors", []],
];

for (const [file, tensors, metadata] of pinned) {
  test(`${file} is as pinned, and read back equal`, async () => {
    const options = metadata === undefined ? {} : { metadata: new Map(metadata) };
    const bytes = await writeSafetensors(tensors, options);
    assertPinned(file, bytes);
    const opened = await read(bytes);
    const tree = opened.tree as DictValue;
    assert.equal(tree.size, tensors.length);
    for (const [name, tensor] of tensors) {
      const back = tree.get(name) as ArrayValue;
      assert.equal(back.layout.dtype, tensor.layout.dtype, name);
      assert.deepEqual(back.layout.shape, tensor.layout.shape, name);
      assert.deepEqual(back.layout.strides, contiguousStrides(tensor.layout.shape), name);
      assert.deepEqual(contentBytes(back), contentBytes(tensor), name);
    }
    assert.deepEqual(opened.metadata, metadata === undefined ? undefined : new Map(metadata));
  });
}

testWithPython("the library loads the pinned files", "check_safetensors.py", ["torch", "safetensors"]);

/** Files that the library wrote itself, with no more than one line of metadata (it has several in an order of chance). */
const ofTheLibrary = [...files.keys()].filter(
  (name) =>
    /^safetensors\/(dtype_(?!f[468])|dtypes|scalar|nothing|metadata_only|names|many|mixed|large|net|special|numpy)/.test(
      name,
    ) || /^safetensors\/sharded\/.*rs$/.test(name),
);

test("the library's own files are written again byte for byte, in whatever order tensors come", async () => {
  assert.ok(ofTheLibrary.length > 25);
  for (const name of ofTheLibrary) {
    const original = files.get(name)!;
    const { tree, metadata } = await read(original);
    const options = metadata === undefined ? {} : { metadata: metadata as ReadonlyMap<string, string> };
    assert.deepEqual(
      await writeSafetensors(tensorsOf(tree).reverse(), options),
      Uint8Array.from(original),
      name,
    );
  }
});

test("types that are carried as bytes are written as they were", async () => {
  for (const name of ["f4", "f6_e2m3", "f6_e3m2", "f8_e8m0"]) {
    const original = files.get(`safetensors/dtype_${name}.safetensors`)!;
    const before = await read(original);
    const after = await read(await writeSafetensors(tensorsOf(before.tree)));
    const [one, other] = [before, after].map(({ tree }) => (tree as DictValue).get("w") as ArrayValue);
    assert.deepEqual(other!.facts, one!.facts);
    assert.deepEqual(other!.stored.storage.bytes(), one!.stored.storage.bytes());
  }
});

const refused: [what: string, tensors: NamedTensors, options: object, says: RegExp][] = [
  [
    "complex128",
    [["w", counted(complex128, [1], 0)]],
    {},
    /tensor "w" is complex128, which safetensors has no/,
  ],
  [
    "two of one name",
    [
      ["w", counted(int32, [1], 0)],
      ["w", counted(int32, [1], 1)],
    ],
    {},
    /two tensors have the name "w"/,
  ],
  [
    "the metadata's name",
    [["__metadata__", counted(int32, [1], 0)]],
    {},
    /no tensor of the name __metadata__/,
  ],
  ["half a surrogate pair", [["\ud800", counted(int32, [1], 0)]], {}, /half a surrogate pair/],
  ["half a pair in metadata", [], { metadata: new Map([["a", "\udc00"]]) }, /half a surrogate pair/],
];

for (const [what, tensors, options, says] of refused) {
  test(`${what} is refused before a byte is written`, async () => {
    const sink = new BytesSink();
    await assert.rejects(writeSafetensorsTo(sink, tensors, options), { name: "ValueError", message: says });
    assert.equal(sink.bytes().byteLength, 0);
  });
}

test("what is no plain tensor is refused by its kind", async () => {
  const { tree } = await read(files.get("pt/sparse_csr.pt")!);
  await assert.rejects(writeSafetensors(tensorsOf(tree)), /is sparse, which safetensors has no type for/);
});

test("a copy holds one tensor at a time, and tells how far it is", async () => {
  const size = 1000;
  const tensors = ["a", "b", "c"].map((name, index): [string, Operand] => [
    name,
    { storage: new Storage(new Float32Array(size).fill(index)), layout: Layout.contiguous(float32, [size]) },
  ]);
  const opened = await open(await writeSafetensors(tensors));
  const storages = [...opened.storages()];
  assert.ok(storages.every((stored) => stored instanceof Stored && !stored.isLoaded));
  let most = 0;
  const held = (): void => {
    most = Math.max(most, storages.filter(({ isLoaded }) => isLoaded).length);
  };
  const steps: [number, number][] = [];
  await writeSafetensorsTo({ write: held }, tensorsOf(opened.tree), {
    release: true,
    onProgress: (done, total) => steps.push([done, total]),
  });
  assert.equal(most, 1);
  assert.ok(storages.every(({ isLoaded }) => !isLoaded));
  assert.deepEqual(
    steps,
    [4000, 8000, 12_000].map((done) => [done, 12_000]),
  );
});
