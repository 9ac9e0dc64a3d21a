// Every .npy, .npz and torch zip file of the reference set: the good ones hold what the manifest says, the others are
// refused in one line, promptly.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../src/core/errors.ts";
import { type Opened, open } from "../../src/files/open.ts";
import { DictValue } from "../../src/files/values.ts";
import { referenceFiles } from "../support/reference.ts";
import { compare, compareArrays, sharesOf } from "./compare.ts";
import type { Json } from "./forms.ts";

interface Entry {
  readonly file: string;
  readonly about: string;
  readonly format: string;
  readonly expect: { readonly [key: string]: Json };
}

const files = referenceFiles();
const entries = JSON.parse(new TextDecoder().decode(files.get("manifest.json"))) as Entry[];
const covered = entries.filter((entry) => ["npy", "npz", "pt"].includes(entry.format));

/** The stream of torch before 1.6 is refused by name; the reference set has good ones. */
function isLegacyStream(bytes: Uint8Array): boolean {
  const magic = "6cfc9c46f9206aa85019";
  return bytes[0] === 0x80 && Buffer.from(bytes.subarray(0, 32)).toString("hex").includes(magic);
}

function check(entry: Entry, opened: Opened): void {
  const { expect } = entry;
  const { tree } = opened;
  if (expect.arrays !== undefined) compareArrays(expect.arrays as { [key: string]: Json }, tree);
  if (expect.tree !== undefined) compare(expect.tree, tree, "");
  if (expect.module !== undefined) {
    compare({ ...(expect.module as { [key: string]: Json }), $kind: "module" }, tree, "");
  }
  if (expect.sequence !== undefined) {
    for (const [index, form] of (expect.sequence as Json[]).entries()) {
      compare(form, opened.sequence![index]!, String(index));
    }
  }
  if (expect.other_members !== undefined) {
    const members = new DictValue([...opened.otherMembers!]);
    compare(expect.other_members, members, "other members");
  }
  if (expect.arrays !== undefined || expect.tree !== undefined || expect.module !== undefined) {
    assert.deepEqual(sharesOf(tree), expect.shares ?? []);
  }
}

async function read(entry: Entry): Promise<Opened | FormatError> {
  try {
    return await open(files.get(entry.file)!, { name: entry.file });
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}

for (const entry of covered) {
  const bytes = files.get(entry.file)!;
  test(`${entry.file}: ${entry.about}`, { timeout: 1000 }, async () => {
    const result = await read(entry);
    const isHostile = entry.expect.refuse !== undefined;
    if (result instanceof FormatError) {
      assert.doesNotMatch(result.message, /\n/);
      assert.ok(result.message.startsWith(entry.file));
      assert.ok(result.message.length < 400, result.message);
      if (isHostile || entry.expect.or_refuse !== undefined) return;
      assert.ok(isLegacyStream(bytes), `refused: ${result.message}`);
      assert.match(result.message, /legacy PyTorch stream/);
    } else if (isHostile) {
      const orLoad = entry.expect.or_load as { [key: string]: Json } | undefined;
      assert.ok(orLoad !== undefined, "it was read, and should have been refused");
      check({ ...entry, expect: orLoad }, result);
    } else check(entry, result);
  });
}
