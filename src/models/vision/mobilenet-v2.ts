// MobileNetV2 (Sandler et al. 2018), with the module names, options and initial values of
// torchvision.models.mobilenetv2: its state dicts fit.

import { ValueError } from "../../core/errors.ts";
import { nn, type Tensor } from "../../torch/index.ts";
import {
  batchNorm,
  Conv2dNormActivation,
  initConvolutions,
  initLinear,
  makeDivisible,
  type NormLayer,
  relu6,
} from "./blocks.ts";

/** A run of equal blocks: expansion, channels, how many, stride of the first. */
export type InvertedResidualSetting = readonly [number, number, number, number];

const defaultSetting: readonly InvertedResidualSetting[] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

/** What `MobileNetV2` takes by name, as torchvision's does; `lastChannel` is ours. */
export interface MobileNetV2Options {
  /** 1000 by default. */
  readonly numClasses?: number;
  /** By what the channels of every layer are multiplied. */
  readonly widthMult?: number;
  readonly invertedResidualSetting?: readonly InvertedResidualSetting[];
  /** Channels are a multiple of this. */
  readonly roundNearest?: number;
  readonly normLayer?: NormLayer;
  readonly dropout?: number;
  /** Channels of the last convolution: 1280 times `widthMult`, and no fewer than 1280. */
  readonly lastChannel?: number;
}

/** Wider by a 1x1 convolution, a depthwise 3x3 one, narrow again by a 1x1 one; the input is added where it fits. */
class InvertedResidual extends nn.Module {
  readonly conv: nn.Sequential;
  private readonly isResidual: boolean;

  constructor(
    channels: number,
    outChannels: number,
    stride: number,
    expansion: number,
    normLayer: NormLayer,
  ) {
    super();
    const hidden = Math.round(channels * expansion);
    const shared = { normLayer, activationLayer: relu6 };
    const widening =
      expansion === 1 ? [] : [new Conv2dNormActivation(channels, hidden, { ...shared, kernelSize: 1 })];
    this.isResidual = stride === 1 && channels === outChannels;
    this.conv = new nn.Sequential(
      ...widening,
      new Conv2dNormActivation(hidden, hidden, { ...shared, stride, groups: hidden }),
      new nn.Conv2d(hidden, outChannels, 1, { bias: false }),
      normLayer(outChannels),
    );
  }

  override forward(x: Tensor): Tensor {
    return this.isResidual ? x.add(this.conv.call(x)) : this.conv.call(x);
  }
}

/** A network of inverted residuals (torchvision.models.MobileNetV2). */
export class MobileNetV2 extends nn.Module {
  readonly features: nn.Sequential;
  readonly classifier: nn.Sequential;

  /** @throws ValueError where the setting is empty */
  constructor(options: MobileNetV2Options = {}) {
    super();
    const { numClasses = 1000, widthMult = 1, invertedResidualSetting = defaultSetting } = options;
    const { roundNearest = 8, normLayer = batchNorm, dropout = 0.2 } = options;
    if (invertedResidualSetting.length === 0)
      throw new ValueError("inverted_residual_setting should be non-empty");
    const wide = (count: number): number => makeDivisible(count * widthMult, roundNearest);
    const { lastChannel = makeDivisible(1280 * Math.max(1, widthMult), roundNearest) } = options;
    const shared = { normLayer, activationLayer: relu6 };
    let channels = wide(32);
    const features: nn.Module[] = [new Conv2dNormActivation(3, channels, { ...shared, stride: 2 })];
    for (const [expansion, width, count, stride] of invertedResidualSetting) {
      const outChannels = wide(width);
      for (let i = 0; i < count; i++) {
        const step = i === 0 ? stride : 1;
        features.push(new InvertedResidual(channels, outChannels, step, expansion, normLayer));
        channels = outChannels;
      }
    }
    features.push(new Conv2dNormActivation(channels, lastChannel, { ...shared, kernelSize: 1 }));
    this.features = new nn.Sequential(...features);
    this.classifier = new nn.Sequential(new nn.Dropout(dropout), new nn.Linear(lastChannel, numClasses));
    initConvolutions(this);
    initLinear(this, 0.01);
  }

  /** @param x images, shape [N, 3, H, W] @returns shape [N, numClasses] */
  override forward(x: Tensor): Tensor {
    const features = nn.functional.adaptiveAvgPool2d(this.features.call(x), [1, 1]);
    return this.classifier.call(features.flatten(1));
  }
}

export const mobilenetV2 = (options: MobileNetV2Options = {}): MobileNetV2 => new MobileNetV2(options);
