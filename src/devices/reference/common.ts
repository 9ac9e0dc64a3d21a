// The kernels of operations that most programs run.

import type { Kernel } from "../../core/op.ts";
import { copyingKernels } from "./cast.ts";
import { indexing } from "./indexing.ts";
import { join } from "./join.ts";
import { maps } from "./maps.ts";
import { normalization } from "./normalization.ts";
import { norms } from "./norms.ts";
import { products } from "./products.ts";
import { reducers } from "./reducers.ts";
import { scans, sorting } from "./scans.ts";
import { softmaxes } from "./softmax.ts";

type Tables = typeof maps &
  typeof copyingKernels &
  typeof indexing &
  typeof join &
  typeof norms &
  typeof normalization &
  typeof products &
  typeof reducers &
  typeof scans &
  typeof softmaxes &
  typeof sorting;

/** By the operation's name. */
export const common: { readonly [Name in keyof Tables]: Kernel<never> } = {
  ...maps,
  ...copyingKernels,
  ...indexing,
  ...join,
  ...norms,
  ...normalization,
  ...products,
  ...reducers,
  ...scans,
  ...softmaxes,
  ...sorting,
};
