// The kinds of layers of each library, in the order in which they are tried.

import { attentionRule } from "./attention.ts";
import { convolutionRule, depthwiseRule, flaxTransposedRule, kerasTransposedRule } from "./convolution.ts";
import { denseRule, fusedProjectionRule, pointwiseRule } from "./dense.ts";
import { batchNormRule, fixedNormRule, layerNormRule, rmsNormRule } from "./normalization.ts";
import { embeddingRule, parameterRule, preluRule } from "./others.ts";
import { flaxRecurrentRules, kerasRecurrentRules } from "./recurrent.ts";
import type { LayerRule } from "./unit.ts";

const shared: readonly LayerRule[] = [
  denseRule,
  convolutionRule,
  embeddingRule,
  batchNormRule,
  layerNormRule,
  rmsNormRule,
  attentionRule,
  preluRule,
  fusedProjectionRule,
  pointwiseRule,
  parameterRule,
];

/** Keras's layers. */
export const kerasLayers: readonly LayerRule[] = [
  ...kerasRecurrentRules,
  depthwiseRule,
  kerasTransposedRule,
  fixedNormRule,
  ...shared,
];

/** Flax's layers. */
export const flaxLayers: readonly LayerRule[] = [...flaxRecurrentRules, flaxTransposedRule, ...shared];
