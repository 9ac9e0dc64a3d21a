// The table of the reductions' kernels: what each folds with, and the search for positions of extremes.

import type { Operand, Scalar } from "../../core/elements.ts";
import { insertAxis, keepAxes, Layout } from "../../core/layout.ts";
import type { Kernel } from "../../core/op.ts";
import { Storage } from "../../core/storage.ts";
import type * as reductions from "../../ops/reductions.ts";
import type { PositionAttributes } from "../../ops/reductions.ts";
import { castInto } from "./cast.ts";
import {
  type Arithmetic,
  arithmeticOf,
  forEachLane,
  laneOf,
  larger,
  readerOf,
  smaller,
  writerOf,
} from "./lanes.ts";
import { type PairFold, reductionKernel } from "./reductions.ts";

/** The sum of a block over four lanes, which the processor can do at once. */
function sumBlock(accumulated: number, values: Float64Array, count: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  for (; i + 3 < count; i += 4) {
    a += values[i]!;
    b += values[i + 1]!;
    c += values[i + 2]!;
    d += values[i + 3]!;
  }
  for (; i < count; i++) a += values[i]!;
  return accumulated + (a + b + (c + d));
}

/** From this many elements on, a loop over a view that begins at 0 takes half the time. */
const longRun = 256;

function sumBlock32(source: Float32Array, start: number, step: number, count: number): number {
  if (step === 1 && count >= longRun) return sumRun32(source.subarray(start, start + count));
  let sum = 0;
  for (let i = 0, at = start; i < count; i++, at += step) sum += source[at]!;
  return sum;
}

function sumRun32(values: Float32Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = values.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    a += values[i]!;
    b += values[i + 1]!;
    c += values[i + 2]!;
    d += values[i + 3]!;
  }
  for (let i = whole; i < values.length; i++) a += values[i]!;
  return a + b + (c + d);
}

const isNaNPair = (re: number, im: number): boolean => Number.isNaN(re) || Number.isNaN(im);

/** Keeps the pair that comes first by real, then imaginary part in the direction; NaN stays. */
const extremePair =
  (direction: 1 | -1): PairFold =>
  (into, re, im) => {
    const [oldRe, oldIm] = [into[0]!, into[1]!];
    if (isNaNPair(oldRe, oldIm)) return;
    const difference = oldRe === re ? direction * (im - oldIm) : direction * (re - oldRe);
    if (difference > 0 || isNaNPair(re, im)) {
      into[0] = re;
      into[1] = im;
    }
  };

/** The operand in one row-major row. */
function flattened(operand: Operand): Operand {
  const { dtype, size } = operand.layout;
  const flat = {
    storage: Storage.empty(dtype, size),
    layout: Layout.contiguous(dtype, operand.layout.shape),
  };
  castInto(operand, flat, "torch");
  return { storage: flat.storage, layout: Layout.contiguous(dtype, [size]) };
}

/** The place in a lane of the first extreme, or of the first NaN. */
function findExtreme(
  read: (index: number) => Scalar,
  length: number,
  rule: Arithmetic,
  direction: number,
): number {
  let place = 0;
  let best = read(0);
  if (rule.isNaN(best)) return 0;
  for (let i = 1; i < length; i++) {
    const value = read(i);
    if (rule.isNaN(value)) return i;
    if (direction * rule.compare(value, best) > 0) {
      best = value;
      place = i;
    }
  }
  return place;
}

/** The position of the first extreme along an axis, or over all elements in row-major order. */
function positionKernel(direction: 1 | -1): Kernel<never> {
  const kernel: Kernel<PositionAttributes> = ([input], [output], { axis, keepdims }) => {
    const source = axis === null ? flattened(input!) : input!;
    const along = axis ?? 0;
    const read = readerOf(source);
    const write = writerOf(output!);
    const rule = arithmeticOf(source.layout);
    const { length, step } = laneOf(source.layout, along);
    const places = axis === null ? keepAxes(output!.layout, () => false) : output!.layout;
    const target = axis === null || !keepdims ? places : keepAxes(places, (each) => each !== along);
    // The lanes of the result, one element long, beside those of the source.
    const lanes = source.layout.rank === 0 ? target : insertAxis(target, along, 0, 1);
    forEachLane([lanes, source.layout], along, (at) => {
      write(at[0]!, BigInt(findExtreme((i) => read(at[1]! + i * step), length, rule, direction)));
    });
  };
  return kernel as Kernel<never>;
}

const truth = (isAny: boolean): Kernel<never> => {
  const fold = isAny
    ? (accumulated: number, value: number): number => (accumulated !== 0 || value !== 0 ? 1 : 0)
    : (accumulated: number, value: number): number => (accumulated !== 0 && value !== 0 ? 1 : 0);
  return reductionKernel({
    initial: isAny ? 0 : 1,
    fold,
    pair: (into, re, im) => {
      into[0] = fold(into[0]!, re !== 0 || im !== 0 ? 1 : 0);
    },
  });
};

/** The kernels of the reductions but `productOfOthers`, which is among the scans. */
export const reducers: {
  readonly [Name in Exclude<keyof typeof reductions, "productOfOthers">]: Kernel<never>;
} = {
  sum: reductionKernel({
    initial: 0,
    fold: (accumulated, value) => accumulated + value,
    block: sumBlock,
    columns: (accumulated, values, count) => {
      for (let j = 0; j < count; j++) accumulated[j]! += values[j]!;
    },
    block32: sumBlock32,
    big: { initial: 0n, fold: (accumulated, value) => accumulated + value },
    grows: "slowly",
    pair: (into, re, im) => {
      into[0]! += re;
      into[1]! += im;
    },
  }),
  prod: reductionKernel({
    initial: 1,
    fold: (accumulated, value) => accumulated * value,
    big: { initial: 1n, fold: (accumulated, value) => BigInt.asIntN(64, accumulated * value) },
    grows: "fast",
    pair: (into, re, im) => {
      const [oldRe, oldIm] = [into[0]!, into[1]!];
      into[0] = oldRe * re - oldIm * im;
      into[1] = oldRe * im + oldIm * re;
    },
  }),
  amax: reductionKernel({
    initial: -Infinity,
    fold: (accumulated, value) => (value > accumulated || Number.isNaN(value) ? value : accumulated),
    big: { initial: undefined, fold: larger },
    pair: extremePair(1),
    pairFromFirst: true,
  }),
  amin: reductionKernel({
    initial: Infinity,
    fold: (accumulated, value) => (value < accumulated || Number.isNaN(value) ? value : accumulated),
    big: { initial: undefined, fold: smaller },
    pair: extremePair(-1),
    pairFromFirst: true,
  }),
  any: truth(true),
  all: truth(false),
  argmax: positionKernel(1),
  argmin: positionKernel(-1),
};
