// What the operations are in ONNX, in one table.

import { activationLowerings } from "./activations.ts";
import { arithmeticLowerings } from "./arithmetic.ts";
import { forTypes } from "./complex.ts";
import { complexLowerings } from "./complex-rows.ts";
import { convolutionLowerings } from "./convolution.ts";
import { copyingLowerings } from "./copying.ts";
import { decompositionLowerings } from "./decompositions.ts";
import { divisionLowerings } from "./division.ts";
import { embeddingLowerings } from "./embedding.ts";
import { functionLowerings } from "./functions.ts";
import { indexArrayLowerings } from "./index-arrays.ts";
import { indexingLowerings } from "./indexing.ts";
import { linearSystemLowerings } from "./linear-systems.ts";
import { logicLowerings } from "./logic.ts";
import { lossLowerings } from "./losses.ts";
import type { LoweringRow, Lowerings, Sizeless } from "./lowering.ts";
import { normalizationLowerings } from "./normalization.ts";
import { poolingLowerings } from "./pooling.ts";
import { productLowerings } from "./products.ts";
import { recurrentLowerings } from "./recurrent.ts";
import { reductionLowerings } from "./reductions.ts";
import { samplingLowerings } from "./sampling.ts";
import { scanLowerings } from "./scans.ts";
import { softmaxLowerings } from "./softmax.ts";
import { sortingLowerings } from "./sorting.ts";
import { specialLowerings } from "./special.ts";
import { unaryLowerings } from "./unary.ts";

export { type Fusion, fusions } from "./fused.ts";
export * from "./lowering.ts";
export { withoutLowering } from "./without.ts";

const rows: readonly LoweringRow[] = [
  ...activationLowerings,
  ...arithmeticLowerings,
  ...convolutionLowerings,
  ...copyingLowerings,
  ...decompositionLowerings,
  ...divisionLowerings,
  ...embeddingLowerings,
  ...functionLowerings,
  ...indexArrayLowerings,
  ...indexingLowerings,
  ...linearSystemLowerings,
  ...logicLowerings,
  ...lossLowerings,
  ...normalizationLowerings,
  ...poolingLowerings,
  ...productLowerings,
  ...recurrentLowerings,
  ...reductionLowerings,
  ...samplingLowerings,
  ...softmaxLowerings,
  ...specialLowerings,
  ...scanLowerings,
  ...sortingLowerings,
  ...unaryLowerings,
];

const realLowerings: Lowerings = Object.fromEntries(rows);
const complexOnes: Lowerings = complexLowerings(realLowerings);

/** The lowerings by the operation's name: which row is taken, that of real or that of complex numbers, its operands say. */
export const lowerings: Lowerings = Object.fromEntries(
  [...new Set([...Object.keys(realLowerings), ...Object.keys(complexOnes)])].map((name) => [
    name,
    forTypes(realLowerings[name], complexOnes[name]),
  ]),
);

/** What attributes that hold lengths are for all sizes, by the operation's name. */
export const sizelessAttributes: ReadonlyMap<string, Sizeless<never>> = new Map(
  rows.flatMap(([name, , , sizeless]) => (sizeless === undefined ? [] : [[name, sizeless] as const])),
);

/** Attributes that a lowering takes as values of the graph, by the operation's name. */
export const variableAttributes: ReadonlyMap<string, readonly string[]> = new Map(
  rows.flatMap(([name, , varying = []]) => (varying.length > 0 ? [[name, varying] as const] : [])),
);
