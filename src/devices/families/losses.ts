// Losses that have kernels of their own with the kernels for them: what runs these operations has them from here.

import * as operations from "../../ops/losses.ts";
import { losses as kernels } from "../reference/losses.ts";
import { withKernels } from "../supplying.ts";

/** The operations of `src/ops/losses.ts`. */
export const losses: typeof operations = /* @__PURE__ */ withKernels(operations, () => kernels);
