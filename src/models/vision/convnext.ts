// ConvNeXt (Liu et al. 2022), with the module names, options and initial values of torchvision.models.convnext: its
// state dicts fit.

import { ValueError } from "../../core/errors.ts";
import { full, nn, type Tensor } from "../../torch/index.ts";
import { apply, Conv2dNormActivation, type NormLayer, StochasticDepth } from "./blocks.ts";

/** Axes in another order (torchvision.ops.Permute). */
class Permute extends nn.Module {
  readonly dims: readonly number[];

  constructor(dims: readonly number[]) {
    super();
    this.dims = dims;
  }

  override forward(x: Tensor): Tensor {
    return x.permute(this.dims);
  }
}

/** LayerNorm over the channels of [N, C, H, W]. */
class LayerNorm2d extends nn.LayerNorm {
  override forward(x: Tensor): Tensor {
    return super.forward(x.permute([0, 2, 3, 1])).permute([0, 3, 1, 2]);
  }
}

const layerNorm2d: NormLayer = (channels) => new LayerNorm2d(channels, { eps: 1e-6 });

/** A depthwise 7x7 convolution, two Linear layers over the channels of each pixel, scaled, and the input added. */
class CNBlock extends nn.Module {
  /** Shape [dim, 1, 1]. */
  declare layerScale: nn.Parameter;
  declare block: nn.Sequential;
  declare stochasticDepth: StochasticDepth;

  constructor(dim: number, layerScale: number, dropProbability: number) {
    super();
    const block = new nn.Sequential(
      new nn.Conv2d(dim, dim, 7, { padding: 3, groups: dim }),
      new Permute([0, 2, 3, 1]),
      new nn.LayerNorm(dim, { eps: 1e-6 }),
      new nn.Linear(dim, 4 * dim),
      new nn.GELU(),
      new nn.Linear(4 * dim, dim),
      new Permute([0, 3, 1, 2]),
    );
    this.registerParameter("layer_scale", new nn.Parameter(full([dim, 1, 1], layerScale)));
    this.registerModule("block", block);
    this.registerModule("stochastic_depth", new StochasticDepth(dropProbability));
  }

  override forward(input: Tensor): Tensor {
    const result = this.layerScale.mul(this.block.call(input));
    return this.stochasticDepth.call(result).add(input);
  }
}

/** A stage: blocks of one width, and the width that follows, null for the last. */
export interface CNStage {
  readonly inputChannels: number;
  readonly outChannels: number | null;
  readonly numLayers: number;
}

/** What `ConvNeXt` takes by name. */
export interface ConvNeXtOptions {
  /** How likely the last block is left out for an example in training; the blocks before it less, from 0 on. */
  readonly stochasticDepthProb?: number;
  /** What the blocks are multiplied by at first: 1e-6. */
  readonly layerScale?: number;
  /** 1000 by default. */
  readonly numClasses?: number;
  readonly normLayer?: NormLayer;
}

/** A convolutional network in the manner of a transformer (torchvision.models.ConvNeXt). */
export class ConvNeXt extends nn.Module {
  readonly features: nn.Sequential;
  readonly avgpool: nn.AdaptiveAvgPool2d = new nn.AdaptiveAvgPool2d(1);
  readonly classifier: nn.Sequential;

  /** @throws ValueError where there is no stage */
  constructor(stages: readonly CNStage[], options: ConvNeXtOptions = {}) {
    super();
    const { stochasticDepthProb = 0, layerScale = 1e-6, numClasses = 1000 } = options;
    const { normLayer = layerNorm2d } = options;
    const [first, last] = [stages[0], stages.at(-1)];
    if (first === undefined || last === undefined)
      throw new ValueError("The block_setting should not be empty");
    const stem = { kernelSize: 4, stride: 4, padding: 0, bias: true, normLayer, activationLayer: null };
    const total = stages.reduce((sum, { numLayers }) => sum + numLayers, 0);
    let block = 0;
    const made: nn.Module[] = [new Conv2dNormActivation(3, first.inputChannels, stem)];
    for (const { inputChannels, outChannels, numLayers } of stages) {
      const blocks = Array.from({ length: numLayers }, () => {
        const probability = (stochasticDepthProb * block++) / (total - 1);
        return new CNBlock(inputChannels, layerScale, probability);
      });
      made.push(new nn.Sequential(...blocks));
      if (outChannels === null) continue;
      const halving = new nn.Conv2d(inputChannels, outChannels, 2, { stride: 2 });
      made.push(new nn.Sequential(normLayer(inputChannels), halving));
    }
    const width = last.outChannels ?? last.inputChannels;
    this.features = new nn.Sequential(...made);
    this.classifier = new nn.Sequential(
      normLayer(width),
      new nn.Flatten(1),
      new nn.Linear(width, numClasses),
    );
    this.initialize();
  }

  /** Normal values of deviation 0.02, which PyTorch cuts off at 2: a hundred deviations away. */
  private initialize(): void {
    for (const module of this.modules()) {
      if (!(module instanceof nn.Conv2d || module instanceof nn.Linear)) continue;
      nn.init.normal_(module.weight, 0, 0.02);
      if (module.bias !== null) nn.init.zeros_(module.bias);
    }
  }

  /** @param x images, shape [N, 3, H, W] @returns shape [N, numClasses] */
  override forward(x: Tensor): Tensor {
    return apply(this.classifier, this.avgpool.call(this.features.call(x)));
  }
}

/** Four stages, each twice as wide as the one before it. */
function stagesOf(width: number, counts: readonly number[]): CNStage[] {
  return counts.map((numLayers, i) => ({
    inputChannels: width * 2 ** i,
    outChannels: i === counts.length - 1 ? null : width * 2 ** (i + 1),
    numLayers,
  }));
}

export const convnextTiny = (options: ConvNeXtOptions = {}): ConvNeXt =>
  new ConvNeXt(stagesOf(96, [3, 3, 9, 3]), { stochasticDepthProb: 0.1, ...options });
export const convnextSmall = (options: ConvNeXtOptions = {}): ConvNeXt =>
  new ConvNeXt(stagesOf(96, [3, 3, 27, 3]), { stochasticDepthProb: 0.4, ...options });
export const convnextBase = (options: ConvNeXtOptions = {}): ConvNeXt =>
  new ConvNeXt(stagesOf(128, [3, 3, 27, 3]), { stochasticDepthProb: 0.5, ...options });
export const convnextLarge = (options: ConvNeXtOptions = {}): ConvNeXt =>
  new ConvNeXt(stagesOf(192, [3, 3, 27, 3]), { stochasticDepthProb: 0.5, ...options });
