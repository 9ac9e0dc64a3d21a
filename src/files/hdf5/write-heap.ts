// Global heaps, in which texts of variable length lie: HDF5 File Format Specification 2.0, III.E.

import { ByteWriter, roundUp } from "./byte-writer.ts";

/** Where a text lies: the address of its collection, and its number in there. None for an empty text. */
export interface HeapPlace {
  readonly address: number;
  readonly index: number;
}

const headSize = 16;
/** libhdf5 makes no smaller collections and takes none. */
const smallestCollection = 4096;
/** A collection is closed when it has grown so large. */
const fullCollection = 2 ** 16;

/** Collections one after another, from an address on. */
export class GlobalHeap {
  private readonly done: Uint8Array[] = [];
  private address: number;
  private open = new ByteWriter();
  private count = 0;

  constructor(address: number) {
    this.address = address;
  }

  /** Keeps bytes. */
  add(bytes: Uint8Array): HeapPlace {
    if (bytes.byteLength === 0) return { address: 0, index: 0 };
    if (this.open.length >= fullCollection) this.close();
    this.count++;
    this.open.u16(this.count).u16(1).u32(0).u64(bytes.byteLength).bytes(bytes).pad(8);
    return { address: this.address, index: this.count };
  }

  /** All collections, as they stand in the file. */
  finish(): readonly Uint8Array[] {
    if (this.count > 0) this.close();
    return this.done;
  }

  private close(): void {
    const used = headSize + this.open.length;
    const size = Math.max(smallestCollection, roundUp(used + headSize, 8));
    const writer = new ByteWriter(size).u32(0x4c4f4347).u8(1).zeros(3).u64(size).bytes(this.open.finish());
    // What is left is object 0, whose size counts its own header.
    writer
      .u16(0)
      .u16(0)
      .u32(0)
      .u64(size - used)
      .zeros(size - used - headSize);
    this.done.push(writer.finish());
    this.address += size;
    this.open = new ByteWriter();
    this.count = 0;
  }
}
