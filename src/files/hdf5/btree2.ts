// HDF5's B-trees of version 2 (HDF5 File Format Specification Version 3.0, section III.A.2).

import { FormatError } from "../../core/errors.ts";
import { bytesFor, type Cursor } from "./cursor.ts";
import type { HdfFile } from "./file.ts";

/** What a tree says of itself. */
interface Tree {
  readonly file: HdfFile;
  readonly type: number;
  readonly nodeSize: number;
  readonly recordSize: number;
  /** For each depth, how wide the counts of records in a child, and below it, are. */
  readonly countWidth: number;
  readonly totalWidths: readonly number[];
}

interface Node {
  readonly address: number;
  readonly count: number;
  readonly depth: number;
}

const deepest = 32;
/** Signature, version, type and checksum of a node. */
const nodeFrame = 10;

/**
 * The records of a tree, each as a cursor of its own. Their order is not that of the keys.
 * @param types the types of record that may be there
 * @throws FormatError when the tree is damaged, or a node is reached twice
 */
export async function* treeRecords(
  file: HdfFile,
  address: number,
  types: readonly number[],
): AsyncIterable<{ readonly type: number; readonly record: Cursor }> {
  const { tree, root } = await readHeader(file, address, types);
  const seen = new Set<number>();
  const waiting = root === undefined ? [] : [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next.address)) {
      throw new FormatError("a B-tree comes back to a node that was gone through: it has no end", {
        offset: file.place.base + next.address,
      });
    }
    seen.add(next.address);
    const { records, children } = await readNode(tree, next);
    for (const record of records) yield { type: tree.type, record };
    waiting.push(...children);
  }
}

async function readHeader(
  file: HdfFile,
  address: number,
  types: readonly number[],
): Promise<{ tree: Tree; root: Node | undefined }> {
  const { widths } = file.place;
  const length = 4 + 2 + 4 + 2 + 2 + 2 + widths.address + 2 + widths.length + 4;
  const cursor = await file.checkedCursor(address, length, "a B-tree of version 2");
  cursor.signature("BTHD");
  cursor.version(0);
  const type = cursor.u8();
  if (!types.includes(type))
    throw cursor.wrong(`its type is ${type}, where ${types.join(" or ")} is expected`);
  const nodeSize = cursor.u32();
  const recordSize = cursor.u16();
  const depth = cursor.u16();
  cursor.skip(2);
  const rootAddress = cursor.address();
  const count = cursor.u16();
  if (depth > deepest) throw cursor.wrong(`it is ${depth} levels deep, more than any`);
  const inLeaf = recordSize === 0 ? 0 : Math.floor((nodeSize - nodeFrame) / recordSize);
  if (inLeaf < 1) throw cursor.wrong(`records of ${recordSize} bytes do not lie in nodes of ${nodeSize}`);
  const countWidth = bytesFor(inLeaf);
  const totalWidths = [0];
  let most = inLeaf;
  for (let level = 1; level <= depth; level++) {
    const pointer = widths.address + countWidth + totalWidths[level - 1]!;
    const inNode = Math.floor((nodeSize - nodeFrame - pointer) / (recordSize + pointer));
    if (inNode < 1) throw cursor.wrong(`nodes of ${nodeSize} bytes hold no records and children`);
    most = (inNode + 1) * most + inNode;
    totalWidths.push(bytesFor(Math.min(most, Number.MAX_SAFE_INTEGER)));
  }
  const tree = { file, type, nodeSize, recordSize, countWidth, totalWidths };
  return { tree, root: rootAddress === undefined ? undefined : { address: rootAddress, count, depth } };
}

async function readNode(
  { file, type, recordSize, countWidth, totalWidths, nodeSize }: Tree,
  { address, count, depth }: Node,
): Promise<{ records: Cursor[]; children: Node[] }> {
  const pointer = depth === 0 ? 0 : file.place.widths.address + countWidth + totalWidths[depth - 1]!;
  const length = nodeFrame + count * recordSize + (depth === 0 ? 0 : (count + 1) * pointer);
  const what = "a node of a B-tree of version 2";
  if (length > nodeSize) {
    throw new FormatError(`${what} of ${nodeSize} bytes is said to hold ${count} records: it is damaged`, {
      offset: file.place.base + address,
    });
  }
  const cursor = await file.checkedCursor(address, length, what);
  cursor.signature(depth === 0 ? "BTLF" : "BTIN");
  cursor.version(0);
  const found = cursor.u8();
  if (found !== type) throw cursor.wrong(`its type is ${found}, where ${type} is expected`);
  const records = Array.from({ length: count }, () => cursor.part(recordSize));
  const children: Node[] = [];
  for (let index = 0; depth > 0 && index <= count; index++) {
    const child = cursor.addressOf("a child");
    children.push({ address: child, count: cursor.unsigned(countWidth), depth: depth - 1 });
    cursor.skip(totalWidths[depth - 1]!);
  }
  return { records, children };
}
