// torch.nn.functional: layers as functions.

export { gelu, logSoftmax, relu, sigmoid, softmax, tanh } from "./activation.ts";
export { conv1d, conv2d, conv3d } from "./convolution.ts";
export { dropout } from "./dropout.ts";
export { embedding } from "./embedding.ts";
export { oneHot } from "./encoding.ts";
export { linear } from "./linear.ts";
export { crossEntropy, l1Loss, mseLoss, nllLoss } from "./loss.ts";
export { convTranspose1d, convTranspose2d, convTranspose3d } from "./transposed-convolution.ts";
export { batchNorm, layerNorm } from "./normalization.ts";
export { pad } from "./padding.ts";
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  maxPool1d,
  maxPool2d,
  maxPool3d,
} from "./pooling.ts";
export { elu, leakyRelu, silu, softplus } from "./rectifiers.ts";
