// torch.nn.functional: layers as functions.

export { gelu, logSoftmax, relu, sigmoid, softmax, softmin, tanh } from "./activation.ts";
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
} from "./adaptive-pooling.ts";
export { scaledDotProductAttention } from "./attention.ts";
export { conv1d, conv2d, conv3d } from "./convolution.ts";
export { dropout } from "./dropout.ts";
export { embedding } from "./embedding.ts";
export { oneHot } from "./encoding.ts";
export { linear } from "./linear.ts";
export { crossEntropy, l1Loss, mseLoss, nllLoss } from "./loss.ts";
export { multiHeadAttentionForward } from "./multi-head-attention.ts";
export { batchNorm, layerNorm } from "./normalization.ts";
export { pad } from "./padding.ts";
export { avgPool1d, avgPool2d, avgPool3d, maxPool1d, maxPool2d, maxPool3d } from "./pooling.ts";
export { elu, leakyRelu, silu, softplus } from "./rectifiers.ts";
export { convTranspose1d, convTranspose2d, convTranspose3d } from "./transposed-convolution.ts";
export { lpPool1d, lpPool2d, lpPool3d, maxUnpool1d, maxUnpool2d, maxUnpool3d } from "./unpooling.ts";
