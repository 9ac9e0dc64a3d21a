// The WebAssembly kernels in use, made ready when they are first asked for. There are two instances: one over plain memory,
// and one over memory that worker threads share. JavaScript copies into and out of shared memory at a quarter of the speed,
// so that work for one thread is better done in the plain one.

import type { Kernels } from "./instance.ts";
import { canShareMemory } from "./machine.ts";
import { loadMaker, type MakeKernels } from "./source.ts";
import { getNumThreads } from "./threads.ts";

let make: MakeKernels | undefined;
let loading: { readonly done: Promise<void> | undefined } | undefined;
let isDeterministic = false;
let plain: Kernels | null | undefined;
let parallel: Kernels | null | undefined;

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

/** Kernels; null where there can be none, undefined where they have not come yet. */
function made(threads: number): Kernels | null | undefined {
  loadKernels();
  return make?.(threads, isDeterministic);
}

/** The kernels for work on one thread; undefined where there is no WebAssembly with vectors of 128 bits, or not yet. */
export function kernels(): Kernels | undefined {
  if (plain === undefined || plain?.isOutgrown) plain = made(1);
  return plain ?? undefined;
}

/**
 * The kernels for work that pays on several threads: over shared memory and with workers where more than one thread is
 * set and memory can be shared, else those for one thread.
 */
export function parallelKernels(): Kernels | undefined {
  const threads = getNumThreads();
  if (threads === 1 || parallel === null) {
    release();
    return kernels();
  }
  if (parallel === undefined || parallel.threads !== threads || parallel.isOutgrown) {
    release();
    parallel = canShareMemory() ? made(threads) : null;
  }
  return parallel ?? kernels();
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
  release();
}

/** How much memory the kernels have now, in bytes. */
export function kernelBytes(): number {
  return (plain?.bytes.byteLength ?? 0) + (parallel?.bytes.byteLength ?? 0);
}

/** Ends the workers and gives their memory back. */
function release(): void {
  if (parallel === undefined || parallel === null) return;
  parallel.end();
  parallel = undefined;
}
