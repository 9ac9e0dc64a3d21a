// DenseNet (Huang et al. 2016), with the module names, options and initial values of torchvision.models.densenet: its
// state dicts fit.

import { cat, nn, type Tensor } from "../../torch/index.ts";

const inplaceRelu = (): nn.ReLU => new nn.ReLU({ inplace: true });

/** Reads all that came before it, and gives `growthRate` channels more. */
class DenseLayer extends nn.Module {
  readonly norm1: nn.BatchNorm2d;
  readonly relu1: nn.ReLU = inplaceRelu();
  readonly conv1: nn.Conv2d;
  readonly norm2: nn.BatchNorm2d;
  readonly relu2: nn.ReLU = inplaceRelu();
  readonly conv2: nn.Conv2d;
  readonly dropRate: number;

  constructor(channels: number, growthRate: number, bnSize: number, dropRate: number) {
    super();
    const narrow = bnSize * growthRate;
    this.norm1 = new nn.BatchNorm2d(channels);
    this.conv1 = new nn.Conv2d(channels, narrow, 1, { bias: false });
    this.norm2 = new nn.BatchNorm2d(narrow);
    this.conv2 = new nn.Conv2d(narrow, growthRate, 3, { padding: 1, bias: false });
    this.dropRate = dropRate;
  }

  override forward(input: Tensor): Tensor {
    const narrow = this.conv1.call(this.relu1.call(this.norm1.call(input)));
    const features = this.conv2.call(this.relu2.call(this.norm2.call(narrow)));
    if (this.dropRate === 0) return features;
    return nn.functional.dropout(features, { p: this.dropRate, training: this.training });
  }
}

/** Layers of which each reads the input and what all layers before it gave, joined over the channels. */
class DenseBlock extends nn.ModuleDict {
  override forward(input: Tensor): Tensor {
    let features = input;
    for (const layer of this.values()) features = cat([features, (layer as DenseLayer).call(features)], 1);
    return features;
  }
}

/** Half the channels, half the height and width. */
function transition(channels: number): nn.Sequential {
  return new nn.Sequential({
    norm: new nn.BatchNorm2d(channels),
    relu: inplaceRelu(),
    conv: new nn.Conv2d(channels, Math.floor(channels / 2), 1, { bias: false }),
    pool: new nn.AvgPool2d(2, { stride: 2 }),
  });
}

/** What `DenseNet` takes by name. */
export interface DenseNetOptions {
  /** Channels that each layer adds: 32. */
  readonly growthRate?: number;
  /** How many layers each block has: [6, 12, 24, 16]. */
  readonly blockConfig?: readonly number[];
  /** Channels of the first convolution: 64. */
  readonly numInitFeatures?: number;
  /** Channels between a layer's two convolutions, as a multiple of the growth rate: 4. */
  readonly bnSize?: number;
  /** How likely a number of what a layer gives is dropped in training: 0. */
  readonly dropRate?: number;
  /** 1000 by default. */
  readonly numClasses?: number;
}

/** A network whose layers read all layers before them (torchvision.models.DenseNet). */
export class DenseNet extends nn.Module {
  readonly features: nn.Sequential;
  readonly classifier: nn.Linear;

  constructor(options: DenseNetOptions = {}) {
    super();
    const { growthRate = 32, blockConfig = [6, 12, 24, 16], numInitFeatures = 64 } = options;
    const { bnSize = 4, dropRate = 0, numClasses = 1000 } = options;
    this.features = new nn.Sequential({
      conv0: new nn.Conv2d(3, numInitFeatures, 7, { stride: 2, padding: 3, bias: false }),
      norm0: new nn.BatchNorm2d(numInitFeatures),
      relu0: inplaceRelu(),
      pool0: new nn.MaxPool2d(3, { stride: 2, padding: 1 }),
    });
    let channels = numInitFeatures;
    blockConfig.forEach((count, i) => {
      const block = new DenseBlock();
      for (let layer = 1; layer <= count; layer++) {
        block.set(`denselayer${layer}`, new DenseLayer(channels, growthRate, bnSize, dropRate));
        channels += growthRate;
      }
      this.features.registerModule(`denseblock${i + 1}`, block);
      if (i === blockConfig.length - 1) return;
      this.features.registerModule(`transition${i + 1}`, transition(channels));
      channels = Math.floor(channels / 2);
    });
    this.features.registerModule("norm5", new nn.BatchNorm2d(channels));
    this.classifier = new nn.Linear(channels, numClasses);
    this.initialize();
  }

  private initialize(): void {
    for (const module of this.modules()) {
      if (module instanceof nn.Conv2d) nn.init.kaimingNormal_(module.weight);
    }
    nn.init.zeros_(this.classifier.bias!);
  }

  /** @param x images, shape [N, 3, H, W] @returns shape [N, numClasses] */
  override forward(x: Tensor): Tensor {
    const features = nn.functional.relu(this.features.call(x));
    return this.classifier.call(nn.functional.adaptiveAvgPool2d(features, [1, 1]).flatten(1));
  }
}

export const densenet121 = (options: DenseNetOptions = {}): DenseNet => new DenseNet(options);
export const densenet161 = (options: DenseNetOptions = {}): DenseNet =>
  new DenseNet({ growthRate: 48, blockConfig: [6, 12, 36, 24], numInitFeatures: 96, ...options });
export const densenet169 = (options: DenseNetOptions = {}): DenseNet =>
  new DenseNet({ blockConfig: [6, 12, 32, 32], ...options });
export const densenet201 = (options: DenseNetOptions = {}): DenseNet =>
  new DenseNet({ blockConfig: [6, 12, 48, 32], ...options });
