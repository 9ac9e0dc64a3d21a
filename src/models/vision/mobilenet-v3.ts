// MobileNetV3 (Howard et al. 2019), with the module names, options and initial values of
// torchvision.models.mobilenetv3: its state dicts fit.

import { ValueError } from "../../core/errors.ts";
import { nn, type Tensor } from "../../torch/index.ts";
import {
  Conv2dNormActivation,
  hardswish,
  initConvolutions,
  initLinear,
  makeDivisible,
  type NormLayer,
  relu,
  SqueezeExcitation,
  slowBatchNorm,
} from "./blocks.ts";

/** A block of MobileNetV3. */
export interface MobileNetV3Block {
  readonly inputChannels: number;
  readonly kernel: number;
  readonly expandedChannels: number;
  readonly outChannels: number;
  /** Whether channels are scaled (squeeze and excitation). */
  readonly useSe: boolean;
  /** "RE" for ReLU, "HS" for Hardswish. */
  readonly activation: "RE" | "HS";
  readonly stride: number;
  readonly dilation?: number;
}

/** What `MobileNetV3` takes by name. */
export interface MobileNetV3Options {
  /** 1000 by default. */
  readonly numClasses?: number;
  readonly normLayer?: NormLayer;
  readonly dropout?: number;
}

/** Wider, depthwise, channels scaled, narrow again; the input is added where it fits. */
class InvertedResidual extends nn.Module {
  readonly block: nn.Sequential;
  private readonly isResidual: boolean;

  constructor(setting: MobileNetV3Block, normLayer: NormLayer) {
    super();
    const { inputChannels, kernel, expandedChannels, outChannels, useSe, stride, dilation = 1 } = setting;
    if (stride !== 1 && stride !== 2) throw new ValueError("illegal stride value");
    this.isResidual = stride === 1 && inputChannels === outChannels;
    const shared = { normLayer, activationLayer: setting.activation === "HS" ? hardswish : relu };
    const depthwise = {
      ...shared,
      kernelSize: kernel,
      stride: dilation > 1 ? 1 : stride,
      dilation,
      groups: expandedChannels,
    };
    const widening: nn.Module[] = [];
    if (expandedChannels !== inputChannels)
      widening.push(new Conv2dNormActivation(inputChannels, expandedChannels, { ...shared, kernelSize: 1 }));
    this.block = new nn.Sequential(
      ...widening,
      new Conv2dNormActivation(expandedChannels, expandedChannels, depthwise),
      ...(useSe ? [scaling(expandedChannels)] : []),
      new Conv2dNormActivation(expandedChannels, outChannels, {
        kernelSize: 1,
        normLayer,
        activationLayer: null,
      }),
    );
  }

  override forward(input: Tensor): Tensor {
    const result = this.block.call(input);
    return this.isResidual ? result.add(input) : result;
  }
}

function scaling(channels: number): SqueezeExcitation {
  const squeezed = makeDivisible(Math.floor(channels / 4));
  return new SqueezeExcitation(
    channels,
    squeezed,
    () => new nn.ReLU(),
    () => new nn.Hardsigmoid(),
  );
}

/** A network of inverted residuals with scaled channels (torchvision.models.MobileNetV3). */
export class MobileNetV3 extends nn.Module {
  readonly features: nn.Sequential;
  readonly avgpool: nn.AdaptiveAvgPool2d = new nn.AdaptiveAvgPool2d(1);
  readonly classifier: nn.Sequential;

  /**
   * @param lastChannel width of the hidden Linear layer
   * @throws ValueError where the setting is empty or a stride is neither 1 nor 2
   */
  constructor(setting: readonly MobileNetV3Block[], lastChannel: number, options: MobileNetV3Options = {}) {
    super();
    const { numClasses = 1000, normLayer = slowBatchNorm, dropout = 0.2 } = options;
    const [first, last] = [setting[0], setting.at(-1)];
    if (first === undefined || last === undefined)
      throw new ValueError("The inverted_residual_setting should not be empty");
    const shared = { normLayer, activationLayer: hardswish };
    const wide = 6 * last.outChannels;
    this.features = new nn.Sequential(
      new Conv2dNormActivation(3, first.inputChannels, { ...shared, stride: 2 }),
      ...setting.map((each) => new InvertedResidual(each, normLayer)),
      new Conv2dNormActivation(last.outChannels, wide, { ...shared, kernelSize: 1 }),
    );
    this.classifier = new nn.Sequential(
      new nn.Linear(wide, lastChannel),
      new nn.Hardswish({ inplace: true }),
      new nn.Dropout(dropout, true),
      new nn.Linear(lastChannel, numClasses),
    );
    initConvolutions(this);
    initLinear(this, 0.01);
  }

  /** @param x images, shape [N, 3, H, W] @returns shape [N, numClasses] */
  override forward(x: Tensor): Tensor {
    return this.classifier.call(this.avgpool.call(this.features.call(x)).flatten(1));
  }
}

/** What the named networks take besides. */
export interface MobileNetV3ArchitectureOptions extends MobileNetV3Options {
  /** By what the channels of every layer are multiplied. */
  readonly widthMult?: number;
  /** Half as many channels in the last stage. */
  readonly reducedTail?: boolean;
  /** Convolutions of the last stage spread instead of stepping. */
  readonly dilated?: boolean;
}

type Row = readonly [number, number, number, number, boolean, "RE" | "HS", number];

// Input channels, kernel, expanded, output, scaled, activation, stride, as the paper's tables 1 and 2 have them.
const largeHead: readonly Row[] = [
  [16, 3, 16, 16, false, "RE", 1],
  [16, 3, 64, 24, false, "RE", 2],
  [24, 3, 72, 24, false, "RE", 1],
  [24, 5, 72, 40, true, "RE", 2],
  [40, 5, 120, 40, true, "RE", 1],
  [40, 5, 120, 40, true, "RE", 1],
  [40, 3, 240, 80, false, "HS", 2],
  [80, 3, 200, 80, false, "HS", 1],
  [80, 3, 184, 80, false, "HS", 1],
  [80, 3, 184, 80, false, "HS", 1],
  [80, 3, 480, 112, true, "HS", 1],
  [112, 3, 672, 112, true, "HS", 1],
];

const smallHead: readonly Row[] = [
  [16, 3, 16, 16, true, "RE", 2],
  [16, 3, 72, 24, false, "RE", 2],
  [24, 3, 88, 24, false, "RE", 1],
  [24, 5, 96, 40, true, "HS", 2],
  [40, 5, 240, 40, true, "HS", 1],
  [40, 5, 240, 40, true, "HS", 1],
  [40, 5, 120, 48, true, "HS", 1],
  [48, 5, 144, 48, true, "HS", 1],
];

/** The last stage: a block that steps to `width` channels and two that stay there. */
function tail(input: number, expanded: number, width: number): Row[] {
  const next: Row = [width, 5, 6 * width, width, true, "HS", 1];
  return [[input, 5, expanded, width, true, "HS", 2], next, next];
}

function architecture(
  head: readonly Row[],
  last: readonly [number, number, number],
  options: MobileNetV3ArchitectureOptions,
  lastChannel: number,
): MobileNetV3 {
  const { widthMult = 1, reducedTail = false, dilated = false, ...others } = options;
  const divider = reducedTail ? 2 : 1;
  const wide = (channels: number): number => makeDivisible(channels * widthMult);
  const rows = [...head, ...tail(last[0], last[1], last[2] / divider)];
  const setting = rows.map(([input, kernel, expanded, output, useSe, activation, stride], i) => ({
    inputChannels: wide(input),
    kernel,
    expandedChannels: wide(expanded),
    outChannels: wide(output),
    useSe,
    activation,
    stride,
    dilation: dilated && i >= head.length ? 2 : 1,
  }));
  return new MobileNetV3(setting, wide(lastChannel / divider), others);
}

export const mobilenetV3Large = (options: MobileNetV3ArchitectureOptions = {}): MobileNetV3 =>
  architecture(largeHead, [112, 672, 160], options, 1280);
export const mobilenetV3Small = (options: MobileNetV3ArchitectureOptions = {}): MobileNetV3 =>
  architecture(smallHead, [48, 288, 96], options, 1024);
