// The reference device of a bundled page: with the kernels of `../families` where the page has the functions that need them.

import type { Device } from "../../core/run.ts";
import { common } from "./common.ts";

export const reference: Device = { name: "reference", kernels: common };
