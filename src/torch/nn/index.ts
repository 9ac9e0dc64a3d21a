// torch.nn: modules.

export {
  ELU,
  GELU,
  LeakyReLU,
  LogSoftmax,
  ReLU,
  Sigmoid,
  SiLU,
  Softmax,
  Softplus,
  Tanh,
} from "./activation.ts";
export { ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential } from "./containers.ts";
export { Conv1d, Conv2d, Conv3d } from "./convolution.ts";
export { Dropout } from "./dropout.ts";
export { Embedding } from "./embedding.ts";
export * as functional from "./functional/index.ts";
export * as init from "./init.ts";
export { Flatten, Identity, Linear, Unflatten } from "./linear.ts";
export { CrossEntropyLoss, MSELoss, NLLLoss } from "./loss.ts";
export { Module } from "./module.ts";
export { BatchNorm1d, BatchNorm2d, BatchNorm3d, LayerNorm } from "./normalization.ts";
export { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "./transposed-convolution.ts";
export { Parameter } from "./parameter.ts";
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AvgPool1d,
  AvgPool2d,
  MaxPool1d,
  MaxPool2d,
} from "./pooling.ts";
export type { IncompatibleKeys, LoadOptions, StateDict } from "./state.ts";
