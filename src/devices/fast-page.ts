// Where the faster kernels of operations come from in a bundled page: files of their own, which are loaded while the page
// works without them.

import type { Device } from "../core/run.ts";
import { warn } from "../core/warnings.ts";

/** Gives what makes a device with the faster kernels of another, once they are loaded. */
export function loadFast(use: (faster: (device: Device) => Device) => void): void {
  import("./wasm/index.ts").then(
    ({ fasterThan }) => use(fasterThan),
    (error: unknown) => warn("UserWarning", `The faster kernels could not be loaded: ${error}`),
  );
}
