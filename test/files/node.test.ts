// Files by path: what is missing or no file is named for what it is, and a file is written whole or not at all.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { FormatError } from "../../src/core/errors.ts";
import { fileReader, readFile, saveFile } from "../../src/files/node.ts";
import { ArrayValue } from "../../src/files/values.ts";
import { referenceFiles } from "../support/reference.ts";

const folder = mkdtempSync(join(tmpdir(), "files-test-"));
after(() => rmSync(folder, { recursive: true }));
const files = referenceFiles();

function put(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const refused: [name: string, path: () => string, says: RegExp][] = [
  ["a missing file", () => join(folder, "none.npy"), /none\.npy: there is no such file/],
  ["a folder", () => folder, /this is a folder/],
  ["an empty file", () => put("empty.npz", ""), /the file is empty/],
  [
    "a Git LFS pointer",
    () => put("model.pt", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"),
    /Git LFS pointer/,
  ],
  ["a web page", () => put("weights.npz", "\n<!DOCTYPE html><html></html>"), /web page/],
  ["a gzip", () => put("w.npy", new Uint8Array([0x1f, 0x8b, 8, 0])), /gzip/],
  ["a bzip2", () => put("w.pkl", files.get("joblib/bz2.joblib")!), /bzip2.*compress=3/],
  [
    "text",
    () => put("readme.npy", "hello, this is no array"),
    /no file that Python saves arrays in.*begins with "hello/,
  ],
];

for (const [name, path, says] of refused) {
  test(`${name} is named for what it is`, async () => {
    await assert.rejects(readFile(path()), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, says);
      return true;
    });
  });
}

test("a file is read from its path into memory of its own", async () => {
  const path = put("fortran.npy", files.get("npy/fortran_3d.npy")!);
  const opened = await readFile(path);
  assert.equal(opened.file, path);
  assert.ok(opened.tree instanceof ArrayValue);
  assert.equal(opened.tree.storage.byteOffset, 0);
  assert.equal(opened.tree.storage.buffer.byteLength, 192);
  assert.equal(opened.tree.layout.isFortranContiguous, true);
});

test("a reader gives parts of a file", async () => {
  const reader = await fileReader(put("parts.bin", new Uint8Array([1, 2, 3, 4])));
  assert.equal(reader.byteLength, 4);
  assert.deepEqual(await reader.slice(1, 3), new Uint8Array([2, 3]));
  await reader.close();
});

test("saving replaces a file and leaves nothing beside it", async () => {
  const path = put("saved.bin", "old");
  const before = readdirSync(folder).length;
  await saveFile(path, new Uint8Array([7, 8]));
  assert.deepEqual(new Uint8Array(readFileSync(path)), new Uint8Array([7, 8]));
  assert.equal(readdirSync(folder).length, before);
});

test("where saving fails, nothing is left behind", async () => {
  const before = readdirSync(folder).length;
  await assert.rejects(saveFile(join(folder, "none", "file"), new Uint8Array(1)));
  await assert.rejects(saveFile(folder, new Uint8Array(1)));
  assert.equal(readdirSync(folder).length, before);
});
