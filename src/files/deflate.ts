// DEFLATE (RFC 1951) through the platform's own streams, with a bound on what may come out.

import { FormatError } from "../core/errors.ts";

/** No DEFLATE stream grows by more: 258 bytes for two bits, and what a block header adds. */
export const largestGrowth = 1032;

/**
 * Inflates `packed` into `target`, which it must fill exactly.
 * @throws FormatError when the stream is damaged, shorter or longer than `target`; nothing beyond it is kept
 */
export async function inflateInto(packed: Uint8Array, target: Uint8Array): Promise<void> {
  const stream = new DecompressionStream("deflate-raw");
  const writer = stream.writable.getWriter();
  // Failures show on the reading side as well; there they are reported.
  writer.write(packed as Uint8Array<ArrayBuffer>).catch(() => undefined);
  writer.close().catch(() => undefined);
  const reader = stream.readable.getReader();
  let filled = 0;
  for (;;) {
    const chunk = await nextChunk(reader);
    if (chunk === undefined) break;
    if (filled + chunk.byteLength > target.byteLength) {
      await reader.cancel().catch(() => undefined);
      throw new FormatError(`it unpacks to more than the ${target.byteLength} bytes that the archive states`);
    }
    target.set(chunk, filled);
    filled += chunk.byteLength;
  }
  if (filled !== target.byteLength) {
    throw new FormatError(`it unpacks to ${filled} bytes where the archive states ${target.byteLength}`);
  }
}

async function nextChunk(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    const { done, value } = await reader.read();
    return done ? undefined : value;
  } catch {
    throw new FormatError("its compressed data are no whole DEFLATE stream: damaged or cut short");
  }
}

/** Deflates bytes at the platform's usual level. */
export async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
