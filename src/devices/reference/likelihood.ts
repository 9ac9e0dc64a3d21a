// The negative log likelihood and its gradient: for each target the log probability of its class.

import { aligned, type Operand } from "../../core/elements.ts";
import { IndexError } from "../../core/errors.ts";
import { Layout } from "../../core/layout.ts";
import type { Kernel } from "../../core/op.ts";
import type { NllLossAttributes, NllLossGradientAttributes } from "../../ops/losses.ts";
import { loadOf, storeOf } from "./blocks.ts";
import { clear, integers, intoRowMajor, rowMajor, rowWalk } from "./move.ts";
import { forEachRun } from "./walk.ts";

/** Class weights as float64; undefined where each class counts 1. */
function classWeights(weight: Operand | undefined): Float64Array | undefined {
  if (weight === undefined) return undefined;
  const { storage, layout } = rowMajor(weight);
  const values = new Float64Array(layout.size);
  loadOf(layout.dtype)(storage.view(layout.dtype), layout.offset, 1, layout.size, values);
  return values;
}

/**
 * Calls `visit` for each target that counts, in row-major order: the position of its class in an array of log
 * probabilities, the class's weight, and the position in another array of the target's shape.
 */
function forEachTarget(
  classes: Layout,
  target: Operand,
  other: Layout,
  weights: Float64Array | undefined,
  ignoreIndex: number,
  visit: (position: number, weight: number, otherPosition: number) => void,
): void {
  const axis = classes.rank === 1 ? 0 : 1;
  const classCount = classes.shape[axis]!;
  const stride = classes.strides[axis]!;
  const { storage, layout } = target.layout.isAligned ? target : aligned(target);
  const read = integers({ storage, layout });
  const visitRun = (
    start: number,
    step: number,
    line: number,
    lineStep: number,
    place: number,
    placeStep: number,
    count: number,
  ) => {
    for (let i = 0; i < count; i++) {
      const label = read(start + i * step);
      if (label === ignoreIndex) continue;
      if (!(label >= 0 && label < classCount)) throw new IndexError(`Target ${label} is out of bounds.`);
      visit(line + i * lineStep + label * stride, weights?.[label] ?? 1, place + i * placeStep);
    }
  };
  if (layout.rank <= 1) {
    // A batch of labels, the common case, needs no plan.
    const lineStep = classes.rank === 1 ? 0 : classes.strides[0]!;
    visitRun(
      layout.offset,
      layout.strides[0] ?? 0,
      classes.offset,
      lineStep,
      other.offset,
      other.strides[0] ?? 0,
      layout.size,
    );
    return;
  }
  const lines = new Layout(classes.dtype, layout.shape, classes.strides.toSpliced(axis, 1), classes.offset);
  const walk = rowWalk(layout.shape, [layout, lines, other]);
  const [step, lineStep, placeStep] = [walk.steps[0]!, walk.steps[1]!, walk.steps[2]!];
  forEachRun(walk, (at) => visitRun(at[0]!, step, at[1]!, lineStep, at[2]!, placeStep, walk.run));
}

const cell: Float64Array = new Float64Array(1);

const nllLoss: Kernel<NllLossAttributes> = ([x, target, weight], [output], { reduction, ignoreIndex }) => {
  const { storage, layout } = x!.layout.isAligned ? x! : aligned(x!);
  const source = storage.view(layout.dtype);
  const load = loadOf(layout.dtype);
  const out = output!.storage.view(output!.layout.dtype);
  const store = storeOf(output!.layout.dtype);
  const weights = classWeights(weight);
  if (reduction === "none") {
    intoRowMajor(output!, (whole) => {
      clear(whole);
      forEachTarget(layout, target!, whole.layout, weights, ignoreIndex, (position, factor, place) => {
        load(source, position, 1, 1, cell);
        cell[0] = -cell[0]! * factor;
        store(cell, 1, whole.storage.view(whole.layout.dtype), place, 1);
      });
    });
    return;
  }
  let total = 0;
  let sum = 0;
  forEachTarget(layout, target!, output!.layout, weights, ignoreIndex, (position, factor) => {
    load(source, position, 1, 1, cell);
    sum -= cell[0]! * factor;
    total += factor;
  });
  cell[0] = reduction === "mean" ? sum / total : sum;
  store(cell, 1, out, output!.layout.offset, 1);
};

/** The sum of the weights of the targets that count. */
function totalWeight(
  target: Operand,
  classes: Layout,
  weights: Float64Array | undefined,
  ignoreIndex: number,
): number {
  let total = 0;
  const nowhere = new Layout(classes.dtype, [], []);
  forEachTarget(classes, target, nowhere, weights, ignoreIndex, (_position, factor) => {
    total += factor;
  });
  return total;
}

const nllLossGradient: Kernel<NllLossGradientAttributes> = ([g, target, weight], [output], attributes) => {
  const { reduction, ignoreIndex } = attributes;
  const weights = classWeights(weight);
  const { storage, layout } = g!.layout.isAligned ? g! : aligned(g!);
  const source = storage.view(layout.dtype);
  const load = loadOf(layout.dtype);
  intoRowMajor(output!, (whole) => {
    clear(whole);
    const out = whole.storage.view(whole.layout.dtype);
    const store = storeOf(whole.layout.dtype);
    const isMean = reduction === "mean";
    const divisor = isMean ? totalWeight(target!, whole.layout, weights, ignoreIndex) : 1;
    forEachTarget(whole.layout, target!, layout, weights, ignoreIndex, (position, factor, place) => {
      load(source, place, 1, 1, cell);
      cell[0] = (-factor * cell[0]!) / divisor;
      store(cell, 1, out, position, 1);
    });
  });
};

/** Kernels of the negative log likelihood. */
export interface LikelihoodKernels {
  readonly nllLoss: Kernel<never>;
  readonly nllLossGradient: Kernel<never>;
}

export const likelihood: LikelihoodKernels = { nllLoss, nllLossGradient };
