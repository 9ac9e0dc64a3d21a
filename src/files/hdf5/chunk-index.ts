// Where the chunks of a dataset lie, whatever its index is (HDF5 File Format Specification Version 3.0, sections III.A.1
// and VII).

import { FormatError } from "../../core/errors.ts";
import { product, type Shape } from "../../core/layout.ts";
import { treeEntries } from "./btree1.ts";
import { treeRecords } from "./btree2.ts";
import { type ArrayElement, extensibleArray, fixedArray } from "./chunk-arrays.ts";
import type { Cursor } from "./cursor.ts";
import type { HdfFile } from "./file.ts";
import type { Filter } from "./filter-pipeline.ts";
import type { ChunkedLayout } from "./layout.ts";

/** A chunk that was written. */
export interface Chunk {
  /** Which chunk it is along each axis. */
  readonly place: readonly number[];
  readonly address: number;
  /** Bytes in the file. */
  readonly size: number;
  /** A bit for each filter it did not go through. */
  readonly mask: number;
}

/** A dataset in chunks. */
export interface ChunkedData {
  readonly file: HdfFile;
  readonly layout: ChunkedLayout;
  readonly filters: readonly Filter[];
  readonly shape: Shape;
  /** How long each axis may become; undefined where there is no bound. */
  readonly maximum: readonly (number | undefined)[];
}

/** Chunks along each axis. */
export function gridOf(shape: Shape, chunk: readonly number[]): number[] {
  return shape.map((length, axis) => Math.ceil(length / chunk[axis]!));
}

/** Bytes of a chunk without filters. */
export function chunkBytes({ chunk, elementSize }: ChunkedLayout): number {
  return product(chunk) * elementSize;
}

/**
 * The chunks that the index of a dataset has, also those beyond its shape.
 * @throws FormatError when the index is damaged
 */
export async function* chunksOf(data: ChunkedData): AsyncIterable<Chunk> {
  const { file, layout, filters, shape, maximum } = data;
  const { address, index } = layout;
  if (address === undefined) return;
  const isFiltered = filters.length > 0;
  switch (index.kind) {
    case "tree":
      yield* treeChunks(data, address);
      break;
    case "single": {
      const place = shape.map(() => 0);
      yield { place, address, size: index.size ?? chunkBytes(layout), mask: index.mask };
      break;
    }
    case "implicit":
      yield* implicitChunks(data, address);
      break;
    case "fixed array":
      yield* arrayChunks(data, fixedArray(file, address, isFiltered), placesIn(maximum, layout.chunk, 0));
      break;
    case "extensible array": {
      const unbounded = maximum.indexOf(undefined);
      if (unbounded < 0)
        throw new FormatError("an extensible array is the index of a dataset that cannot grow");
      const places = placesIn(maximum, layout.chunk, unbounded);
      yield* arrayChunks(data, extensibleArray(file, address, isFiltered), places);
      break;
    }
    case "tree 2":
      yield* tree2Chunks(data, address);
  }
}

async function* treeChunks({ file, layout }: ChunkedData, root: number): AsyncIterable<Chunk> {
  const { chunk } = layout;
  const keyLength = 8 + 8 * (chunk.length + 1);
  for await (const { key, address } of treeEntries(file, root, { type: 1, keyLength })) {
    const size = key.u32();
    const mask = key.u32();
    const place = chunk.map((length) => key.unsigned(8) / length);
    if (!place.every(Number.isInteger)) throw key.wrong("a chunk does not begin where chunks do");
    yield { place, address, size, mask };
  }
}

async function* tree2Chunks({ file, layout, filters }: ChunkedData, root: number): AsyncIterable<Chunk> {
  const isFiltered = filters.length > 0;
  const rank = layout.chunk.length;
  for await (const { record } of treeRecords(file, root, [isFiltered ? 11 : 10])) {
    const address = record.address();
    const sizeWidth = record.left - 4 - 8 * rank;
    const entry = isFiltered
      ? { size: record.unsigned(sizeWidth), mask: record.u32() }
      : { size: chunkBytes(layout), mask: 0 };
    const place = layout.chunk.map(() => record.unsigned(8));
    if (address !== undefined) yield { place, address, ...entry };
  }
}

/** All chunks one after another, whether written or not. */
function* implicitChunks({ file, layout, shape, maximum }: ChunkedData, start: number): Iterable<Chunk> {
  const size = chunkBytes(layout);
  const placeOf = placesIn(maximum, layout.chunk, 0);
  const bounds = maximum.map((length, axis) => length ?? shape[axis]!);
  const count = product(gridOf(bounds, layout.chunk));
  file.offsetOf(start, count * size, "the dataset");
  for (let index = 0; index < count; index++) {
    yield { place: placeOf(index), address: start + index * size, size, mask: 0 };
  }
}

/** The place of a chunk by its number among all that there may be. */
type PlaceOf = (index: number) => number[];

/**
 * Chunks are numbered in row-major order of the largest shape, but the axis without bound, where there is one, is first.
 */
function placesIn(
  maximum: readonly (number | undefined)[],
  chunk: readonly number[],
  first: number,
): PlaceOf {
  const axes = [first, ...maximum.keys()].filter((axis, index) => index === 0 || axis !== first);
  const counts = axes.map((axis) => Math.ceil((maximum[axis] ?? 0) / chunk[axis]!));
  return (index) => {
    const place = new Array<number>(axes.length).fill(0);
    let rest = index;
    for (let at = axes.length - 1; at > 0; at--) {
      const count = Math.max(counts[at]!, 1);
      place[axes[at]!] = rest % count;
      rest = Math.floor(rest / count);
    }
    place[first] = rest;
    return place;
  };
}

async function* arrayChunks(
  { file, layout, filters }: ChunkedData,
  array: AsyncIterable<ArrayElement>,
  placeOf: PlaceOf,
): AsyncIterable<Chunk> {
  const full = chunkBytes(layout);
  const sizeOf = (element: Cursor): Pick<Chunk, "size" | "mask"> => {
    if (filters.length === 0) return { size: full, mask: 0 };
    return { size: element.unsigned(element.left - 4), mask: element.u32() };
  };
  for await (const { index, element } of array) {
    const address = element.address();
    if (address === undefined) continue;
    const { size, mask } = sizeOf(element);
    file.offsetOf(address, size, "a chunk");
    yield { place: placeOf(index), address, size, mask };
  }
}
