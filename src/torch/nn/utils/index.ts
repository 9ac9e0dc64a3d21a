// torch.nn.utils.

export {
  clipGradNorm_,
  clipGradsWithNorm_,
  clipGradValue_,
  getTotalNorm,
  type NormSettings,
  type Tensors,
} from "./clipping.ts";
export { fuseConvBnEval, fuseConvBnWeights, fuseLinearBnEval, fuseLinearBnWeights } from "./fusion.ts";
export * as parametrizations from "./parametrizations.ts";
export * as parametrize from "./parametrize.ts";
export * as rnn from "./rnn.ts";
export { skipInit } from "./skip-init.ts";
export { removeSpectralNorm, spectralNorm } from "./spectral-norm.ts";
export { parametersToVector, vectorToParameters } from "./vectors.ts";
export { removeWeightNorm, weightNorm } from "./weight-norm.ts";
