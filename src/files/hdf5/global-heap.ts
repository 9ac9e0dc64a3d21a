// HDF5's global heap: collections of objects that datasets and attributes point to; variable-length values lie there
// (HDF5 File Format Specification Version 3.0, section III.E).

import { FormatError } from "../../core/errors.ts";
import type { HdfFile } from "./file.ts";

type Collection = ReadonlyMap<number, Uint8Array>;

/** The global heap of a file, collection by collection as they are asked for. */
export class GlobalHeap {
  private readonly file: HdfFile;
  private readonly collections = new Map<number, Promise<Collection>>();

  constructor(file: HdfFile) {
    this.file = file;
  }

  /**
   * The bytes of an object.
   * @throws FormatError when there is no such object, or the heap is damaged
   */
  async object(address: number, index: number): Promise<Uint8Array> {
    let collection = this.collections.get(address);
    if (collection === undefined) {
      collection = readCollection(this.file, address);
      this.collections.set(address, collection);
    }
    const object = (await collection).get(index);
    if (object === undefined) {
      throw new FormatError(`the global heap has no object ${index}: it is damaged`, {
        offset: this.file.place.base + address,
      });
    }
    return object;
  }
}

async function readCollection(file: HdfFile, address: number): Promise<Collection> {
  const what = "a collection of the global heap";
  const headLength = 8 + file.place.widths.length;
  const head = await file.cursor(address, headLength, what);
  head.signature("GCOL");
  head.version(1);
  head.skip(3);
  const size = head.length();
  const cursor = await file.cursor(address, Math.max(size, headLength), what);
  cursor.skip(headLength);
  // The head of a collection, and of each object in it, is filled up to a multiple of eight bytes.
  cursor.align(0, 8);
  const objectHead = 8 + file.place.widths.length;
  const objects = new Map<number, Uint8Array>();
  while (cursor.left >= objectHead) {
    const start = cursor.at;
    const index = cursor.u16();
    cursor.skip(2 + 4);
    const length = cursor.length();
    // What is free is the last, and its length counts its head.
    if (index === 0) break;
    if (objects.has(index)) throw cursor.wrong(`it has two objects ${index}: it is damaged`);
    cursor.align(start, 8);
    objects.set(index, cursor.take(length));
    cursor.align(start, 8);
  }
  return objects;
}
