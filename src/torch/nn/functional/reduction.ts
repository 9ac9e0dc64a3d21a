// What becomes of the losses of single items, and PyTorch's two older parameters for it (torch/nn/_reduction.py).

import { ValueError } from "../../../core/errors.ts";
import { sameShape } from "../../../core/layout.ts";
import { warn } from "../../../core/warnings.ts";
import { sizeText } from "../../errors.ts";
import { broadcastTensors } from "../../grids.ts";
import type { Tensor } from "../../tensor.ts";

/** What becomes of the losses of single items. */
export type Reduction = "none" | "mean" | "sum";

/** What a loss takes by name to say what becomes of the losses of single items. */
export interface ReductionOptions {
  /** Deprecated: false for the sum instead of the mean. */
  readonly sizeAverage?: boolean | null;
  /** Deprecated: false for the losses themselves. */
  readonly reduce?: boolean | null;
  /** Default "mean". */
  readonly reduction?: Reduction;
}

/** `ReductionOptions` as `bind` gives them. */
export type BoundReduction = Required<ReductionOptions>;

/** The defaults of the three parameters. */
export const reductionDefaults: BoundReduction = { sizeAverage: null, reduce: null, reduction: "mean" };

const reductions: readonly string[] = ["none", "mean", "sum"];

/** @throws ValueError for a reduction that is none */
export function checkReduction(reduction: string): void {
  if (!reductions.includes(reduction))
    throw new ValueError(`${reduction} is not a valid value for reduction`);
}

/** The reduction that the older parameters ask for, with a warning, else the one given by name. */
export function reductionOf({ sizeAverage, reduce, reduction }: BoundReduction): Reduction {
  if (sizeAverage === null && reduce === null) return reduction;
  const meant = (reduce ?? true) ? ((sizeAverage ?? true) ? "mean" : "sum") : "none";
  warn(
    "UserWarning",
    `size_average and reduce args will be deprecated, please use reduction='${meant}' instead.`,
  );
  return meant;
}

/**
 * The reduction that is meant.
 * @throws ValueError for one that is none
 */
export function checkedReduction(bound: BoundReduction): Reduction {
  return knownReduction(reductionOf(bound));
}

/**
 * The reduction of a name.
 * @throws ValueError for one that is none
 */
export function knownReduction(reduction: string): Reduction {
  if (reduction === "elementwise_mean") {
    warn("UserWarning", "reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.");
    return "mean";
  }
  checkReduction(reduction);
  return reduction as Reduction;
}

/** The losses of single items as they are, their mean or their sum. */
export function reduced(losses: Tensor, reduction: Reduction): Tensor {
  if (reduction === "none") return losses;
  return reduction === "sum" ? losses.sum() : losses.mean();
}

/** The input and the target in one shape, with a warning where they were not. */
export function stretched(input: Tensor, target: Tensor): readonly [Tensor, Tensor] {
  const [x, t] = [input.layout.shape, target.layout.shape];
  if (sameShape(x, t)) return [input, target];
  warn(
    "UserWarning",
    `Using a target size (${sizeText(t)}) that is different to the input size (${sizeText(x)}). This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.`,
  );
  const [values, wanted] = broadcastTensors(input, target);
  return [values!, wanted!];
}
