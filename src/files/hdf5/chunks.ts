// The chunks of a dataset: where each lies, read through its filters into its place in the dataset.

import { FormatError } from "../../core/errors.ts";
import { product, type Shape } from "../../core/layout.ts";
import { treeEntries } from "./btree1.ts";
import type { HdfFile } from "./file.ts";
import type { Filter } from "./filter-pipeline.ts";
import { unfilter } from "./filters.ts";
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
 * Fills `target`, which holds fill values, with all chunks that were written.
 * @throws FormatError when the index or a chunk is damaged
 */
export async function readChunks(data: ChunkedData, target: Uint8Array): Promise<void> {
  const { file, layout, shape } = data;
  const size = chunkBytes(layout);
  const grid = gridOf(shape, layout.chunk);
  const seen = new Set<number>();
  for await (const chunk of chunksOf(data)) {
    // Chunks beyond the shape are left from before it was made smaller.
    if (chunk.place.some((index, axis) => index >= grid[axis]!)) continue;
    const position = chunk.place.reduce((at, index, axis) => at * grid[axis]! + index, 0);
    if (seen.has(position)) throw wrongChunk(file, chunk, "stands twice in the index");
    seen.add(position);
    const inside = shape.map((length, axis) => {
      const along = layout.chunk[axis]!;
      return Math.min(along, length - chunk.place[axis]! * along);
    });
    // What lies inside the shape has been reckoned with the dataset.
    file.budget.spendData(size - product(inside) * layout.elementSize);
    place(await readChunk(data, chunk, size), chunk.place, inside, data, target);
  }
}

function wrongChunk(file: HdfFile, { place: at, address }: Chunk, why: string): FormatError {
  return new FormatError(`the chunk (${at.join(", ")}) ${why}: it is damaged`, {
    offset: file.place.base + address,
  });
}

async function readChunk(
  { file, layout, filters, shape }: ChunkedData,
  chunk: Chunk,
  size: number,
): Promise<Uint8Array> {
  const start = file.offsetOf(chunk.address, chunk.size, "a chunk");
  const bytes = await file.reader.slice(start, start + chunk.size);
  const isEdge = chunk.place.some((index, axis) => (index + 1) * layout.chunk[axis]! > shape[axis]!);
  try {
    return await unfilter(bytes, layout.wholeEdges && isEdge ? [] : filters, chunk.mask, size);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(`${error.reason} (chunk ${chunk.place.join(", ")})`, { offset: start });
  }
}

/** Copies the part of a chunk that lies inside the shape. */
function place(
  bytes: Uint8Array,
  at: readonly number[],
  inside: readonly number[],
  { layout, shape }: ChunkedData,
  target: Uint8Array,
): void {
  const { chunk, elementSize } = layout;
  const rank = shape.length;
  const [from, to] = [new Array<number>(rank).fill(1), new Array<number>(rank).fill(1)];
  for (let axis = rank - 2; axis >= 0; axis--) {
    from[axis] = from[axis + 1]! * chunk[axis + 1]!;
    to[axis] = to[axis + 1]! * shape[axis + 1]!;
  }
  const run = inside[rank - 1]! * elementSize;
  let source = 0;
  let position = at.reduce((sum, index, axis) => sum + index * chunk[axis]! * to[axis]!, 0);
  const index = new Array<number>(rank).fill(0);
  for (let runs = product(inside.slice(0, -1)); runs > 0; runs--) {
    target.set(bytes.subarray(source * elementSize, source * elementSize + run), position * elementSize);
    for (let axis = rank - 2; axis >= 0; axis--) {
      source += from[axis]!;
      position += to[axis]!;
      if (++index[axis]! < inside[axis]!) break;
      source -= index[axis]! * from[axis]!;
      position -= index[axis]! * to[axis]!;
      index[axis] = 0;
    }
  }
}

/** The chunks that the index of a dataset has. */
async function* chunksOf(data: ChunkedData): AsyncIterable<Chunk> {
  const { layout } = data;
  if (layout.address === undefined) return;
  switch (layout.index.kind) {
    case "tree":
      yield* treeChunks(data, layout.address);
      return;
    default:
      throw new FormatError(`chunks found by ${layout.index.kind} are not read`);
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
