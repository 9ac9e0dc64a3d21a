// Which arrays lie in the memory of the kernels that threads share.

import { bounds } from "../core/memory.ts";

/** The memory, and what it was before it grew: the same bytes. */
const memories = new WeakSet<ArrayBufferLike>();
let latest: ArrayBufferLike | undefined;

/** Makes a buffer known as kernels' memory. */
export function addMemory(buffer: ArrayBufferLike): void {
  memories.add(buffer);
  latest = buffer;
}

/** True iff kernels over shared memory find an array's elements at `array.byteOffset`. */
export function isPlaced(array: ArrayBufferView): boolean {
  // A small array has no buffer before it is asked for one.
  if (latest === undefined || array.byteLength < bounds.leastReused) return false;
  const { buffer } = array;
  return buffer === latest || memories.has(buffer);
}

/** What is thrown where the kernels' memory has no room for the scratch of a call. */
export class NoScratch extends RangeError {}
