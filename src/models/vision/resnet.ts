// ResNet, ResNeXt and Wide ResNet (He et al. 2015, Xie et al. 2016, Zagoruyko and Komodakis 2016), with the module
// names, options and initial values of torchvision.models.resnet: its state dicts fit.

import { NotImplementedError, ValueError } from "../../core/errors.ts";
import { nn, type Tensor } from "../../torch/index.ts";
import { apply, batchNorm, initConvolutions, type NormLayer } from "./blocks.ts";

/** What a block is made with. */
export interface ResNetBlockOptions {
  readonly stride?: number;
  /** What the input goes through where its size or width changes. */
  readonly downsample?: nn.Module | null;
  readonly groups?: number;
  readonly baseWidth?: number;
  readonly dilation?: number;
  readonly normLayer?: NormLayer;
}

/** The class of a block: `BasicBlock` or `Bottleneck`. */
export interface ResNetBlock {
  /** Channels that come out for one of `planes`. */
  readonly expansion: number;
  new (inplanes: number, planes: number, options?: ResNetBlockOptions): nn.Module;
}

const conv3x3 = (channels: number, outChannels: number, stride = 1, groups = 1, dilation = 1): nn.Conv2d =>
  new nn.Conv2d(channels, outChannels, 3, { stride, padding: dilation, groups, bias: false, dilation });

const conv1x1 = (channels: number, outChannels: number, stride = 1): nn.Conv2d =>
  new nn.Conv2d(channels, outChannels, 1, { stride, bias: false });

const shortcut = (downsample: nn.Module | null, x: Tensor): Tensor =>
  downsample === null ? x : apply(downsample, x);

/** Two 3x3 convolutions, and the input added. */
export class BasicBlock extends nn.Module {
  static readonly expansion: number = 1;
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.Module;
  readonly relu: nn.ReLU = new nn.ReLU({ inplace: true });
  readonly conv2: nn.Conv2d;
  readonly bn2: nn.Module;
  readonly downsample: nn.Module | null;

  constructor(inplanes: number, planes: number, options: ResNetBlockOptions = {}) {
    super();
    const { stride = 1, downsample = null, groups = 1, baseWidth = 64, dilation = 1 } = options;
    const { normLayer = batchNorm } = options;
    if (groups !== 1 || baseWidth !== 64)
      throw new ValueError("BasicBlock only supports groups=1 and base_width=64");
    if (dilation > 1) throw new NotImplementedError("Dilation > 1 not supported in BasicBlock");
    this.conv1 = conv3x3(inplanes, planes, stride);
    this.bn1 = normLayer(planes);
    this.conv2 = conv3x3(planes, planes);
    this.bn2 = normLayer(planes);
    this.downsample = downsample;
  }

  override forward(x: Tensor): Tensor {
    const inner = this.relu.call(apply(this.bn1, this.conv1.call(x)));
    const out = apply(this.bn2, this.conv2.call(inner));
    return this.relu.call(out.add(shortcut(this.downsample, x)));
  }
}

/** A 1x1 convolution, a 3x3 one at the block's stride, a 1x1 one to four times the width, and the input added. */
export class Bottleneck extends nn.Module {
  static readonly expansion: number = 4;
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.Module;
  readonly conv2: nn.Conv2d;
  readonly bn2: nn.Module;
  readonly conv3: nn.Conv2d;
  readonly bn3: nn.Module;
  readonly relu: nn.ReLU = new nn.ReLU({ inplace: true });
  readonly downsample: nn.Module | null;

  constructor(inplanes: number, planes: number, options: ResNetBlockOptions = {}) {
    super();
    const { stride = 1, downsample = null, groups = 1, baseWidth = 64, dilation = 1 } = options;
    const { normLayer = batchNorm } = options;
    const width = Math.trunc(planes * (baseWidth / 64)) * groups;
    const outChannels = planes * Bottleneck.expansion;
    this.conv1 = conv1x1(inplanes, width);
    this.bn1 = normLayer(width);
    this.conv2 = conv3x3(width, width, stride, groups, dilation);
    this.bn2 = normLayer(width);
    this.conv3 = conv1x1(width, outChannels);
    this.bn3 = normLayer(outChannels);
    this.downsample = downsample;
  }

  override forward(x: Tensor): Tensor {
    const narrow = this.relu.call(apply(this.bn1, this.conv1.call(x)));
    const inner = this.relu.call(apply(this.bn2, this.conv2.call(narrow)));
    const out = apply(this.bn3, this.conv3.call(inner));
    return this.relu.call(out.add(shortcut(this.downsample, x)));
  }
}

/** What a ResNet takes by name, as torchvision's does; `widths` is ours. */
export interface ResNetOptions {
  /** 1000 by default. */
  readonly numClasses?: number;
  /** Begins each block as if it did nothing: its last normalisation gives zeros. */
  readonly zeroInitResidual?: boolean;
  /** Groups of the 3x3 convolutions of Bottleneck blocks. */
  readonly groups?: number;
  /** Channels of such a group for 64 planes. */
  readonly widthPerGroup?: number;
  /** For layers 2 to 4: whether convolutions spread instead of stepping. */
  readonly replaceStrideWithDilation?: readonly [boolean, boolean, boolean];
  readonly normLayer?: NormLayer;
  /** Planes of the four layers, the first also of the stem: [64, 128, 256, 512]. */
  readonly widths?: readonly [number, number, number, number];
}

/** A residual network (torchvision.models.ResNet). */
export class ResNet extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.Module;
  readonly relu: nn.ReLU = new nn.ReLU({ inplace: true });
  readonly maxpool: nn.MaxPool2d = new nn.MaxPool2d(3, { stride: 2, padding: 1 });
  readonly layer1: nn.Sequential;
  readonly layer2: nn.Sequential;
  readonly layer3: nn.Sequential;
  readonly layer4: nn.Sequential;
  readonly avgpool: nn.AdaptiveAvgPool2d = new nn.AdaptiveAvgPool2d(1);
  readonly fc: nn.Linear;

  /** @param layers how many blocks each of the four layers has */
  constructor(
    block: ResNetBlock,
    layers: readonly [number, number, number, number],
    options: ResNetOptions = {},
  ) {
    super();
    const { numClasses = 1000, zeroInitResidual = false, groups = 1, widthPerGroup = 64 } = options;
    const { replaceStrideWithDilation = [false, false, false], normLayer = batchNorm } = options;
    const { widths = [64, 128, 256, 512] } = options;
    const maker = new LayerMaker(block, widths[0], { groups, baseWidth: widthPerGroup, normLayer });
    this.conv1 = new nn.Conv2d(3, widths[0], 7, { stride: 2, padding: 3, bias: false });
    this.bn1 = normLayer(widths[0]);
    this.layer1 = maker.layer(widths[0], layers[0], 1, false);
    this.layer2 = maker.layer(widths[1], layers[1], 2, replaceStrideWithDilation[0]);
    this.layer3 = maker.layer(widths[2], layers[2], 2, replaceStrideWithDilation[1]);
    this.layer4 = maker.layer(widths[3], layers[3], 2, replaceStrideWithDilation[2]);
    this.fc = new nn.Linear(widths[3] * block.expansion, numClasses);
    initConvolutions(this);
    if (zeroInitResidual) silenceBlocks(this);
  }

  /** @param x images, shape [N, 3, H, W] @returns shape [N, numClasses] */
  override forward(x: Tensor): Tensor {
    const stem = apply(this.maxpool, this.relu.call(apply(this.bn1, this.conv1.call(x))));
    const features = this.layer4.call(this.layer3.call(this.layer2.call(this.layer1.call(stem))));
    return this.fc.call(this.avgpool.call(features).flatten(1));
  }
}

/** Makes the four layers in a row: each takes up the width and the dilation at which the one before it ended. */
class LayerMaker {
  private readonly block: ResNetBlock;
  private readonly shared: {
    readonly groups: number;
    readonly baseWidth: number;
    readonly normLayer: NormLayer;
  };
  private inplanes: number;
  private dilation = 1;

  constructor(block: ResNetBlock, inplanes: number, shared: LayerMaker["shared"]) {
    this.block = block;
    this.inplanes = inplanes;
    this.shared = shared;
  }

  layer(planes: number, count: number, stride: number, dilate: boolean): nn.Sequential {
    const firstDilation = this.dilation;
    if (dilate) this.dilation *= stride;
    const step = dilate ? 1 : stride;
    const outChannels = planes * this.block.expansion;
    const changes = step !== 1 || this.inplanes !== outChannels;
    const downsample = changes
      ? new nn.Sequential(conv1x1(this.inplanes, outChannels, step), this.shared.normLayer(outChannels))
      : null;
    const { shared, dilation } = this;
    const blocks = [
      new this.block(this.inplanes, planes, { ...shared, stride: step, downsample, dilation: firstDilation }),
    ];
    while (blocks.length < count) blocks.push(new this.block(outChannels, planes, { ...shared, dilation }));
    this.inplanes = outChannels;
    return new nn.Sequential(...blocks);
  }
}

function silenceBlocks(model: nn.Module): void {
  for (const module of model.modules()) {
    const last =
      module instanceof Bottleneck ? module.bn3 : module instanceof BasicBlock ? module.bn2 : undefined;
    const weight = last?._parameters.get("weight") ?? null;
    if (weight !== null) nn.init.zeros_(weight);
  }
}

export const resnet18 = (options: ResNetOptions = {}): ResNet =>
  new ResNet(BasicBlock, [2, 2, 2, 2], options);
export const resnet34 = (options: ResNetOptions = {}): ResNet =>
  new ResNet(BasicBlock, [3, 4, 6, 3], options);
export const resnet50 = (options: ResNetOptions = {}): ResNet =>
  new ResNet(Bottleneck, [3, 4, 6, 3], options);
export const resnet101 = (options: ResNetOptions = {}): ResNet =>
  new ResNet(Bottleneck, [3, 4, 23, 3], options);
export const resnet152 = (options: ResNetOptions = {}): ResNet =>
  new ResNet(Bottleneck, [3, 8, 36, 3], options);
export const resnext50_32x4d = (options: ResNetOptions = {}): ResNet =>
  resnet50({ groups: 32, widthPerGroup: 4, ...options });
export const resnext101_32x8d = (options: ResNetOptions = {}): ResNet =>
  resnet101({ groups: 32, widthPerGroup: 8, ...options });
export const resnext101_64x4d = (options: ResNetOptions = {}): ResNet =>
  resnet101({ groups: 64, widthPerGroup: 4, ...options });
export const wideResnet50_2 = (options: ResNetOptions = {}): ResNet =>
  resnet50({ widthPerGroup: 128, ...options });
export const wideResnet101_2 = (options: ResNetOptions = {}): ResNet =>
  resnet101({ widthPerGroup: 128, ...options });
