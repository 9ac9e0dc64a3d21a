// Memory for many tensors that are read together: pieces of few large blocks. The engine looks for garbage each time that
// much outside its heap is taken; for a block that is once, for an array a tensor as often as there are tensors.

import { memoryFor, type Reader } from "../reader.ts";

/** New memory, all zeros, for bytes of a reader. */
export type Allocate = (reader: Reader | undefined, byteLength: number) => Uint8Array<ArrayBuffer>;

/** Pieces begin where every element type, a vector and a cache line do. */
const alignment = 64;
/** The largest block: what a tensor that outlives its neighbours may keep alive. */
const largestBlock = 2 ** 28;

const aligned = (byteLength: number): number => Math.ceil(byteLength / alignment) * alignment;

/** What takes the memory for pieces of these sizes from blocks; a piece that no block has room for is a block by itself. */
export function memoryInBlocks(sizes: readonly number[]): Allocate {
  let rest = sizes.reduce((sum, size) => sum + aligned(size), 0);
  let block = new Uint8Array(0);
  let used = 0;
  return (reader, byteLength) => {
    const size = aligned(byteLength);
    if (used + size > block.byteLength) {
      const whole = Math.min(rest, largestBlock);
      if (size > whole) return memoryFor(reader, byteLength);
      block = memoryFor(reader, whole);
      rest -= whole;
      used = 0;
    }
    used += size;
    return block.subarray(used - size, used - size + byteLength);
  };
}
