// Where the faster kernels of operations come from in a bundled page: files of their own, which are loaded while the page
// works without them.

import type { Device } from "../core/run.ts";
import { warn } from "../core/warnings.ts";

/** Gives the device whose kernels are the faster ones, once they are loaded. */
export function loadFast(use: (device: Device) => void): void {
  import("./wasm/index.ts").then(
    ({ wasm }) => use(wasm),
    (error: unknown) => warn("UserWarning", `The faster kernels could not be loaded: ${error}`),
  );
}
