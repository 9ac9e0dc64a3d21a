// The reference device: plain TypeScript over strides. It is the definition that every other device is tested
// against, and for small work the fastest.

import type { Kernel } from "../../core/op.ts";
import type { Device } from "../../core/run.ts";
import type { operations } from "../../ops/index.ts";
import { copyingKernels } from "./cast.ts";
import { convolution } from "./convolution.ts";
import { fouriers } from "./fourier.ts";
import { indexing } from "./indexing.ts";
import { join } from "./join.ts";
import { decompositions } from "./linear/kernels.ts";
import { losses } from "./losses.ts";
import { maps } from "./maps.ts";
import { normalization } from "./normalization.ts";
import { norms } from "./norms.ts";
import { pooling } from "./pooling.ts";
import { products } from "./products.ts";
import { reducers } from "./reducers.ts";
import { sampling } from "./sampling.ts";
import { scans, sorting } from "./scans.ts";
import { softmaxes } from "./softmax.ts";

type Kernels = { readonly [Name in keyof typeof operations]: Kernel<never> };

const kernels: Kernels = {
  ...maps,
  ...convolution,
  ...copyingKernels,
  ...decompositions,
  ...fouriers,
  ...indexing,
  ...join,
  ...losses,
  ...norms,
  ...normalization,
  ...pooling,
  ...products,
  ...reducers,
  ...sampling,
  ...scans,
  ...softmaxes,
  ...sorting,
};

export const reference: Device = { name: "reference", kernels };
