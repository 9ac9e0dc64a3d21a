// The reference device: plain TypeScript over strides. It is the definition that every other device is tested
// against, and for small work the fastest. Bundlers for pages put index-page.ts in this file's place (package.json,
// "browser").

import type { Kernel } from "../../core/op.ts";
import type { Device } from "../../core/run.ts";
import type { operations } from "../../ops/index.ts";
import { common } from "./common.ts";
import { convolution } from "./convolution.ts";
import { fouriers } from "./fourier.ts";
import { decompositions } from "./linear/kernels.ts";
import { losses } from "./losses.ts";
import { pooling } from "./pooling.ts";
import { sampling } from "./sampling.ts";

type Kernels = { readonly [Name in keyof typeof operations]: Kernel<never> };

const kernels: Kernels = {
  ...common,
  ...convolution,
  ...decompositions,
  ...fouriers,
  ...losses,
  ...pooling,
  ...sampling,
};

export const reference: Device = { name: "reference", kernels };
