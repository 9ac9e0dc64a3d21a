// Where the kernels come from in a bundled page: a file of their own, which is loaded while the page works without them.

import { warn } from "../core/warnings.ts";
import type { MakeKernels } from "./source.ts";

/** Gives what makes kernels, once it is loaded. @returns what is done then, or when a warning said that it cannot be */
export function loadMaker(use: (make: MakeKernels) => void): Promise<void> | undefined {
  return import("./instance.ts").then(
    ({ makeKernels }) => use(makeKernels),
    (error: unknown) => warn("UserWarning", `The kernels of WebAssembly could not be loaded: ${error}`),
  );
}
