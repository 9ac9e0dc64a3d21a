// torch.nn.NLLLoss, CrossEntropyLoss, LinearCrossEntropyLoss.

import { bind, type Signature } from "../../core/arguments.ts";
import type { DType } from "../../core/dtype.ts";
import { RuntimeError } from "../../core/errors.ts";
import { product, sameShape } from "../../core/layout.ts";
import { tupleText } from "../../core/text.ts";
import type { Tensor } from "../tensor.ts";
import {
  type ClassLossOptions,
  type CrossEntropyOptions,
  entropy,
  likelihood,
} from "./functional/classification-loss.ts";
import { linearCrossEntropy } from "./functional/linear-cross-entropy.ts";
import { knownReduction, type Reduction, reductionDefaults } from "./functional/reduction.ts";
import { Linear } from "./linear.ts";
import { WeightedLoss } from "./loss-base.ts";
import { ofType } from "./options.ts";
import { type Numeric, settingsText, settingText } from "./text.ts";

type Positions = [
  weight?: Tensor | null,
  sizeAverage?: boolean | null,
  ignoreIndex?: number,
  reduce?: boolean | null,
  reduction?: Reduction,
];

const names = ["weight", "sizeAverage", "ignoreIndex", "reduce", "reduction"] as const;
const defaults = { ...reductionDefaults, weight: null, ignoreIndex: -100 } as const;

/** The negative log likelihood of class numbers, given log probabilities (torch.nn.NLLLoss). */
export class NLLLoss extends WeightedLoss {
  readonly ignoreIndex: number;

  constructor(...args: Signature<Positions, ClassLossOptions>) {
    const bound = bind<Required<ClassLossOptions>>("NLLLoss.__init__", names, args, defaults);
    super(bound);
    this.ignoreIndex = bound.ignoreIndex;
  }

  /** @param input shape [C], [N, C] or [N, C, ...] @param target class numbers, of the shape without C */
  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex } = this;
    return likelihood(input, target, { weight, ignoreIndex, reduction: knownReduction(this.reduction) });
  }
}

/** Cross entropy of class numbers or class probabilities, given logits (torch.nn.CrossEntropyLoss). */
export class CrossEntropyLoss extends WeightedLoss {
  readonly ignoreIndex: number;
  readonly labelSmoothing: Numeric;

  constructor(...args: Signature<[...Positions, labelSmoothing?: Numeric], CrossEntropyOptions>) {
    const bound = bind<Required<CrossEntropyOptions>>(
      "CrossEntropyLoss.__init__",
      [...names, "labelSmoothing"],
      args,
      { ...defaults, labelSmoothing: 0 },
    );
    super(bound);
    this.ignoreIndex = bound.ignoreIndex;
    this.labelSmoothing = bound.labelSmoothing;
  }

  /** @param input shape [C], [N, C] or [N, C, ...] @param target class numbers, or probabilities of the input's shape */
  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex } = this;
    const reduction = knownReduction(this.reduction);
    return entropy(input, target, {
      weight,
      ignoreIndex,
      reduction,
      labelSmoothing: Number(this.labelSmoothing),
    });
  }
}

/** What `LinearCrossEntropyLoss` takes by name. */
export interface LinearLossOptions {
  readonly inFeatures?: number;
  readonly numClasses?: number;
  /** The shape of what is classified in one sample. Default none. */
  readonly outFeatures?: readonly number[];
  readonly bias?: boolean;
  readonly reduction?: Reduction;
  readonly weight?: Tensor | null;
  readonly ignoreIndex?: number | null;
  readonly labelSmoothing?: Numeric;
  readonly dtype?: DType;
}

type LinearBound = Required<Omit<LinearLossOptions, "dtype">> & { readonly dtype: DType | undefined };

/** @throws RuntimeError for weights or a smoothing that do not go with the classes */
function checkLinearLoss({ weight, numClasses, labelSmoothing }: LinearBound): void {
  if (weight !== null && !sameShape(weight.shape, [numClasses])) {
    throw new RuntimeError(`expected weight shape to be (${numClasses},), got ${tupleText(weight.shape)}`);
  }
  if (Number(labelSmoothing) < 0 || Number(labelSmoothing) > 1) {
    throw new RuntimeError(
      `expected label_smoothing to be in range [0, 1], got ${settingText(labelSmoothing)}`,
    );
  }
}

/** A linear layer and the cross entropy of its logits (torch.nn.LinearCrossEntropyLoss). */
export class LinearCrossEntropyLoss extends WeightedLoss {
  readonly numClasses: number;
  readonly outFeatures: readonly number[];
  readonly ignoreIndex: number | null;
  readonly labelSmoothing: Numeric;
  declare linear: Linear;

  constructor(...args: Signature<[inFeatures: number, numClasses: number], LinearLossOptions>) {
    const bound = bind<LinearBound>("LinearCrossEntropyLoss.__init__", ["inFeatures", "numClasses"], args, {
      outFeatures: [],
      bias: false,
      reduction: "mean",
      weight: null,
      ignoreIndex: null,
      labelSmoothing: 0,
      dtype: undefined,
    });
    checkLinearLoss(bound);
    super({ ...reductionDefaults, reduction: bound.reduction, weight: bound.weight });
    this.numClasses = bound.numClasses;
    this.outFeatures = bound.outFeatures;
    this.ignoreIndex = bound.ignoreIndex;
    this.labelSmoothing = bound.labelSmoothing;
    const { inFeatures, bias } = bound;
    const outFeatures = product([bound.numClasses, ...bound.outFeatures]);
    this.registerModule("linear", new Linear({ inFeatures, outFeatures, bias, ...ofType(bound.dtype) }));
  }

  /** @param input shape [inFeatures] or [N, inFeatures] @param target as `CrossEntropyLoss` takes it */
  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, reduction, ignoreIndex, labelSmoothing, linear } = this;
    const shape = [this.numClasses, ...this.outFeatures];
    const linearWeight = linear.weight.reshape([...shape, linear.inFeatures]);
    const linearBias = linear.bias?.reshape(shape) ?? null;
    const options = { linearBias, weight, reduction, ignoreIndex, labelSmoothing };
    return linearCrossEntropy(input, linearWeight, target, options);
  }

  override extraRepr(): string {
    const settings = {
      in_features: this.linear.inFeatures,
      num_classes: this.numClasses,
      out_features: this.outFeatures,
      bias: this.linear.bias !== null,
    };
    const rest = { ignore_index: this.ignoreIndex, label_smoothing: this.labelSmoothing, options: null };
    return `${settingsText(settings)}, reduction=${this.reduction}, ${settingsText(rest)}`;
  }
}
