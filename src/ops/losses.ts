// The negative log likelihood of class labels, and its gradient.

import { Layout, type Shape } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";

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
