// Where the kernels come from: they are part of the program. Bundlers for pages put source-page.ts in this file's place
// (package.json, "browser").

import { makeKernels } from "./instance.ts";

/** Makes kernels for so many threads. */
export type MakeKernels = typeof makeKernels;

/** Gives what makes kernels. */
export function loadMaker(use: (make: MakeKernels) => void): void {
  use(makeKernels);
}
