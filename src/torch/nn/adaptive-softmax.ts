// torch.nn.AdaptiveLogSoftmaxWithLoss (torch/nn/modules/adaptive.py), after Grave et al., "Efficient softmax approximation
// for GPUs" (2016): frequent classes in a head of their own, rare ones in clusters of smaller layers.

import { bind, type Signature } from "../../core/arguments.ts";
import { type DType, int64 } from "../../core/dtype.ts";
import { elements, toNumber } from "../../core/elements.ts";
import { RuntimeError, ValueError } from "../../core/errors.ts";
import { sizeText } from "../errors.ts";
import { tensor } from "../interop.ts";
import { named } from "../node.ts";
import { cat } from "../stacking.ts";
import type { Tensor } from "../tensor.ts";
import { ModuleList, Sequential } from "./containers.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { ofType } from "./options.ts";
import type { Numeric } from "./text.ts";

/** What `AdaptiveLogSoftmaxWithLoss` takes by name. */
export interface AdaptiveOptions {
  readonly inFeatures?: number;
  readonly nClasses?: number;
  /** Where each cluster of classes begins; classes below the first are in the head. */
  readonly cutoffs?: readonly number[];
  /** How much narrower each cluster's layer is than the one before. Default 4. */
  readonly divValue?: Numeric;
  /** True iff the head has a bias. Default false. */
  readonly headBias?: boolean;
  readonly dtype?: DType;
}

type Bound = Required<Omit<AdaptiveOptions, "dtype">> & { readonly dtype: DType | undefined };

/** The log probabilities of the targets, and the mean of their negatives: PyTorch's named tuple. */
export type AdaptiveOutput = readonly [output: Tensor, loss: Tensor] & {
  readonly output: Tensor;
  readonly loss: Tensor;
};

/** @throws ValueError for cutoffs that do not divide the classes */
function checkCutoffs(cutoffs: readonly number[], classes: number): void {
  if (cutoffs.length === 0) throw new ValueError("cutoffs should be a sequence of length larger than 0");
  const isRising = cutoffs.every(
    (cutoff, i) => Number.isInteger(cutoff) && cutoff > (cutoffs[i - 1] ?? 0) && cutoff < classes,
  );
  if (isRising) return;
  throw new ValueError(
    "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is between 1 and n_classes-1",
  );
}

/** Log probabilities of many classes, of which most are rare (torch.nn.AdaptiveLogSoftmaxWithLoss). */
export class AdaptiveLogSoftmaxWithLoss extends Module {
  readonly inFeatures: number;
  readonly nClasses: number;
  /** Where each part of the classes ends: the head's, then each cluster's. */
  readonly cutoffs: readonly number[];
  readonly divValue: Numeric;
  readonly headBias: boolean;
  readonly shortlistSize: number;
  readonly nClusters: number;
  readonly headSize: number;
  declare head: Linear;
  declare tail: ModuleList;

  constructor(
    ...args: Signature<
      [
        inFeatures: number,
        nClasses: number,
        cutoffs: readonly number[],
        divValue?: Numeric,
        headBias?: boolean,
      ],
      AdaptiveOptions
    >
  ) {
    super();
    const names = ["inFeatures", "nClasses", "cutoffs", "divValue", "headBias"] as const;
    const bound = bind<Bound>("AdaptiveLogSoftmaxWithLoss.__init__", names, args, {
      divValue: 4,
      headBias: false,
      dtype: undefined,
    });
    const { inFeatures, nClasses, cutoffs, divValue, headBias } = bound;
    checkCutoffs(cutoffs, nClasses);
    this.inFeatures = inFeatures;
    this.nClasses = nClasses;
    this.cutoffs = [...cutoffs, nClasses];
    this.divValue = divValue;
    this.headBias = headBias;
    this.shortlistSize = cutoffs[0]!;
    this.nClusters = cutoffs.length;
    this.headSize = this.shortlistSize + this.nClusters;
    const type = ofType(bound.dtype);
    const layer = (from: number, to: number, bias = false): Linear =>
      new Linear({ inFeatures: from, outFeatures: to, bias, ...type });
    this.registerModule("head", layer(inFeatures, this.headSize, headBias));
    const clusters = cutoffs.map((cutoff, i) => {
      const width = Math.floor(inFeatures / Number(divValue) ** (i + 1));
      return new Sequential(layer(inFeatures, width), layer(width, this.cutoffs[i + 1]! - cutoff));
    });
    this.registerModule("tail", new ModuleList(clusters));
  }

  /** Draws all layers anew. */
  resetParameters(): void {
    this.head.resetParameters();
    for (const cluster of this.clusters) for (const layer of cluster) (layer as Linear).resetParameters();
  }

  private get clusters(): readonly Sequential[] {
    return [...this.tail] as Sequential[];
  }

  /**
   * @param input shape [N, inFeatures] or [inFeatures] @param target class numbers, shape [N] or []
   * @returns the targets' log probabilities, of the target's shape, and the mean of their negatives
   * @throws RuntimeError for shapes that do not go together, or a target that is no class
   */
  override forward(input: Tensor, target: Tensor): AdaptiveOutput {
    checkShapes(input, target);
    const isBatch = target.ndim > 0;
    const rows = isBatch ? input : input.unsqueeze(0);
    const labels = elements(target).map(toNumber);
    if (labels.some((label) => label < 0 || label >= this.nClasses)) {
      throw new RuntimeError(
        `Target values should be in [0, ${this.nClasses - 1}], but values in range [${Math.min(...labels)}, ${Math.max(...labels)}] were found. `,
      );
    }
    const partOf = labels.map((label) => this.cutoffs.findIndex((end) => label < end));
    const headLabels = labels.map((label, row) =>
      partOf[row] === 0 ? label : this.shortlistSize + partOf[row]! - 1,
    );
    let sum = this.head.call(rows).logSoftmax(1).gather(1, column(headLabels)).squeeze(1);
    this.clusters.forEach((cluster, i) => {
      const members = labels.flatMap((_, row) => (partOf[row] === i + 1 ? [row] : []));
      if (members.length === 0) return;
      const places = column(members).squeeze(1);
      const inside = (cluster.call(rows.indexSelect(0, places)) as Tensor).logSoftmax(1);
      const relative = column(members.map((row) => labels[row]! - this.cutoffs[i]!));
      sum = sum.indexAdd(0, places, inside.gather(1, relative).squeeze(1));
    });
    named(sum, "AddBackward0");
    const loss = sum.neg().mean();
    const output = isBatch ? sum : named(sum.squeeze(0), "SqueezeBackward1");
    return Object.assign([output, loss] as const, { output, loss });
  }

  /** The log probabilities of all classes. @param input shape [N, inFeatures] @returns shape [N, nClasses] */
  logProb(input: Tensor): Tensor {
    return this.allLogProbabilities(input, this.head.call(input));
  }

  private allLogProbabilities(input: Tensor, headOutput: Tensor): Tensor {
    const head = headOutput.logSoftmax(1);
    const parts = this.clusters.map((cluster, i) => {
      const inside = (cluster.call(input) as Tensor).logSoftmax(1);
      return inside.add(head.narrow(1, this.shortlistSize + i, 1));
    });
    return cat([head.narrow(1, 0, this.shortlistSize), ...parts], 1);
  }

  /** The most likely class of each row. @param input shape [N, inFeatures] @returns class numbers, shape [N] */
  predict(input: Tensor): Tensor {
    const headOutput = this.head.call(input);
    const frequent = headOutput.argmax(1);
    const isRare = frequent.ge(this.shortlistSize);
    if (isRare.any().item() === false) return frequent;
    return this.allLogProbabilities(input, headOutput).argmax(1).where(isRare, frequent);
  }
}

/** Integers below one another. */
function column(values: readonly number[]): Tensor {
  return tensor(values, { dtype: int64 }).view([values.length, 1]);
}

function checkShapes(input: Tensor, target: Tensor): void {
  if (target.ndim > 1) throw new RuntimeError("0D or 1D target tensor expected, multi-target not supported");
  if (target.ndim === 1 && input.shape[0] !== target.shape[0]) {
    throw new RuntimeError("Input and target should have the same size in the batch dimension.");
  }
  if (input.ndim === target.ndim + 1) return;
  throw new RuntimeError(
    `${target.ndim}D target tensor expects ${target.ndim + 1}D input tensors, but found inputs with size ${sizeText(input.shape)}`,
  );
}
