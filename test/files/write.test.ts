// What is written: pinned to the bytes that NumPy writes for the same arrays, and read back with the same order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bfloat16, bool, float32, int64 } from "../../src/core/dtype.ts";
import { elements, type Operand } from "../../src/core/elements.ts";
import { Layout, permute, slice } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { read, writeNpy, writeNpz } from "../../src/files/index.ts";
import { ArrayValue, DictValue } from "../../src/files/values.ts";
import { referenceFiles } from "../support/reference.ts";

const files = referenceFiles();
const counting = new Storage(Float32Array.from({ length: 24 }, (_, index) => index));
const cube = Layout.contiguous(float32, [2, 3, 4]);

async function arrayOf(bytes: Uint8Array): Promise<ArrayValue> {
  const { tree } = await read(bytes);
  assert.ok(tree instanceof ArrayValue);
  return tree;
}

/** Files of the reference set that numpy.save wrote itself, little-endian. */
const written = [
  "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 float32_special complex64 complex128",
  "scalar scalar_int64 empty_1d empty_3d one_element dims_64 dims_9 large fortran_2d fortran_3d stepped reversed",
  "transposed permuted broadcast",
]
  .join(" ")
  .split(" ");

for (const name of written) {
  test(`${name}.npy is written again as NumPy wrote it`, async () => {
    const original = files.get(`npy/${name}.npy`)!;
    assert.deepEqual(writeNpy(await arrayOf(original)), Uint8Array.from(original));
  });
}

for (const version of [2, 3] as const) {
  test(`a header of version ${version}`, async () => {
    const name = version === 2 ? "version2_small" : "version3_small";
    const original = files.get(`npy/${name}.npy`)!;
    assert.deepEqual(writeNpy(await arrayOf(original), { version }), Uint8Array.from(original));
  });
}

const views: [name: string, array: Operand, order: "C" | "F"][] = [
  ["contiguous", { storage: counting, layout: cube }, "C"],
  ["transposed", { storage: counting, layout: permute(cube, [2, 1, 0]) }, "F"],
  ["permuted", { storage: counting, layout: permute(cube, [1, 2, 0]) }, "C"],
  ["with a step and an offset", { storage: counting, layout: slice(cube, 2, 1, 2, 2) }, "C"],
  ["0-d at an offset", { storage: counting, layout: new Layout(float32, [], [], 5) }, "C"],
  ["empty", { storage: counting, layout: Layout.contiguous(float32, [3, 0, 2]) }, "C"],
  ["bool", { storage: new Storage(new Uint8Array([1, 0])), layout: Layout.contiguous(bool, [2]) }, "C"],
  [
    "beyond 2^53",
    { storage: new Storage(new BigInt64Array([1n, -(2n ** 62n)])), layout: Layout.contiguous(int64, [2]) },
    "C",
  ],
];

for (const [name, array, order] of views) {
  test(`a view that is ${name} keeps its values and order`, async () => {
    const back = await arrayOf(writeNpy(array));
    assert.deepEqual(elements(back), elements(array));
    assert.deepEqual(back.shape, array.layout.shape);
    assert.equal(back.layout.isContiguous, order === "C");
    assert.equal(back.layout.isFortranContiguous || order === "C", true);
  });
}

test("bfloat16 is written as NumPy writes it, as raw bytes, and noted when read", async () => {
  const array = { storage: new Storage(new Uint16Array([0x3f80])), layout: Layout.contiguous(bfloat16, [1]) };
  const opened = await read(writeNpy(array));
  const { tree } = opened;
  assert.ok(typeof tree === "object" && tree !== null && "kind" in tree && tree.kind === "void");
  assert.equal(tree.width, 2);
  assert.match(opened.notes.join(), /bfloat16/);
});

for (const compressed of [false, true]) {
  test(`an archive, ${compressed ? "deflated" : "stored"}`, async () => {
    const arrays = views.map(([name, array]): [string, Operand] => [`layers/${name} é`, array]);
    const bytes = await writeNpz(arrays, { compressed });
    const { tree, format, notes } = await read(bytes);
    assert.equal(format, "npz");
    assert.deepEqual(notes, []);
    assert.ok(tree instanceof DictValue);
    assert.deepEqual(
      [...tree.keys()],
      arrays.map(([name]) => name),
    );
    for (const [name, array] of arrays) {
      const back = tree.get(name);
      assert.ok(back instanceof ArrayValue);
      assert.deepEqual(elements(back), elements(array));
    }
  });
}

test("a stored archive is what numpy.savez writes, byte for byte", async () => {
  for (const name of ["named", "positional", "slashes", "many", "empty"]) {
    const original = files.get(`npz/${name}.npz`)!;
    const { tree } = await read(original);
    assert.deepEqual(
      await writeNpz(tree as unknown as Map<string, Operand>),
      Uint8Array.from(original),
      name,
    );
  }
});

test("two arrays of one name are refused", async () => {
  const array = { storage: counting, layout: cube };
  await assert.rejects(
    writeNpz([
      ["a", array],
      ["a", array],
    ]),
    /one name/,
  );
});
