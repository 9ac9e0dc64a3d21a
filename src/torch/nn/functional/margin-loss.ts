// Losses that ask for a margin: hinge_embedding_loss, margin_ranking_loss, multi_margin_loss, multilabel_margin_loss
// (torch.nn.functional; ATen/native/Loss.cpp, LossMultiMargin.cpp, LossMultiLabelMargin.cpp).

import { bind, type Signature } from "../../../core/arguments.ts";
import { int64 } from "../../../core/dtype.ts";
import { elements, toNumber } from "../../../core/elements.ts";
import { RuntimeError, ValueError } from "../../../core/errors.ts";
import { sameShape } from "../../../core/layout.ts";
import { float } from "../../../core/python.ts";
import { losses as operations } from "../../../devices/families/losses.ts";
import { choose } from "../../choice.ts";
import { scalarTypeName, shapeText, sizeText } from "../../errors.ts";
import { inFloat32 } from "../../half.ts";
import { named } from "../../node.ts";
import { refuseGradient } from "../../non-differentiable.ts";
import { arange } from "../../ranges.ts";
import { notImplemented } from "../../refusals.ts";
import { run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import type { Numeric } from "../text.ts";
import {
  checkedReduction,
  type Reduction,
  type ReductionOptions,
  reduced,
  reductionDefaults,
} from "./reduction.ts";

/** What losses with a margin take by name. */
export interface MarginOptions extends ReductionOptions {
  readonly margin?: Numeric;
}

/** Positions of losses with a margin. */
export type MarginPositions = [
  margin?: Numeric,
  sizeAverage?: boolean | null,
  reduce?: boolean | null,
  reduction?: Reduction,
];

/** Names of the positions of losses with a margin. */
export const marginNames = ["margin", "sizeAverage", "reduce", "reduction"] as const;

/** The input where the target is 1, what it lacks of the margin where it is -1 (torch.nn.functional.hinge_embedding_loss). */
export function hingeEmbeddingLoss(
  input: Tensor,
  target: Tensor,
  ...args: Signature<MarginPositions, MarginOptions>
): Tensor {
  const bound = bind<Required<MarginOptions>>("hinge_embedding_loss", marginNames, args, {
    ...reductionDefaults,
    margin: 1,
  });
  const reduction = checkedReduction(bound);
  return inFloat32([input, target], (x, t) => {
    // The margin takes the input's type, so that whole inputs stay whole.
    const margin = Number(bound.margin);
    const lacking = x
      .neg()
      .add(x.dtype.isInteger ? Math.trunc(margin) : margin)
      .clampMin(0);
    const apart = choose(t.ne(1), lacking, 0);
    return reduced(apart.add(choose(t.ne(-1), x, 0)), reduction);
  });
}

/** max(0, -t (x1 - x2) + margin): for t of 1 the first is to be the greater (torch.nn.functional.margin_ranking_loss). */
export function marginRankingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  ...args: Signature<MarginPositions, MarginOptions>
): Tensor {
  const bound = bind<Required<MarginOptions>>("margin_ranking_loss", marginNames, args, {
    ...reductionDefaults,
    margin: 0,
  });
  const reduction = checkedReduction(bound);
  if (input1.ndim !== input2.ndim || input1.ndim !== target.ndim) {
    const sizes = [input1, input2, target].map(({ shape }) => sizeText(shape));
    throw new RuntimeError(
      `margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: ${sizes[0]}, input2: ${sizes[1]}, target: ${sizes[2]} `,
    );
  }
  return inFloat32([input1, input2, target], (a, b, t) => {
    // Whole operands meet a margin that is a float in Python.
    const lacking = t
      .neg()
      .mul(a.sub(b))
      .add(float(Number(bound.margin)))
      .clampMin(0);
    return reduced(lacking, reduction);
  });
}

/** The number of samples and classes. @throws RuntimeError for an input that has none */
function marginSizes(input: Tensor): readonly [samples: number, classes: number] {
  const { shape, ndim } = input;
  const isVector = ndim === 0 || (ndim === 1 && shape[0] !== 0);
  if (!isVector && !(ndim === 2 && shape[1] !== 0)) {
    throw new RuntimeError(
      `Expected non-empty vector or matrix with optional 0-dim batch size, but got: ${shapeText(shape)}`,
    );
  }
  return ndim === 2 ? [shape[0]!, shape[1]!] : [1, shape[0] ?? 1];
}

/** What `multiMarginLoss` takes by name. */
export interface MultiMarginOptions extends MarginOptions {
  /** 1 or 2: the power of what is lacking. */
  readonly p?: number;
  /** A weight for each class. */
  readonly weight?: Tensor | null;
}

/** @throws RuntimeError or NotImplementedError for targets, weights and types that do not go with the input */
function checkMultiMargin(input: Tensor, target: Tensor, weight: Tensor | null): void {
  const [samples, classes] = marginSizes(input);
  if (target.ndim > 1 || target.layout.size !== samples) {
    throw new RuntimeError(
      `multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). Expected target size [${samples}], but got ${shapeText(target.shape)}. Input has shape ${shapeText(input.shape)}.`,
    );
  }
  if (weight !== null && weight.layout.size !== classes) {
    throw new RuntimeError(
      `inconsistent weight size, expected ${classes} but got ${shapeText(weight.shape)}`,
    );
  }
  checkFull(input, "multi_margin_loss_cpu_kernel");
  checkLong(target);
  if (weight !== null && weight.dtype !== input.dtype) {
    throw new RuntimeError(
      `expected scalar type ${scalarTypeName(input.dtype)} but found ${scalarTypeName(weight.dtype)}`,
    );
  }
  for (const value of elements(target)) {
    const label = toNumber(value);
    if (label < 0 || label >= classes) throw new RuntimeError("target out of range");
  }
}

/** @throws NotImplementedError for any type but float32 and float64 */
function checkFull(input: Tensor, kernel: string): void {
  const { dtype } = input;
  if (dtype.kind !== "float" || dtype.itemSize < 4) throw notImplemented(kernel, dtype);
}

function checkLong(target: Tensor): void {
  if (target.dtype === int64) return;
  throw new RuntimeError(`expected scalar type Long but found ${scalarTypeName(target.dtype)}`);
}

/**
 * The mean over the classes of max(0, margin - x[target] + x[class])^p (torch.nn.functional.multi_margin_loss).
 * @param input shape [C] or [N, C] @param target class numbers, one for each sample
 */
export function multiMarginLoss(
  input: Tensor,
  target: Tensor,
  ...args: Signature<
    [p?: number, margin?: Numeric, weight?: Tensor | null, ...rest: MarginTail],
    MultiMarginOptions
  >
): Tensor {
  const names = ["p", "margin", "weight", "sizeAverage", "reduce", "reduction"] as const;
  const bound = bind<Required<MultiMarginOptions>>("multi_margin_loss", names, args, {
    ...reductionDefaults,
    p: 1,
    margin: 1,
    weight: null,
  });
  const reduction = checkedReduction(bound);
  const { p, weight } = bound;
  if (Number(p) !== 1 && Number(p) !== 2) throw new ValueError("only p == 1 and p == 2 supported");
  if (weight !== null && weight.ndim !== 1) throw new ValueError("weight must be one-dimensional");
  refuseGradient("multi_margin_loss", "weight", weight);
  checkMultiMargin(input, target, weight);
  const [samples, classes] = marginSizes(input);
  const rows = input.reshape([samples, classes]);
  const labels = target.reshape([samples, 1]);
  const lacking = rows.sub(rows.gather(1, labels)).add(Number(bound.margin)).clampMin(0);
  const powers = Number(p) === 2 ? lacking.square() : lacking;
  const weighted =
    weight === null ? powers : powers.mul(weight.indexSelect(0, labels.reshape([samples])).unsqueeze(1));
  const losses = weighted.maskedFill(arange(classes).eq(labels), 0).sum(1).div(classes);
  const shaped = input.ndim < 2 && target.ndim === 0 ? losses.squeeze(0) : losses;
  return named(reduced(shaped, reduction), "MultiMarginLossBackward0");
}

type MarginTail = [sizeAverage?: boolean | null, reduce?: boolean | null, reduction?: Reduction];

/** @throws RuntimeError or NotImplementedError for targets and types that do not go with the input */
function checkMultilabel(input: Tensor, target: Tensor): void {
  const [, classes] = marginSizes(input);
  if (!sameShape(input.shape, target.shape)) {
    throw new RuntimeError(
      `inconsistent target size: ${shapeText(target.shape)} for input of size: ${shapeText(input.shape)}`,
    );
  }
  checkLong(target);
  checkFull(input, "multilabel_margin_loss_forward_out_frame");
  for (const value of elements(target)) {
    const label = toNumber(value);
    if (label < -1 || label >= classes) throw new RuntimeError("argument #2 'target' is out of range");
  }
}

/**
 * The mean over the classes of max(0, 1 - (x[label] - x[class])) for each label and each class that is none
 * (torch.nn.functional.multilabel_margin_loss).
 * @param input shape [C] or [N, C] @param target labels of that shape, in each row up to the first -1
 */
export function multilabelMarginLoss(
  input: Tensor,
  target: Tensor,
  ...args: Signature<MarginTail, ReductionOptions>
): Tensor {
  const names = ["sizeAverage", "reduce", "reduction"] as const;
  const bound = bind<Required<ReductionOptions>>("multilabel_margin_loss", names, args, reductionDefaults);
  const reduction = checkedReduction(bound);
  checkMultilabel(input, target);
  const size = marginSizes(input);
  const losses = run(operations.multilabelMargin, [input.reshape(size), target.reshape(size)], undefined);
  const shaped = input.ndim < 2 ? losses.squeeze(0) : losses;
  return named(reduced(shaped, reduction), "MultilabelMarginLossBackward0");
}
