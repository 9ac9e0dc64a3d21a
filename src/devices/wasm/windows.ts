// Where the windows of a convolution lie: along each axis, and as tables of byte offsets over planes of up to three axes.
// A convolution and its gradient by the input are the same thing here: results at places, each a sum over taps of elements
// of planes. The gradient of a convolution with strides falls into phases, one for each remainder of a place: each is a
// convolution without strides by those taps that hit.

import type { ConvolutionAttributes } from "../../ops/convolution.ts";

/** Places along an axis, and the taps that are summed at each. */
export interface AxisPhase {
  /** Where the first result is written, how far the next, and how many there are. */
  readonly first: number;
  readonly outStep: number;
  readonly count: number;
  /** How far the window moves in the planes from place to place. */
  readonly step: number;
  /** The taps by number, and where each is in the planes at the first place. */
  readonly taps: readonly number[];
  readonly shifts: readonly number[];
}

/** A phase of three axes. */
export type Phase = readonly [AxisPhase, AxisPhase, AxisPhase];

export type Lengths = readonly [number, number, number];

/** Lengths of up to three axes as those of three. */
export function threeAxes(lengths: readonly number[], filler = 1): Lengths {
  const all = [...Array.from({ length: 3 - lengths.length }, () => filler), ...lengths];
  return [all[0]!, all[1]!, all[2]!];
}

/** How a kernel goes over three axes. */
export interface Windows {
  readonly kernel: Lengths;
  readonly stride: Lengths;
  readonly dilation: Lengths;
  readonly before: Lengths;
}

export function windowsOf(
  kernel: readonly number[],
  { stride, padding, dilation }: ConvolutionAttributes,
): Windows {
  return {
    kernel: threeAxes(kernel),
    stride: threeAxes(stride),
    dilation: threeAxes(dilation),
    before: threeAxes(
      padding.map(([before]) => before),
      0,
    ),
  };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The one phase of a convolution to so many places. */
export function forwardPhase({ kernel, stride, dilation, before }: Windows, places: Lengths): Phase {
  const axis = (k: number): AxisPhase => {
    const taps = upTo(kernel[k]!);
    const shifts = taps.map((tap) => tap * dilation[k]! - before[k]!);
    return { first: 0, outStep: 1, count: places[k]!, step: stride[k]!, taps, shifts };
  };
  return [axis(0), axis(1), axis(2)];
}

/** The phases of the gradient by an input of these lengths; the planes are those of what flows back. */
export function backwardPhases({ kernel, stride, dilation, before }: Windows, lengths: Lengths): Phase[] {
  const axis = (k: number): AxisPhase[] =>
    upTo(Math.min(stride[k]!, lengths[k]!)).map((first) => {
      const shift = (tap: number): number => first + before[k]! - tap * dilation[k]!;
      const taps = upTo(kernel[k]!).filter((tap) => shift(tap) % stride[k]! === 0);
      const shifts = taps.map((tap) => shift(tap) / stride[k]!);
      const count = Math.ceil((lengths[k]! - first) / stride[k]!);
      return { first, outStep: stride[k]!, count, step: 1, taps, shifts };
    });
  return axis(0).flatMap((z) => axis(1).flatMap((y) => axis(2).map((x): Phase => [z, y, x])));
}

/** Planes with room before and behind for all windows. */
export interface Padded {
  /** How far the origin lies behind the beginning. */
  readonly before: Lengths;
  readonly lengths: Lengths;
  /** Elements of a plane. */
  readonly size: number;
  /** True iff nothing is added. */
  readonly isPlain: boolean;
}

/** What planes of these lengths need around them. */
export function paddedFor(phases: readonly Phase[], lengths: Lengths): Padded {
  const reach = (k: number): { low: number; high: number } => {
    let [low, high] = [0, lengths[k]!];
    for (const phase of phases) {
      const { shifts, count, step } = phase[k]!;
      for (const shift of shifts) {
        low = Math.min(low, shift);
        high = Math.max(high, shift + (count - 1) * step + 1);
      }
    }
    return { low: -low, high };
  };
  const [z, y, x] = [reach(0), reach(1), reach(2)];
  return paddedBy([z.low, y.low, x.low], [z.low + z.high, y.low + y.high, x.low + x.high], lengths);
}

export function paddedBy(before: Lengths, lengths: Lengths, plain: Lengths): Padded {
  const size = lengths[0] * lengths[1] * lengths[2];
  return { before, lengths, size, isPlain: lengths.every((length, k) => length === plain[k]) };
}

/** How many places a phase has. */
export const placeCount = (phase: Phase): number => phase[0].count * phase[1].count * phase[2].count;

/** How many taps a phase has. */
export const tapCount = (phase: Phase): number =>
  phase[0].taps.length * phase[1].taps.length * phase[2].taps.length;

/** Fills a table with the sums of an offset for each image or channel and each position of three axes. */
function fill(
  into: Int32Array,
  outer: number,
  outerStep: number,
  [z, y, x]: readonly (readonly number[])[],
): void {
  let at = 0;
  for (let i = 0; i < outer; i++) {
    for (const back of z!) {
      for (const down of y!) {
        const base = i * outerStep + back + down;
        for (let k = 0; k < x!.length; k++) into[at++] = (base + x![k]!) * 4;
      }
    }
  }
}

const steps = ({ lengths }: { readonly lengths: Lengths }): Lengths => [
  lengths[1] * lengths[2],
  lengths[2],
  1,
];

/** Where the windows stand in the planes of images that lie `imageStep` elements apart. */
export function fillPlaces(
  into: Int32Array,
  phase: Phase,
  padded: Padded,
  images: number,
  imageStep: number,
): void {
  const step = steps(padded);
  const along = phase.map(({ count, step: by }, k) =>
    upTo(count).map((place) => (place * by + padded.before[k]!) * step[k]!),
  );
  fill(into, images, imageStep, along);
}

/** Where the taps of channels lie from there. */
export function fillTaps(into: Int32Array, phase: Phase, padded: Padded, channels: number): void {
  const step = steps(padded);
  fill(
    into,
    channels,
    padded.size,
    phase.map(({ shifts }, k) => shifts.map((shift) => shift * step[k]!)),
  );
}

/** Where the taps of channels lie in a filter. */
export function fillWeights(
  into: Int32Array,
  phase: Phase,
  kernel: Lengths,
  channels: number,
  step: number,
): void {
  const along = steps({ lengths: kernel });
  fill(
    into,
    channels,
    step,
    phase.map(({ taps }, k) => taps.map((tap) => tap * along[k]!)),
  );
}

/** Where the results of images that lie `imageStep` elements apart are written in planes of these lengths. */
export function fillResults(
  into: Int32Array,
  phase: Phase,
  lengths: Lengths,
  images: number,
  imageStep: number,
): void {
  const step = steps({ lengths });
  const along = phase.map(({ first, outStep, count }, k) =>
    upTo(count).map((place) => (first + place * outStep) * step[k]!),
  );
  fill(into, images, imageStep, along);
}

/** Where the rows of places of one image begin. */
export function fillRows(into: Int32Array, [z, y, x]: Phase, padded: Padded): void {
  fillPlaces(into, [z, y, { ...x, count: 1 }], padded, 1, 0);
}

/** Fours of places side by side, the last of a row again where it has fewer: where they begin, and their results. */
export function fillFours(into: Int32Array, [z, y, x]: Phase, padded: Padded, lengths: Lengths): void {
  const [planes, results] = [steps(padded), steps({ lengths })];
  let at = 0;
  for (let back = 0; back < z.count; back++) {
    for (let down = 0; down < y.count; down++) {
      const from =
        (back * z.step + padded.before[0]) * planes[0] +
        (down * y.step + padded.before[1]) * planes[1] +
        padded.before[2];
      const to =
        (z.first + back * z.outStep) * results[0] + (y.first + down * y.outStep) * results[1] + x.first;
      for (let i = 0; i < x.count; i += 4) {
        const place = Math.min(i, x.count - 4);
        into[at++] = (from + place * x.step) * 4;
        into[at++] = (to + place * x.outStep) * 4;
      }
    }
  }
}
