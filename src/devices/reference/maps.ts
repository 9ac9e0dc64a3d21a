// The elementwise operations' kernels, from their rows.

import type { Kernel } from "../../core/op.ts";
import { mapKernels } from "./map.ts";
import { binaryRows, ternaryRows } from "./maps-arithmetic.ts";
import { activationRows, exponentialRows, specialRows, trigonometryRows } from "./maps-functions.ts";
import { logicRows, unaryRows } from "./maps-unary.ts";

type Names =
  | keyof typeof activationRows
  | keyof typeof binaryRows
  | keyof typeof exponentialRows
  | keyof typeof logicRows
  | keyof typeof specialRows
  | keyof typeof ternaryRows
  | keyof typeof trigonometryRows
  | keyof typeof unaryRows;

export const maps: { readonly [Name in Names]: Kernel<never> } = mapKernels<Names>({
  ...activationRows,
  ...binaryRows,
  ...exponentialRows,
  ...logicRows,
  ...specialRows,
  ...ternaryRows,
  ...trigonometryRows,
  ...unaryRows,
});
