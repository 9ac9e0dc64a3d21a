// The links of a group in HDF5's older form: a B-tree of symbol nodes, names in a local heap (HDF5 File Format
// Specification Version 3.0, sections III.B, III.C, III.D).

import { treeEntries } from "./btree1.ts";
import type { Cursor } from "./cursor.ts";
import { textOf } from "./datatype.ts";
import type { HdfFile } from "./file.ts";
import type { HdfLink } from "./links.ts";

const softLink = 2;

/**
 * The links that a symbol table message leads to, by name.
 * @throws FormatError when the table, its heap or its tree is damaged
 */
export async function symbolLinks(file: HdfFile, message: Cursor): Promise<HdfLink[]> {
  const tree = message.addressOf("its B-tree");
  const heap = await readLocalHeap(file, message.addressOf("its heap"));
  const links: HdfLink[] = [];
  const keyLength = file.place.widths.length;
  for await (const { address } of treeEntries(file, tree, { type: 0, keyLength })) {
    links.push(...(await readSymbolNode(file, address, heap)));
  }
  return links;
}

/** The text that begins at an offset of the heap. */
type HeapText = (offset: number) => string;

async function readLocalHeap(file: HdfFile, address: number): Promise<HeapText> {
  const what = "a local heap";
  const { widths } = file.place;
  const head = await file.cursor(address, 8 + 2 * widths.length + widths.address, what);
  head.signature("HEAP");
  head.version(0);
  head.skip(3);
  const size = head.length();
  head.lengthOrUnlimited();
  const dataAddress = head.addressOf("its data");
  const bytes = await file.bytes(dataAddress, size, "the names of a group");
  return (offset) => {
    const cursor = file.cursorOver(bytes, dataAddress, "the names of a group");
    cursor.skip(offset);
    const name = cursor.untilNul();
    // Any number of symbols may have one name in the heap.
    file.budget.spendMetadata(name.byteLength);
    return textOf(name);
  };
}

async function readSymbolNode(file: HdfFile, address: number, heap: HeapText): Promise<HdfLink[]> {
  const what = "a node of symbols";
  const width = file.place.widths.address;
  const head = await file.cursor(address, 8, what);
  head.signature("SNOD");
  head.version(1);
  head.skip(1);
  const count = head.u16();
  const body = await file.cursor(address + 8, count * (2 * width + 24), what);
  return Array.from({ length: count }, (): HdfLink => {
    const order = body.addressOf("its name");
    const name = heap(order);
    const target = body.address();
    const cacheType = body.u32();
    body.skip(4);
    const scratch = body.part(16);
    if (cacheType === softLink) return { name, order, kind: "soft", path: heap(scratch.u32()) };
    if (target === undefined) throw body.wrong("a symbol leads to no object");
    return { name, order, kind: "hard", address: target };
  });
}
