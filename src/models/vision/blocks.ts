// What several convolutional networks are made of, with the module names of torchvision (torchvision.ops.misc and
// torchvision.ops.stochastic_depth), so that its state dicts fit.

import { ValueError } from "../../core/errors.ts";
import { empty, nn, type Tensor } from "../../torch/index.ts";

/** Makes the normalisation behind a convolution, for so many channels. */
export type NormLayer = (channels: number) => nn.Module;

/** Makes an activation. */
export type ActivationLayer = () => nn.Module;

/** A module that takes one tensor and gives one. */
export interface OneToOne {
  call(input: Tensor): Tensor;
}

/** BatchNorm2d as it is by default. */
export const batchNorm: NormLayer = (channels) => new nn.BatchNorm2d(channels);

/** BatchNorm2d with TensorFlow's epsilon and momentum, which MobileNetV3 and the larger EfficientNets were trained with. */
export const slowBatchNorm: NormLayer = (channels) =>
  new nn.BatchNorm2d(channels, { eps: 1e-3, momentum: 0.01 });

export const relu: ActivationLayer = () => new nn.ReLU({ inplace: true });
export const relu6: ActivationLayer = () => new nn.ReLU6({ inplace: true });
export const silu: ActivationLayer = () => new nn.SiLU({ inplace: true });
export const hardswish: ActivationLayer = () => new nn.Hardswish({ inplace: true });

/**
 * The multiple of `divisor` nearest to a number of channels, at least `divisor`, and never more than a tenth less than
 * the number.
 */
export function makeDivisible(channels: number, divisor = 8): number {
  const rounded = Math.max(divisor, Math.floor(Math.trunc(channels + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * channels ? rounded + divisor : rounded;
}

/** What `Conv2dNormActivation` takes by name. */
export interface Conv2dNormActivationOptions {
  readonly kernelSize?: number;
  readonly stride?: number;
  /** By default as much as keeps the size at stride 1. */
  readonly padding?: number;
  readonly dilation?: number;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly normLayer?: NormLayer;
  /** null: none. */
  readonly activationLayer?: ActivationLayer | null;
}

/** A convolution, its normalisation and an activation: children 0, 1 and 2. */
export class Conv2dNormActivation extends nn.Sequential {
  constructor(inChannels: number, outChannels: number, options: Conv2dNormActivationOptions = {}) {
    const { kernelSize = 3, stride = 1, dilation = 1, groups = 1, bias = false } = options;
    const { padding = Math.floor((kernelSize - 1) / 2) * dilation } = options;
    const { normLayer = batchNorm, activationLayer = relu } = options;
    const settings = { stride, padding, dilation, groups, bias };
    const layers = [new nn.Conv2d(inChannels, outChannels, kernelSize, settings), normLayer(outChannels)];
    super(...layers, ...(activationLayer === null ? [] : [activationLayer()]));
  }
}

/** Scales channels by numbers that two 1x1 convolutions make of the channels' means (squeeze and excitation). */
export class SqueezeExcitation extends nn.Module {
  declare avgpool: nn.AdaptiveAvgPool2d;
  declare fc1: nn.Conv2d;
  declare fc2: nn.Conv2d;
  declare activation: nn.Module;
  declare scaleActivation: nn.Module;

  constructor(
    channels: number,
    squeezeChannels: number,
    activation: ActivationLayer = () => new nn.ReLU(),
    scaleActivation: ActivationLayer = () => new nn.Sigmoid(),
  ) {
    super();
    this.registerModule("avgpool", new nn.AdaptiveAvgPool2d(1));
    this.registerModule("fc1", new nn.Conv2d(channels, squeezeChannels, 1));
    this.registerModule("fc2", new nn.Conv2d(squeezeChannels, channels, 1));
    this.registerModule("activation", activation());
    this.registerModule("scale_activation", scaleActivation());
  }

  /** @param input shape [N, channels, H, W] */
  override forward(input: Tensor): Tensor {
    const squeezed = apply(this.activation, this.fc1.call(this.avgpool.call(input)));
    return apply(this.scaleActivation, this.fc2.call(squeezed)).mul(input);
  }
}

/** While training, leaves out what a residual branch gives to some examples of the batch, and scales the others. */
export class StochasticDepth extends nn.Module {
  readonly p: number;

  /** @param p how likely an example goes without the branch @throws ValueError unless it is from 0 to 1 */
  constructor(p: number) {
    super();
    if (!(p >= 0 && p <= 1)) throw new ValueError(`drop probability has to be between 0 and 1, but got ${p}`);
    this.p = p;
  }

  override forward(input: Tensor): Tensor {
    if (!this.training || this.p === 0) return input;
    const kept = 1 - this.p;
    const shape = input.shape.map((length, axis) => (axis === 0 ? length : 1));
    const noise = empty(shape, { dtype: input.dtype }).bernoulli_(kept);
    return input.mul(kept > 0 ? noise.div_(kept) : noise);
  }

  override extraRepr(): string {
    return `p=${this.p}, mode=row`;
  }
}

/** Calls a module that takes one tensor and gives one. */
export function apply(module: nn.Module, input: Tensor): Tensor {
  return (module as unknown as OneToOne).call(input);
}

/** Convolutions after He for what goes out of them, normalisations as nothing, both without an offset. */
export function initConvolutions(model: nn.Module): void {
  for (const module of model.modules()) {
    if (module instanceof nn.Conv2d) {
      nn.init.kaimingNormal_(module.weight, { mode: "fan_out", nonlinearity: "relu" });
      if (module.bias !== null) nn.init.zeros_(module.bias);
    } else if (module instanceof nn.BatchNorm2d || module instanceof nn.GroupNorm) {
      if (module.weight !== null) nn.init.ones_(module.weight);
      if (module.bias !== null) nn.init.zeros_(module.bias);
    }
  }
}

/** Linear layers from the normal distribution of a small deviation, without an offset. */
export function initLinear(model: nn.Module, deviation: number): void {
  for (const module of model.modules()) {
    if (!(module instanceof nn.Linear)) continue;
    nn.init.normal_(module.weight, 0, deviation);
    if (module.bias !== null) nn.init.zeros_(module.bias);
  }
}
