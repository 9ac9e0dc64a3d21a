// Pooling with the kernels for them: what runs these operations has them from here.

import * as operations from "../../ops/pooling.ts";
import { pooling as kernels } from "../reference/pooling.ts";
import { withKernels } from "../supplying.ts";

/** The operations of `src/ops/pooling.ts`. */
export const pooling: typeof operations = /* @__PURE__ */ withKernels(operations, () => kernels);
