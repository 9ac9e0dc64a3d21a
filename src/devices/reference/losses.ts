// The kernels of the operations of `src/ops/losses.ts`.

import { type CtcKernels, ctc } from "./ctc.ts";
import { type LikelihoodKernels, likelihood } from "./likelihood.ts";
import { type MarginKernels, margins } from "./margins.ts";

export const losses: LikelihoodKernels & MarginKernels & CtcKernels = { ...likelihood, ...margins, ...ctc };
