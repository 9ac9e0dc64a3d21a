// Normalisation of groups of float32 elements. Groups that lie together are worked on several at a time, with statistics as
// good as in double precision; batch normalisation's lie in parts, and are rounded where the reference rounds.

import { float32 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { copyIn, copyOut, placeToRead, placeToWrite } from "../../kernels/copy.ts";
import type { Kernels } from "../../kernels/instance.ts";
import { kernels, kernelsFor } from "../../kernels/use.ts";
import type { NormalizeAttributes } from "../../ops/normalization.ts";
import { groupSize } from "../../ops/shapes.ts";
import { intoRowMajor, rowMajor } from "../reference/move.ts";
import type { Row, Rows } from "./device.ts";

/** About so many elements are worked on at a time. */
const blockLength = 2 ** 15;
/** Several threads, which find all numbers where they lie, share so many blocks at a time. */
const blocksTogether = 2 ** 6;
/** From how many elements on threads pay. */
const leastThreaded = 2 ** 16;
/** Parts of a group that lie together are worked on as a whole: not longer ones, and across a batch not shorter ones. */
const longestPart = 2 ** 22;
const shortestPart = 32;

type Values = Float32Array;

const valuesOf = ({ storage, layout }: Operand): Values =>
  (storage.view(float32) as Values).subarray(layout.offset, layout.offset + layout.size);

const single = Math.fround;

/** What of the operands the work is done on: x[N, G, K, L] and the channels' weights and biases. */
interface Work {
  readonly made: Kernels;
  readonly x: Values;
  readonly y: Values;
  readonly scale: Values | undefined;
  readonly shift: Values | undefined;
  readonly shape: readonly [number, number, number, number];
}

/** Where kernels find the channels' weights and biases, which are copied to scratch; addresses of 0 where there are none. */
function bringWeights({ made, scale, shift }: Work, at: number, all: number): readonly [number, number] {
  if (scale === undefined && shift === undefined) return [0, 0];
  const { floats } = made;
  const [weights, biases] = [at >> 2, (at >> 2) + all + 4];
  if (scale === undefined) floats.fill(1, weights, weights + all);
  else floats.set(scale, weights);
  if (shift === undefined) floats.fill(0, biases, biases + all);
  else floats.set(shift, biases);
  return [4 * weights, 4 * biases];
}

/** Groups one behind the other. */
function normalizeTogether(work: Work, outputs: readonly Values[], { eps }: NormalizeAttributes): void {
  const { made, x, y, shape } = work;
  const [batch, kinds, channels, inner] = shape;
  const [means, inverses, variances] = outputs as [Values, Values, Values];
  const [count, length, all] = [batch * kinds, channels * inner, kinds * channels];
  const each = Math.max(1, Math.min(count, Math.floor(blockLength / length)));
  const together = made.threads > 1 ? Math.min(count, blocksTogether * each) : each;
  // A vector behind each is read.
  const at = made.scratch(4 * (each * length + 2 * all + 3 * together + 12));
  const weightsAt = at + 4 * (each * length + 4);
  const statistics = weightsAt + 8 * (all + 4);
  const [weights, biases] = bringWeights(work, weightsAt, all);
  const { exports, floats } = made;
  for (let first = 0; first < count; first += together) {
    const groups = Math.min(together, count - first);
    const [begin, n] = [first * length, groups * length];
    const from = placeToRead(made, x, begin, n, at);
    const to = placeToWrite(made, y, begin, n, at);
    const numbers = [from, to, first, kinds, channels, inner, eps, weights, biases, statistics] as const;
    if (groups <= each) exports.normalizeGroups32(...numbers, groups);
    else {
      const steps = [4 * length, 4 * length, 1, 0, 0, 0, 0, 0, 0, 12];
      made.inParts("normalizeGroups32", numbers, steps, groups, each);
    }
    if (to === at) copyOut(made, y, begin, at, n);
    for (let group = 0, place = statistics >> 2; group < groups; group++, place += 3) {
      means[first + group] = floats[place]!;
      inverses[first + group] = floats[place + 1]!;
      variances[first + group] = floats[place + 2]!;
    }
  }
}

/** Groups that have a part in each instance of the batch: each part is copied in for the mean, the squares and the result. */
function normalizeAcross(work: Work, outputs: readonly Values[], attributes: NormalizeAttributes): void {
  const { made, x, y, scale, shift, shape } = work;
  const [batch, groups, channels, inner] = shape;
  const [means, inverses, variances] = outputs as [Values, Values, Values];
  const block = channels * inner;
  const size = groupSize(shape, attributes);
  const eps = single(attributes.eps);
  // A vector behind is read.
  const part = made.scratch(4 * (block + 4));
  const { exports } = made;
  for (let group = 0; group < groups; group++) {
    const overParts = (visit: (begin: number) => number): number => {
      let sum = 0;
      for (let index = 0; index < batch; index++) {
        const begin = (group + index * groups) * block;
        copyIn(made, part, x, begin, block);
        sum += visit(begin);
      }
      return sum;
    };
    const mean = single(overParts(() => exports.sum32(part, block)) / size);
    const squares = single(overParts(() => exports.roundedSquares32(part, block, mean)));
    const variance = single(squares / size);
    const inverse = single(1 / single(Math.sqrt(single(variance + eps))));
    means[group] = mean;
    variances[group] = variance;
    inverses[group] = inverse;
    overParts((begin) => {
      for (let k = 0; k < channels; k++) {
        const channel = group * channels + k;
        const factor = inverse * (scale?.[channel] ?? 1);
        exports.normalize32(part + 4 * k * inner, inner, mean, factor, shift?.[channel] ?? 0);
      }
      copyOut(made, y, begin, part, block);
      return 0;
    });
  }
}

const isSingle = (operand: Operand): boolean => operand.layout.dtype === float32;

const normalize: Row<NormalizeAttributes> = {
  // Elements: with 128 it takes as long as the reference.
  work: ([x]) => x!.layout.size,
  least: 128,
  run: (inputs, outputs, attributes) => {
    const [x, weight, bias] = inputs;
    const [, , channels, inner] = x!.layout.shape as readonly [number, number, number, number];
    const { acrossBatch } = attributes;
    const length = channels * inner;
    if (![...inputs, ...outputs].every(isSingle) || x!.layout.size === 0 || length > longestPart)
      return false;
    if (inner === 1 ? acrossBatch : inner < (acrossBatch ? shortestPart : 4)) return false;
    if (!outputs.slice(1).every(({ layout }) => layout.isContiguous)) return false;
    const [y, ...statistics] = outputs;
    const values = (operand: Operand | undefined): Values | undefined =>
      operand === undefined ? undefined : valuesOf(rowMajor(operand));
    const compute = acrossBatch ? normalizeAcross : normalizeTogether;
    intoRowMajor(y!, (target) => {
      const [from, to] = [valuesOf(rowMajor(x!)), valuesOf(target)];
      const work: Work = {
        made: (acrossBatch ? kernels(from, to) : kernelsFor(from.length, leastThreaded, from, to))!,
        x: from,
        y: to,
        scale: values(weight),
        shift: values(bias),
        shape: x!.layout.shape as unknown as Work["shape"],
      };
      compute(work, statistics.map(valuesOf), attributes);
    });
    return true;
  },
};

export const normalizationRows: Rows = { normalize: normalize as Row<never> };
