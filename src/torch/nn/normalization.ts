// torch.nn.BatchNorm1d, BatchNorm2d, BatchNorm3d, LayerNorm.

import { bind, type Signature } from "../../core/arguments.ts";
import { type DType, int64 } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import type { Shape } from "../../core/layout.ts";
import { ones, zeros } from "../creation.ts";
import type { Tensor } from "../tensor.ts";
import { batchNorm, layerNorm } from "./functional/normalization.ts";
import { Module } from "./module.ts";
import { ofType } from "./options.ts";
import { Parameter } from "./parameter.ts";
import { type Numeric, settingsText, settingText } from "./text.ts";

/** What batch normalisation layers take by name. */
export interface BatchNormOptions {
  readonly numFeatures?: number;
  /** Added to the variance. Default 1e-5 (Keras: 1e-3). */
  readonly eps?: Numeric;
  /** Weight of the new statistics in the running ones (Keras counts the old ones' weight); null: a plain average. */
  readonly momentum?: Numeric | null;
  readonly affine?: boolean;
  readonly trackRunningStats?: boolean;
  /** False: gamma alone, where `affine` holds. */
  readonly bias?: boolean;
  readonly dtype?: DType;
}

interface BatchNormBound {
  readonly numFeatures: number;
  readonly eps: Numeric;
  readonly momentum: Numeric | null;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;
  readonly bias: boolean;
  readonly dtype: DType | undefined;
}

type BatchNormArguments = Signature<
  [numFeatures: number, eps: Numeric, momentum: Numeric | null, affine: boolean, trackRunningStats: boolean],
  BatchNormOptions
>;

/** What batch normalisation over any number of spatial axes has in common. */
abstract class BatchNorm extends Module {
  readonly numFeatures: number;
  eps: Numeric;
  momentum: Numeric | null;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;
  /** gamma, shape [numFeatures]. */
  declare weight: Parameter | null;
  /** beta, shape [numFeatures]. */
  declare bias: Parameter | null;
  declare runningMean: Tensor | null;
  /** Unbiased in PyTorch (Keras: biased). */
  declare runningVar: Tensor | null;
  declare numBatchesTracked: Tensor | null;

  constructor(name: string, args: readonly unknown[]) {
    super();
    const bound = bind<BatchNormBound>(
      `${name}.__init__`,
      ["numFeatures", "eps", "momentum", "affine", "trackRunningStats"],
      args,
      { eps: 1e-5, momentum: 0.1, affine: true, trackRunningStats: true, bias: true, dtype: undefined },
    );
    const { numFeatures, affine, trackRunningStats, dtype } = bound;
    this.numFeatures = numFeatures;
    this.eps = bound.eps;
    this.momentum = bound.momentum;
    this.affine = affine;
    this.trackRunningStats = trackRunningStats;
    const shape = [numFeatures];
    this.registerParameter("weight", affine ? new Parameter(ones(shape, ofType(dtype))) : null);
    this.registerParameter("bias", affine && bound.bias ? new Parameter(zeros(shape, ofType(dtype))) : null);
    this.registerBuffer("running_mean", trackRunningStats ? zeros(shape, ofType(dtype)) : null);
    this.registerBuffer("running_var", trackRunningStats ? ones(shape, ofType(dtype)) : null);
    this.registerBuffer("num_batches_tracked", trackRunningStats ? zeros([], { dtype: int64 }) : null);
  }

  /** Entries that a state dict may lack. */
  get optionalState(): readonly string[] {
    return ["num_batches_tracked"];
  }

  /** @throws ValueError for an input of a rank that the layer does not take */
  protected abstract checkInput(shape: Shape): void;

  /** @param input shape [N, numFeatures, ...spatial] */
  override forward(input: Tensor): Tensor {
    this.checkInput(input.shape);
    const { runningMean, runningVar, numBatchesTracked: counter } = this;
    let factor = this.momentum === null ? 0 : Number(this.momentum);
    if (this.training && counter !== null) {
      counter.add_(1);
      if (this.momentum === null) factor = 1 / Number(counter.item());
    }
    return batchNorm(input, runningMean, runningVar, this.weight, this.bias, {
      training: this.training || runningMean === null,
      momentum: factor,
      eps: Number(this.eps),
    });
  }

  override extraRepr(): string {
    const settings = {
      eps: this.eps,
      momentum: this.momentum,
      affine: this.affine,
      bias: this.bias !== null,
      track_running_stats: this.trackRunningStats,
    };
    return `${this.numFeatures}, ${settingsText(settings)}`;
  }
}

/** Batch normalisation of [N, C] or [N, C, L] (torch.nn.BatchNorm1d). */
export class BatchNorm1d extends BatchNorm {
  constructor(...args: BatchNormArguments) {
    super("BatchNorm1d", args);
  }

  protected override checkInput(shape: Shape): void {
    if (shape.length !== 2 && shape.length !== 3) {
      throw new ValueError(`expected 2D or 3D input (got ${shape.length}D input)`);
    }
  }
}

/** Batch normalisation of [N, C, H, W] (torch.nn.BatchNorm2d). */
export class BatchNorm2d extends BatchNorm {
  constructor(...args: BatchNormArguments) {
    super("BatchNorm2d", args);
  }

  protected override checkInput(shape: Shape): void {
    if (shape.length !== 4) throw new ValueError(`expected 4D input (got ${shape.length}D input)`);
  }
}

/** Batch normalisation of [N, C, D, H, W] (torch.nn.BatchNorm3d). */
export class BatchNorm3d extends BatchNorm {
  constructor(...args: BatchNormArguments) {
    super("BatchNorm3d", args);
  }

  protected override checkInput(shape: Shape): void {
    if (shape.length !== 5) throw new ValueError(`expected 5D input (got ${shape.length}D input)`);
  }
}

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
