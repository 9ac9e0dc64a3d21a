// Connectionist temporal classification: the forward and backward variables of Graves et al. (2006), "Connectionist
// temporal classification", equations 6 to 16, as logarithms in float64. Between and around the labels lies a blank.

import type { Operand } from "../../core/elements.ts";
import type { Kernel } from "../../core/op.ts";
import type { CtcAttributes } from "../../ops/losses.ts";
import { loadOf, storeOf } from "./blocks.ts";
import { clear, integers, intoRowMajor, rowMajor } from "./move.ts";

const nothing = Number.NEGATIVE_INFINITY;

/** log(exp(a) + exp(b) + exp(c)). */
function logSum(a: number, b: number, c: number): number {
  const most = Math.max(a, b, c);
  if (most === nothing) return nothing;
  return most + Math.log(Math.exp(a - most) + Math.exp(b - most) + Math.exp(c - most));
}

/** One sample: log probabilities [steps, classes] in a larger array, and the classes of labels and blanks. */
interface Sample {
  readonly index: number;
  readonly steps: number;
  /** How many places there are: a blank, then each label and a blank. */
  readonly places: number;
  /** The class at each place. */
  readonly classAt: Int32Array;
  /** The log probability of a class at a step. */
  readonly at: (step: number, label: number) => number;
}

/** The log probabilities as float64 and a walk through the samples. */
function forEachSample(
  x: Operand,
  target: Operand,
  { blank, inputLengths, targetLengths }: CtcAttributes,
  visit: (sample: Sample) => void,
): void {
  const [, samples, classes] = x.layout.shape as readonly [number, number, number];
  const source = rowMajor(x);
  const values = new Float64Array(source.layout.size);
  const { dtype, offset, size } = source.layout;
  loadOf(dtype)(source.storage.view(dtype), offset, 1, size, values);
  const labels = rowMajor(target);
  const read = integers(labels);
  const width = labels.layout.shape[1]!;
  const classAt = new Int32Array(2 * width + 1);
  for (let index = 0; index < samples; index++) {
    const places = 2 * targetLengths[index]! + 1;
    for (let s = 0; s < places; s++)
      classAt[s] = s % 2 === 0 ? blank : read(labels.layout.offset + index * width + (s - 1) / 2);
    const at = (step: number, label: number): number => values[(step * samples + index) * classes + label]!;
    visit({ index, steps: inputLengths[index]!, places, classAt, at });
  }
}

/** True iff the step before may lie two places back: over a blank, between labels that differ. */
function skips(classAt: Int32Array, s: number): boolean {
  return s > 1 && s % 2 === 1 && classAt[s] !== classAt[s - 2];
}

/** The forward variables, [steps, places] in `alpha`, and the log probability of the labels. */
function forward({ steps, places, classAt, at }: Sample, alpha: Float64Array): number {
  if (steps === 0) return places === 1 ? 0 : nothing;
  for (let s = 0; s < places; s++) alpha[s] = s < 2 ? at(0, classAt[s]!) : nothing;
  for (let t = 1; t < steps; t++) {
    const [row, before] = [t * places, (t - 1) * places];
    for (let s = 0; s < places; s++) {
      const last = s > 0 ? alpha[before + s - 1]! : nothing;
      const overBlank = skips(classAt, s) ? alpha[before + s - 2]! : nothing;
      alpha[row + s] = logSum(alpha[before + s]!, last, overBlank) + at(t, classAt[s]!);
    }
  }
  const end = steps * places;
  return logSum(alpha[end - 1]!, places > 1 ? alpha[end - 2]! : nothing, nothing);
}

/** The backward variables of one step, in `next` those of the step after. */
function backward(sample: Sample, t: number, beta: Float64Array, next: Float64Array): void {
  const { steps, places, classAt, at } = sample;
  for (let s = 0; s < places; s++) {
    const own = at(t, classAt[s]!);
    if (t === steps - 1) {
      beta[s] = s >= places - 2 ? own : nothing;
      continue;
    }
    const following = s + 1 < places ? next[s + 1]! : nothing;
    const overBlank = s + 2 < places && skips(classAt, s + 2) ? next[s + 2]! : nothing;
    beta[s] = logSum(next[s]!, following, overBlank) + own;
  }
}

/** Room for the forward variables of the longest sample. */
function room({ inputLengths, targetLengths }: CtcAttributes): Float64Array {
  return new Float64Array(Math.max(0, ...inputLengths) * (2 * Math.max(0, ...targetLengths) + 1));
}

const ctcLoss: Kernel<CtcAttributes> = ([x, target], [output], attributes) => {
  const { storage, layout } = output!;
  const out = storage.view(layout.dtype);
  const store = storeOf(layout.dtype);
  const alpha = room(attributes);
  const cell = new Float64Array(1);
  forEachSample(x!, target!, attributes, (sample) => {
    cell[0] = -forward(sample, alpha);
    store(cell, 1, out, layout.offset + sample.index * layout.strides[0]!, 1);
  });
};

const ctcLossGradient: Kernel<CtcAttributes> = ([g, x, target], [output], attributes) => {
  const samples = x!.layout.shape[1]!;
  const flowing = new Float64Array(samples);
  const back = rowMajor(g!);
  loadOf(back.layout.dtype)(back.storage.view(back.layout.dtype), back.layout.offset, 1, samples, flowing);
  intoRowMajor(output!, (whole) => {
    clear(whole);
    const alpha = room(attributes);
    forEachSample(x!, target!, attributes, (sample) => {
      const total = forward(sample, alpha);
      if (total === nothing && attributes.zeroInfinity) return;
      sampleGradient(sample, alpha, total, flowing[sample.index]!, whole);
    });
  });
};

/** Writes what flows to the log probabilities of one sample. */
function sampleGradient(
  sample: Sample,
  alpha: Float64Array,
  total: number,
  flowing: number,
  { storage, layout }: Operand,
): void {
  const [, samples, classes] = layout.shape as readonly [number, number, number];
  const { index, steps, places, classAt, at } = sample;
  const out = storage.view(layout.dtype);
  const store = storeOf(layout.dtype);
  const line = new Float64Array(classes);
  let [beta, next] = [new Float64Array(places), new Float64Array(places)];
  for (let t = steps - 1; t >= 0; t--) {
    [beta, next] = [next, beta];
    backward(sample, t, beta, next);
    line.fill(nothing);
    for (let s = 0; s < places; s++) {
      const label = classAt[s]!;
      line[label] = logSum(line[label]!, alpha[t * places + s]! + beta[s]!, nothing);
    }
    for (let c = 0; c < classes; c++) {
      const own = at(t, c);
      line[c] = (Math.exp(own) - Math.exp(line[c]! - total - own)) * flowing;
    }
    store(line, classes, out, layout.offset + (t * samples + index) * classes, 1);
  }
}

/** Kernels of connectionist temporal classification. */
export interface CtcKernels {
  readonly ctcLoss: Kernel<never>;
  readonly ctcLossGradient: Kernel<never>;
}

export const ctc: CtcKernels = { ctcLoss, ctcLossGradient };
