// EfficientNet B0 to B7 (Tan and Le 2019), with the module names, options and initial values of
// torchvision.models.efficientnet: its state dicts fit.

import { ValueError } from "../../core/errors.ts";
import { nn, type Tensor } from "../../torch/index.ts";
import {
  batchNorm,
  Conv2dNormActivation,
  initConvolutions,
  makeDivisible,
  type NormLayer,
  SqueezeExcitation,
  StochasticDepth,
  silu,
  slowBatchNorm,
} from "./blocks.ts";

/** A stage: a run of blocks of which the first may step and change the width. */
export interface MBConvStage {
  readonly expandRatio: number;
  readonly kernel: number;
  readonly stride: number;
  readonly inputChannels: number;
  readonly outChannels: number;
  readonly numLayers: number;
}

/** What `EfficientNet` takes by name. */
export interface EfficientNetOptions {
  readonly dropout?: number;
  /** How likely the last block is left out for an example in training; the blocks before it less, from 0 on. */
  readonly stochasticDepthProb?: number;
  /** 1000 by default. */
  readonly numClasses?: number;
  readonly normLayer?: NormLayer;
  /** Channels of the last convolution: four times those of the last stage. */
  readonly lastChannel?: number;
}

/** Wider, depthwise, channels scaled, narrow again; the input is added where it fits. */
class MBConv extends nn.Module {
  declare block: nn.Sequential;
  declare stochasticDepth: StochasticDepth;
  private readonly isResidual: boolean;

  constructor(stage: MBConvStage, dropProbability: number, normLayer: NormLayer) {
    super();
    const { expandRatio, kernel, stride, inputChannels, outChannels } = stage;
    if (stride !== 1 && stride !== 2) throw new ValueError("illegal stride value");
    this.isResidual = stride === 1 && inputChannels === outChannels;
    const expanded = makeDivisible(inputChannels * expandRatio);
    const shared = { normLayer, activationLayer: silu };
    const widening: nn.Module[] = [];
    if (expanded !== inputChannels)
      widening.push(new Conv2dNormActivation(inputChannels, expanded, { ...shared, kernelSize: 1 }));
    const block = new nn.Sequential(
      ...widening,
      new Conv2dNormActivation(expanded, expanded, {
        ...shared,
        kernelSize: kernel,
        stride,
        groups: expanded,
      }),
      new SqueezeExcitation(expanded, Math.max(1, Math.floor(inputChannels / 4)), silu),
      new Conv2dNormActivation(expanded, outChannels, { kernelSize: 1, normLayer, activationLayer: null }),
    );
    this.registerModule("block", block);
    this.registerModule("stochastic_depth", new StochasticDepth(dropProbability));
  }

  override forward(input: Tensor): Tensor {
    const result = this.block.call(input);
    return this.isResidual ? this.stochasticDepth.call(result).add(input) : result;
  }
}

/** A network of such blocks (torchvision.models.EfficientNet). */
export class EfficientNet extends nn.Module {
  readonly features: nn.Sequential;
  readonly avgpool: nn.AdaptiveAvgPool2d = new nn.AdaptiveAvgPool2d(1);
  readonly classifier: nn.Sequential;

  /** @throws ValueError where there is no stage or a stride is neither 1 nor 2 */
  constructor(stages: readonly MBConvStage[], options: EfficientNetOptions = {}) {
    super();
    const { dropout = 0.2, stochasticDepthProb = 0.2, numClasses = 1000, normLayer = batchNorm } = options;
    const [first, last] = [stages[0], stages.at(-1)];
    if (first === undefined || last === undefined)
      throw new ValueError("The inverted_residual_setting should not be empty");
    const { lastChannel = 4 * last.outChannels } = options;
    const shared = { normLayer, activationLayer: silu };
    const total = stages.reduce((sum, { numLayers }) => sum + numLayers, 0);
    let block = 0;
    const made = [new Conv2dNormActivation(3, first.inputChannels, { ...shared, stride: 2 }) as nn.Module];
    for (const stage of stages) {
      const inner: MBConvStage = { ...stage, inputChannels: stage.outChannels, stride: 1 };
      const blocks = Array.from({ length: stage.numLayers }, (_, i) => {
        const probability = (stochasticDepthProb * block++) / total;
        return new MBConv(i === 0 ? stage : inner, probability, normLayer);
      });
      made.push(new nn.Sequential(...blocks));
    }
    made.push(new Conv2dNormActivation(last.outChannels, lastChannel, { ...shared, kernelSize: 1 }));
    this.features = new nn.Sequential(...made);
    this.classifier = new nn.Sequential(
      new nn.Dropout(dropout, true),
      new nn.Linear(lastChannel, numClasses),
    );
    initConvolutions(this);
    for (const module of this.classifier) {
      if (!(module instanceof nn.Linear)) continue;
      const range = 1 / Math.sqrt(module.outFeatures);
      nn.init.uniform_(module.weight, -range, range);
      nn.init.zeros_(module.bias!);
    }
  }

  /** @param x images, shape [N, 3, H, W] @returns shape [N, numClasses] */
  override forward(x: Tensor): Tensor {
    return this.classifier.call(this.avgpool.call(this.features.call(x)).flatten(1));
  }
}

// Expansion, kernel, stride, input and output channels, blocks: B0, which the others widen and deepen.
const base: readonly (readonly [number, number, number, number, number, number])[] = [
  [1, 3, 1, 32, 16, 1],
  [6, 3, 2, 16, 24, 2],
  [6, 5, 2, 24, 40, 2],
  [6, 3, 2, 40, 80, 3],
  [6, 5, 1, 80, 112, 3],
  [6, 5, 2, 112, 192, 4],
  [6, 3, 1, 192, 320, 1],
];

/** The stages of B0 with channels and blocks multiplied. */
export function efficientnetStages(widthMult: number, depthMult: number): MBConvStage[] {
  return base.map(([expandRatio, kernel, stride, input, output, count]) => ({
    expandRatio,
    kernel,
    stride,
    inputChannels: makeDivisible(input * widthMult),
    outChannels: makeDivisible(output * widthMult),
    numLayers: Math.ceil(count * depthMult),
  }));
}

const scaled = (width: number, depth: number, dropout: number, options: EfficientNetOptions): EfficientNet =>
  new EfficientNet(efficientnetStages(width, depth), { dropout, ...options });

/** B5 to B7 were taken over from TensorFlow with its BatchNorm. */
const scaledSlow = (
  width: number,
  depth: number,
  dropout: number,
  options: EfficientNetOptions,
): EfficientNet => scaled(width, depth, dropout, { normLayer: slowBatchNorm, ...options });

export const efficientnetB0 = (options: EfficientNetOptions = {}): EfficientNet => scaled(1, 1, 0.2, options);
export const efficientnetB1 = (options: EfficientNetOptions = {}): EfficientNet =>
  scaled(1, 1.1, 0.2, options);
export const efficientnetB2 = (options: EfficientNetOptions = {}): EfficientNet =>
  scaled(1.1, 1.2, 0.3, options);
export const efficientnetB3 = (options: EfficientNetOptions = {}): EfficientNet =>
  scaled(1.2, 1.4, 0.3, options);
export const efficientnetB4 = (options: EfficientNetOptions = {}): EfficientNet =>
  scaled(1.4, 1.8, 0.4, options);
export const efficientnetB5 = (options: EfficientNetOptions = {}): EfficientNet =>
  scaledSlow(1.6, 2.2, 0.4, options);
export const efficientnetB6 = (options: EfficientNetOptions = {}): EfficientNet =>
  scaledSlow(1.8, 2.6, 0.5, options);
export const efficientnetB7 = (options: EfficientNetOptions = {}): EfficientNet =>
  scaledSlow(2, 3.1, 0.5, options);
