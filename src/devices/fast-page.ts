// Where the faster kernels of operations come from in a bundled page: files of their own, which are loaded while the page
// works without them.

import type { Device } from "../core/run.ts";
import { warn } from "../core/warnings.ts";

/**
 * Gives what makes a device with the faster kernels of another, once they are loaded.
 * @returns what is done then, or when a warning said that it cannot be
 */
export function loadFast(use: (faster: (device: Device) => Device) => void): Promise<void> | undefined {
  return import("./wasm/index.ts").then(
    ({ fasterThan }) => use(fasterThan),
    (error: unknown) => warn("UserWarning", `The faster kernels could not be loaded: ${error}`),
  );
}
