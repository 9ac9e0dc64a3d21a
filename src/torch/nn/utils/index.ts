// torch.nn.utils.

export {
  clipGradNorm_,
  clipGradsWithNorm_,
  clipGradValue_,
  getTotalNorm,
  type NormSettings,
  type Tensors,
} from "./clipping.ts";
export * as rnn from "./rnn.ts";
export { parametersToVector, vectorToParameters } from "./vectors.ts";
