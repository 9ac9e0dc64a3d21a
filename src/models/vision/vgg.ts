// VGG (Simonyan and Zisserman 2014), with the module names, options and initial values of torchvision.models.vgg: its
// state dicts fit.

import { nn, type Tensor } from "../../torch/index.ts";
import { initConvolutions, initLinear } from "./blocks.ts";

/** Widths of the convolutions in order; "M" halves height and width. */
export type VGGLayers = readonly (number | "M")[];

const a: VGGLayers = [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"];
const b: VGGLayers = [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"];
// The paper's letters name how many convolutions of 3x3 the last three stages have.
const deep = (count: number): VGGLayers => {
  const stage = (width: number): VGGLayers => [...new Array<number>(count).fill(width), "M"];
  return [64, 64, "M", 128, 128, "M", ...stage(256), ...stage(512), ...stage(512)];
};

/** What a VGG takes by name, as torchvision's does; `hiddenFeatures` is ours. */
export interface VGGOptions {
  /** 1000 by default. */
  readonly numClasses?: number;
  /** False leaves the initial values that the layers have by themselves. */
  readonly initWeights?: boolean;
  /** How likely a number of the two hidden layers is dropped: 0.5. */
  readonly dropout?: number;
  /** Width of the two hidden layers behind the convolutions: 4096. */
  readonly hiddenFeatures?: number;
}

/** The convolutions of a VGG, each with a ReLU behind it, and with BatchNorm2d between the two where asked for. */
export function makeLayers(layers: VGGLayers, batchNorm = false): nn.Sequential {
  const modules: nn.Module[] = [];
  let channels = 3;
  for (const width of layers) {
    if (width === "M") {
      modules.push(new nn.MaxPool2d(2, { stride: 2 }));
      continue;
    }
    modules.push(new nn.Conv2d(channels, width, 3, { padding: 1 }));
    if (batchNorm) modules.push(new nn.BatchNorm2d(width));
    modules.push(new nn.ReLU({ inplace: true }));
    channels = width;
  }
  return new nn.Sequential(...modules);
}

/** A network of 3x3 convolutions and three Linear layers (torchvision.models.VGG). */
export class VGG extends nn.Module {
  readonly features: nn.Sequential;
  readonly avgpool: nn.AdaptiveAvgPool2d = new nn.AdaptiveAvgPool2d([7, 7]);
  readonly classifier: nn.Sequential;

  /** @param features what `makeLayers` gives */
  constructor(features: nn.Sequential, options: VGGOptions = {}) {
    super();
    const { numClasses = 1000, initWeights = true, dropout = 0.5, hiddenFeatures = 4096 } = options;
    this.features = features;
    this.classifier = new nn.Sequential(
      new nn.Linear(lastWidth(features) * 7 * 7, hiddenFeatures),
      new nn.ReLU({ inplace: true }),
      new nn.Dropout(dropout),
      new nn.Linear(hiddenFeatures, hiddenFeatures),
      new nn.ReLU({ inplace: true }),
      new nn.Dropout(dropout),
      new nn.Linear(hiddenFeatures, numClasses),
    );
    if (!initWeights) return;
    initConvolutions(this);
    initLinear(this, 0.01);
  }

  /** @param x images, shape [N, 3, H, W] with H and W at least 32 @returns shape [N, numClasses] */
  override forward(x: Tensor): Tensor {
    return this.classifier.call(this.avgpool.call(this.features.call(x)).flatten(1));
  }
}

function lastWidth(features: nn.Sequential): number {
  const convolutions = [...features].filter((module) => module instanceof nn.Conv2d);
  return convolutions.at(-1)?.outChannels ?? 3;
}

const plain = (layers: VGGLayers, options: VGGOptions): VGG => new VGG(makeLayers(layers), options);
const normalized = (layers: VGGLayers, options: VGGOptions): VGG =>
  new VGG(makeLayers(layers, true), options);

export const vgg11 = (options: VGGOptions = {}): VGG => plain(a, options);
export const vgg11Bn = (options: VGGOptions = {}): VGG => normalized(a, options);
export const vgg13 = (options: VGGOptions = {}): VGG => plain(b, options);
export const vgg13Bn = (options: VGGOptions = {}): VGG => normalized(b, options);
export const vgg16 = (options: VGGOptions = {}): VGG => plain(deep(3), options);
export const vgg16Bn = (options: VGGOptions = {}): VGG => normalized(deep(3), options);
export const vgg19 = (options: VGGOptions = {}): VGG => plain(deep(4), options);
export const vgg19Bn = (options: VGGOptions = {}): VGG => normalized(deep(4), options);
