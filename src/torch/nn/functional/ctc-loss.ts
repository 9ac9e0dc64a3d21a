// torch.nn.functional.ctc_loss (ATen/native/LossCTC.cpp).

import { bind, type Signature } from "../../../core/arguments.ts";
import { int64 } from "../../../core/dtype.ts";
import { elements, toNumber } from "../../../core/elements.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { losses as operations } from "../../../devices/families/losses.ts";
import { choose } from "../../choice.ts";
import { tensor } from "../../interop.ts";
import { notImplemented } from "../../refusals.ts";
import { run } from "../../tape.ts";
import { Tensor } from "../../tensor.ts";
import { checkedReduction, type Reduction, reductionDefaults } from "./reduction.ts";

/** Lengths of the samples: integers, one for each. */
export type Lengths = Tensor | readonly number[];

/** What `ctcLoss` takes by name. */
export interface CtcOptions {
  /** The class that stands for no label. Default 0. */
  readonly blank?: number;
  readonly reduction?: Reduction;
  /** Infinite losses, of targets that do not fit into the input, become 0. Default false. */
  readonly zeroInfinity?: boolean;
}

/** @throws RuntimeError for lengths that are no integers */
function lengthsOf(lengths: Lengths, name: string): readonly number[] {
  if (!(lengths instanceof Tensor)) return lengths.map(Number);
  if (lengths.dtype.isFloatingPoint || lengths.dtype.isComplex)
    throw new RuntimeError(`${name} must be integral`);
  return elements(lengths).map(toNumber);
}

const place = "(while checking arguments for ctc_loss_allocate_outputs)";

/** @throws RuntimeError for lengths of another number than there are samples, or out of bounds */
function checkLengths(lengths: readonly number[], name: string, samples: number, most: number): void {
  if (lengths.length !== samples) throw new RuntimeError(`${name} must be of size batch_size`);
  for (const length of lengths) {
    if (length < 0)
      throw new RuntimeError(`Expected ${name} to have value at least 0, but got value ${length} ${place}`);
    if (length > most) {
      throw new RuntimeError(
        `Expected ${name} to have value at most ${most}, but got value ${length} ${place}`,
      );
    }
  }
}

/** Labels in a row for each sample, from rows that are filled up or from one row of all labels. */
function labelRows(targets: Tensor, lengths: readonly number[], samples: number): readonly number[][] {
  const labels = elements(targets).map(toNumber);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (targets.ndim === 1) {
    checkSize(targets, 0, total);
    const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, length) => sum + length, 0));
    return lengths.map((length, i) => labels.slice(ends[i]! - length, ends[i]));
  }
  if (targets.ndim !== 2) {
    throw new RuntimeError(
      `Expected 1 to 2 dimensions, but got ${targets.ndim}-dimensional tensor for argument #2 'targets' ${place}`,
    );
  }
  checkSize(targets, 0, samples);
  const width = targets.shape[1]!;
  const longest = Math.max(0, ...lengths);
  if (width < longest) {
    throw new RuntimeError(
      `Expected tensor to have size at least ${longest} at dimension 1, but got size ${width} for argument #2 'targets' ${place}`,
    );
  }
  return lengths.map((length, i) => labels.slice(i * width, i * width + length));
}

function checkSize(targets: Tensor, dim: number, expected: number): void {
  const size = targets.shape[dim];
  if (size === expected) return;
  throw new RuntimeError(
    `Expected tensor to have size ${expected} at dimension ${dim}, but got size ${size} for argument #2 'targets' ${place}`,
  );
}

/** @throws RuntimeError for a label that is no class, which PyTorch leaves unchecked */
function checkLabels(rows: readonly number[][], classes: number): void {
  for (const label of rows.flat()) {
    if (label >= 0 && label < classes) continue;
    throw new RuntimeError(
      `ctc_loss: targets hold ${label}, expected class numbers from 0 to ${classes - 1}`,
    );
  }
}

/** The losses of the samples, unreduced. */
function sampleLosses(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: readonly number[],
  targetLengths: readonly number[],
  blank: number,
  zeroInfinity: boolean,
): Tensor {
  const { dtype } = logProbs;
  if (dtype.kind !== "float" || dtype.itemSize < 4) throw notImplemented("ctc_loss_cpu", dtype);
  const [steps, samples, classes] = logProbs.shape as readonly [number, number, number];
  if (blank < 0 || blank >= classes) throw new RuntimeError("blank must be in label range");
  checkLengths(inputLengths, "input_lengths", samples, steps);
  checkLengths(targetLengths, "target_lengths", samples, Number.POSITIVE_INFINITY);
  const rows = labelRows(targets, targetLengths, samples);
  checkLabels(rows, classes);
  const width = Math.max(0, ...targetLengths);
  const padded = rows.flatMap((row) => [...row, ...new Array<number>(width - row.length).fill(blank)]);
  const labels = tensor(padded, { dtype: int64 }).view([samples, width]);
  return run(operations.ctcLoss, [logProbs, labels], { blank, inputLengths, targetLengths, zeroInfinity });
}

/**
 * Connectionist temporal classification (torch.nn.functional.ctc_loss): the negative log likelihood of labels whose
 * places in the sequence are not known. The mean is of the losses over the targets' lengths.
 * @param logProbs log probabilities, shape [T, N, C] or [T, C]
 * @param targets labels, shape [N, S], or [sum(targetLengths)] of all samples in a row
 * @param inputLengths how many steps count @param targetLengths how many labels count
 * @throws RuntimeError for shapes, lengths or a blank that do not go together
 */
export function ctcLoss(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: Lengths,
  targetLengths: Lengths,
  ...args: Signature<[blank?: number, reduction?: Reduction, zeroInfinity?: boolean], CtcOptions>
): Tensor {
  const bound = bind<Required<CtcOptions>>("ctc_loss", ["blank", "reduction", "zeroInfinity"], args, {
    blank: 0,
    reduction: "mean",
    zeroInfinity: false,
  });
  const reduction = checkedReduction({ ...reductionDefaults, reduction: bound.reduction });
  const { blank, zeroInfinity } = bound;
  const inputs = lengthsOf(inputLengths, "input_lengths");
  const lengths = lengthsOf(targetLengths, "target_lengths");
  const isBatch = logProbs.ndim !== 2;
  const batch = isBatch ? logProbs : logProbs.unsqueeze(1);
  if (batch.ndim !== 3) {
    throw new RuntimeError(
      `Expected 3-dimensional tensor, but got ${batch.ndim}-dimensional tensor for argument #1 'log_probs' ${place}`,
    );
  }
  const found = sampleLosses(batch, targets, inputs, lengths, blank, zeroInfinity);
  const losses = zeroInfinity ? choose(found.eq(Number.POSITIVE_INFINITY), 0, found) : found;
  if (reduction === "mean") {
    const divisors = tensor(
      lengths.map((length) => Math.max(length, 1)),
      { dtype: losses.dtype },
    );
    return losses.div(divisors).mean();
  }
  if (reduction === "sum") return losses.sum();
  return isBatch ? losses : losses.squeeze(0);
}
