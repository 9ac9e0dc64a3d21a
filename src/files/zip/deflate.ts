// DEFLATE (RFC 1951) through the platform's own streams, with a bound on what may come out.

import { FormatError } from "../../core/errors.ts";
import { type Reader, readBytes } from "../reader.ts";

/** No DEFLATE stream grows by more: 258 bytes for two bits, and what a block header adds. */
export const largestGrowth = 1032;

/** How the stream is wrapped, as the platform names it. */
export type Wrapping = "deflate-raw" | "deflate" | "gzip";

/** How much of a packed stream is read at a time: little at first, since often no more is wanted, then twice as much. */
export const firstPiece: number = 2 ** 12;
const largestPiece = 2 ** 20;

/** The bytes from `start` up to `end` of a file, piece by piece, each read when it is asked for. */
export async function* piecesOf(reader: Reader, start: number, end: number): AsyncGenerator<Uint8Array> {
  let piece = firstPiece;
  for (let at = start; at < end; piece = Math.min(2 * piece, largestPiece)) {
    const next = Math.min(end, at + piece);
    yield await readBytes(reader, at, next, "packed data");
    at = next;
  }
}

/**
 * Inflates a stream into `parts`, one after another, which it must fill exactly.
 * @throws FormatError when the stream is damaged, shorter or longer than they are; nothing beyond them is kept
 */
export async function inflateInto(
  packed: AsyncIterable<Uint8Array>,
  parts: readonly Uint8Array[],
  wrapping: Wrapping = "deflate-raw",
): Promise<void> {
  const expected = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const filled = await inflate(packed, parts, wrapping, (count) => count > expected);
  if (filled > expected) {
    throw new FormatError(`it unpacks to more than the ${expected} bytes that the archive states`);
  }
  if (filled !== expected) {
    throw new FormatError(`it unpacks to ${filled} bytes where the archive states ${expected}`);
  }
}

/**
 * The first `length` bytes of what the bytes from `start` up to `end` of a file unpack to. The platform's stream takes in
 * more than it needs: it is given a small part first, and a larger one where that was too little.
 * @throws FormatError when the packed bytes are damaged before that, or end
 */
export async function unpackedHead(
  reader: Reader,
  start: number,
  end: number,
  length: number,
): Promise<Uint8Array> {
  for (let size = length <= firstPiece ? firstPiece : end - start; ; size *= 4) {
    const partEnd = Math.min(end, start + size);
    try {
      return await inflateHead(piecesOf(reader, start, partEnd), length);
    } catch (error) {
      if (!(error instanceof FormatError) || partEnd === end) throw error;
    }
  }
}

/**
 * How many bytes a stream unpacks to, of which none is kept; no further than just beyond `most`.
 * @throws FormatError when the stream is damaged before that
 */
export function inflatedLength(
  packed: AsyncIterable<Uint8Array>,
  most: number,
  wrapping: Wrapping,
): Promise<number> {
  return inflate(packed, [], wrapping, (count) => count > most);
}

/**
 * The first `length` bytes of what a stream unpacks to. No more of it is read than gives them.
 * @throws FormatError when the stream is damaged before that, or ends
 */
export async function inflateHead(
  packed: AsyncIterable<Uint8Array>,
  length: number,
  wrapping: Wrapping = "deflate-raw",
): Promise<Uint8Array> {
  const head = new Uint8Array(length);
  const filled = await inflate(packed, [head], wrapping, (count) => count >= length);
  if (filled < length) throw new FormatError(`it unpacks to ${filled} bytes, and ${length} were expected`);
  return head;
}

/**
 * What a stream unpacks to, whatever its length.
 * @throws FormatError when the stream is damaged, or gives more than `most` bytes; nothing beyond them is kept
 */
export async function inflateAtMost(
  packed: AsyncIterable<Uint8Array>,
  most: number,
  wrapping: Wrapping = "deflate-raw",
): Promise<Uint8Array> {
  const content = new Uint8Array(most);
  const filled = await inflate(packed, [content], wrapping, (count) => count > most);
  if (filled > most) throw new FormatError(`it unpacks to more than ${most} bytes`);
  return content.subarray(0, filled);
}

/**
 * Fills `parts` from a stream until it ends or `isEnough`. The next piece is only asked for when the last has been
 * unpacked: what is not needed is not read.
 * @returns how many bytes came, also beyond the parts
 */
async function inflate(
  packed: AsyncIterable<Uint8Array>,
  parts: readonly Uint8Array[],
  wrapping: Wrapping,
  isEnough: (count: number) => boolean,
): Promise<number> {
  const { readable, writable } = new DecompressionStream(wrapping);
  const reader = (readable as ReadableStream<Uint8Array>).getReader();
  const writer = writable.getWriter();
  // Failures of the stream itself show on the reading side; what is kept here are those of the file.
  let failure: FormatError | undefined;
  let isDone = false;
  const feeding = feed(writer, packed, () => isDone).catch(async (error: unknown) => {
    if (error instanceof FormatError) failure = error;
    await writer.abort().catch(() => undefined);
  });
  try {
    for (let filled = 0; ; ) {
      const chunk = await nextChunk(reader);
      if (chunk === undefined) return filled;
      placeChunk(chunk, parts, filled);
      filled += chunk.byteLength;
      if (isEnough(filled)) return filled;
    }
  } catch (error) {
    throw failure ?? error;
  } finally {
    isDone = true;
    await reader.cancel().catch(() => undefined);
    await feeding;
  }
}

async function feed(
  writer: WritableStreamDefaultWriter<BufferSource>,
  packed: AsyncIterable<Uint8Array>,
  isDone: () => boolean,
): Promise<void> {
  for await (const piece of packed) {
    await writer.write(piece as Uint8Array<ArrayBuffer>);
    if (isDone()) return;
  }
  await writer.close();
}

async function nextChunk(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    const { done, value } = await reader.read();
    return done ? undefined : value;
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError("its compressed data are no whole DEFLATE stream: damaged or cut short");
  }
}

/** Puts a chunk where the parts, taken as one run of bytes, have position `at`; what goes beyond is left off. */
function placeChunk(chunk: Uint8Array, parts: readonly Uint8Array[], at: number): void {
  let start = 0;
  for (const part of parts) {
    const end = start + part.byteLength;
    if (at < end && at + chunk.byteLength > start) {
      const from = Math.max(0, start - at);
      const to = Math.min(chunk.byteLength, end - at);
      part.set(chunk.subarray(from, to), at + from - start);
    }
    start = end;
  }
}

/** Deflates bytes, given in parts, at the platform's usual level. @returns what came out, in parts */
export async function deflate(parts: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const packed = new Blob(parts as Uint8Array<ArrayBuffer>[])
    .stream()
    .pipeThrough(new CompressionStream("deflate-raw") as ReadableWritablePair<Uint8Array, Uint8Array>);
  const reader = packed.getReader();
  const result: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return result;
    result.push(value);
  }
}
