// The kinds of changes that the proof tries, in the order in which they are made when several are: what was read from where
// comes first, then how it lies, then what its blocks are, then which belongs where.

import type { ChangeFamily } from "../change.ts";
import { alternativesFamily } from "./alternatives.ts";
import { interleavedHeadsFamily, projectionOrderFamily } from "./attention.ts";
import { flattenFamily } from "./flatten.ts";
import { biasTwiceFamily, forgetBiasFamily, gatesFamily } from "./gates.ts";
import { kernelAxesFamily, kernelFlipFamily } from "./kernels.ts";
import { memoryFamily } from "./memory.ts";
import { rotaryFamily } from "./rotary.ts";
import { settingsFamily } from "./settings.ts";
import { deviationFamily } from "./statistics.ts";
import { layersFamily, withinLayerFamily } from "./swaps.ts";
import { tiedFamily } from "./tied.ts";
import { transposedFamily } from "./transposed.ts";

/** All families. */
export const changeFamilies: readonly ChangeFamily[] = [
  alternativesFamily,
  tiedFamily,
  layersFamily,
  withinLayerFamily,
  memoryFamily,
  transposedFamily,
  kernelAxesFamily,
  kernelFlipFamily,
  flattenFamily,
  gatesFamily,
  biasTwiceFamily,
  forgetBiasFamily,
  interleavedHeadsFamily,
  projectionOrderFamily,
  rotaryFamily,
  deviationFamily,
  settingsFamily,
];
