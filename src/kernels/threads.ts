// How many threads the kernels run on.

import { hardwareThreads } from "./machine.ts";

/** Beyond so many threads the memory is what is waited for; more may be asked for. */
const mostByDefault = 8;

let threads: number | undefined;

/** How many threads work is divided among, the caller's included (`torch.get_num_threads`). */
export function getNumThreads(): number {
  threads ??= Math.max(1, Math.min(hardwareThreads(), mostByDefault));
  return threads;
}

/** Sets how many threads work is divided among; 1 is the caller's alone. Results do not depend on it. */
export function setNumThreads(count: number): void {
  threads = count;
}

let leastWork: number | undefined;

/**
 * From how much work on a kernel uses threads.
 * @param measured from where they pay
 */
export function leastForThreads(measured: number): number {
  return leastWork ?? measured;
}

/** Makes every kernel use threads from so much work on, for tests; without a number again from where they pay. */
export function setLeastForThreads(least?: number): void {
  leastWork = least;
}
