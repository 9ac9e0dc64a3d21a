// Where the faster kernels of operations come from: they are part of the program. Bundlers for pages put fast-page.ts in
// this file's place (package.json, "browser").

import type { Device } from "../core/run.ts";
import { wasm } from "./wasm/index.ts";

/** Gives the device whose kernels are the faster ones. */
export function loadFast(use: (device: Device) => void): void {
  use(wasm);
}
