// The heap in the kernels' shared memory as storages know it: it is made when it is first asked for, and let go of, memory and
// workers and all, when nothing of it was in use for a while.

import type { Heap } from "../core/memory.ts";
import { release, sharedHeap } from "./use.ts";

export const kernelHeap: Heap = {
  get freeBytes() {
    return sharedHeap()?.freeBytes ?? 0;
  },
  take: (byteLength) => sharedHeap(true)?.take(byteLength),
  // Memory is let go of only when nothing of it is in use: this is the one that the place is of.
  give: (place) => sharedHeap()?.give(place),
  trim: () => {
    const heap = sharedHeap();
    if (heap === undefined || heap.extent === 0) return false;
    const isLeft = heap.trim();
    if (!isLeft) release();
    return isLeft;
  },
};
