// torch.nn.LayerNorm, GroupNorm, RMSNorm, LocalResponseNorm.

import { bind, type Signature } from "../../core/arguments.ts";
import type { DType } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import type { Shape } from "../../core/layout.ts";
import { PyFloat } from "../../core/python.ts";
import { ones, zeros } from "../creation.ts";
import type { Tensor } from "../tensor.ts";
import { groupNorm, layerNorm, localResponseNorm, rmsNorm } from "./functional/layer-normalization.ts";
import { Module } from "./module.ts";
import { ofType } from "./options.ts";
import { Parameter } from "./parameter.ts";
import { type Numeric, settingsText, settingText } from "./text.ts";

/** What `LayerNorm` takes by name. */
export interface LayerNormOptions {
  readonly normalizedShape?: number | Shape;
  /** Added to the variance. Default 1e-5 (Keras: 1e-3, Flax: 1e-6). */
  readonly eps?: Numeric;
  readonly elementwiseAffine?: boolean;
  readonly bias?: boolean;
  readonly dtype?: DType;
}

interface LayerNormBound {
  readonly normalizedShape: number | Shape;
  readonly eps: Numeric;
  readonly elementwiseAffine: boolean;
  readonly bias: boolean;
  readonly dtype: DType | undefined;
}

/** Normalisation over the last axes (torch.nn.LayerNorm). */
export class LayerNorm extends Module {
  readonly normalizedShape: Shape;
  eps: Numeric;
  readonly elementwiseAffine: boolean;
  declare weight: Parameter | null;
  declare bias: Parameter | null;

  constructor(
    ...args: Signature<
      [normalizedShape: number | Shape, eps: Numeric, elementwiseAffine: boolean, bias: boolean],
      LayerNormOptions
    >
  ) {
    super();
    const bound = bind<LayerNormBound>(
      "LayerNorm.__init__",
      ["normalizedShape", "eps", "elementwiseAffine", "bias"],
      args,
      { eps: 1e-5, elementwiseAffine: true, bias: true, dtype: undefined },
    );
    const { normalizedShape, elementwiseAffine, dtype } = bound;
    this.normalizedShape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    this.eps = bound.eps;
    this.elementwiseAffine = elementwiseAffine;
    const shape = this.normalizedShape;
    this.registerParameter("weight", elementwiseAffine ? new Parameter(ones(shape, ofType(dtype))) : null);
    this.registerParameter(
      "bias",
      elementwiseAffine && bound.bias ? new Parameter(zeros(shape, ofType(dtype))) : null,
    );
  }

  override forward(input: Tensor): Tensor {
    return layerNorm(input, this.normalizedShape, this.weight, this.bias, Number(this.eps));
  }

  override extraRepr(): string {
    const settings = { eps: this.eps, elementwise_affine: this.elementwiseAffine, bias: this.bias !== null };
    return `${settingText(this.normalizedShape)}, ${settingsText(settings)}`;
  }
}

interface RMSNormBound {
  readonly normalizedShape: number | Shape;
  readonly eps: Numeric | null;
  readonly elementwiseAffine: boolean;
  readonly dtype: DType | undefined;
}

/** Division by the root of the mean square over the last axes (torch.nn.RMSNorm). */
export class RMSNorm extends Module {
  readonly normalizedShape: Shape;
  eps: Numeric | null;
  readonly elementwiseAffine: boolean;
  declare weight: Parameter | null;

  constructor(
    ...args: Signature<
      [normalizedShape: number | Shape, eps: Numeric | null, elementwiseAffine: boolean],
      Partial<RMSNormBound>
    >
  ) {
    super();
    const bound = bind<RMSNormBound>(
      "RMSNorm.__init__",
      ["normalizedShape", "eps", "elementwiseAffine"],
      args,
      { eps: null, elementwiseAffine: true, dtype: undefined },
    );
    const { normalizedShape, elementwiseAffine, dtype } = bound;
    this.normalizedShape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    this.eps = bound.eps;
    this.elementwiseAffine = elementwiseAffine;
    const weight = elementwiseAffine ? new Parameter(ones(this.normalizedShape, ofType(dtype))) : null;
    this.registerParameter("weight", weight);
  }

  override forward(input: Tensor): Tensor {
    const eps = this.eps === null ? null : Number(this.eps);
    return rmsNorm(input, this.normalizedShape, this.weight, eps);
  }

  override extraRepr(): string {
    const settings = { eps: this.eps, elementwise_affine: this.elementwiseAffine };
    return `${settingText(this.normalizedShape)}, ${settingsText(settings)}`;
  }
}

interface GroupNormBound {
  readonly numGroups: number;
  readonly numChannels: number;
  readonly eps: Numeric;
  readonly affine: boolean;
  readonly bias: boolean;
  readonly dtype: DType | undefined;
}

/** Normalisation of groups of channels (torch.nn.GroupNorm). */
export class GroupNorm extends Module {
  readonly numGroups: number;
  readonly numChannels: number;
  eps: Numeric;
  readonly affine: boolean;
  declare weight: Parameter | null;
  declare bias: Parameter | null;

  constructor(
    ...args: Signature<
      [numGroups: number, numChannels: number, eps: Numeric, affine: boolean],
      Partial<GroupNormBound>
    >
  ) {
    super();
    const bound = bind<GroupNormBound>(
      "GroupNorm.__init__",
      ["numGroups", "numChannels", "eps", "affine"],
      args,
      { eps: 1e-5, affine: true, bias: true, dtype: undefined },
    );
    const { numGroups, numChannels, affine, dtype } = bound;
    if (numChannels % numGroups !== 0) {
      throw new ValueError(`num_channels (${numChannels}) must be divisible by num_groups (${numGroups})`);
    }
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = bound.eps;
    this.affine = affine;
    const shape = [numChannels];
    this.registerParameter("weight", affine ? new Parameter(ones(shape, ofType(dtype))) : null);
    this.registerParameter("bias", affine && bound.bias ? new Parameter(zeros(shape, ofType(dtype))) : null);
  }

  /** @param input shape [N, numChannels, ...] */
  override forward(input: Tensor): Tensor {
    return groupNorm(input, this.numGroups, this.weight, this.bias, Number(this.eps));
  }

  override extraRepr(): string {
    const settings = { eps: this.eps, affine: this.affine, bias: this.bias !== null };
    return `${this.numGroups}, ${this.numChannels}, ${settingsText(settings)}`;
  }
}

interface LocalResponseNormBound {
  readonly size: number;
  readonly alpha: Numeric;
  readonly beta: Numeric;
  readonly k: Numeric;
}

/** Normalisation over neighbouring channels (torch.nn.LocalResponseNorm). */
export class LocalResponseNorm extends Module {
  readonly size: number;
  readonly alpha: Numeric;
  readonly beta: Numeric;
  readonly k: Numeric;

  constructor(
    ...args: Signature<
      [size: number, alpha: Numeric, beta: Numeric, k: Numeric],
      Partial<LocalResponseNormBound>
    >
  ) {
    super();
    const bound = bind<LocalResponseNormBound>(
      "LocalResponseNorm.__init__",
      ["size", "alpha", "beta", "k"],
      args,
      { alpha: 1e-4, beta: 0.75, k: new PyFloat(1) },
    );
    this.size = bound.size;
    this.alpha = bound.alpha;
    this.beta = bound.beta;
    this.k = bound.k;
  }

  /** @param input shape [N, C, ...] */
  override forward(input: Tensor): Tensor {
    const { size, alpha, beta, k } = this;
    return localResponseNorm(input, size, Number(alpha), Number(beta), Number(k));
  }

  override extraRepr(): string {
    const { size, alpha, beta, k } = this;
    return `${size}, ${settingsText({ alpha, beta, k })}`;
  }
}
