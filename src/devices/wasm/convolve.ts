// Convolutions as products whose right side is packed from the padded images themselves (kernels/convolution.ts): forward,
// by the input (its gradient, or the transposed convolution) and by the weight. What all three share is in `Convolution`.

import { copyIn, copyOut, placeToRead, placeToWrite } from "../../kernels/copy.ts";
import type { Kernels } from "../../kernels/instance.ts";
import { copyImages, type Images, imageSizes } from "./images.ts";
import {
  fillPlaces,
  fillResults,
  fillTaps,
  fillWeights,
  type Lengths,
  type Padded,
  type Phase,
  paddedFor,
  placeCount,
  tapCount,
} from "./windows.ts";

/** About so many bytes of images are in the kernels' memory at a time, at least one image. */
const blockBytes = 2 ** 24;
/** Planes of fewer results are worked on together with those of the next images. */
const foldedPlaces = 256;

/** Sums of elements of `source` under windows, weighted by filters: [images, groups x filters, lengths]. */
export interface Convolution {
  readonly source: Images;
  readonly groups: number;
  /** Channels of the source and of the result in each group. */
  readonly channels: number;
  readonly filters: number;
  readonly phases: readonly Phase[];
  readonly kernel: Lengths;
  /** The weights, with the steps of filters and channels in elements; taps are dense, groups follow one another. */
  readonly weight: Float32Array;
  readonly filterStep: number;
  readonly channelStep: number;
  readonly bias: Float32Array | undefined;
  /** Where results go, row-major from element `start` on. */
  readonly target: Float32Array;
  readonly start: number;
  readonly lengths: Lengths;
}

export const volume = ([z, y, x]: Lengths): number => z * y * x;

/** Pieces of scratch, one behind the other. */
export class Room {
  private end: number;
  private readonly begin: number;

  constructor({ start }: Kernels) {
    this.begin = start;
    this.end = start;
  }

  /** @returns where the next so many bytes begin */
  take(byteLength: number): number {
    const at = this.end;
    this.end = at + ((byteLength + 63) & ~63);
    return at;
  }

  /** How many bytes have been taken; vectors may read so much behind the last. */
  get byteLength(): number {
    return this.end - this.begin + 64;
  }
}

/** How many images are worked on at a time. */
export function imagesAtOnce(images: number, elements: number): number {
  return Math.max(1, Math.min(images, Math.floor(blockBytes / 4 / elements)));
}

/** The elements at an address. */
export const floatsAt = (made: Kernels, at: number, count: number): Float32Array =>
  made.floats.subarray(at >> 2, (at >> 2) + count);

/** The integers at an address. */
export const integersAt = (made: Kernels, at: number, count: number): Int32Array =>
  new Int32Array(made.bytes.buffer, at, count);

/** One phase with what it needs in scratch. */
interface Plan {
  readonly phase: Phase;
  readonly places: number;
  readonly depth: number;
  readonly packed: number;
  readonly placesTable: number;
  readonly tapsTable: number;
  readonly weightsTable: number;
  readonly resultsTable: number;
}

function planPhase(made: Kernels, room: Room, work: Convolution, phase: Phase, images: number): Plan {
  const { groups, channels, filters, kernel, channelStep } = work;
  const [places, depth] = [placeCount(phase), channels * tapCount(phase)];
  const isWhole = tapCount(phase) === volume(kernel) && phase.every(({ outStep }) => outStep === 1);
  const isDense = isWhole && channelStep === volume(kernel);
  return {
    phase,
    places,
    depth,
    packed: room.take(groups * made.exports.packedFilters(filters, depth)),
    placesTable: room.take(4 * images * places),
    tapsTable: room.take(4 * depth),
    weightsTable: isDense ? 0 : room.take(4 * depth),
    resultsTable: isWhole && images === 1 ? 0 : room.take(4 * images * places),
  };
}

function preparePhase(
  made: Kernels,
  work: Convolution,
  plan: Plan,
  padded: Padded,
  images: number,
  weights: number,
): void {
  const { groups, channels, filters, kernel, lengths, filterStep, channelStep } = work;
  const { phase, places, depth, packed, placesTable, tapsTable, weightsTable, resultsTable } = plan;
  const imageStep = groups * channels * padded.size;
  fillPlaces(integersAt(made, placesTable, images * places), phase, padded, images, imageStep);
  fillTaps(integersAt(made, tapsTable, depth), phase, padded, channels);
  if (weightsTable !== 0)
    fillWeights(integersAt(made, weightsTable, depth), phase, kernel, channels, channelStep);
  if (resultsTable !== 0) {
    const table = integersAt(made, resultsTable, images * places);
    fillResults(table, phase, lengths, images, groups * filters * volume(lengths));
  }
  const groupBytes = filters * channels * volume(kernel) * 4;
  for (let group = 0; group < groups; group++) {
    packFilters(
      made,
      weights + group * groupBytes,
      filterStep * 4,
      weightsTable,
      depth,
      filters,
      packed + group * made.exports.packedFilters(filters, depth),
    );
  }
}

/** Rows of a panel, as in kernels/product.ts. */
const panelRows = 5;

/** Elements in one part of the work. */
const partSize = 2 ** 14;

/** How many panels of lines of such a length are one part of the work. */
export const panelsAtOnce = (length: number): number =>
  Math.max(1, Math.floor(partSize / (panelRows * Math.max(1, length))));

export function packFilters(
  made: Kernels,
  from: number,
  row: number,
  table: number,
  depth: number,
  lines: number,
  to: number,
): void {
  const panels = Math.ceil(lines / panelRows);
  made.parallel("packFilters32", [from, row, table, depth, lines, to], panels, panelsAtOnce(depth));
}

/** Computes a convolution, summing products in the order of channels and taps. */
export function convolveDirectly(made: Kernels, work: Convolution): void {
  const { source, groups, channels, filters, phases, weight, bias, target, start, lengths } = work;
  const { exports, threads } = made;
  const padded = paddedFor(phases, source.lengths);
  const resultSize = groups * filters * volume(lengths);
  const images = imagesAtOnce(source.images, groups * channels * padded.size + resultSize);
  const isFolded = images > 1 && phases.some((phase) => placeCount(phase) < foldedPlaces);
  const folded = isFolded ? images : 1;
  const room = new Room(made);
  const weights = room.take(4 * weight.length);
  const plans = phases.map((phase) => planPhase(made, room, work, phase, folded));
  const sizes = imageSizes(source, padded, images);
  const [raw, planes] = [room.take(4 * sizes.raw), room.take(4 * sizes.padded)];
  const result = room.take(4 * images * resultSize);
  const added = bias === undefined ? 0 : room.take(4 * bias.length);
  const workspace = room.take(threads * exports.convolutionWorkspace());
  made.scratch(room.byteLength);
  const weightAt = placeToRead(made, weight, 0, weight.length, weights);
  if (bias !== undefined) copyIn(made, added, bias, 0, bias.length);
  for (const plan of plans) preparePhase(made, work, plan, padded, folded, weightAt);
  for (let first = 0; first < source.images; first += images) {
    const count = Math.min(images, source.images - first);
    const from = copyImages(made, source, padded, first, count, raw, planes);
    const [begin, length] = [start + first * resultSize, count * resultSize];
    const to = placeToWrite(made, target, begin, length, result);
    for (const { depth, places, packed, placesTable, tapsTable, resultsTable } of plans) {
      const columns = isFolded ? count * places : places;
      const units = isFolded ? groups : count * groups;
      made.parallel(
        "convolution32",
        [
          packed,
          from,
          tapsTable,
          depth,
          placesTable,
          columns,
          to,
          resultsTable,
          volume(lengths) * 4,
          filters,
          added,
          0,
          groups,
          channels * padded.size * 4,
          filters * volume(lengths) * 4,
          workspace,
        ],
        units * exports.convolutionParts(filters, columns),
        1,
      );
    }
    if (to === result) copyOut(made, target, begin, result, length);
  }
}

/** The gradient of a convolution by its weight: [groups x filters, channels, taps]. */
export interface WeightGradient {
  /** What flows back, and the input. */
  readonly flow: Images;
  readonly source: Images;
  readonly groups: number;
  readonly channels: number;
  readonly filters: number;
  readonly phase: Phase;
  /** Where the gradient goes, row-major from element `start` on. */
  readonly target: Float32Array;
  readonly start: number;
}

/** Sums over all places of all images, in their order. */
export function convolveByWeight(made: Kernels, work: WeightGradient): void {
  const { flow, source, groups, channels, filters, phase, target, start } = work;
  const { exports, threads } = made;
  const padded = paddedFor([phase], source.lengths);
  const [places, columns] = [placeCount(phase), channels * tapCount(phase)];
  const plain: Padded = { before: [0, 0, 0], lengths: flow.lengths, size: places, isPlain: true };
  const imageStep = groups * channels * padded.size;
  const images = imagesAtOnce(source.images, imageStep + 2 * groups * filters * places);
  const room = new Room(made);
  const [sizes, flowSizes] = [imageSizes(source, padded, images), imageSizes(flow, plain, images)];
  const [raw, planes] = [room.take(4 * sizes.raw), room.take(4 * sizes.padded)];
  const [rawFlow, planesFlow] = [room.take(4 * flowSizes.raw), room.take(4 * flowSizes.padded)];
  const [placesTable, tapsTable] = [room.take(4 * images * places), room.take(4 * columns)];
  const flowTable = images === 1 ? 0 : room.take(4 * images * places);
  const packed = room.take(groups * exports.packedFilters(filters, images * places));
  const size = groups * filters * columns;
  const result = room.take(4 * size);
  const workspace = room.take(threads * exports.convolutionWorkspace());
  made.scratch(room.byteLength);
  fillPlaces(integersAt(made, placesTable, images * places), phase, padded, images, imageStep);
  fillTaps(integersAt(made, tapsTable, columns), phase, padded, channels);
  if (flowTable !== 0) {
    const table = integersAt(made, flowTable, images * places);
    fillResults(table, phase, flow.lengths, images, groups * filters * places);
  }
  for (let first = 0; first < source.images; first += images) {
    const count = Math.min(images, source.images - first);
    const from = copyImages(made, source, padded, first, count, raw, planes);
    const flowAt = copyImages(made, flow, plain, first, count, rawFlow, planesFlow);
    const depth = count * places;
    for (let group = 0; group < groups; group++) {
      const lines = flowAt + group * filters * places * 4;
      const to = packed + group * exports.packedFilters(filters, depth);
      packFilters(made, lines, places * 4, flowTable, depth, filters, to);
    }
    made.parallel(
      "convolution32",
      [
        packed,
        from,
        placesTable,
        depth,
        tapsTable,
        columns,
        result,
        0,
        columns * 4,
        filters,
        0,
        Number(first > 0),
        groups,
        channels * padded.size * 4,
        filters * columns * 4,
        workspace,
      ],
      groups * exports.convolutionParts(filters, columns),
      1,
    );
  }
  copyOut(made, target, start, result, size);
}
