// Opening a file reads its headers; a tensor's bytes are read when they are asked for, and only those.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float32 } from "../../src/core/dtype.ts";
import { FormatError } from "../../src/core/errors.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import {
  type ArrayValue,
  bytesReader,
  type DictValue,
  load,
  open,
  type Reader,
  storedOf,
  writeNpy,
  writeNpz,
} from "../../src/files/index.ts";
import { fillFrom } from "../../src/files/reader.ts";
import { counting } from "../support/readers.ts";
import { referenceFiles } from "../support/reference.ts";

const length = 100_000;

/** A large array of its own numbers. */
function large(start: number): { storage: Storage; layout: Layout } {
  const values = Float32Array.from({ length }, (_, index) => start + index);
  return { storage: new Storage(values), layout: Layout.contiguous(float32, [length]) };
}

function member(tree: unknown, name: string): ArrayValue {
  return (tree as DictValue).get(name) as ArrayValue;
}

for (const compressed of [false, true]) {
  test(`.npz, ${compressed ? "deflated" : "stored"}: one array is read without the others`, async () => {
    const arrays = ["a", "b", "c", "d"].map((name, i) => [name, large(i)] as const);
    const reader = counting(await writeNpz(arrays, { compressed }));
    const { tree } = await open(reader);
    // The platform's inflate is given a piece of 16 KiB at least, four times; a stored header is 128 bytes.
    assert.ok(reader.taken < 5 * 2 ** 16, `${reader.taken} bytes were read to open it`);
    const opening = reader.taken;
    const array = await load(member(tree, "c"));
    assert.equal(array.storage.view(float32)[5], 7);
    assert.ok(reader.taken - opening <= length * 4 + 128);
    assert.equal(member(tree, "a").stored.isLoaded, false);
  });
}

test(".npy: the header is read, the elements when asked for", async () => {
  const reader = counting(writeNpy(large(3)));
  const opened = await open(reader);
  assert.ok(reader.taken < 2048, `${reader.taken} bytes were read to open it`);
  const array = opened.tree as ArrayValue;
  assert.throws(() => array.storage, { name: "FormatError", message: /counted, byte 128.*not been read/ });
  await opened.load();
  assert.equal(array.storage.view(float32)[1], 4);
});

test("tied tensors have one storage, which is read once and can be let go of", async () => {
  const reader = counting(referenceFiles().get("pt/sd_tied.pt")!);
  const opened = await open(reader);
  const storages = storedOf(opened.tree);
  const bytes = [...storages].reduce((sum, { byteLength }) => sum + byteLength, 0);
  const opening = reader.taken;
  await Promise.all([opened.load(), opened.load()]);
  assert.equal(reader.taken - opening, bytes);
  for (const stored of storages) stored.release();
  assert.ok([...storages].every(({ isLoaded }) => !isLoaded));
  await opened.load();
  assert.equal(reader.taken - opening, 2 * bytes);
});

test("progress tells the bytes read, of all", async () => {
  const opened = await open(
    await writeNpz([
      ["a", large(0)],
      ["b", large(1)],
    ]),
  );
  const steps: [number, number][] = [];
  await opened.load({ onProgress: (done, total) => steps.push([done, total]) });
  assert.deepEqual(steps, [
    [length * 4, length * 8],
    [length * 8, length * 8],
  ]);
});

test("a file that becomes shorter after it was opened is refused when it is read", async () => {
  const bytes = writeNpy(large(0));
  const inner = bytesReader(bytes);
  const reader: Reader = {
    byteLength: bytes.byteLength,
    name: "shrinking",
    slice: async (start, end) => (await inner.slice(start, end)).slice(0, 1000),
  };
  const opened = await open(reader);
  await assert.rejects(opened.load(), (error) => {
    assert.ok(error instanceof FormatError);
    assert.match(error.message, /shrinking.*became shorter/);
    return true;
  });
});

test("a large tensor of a file is read in several pieces, in order where they are looked at", async () => {
  const source = Uint8Array.from({ length: 2 ** 24 + 5 }, (_, at) => at % 251);
  const reader: Reader = {
    byteLength: source.byteLength,
    slice: async (start, end) => source.slice(start, end),
    readInto: async (start, target) => {
      if ((start >> 20) % 2 === 0) await new Promise((done) => setTimeout(done, 1));
      target.set(source.subarray(start, start + target.byteLength));
    },
  };
  const unseen = new Uint8Array(source.byteLength - 3);
  await fillFrom(reader, 3, unseen);
  assert.ok(Buffer.from(unseen).equals(Buffer.from(source.subarray(3))));
  const seen = new Uint8Array(source.byteLength);
  let at = 0;
  await fillFrom(reader, 0, seen, (bytes) => {
    assert.equal(bytes.byteOffset, at);
    assert.ok(Buffer.from(bytes).equals(Buffer.from(source.subarray(at, at + bytes.byteLength))));
    at += bytes.byteLength;
  });
  assert.equal(at, source.byteLength);
});
