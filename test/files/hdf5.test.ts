// HDF5 beyond what the recorded files hold: what is read when, bounds and their words, the parts that stand alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { float32 } from "../../src/core/dtype.ts";
import { FormatError } from "../../src/core/errors.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { fletcher32, lookup3 } from "../../src/files/hdf5/checksum.ts";
import { unpackLzf } from "../../src/files/hdf5/lzf.ts";
import { unscale } from "../../src/files/hdf5/scale-offset.ts";
import {
  type ArrayValue,
  bytesReader,
  type DictValue,
  load,
  type Opened,
  open,
  type Reader,
  read,
  writeHdf5,
} from "../../src/files/index.ts";
import { inflateAtOnce } from "../../src/files/zip/inflate.ts";
import { referenceFiles } from "../support/reference.ts";
import { Chance } from "./fuzz/random.ts";

const files = referenceFiles();

function recorded(name: string): Uint8Array {
  return files.get(name)!.slice();
}

const namesOf = ({ tree }: Opened): unknown[] => [...(tree as DictValue).keys()];

const arrayOf = ({ tree }: Opened, name: string): ArrayValue => (tree as DictValue).get(name) as ArrayValue;

const refused =
  (reason: RegExp, tensor?: string) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof FormatError, String(error));
    assert.match(error.message, reason);
    if (tensor !== undefined) assert.equal(error.place.tensor, tensor);
    return true;
  };

function counting(bytes: Uint8Array): Reader & { taken: number; asked: number } {
  const reader = {
    byteLength: bytes.byteLength,
    taken: 0,
    asked: 0,
    slice: async (start: number, end: number): Promise<Uint8Array> => {
      reader.taken += end - start;
      reader.asked++;
      return bytes.subarray(start, end);
    },
  };
  return reader;
}

test("opening reads structures; a dataset's bytes are read alone, once", async () => {
  const length = 250_000;
  const values = Float32Array.from({ length }, (_, index) => index);
  const large = { storage: new Storage(values), layout: Layout.contiguous(float32, [length]) };
  const reader = counting(await writeHdf5(["a", "b", "c"].map((name) => [`g/${name}`, large] as const)));
  const opened = await open(reader);
  assert.deepEqual(namesOf(opened), ["/g/a", "/g/b", "/g/c"]);
  assert.ok(reader.taken < 2 ** 17, `${reader.taken} bytes were read to open it`);
  const [opening, asked] = [reader.taken, reader.asked];
  const array = await load(arrayOf(opened, "/g/b"));
  assert.equal(reader.taken - opening, 4 * length);
  assert.equal(reader.asked - asked, 1);
  assert.equal(array.storage.view(float32)[length - 1], length - 1);
  assert.equal(arrayOf(opened, "/g/a").stored.isLoaded, false);
  array.stored.release();
  await load(array);
  assert.equal(reader.taken - opening, 8 * length);
});

test("a chunk is read when its dataset is asked for, and not before", async () => {
  const bytes = recorded("hostile/hdf5/chunk_outside.h5");
  const opened = await open(bytes, { name: "m.h5" });
  assert.deepEqual(arrayOf(opened, "/w").shape, [20, 20]);
  await assert.rejects(
    opened.load(),
    refused(/^m\.h5, tensor "\/w", byte \d+: a chunk should take 51 bytes/, "/w"),
  );
});

test("what is not read is named when it is asked for; the rest of the file is read", async () => {
  const cases: [file: string, name: string, other: string, reason: RegExp][] = [
    ["hdf5/virtual.h5", "/v", "/a", /it is virtual: its elements are in other datasets/],
    ["hostile/hdf5/virtual_outside.h5", "/v", "/b", /it is virtual/],
    ["hostile/hdf5/external_storage.h5", "/w", "/b", /its elements are in another file/],
    [
      "hostile/hdf5/filter_unknown.h5",
      "/w",
      "",
      /went through the filter 32099 \(deflate\), which is not undone here/,
    ],
  ];
  for (const [file, name, other, reason] of cases) {
    const opened = await open(recorded(file));
    if (other !== "") await load(arrayOf(opened, other));
    await assert.rejects(arrayOf(opened, name).stored.load(), refused(reason, name));
  }
});

test("links that are names are told and not followed; groups that hold themselves are entered once", async () => {
  const soft = await read(recorded("hostile/hdf5/cycle_soft.h5"));
  assert.deepEqual(namesOf(soft).sort(), ["/b", "/w"]);
  assert.deepEqual(
    new Map([...soft.links!].sort()),
    new Map([
      ["/gone", { kind: "soft", path: "/nowhere" }],
      ["/x", { kind: "soft", path: "/y" }],
      ["/y", { kind: "soft", path: "/x" }],
    ]),
  );
  assert.deepEqual(soft.notes, ["3 soft or external links are not followed"]);
  const external = await read(recorded("hostile/hdf5/external_link.h5"));
  assert.deepEqual(external.links, new Map([["/x", { kind: "external", file: "/etc/passwd", path: "/" }]]));
  const hard = await read(recorded("hostile/hdf5/cycle_hard.h5"));
  assert.deepEqual(namesOf(hard).sort(), ["/b", "/g/w", "/w"]);
});

test("one object under two paths is one storage", async () => {
  const opened = await read(recorded("hdf5/groups.h5"));
  assert.equal(arrayOf(opened, "/hard"), arrayOf(opened, "/a/b/e"));
});

test("what datasets may come to is bounded before memory is taken, and the bound can be raised", async () => {
  for (const name of ["dataset_huge", "dataset_huge_filled", "bomb_deflate_twice"]) {
    const opened = await open(recorded(`hostile/hdf5/${name}.h5`));
    await assert.rejects(
      opened.load(),
      refused(/its elements take \d+ bytes, more than \d+; .* raise limits\.unpackedBytes/),
    );
  }
  const limits = { unpackedBytes: 10_000, expansion: 0 };
  const filters = recorded("hdf5/filters.h5");
  const opened = await open(filters, { limits });
  // 8,000 bytes and what edge chunks have beyond the shape.
  await assert.rejects(
    arrayOf(opened, "/gzip").stored.load(),
    refused(/raise limits\.unpackedBytes/, "/gzip"),
  );
  await load(arrayOf(await open(filters, { limits: { unpackedBytes: 20_000 } }), "/gzip"));
});

test("a file is one of HDF5 by its signature, also behind a user block, and not by its name", async () => {
  const behind = await read(recorded("hdf5/userblock.h5"));
  assert.deepEqual([behind.format, namesOf(behind)], ["hdf5", ["/w", "/b"]]);
  // What was put before a file whole moves it: addresses count from where the superblock is.
  const simple = recorded("hdf5/simple.h5");
  const moved = new Uint8Array(1024 + simple.byteLength);
  moved.set(simple, 1024);
  assert.deepEqual(namesOf(await read(moved)), ["/w", "/b"]);
  moved.copyWithin(1000, 1024);
  await assert.rejects(read(moved), refused(/this is no file that Python saves arrays in/));
});

test("refusals say what was expected, where, and of which object", async () => {
  const cases: [file: string, reason: RegExp][] = [
    [
      "truncated_2191",
      /byte 0: the superblock says that the file ends at 2192 \(its base being 0\), and it ends at 2191/,
    ],
    ["superblock_version", /byte 8: the superblock: it is of version 77; 0, 1, 2, 3 are read/],
    ["offset_size_3", /addresses or lengths of 3 bytes are none of 2, 4 and 8/],
    ["btree_itself", /a B-tree comes back to a node that was gone through: it has no end/],
    ["checksum_header", /an object header: its checksum is \d+, and its bytes give \d+: it is damaged/],
    ["rank_255", /tensor "\/w", .*a shape of 255 dimensions is more than the 32 that HDF5 has/],
    ["vlen_index", /tensor "\/s", byte \d+: the global heap has no object 9999/],
    ["continuation_itself", /an object header goes on in a block that it has gone through/],
  ];
  for (const [name, reason] of cases) {
    await assert.rejects(read(recorded(`hostile/hdf5/${name}.h5`), { name: "m.h5" }), refused(reason));
  }
});

test("checksums are those of their specifications", () => {
  const text = new TextEncoder().encode("Four score and seven years ago");
  // The value that lookup3.c itself gives for this text.
  assert.equal(lookup3(text), 0x17770551);
  assert.equal(lookup3(new Uint8Array(0)), 0xdeadbeef);
  // The examples of Fletcher's checksum over words, here with the first byte as the higher half.
  assert.equal(fletcher32(new TextEncoder().encode("badcfe")), 0x56502d2a);
});

test("small zlib streams are unpacked as the platform does, damaged ones refused", () => {
  const chance = new Chance(5, 0);
  for (let round = 0; round < 300; round++) {
    const length = chance.below(round % 20 === 0 ? 100_000 : 2000);
    const spread = [256, 4, 1, 20][round % 4]!;
    const bytes = Uint8Array.from({ length }, () => chance.below(spread) * chance.below(2));
    const packed = deflateSync(bytes, { level: chance.below(10), strategy: chance.below(5) });
    assert.deepEqual(inflateAtOnce(packed, length), bytes);
    if (length > 0) assert.throws(() => inflateAtOnce(packed, length - 1), refused(/unpacks to more than/));
    const cut = packed.subarray(0, chance.below(packed.byteLength));
    assert.throws(() => inflateAtOnce(cut, length), refused(/damaged or cut short/));
    const changed = Uint8Array.from(packed);
    changed[chance.below(changed.byteLength)]! ^= 1 << chance.below(8);
    // Bits that fill a byte may be any.
    try {
      assert.deepEqual(inflateAtOnce(changed, length), bytes);
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
    }
  }
});

test("lzf copies what came before, and nothing from before its beginning", () => {
  const packed = Uint8Array.of(2, 1, 2, 3, (2 << 5) | 0, 2, 0, 9);
  assert.deepEqual([...unpackLzf(packed, 8)], [1, 2, 3, 1, 2, 3, 1, 9]);
  assert.throws(() => unpackLzf(packed, 7), refused(/gives more bytes than it has/));
  assert.throws(() => unpackLzf(Uint8Array.of(0, 1, 32, 1), 100), refused(/from before its beginning/));
  assert.throws(() => unpackLzf(Uint8Array.of(5, 1), 100), refused(/is cut short/));
});

test("scale-offset restores floats to their decimals, and the fill value", () => {
  const values = new Array<number>(20).fill(0);
  values.splice(0, 10, 0, 2, 3, 1, 4, 0, 0, 1, 0x7fc00000, 0);
  const packed = new Uint8Array(23);
  packed[0] = 4;
  packed[4] = 8;
  new DataView(packed.buffer).setFloat32(5, 1.5, true);
  // Distances of 4 bits: 0, 10, and the highest, which is the fill value.
  packed[21] = 0x0a;
  packed[22] = 0xf0;
  const restored = new Float32Array(unscale(packed, values, 12).slice().buffer);
  assert.deepEqual([...restored], [1.5, Math.fround(Math.fround(0.1) + 1.5), Number.NaN]);
  assert.throws(() => unscale(packed, values, 11), refused(/a chunk has 12 bytes, more than 11/));
  assert.throws(() => unscale(packed.subarray(0, 22), values, 12), refused(/takes 22 bytes: it is damaged/));
});

test("a reader of no bytes and one that ends early are refused", async () => {
  await assert.rejects(read(new Uint8Array(0)), refused(/the file is empty/));
  const simple = recorded("hdf5/simple_latest.h5");
  for (let length = 1; length < simple.byteLength; length += 7) {
    await assert.rejects(read(bytesReader(simple.subarray(0, length))), refused(/./));
  }
});
