// HDF5's table of messages that several objects share (HDF5 File Format Specification Version 3.0, section IV.A.2.p and
// "Disk Format: Level 0C - Superblock Extension").

import { FormatError } from "../../core/errors.ts";
import type { HdfFile } from "./file.ts";
import { FractalHeap } from "./fractal-heap.ts";
import { messageOf, messageTypes, readObjectHeader } from "./object-header.ts";
import type { SharedHeap } from "./shared.ts";

/** For each heap of the table, the types of message in it as bits. */
interface TableHeap {
  readonly types: number;
  readonly address: number;
}

/** Finds messages in the file's table, which is read when the first is asked for. */
export function sharedHeapOf(file: HdfFile, extension: number | undefined): SharedHeap {
  let table: Promise<readonly TableHeap[]> | undefined;
  const heaps = new Map<number, Promise<FractalHeap>>();
  return async (type, id) => {
    table ??= readTable(file, extension);
    const index = (await table).find(({ types }) => ((types >>> type) & 1) === 1);
    if (index === undefined) {
      throw new FormatError("a message is said to be in the file's table of shared messages, and is not");
    }
    let heap = heaps.get(index.address);
    if (heap === undefined) {
      heap = FractalHeap.open(file, index.address);
      heaps.set(index.address, heap);
    }
    return (await heap).object(id);
  };
}

async function readTable(file: HdfFile, extension: number | undefined): Promise<readonly TableHeap[]> {
  if (extension === undefined) return [];
  const header = await readObjectHeader(file, extension);
  const body = messageOf(header, messageTypes.sharedTable)?.body.fresh();
  if (body === undefined) return [];
  body.version(0);
  const address = body.addressOf("the table of shared messages");
  const count = body.u8();
  const what = "the table of shared messages";
  const indexLength = 1 + 1 + 2 + 4 + 2 + 2 + 2 + 2 * file.place.widths.address;
  const table = await file.checkedCursor(address, 4 + count * indexLength + 4, what);
  table.signature("SMTB");
  const heaps: TableHeap[] = [];
  for (let index = 0; index < count; index++) {
    table.version(0);
    table.skip(1);
    const types = table.u16();
    table.skip(4 + 2 + 2 + 2);
    table.address();
    const heap = table.address();
    if (heap !== undefined) heaps.push({ types, address: heap });
  }
  return heaps;
}
