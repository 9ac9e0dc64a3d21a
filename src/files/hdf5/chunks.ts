// The chunks of a dataset, each read through its filters into its place.

import { FormatError } from "../../core/errors.ts";
import { product } from "../../core/layout.ts";
import { type Chunk, type ChunkedData, chunkBytes, chunksOf, gridOf } from "./chunk-index.ts";
import type { HdfFile } from "./file.ts";
import { unfilter } from "./filters.ts";

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
