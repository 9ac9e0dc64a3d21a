// Every .npy, .npz and torch file of the reference set: the good ones hold what the manifest says, the others are
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
  test(`${entry.file}: ${entry.about}`, { timeout: 1000 }, async () => {
    const result = await read(entry);
    const isHostile = entry.expect.refuse !== undefined;
    if (result instanceof FormatError) {
      assert.doesNotMatch(result.message, /\n/);
      assert.ok(result.message.startsWith(entry.file));
      assert.ok(result.message.length < 400, result.message);
      assert.ok(isHostile || entry.expect.or_refuse !== undefined, `refused: ${result.message}`);
    } else if (isHostile) {
      const orLoad = entry.expect.or_load as { [key: string]: Json } | undefined;
      assert.ok(orLoad !== undefined, "it was read, and should have been refused");
      check({ ...entry, expect: orLoad }, result);
    } else check(entry, result);
  });
}
