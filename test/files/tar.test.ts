// torch.save's tar of before 0.1.10, member by member: what is read, and what is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../src/core/errors.ts";
import {
  type ArrayValue,
  bytesReader,
  type DictValue,
  load,
  open,
  type Reader,
  read,
} from "../../src/files/index.ts";

/** A character is a byte. */
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const i64 = (...values: number[]): Uint8Array =>
  new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
const i32 = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer);
const f32 = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

function joined(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === "string" ? bytes(part) : part))));
}

/** A member with its header, filled up to whole blocks. */
function member(name: string, data: Uint8Array, type = "0", link = ""): Uint8Array {
  const header = Buffer.alloc(512);
  header.write(name, 0, "latin1");
  header.write("0000644\0", 100);
  header.write(`${data.byteLength.toString(8).padStart(11, "0")}\0`, 124);
  header.write("        ", 148);
  header.write(type, 156);
  header.write(link, 157);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return joined(header, data, new Uint8Array((512 - (data.byteLength % 512)) % 512));
}

const numbers = f32(1, 2, 3, 4, 5, 6);
const parts: Readonly<Record<string, Uint8Array>> = {
  sys_info: bytes("\x80\x02}U\x0dlittle_endian\x88s."),
  storages: joined(
    "\x80\x02K\x01.",
    "\x80\x02K\x29U\x03cpuctorch\nFloatStorage\n\x87.",
    i64(6),
    numbers,
    "\x80\x02](K\x2bK\x29K\x02K\x04ta.",
  ),
  tensors: joined(
    "\x80\x02K\x02.",
    "\x80\x02K\x33K\x29ctorch\nFloatTensor\n\x87.",
    i32(2, 0),
    i64(2, 3, 3, 1, 0),
    "\x80\x02K\x34K\x2bctorch\nFloatTensor\n\x87.",
    i32(1, 0),
    i64(2, 1, 1),
  ),
  pickle: bytes("\x80\x02}(U\x01wK\x33QU\x01bK\x34Qu."),
};

function archive(
  changes: Readonly<Record<string, Uint8Array | undefined>> = {},
  ...more: Uint8Array[]
): Uint8Array {
  const all = Object.entries({ ...parts, ...changes }).filter(
    (entry): entry is [string, Uint8Array] => !!entry[1],
  );
  return joined(...all.map(([name, data]) => member(name, data)), ...more, new Uint8Array(1024));
}

test("tensors over storages, and over parts of them", async () => {
  const { tree, format, notes } = await read(archive({}, member("notes.txt", bytes("hello"))));
  assert.equal(format, "pt");
  const [w, b] = ["w", "b"].map((name) => (tree as DictValue).get(name) as ArrayValue) as [
    ArrayValue,
    ArrayValue,
  ];
  assert.deepEqual([w.shape, w.layout.strides, w.layout.offset], [[2, 3], [3, 1], 0]);
  assert.deepEqual([b.shape, b.layout.offset], [[2], 1]);
  assert.deepEqual([...(b.storage.view(b.layout.dtype) as Float32Array)], [3, 4, 5, 6]);
  assert.equal(b.storage.buffer, w.storage.buffer);
  assert.deepEqual(notes, ['the member "notes.txt" was not read']);
});

test("elements are read when they are asked for", async () => {
  const large = f32(...new Array<number>(100_000).fill(1));
  const storages = joined(
    "\x80\x02K\x01.",
    "\x80\x02K\x29U\x03cpuctorch\nFloatStorage\n\x87.",
    i64(100_000),
    large,
    "\x80\x02](K\x2bK\x29K\x02K\x04ta.",
  );
  const inner = bytesReader(archive({ storages }));
  const taken: number[] = [];
  const reader: Reader = {
    byteLength: inner.byteLength,
    slice: (start, end) => {
      taken.push(end - start);
      return inner.slice(start, end);
    },
  };
  const { tree } = await open(reader);
  const total = (): number => taken.reduce((sum, each) => sum + each, 0);
  assert.ok(total() < 300_000, `${total()} bytes were read to open it`);
  const before = total();
  await load(tree);
  assert.equal(total() - before, 400_000);
});

test("the size of a member may stand in an extended header", async () => {
  const { pickle } = parts;
  const record = `${` size=${pickle!.byteLength}\n`.length + 2} size=${pickle!.byteLength}\n`;
  const header = member("pickle", pickle!);
  const changed = archive({ pickle: undefined }, member("x", bytes(record), "x"), header);
  assert.equal(((await read(changed)).tree as DictValue).size, 2);
});

const run = "\x80\x02cos\nsystem\nU\x02ls\x85R.";
const refused: [about: string, file: Uint8Array, says: RegExp][] = [
  ...["sys_info", "storages", "tensors", "pickle"].map((name): [string, Uint8Array, RegExp] => [
    `a call in ${name}`,
    archive({ [name]: bytes(run) }),
    /names os\.system.*Nothing was run/,
  ]),
  ["another tar", member("readme.txt", bytes("hello")), /no torch\.save of before 0\.1\.10.*Unpack it/],
  ["a link", archive({}, member("more", new Uint8Array(0), "2", "/etc/passwd")), /holds a link/],
  ["a hard link", archive({}, member("more", new Uint8Array(0), "1", "pickle")), /holds a link/],
  ["a device", archive({}, member("more", new Uint8Array(0), "3")), /no plain file/],
  ["a name that leads out", archive({}, member("../more", bytes("x"))), /leads out/],
  ["two members of one name", archive({}, member("pickle", bytes("N."))), /two members of this name/],
  ["a big-endian machine", archive({ sys_info: bytes("\x80\x02}U\x0dlittle_endian\x89s.") }), /big-endian/],
  ["a key that is not there", archive({ pickle: bytes("\x80\x02K\x63Q.") }), /not in the archive/],
  [
    "a tensor beyond its storage",
    archive({
      tensors: joined(
        "\x80\x02K\x01.",
        "\x80\x02K\x33K\x29ctorch\nFloatTensor\n\x87.",
        i32(1, 0),
        i64(7, 1, 0),
      ),
      pickle: bytes("\x80\x02K\x33Q."),
    }),
    /reaches beyond its storage/,
  ],
  [
    "a tensor of 2^31 - 1 dimensions",
    archive({
      tensors: joined("\x80\x02K\x01.", "\x80\x02K\x33K\x29ctorch\nFloatTensor\n\x87.", i32(2 ** 31 - 1, 0)),
    }),
    /dimensions, not 0 to 64/,
  ],
  [
    "a storage longer than the file",
    archive({
      storages: joined("\x80\x02K\x01.", "\x80\x02K\x29U\x03cpuctorch\nFloatStorage\n\x87.", i64(2 ** 40)),
    }),
    /should take bytes/,
  ],
];

for (const [about, file, says] of refused) {
  test(`refused: ${about}`, async () => {
    await assert.rejects(read(file), (error) => error instanceof FormatError && says.test(error.message));
  });
}

test("a header that does not fit its checksum is refused", async () => {
  const file = archive();
  file[0] = 0x53;
  await assert.rejects(read(file), /does not fit its checksum/);
});
