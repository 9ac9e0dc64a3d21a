// Where the elements of a dataset lie, versions 1 to 5 of the layout message, and what stands where none were written
// (HDF5 File Format Specification Version 3.0, sections IV.A.2.i, IV.A.2.f and g).

import type { Cursor } from "./cursor.ts";

/** How the chunks of a dataset are found. */
export type ChunkIndex =
  | { readonly kind: "tree" }
  | { readonly kind: "single"; readonly size: number | undefined; readonly mask: number }
  | { readonly kind: "implicit" }
  | { readonly kind: "fixed array" }
  | { readonly kind: "extensible array" }
  | { readonly kind: "tree 2" };

/** Elements in chunks. */
export interface ChunkedLayout {
  readonly kind: "chunked";
  /** Lengths of a chunk's axes, in elements. */
  readonly chunk: readonly number[];
  /** Bytes of an element, as the layout has it. */
  readonly elementSize: number;
  readonly index: ChunkIndex;
  /** Where the index is; undefined where nothing was written. */
  readonly address: number | undefined;
  /** True iff chunks that reach beyond the shape went through no filter. */
  readonly wholeEdges: boolean;
}

/** Where the elements of a dataset lie. */
export type HdfLayout =
  | { readonly kind: "compact"; readonly bytes: Uint8Array }
  | { readonly kind: "contiguous"; readonly address: number | undefined; readonly size: number | undefined }
  | ChunkedLayout
  | { readonly kind: "virtual" };

/**
 * Reads a layout.
 * @throws FormatError when it is damaged, or of an unknown version
 */
export function readLayout(cursor: Cursor): HdfLayout {
  const version = cursor.version(1, 2, 3, 4, 5);
  if (version < 3) return readOldLayout(cursor);
  const kind = cursor.u8();
  switch (kind) {
    case 0:
      return { kind: "compact", bytes: cursor.take(cursor.u16()) };
    case 1:
      return { kind: "contiguous", address: cursor.address(), size: cursor.length() };
    case 2:
      return version === 3 ? readTreeChunks(cursor) : readIndexedChunks(cursor);
    case 3:
      if (version > 3) return { kind: "virtual" };
  }
  throw cursor.wrong(`a layout of class ${kind} is none of HDF5's`);
}

function readOldLayout(cursor: Cursor): HdfLayout {
  const rank = cursor.u8();
  const kind = cursor.u8();
  cursor.skip(5);
  const address = kind === 0 ? undefined : cursor.address();
  if (kind === 2) {
    const dimensions = Array.from({ length: rank }, () => cursor.u32());
    return treeChunks(cursor, address, dimensions);
  }
  cursor.skip(4 * rank);
  if (kind === 0) return { kind: "compact", bytes: cursor.take(cursor.u32()) };
  if (kind === 1) return { kind: "contiguous", address, size: undefined };
  throw cursor.wrong(`a layout of class ${kind} is none of HDF5's`);
}

function readTreeChunks(cursor: Cursor): HdfLayout {
  const rank = cursor.u8();
  const address = cursor.address();
  return treeChunks(
    cursor,
    address,
    Array.from({ length: rank }, () => cursor.u32()),
  );
}

/** The last of a chunk's lengths is the bytes of an element. */
function splitChunk(cursor: Cursor, dimensions: readonly number[]): { chunk: number[]; elementSize: number } {
  if (dimensions.length < 2 || dimensions.length > 33) {
    throw cursor.wrong(`chunks of ${dimensions.length - 1} dimensions are none of 1 to 32`);
  }
  if (dimensions.includes(0)) throw cursor.wrong("chunks have an axis of length 0");
  return { chunk: dimensions.slice(0, -1), elementSize: dimensions[dimensions.length - 1]! };
}

function treeChunks(cursor: Cursor, address: number | undefined, dimensions: readonly number[]): HdfLayout {
  return {
    kind: "chunked",
    ...splitChunk(cursor, dimensions),
    index: { kind: "tree" },
    address,
    wholeEdges: false,
  };
}

function readIndexedChunks(cursor: Cursor): HdfLayout {
  const flags = cursor.u8();
  const rank = cursor.u8();
  const width = cursor.u8();
  if (width < 1 || width > 8) throw cursor.wrong(`lengths of ${width} bytes are none of 1 to 8`);
  const parts = splitChunk(
    cursor,
    Array.from({ length: rank }, () => cursor.unsigned(width)),
  );
  const index = readIndex(cursor, (flags & 2) !== 0);
  return { kind: "chunked", ...parts, index, address: cursor.address(), wholeEdges: (flags & 1) !== 0 };
}

function readIndex(cursor: Cursor, isFiltered: boolean): ChunkIndex {
  const kind = cursor.u8();
  switch (kind) {
    case 1:
      if (!isFiltered) return { kind: "single", size: undefined, mask: 0 };
      return { kind: "single", size: cursor.length(), mask: cursor.u32() };
    case 2:
      return { kind: "implicit" };
    case 3:
      // What follows is also in the index itself, here as in the next two.
      cursor.skip(1);
      return { kind: "fixed array" };
    case 4:
      cursor.skip(5);
      return { kind: "extensible array" };
    case 5:
      cursor.skip(6);
      return { kind: "tree 2" };
  }
  throw cursor.wrong(`an index of chunks of type ${kind} is none of HDF5's`);
}

/**
 * Reads what stands where no element was written: the bytes of an element, or undefined for zeros.
 * @throws FormatError when it is damaged
 */
export function readFillValue(cursor: Cursor): Uint8Array | undefined {
  const version = cursor.version(1, 2, 3);
  if (version === 3) {
    if ((cursor.u8() & 0x20) === 0) return undefined;
  } else {
    cursor.skip(2);
    if (cursor.u8() === 0) return undefined;
  }
  return readOldFillValue(cursor);
}

/** The older message of the same. */
export function readOldFillValue(cursor: Cursor): Uint8Array | undefined {
  const size = cursor.left < 4 ? 0 : cursor.u32();
  return size === 0 || size === 0xffffffff ? undefined : cursor.take(size);
}
