// What the machine has, in Node and in browsers: threads, and whether they can share memory.

/** One of Node's own modules, where this is Node (from 20.16 on). */
export function builtin(name: string): unknown {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return process?.getBuiltinModule?.(name);
}

/** True iff workers can be given this program's memory: in Node, and in pages that are isolated from other origins. */
export function canShareMemory(): boolean {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  const hasWorkers = builtin("node:worker_threads") !== undefined || typeof Worker !== "undefined";
  return typeof SharedArrayBuffer !== "undefined" && crossOriginIsolated !== false && hasWorkers;
}

/** How many threads the machine runs at once. */
export function hardwareThreads(): number {
  const os = builtin("node:os") as { availableParallelism(): number } | undefined;
  if (os !== undefined) return os.availableParallelism();
  return (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency ?? 1;
}
