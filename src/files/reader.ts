// Where a file's bytes come from: memory, a Blob, an address (http.ts), or (node.ts) a path. Every format is a function over this.

import { FormatError } from "../core/errors.ts";

/** Bytes that can be read in part. Positions count from 0; `slice` is only asked for what lies inside. */
export interface Reader {
  readonly byteLength: number;
  /** The file's name, for messages. */
  readonly name?: string;
  /** The bytes from `start` up to `end`. They may be a view of memory that is not the caller's to write. */
  slice(start: number, end: number): Promise<Uint8Array>;
  /** Fills `target` from `start` on, where the source can do it without a copy between. */
  readInto?(start: number, target: Uint8Array): Promise<void>;
  /** New memory, all zeros, for `readInto`, where the source has a cheaper way to it than the language. */
  memory?(byteLength: number): Uint8Array<ArrayBuffer>;
  /**
   * Told which parts will be read next, in order. Sources where each read is a request have it, and read neighbouring
   * parts in one. @returns what takes the announcement back; it must be called when the parts have been read
   */
  expect?(parts: readonly Part[]): () => void;
  /** Fetches small parts that lie apart and are about to be read, all at once, where each would be a request. */
  prefetch?(parts: readonly Part[]): Promise<void>;
}

/** Bytes of a file, from `start` up to `end`. */
export type Part = readonly [start: number, end: number];

/** What files can be opened from without a file system: memory, a Blob or File, an address, what `fetch` gave. */
export type ByteSource =
  | ArrayBuffer
  | SharedArrayBuffer
  | ArrayBufferView
  | Blob
  | URL
  | Response
  | ReadableStream<Uint8Array>
  | Reader;

/** A reader over bytes in memory, which it neither copies nor changes. */
export function bytesReader(source: ArrayBufferLike | ArrayBufferView, name?: string): Reader {
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  // The platform's decoders and digests take no shared memory: parts of such are copied.
  const isPlain = bytes.buffer instanceof ArrayBuffer;
  return {
    byteLength: bytes.byteLength,
    ...(name === undefined ? {} : { name }),
    slice: async (start, end) => (isPlain ? bytes.subarray(start, end) : bytes.slice(start, end)),
  };
}

/** A reader over a Blob or File, which is read in parts. */
export function blobReader(blob: Blob, name?: string): Reader {
  const named = name ?? ("name" in blob ? String(blob.name) : undefined);
  return {
    byteLength: blob.size,
    ...(named === undefined ? {} : { name: named }),
    slice: inBlocks(
      blob.size,
      async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
    ),
  };
}

/** How much is read where little is asked for: twice as much each time that reading goes on where the last block ended. */
const smallestBlock = 2 ** 12;
const largestBlock = 2 ** 16;
/** How many blocks are kept: headers are gone through more than once, and there may be many of them. */
const blocksKept = 128;

interface Block {
  readonly start: number;
  readonly end: number;
  readonly bytes: Promise<Uint8Array>;
}

/** Reads in which small parts are taken from blocks that were read for others, where they lie in one. */
export function inBlocks(byteLength: number, slice: Reader["slice"]): Reader["slice"] {
  const blocks: Block[] = [];
  const take = (start: number, end: number): Block => {
    for (let i = blocks.length - 1; i >= 0; i--) {
      const block = blocks[i]!;
      if (start >= block.start && end <= block.end) return block;
    }
    const last = blocks.at(-1);
    const goesOn = last !== undefined && start >= last.start && start <= last.end;
    const size = goesOn ? Math.min(2 * (last.end - last.start), largestBlock) : smallestBlock;
    const blockEnd = Math.min(start + Math.max(size, smallestBlock), byteLength);
    const block = { start, end: blockEnd, bytes: slice(start, blockEnd) };
    blocks.push(block);
    if (blocks.length > blocksKept) blocks.shift();
    return block;
  };
  return async (start, end) => {
    if (start === end) return new Uint8Array(0);
    if (end - start > smallestBlock / 2) return slice(start, end);
    const block = take(start, end);
    return (await block.bytes).subarray(start - block.start, end - block.start);
  };
}

/** A part of a file as a file of its own. */
export function partReader(reader: Reader, start: number, end: number, name?: string): Reader {
  const called = name ?? reader.name;
  const moved = (parts: readonly Part[]): Part[] => parts.map(([from, to]) => [start + from, start + to]);
  const { readInto, expect, prefetch } = reader;
  return {
    byteLength: end - start,
    ...(called === undefined ? {} : { name: called }),
    slice: (from, to) => reader.slice(start + from, start + to),
    ...(readInto === undefined
      ? {}
      : { readInto: (from: number, target: Uint8Array) => readInto.call(reader, start + from, target) }),
    ...(expect === undefined
      ? {}
      : { expect: (parts: readonly Part[]) => expect.call(reader, moved(parts)) }),
    ...(prefetch === undefined
      ? {}
      : { prefetch: (parts: readonly Part[]) => prefetch.call(reader, moved(parts)) }),
  };
}

/**
 * Checks that a file has the bytes from `start` up to `end`.
 * @param what they are, for the message
 * @throws FormatError when it ends before `end`
 */
export function requireBytes(reader: Reader, start: number, end: number, what: string): void {
  if (start >= 0 && start <= end && end <= reader.byteLength) return;
  throw new FormatError(
    `${what} should take bytes ${start} to ${end}, but the file ends at ${reader.byteLength}: it is cut short or damaged`,
    { offset: Math.min(Math.max(start, 0), reader.byteLength) },
  );
}

/**
 * The bytes from `start` up to `end`.
 * @throws FormatError when the file ends before `end`
 */
export async function readBytes(
  reader: Reader,
  start: number,
  end: number,
  what: string,
): Promise<Uint8Array> {
  requireBytes(reader, start, end, what);
  const bytes = await reader.slice(start, end);
  if (bytes.byteLength !== end - start) {
    throw new FormatError(`the file became shorter while ${what} was read`, { offset: start });
  }
  return bytes;
}

/** How much is read in one go of what is large: less where each piece is looked at, while it is still in the cache. */
const piece = 2 ** 23;
const lookedAtPiece = 2 ** 20;
/** How many goes run at a time. */
const piecesAtOnce = 2;

/**
 * Fills `target` with the bytes from `start` on. The caller has checked that they exist. Large parts of a file are read
 * in several goes at once: memory that is new costs more than the reading, and each core pays for its own.
 * @param whenRead is given each piece in order, as soon as it and those before it are there
 */
export async function fillFrom(
  reader: Reader,
  start: number,
  target: Uint8Array,
  whenRead?: (bytes: Uint8Array) => void,
): Promise<void> {
  if (reader.readInto === undefined) {
    target.set(await readBytes(reader, start, start + target.byteLength, "the data"));
    whenRead?.(target);
    return;
  }
  // Where each read is a request, one is enough.
  const atOnce = whenRead === undefined ? piece : lookedAtPiece;
  const size = reader.expect === undefined ? atOnce : Math.max(1, target.byteLength);
  const count = Math.ceil(target.byteLength / size);
  const isThere: boolean[] = [];
  let told = 0;
  let next = 0;
  const readOn = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      const part = (at: number): Uint8Array => target.subarray(at * size, (at + 1) * size);
      await reader.readInto!(start + index * size, part(index));
      isThere[index] = true;
      if (whenRead === undefined) continue;
      while (isThere[told] === true) whenRead(part(told++));
    }
  };
  await Promise.all(Array.from({ length: Math.min(piecesAtOnce, count) }, readOn));
}

/** New memory for bytes of a reader: zeros. */
export function memoryFor(reader: Reader | undefined, byteLength: number): Uint8Array<ArrayBuffer> {
  return reader?.memory?.(byteLength) ?? new Uint8Array(byteLength);
}
