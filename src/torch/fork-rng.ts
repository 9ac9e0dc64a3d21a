// torch.random.fork_rng: drawing that leaves the global stream as it was.

import { defaultGenerator } from "../random/index.ts";

/** Options of `forkRng`. */
export interface ForkRngOptions {
  /** False: the function is run and the stream goes on from where it leaves it. Default true. */
  readonly enabled?: boolean;
}

/**
 * Runs a function, and then puts the global stream back to where it was (`with torch.random.fork_rng()`); of a function that
 * gives a promise, once that is settled.
 */
export function forkRng<T>(run: () => T, { enabled = true }: ForkRngOptions = {}): T {
  if (!enabled) return run();
  const goBack = defaultGenerator().keep();
  let result: T;
  try {
    result = run();
  } catch (error) {
    goBack();
    throw error;
  }
  if (result instanceof Promise) return result.finally(goBack) as T;
  goBack();
  return result;
}
