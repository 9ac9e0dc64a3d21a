// Losses of yes and no: binary_cross_entropy, binary_cross_entropy_with_logits, multilabel_soft_margin_loss,
// soft_margin_loss (torch.nn.functional; ATen/native/Loss.cpp).

import { bind, type Signature } from "../../../core/arguments.ts";
import { elements, toNumber } from "../../../core/elements.ts";
import { RuntimeError, ValueError } from "../../../core/errors.ts";
import { broadcastShapes, sameShape } from "../../../core/layout.ts";
import { logSigmoid } from "../../../ops/activations.ts";
import { binaryCrossEntropy as binaryCrossEntropyOperation } from "../../../ops/exponential.ts";
import { scalarTypeName, shapeText, sizeText } from "../../errors.ts";
import { inFloat32 } from "../../half.ts";
import { named } from "../../node.ts";
import { refuseGradient } from "../../non-differentiable.ts";
import { lacks, type Refusals, refusals, refuse, says } from "../../refusals.ts";
import { run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import {
  checkedReduction,
  type Reduction,
  type ReductionOptions,
  reduced,
  reductionDefaults,
  reductionOf,
} from "./reduction.ts";

/** What `binaryCrossEntropy` and `multilabelSoftMarginLoss` take by name. */
export interface WeightedLossOptions extends ReductionOptions {
  /** How much each element counts; stretched to the shape of the losses. */
  readonly weight?: Tensor | null;
}

type WeightedPositions = [
  weight?: Tensor | null,
  sizeAverage?: boolean | null,
  reduce?: boolean | null,
  reduction?: Reduction,
];

const weightedNames = ["weight", "sizeAverage", "reduce", "reduction"] as const;
const weightedDefaults = { ...reductionDefaults, weight: null } as const;

const entropyRefusals: Refusals = refusals(lacks("binary_cross_entropy", "bool", "rare", "whole", "complex"));

/** @throws RuntimeError for an operand of another type, or a value that is no probability */
function checkProbabilities(input: Tensor, others: readonly Tensor[]): void {
  refuse(entropyRefusals, input.dtype);
  for (const other of others) {
    if (other.dtype !== input.dtype) {
      throw new RuntimeError(
        `Found dtype ${scalarTypeName(other.dtype)} but expected ${scalarTypeName(input.dtype)}`,
      );
    }
  }
  for (const value of elements(input)) {
    const probability = toNumber(value);
    if (!(probability >= 0 && probability <= 1))
      throw new RuntimeError("all elements of input should be between 0 and 1");
  }
}

/**
 * -(t log x + (1 - t) log(1 - x)), logarithms not below -100 (torch.nn.functional.binary_cross_entropy).
 * @param input probabilities @param target probabilities, of the input's shape and type
 */
export function binaryCrossEntropy(
  input: Tensor,
  target: Tensor,
  ...args: Signature<WeightedPositions, WeightedLossOptions>
): Tensor {
  const bound = bind<Required<WeightedLossOptions>>(
    "binary_cross_entropy",
    weightedNames,
    args,
    weightedDefaults,
  );
  const reduction = checkedReduction(bound);
  const { weight } = bound;
  if (!sameShape(target.shape, input.shape)) {
    throw new ValueError(
      `Using a target size (${sizeText(target.shape)}) that is different to the input size (${sizeText(input.shape)}) is deprecated. Please ensure they have the same size.`,
    );
  }
  const stretched = weight === null ? null : weight.expand(weightShape(target, weight));
  refuseGradient("binary_cross_entropy", "weight", weight);
  checkProbabilities(input, stretched === null ? [target] : [target, stretched]);
  const loss = inFloat32([input, target, stretched], (x, t, w) => {
    const losses = run(binaryCrossEntropyOperation, [x, t], undefined);
    return reduced(w === null ? losses : losses.mul(w), reduction);
  });
  return named(loss, "BinaryCrossEntropyBackward0");
}

/** @throws RuntimeError where the weights do not stretch to the target's shape */
function weightShape(target: Tensor, weight: Tensor): readonly number[] {
  const [t, w] = [target.shape, weight.shape];
  const shape = broadcastShapes([t, w]);
  if (shape !== undefined) return shape;
  const from = w.findLastIndex((length, i) => {
    const other = t[i - w.length + t.length];
    return length !== 1 && other !== undefined && other !== length && other !== 1;
  });
  throw new RuntimeError(
    `Attempting to broadcast a dimension of length ${w[from]} at ${from - w.length}! Mismatching argument at index 1 had ${sizeText(w)}; but expected shape should be broadcastable to ${shapeText(t)}`,
  );
}

/** What `binaryCrossEntropyWithLogits` takes by name. */
export interface LogitsLossOptions extends WeightedLossOptions {
  /** How much the "yes" of each class counts. */
  readonly posWeight?: Tensor | null;
}

const logitsRefusals: Refusals = refusals(lacks("log_sigmoid_cpu", "bool", "rare", "whole", "complex"));

/** log(sigmoid(x)) of a type that has it. */
function logarithmOfSigmoid(input: Tensor): Tensor {
  refuse(logitsRefusals, input.dtype);
  return run(logSigmoid, [input], undefined);
}

/**
 * `binaryCrossEntropy` of sigmoid(x), safe from overflow (torch.nn.functional.binary_cross_entropy_with_logits).
 * @param input logits @param target probabilities of the input's shape
 */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  ...args: Signature<[...WeightedPositions, posWeight?: Tensor | null], LogitsLossOptions>
): Tensor {
  const bound = bind<Required<LogitsLossOptions>>(
    "binary_cross_entropy_with_logits",
    [...weightedNames, "posWeight"],
    args,
    { ...weightedDefaults, posWeight: null },
  );
  const reduction = checkedReduction(bound);
  if (!sameShape(target.shape, input.shape)) {
    throw new ValueError(
      `Target size (${sizeText(target.shape)}) must be the same as input size (${sizeText(input.shape)})`,
    );
  }
  refuseGradient("binary_cross_entropy_with_logits", "weight", bound.weight);
  refuseGradient("binary_cross_entropy_with_logits", "pos_weight", bound.posWeight);
  refuse(logitsRefusals, input.dtype);
  const loss = inFloat32([input, target, bound.weight, bound.posWeight], (x, t, weight, posWeight) => {
    const logarithm = logarithmOfSigmoid(x);
    const yes = posWeight === null ? logarithm : posWeight.sub(1).mul(t).add(1).mul(logarithm);
    const losses = t.neg().add(1).mul(x).sub(yes);
    return reduced(weight === null ? losses : losses.mul(weight), reduction);
  });
  return named(loss, "BinaryCrossEntropyWithLogitsBackward0");
}

/**
 * The mean over the classes, which lie along the last axis, of the entropy of each class alone
 * (torch.nn.functional.multilabel_soft_margin_loss).
 * @param input logits, shape [..., C] @param target zeros and ones of that shape
 */
export function multilabelSoftMarginLoss(
  input: Tensor,
  target: Tensor,
  ...args: Signature<WeightedPositions, WeightedLossOptions>
): Tensor {
  const bound = bind<Required<WeightedLossOptions>>(
    "multilabel_soft_margin_loss",
    weightedNames,
    args,
    weightedDefaults,
  );
  const reduction = reductionOf(bound);
  const result = inFloat32([input, target, bound.weight], (x, t, weight) => {
    const yes = t.mul(logarithmOfSigmoid(x));
    const no = t.neg().add(1).mul(logarithmOfSigmoid(x.neg()));
    const entropy = yes.add(no).neg();
    const weighted = weight === null ? entropy : entropy.mul(weight);
    return weighted.sum(input.ndim - 1).div(input.shape.at(-1)!);
  });
  if (!["none", "mean", "sum"].includes(reduction)) throw new ValueError(`${String(reduction)} is not valid`);
  return reduced(result, reduction);
}

const softRefusals: Refusals = refusals(
  says(
    "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.",
    "bool",
  ),
  [
    ["whole", "rare"],
    (dtype) =>
      new RuntimeError(`result type Float can't be cast to the desired output type ${scalarTypeName(dtype)}`),
  ],
);

/**
 * log(1 + exp(-t x)) (torch.nn.functional.soft_margin_loss).
 * @param target 1 or -1, of a shape that stretches to the input's
 */
export function softMarginLoss(
  input: Tensor,
  target: Tensor,
  ...args: Signature<
    [sizeAverage?: boolean | null, reduce?: boolean | null, reduction?: Reduction],
    ReductionOptions
  >
): Tensor {
  const bound = bind<Required<ReductionOptions>>(
    "soft_margin_loss",
    ["sizeAverage", "reduce", "reduction"],
    args,
    reductionDefaults,
  );
  const reduction = checkedReduction(bound);
  refuseGradient("soft_margin_loss", "target", target);
  refuse(softRefusals, input.dtype);
  const loss = inFloat32([input, target], (x, t) => reduced(x.mul(t.neg()).exp().log1p(), reduction));
  return named(loss, "SoftMarginLossBackward0");
}
