// Where the kernels come from: they are part of the program. Bundlers for pages put source-page.ts in this file's place
// (package.json, "browser").

import { makeKernels } from "./instance.ts";

/** Makes kernels for so many threads. */
export type MakeKernels = typeof makeKernels;

/** Gives what makes kernels. @returns a promise where that is done later */
export function loadMaker(use: (make: MakeKernels) => void): Promise<void> | undefined {
  use(makeKernels);
  return undefined;
}
