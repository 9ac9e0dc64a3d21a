// Resampling with the kernels for them: what runs these operations has them from here.

import * as operations from "../../ops/sampling.ts";
import { sampling as kernels } from "../reference/sampling.ts";
import { withKernels } from "../supplying.ts";

/** The operations of `src/ops/sampling.ts`. */
export const sampling: typeof operations = /* @__PURE__ */ withKernels(operations, () => kernels);
