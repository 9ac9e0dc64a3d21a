// Files that are packed whole: gzip (RFC 1952), zlib (RFC 1950, what joblib.dump(compress=...) writes), and the zlib of
// joblib before 0.10 with a header of its own. What is inside is opened as a file of its own.

import { FormatError } from "../core/errors.ts";
import { hasJsonHeader, startsWith } from "./detect.ts";
import type { Contents, Format, OpenContext } from "./format.ts";
import { latin1 } from "./latin1.ts";
import { checkUnpacked, type Limited, unpackedAllowed } from "./limits.ts";
import { bytesReader, type Reader, readBytes } from "./reader.ts";
import { inflatedLength, inflateInto, piecesOf, type Wrapping } from "./zip/deflate.ts";

/** How a file is packed. */
interface Packing {
  readonly name: string;
  readonly wrapping: Wrapping;
  /** Where the packed data begin. */
  readonly start: number;
  /** What the file says that it unpacks to, where it does. */
  readonly stated?: number;
}

/** joblib's mark, and after it the length in hexadecimal, filled up with spaces to 19 characters. */
const zfileMark = "ZF";
const zfileLength = 19;

/** How the file is packed, by its first bytes; undefined where it is not, or otherwise. */
function packingOf(head: Uint8Array): Packing | undefined {
  if (startsWith(head, [0x1f, 0x8b, 8])) return { name: "gzip", wrapping: "gzip", start: 0 };
  // Deflate with a window of 32 KiB; the two bytes are a multiple of 31; no dictionary from elsewhere.
  const isZlib = head[0] === 0x78 && (head[0] * 256 + head[1]!) % 31 === 0 && (head[1]! & 0x20) === 0;
  if (isZlib && !hasJsonHeader(head)) return { name: "zlib", wrapping: "deflate", start: 0 };
  if (!startsWith(head, `${zfileMark}0x`)) return undefined;
  const text = latin1(head.subarray(2, 2 + zfileLength));
  if (!/^0x[0-9a-f]{1,13} *$/.test(text)) return undefined;
  // joblib under Python 2 wrote one space more.
  const start = 2 + zfileLength + (head[2 + zfileLength] === 0x20 ? 1 : 0);
  return { name: "joblib's zlib", wrapping: "deflate", start, stated: Number(text) };
}

async function openPacked(reader: Reader, context: OpenContext): Promise<Contents> {
  const head = await readBytes(reader, 0, Math.min(64, reader.byteLength), "the file");
  const { name, wrapping, start, stated } = packingOf(head)!;
  const packed = (): AsyncIterable<Uint8Array> => piecesOf(reader, start, reader.byteLength);
  const bytes = await unpack(packed, wrapping, reader.byteLength, context.options).catch((error: unknown) => {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(`the file is packed with ${name}, and ${error.reason}`, error.place);
  });
  const { byteLength: length } = bytes;
  if (stated !== undefined && stated !== length) {
    throw new FormatError(`the file says that it unpacks to ${stated} bytes, and it unpacks to ${length}`);
  }
  const contents = await context.inner(bytesReader(bytes, reader.name));
  contents.notes.push(`the file is packed with ${name}: it was unpacked to ${length} bytes of memory`);
  return contents;
}

/** It is unpacked twice, the first time to count: so nothing is held of a file that is refused, and nothing is copied. */
async function unpack(
  packed: () => AsyncIterable<Uint8Array>,
  wrapping: Wrapping,
  size: number,
  options: Limited,
): Promise<Uint8Array> {
  const length = await inflatedLength(packed(), unpackedAllowed(size, options), wrapping);
  checkUnpacked(length, size, options);
  const bytes = new Uint8Array(length);
  await inflateInto(packed(), [bytes], wrapping);
  return bytes;
}

/** A file of another format, packed. */
export const packedFormat: Format = {
  begins: (head) => packingOf(head) !== undefined,
  open: openPacked,
};
