// The elementwise operations' kernels, from their rows.

import type { Kernel } from "../../core/op.ts";
import { type FunctionNames, functionMaps } from "./function-maps.ts";
import { mapKernels } from "./map.ts";
import { binaryRows, complexRows, ternaryRows } from "./maps-arithmetic.ts";
import { logicRows, unaryRows } from "./maps-unary.ts";

type ArithmeticNames =
  | keyof typeof binaryRows
  | keyof typeof complexRows
  | keyof typeof logicRows
  | keyof typeof ternaryRows
  | keyof typeof unaryRows;

const arithmeticMaps: { readonly [Name in ArithmeticNames]: Kernel<never> } = mapKernels<ArithmeticNames>({
  ...binaryRows,
  ...complexRows,
  ...logicRows,
  ...ternaryRows,
  ...unaryRows,
});

export const maps: { readonly [Name in ArithmeticNames | FunctionNames]: Kernel<never> } = {
  ...arithmeticMaps,
  ...functionMaps,
};
