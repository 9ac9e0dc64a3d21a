// torch.nn: modules.

export {
  GELU,
  GLU,
  Hardshrink,
  Hardsigmoid,
  LogSigmoid,
  Mish,
  Sigmoid,
  SiLU,
  Softplus,
  Softshrink,
  Softsign,
  Tanh,
  Tanhshrink,
} from "./activation.ts";
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveAvgPool3d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AdaptiveMaxPool3d,
} from "./adaptive-pooling.ts";
export { AdaptiveLogSoftmaxWithLoss } from "./adaptive-softmax.ts";
export {
  type AttentionCallOptions,
  MultiheadAttention,
  type MultiheadAttentionOptions,
} from "./attention.ts";
export { BCELoss, BCEWithLogitsLoss, MultiLabelSoftMarginLoss, SoftMarginLoss } from "./binary-losses.ts";
export { CrossEntropyLoss, LinearCrossEntropyLoss, NLLLoss } from "./classification-losses.ts";
export { ModuleDict, ModuleList, type NamedModules, Sequential } from "./containers.ts";
export { Conv1d, Conv2d, Conv3d } from "./convolution.ts";
export { CTCLoss } from "./ctc-loss.ts";
export { CosineSimilarity, PairwiseDistance } from "./distance.ts";
export { AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout } from "./dropout.ts";
export { Embedding, EmbeddingBag } from "./embedding.ts";
export * as functional from "./functional/index.ts";
export type {
  ForwardHook,
  ForwardHookOptions,
  ForwardHookWithKwargs,
  ForwardPreHook,
  FullBackwardHook,
  FullBackwardPreHook,
  HookOptions,
  Keywords,
  LoadStateDictPostHook,
  LoadStateDictPreHook,
  RegistrationHook,
  RemovableHandle,
  StateDictPostHook,
  StateDictPreHook,
} from "./hooks.ts";
export * as init from "./init.ts";
export { GroupNorm, LayerNorm, LocalResponseNorm, RMSNorm } from "./layer-normalization.ts";
export { GaussianNLLLoss, KLDivLoss, PoissonNLLLoss } from "./likelihood-losses.ts";
export { Bilinear, Flatten, Identity, Linear, Unflatten } from "./linear.ts";
export {
  CosineEmbeddingLoss,
  HingeEmbeddingLoss,
  MarginRankingLoss,
  MultiLabelMarginLoss,
  MultiMarginLoss,
  TripletMarginLoss,
  TripletMarginWithDistanceLoss,
} from "./margin-losses.ts";
export { Module } from "./module.ts";
export * as modules from "./modules.ts";
export {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
} from "./normalization.ts";
export {
  CircularPad1d,
  CircularPad2d,
  CircularPad3d,
  ConstantPad1d,
  ConstantPad2d,
  ConstantPad3d,
  ReflectionPad1d,
  ReflectionPad2d,
  ReflectionPad3d,
  ReplicationPad1d,
  ReplicationPad2d,
  ReplicationPad3d,
  ZeroPad1d,
  ZeroPad2d,
  ZeroPad3d,
} from "./padding.ts";
export { Buffer, type BufferOptions, Parameter } from "./parameter.ts";
export { type NamedParameters, ParameterDict, ParameterList } from "./parameter-containers.ts";
export { AvgPool1d, AvgPool2d, AvgPool3d, MaxPool1d, MaxPool2d, MaxPool3d } from "./pooling.ts";
export {
  CELU,
  ELU,
  Hardswish,
  Hardtanh,
  LeakyReLU,
  PReLU,
  ReLU,
  ReLU6,
  RReLU,
  SELU,
  Threshold,
} from "./rectifiers.ts";
export { GRU, LSTM, type LSTMState, RNN, type RNNOptions } from "./recurrent.ts";
export { type LSTMOptions, type RecurrentOptions, RNNBase, type SequenceInput } from "./recurrent-base.ts";
export {
  type CellOptions,
  GRUCell,
  LSTMCell,
  RNNCell,
  RNNCellBase,
  type RNNCellOptions,
} from "./recurrent-cells.ts";
export { HuberLoss, L1Loss, MSELoss, SmoothL1Loss } from "./regression-losses.ts";
export { ChannelShuffle, Fold, PixelShuffle, PixelUnshuffle, Unfold } from "./shuffling.ts";
export { LogSoftmax, Softmax, Softmax2d, Softmin } from "./softmax.ts";
export type { IncompatibleKeys, LoadOptions, StateDict, StateDictOptions } from "./state.ts";
export {
  type DecoderCall,
  type EncoderCall,
  Transformer,
  type TransformerCall,
  TransformerDecoder,
  type TransformerDecoderOptions,
  TransformerEncoder,
  type TransformerEncoderOptions,
  type TransformerOptions,
} from "./transformer.ts";
export {
  type Activation,
  type DecoderLayerCall,
  type EncoderLayerCall,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from "./transformer-layers.ts";
export { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "./transposed-convolution.ts";
export { LPPool1d, LPPool2d, LPPool3d, MaxUnpool1d, MaxUnpool2d, MaxUnpool3d } from "./unpooling.ts";
export { Upsample, UpsamplingBilinear2d, UpsamplingNearest2d } from "./upsampling.ts";
export * as utils from "./utils/index.ts";
