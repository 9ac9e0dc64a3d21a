// Convolutions with few filters in each group (kernels/depthwise.ts).

import { copyIn, copyOut, placeToRead, placeToWrite } from "../../kernels/copy.ts";
import type { Kernels } from "../../kernels/instance.ts";
import { type Convolution, imagesAtOnce, integersAt, Room, volume, type WeightGradient } from "./convolve.ts";
import { copyImages, imageSizes } from "./images.ts";
import {
  fillFours,
  fillRows,
  fillTaps,
  fillWeights,
  type Padded,
  type Phase,
  paddedFor,
  placeCount,
  tapCount,
} from "./windows.ts";

/** More filters in a group are worth a product: with 5 at a time it is fully used. */
const mostFilters = 2;
/** Results are taken by fours along a row. */
const fewestPlaces = 4;

/** True iff groups have few filters, and rows of places are long enough. */
export function isDepthwise(filters: number, phases: readonly Phase[]): boolean {
  return filters <= mostFilters && phases.every(([, , { count }]) => count >= fewestPlaces);
}

const foursOf = ([z, y, x]: Phase): number => z.count * y.count * Math.ceil(x.count / 4);

/** Computes a convolution for which `isDepthwise` holds. */
export function convolveDepthwise(made: Kernels, work: Convolution): void {
  const { source, groups, channels, filters, phases, kernel, weight, bias, target, start, lengths } = work;
  const padded = paddedFor(phases, source.lengths);
  const size = volume(lengths);
  const [imageStep, resultSize] = [groups * channels * padded.size, groups * filters * size];
  const images = imagesAtOnce(source.images, imageStep + resultSize);
  const room = new Room(made);
  const weights = room.take(4 * weight.length);
  const sizes = imageSizes(source, padded, images);
  const [raw, planes] = [room.take(4 * sizes.raw), room.take(4 * sizes.padded)];
  const result = room.take(4 * images * resultSize);
  const added = bias === undefined ? 0 : room.take(4 * bias.length);
  const plans = phases.map((phase) => {
    const depth = channels * tapCount(phase);
    const fours = foursOf(phase);
    return {
      phase,
      depth,
      fours,
      taps: room.take(4 * depth),
      weightTable: room.take(4 * depth),
      places: room.take(8 * fours),
    };
  });
  made.scratch(room.byteLength);
  const weightAt = placeToRead(made, weight, 0, weight.length, weights);
  if (bias !== undefined) copyIn(made, added, bias, 0, bias.length);
  for (const { phase, depth, fours, taps, weightTable, places } of plans) {
    fillTaps(integersAt(made, taps, depth), phase, padded, channels);
    fillWeights(integersAt(made, weightTable, depth), phase, kernel, channels, work.channelStep);
    fillFours(integersAt(made, places, 2 * fours), phase, padded, lengths);
  }
  for (let first = 0; first < source.images; first += images) {
    const count = Math.min(images, source.images - first);
    const from = copyImages(made, source, padded, first, count, raw, planes);
    const [begin, length] = [start + first * resultSize, count * resultSize];
    const to = placeToWrite(made, target, begin, length, result);
    for (const { phase, depth, fours, taps, weightTable, places } of plans) {
      made.parallel(
        "depthwise32",
        [
          from,
          channels * padded.size * 4,
          taps,
          weightAt,
          work.filterStep * 4,
          filters * channels * volume(kernel) * 4,
          weightTable,
          depth,
          places,
          fours,
          phase[2].step * 4,
          to,
          size * 4,
          phase[2].outStep * 4,
          added,
          groups,
          filters,
        ],
        count * groups * filters,
        planesAtOnce(fours * depth),
      );
    }
    if (to === result) copyOut(made, target, begin, result, length);
  }
}

/** About so many products of four are one part of the work. */
const partSize = 2 ** 15;

const planesAtOnce = (size: number): number => Math.max(1, Math.floor(partSize / Math.max(1, size)));

/** The gradient by the weight where `isDepthwise` holds. */
export function convolveDepthwiseByWeight(made: Kernels, work: WeightGradient): void {
  const { flow, source, groups, channels, filters, phase, target, start } = work;
  const padded = paddedFor([phase], source.lengths);
  const [places, depth] = [placeCount(phase), channels * tapCount(phase)];
  const plain: Padded = { before: [0, 0, 0], lengths: flow.lengths, size: places, isPlain: true };
  const [imageStep, flowStep] = [groups * channels * padded.size, groups * filters * places];
  const images = imagesAtOnce(source.images, imageStep + flowStep);
  const room = new Room(made);
  const [sizes, flowSizes] = [imageSizes(source, padded, images), imageSizes(flow, plain, images)];
  const [raw, planes] = [room.take(4 * sizes.raw), room.take(4 * sizes.padded)];
  const [rawFlow, planesFlow] = [room.take(4 * flowSizes.raw), room.take(4 * flowSizes.padded)];
  const rowCount = phase[0].count * phase[1].count;
  const [taps, rows] = [room.take(4 * depth), room.take(4 * rowCount)];
  const size = groups * filters * depth;
  const result = room.take(4 * size);
  made.scratch(room.byteLength);
  fillTaps(integersAt(made, taps, depth), phase, padded, channels);
  fillRows(integersAt(made, rows, rowCount), phase, padded);
  for (let first = 0; first < source.images; first += images) {
    const count = Math.min(images, source.images - first);
    const from = copyImages(made, source, padded, first, count, raw, planes);
    const flowAt = copyImages(made, flow, plain, first, count, rawFlow, planesFlow);
    made.parallel(
      "depthwiseByWeight32",
      [
        from,
        imageStep * 4,
        channels * padded.size * 4,
        taps,
        depth,
        rows,
        rowCount,
        phase[2].count,
        phase[2].step * 4,
        flowAt,
        flowStep * 4,
        count,
        filters,
        result,
        Number(first > 0),
      ],
      groups * filters,
      planesAtOnce((count * places * depth) / 4),
    );
  }
  copyOut(made, target, start, result, size);
}
