// The elementwise operations' kernels, from their rows.

import type { Kernel } from "../../core/op.ts";
import { mapKernels } from "./map.ts";
import { binaryRows, complexRows, ternaryRows } from "./maps-arithmetic.ts";
import { activationRows, exponentialRows, trigonometryRows } from "./maps-functions.ts";
import { rectifierRows } from "./maps-rectifiers.ts";
import { besselRows, distributionRows, specialRows } from "./maps-special.ts";
import { logicRows, unaryRows } from "./maps-unary.ts";

type Names =
  | keyof typeof activationRows
  | keyof typeof besselRows
  | keyof typeof binaryRows
  | keyof typeof complexRows
  | keyof typeof distributionRows
  | keyof typeof exponentialRows
  | keyof typeof logicRows
  | keyof typeof rectifierRows
  | keyof typeof specialRows
  | keyof typeof ternaryRows
  | keyof typeof trigonometryRows
  | keyof typeof unaryRows;

export const maps: { readonly [Name in Names]: Kernel<never> } = mapKernels<Names>({
  ...activationRows,
  ...besselRows,
  ...binaryRows,
  ...complexRows,
  ...distributionRows,
  ...exponentialRows,
  ...logicRows,
  ...rectifierRows,
  ...specialRows,
  ...ternaryRows,
  ...trigonometryRows,
  ...unaryRows,
});
