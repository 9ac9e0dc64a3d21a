// The negative log likelihood and its gradient: for each target the log probability of its class.

import { float32, float64, int32, int64 } from "../../core/dtype.ts";
import { aligned, forEachPosition, type Operand } from "../../core/elements.ts";
import { IndexError } from "../../core/errors.ts";
import { Layout } from "../../core/layout.ts";
import type { GradientKernel, Kernel } from "../../core/op.ts";
import type { NllLossAttributes, NllLossGradientAttributes } from "../../ops/losses.ts";
import { loadOf, storeOf } from "./blocks.ts";
import { clear, fresh, intoRowMajor, moveElements, rowMajor } from "./move.ts";

/** Class weights as float64; undefined where each class counts 1. */
function classWeights(weight: Operand | undefined): Float64Array | undefined {
  if (weight === undefined) return undefined;
  const { storage, layout } = rowMajor(weight);
  const values = new Float64Array(layout.size);
  loadOf(layout.dtype)(storage.view(layout.dtype), layout.offset, 1, layout.size, values);
  return values;
}

/** For each target in row-major order its label, and the position of its class; -1 where it does not count. */
let labels = new Float64Array(64);
let places = new Float64Array(64);

/** Reads the targets' labels into `labels`. */
function readLabels(target: Operand): void {
  const { storage, layout } = rowMajor(target);
  const { dtype, size, offset } = layout;
  if (labels.length < size) {
    labels = new Float64Array(size);
    places = new Float64Array(size);
  }
  if (dtype !== int64) {
    loadOf(dtype)(storage.view(dtype), offset, 1, size, labels);
    return;
  }
  const words = storage.view(int32) as Int32Array;
  for (let i = 0, at = 2 * offset; i < size; i++, at += 2)
    labels[i] = words[at + 1]! * 4294967296 + (words[at]! >>> 0);
}

/**
 * Finds the classes of the targets in an array of log probabilities: `labels` and `places`.
 * @returns how many targets there are
 * @throws IndexError for a label that is no class
 */
function findClasses(classes: Layout, target: Operand, ignoreIndex: number): number {
  const { shape, size } = target.layout;
  readLabels(target);
  const axis = classes.shape.length === 1 ? 0 : 1;
  const classCount = classes.shape[axis]!;
  const stride = classes.strides[axis]!;
  if (shape.length <= 1) {
    const step = axis === 0 ? 0 : classes.strides[0]!;
    for (let i = 0, at = classes.offset; i < size; i++, at += step) places[i] = at;
  } else {
    const lines = new Layout(classes.dtype, shape, classes.strides.toSpliced(axis, 1), classes.offset);
    let count = 0;
    forEachPosition(lines, (position) => {
      places[count++] = position;
    });
  }
  for (let i = 0; i < size; i++) {
    const label = labels[i]!;
    if (label === ignoreIndex) places[i] = -1;
    else if (label >= 0 && label < classCount) places[i]! += label * stride;
    else throw new IndexError(`Target ${label} is out of bounds.`);
  }
  return size;
}

/** The weight of the class of a target. */
function weightOf(weights: Float64Array | undefined, target: number): number {
  return weights === undefined ? 1 : weights[labels[target]!]!;
}

const cell: Float64Array = new Float64Array(1);

const nllLoss: Kernel<NllLossAttributes> = (inputs, outputs, { reduction, ignoreIndex }) => {
  const [x, target, output] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const { storage, layout } = x.layout.isAligned ? x : aligned(x);
  const source = storage.view(layout.dtype);
  const [load, store] = [loadOf(layout.dtype), storeOf(output.layout.dtype)];
  const weights = classWeights(inputs[2]);
  const count = findClasses(layout, target, ignoreIndex);
  if (reduction === "none") {
    intoRowMajor(output, (whole) => {
      const out = whole.storage.view(whole.layout.dtype);
      for (let i = 0; i < count; i++) {
        cell[0] = 0;
        if (places[i]! >= 0) {
          load(source, places[i]!, 1, 1, cell);
          cell[0] = -cell[0]! * weightOf(weights, i);
        }
        store(cell, 1, out, whole.layout.offset + i, 1);
      }
    });
    return;
  }
  let total = 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    if (places[i]! < 0) continue;
    const factor = weightOf(weights, i);
    load(source, places[i]!, 1, 1, cell);
    sum -= cell[0]! * factor;
    total += factor;
  }
  cell[0] = reduction === "mean" ? sum / total : sum;
  store(cell, 1, output.storage.view(output.layout.dtype), output.layout.offset, 1);
};

/** The sum of the weights of the targets that count. */
function totalWeight(weights: Float64Array | undefined, count: number): number {
  let total = 0;
  for (let i = 0; i < count; i++) if (places[i]! >= 0) total += weightOf(weights, i);
  return total;
}

const nllLossGradient: Kernel<NllLossGradientAttributes> = (inputs, outputs, { reduction, ignoreIndex }) => {
  const output = outputs[0]!;
  const weights = classWeights(inputs[2]);
  const { storage, layout } = rowMajor(inputs[0]!);
  const source = storage.view(layout.dtype);
  const step = layout.size === 1 ? 0 : 1;
  const load = loadOf(layout.dtype);
  const whole = output.layout.isContiguous ? output : fresh(output.layout.dtype, output.layout.shape);
  const count = findClasses(whole.layout, inputs[1]!, ignoreIndex);
  const divisor = reduction === "mean" ? totalWeight(weights, count) : 1;
  const out = whole.storage.view(whole.layout.dtype);
  const store = storeOf(whole.layout.dtype);
  clear(whole);
  for (let i = 0; i < count; i++) {
    if (places[i]! < 0) continue;
    load(source, layout.offset + i * step, 1, 1, cell);
    cell[0] = (-weightOf(weights, i) * cell[0]!) / divisor;
    store(cell, 1, out, places[i]!, 1);
  }
  if (whole !== output) moveElements(whole, output);
};

/** Kernels of the negative log likelihood. */
export interface LikelihoodKernels {
  readonly nllLoss: Kernel<never>;
  readonly nllLossGradient: Kernel<never>;
}

export const likelihood: LikelihoodKernels = { nllLoss, nllLossGradient };

/** The gradient of nllLoss to row-major log probabilities, in one go. */
export const nllLossAtOnce: GradientKernel<NllLossAttributes> = ({ inputs, grads, attributes }, make) => {
  const [x, target, weight] = [inputs[0]!, inputs[1]!, inputs[2]];
  const { layout } = x;
  const { dtype } = layout;
  if ((dtype !== float32 && dtype !== float64) || layout.place < 0) return undefined;
  const result = make(layout);
  const { reduction, ignoreIndex } = attributes;
  const operands = weight === undefined ? [grads[0]!, target!] : [grads[0]!, target!, weight];
  nllLossGradient(operands, [result], { reduction, ignoreIndex, shape: layout.shape });
  return [result];
};
