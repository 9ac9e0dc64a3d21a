// What torch.nn's BatchNorm and InstanceNorm have in common: settings, parameters, running statistics, printed form.

import { bind, type Signature } from "../../core/arguments.ts";
import { type DType, int64 } from "../../core/dtype.ts";
import { ones, zeros } from "../creation.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";
import { ofType } from "./options.ts";
import { Parameter } from "./parameter.ts";
import { type Numeric, settingsText } from "./text.ts";

/** What layers that normalise channels take by name. */
export interface ChannelNormOptions {
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

interface ChannelNormBound {
  readonly numFeatures: number;
  readonly eps: Numeric;
  readonly momentum: Numeric | null;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;
  readonly bias: boolean;
  readonly dtype: DType | undefined;
}

/** Their arguments. */
export type ChannelNormArguments = Signature<
  [numFeatures: number, eps: Numeric, momentum: Numeric | null, affine: boolean, trackRunningStats: boolean],
  ChannelNormOptions
>;

/** A layer that normalises channels, with running statistics or without. */
export class ChannelNorm extends Module {
  /** Of its entries in a state dict: since the second there is a count of batches among them. */
  readonly _version = 2;
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

  /** @param isOn whether the layer has parameters and running statistics where nothing is said of them */
  constructor(name: string, args: readonly unknown[], isOn: boolean) {
    super();
    const bound = bind<ChannelNormBound>(
      `${name}.__init__`,
      ["numFeatures", "eps", "momentum", "affine", "trackRunningStats"],
      args,
      { eps: 1e-5, momentum: 0.1, affine: isOn, trackRunningStats: isOn, bias: true, dtype: undefined },
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

  /** Forgets the running statistics. */
  resetRunningStats(): void {
    this.runningMean?.zero_();
    this.runningVar?.fill_(1);
    this.numBatchesTracked?.zero_();
  }

  /** Entries that a state dict may lack. */
  get optionalState(): readonly string[] {
    return ["num_batches_tracked"];
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
