// joblib's pickles, written here opcode by opcode: arrays between the opcodes, beside the file, packed; and what is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float64 } from "../../src/core/dtype.ts";
import { FormatError } from "../../src/core/errors.ts";
import {
  type ArrayValue,
  bytesReader,
  type DictValue,
  load,
  type Opened,
  type OpenOptions,
  open,
  type Reader,
  read,
} from "../../src/files/index.ts";
import { referenceFiles } from "../support/reference.ts";

/** A character is a byte. */
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const u32 = (value: number): string =>
  String.fromCharCode(...[0, 8, 16, 24].map((bits) => (value >>> bits) & 255));

function joined(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === "string" ? bytes(part) : part))));
}

const dtype = "cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb";

/** The wrapper of a float64 array of one axis, up to where its bytes begin. */
function wrapper(length: number, more = ""): string {
  return (
    "cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(U\x08subclasscnumpy\nndarray\nU\x05shape" +
    `J${u32(length)}\x85U\x05orderU\x01CU\x05dtype${dtype}U\x0aallow_mmap\x88${more}ub`
  );
}

const aligned = "U\x1bnumpy_array_alignment_bytesK\x10";
const numbers = (...values: number[]): Uint8Array => new Uint8Array(Float64Array.from(values).buffer);
const valuesOf = (array: unknown): number[] => [
  ...((array as ArrayValue).storage.view(float64) as Float64Array),
];

/** A reader that counts the bytes that are taken from it. */
function counting(whole: Uint8Array): Reader & { taken: number } {
  const inner = bytesReader(whole);
  const reader = {
    byteLength: inner.byteLength,
    taken: 0,
    slice: (start: number, end: number) => {
      reader.taken += end - start;
      return inner.slice(start, end);
    },
  };
  return reader;
}

test("arrays of joblib before and since 1.2, and opcodes after them", async () => {
  const file = joined(
    "\x80\x02}(U\x01a",
    wrapper(2),
    numbers(1, 2),
    "U\x01b",
    wrapper(3, aligned),
    "\x02\xff\xff",
    numbers(3, 4, 5),
    "U\x01cK\x07u.",
  );
  const opened = await read(file);
  assert.equal(opened.format, "joblib");
  const tree = opened.tree as DictValue;
  assert.deepEqual(valuesOf(tree.get("a")), [1, 2]);
  assert.deepEqual(valuesOf(tree.get("b")), [3, 4, 5]);
  assert.equal(tree.get("c"), 7);
});

test("an array is read when it is asked for, wherever it lies", async () => {
  const length = 200_000;
  const large = new Uint8Array(8 * length);
  const file = joined("\x80\x02}(U\x01a", wrapper(length), large, "U\x01b", wrapper(length), large, "u.");
  const reader = counting(file);
  const { tree } = await open(reader);
  assert.ok(reader.taken < 2 ** 18, `${reader.taken} bytes were read to open it`);
  const before = reader.taken;
  await load((tree as DictValue).get("b")!);
  assert.equal(reader.taken - before, 8 * length);
  assert.equal(((tree as DictValue).get("a") as ArrayValue).stored.isLoaded, false);
});

test("a memo that named the wrapper names the array", async () => {
  const pickled = wrapper(1).replace(")\x81", ")\x81q\x05");
  const { tree } = await read(joined("\x80\x02", pickled, numbers(9), "h\x05\x86."));
  const { items } = tree as unknown as { items: ArrayValue[] };
  assert.equal(items[0], items[1]);
});

test("an array of before 0.10 is the .npy beside the file, and no other file", async () => {
  const npy = referenceFiles().get("npy/float64.npy")!;
  const pickled = (name: string): Uint8Array =>
    joined(
      "\x80\x02cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81}(U\x08filename",
      `U${String.fromCharCode(name.length)}${name}U\x08subclasscnumpy\nndarray\nU\x0aallow_mmap\x88ub.`,
    );
  const asked: string[] = [];
  const options: OpenOptions = {
    sibling: async (name) => {
      asked.push(name);
      return bytesReader(npy);
    },
  };
  const beside = await read(pickled("m.pkl_01.npy"), options);
  assert.equal((beside.tree as ArrayValue).layout.dtype, float64);
  assert.deepEqual(asked, ["m.pkl_01.npy"]);
  for (const name of ["../m.npy", "/etc/passwd", "a/../../b.npy", "http://a/b.npy"]) {
    await assert.rejects(read(pickled(name), options), /does not lie beside or below/);
  }
  assert.equal(asked.length, 1);
});

const refused: [about: string, file: Uint8Array, says: RegExp][] = [
  ["fewer numbers than the shape has", joined("\x80\x02", wrapper(100), numbers(1)), /should take bytes/],
  ["padding beyond the end", joined("\x80\x02", wrapper(1, aligned), "\xff"), /should take bytes/],
  [
    "a compressed array of before 0.10",
    joined("\x80\x02cjoblib.numpy_pickle\nZNDArrayWrapper\n)\x81}U\x08filenameU\x01asb."),
    /joblib\.load it and joblib\.dump it again/,
  ],
  [
    "a call within an array of objects",
    joined(
      "\x80\x02",
      wrapper(1).replace("f8K\x00K\x01\x87R(K\x03U\x01<", "O8K\x00K\x01\x87R(K\x03U\x01|"),
      "\x80\x02cposix\nsystem\nU\x02ls\x85R..",
    ),
    /names posix\.system.*Nothing was run/,
  ],
  [
    "a wrapper that is never completed",
    bytes("\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81."),
    /contents/,
  ],
  [
    "text after the pickle",
    joined("\x80\x02", wrapper(1), numbers(1), ".hello"),
    /5 bytes follow the pickle/,
  ],
];

for (const [about, file, says] of refused) {
  test(`refused: ${about}`, async () => {
    await assert.rejects(read(file), (error) => error instanceof FormatError && says.test(error.message));
  });
}

async function packed(file: Uint8Array, format: CompressionFormat): Promise<Uint8Array> {
  const stream = new Blob([file as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

test("gzip and zlib, and the zlib of joblib before 0.10 with its own header", async () => {
  const file = joined("\x80\x02", wrapper(2), numbers(1, 2), ".");
  const zlib = await packed(file, "deflate");
  const header = `ZF${`0x${file.byteLength.toString(16)}`.padEnd(19)}`;
  for (const each of [await packed(file, "gzip"), zlib, joined(header, zlib), joined(`${header} `, zlib)]) {
    const opened: Opened = await read(each);
    assert.deepEqual(valuesOf(opened.tree), [1, 2]);
    assert.match(opened.notes.join(), /packed with/);
  }
  await assert.rejects(read(joined("ZF0x7".padEnd(21), zlib)), /unpacks to 7 bytes, and it unpacks to/);
});

test("a file that unpacks to more than is allowed is refused before it is unpacked", async () => {
  const bomb = await packed(new Uint8Array(2 ** 22), "gzip");
  const limits = { unpackedBytes: 2 ** 20, expansion: 10 };
  await assert.rejects(read(bomb, { limits }), /raise limits\.unpackedBytes/);
});

test("what is packed in itself over and over is refused", async () => {
  let file = joined("\x80\x02", wrapper(1), numbers(1), ".");
  for (let level = 0; level < 6; level++) file = await packed(file, "gzip");
  await assert.rejects(read(file), /deep/);
});
