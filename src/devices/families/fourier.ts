// Fourier's transforms with the kernels for them: what runs these operations has them from here.

import * as operations from "../../ops/fourier.ts";
import { fouriers as kernels } from "../reference/fourier.ts";
import { withKernels } from "../supplying.ts";

/** The operations of `src/ops/fourier.ts`. */
export const fourier: typeof operations = /* @__PURE__ */ withKernels(operations, () => kernels);
