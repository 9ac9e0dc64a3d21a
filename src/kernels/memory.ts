// The memory of kernels: their constants, scratch for one call at a time, and, where threads can share it, a heap whose parts
// are lent to storages.

import { KernelHeap } from "./heap.ts";
import { addMemory, NoScratch } from "./places.ts";

const page = 2 ** 16;
/** What there is at first; memory that is not touched is not taken. */
const firstPages = 2 ** 25 / page;
/** Of plain memory, which is scratch alone; and of shared memory: kernels count addresses in 31 bits. */
const mostScratch = 2 ** 30;
const mostShared = 2 ** 31 - page;
/** Where a heap begins: scratch ends there. */
const heapStart = 2 ** 29;
/** Scratch larger than this is given back after so many calls in a row that needed less than a quarter of it. */
const keptBytes = 2 ** 27;
const keptCalls = 1000;

/** @throws RangeError where the machine has no room for it */
export const newMemory = (shared: boolean): WebAssembly.Memory =>
  new WebAssembly.Memory({
    initial: firstPages,
    maximum: (shared ? mostShared : mostScratch) / page,
    shared,
  });

/** A memory from address 0 on, as arrays. */
interface Shown {
  readonly bytes: Uint8Array;
  readonly floats: Float32Array;
  readonly words: Int32Array;
}

/** A memory and how much of it is in use. */
export class KernelMemory {
  readonly memory: WebAssembly.Memory;
  /** Where scratch begins. */
  readonly start: number;
  readonly heap: KernelHeap | undefined;
  /** All of it but the heap. What was made before the memory grew stays good where it is shared. */
  shown: Shown;
  private readonly scratchLimit: number;
  private scratchBytes: number;
  private smallCalls = 0;

  constructor(memory: WebAssembly.Memory, start: number, isShared: boolean) {
    this.memory = memory;
    this.start = start;
    this.heap = isShared ? new KernelHeap(memory, heapStart, mostShared) : undefined;
    this.scratchLimit = isShared ? heapStart : mostScratch;
    this.scratchBytes = memory.buffer.byteLength;
    this.shown = this.look();
  }

  private look(): Shown {
    const { buffer } = this.memory;
    if (this.heap !== undefined) addMemory(buffer);
    const length = Math.min(buffer.byteLength, this.scratchLimit);
    return {
      bytes: new Uint8Array(buffer, 0, length),
      floats: new Float32Array(buffer, 0, length / 4),
      words: new Int32Array(buffer, 0, length / 4),
    };
  }

  /** Sees to it that there are so many bytes of scratch. @throws NoScratch when the memory cannot grow so far */
  scratch(byteLength: number): void {
    const end = this.start + byteLength;
    if (end > this.shown.bytes.byteLength) this.grow(end);
    this.scratchBytes = Math.max(this.scratchBytes, byteLength);
    if (byteLength * 4 < this.scratchBytes) this.smallCalls++;
    else this.smallCalls = 0;
  }

  private grow(end: number): void {
    if (end > this.scratchLimit) throw new NoScratch("the kernels' memory cannot hold the work");
    const missing = end - this.memory.buffer.byteLength;
    try {
      if (missing > 0) this.memory.grow(Math.ceil(missing / page));
    } catch (cause) {
      throw new NoScratch("the machine has no more memory for kernels", { cause });
    }
    this.shown = this.look();
  }

  /** How much of it there is room for, in scratch and in the heap as far as it was used. */
  get usedBytes(): number {
    return this.scratchBytes + (this.heap?.extent ?? 0);
  }

  /** True iff scratch has long been far larger than what is asked for, and nobody uses the heap. */
  get isOutgrown(): boolean {
    const isUnused = this.heap === undefined || this.heap.usedBytes === 0;
    return this.smallCalls > keptCalls && this.scratchBytes > keptBytes && isUnused;
  }
}
