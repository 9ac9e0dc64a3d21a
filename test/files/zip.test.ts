// Zip archives written here byte by byte, and what is wrong with them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../src/core/errors.ts";
import { bytesReader } from "../../src/files/index.ts";
import { BytesSink } from "../../src/files/sink.ts";
import { openZip, readEntry } from "../../src/files/zip/archive.ts";
import { crc32 } from "../../src/files/zip/crc32.ts";
import { deflate } from "../../src/files/zip/deflate.ts";
import { ZipWriter } from "../../src/files/zip/write.ts";

async function writeZip(
  members: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  options: { readonly compressed?: boolean } = {},
): Promise<Uint8Array> {
  const sink = new BytesSink();
  const writer = new ZipWriter(sink);
  for (const { name, bytes } of members) await writer.add(name, [bytes], options.compressed);
  await writer.finish();
  return sink.bytes();
}

const text = new TextEncoder().encode("a member of some length, a member of some length");

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

async function members(bytes: Uint8Array): Promise<[string, string, boolean][]> {
  const archive = await openZip(bytesReader(bytes));
  const result: [string, string, boolean][] = [];
  for (const entry of archive.entries) {
    const { bytes: content, fits } = await readEntry(archive, entry);
    result.push([entry.name, new TextDecoder().decode(content), fits]);
  }
  return result;
}

/** A stored archive of two members, with a change made to it. */
async function changed(change: (view: DataView, bytes: Uint8Array) => void): Promise<Uint8Array> {
  const bytes = await writeZip([
    { name: "one", bytes: text },
    { name: "two", bytes: text },
  ]);
  change(new DataView(bytes.buffer), bytes);
  return bytes;
}

/** Lengths in an archive of `changed`: a member's header and data, then the two entries of the directory. */
const memberSize = 30 + 3 + 20 + text.byteLength;
const directory = 2 * memberSize;
const entrySize = 46 + 3;
const end = directory + 2 * entrySize;

test("the CRC-32 of the usual check string", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  assert.equal(crc32(new TextEncoder().encode("6789"), crc32(new TextEncoder().encode("12345"))), 0xcbf43926);
  assert.equal(crc32(new Uint8Array(0), 5), 5);
});

for (const compressed of [false, true]) {
  test(`what is written ${compressed ? "deflated" : "stored"} is read`, async () => {
    const bytes = await writeZip(
      [
        { name: "a/é", bytes: text },
        { name: "empty", bytes: new Uint8Array(0) },
      ],
      { compressed },
    );
    assert.deepEqual(await members(bytes), [
      ["a/é", new TextDecoder().decode(text), true],
      ["empty", "", true],
    ]);
  });
}

test("bytes after an archive are noted, and not read", async () => {
  const bytes = joined(await changed(() => undefined), text);
  const archive = await openZip(bytesReader(bytes));
  assert.deepEqual(archive.notes, [`${text.byteLength} bytes after the zip archive were not read`]);
});

test("a wrong checksum is told", async () => {
  const bytes = await changed((view) => {
    view.setUint32(14, 1, true);
    view.setUint32(directory + 16, 1, true);
  });
  assert.deepEqual(
    (await members(bytes)).map(([, , fits]) => fits),
    [false, true],
  );
});

const refused: [about: string, change: (view: DataView, bytes: Uint8Array) => void, says: RegExp][] = [
  [
    "two members of one name",
    (_, bytes) => {
      bytes.set([0x6f, 0x6e, 0x65], memberSize + 30);
      bytes.set([0x6f, 0x6e, 0x65], directory + entrySize + 46);
    },
    /two members of this name/,
  ],
  ["another name in the member's header", (_, bytes) => bytes.set([0x78], 30), /differ in its name/],
  ["another method there", (view) => view.setUint16(8, 8, true), /differ in how it is packed/],
  ["another size there", (view) => view.setUint8(30 + 3 + 4, 1), /differ in its size/],
  ["another checksum there", (view) => view.setUint32(14, 1, true), /differ in its checksum/],
  ["encryption", (view) => view.setUint16(directory + 8, 1, true), /encrypted/],
  ["an unknown method", (view) => view.setUint16(directory + 10, 99, true), /method 99/],
  ["a symbolic link", (view) => view.setUint32(directory + 38, 0xa1ff0000, true), /symbolic link/],
  ["members that overlap", (view) => view.setUint32(directory + entrySize + 42, 0, true), /differ|overlap/],
  ["a member outside", (view) => view.setUint32(directory + 42, 0xfffff, true), /outside/],
  ["no header at the place", (view) => view.setUint32(directory + 42, 1, true), /no member's header/],
  [
    "a size no deflate stream reaches",
    (view) => {
      view.setUint16(directory + 10, 8, true);
      view.setUint16(8, 8, true);
      view.setUint16(6, 8, true);
      view.setUint32(directory + 24, 0x7fffffff, true);
    },
    /no deflate stream/,
  ],
  [
    "a stored member of two sizes",
    (view) => {
      view.setUint16(6, 8, true);
      view.setUint32(directory + 24, 7, true);
    },
    /two different sizes/,
  ],
  [
    "a name that leads out",
    (_, bytes) => {
      bytes.set([0x2e, 0x2e, 0x2f], 30);
      bytes.set([0x2e, 0x2e, 0x2f], directory + 46);
    },
    /leads out/,
  ],
  ["another count", (view) => view.setUint32(end + 8, 0x00030003, true), /lists 2 members/],
  ["another disk", (view) => view.setUint16(end + 4, 1, true), /several/],
  ["a directory elsewhere", (view) => view.setUint32(end + 16, 5, true), /directory should lie/],
];

for (const [about, change, says] of refused) {
  test(`refused: ${about}`, async () => {
    await assert.rejects(members(await changed(change)), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, says);
      return true;
    });
  });
}

test("refused: bytes put before", async () => {
  await assert.rejects(
    members(joined(text, await changed(() => undefined))),
    /bytes are missing or were put in/,
  );
});

test("refused: a second end record in the comment", async () => {
  const bytes = await changed((view) => view.setUint16(end + 20, 22, true));
  const second = bytes.slice(end);
  new DataView(second.buffer).setUint16(20, 0, true);
  new DataView(second.buffer).setUint32(8, 0, true);
  new DataView(second.buffer).setUint32(12, 0, true);
  new DataView(second.buffer).setUint32(16, end + 22, true);
  await assert.rejects(members(joined(bytes, second)), /two end records/);
});

test("refused: a stream longer than it says", async () => {
  const packed = (await deflate([new Uint8Array(100_000)]))[0]!;
  const bytes = await writeZip([{ name: "zeros", bytes: new Uint8Array(100_000) }], { compressed: true });
  const view = new DataView(bytes.buffer);
  const start = 30 + 5 + 20 + packed.byteLength;
  view.setUint32(start + 24, 500, true);
  view.setUint8(30 + 5 + 4, 0xf4);
  view.setUint32(30 + 5 + 4, 500, true);
  await assert.rejects(members(bytes), /unpacks to more than the 500 bytes/);
});

test("refused: an archive that would unpack to more than is allowed", async () => {
  const bytes = await writeZip([{ name: "zeros", bytes: new Uint8Array(100_000) }], { compressed: true });
  await assert.rejects(
    openZip(bytesReader(bytes), { limits: { unpackedBytes: 50_000, expansion: 0 } }),
    /raise limits\.unpackedBytes/,
  );
});
