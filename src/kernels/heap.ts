// A heap in the kernels' memory, whose parts are lent to storages: kernels find them where they are, and on every thread. It
// is for large parts, of which there are few: a list of free pieces in the order of their addresses, the best fitting of
// which is cut; neighbours become one again.

import type { Heap, Place } from "../core/memory.ts";
import { addMemory } from "./places.ts";

/** Parts begin at multiples of this. */
const unit = 64;
/** Kernels read and write so many bytes behind what they are given. */
const behind = 64;
const page = 2 ** 16;

interface Piece {
  at: number;
  size: number;
}

/** Part of a memory that threads share: views of it stay good when it grows. */
export class KernelHeap implements Heap {
  private readonly memory: WebAssembly.Memory;
  /** Where it begins, and where it may end. */
  private readonly base: number;
  private readonly limit: number;
  /** Up to where it was ever used. */
  private end: number;
  private free: Piece[] = [];
  private used = 0;
  private wasUsed = false;
  freeBytes = 0;

  /** A heap from `base` on, a multiple of 64, which grows up to `limit` with its memory. */
  constructor(memory: WebAssembly.Memory, base: number, limit: number) {
    this.memory = memory;
    this.base = base;
    this.limit = limit;
    this.end = base;
  }

  /** How many bytes are in use, with what is behind each part. */
  get usedBytes(): number {
    return this.used;
  }

  /** How many bytes there are up to where it was ever used. */
  get extent(): number {
    return this.end - this.base;
  }

  take(byteLength: number): Place | undefined {
    const size = sizeOf(byteLength);
    const at = this.cut(size) ?? this.extend(size);
    if (at === undefined) return undefined;
    this.used += size;
    this.wasUsed = true;
    return { buffer: this.memory.buffer, byteOffset: at };
  }

  give({ byteOffset, byteLength }: Place & { readonly byteLength: number }): void {
    const size = sizeOf(byteLength);
    this.used -= size;
    this.freeBytes += size;
    let index = this.free.findIndex(({ at }) => at > byteOffset);
    if (index < 0) index = this.free.length;
    this.free.splice(index, 0, { at: byteOffset, size });
    this.join(index);
    this.join(index - 1);
  }

  trim(): boolean {
    const isLeft = this.used > 0 || this.wasUsed;
    this.wasUsed = false;
    if (!isLeft) {
      this.free = [];
      this.freeBytes = 0;
      this.end = this.base;
    }
    return isLeft;
  }

  /** Makes one of a piece and the next where they touch. */
  private join(index: number): void {
    const piece = this.free[index];
    const next = this.free[index + 1];
    if (piece === undefined || next === undefined || piece.at + piece.size !== next.at) return;
    piece.size += next.size;
    this.free.splice(index + 1, 1);
  }

  /** Cuts from the smallest piece that is large enough. */
  private cut(size: number): number | undefined {
    let best = -1;
    for (let i = 0; i < this.free.length; i++) {
      const piece = this.free[i]!;
      if (piece.size >= size && (best < 0 || piece.size < this.free[best]!.size)) best = i;
    }
    if (best < 0) return undefined;
    const piece = this.free[best]!;
    const { at } = piece;
    piece.at += size;
    piece.size -= size;
    if (piece.size === 0) this.free.splice(best, 1);
    this.freeBytes -= size;
    return at;
  }

  /** Takes from memory that was never used, and what lies free before it. */
  private extend(size: number): number | undefined {
    const at = this.end;
    if (at + size > this.limit) return undefined;
    const missing = at + size - this.memory.buffer.byteLength;
    if (missing > 0) {
      try {
        this.memory.grow(Math.ceil(missing / page));
      } catch {
        // The machine has no more.
        return undefined;
      }
      addMemory(this.memory.buffer);
    }
    this.end = at + size;
    return at;
  }
}

const sizeOf = (byteLength: number): number => Math.ceil((byteLength + behind) / unit) * unit;
