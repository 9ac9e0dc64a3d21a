// The kernels of elementwise functions that are not arithmetic: exponentials, circular functions, activations, rectifiers,
// special functions.

import type { Kernel } from "../../core/op.ts";
import { mapKernels } from "./map.ts";
import { activationRows, exponentialRows, trigonometryRows } from "./maps-functions.ts";
import { rectifierRows } from "./maps-rectifiers.ts";
import { besselRows, distributionRows, specialRows } from "./maps-special.ts";

export type FunctionNames =
  | keyof typeof activationRows
  | keyof typeof besselRows
  | keyof typeof distributionRows
  | keyof typeof exponentialRows
  | keyof typeof rectifierRows
  | keyof typeof specialRows
  | keyof typeof trigonometryRows;

export const functionMaps: { readonly [Name in FunctionNames]: Kernel<never> } = mapKernels<FunctionNames>({
  ...activationRows,
  ...besselRows,
  ...distributionRows,
  ...exponentialRows,
  ...rectifierRows,
  ...specialRows,
  ...trigonometryRows,
});
