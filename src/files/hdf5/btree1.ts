// HDF5's B-trees of version 1, whose leaves are nodes of symbols or chunks (HDF5 File Format Specification Version 3.0,
// section III.A.1).

import { FormatError } from "../../core/errors.ts";
import type { Cursor } from "./cursor.ts";
import type { HdfFile } from "./file.ts";

/** What the keys of a tree are: their type in the file, and how many bytes one takes. */
export interface TreeKeys {
  readonly type: 0 | 1;
  readonly keyLength: number;
}

/** A child of a leaf: the key before it, and its address. */
export interface TreeEntry {
  readonly key: Cursor;
  readonly address: number;
}

const deepest = 64;

/**
 * The entries of a tree's leaves, in order.
 * @throws FormatError when it is damaged, or a node is reached twice
 */
export async function* treeEntries(file: HdfFile, root: number, keys: TreeKeys): AsyncIterable<TreeEntry> {
  const seen = new Set<number>();
  const waiting: { address: number; level: number | undefined }[] = [{ address: root, level: undefined }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next.address)) {
      throw new FormatError("a B-tree comes back to a node that was gone through: it has no end", {
        offset: file.place.base + next.address,
      });
    }
    seen.add(next.address);
    const { level, entries } = await readNode(file, next.address, keys, next.level);
    if (level === 0) yield* entries;
    else for (const { address } of entries.reverse()) waiting.push({ address, level: level - 1 });
  }
}

async function readNode(
  file: HdfFile,
  address: number,
  { type, keyLength }: TreeKeys,
  expectedLevel: number | undefined,
): Promise<{ level: number; entries: TreeEntry[] }> {
  const what = "a node of a B-tree";
  const width = file.place.widths.address;
  const headLength = 8 + 2 * width;
  const head = await file.cursor(address, headLength, what);
  head.signature("TREE");
  const found = head.u8();
  if (found !== type) throw head.wrong(`its type is ${found}, where ${type} is expected`);
  const level = head.u8();
  if (level > deepest || (expectedLevel !== undefined && level !== expectedLevel)) {
    throw head.wrong(`its level is ${level}, where ${expectedLevel ?? `at most ${deepest}`} is expected`);
  }
  const count = head.u16();
  const body = await file.cursor(address + headLength, count * (keyLength + width) + keyLength, what);
  const entries = Array.from({ length: count }, () => ({
    key: body.part(keyLength),
    address: body.addressOf("a child"),
  }));
  return { level, entries };
}
