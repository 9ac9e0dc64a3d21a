// torch.nn.functional: nll_loss, cross_entropy, l1_loss, mse_loss.

import { bool, int64, uint8 } from "../../../core/dtype.ts";
import { elements } from "../../../core/elements.ts";
import { IndexError, RuntimeError, ValueError } from "../../../core/errors.ts";
import type { Shape } from "../../../core/layout.ts";
import { warn } from "../../../core/warnings.ts";
import { nllLoss as nllLossOperation } from "../../../ops/losses.ts";
import { scalarTypeName, shapeText, sizeText } from "../../errors.ts";
import { broadcastTensors } from "../../manipulation.ts";
import { named } from "../../node.ts";
import { resultType } from "../../promotion.ts";
import { lacks, refusals, refuse } from "../../refusals.ts";
import { run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";

/** What becomes of the losses of single items. */
export type Reduction = "none" | "mean" | "sum";

/** What losses of classes take by name. */
export interface ClassLossSettings {
  readonly weight?: Tensor | null;
  readonly ignoreIndex?: number;
  readonly reduction?: Reduction;
}

const reductions: readonly string[] = ["none", "mean", "sum"];

function checkReduction(reduction: string): void {
  if (!reductions.includes(reduction))
    throw new ValueError(`${reduction} is not a valid value for reduction`);
}

/**
 * The negative log likelihood (torch.nn.functional.nll_loss).
 * @param input log probabilities, shape [C], [N, C] or [N, C, ...] @param target class numbers of the shape without C
 */
export function nllLoss(input: Tensor, target: Tensor, options: ClassLossSettings = {}): Tensor {
  const { weight = null, ignoreIndex = -100, reduction = "mean" } = options;
  checkReduction(reduction);
  checkClasses(input, target, weight, ignoreIndex);
  const operands = weight === null ? [input, target] : [input, target, weight];
  return run(nllLossOperation, operands, { reduction, ignoreIndex });
}

function checkClasses(input: Tensor, target: Tensor, weight: Tensor | null, ignoreIndex: number): void {
  const x = input.layout.shape;
  const t = target.layout.shape;
  if (x.length === 0) throw new RuntimeError("input tensor should be 1D or 2D");
  if (x.length > 1 && x[0] !== t[0]) {
    if (x.length === 2 && t.length === 1) {
      throw new ValueError(`Expected input batch_size (${x[0]}) to match target batch_size (${t[0]}).`);
    }
    throw new ValueError(
      `Expected input batch_size (${x[0]}) to match target batch_size (${t[0] ?? "none"}).`,
    );
  }
  const axis = x.length === 1 ? 0 : 1;
  const expected = x.toSpliced(axis, 1);
  if (t.length !== expected.length || t.some((length, i) => length !== expected[i])) {
    if (x.length <= 2) {
      throw new RuntimeError(
        t.length > 1
          ? "0D or 1D target tensor expected, multi-target not supported"
          : `size mismatch (got input: ${shapeText(x)}, target: ${shapeText(t)})`,
      );
    }
    throw new ValueError(`Expected target size ${sizeText(expected)}, got ${sizeText(t)}`);
  }
  const { dtype } = target.layout;
  if (dtype !== int64 && dtype !== uint8) {
    throw new RuntimeError(
      `expected target dtype to be Long or Byte, but got ${scalarTypeName(target.layout.dtype)}`,
    );
  }
  const classes = x[axis]!;
  if (weight !== null && weight.layout.size !== classes) {
    throw new RuntimeError(
      `weight tensor should be defined either for all ${classes} classes or no classes but got weight tensor of shape: ${shapeText(weight.layout.shape)}`,
    );
  }
  for (const value of elements(target)) {
    const index = Number(value);
    if (index !== ignoreIndex && (index < 0 || index >= classes)) {
      throw new IndexError(`Target ${index} is out of bounds.`);
    }
  }
}

/**
 * Cross entropy (torch.nn.functional.cross_entropy).
 * @param input logits, shape [C], [N, C] or [N, C, ...]
 * @param target class numbers of the shape without C, or probabilities of the input's shape
 */
export function crossEntropy(
  input: Tensor,
  target: Tensor,
  options: ClassLossSettings & { readonly labelSmoothing?: number } = {},
): Tensor {
  const { weight = null, reduction = "mean", labelSmoothing = 0 } = options;
  checkReduction(reduction);
  const axis = input.layout.rank === 1 ? 0 : 1;
  const isProbabilities = sameShape(target.layout.shape, input.layout.shape);
  if (isProbabilities) checkProbabilities(input, target, options);
  if (labelSmoothing > 1) throw smoothingError(labelSmoothing);
  const logProbabilities = input.logSoftmax(axis);
  if (isProbabilities)
    return probabilityLoss(logProbabilities, target, axis, weight, reduction, labelSmoothing);
  const hard = nllLoss(logProbabilities, target, options);
  if (labelSmoothing === 0) return hard;
  const classes = input.layout.shape[axis]!;
  return hard
    .mul(1 - labelSmoothing)
    .add(smoothLoss(logProbabilities, target, axis, options).mul(labelSmoothing / classes));
}

/** What PyTorch asks of targets that are probabilities. */
function checkProbabilities(
  input: Tensor,
  target: Tensor,
  {
    weight = null,
    ignoreIndex = -100,
    labelSmoothing = 0,
  }: ClassLossSettings & { readonly labelSmoothing?: number },
): void {
  const { dtype } = target.layout;
  if (!dtype.isFloatingPoint) {
    throw new RuntimeError(
      `Expected floating point type for target with class probabilities, got ${scalarTypeName(dtype)}`,
    );
  }
  if (ignoreIndex >= 0) throw new RuntimeError("ignore_index is not supported for floating point target");
  const classes = input.layout.shape[input.layout.rank === 1 ? 0 : 1]!;
  if (weight !== null && (weight.layout.rank !== 1 || weight.layout.size !== classes)) {
    throw new RuntimeError(
      `cross_entropy: weight tensor should be defined either for all ${classes} classes or no classes but got weight tensor of shape: ${shapeText(weight.layout.shape)}`,
    );
  }
  if (labelSmoothing < 0) throw smoothingError(labelSmoothing);
}

function smoothingError(labelSmoothing: number): RuntimeError {
  return new RuntimeError(`label_smoothing must be between 0.0 and 1.0. Got: ${labelSmoothing}`);
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** The loss against equal shares of all classes, of the items that count. */
function smoothLoss(
  logProbabilities: Tensor,
  target: Tensor,
  axis: number,
  options: ClassLossSettings,
): Tensor {
  const { weight = null, ignoreIndex = -100, reduction = "mean" } = options;
  const shape = new Array<number>(logProbabilities.layout.rank).fill(1).with(axis, -1);
  const weighted = weight === null ? logProbabilities : logProbabilities.mul(weight.reshape(shape));
  const ignored = target.eq(ignoreIndex);
  const losses = weighted.sum(axis).neg().maskedFill(ignored, 0);
  if (reduction === "none") return losses;
  if (reduction === "sum") return losses.sum();
  if (weight === null) return losses.sum().div(ignored.logicalNot().sum());
  return losses
    .sum()
    .div(
      weight.indexSelect(0, target.maskedFill(ignored, 0).flatten()).maskedFill(ignored.flatten(), 0).sum(),
    );
}

function probabilityLoss(
  logProbabilities: Tensor,
  target: Tensor,
  axis: number,
  weight: Tensor | null,
  reduction: Reduction,
  labelSmoothing: number,
): Tensor {
  const { shape } = logProbabilities.layout;
  const classes = shape[axis]!;
  const smooth = labelSmoothing === 0 ? target : target.mul(1 - labelSmoothing).add(labelSmoothing / classes);
  const weightShape = shape.map((length, i) => (i === axis ? length : 1));
  const product = logProbabilities.mul(smooth);
  const losses = (weight === null ? product : product.mul(weight.reshape(weightShape))).sum(axis).neg();
  if (reduction === "none") return losses;
  return reduction === "sum"
    ? losses.sum()
    : losses.sum().div(Math.max(logProbabilities.layout.size / classes, 1));
}

const squaredRefusals = refusals(lacks("mse_cpu", "bool", "rare", "whole", "complex"));

/** The input and the target in one shape, with a warning where they were not. */
function stretched(input: Tensor, target: Tensor): readonly Tensor[] {
  const [x, t] = [input.layout.shape, target.layout.shape];
  if (sameShape(x, t)) return [input, target];
  warn(
    "UserWarning",
    `Using a target size (${sizeText(t)}) that is different to the input size (${sizeText(x)}). This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.`,
  );
  return broadcastTensors(input, target);
}

/** Magnitudes of differences (torch.nn.functional.l1_loss). */
export function l1Loss(
  input: Tensor,
  target: Tensor,
  options: { readonly reduction?: Reduction } = {},
): Tensor {
  const { reduction = "mean" } = options;
  checkReduction(reduction);
  const [values, wanted] = stretched(input, target);
  const losses = values!.sub(wanted!).abs();
  return reduction === "none" ? losses : reduction === "sum" ? losses.sum() : losses.mean();
}

/** Both in a type that has squared differences; the subtraction takes no truth values. */
function squaredOperands(input: Tensor, target: Tensor): readonly [Tensor, Tensor] {
  const isSame = input.dtype === target.dtype;
  const dtype = isSame ? input.dtype : resultType([input, target]);
  refuse(squaredRefusals, dtype);
  if (isSame) return [input, target];
  return [input.dtype === bool ? input.to(dtype) : input, target.dtype === bool ? target.to(dtype) : target];
}

/** Squared differences (torch.nn.functional.mse_loss). */
export function mseLoss(
  input: Tensor,
  target: Tensor,
  options: { readonly reduction?: Reduction } = {},
): Tensor {
  const { reduction = "mean" } = options;
  checkReduction(reduction);
  const operands = stretched(input, target);
  const [values, wanted] = squaredOperands(operands[0]!, operands[1]!);
  const squared = values.sub(wanted).square();
  const reduced = reduction === "none" ? squared : reduction === "sum" ? squared.sum() : squared.mean();
  return named(reduced, "MseLossBackward0");
}
