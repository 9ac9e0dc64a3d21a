// Convolutions with the kernels for them: what runs these operations has them from here.

import * as operations from "../../ops/convolution.ts";
import { convolution as kernels } from "../reference/convolution.ts";
import { withKernels } from "../supplying.ts";

/** The operations of `src/ops/convolution.ts`. */
export const convolution: typeof operations = /* @__PURE__ */ withKernels(operations, () => kernels);
