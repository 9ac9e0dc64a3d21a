// What memory the library holds: counters, as Python has them for a device in `torch.cuda.memory_stats`.

import { emptyKept, memoryCounts, resetPeak } from "./core/memory.ts";
import { kernelBytes } from "./kernels/use.ts";

/** Counters of memory, in bytes where the name says so. */
export interface MemoryStats {
  /**
   * Large results (from 256 KiB on) that are in use. The garbage collector says when one no longer is, some time after it was
   * left: until then it counts. Not counted are those whose bytes were handed out (`storage.data`, `storage.view()`), and
   * those of a loop that made more than 64 MiB without letting the event loop turn: these are ordinary memory.
   */
  readonly liveBytes: number;
  /** How many storages that is. */
  readonly liveStorages: number;
  /** The most that `liveBytes` was since the beginning, or since `resetPeakStats`. */
  readonly peakLiveBytes: number;
  /**
   * Memory of results that are done with, kept for the next ones: at most 256 MiB of their own, and 1.5 GiB in the memory of
   * the kernels; 20 seconds at most.
   */
  readonly keptBytes: number;
  /** How much was handed out again rather than taken anew, since the beginning. */
  readonly reusedBytes: number;
  /** How much was taken anew, since the beginning. */
  readonly takenBytes: number;
  /**
   * The memory of the WebAssembly kernels, and of the large results that lie in it, used or kept: 0 until they are first
   * needed. They lie there where threads can share memory: in Node, and in pages that are isolated from other origins.
   */
  readonly kernelBytes: number;
  /** In Node: all arrays of the program, of whatever kind and whoever made them, used or not yet found unused. */
  readonly arrayBytes: number | undefined;
}

/** What there is of Node's `process`. */
interface Global {
  readonly process?: { memoryUsage?(): { readonly arrayBuffers?: number } };
}

/** The counters as they are now. */
export function stats(): MemoryStats {
  const arrayBytes = (globalThis as Global).process?.memoryUsage?.().arrayBuffers;
  return { ...memoryCounts(), kernelBytes: kernelBytes(), arrayBytes };
}

/** Lets `peakLiveBytes` begin again from what is live now (as `torch.cuda.reset_peak_memory_stats`). */
export function resetPeakStats(): void {
  resetPeak();
}

/** Leaves what is kept for the next results to the garbage collector at once (as `torch.cuda.empty_cache`). */
export function emptyCache(): void {
  emptyKept();
}
