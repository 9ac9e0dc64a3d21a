// Links and attributes that are too many for an object header: they lie in a fractal heap, and a B-tree names them (HDF5
// File Format Specification Version 3.0, sections IV.A.2.c "Link Info" and IV.A.2.v "Attribute Info").

import { treeRecords } from "./btree2.ts";
import type { Cursor } from "./cursor.ts";
import type { HdfFile } from "./file.ts";
import { FractalHeap } from "./fractal-heap.ts";

/** For each kind: the type of record that the tree of names has, and what stands before the identifier in it. */
const recordsOf = {
  links: { type: 5, before: 4, idLength: 7 },
  attributes: { type: 8, before: 0, idLength: 8 },
};

/** The message flag of an object that lies in the file's table of shared messages. */
const sharedFlag = 2;

/**
 * The bodies of what an info message leads to.
 * @param info where the address of the heap stands
 * @param shared finds an attribute that is kept elsewhere, by its identifier
 * @throws FormatError when the heap or its tree is damaged
 */
export async function denseObjects(
  file: HdfFile,
  info: Cursor,
  kind: keyof typeof recordsOf,
  shared?: (id: Uint8Array) => Promise<Cursor>,
): Promise<Cursor[]> {
  const heapAddress = info.address();
  const treeAddress = info.address();
  if (heapAddress === undefined || treeAddress === undefined) return [];
  const heap = await FractalHeap.open(file, heapAddress);
  const { type, before, idLength } = recordsOf[kind];
  const objects: Cursor[] = [];
  for await (const { record } of treeRecords(file, treeAddress, [type])) {
    record.skip(before);
    const id = record.take(idLength);
    const isShared = shared !== undefined && (record.u8() & sharedFlag) !== 0;
    objects.push(isShared ? await shared(id) : await heap.object(id));
  }
  return objects;
}
