// Convolutional networks for images, with the names and options of torchvision.

export {
  type ActivationLayer,
  Conv2dNormActivation,
  type Conv2dNormActivationOptions,
  type NormLayer,
  SqueezeExcitation,
  StochasticDepth,
} from "./blocks.ts";
export {
  type CNStage,
  ConvNeXt,
  type ConvNeXtOptions,
  convnextBase,
  convnextLarge,
  convnextSmall,
  convnextTiny,
} from "./convnext.ts";
export {
  DenseNet,
  type DenseNetOptions,
  densenet121,
  densenet161,
  densenet169,
  densenet201,
} from "./densenet.ts";
export {
  EfficientNet,
  type EfficientNetOptions,
  efficientnetB0,
  efficientnetB1,
  efficientnetB2,
  efficientnetB3,
  efficientnetB4,
  efficientnetB5,
  efficientnetB6,
  efficientnetB7,
  efficientnetStages,
  type MBConvStage,
} from "./efficientnet.ts";
export {
  type InvertedResidualSetting,
  MobileNetV2,
  type MobileNetV2Options,
  mobilenetV2,
} from "./mobilenet-v2.ts";
export {
  MobileNetV3,
  type MobileNetV3ArchitectureOptions,
  type MobileNetV3Block,
  type MobileNetV3Options,
  mobilenetV3Large,
  mobilenetV3Small,
} from "./mobilenet-v3.ts";
export {
  BasicBlock,
  Bottleneck,
  ResNet,
  type ResNetBlock,
  type ResNetBlockOptions,
  type ResNetOptions,
  resnet18,
  resnet34,
  resnet50,
  resnet101,
  resnet152,
  resnext50_32x4d,
  resnext101_32x8d,
  resnext101_64x4d,
  wideResnet50_2,
  wideResnet101_2,
} from "./resnet.ts";
export {
  makeLayers,
  VGG,
  type VGGLayers,
  type VGGOptions,
  vgg11,
  vgg11Bn,
  vgg13,
  vgg13Bn,
  vgg16,
  vgg16Bn,
  vgg19,
  vgg19Bn,
} from "./vgg.ts";
