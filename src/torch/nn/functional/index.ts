// torch.nn.functional: layers as functions.

export { pdist } from "../../distances.ts";
export { glu, logSoftmax, mish, sigmoid, silu, softmax, softmin, tanh } from "./activation.ts";
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
} from "./adaptive-pooling.ts";
export { scaledDotProductAttention } from "./attention.ts";
export { bilinear } from "./bilinear.ts";
export {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  multilabelSoftMarginLoss,
  softMarginLoss,
} from "./binary-loss.ts";
export { crossEntropy, nllLoss } from "./classification-loss.ts";
export { conv1d, conv2d, conv3d } from "./convolution.ts";
export { ctcLoss } from "./ctc-loss.ts";
export { cosineSimilarity, pairwiseDistance } from "./distance.ts";
export { alphaDropout, dropout, dropout1d, dropout2d, dropout3d, featureAlphaDropout } from "./dropout.ts";
export { embedding } from "./embedding.ts";
export { embeddingBag } from "./embedding-bag.ts";
export { oneHot } from "./encoding.ts";
export { fold, unfold } from "./folding.ts";
export { affineGrid, gridSample } from "./grids.ts";
export { gumbelSoftmax } from "./gumbel.ts";
export { interpolate } from "./interpolation.ts";
export { groupNorm, layerNorm, localResponseNorm, normalize, rmsNorm } from "./layer-normalization.ts";
export { gaussianNllLoss, klDiv, poissonNllLoss } from "./likelihood-loss.ts";
export { linear } from "./linear.ts";
export { linearCrossEntropy } from "./linear-cross-entropy.ts";
export {
  hingeEmbeddingLoss,
  marginRankingLoss,
  multilabelMarginLoss,
  multiMarginLoss,
} from "./margin-loss.ts";
export { cosineEmbeddingLoss, tripletMarginLoss, tripletMarginWithDistanceLoss } from "./metric-loss.ts";
export { multiHeadAttentionForward } from "./multi-head-attention.ts";
export { batchNorm, instanceNorm } from "./normalization.ts";
export { avgPool2d, avgPool3d, gelu, hardshrink, logsigmoid, softplus, softshrink } from "./out-forms.ts";
export { pad } from "./padding.ts";
export { avgPool1d, maxPool1d, maxPool2d, maxPool3d } from "./pooling.ts";
export { rrelu, rrelu_ } from "./randomized.ts";
export {
  celu,
  celu_,
  elu,
  elu_,
  hardswish,
  hardtanh,
  hardtanh_,
  leakyRelu,
  leakyRelu_,
  prelu,
  relu,
  relu_,
  relu6,
  selu,
  selu_,
  threshold,
  threshold_,
} from "./rectifiers.ts";
export { huberLoss, l1Loss, mseLoss, smoothL1Loss } from "./regression-loss.ts";
export { hardsigmoid, softsign, tanhshrink } from "./shrinking.ts";
export { channelShuffle, pixelShuffle, pixelUnshuffle } from "./shuffling.ts";
export { convTranspose1d, convTranspose2d, convTranspose3d } from "./transposed-convolution.ts";
export { lpPool1d, lpPool2d, lpPool3d, maxUnpool1d, maxUnpool2d, maxUnpool3d } from "./unpooling.ts";
