// Normalisation of groups of float32 elements, with statistics in double precision, rounded where the reference rounds.

import { float32 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { type Kernels, kernels } from "../../kernels/instance.ts";
import type { NormalizeAttributes } from "../../ops/normalization.ts";
import { groupSize } from "../../ops/shapes.ts";
import { intoRowMajor, rowMajor } from "../reference/move.ts";
import type { Row, Rows } from "./device.ts";

/** Parts of a group that lie together are worked on as a whole: not longer ones, and across a batch not shorter ones. */
const longestPart = 2 ** 22;
const shortestPart = 32;

type Values = Float32Array;

const valuesOf = ({ storage, layout }: Operand): Values =>
  (storage.view(float32) as Values).subarray(layout.offset, layout.offset + layout.size);

const single = Math.fround;

/** One group's mean and variance; the squares as far as the group goes. */
interface Statistics {
  readonly mean: number;
  readonly squares: number;
}

/** A way to a group's parts: copies each in and calls with where it is. */
type Parts = (visit: (at: number) => number) => number;

function statisticsOf(
  made: Kernels,
  parts: Parts,
  block: number,
  size: number,
  isRounded: boolean,
): Statistics {
  const { exports } = made;
  const whole = parts((at) => exports.sum32(at, block)) / size;
  const mean = isRounded ? single(whole) : whole;
  const squares = parts((at) =>
    isRounded ? exports.roundedSquares32(at, block, mean) : exports.squares32(at, block, mean),
  );
  return { mean, squares: isRounded ? single(squares) : squares };
}

/** What of the operands the work is done on: x[N, G, K, L], and where in scratch the part, the weights and biases are. */
interface Work {
  readonly made: Kernels;
  readonly x: Values;
  readonly y: Values;
  readonly scale: Values | undefined;
  readonly shift: Values | undefined;
  readonly shape: readonly [number, number, number, number];
  readonly part: number;
  readonly weights: number;
  readonly biases: number;
}

/** Normalises one part, which is in scratch, and copies it out. */
function apply(work: Work, begin: number, group: number, mean: number, factor: number): void {
  const { made, y, scale, shift, part, weights, biases } = work;
  const [, , channels, inner] = work.shape;
  const { exports, floats } = made;
  if (scale === undefined && shift === undefined) {
    exports.normalize32(part, channels * inner, mean, factor, 0);
  } else if (inner === 1) {
    exports.normalizeEach32(part, channels, mean, factor, weights, biases);
  } else {
    for (let k = 0; k < channels; k++) {
      const channel = group * channels + k;
      const scaled = factor * (scale?.[channel] ?? 1);
      exports.normalize32(part + 4 * k * inner, inner, mean, scaled, shift?.[channel] ?? 0);
    }
  }
  y.set(floats.subarray(part >> 2, (part >> 2) + channels * inner), begin);
}

function normalizeGroups(work: Work, outputs: readonly Values[], attributes: NormalizeAttributes): void {
  const { made, x, shape, part } = work;
  const [batch, groups, channels, inner] = shape;
  const { acrossBatch } = attributes;
  const [means, inverses, variances] = outputs as [Values, Values, Values];
  const block = channels * inner;
  const [count, partCount] = acrossBatch ? [groups, batch] : [batch * groups, 1];
  const size = groupSize(shape, attributes);
  const eps = single(attributes.eps);
  for (let group = 0; group < count; group++) {
    const copyIn = (index: number): number => {
      const begin = (group + index * groups) * block;
      made.floats.set(x.subarray(begin, begin + block), part >> 2);
      return begin;
    };
    if (partCount === 1) copyIn(0);
    const parts: Parts = (visit) => {
      if (partCount === 1) return visit(part);
      let sum = 0;
      for (let index = 0; index < partCount; index++) {
        copyIn(index);
        sum += visit(part);
      }
      return sum;
    };
    const { mean, squares } = statisticsOf(made, parts, block, size, acrossBatch);
    const variance = single(squares / size);
    means[group] = mean;
    variances[group] = variance;
    const inverse = single(1 / single(Math.sqrt(single(variance + eps))));
    inverses[group] = inverse;
    for (let index = 0; index < partCount; index++) {
      const begin = partCount === 1 ? group * block : copyIn(index);
      apply(work, begin, group % groups, mean, inverse);
    }
  }
}

function prepared(x: Operand, weight: Operand | undefined, bias: Operand | undefined, y: Operand): Work {
  const made = kernels()!;
  const shape = [...x.layout.shape] as [number, number, number, number];
  const length = shape[2] * shape[3];
  const each = shape[3] === 1 ? length : 0;
  // A vector behind each is read.
  const part = made.scratch(4 * (length + 2 * each + 12));
  const weights = part + 4 * (length + 4);
  const biases = weights + 4 * (each + 4);
  const scale = weight === undefined ? undefined : valuesOf(rowMajor(weight));
  const shift = bias === undefined ? undefined : valuesOf(rowMajor(bias));
  if (each > 0 && shape[1] === 1) {
    if (scale === undefined) made.floats.fill(1, weights >> 2, (weights >> 2) + each);
    else made.floats.set(scale, weights >> 2);
    if (shift === undefined) made.floats.fill(0, biases >> 2, (biases >> 2) + each);
    else made.floats.set(shift, biases >> 2);
  }
  return { made, x: valuesOf(rowMajor(x)), y: valuesOf(y), scale, shift, shape, part, weights, biases };
}

const isSingle = (operand: Operand): boolean => operand.layout.dtype === float32;

const normalize: Row<NormalizeAttributes> = {
  // Each part of a group is a call of its own: what counts is its length. With 128 it takes as long as the reference.
  work: ([x]) => x!.layout.shape[2]! * x!.layout.shape[3]!,
  least: 128,
  run: (inputs, outputs, attributes) => {
    const [x, weight, bias] = inputs;
    const [, , channels, inner] = x!.layout.shape as readonly [number, number, number, number];
    const length = channels * inner;
    if (![...inputs, ...outputs].every(isSingle) || x!.layout.size === 0 || length > longestPart)
      return false;
    const isFine = inner === 1 ? x!.layout.shape[1] !== 1 : inner < shortestPart;
    if (isFine || (attributes.acrossBatch && length < shortestPart)) return false;
    if (!outputs.slice(1).every(({ layout }) => layout.isContiguous)) return false;
    const [y, ...statistics] = outputs;
    intoRowMajor(y!, (target) => {
      normalizeGroups(prepared(x!, weight, bias, target), statistics.map(valuesOf), attributes);
    });
    return true;
  },
};

export const normalizationRows: Rows = { normalize: normalize as Row<never> };
