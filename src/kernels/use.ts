// The WebAssembly kernels in use, made ready when they are first asked for. There are two sets: one over plain memory, and one
// over memory that threads share, in which large results live. JavaScript copies into and out of shared memory at a quarter of
// the speed, so that work for one thread on what lies elsewhere is better done in the plain one.

import type { KernelHeap } from "./heap.ts";
import type { KernelSet, Kernels } from "./instance.ts";
import { canShareMemory } from "./machine.ts";
import { isPlaced } from "./places.ts";
import { loadMaker, type MakeKernels } from "./source.ts";
import { getNumThreads, leastForThreads } from "./threads.ts";

let make: MakeKernels | undefined;
let loading: { readonly done: Promise<void> | undefined } | undefined;
let isDeterministic = false;
let plain: KernelSet | null | undefined;
let shared: KernelSet | null | undefined;

/**
 * Sees to it that the kernels come, where they are not part of the program (see `source-page.ts`).
 * @returns what is done when they are there; nothing where they are at once
 */
export function loadKernels(): Promise<void> | undefined {
  loading ??= {
    done: loadMaker((given) => {
      make = given;
    }),
  };
  return loading.done;
}

/** Those over plain memory; null where there can be none, undefined where they have not come yet. */
function plainSet(): KernelSet | null | undefined {
  loadKernels();
  if (plain === undefined || plain?.memory.isOutgrown) plain = make?.(false, isDeterministic);
  return plain;
}

/** Those over shared memory, likewise. */
function sharedSet(): KernelSet | null | undefined {
  loadKernels();
  if (shared?.memory.isOutgrown) release();
  if (shared === undefined) shared = canShareMemory() ? make?.(true, isDeterministic) : null;
  return shared;
}

/**
 * The kernels for work on one thread; undefined where there is no WebAssembly with vectors of 128 bits, or not yet.
 * @param arrays what they work on: where one lies in shared memory, those that find it there
 */
export function kernels(...arrays: readonly ArrayBufferView[]): Kernels | undefined {
  const set = arrays.some(isPlaced) ? sharedSet() : plainSet();
  return set?.single;
}

/**
 * The kernels for work that pays on several threads: over shared memory and with workers where more than one thread is
 * set and memory can be shared, else those for one thread.
 */
export function parallelKernels(...arrays: readonly ArrayBufferView[]): Kernels | undefined {
  const threads = getNumThreads();
  if (threads === 1) {
    shared?.end();
    return kernels(...arrays);
  }
  return sharedSet()?.on(threads) ?? kernels();
}

/**
 * The kernels for so much work on arrays: those for several threads only where it pays and all of them lie in shared memory,
 * else those for one.
 * @param least from how much work on threads pay, as measured
 */
export function kernelsFor(
  work: number,
  least: number,
  ...arrays: readonly ArrayBufferView[]
): Kernels | undefined {
  const isThreaded = work >= leastForThreads(least) && arrays.every(isPlaced);
  return isThreaded ? parallelKernels(...arrays) : kernels(...arrays);
}

/** The heap in shared memory, if there is one now. @param make makes it */
export function sharedHeap(make = false): KernelHeap | undefined {
  return (make ? sharedSet() : shared)?.memory.heap;
}

/** True iff results are the same on every machine: what machines do differently is left alone. */
export function getDeterministic(): boolean {
  return isDeterministic;
}

/** Says whether results are to be the same on every machine. */
export function setDeterministic(value: boolean): void {
  if (value === isDeterministic) return;
  isDeterministic = value;
  plain = undefined;
  if (shared === undefined || shared === null) return;
  shared.end();
  shared = make?.(true, isDeterministic, shared.memory);
}

/** How much memory the kernels have now, in bytes: what was never touched takes none of the machine's. */
export function kernelBytes(): number {
  return (plain?.memory.usedBytes ?? 0) + (shared?.memory.usedBytes ?? 0);
}

/** Ends the workers and gives their memory back, which nobody may be using. */
export function release(): void {
  shared?.end();
  shared = undefined;
}
