// Convolutions with kernels of 3 x 3 by Winograd's products (kernels/winograd.ts).

import { copyIn, copyOut, placeToRead, placeToWrite } from "../../kernels/copy.ts";
import type { Kernels } from "../../kernels/instance.ts";
import { type Convolution, floatsAt, imagesAtOnce, panelsAtOnce, Room, volume } from "./convolve.ts";
import { copyImages, imageSizes } from "./images.ts";
import { type AxisPhase, type Lengths, type Padded, paddedBy } from "./windows.ts";

/** Fewer channels or filters are done directly: what the transforms cost is shared by all of the other. */
const fewest = 16;

function isThree({ outStep, step, shifts }: AxisPhase): boolean {
  return outStep === 1 && step === 1 && shifts.length === 3 && Math.abs(shifts[1]! - shifts[0]!) === 1;
}

/** True iff kernels of 3 x 3 go over planes without strides or dilation, for enough channels. */
export function isWinograd({ phases, source, channels, filters }: Convolution): boolean {
  if (phases.length !== 1 || channels < fewest || filters < fewest) return false;
  const [z, y, x] = phases[0]!;
  const isFlat = z.count === 1 && z.shifts.length === 1 && z.shifts[0] === 0 && source.lengths[0] === 1;
  return isFlat && isThree(y) && isThree(x);
}

/** Squares of 2 x 2 results that a row of eight has, and rows. */
const squares = (height: number, width: number): number => Math.ceil(width / 8) * 4 * Math.ceil(height / 2);

/** The planes with zeros wherever four squares at a time reach. */
function paddedSquares(y: AxisPhase, x: AxisPhase, lengths: Lengths): Padded {
  const all: Lengths = [1, Math.ceil(y.count / 2) * 2 + 2, Math.ceil(x.count / 8) * 8 + 4];
  const before: Lengths = [0, -Math.min(...y.shifts), -Math.min(...x.shifts)];
  return paddedBy(before, all, lengths);
}

/**
 * Computes a convolution for which `isWinograd` holds. Its results are off by more than a direct sum's: by a few units in
 * the last place of the largest sum of magnitudes in a square of 4 x 4 elements.
 * @returns false where a result is not finite: differences of infinite numbers spread into results that they do not
 *   belong to, so that the work has to be done directly then
 */
export function convolveByWinograd(made: Kernels, work: Convolution): boolean {
  const { source, groups, channels, filters, phases, weight, bias, target, start, lengths } = work;
  const { filterStep, channelStep } = work;
  const { exports, threads } = made;
  const [, y, x] = phases[0]!;
  const padded = paddedSquares(y, x, source.lengths);
  const [size, imageStep] = [volume(lengths), groups * channels * padded.size];
  const resultSize = groups * filters * size;
  const images = imagesAtOnce(source.images, imageStep + resultSize);
  const room = new Room(made);
  const weights = room.take(4 * weight.length);
  const [moved, panels] = [exports.winogradFilterBytes(filters, channels), Math.ceil(filters / 5)];
  const transformed = room.take(groups * moved);
  const sizes = imageSizes(source, padded, images);
  const [raw, planes] = [room.take(4 * sizes.raw), room.take(4 * sizes.padded)];
  const result = room.take(4 * images * resultSize);
  const added = bias === undefined ? 0 : room.take(4 * bias.length);
  const most = exports.winogradParts(filters, images * squares(y.count, x.count));
  const flags = room.take(4 * most);
  const workspace = room.take(threads * exports.winogradWorkspace(filters, channels));
  made.scratch(room.byteLength);
  const weightAt = placeToRead(made, weight, 0, weight.length, weights);
  if (bias !== undefined) copyIn(made, added, bias, 0, bias.length);
  // What flows back goes through the kernel the other way round: from its last element to its first.
  const isTurned = y.shifts[0]! > y.shifts[1]!;
  for (let group = 0; group < groups; group++) {
    const from = weightAt + (group * filters * channels * 9 + (isTurned ? 8 : 0)) * 4;
    const steps = [filterStep * 4, channelStep * 4, isTurned ? -4 : 4];
    const numbers = [from, ...steps, filters, channels, transformed + group * moved];
    made.parallel("winogradFilters32", numbers, panels, panelsAtOnce(9 * channels));
  }
  for (let first = 0; first < source.images; first += images) {
    const count = Math.min(images, source.images - first);
    const from = copyImages(made, source, padded, first, count, raw, planes);
    const [begin, length] = [start + first * resultSize, count * resultSize];
    const to = placeToWrite(made, target, begin, length, result);
    const parts = exports.winogradParts(filters, count * squares(y.count, x.count));
    for (let group = 0; group < groups; group++) {
      made.parallel(
        "winograd32",
        [
          transformed + group * moved,
          from + group * channels * padded.size * 4,
          imageStep * 4,
          padded.size * 4,
          padded.lengths[2],
          channels,
          to + group * filters * size * 4,
          resultSize * 4,
          y.count,
          x.count,
          filters,
          count,
          added === 0 ? 0 : added + group * filters * 4,
          flags,
          workspace,
        ],
        parts,
        1,
      );
      if (!floatsAt(made, flags, parts).every((flag) => flag === 0)) return false;
    }
    if (to === result) copyOut(made, target, begin, result, length);
  }
  return true;
}
