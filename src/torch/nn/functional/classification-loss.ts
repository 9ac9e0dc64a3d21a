// Losses of classes: nll_loss, cross_entropy (torch.nn.functional; ATen/native/LossNLL.cpp).

import { bind, type Signature } from "../../../core/arguments.ts";
import { int64, uint8 } from "../../../core/dtype.ts";
import { RuntimeError, ValueError } from "../../../core/errors.ts";
import { type Shape, sameShape } from "../../../core/layout.ts";
import { losses as operations } from "../../../devices/families/losses.ts";
import { scalarTypeName, shapeText, sizeText } from "../../errors.ts";
import { refuseGradient } from "../../non-differentiable.ts";
import { run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import type { Numeric } from "../text.ts";
import { checkedReduction, type Reduction, type ReductionOptions, reductionDefaults } from "./reduction.ts";

/** What losses of classes take by name. */
export interface ClassLossOptions extends ReductionOptions {
  /** A weight for each class. */
  readonly weight?: Tensor | null;
  /** Targets of this class count for nothing. Default -100. */
  readonly ignoreIndex?: number;
}

/** The settings of a loss of classes once they are checked. */
export interface ClassLossSettings {
  readonly weight: Tensor | null;
  readonly ignoreIndex: number;
  readonly reduction: Reduction;
}

type ClassLossPositions = [
  weight?: Tensor | null,
  sizeAverage?: boolean | null,
  ignoreIndex?: number,
  reduce?: boolean | null,
  reduction?: Reduction,
];

const classNames = ["weight", "sizeAverage", "ignoreIndex", "reduce", "reduction"] as const;
const classDefaults = { ...reductionDefaults, weight: null, ignoreIndex: -100 } as const;

/**
 * The negative log likelihood (torch.nn.functional.nll_loss).
 * @param input log probabilities, shape [C], [N, C] or [N, C, ...] @param target class numbers of the shape without C
 */
export function nllLoss(
  input: Tensor,
  target: Tensor,
  ...args: Signature<ClassLossPositions, ClassLossOptions>
): Tensor {
  const bound = bind<Required<ClassLossOptions>>("nll_loss", classNames, args, classDefaults);
  return likelihood(input, target, { ...bound, reduction: checkedReduction(bound) });
}

/** `nllLoss` of settings that are checked. */
export function likelihood(input: Tensor, target: Tensor, settings: ClassLossSettings): Tensor {
  const { weight, ignoreIndex, reduction } = settings;
  checkClasses(input, target, weight);
  refuseGradient("nll_loss_forward", "weight", weight);
  const operands = weight === null ? [input, target] : [input, target, weight];
  return run(operations.nllLoss, operands, { reduction, ignoreIndex });
}

/** What PyTorch asks of class numbers; that each is a class is seen where they are read. */
function checkClasses(input: Tensor, target: Tensor, weight: Tensor | null): void {
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
  if (!isShapeWithout(axis, x, t)) {
    if (x.length <= 2) {
      throw new RuntimeError(
        t.length > 1
          ? "0D or 1D target tensor expected, multi-target not supported"
          : `size mismatch (got input: ${shapeText(x)}, target: ${shapeText(t)})`,
      );
    }
    throw new ValueError(`Expected target size ${sizeText(x.toSpliced(axis, 1))}, got ${sizeText(t)}`);
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
}

/** True iff `rest` is the shape without the axis. */
function isShapeWithout(axis: number, shape: Shape, rest: Shape): boolean {
  if (rest.length !== shape.length - 1) return false;
  for (let i = 0; i < rest.length; i++) if (rest[i] !== shape[i < axis ? i : i + 1]) return false;
  return true;
}

/** What `crossEntropy` takes by name. */
export interface CrossEntropyOptions extends ClassLossOptions {
  /** From 0 to 1: how much of the target is spread evenly over all classes. Default 0. */
  readonly labelSmoothing?: Numeric;
}

/** The settings of `crossEntropy` once they are checked. */
export interface CrossEntropySettings extends ClassLossSettings {
  readonly labelSmoothing: number;
}

/**
 * Cross entropy (torch.nn.functional.cross_entropy).
 * @param input logits, shape [C], [N, C] or [N, C, ...]
 * @param target class numbers of the shape without C, or probabilities of the input's shape
 */
export function crossEntropy(
  input: Tensor,
  target: Tensor,
  ...args: Signature<[...ClassLossPositions, labelSmoothing?: Numeric], CrossEntropyOptions>
): Tensor {
  const names = [...classNames, "labelSmoothing"] as const;
  const bound = bind<Required<CrossEntropyOptions>>("cross_entropy", names, args, {
    ...classDefaults,
    labelSmoothing: 0,
  });
  const reduction = checkedReduction(bound);
  return entropy(input, target, { ...bound, reduction, labelSmoothing: Number(bound.labelSmoothing) });
}

/** `crossEntropy` of settings that are checked. */
export function entropy(input: Tensor, target: Tensor, settings: CrossEntropySettings): Tensor {
  const { weight, reduction, labelSmoothing } = settings;
  const axis = input.layout.rank === 1 ? 0 : 1;
  const isProbabilities = sameShape(target.layout.shape, input.layout.shape);
  if (isProbabilities) checkProbabilities(input, target, settings);
  if (labelSmoothing > 1) throw smoothingError(labelSmoothing);
  const logProbabilities = input.logSoftmax(axis);
  if (isProbabilities)
    return probabilityLoss(logProbabilities, target, axis, weight, reduction, labelSmoothing);
  const hard = likelihood(logProbabilities, target, settings);
  if (labelSmoothing === 0) return hard;
  const classes = input.layout.shape[axis]!;
  return hard
    .mul(1 - labelSmoothing)
    .add(smoothLoss(logProbabilities, target, axis, settings).mul(labelSmoothing / classes));
}

/** What PyTorch asks of targets that are probabilities. */
function checkProbabilities(
  input: Tensor,
  target: Tensor,
  { weight, ignoreIndex, labelSmoothing }: CrossEntropySettings,
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

/** The loss against equal shares of all classes, of the items that count. */
function smoothLoss(
  logProbabilities: Tensor,
  target: Tensor,
  axis: number,
  { weight, ignoreIndex, reduction }: ClassLossSettings,
): Tensor {
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
