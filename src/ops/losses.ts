// Losses that are more than compositions: the negative log likelihood of class labels, the margins of several labels, and
// connectionist temporal classification, each with its gradient.

import { RuntimeError } from "../core/errors.ts";
import { Layout, type Shape } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import { multiply } from "./binary.ts";
import { sum } from "./reductions.ts";

export interface NllLossAttributes {
  readonly reduction: "none" | "mean" | "sum";
  /** Targets of this class count for nothing. */
  readonly ignoreIndex: number;
}

export interface NllLossGradientAttributes extends NllLossAttributes {
  /** The shape of the log probabilities. */
  readonly shape: Shape;
}

/**
 * nllLoss(logProbabilities[N, C, ...] or [C], target[N, ...] or [] of integers, weight[C]?) -> [] or, unreduced, the
 * target's shape. The mean is weighted. `torch.nn.functional.nll_loss`.
 * @throws IndexError for a target that is no class
 */
export const nllLoss: Operation<NllLossAttributes> = {
  name: "nllLoss",
  label: "NllLoss",
  promotion: "none",
  infer: ([, target], dtype, { reduction }) => [
    Layout.contiguous(dtype, reduction === "none" ? target!.shape : []),
  ],
  saves: { inputs: [0, 1, 2] },
  gradient: ({ inputs, grads, attributes, run }) => {
    const { reduction, ignoreIndex } = attributes;
    const [x, target, weight] = inputs;
    const operands = weight === undefined ? [grads[0]!, target!] : [grads[0]!, target!, weight];
    return [run(nllLossGradient, operands, { reduction, ignoreIndex, shape: x!.layout.shape })];
  },
};

/** nllLossGradient(g, target, weight?): zeros of `shape` with what flows to the target classes. */
export const nllLossGradient: Operation<NllLossGradientAttributes> = {
  name: "nllLossGradient",
  label: "NllLossBackward",
  promotion: "none",
  infer: (_inputs, dtype, { shape }) => [Layout.contiguous(dtype, shape)],
  saves: { inputs: [1, 2] },
  gradient: ({ inputs, grads, attributes, run }) => {
    const [, ...rest] = inputs;
    return [run(nllLoss, [grads[0]!, ...rest], attributes)];
  },
};

/**
 * multilabelMargin(x[N, C], labels[N, C] of int64) -> [N]: over each label (in a row up to the first that is negative)
 * and each class that is none, the sum of max(0, 1 - (x[label] - x[class])), over C.
 * `torch.nn.functional.multilabel_margin_loss`.
 */
export const multilabelMargin: Operation = {
  name: "multilabelMargin",
  label: "MultilabelMarginLoss",
  promotion: "none",
  infer: ([x], dtype) => [Layout.contiguous(dtype, [x!.shape[0]!])],
  saves: { inputs: [0, 1] },
  gradient: ({ inputs, grads, run }) => [
    run(multilabelMarginGradient, [grads[0]!, inputs[0]!, inputs[1]!]),
    undefined,
  ],
};

/** multilabelMarginGradient(g[N] or a single value, x, labels) -> [N, C]. The loss is piecewise linear in x. */
export const multilabelMarginGradient: Operation = {
  name: "multilabelMarginGradient",
  label: "MultilabelMarginLossBackward",
  promotion: "none",
  infer: ([, x]) => [Layout.contiguous(x!.dtype, x!.shape)],
  saves: { inputs: [1, 2] },
  gradient: ({ inputs, grads, needs, run }) => {
    if (!needs(0)) return [undefined, undefined, undefined];
    const slopes = run(multilabelMarginGradient, [1, inputs[1]!, inputs[2]!]);
    return [run(sum, [run(multiply, [grads[0]!, slopes])], { axes: [1], keepdims: false })];
  },
};

export interface CtcAttributes {
  /** The class that stands for no label. */
  readonly blank: number;
  /** For each sample, how many steps of the input count. */
  readonly inputLengths: readonly number[];
  /** For each sample, how many labels its target has. */
  readonly targetLengths: readonly number[];
  /** True iff nothing flows back from losses that are infinite. */
  readonly zeroInfinity: boolean;
}

/**
 * ctcLoss(logProbabilities[T, N, C], targets[N, S] of int64) -> [N]: the negative log probability of the labels, over
 * all ways to spread them over the steps (Graves et al. 2006). `torch.nn.functional.ctc_loss`, unreduced.
 */
export const ctcLoss: Operation<CtcAttributes> = {
  name: "ctcLoss",
  label: "CtcLoss",
  promotion: "none",
  infer: ([x], dtype) => [Layout.contiguous(dtype, [x!.shape[1]!])],
  saves: { inputs: [0, 1] },
  gradient: ({ inputs, grads, attributes, run }) => [
    run(ctcLossGradient, [grads[0]!, inputs[0]!, inputs[1]!], attributes),
    undefined,
  ],
};

/**
 * ctcLossGradient(g[N], logProbabilities, targets) -> [T, N, C]. As in PyTorch it takes the probabilities of each step to
 * sum to 1, and has no gradient itself.
 */
export const ctcLossGradient: Operation<CtcAttributes> = {
  name: "ctcLossGradient",
  label: "CtcLossBackward",
  promotion: "none",
  infer: ([, x], dtype) => [Layout.contiguous(dtype, x!.shape)],
  gradient: () => {
    throw new RuntimeError("derivative for aten::_ctc_loss_backward is not implemented");
  },
};
