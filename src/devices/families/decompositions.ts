// Decompositions of matrices and what is solved with them with the kernels for them: what runs these operations has them from here.

import * as operations from "../../ops/decompositions.ts";
import { decompositions as kernels } from "../reference/linear/kernels.ts";
import { withKernels } from "../supplying.ts";

/** The operations of `src/ops/decompositions.ts`. */
export const decompositions: typeof operations = /* @__PURE__ */ withKernels(operations, () => kernels);
