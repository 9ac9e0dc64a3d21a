// How many threads operations run on (torch.set_num_threads, torch.get_num_threads), and when the kernels are there.

import { RuntimeError, ValueError } from "../core/errors.ts";
import { setNumThreads as set } from "../devices/index.ts";
import { typeName } from "./errors.ts";

export { getNumThreads, kernelsReady } from "../devices/index.ts";

/**
 * Sets how many threads an operation is divided among where it is large enough, the caller's included; 1 is the caller's
 * alone (`torch.set_num_threads`). Without it: as many as the machine runs at once, at most 8. In a page threads need
 * isolation from other origins (`crossOriginIsolated`). Results do not depend on the number.
 * @throws RuntimeError for what is not a positive integer; ValueError from 2^31 on
 */
export function setNumThreads(count: number): void {
  if (!Number.isInteger(count)) {
    throw new RuntimeError(`set_num_threads expects an int, but got ${typeName(count)}`);
  }
  if (count < 1) throw new RuntimeError("set_num_threads expects a positive integer");
  if (count >= 2 ** 31) throw new ValueError("Overflow when unpacking long");
  set(count);
}
