// The filters that the chunks of a dataset go through: deflate, shuffle, Fletcher-32, scale-offset, and h5py's lzf (HDF5 File Format
// Specification Version 3.0, section IV.A.2.l). All others are refused by name.

import { FormatError } from "../../core/errors.ts";
import { bytesReader } from "../reader.ts";
import { inflateAtMost, piecesOf } from "../zip/deflate.ts";
import { inflateAtOnce } from "../zip/inflate.ts";
import { fletcher32 } from "./checksum.ts";
import type { Filter } from "./filter-pipeline.ts";
import { unpackLzf } from "./lzf.ts";
import { unscale } from "./scale-offset.ts";

/** A filter that is undone here. */
interface Known {
  /** What goes through it comes out with at most so many bytes. */
  grown(bytes: number): number;
  /** Undoes it. What comes out may be `most` bytes long. */
  undo(bytes: Uint8Array, filter: Filter, most: number): Uint8Array | Promise<Uint8Array>;
}

/** What is packed may become a little longer. */
const packedLength = (bytes: number): number => bytes + Math.ceil(bytes / 8) + 4096;

const knownFilters: ReadonlyMap<number, Known> = new Map<number, Known>([
  [1, { grown: packedLength, undo: undoDeflate }],
  [2, { grown: (bytes) => bytes, undo: undoShuffle }],
  [3, { grown: (bytes) => bytes + 4, undo: undoFletcher }],
  [
    6,
    {
      grown: (bytes) => bytes + 64,
      undo: (bytes, { values }, most) => unscale(bytes, values, most),
    },
  ],
  [32000, { grown: packedLength, undo: (bytes, _filter, most) => unpackLzf(bytes, most) }],
]);

/** Filters that are known and not undone here. */
const otherNames: ReadonlyMap<number, string> = new Map([
  [4, "szip"],
  [5, "nbit"],
  [305, "LZO"],
  [307, "bzip2"],
  [32001, "Blosc"],
  [32004, "LZ4"],
  [32008, "bitshuffle"],
  [32013, "ZFP"],
  [32015, "Zstandard"],
  [32026, "Blosc2"],
]);

/** The first of the filters that is not undone here, by name; undefined where all are. */
export function unreadFilter(filters: readonly Filter[]): string | undefined {
  const filter = filters.find(({ id }) => !knownFilters.has(id));
  if (filter === undefined) return undefined;
  const name = otherNames.get(filter.id) ?? filter.name.slice(0, 80);
  return name === "" ? `${filter.id}` : `${filter.id} (${name})`;
}

/**
 * Undoes the filters of a chunk, the last first.
 * @param mask a bit for each filter that the chunk did not go through
 * @param size bytes of the chunk before them
 * @throws FormatError when the chunk is damaged, or a filter is none of those read
 */
export async function unfilter(
  bytes: Uint8Array,
  filters: readonly Filter[],
  mask: number,
  size: number,
): Promise<Uint8Array> {
  const steps: { filter: Filter; known: Known; most: number }[] = [];
  let most = size;
  for (const [index, filter] of filters.entries()) {
    if (((mask >>> index) & 1) === 1) continue;
    const known = knownFilters.get(filter.id);
    if (known === undefined) throw new FormatError(`the filter ${unreadFilter([filter])} is not read`);
    steps.push({ filter, known, most });
    most = known.grown(most);
  }
  let content = bytes;
  for (const step of steps.reverse()) content = await step.known.undo(content, step.filter, step.most);
  if (content.byteLength !== size) {
    throw new FormatError(
      `a chunk has ${content.byteLength} bytes behind its filters, and should have ${size}`,
    );
  }
  return content;
}

/** Chunks up to so many bytes are inflated at once: the platform's stream takes longer to be made. */
const smallChunk = 2 ** 16;

async function undoDeflate(bytes: Uint8Array, _filter: Filter, most: number): Promise<Uint8Array> {
  if (most <= smallChunk) return inflateAtOnce(bytes, most);
  return inflateAtMost(piecesOf(bytesReader(bytes), 0, bytes.byteLength), most, "deflate");
}

/** The bytes of elements were put together by their place in the element. */
function undoShuffle(bytes: Uint8Array, { values }: Filter): Uint8Array {
  const width = values[0] ?? 1;
  const count = width === 0 ? 0 : Math.floor(bytes.byteLength / width);
  if (width <= 1 || count <= 1) return bytes;
  const content = new Uint8Array(bytes.byteLength);
  for (let place = 0; place < width; place++) {
    const start = place * count;
    for (let index = 0, to = place; index < count; index++, to += width) content[to] = bytes[start + index]!;
  }
  // What is left over stayed behind.
  content.set(bytes.subarray(count * width), count * width);
  return content;
}

function undoFletcher(bytes: Uint8Array): Uint8Array {
  const length = bytes.byteLength - 4;
  if (length < 0) throw new FormatError("a chunk has no room for its checksum (Fletcher-32): it is damaged");
  const content = bytes.subarray(0, length);
  const stated = new DataView(bytes.buffer, bytes.byteOffset + length, 4).getUint32(0, true);
  const found = fletcher32(content);
  // The library's first versions swapped the bytes of each half.
  const swapped = (((found & 0x00ff00ff) << 8) | ((found >>> 8) & 0x00ff00ff)) >>> 0;
  if (stated !== found && stated !== swapped) {
    throw new FormatError(
      `a chunk's checksum (Fletcher-32) is ${stated}, and its bytes give ${found}: it is damaged`,
    );
  }
  return content;
}
