// Zip archives (PKWARE APPNOTE 6.3): the directory, zip64, members stored or deflated. Strict where programs differ
// in what they take an archive to hold: the directory and the members' own headers must agree, members must not
// overlap, and names must be of one meaning.

import { FormatError } from "../core/errors.ts";
import { crc32 } from "./crc32.ts";
import { inflateHead, inflateInto, largestGrowth, piecesOf } from "./deflate.ts";
import { fillFrom, partReader, type Reader, readBytes } from "./reader.ts";
import { Stored } from "./stored.ts";
import { type DirectoryEntry, decodeName, findEnd, readDirectory } from "./zip-directory.ts";

/** A member of an archive. Its place was checked; its bytes were not read yet. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes of the member, unpacked. */
  readonly size: number;
  readonly packedSize: number;
  readonly deflated: boolean;
  readonly crc: number;
  /** Where its data begin in the file. */
  readonly dataStart: number;
}

/** An opened archive. */
export interface ZipArchive {
  readonly reader: Reader;
  /** In the order of the directory. */
  readonly entries: readonly ZipEntry[];
  readonly notes: readonly string[];
}

/** How much an archive may unpack to, whatever its size. Beyond it, `growthAllowed` times the file. */
const alwaysAllowed = 2 ** 28;
const growthAllowed = 200;

/**
 * Reads the directory of an archive and checks it against the members' own headers. No member is unpacked.
 * @throws FormatError when the archive is damaged, ambiguous, encrypted, or packed by a method other than deflate
 */
export async function openZip(
  reader: Reader,
  options: { readonly maxBytes?: number } = {},
): Promise<ZipArchive> {
  const end = await findEnd(reader);
  const directory = await readDirectory(reader, end);
  const names = new Set<string>();
  const entries: ZipEntry[] = [];
  const spans: { start: number; end: number; name: string }[] = [];
  let total = 0;
  for (const entry of directory) {
    if (names.has(entry.name)) {
      throw new FormatError(
        "the archive holds two members of this name: which one is meant is not to be known",
        {
          tensor: entry.name,
          offset: entry.headerStart,
        },
      );
    }
    names.add(entry.name);
    const dataStart = await checkLocalHeader(reader, entry, end.directoryStart);
    checkGrowth(entry);
    total += entry.size;
    entries.push({ ...entry, dataStart });
    spans.push({ start: entry.headerStart, end: dataStart + entry.packedSize, name: entry.name });
  }
  checkOverlap(spans, end.directoryStart);
  const allowed = options.maxBytes ?? Math.max(alwaysAllowed, growthAllowed * reader.byteLength);
  if (total > allowed) {
    throw new FormatError(
      `the archive would unpack to ${total} bytes, more than the ${allowed} allowed; if that is meant, give maxBytes`,
    );
  }
  return { reader, entries, notes: end.notes };
}

/** Where the member's data begin. What its own header says must be what the directory says. */
async function checkLocalHeader(
  reader: Reader,
  entry: DirectoryEntry,
  directoryStart: number,
): Promise<number> {
  const place = { tensor: entry.name, offset: entry.headerStart };
  const differs = (what: string): FormatError =>
    new FormatError(`the member's own header and the archive's directory differ in ${what}`, place);
  if (entry.headerStart + 30 > directoryStart) {
    throw new FormatError("the member is said to lie outside the archive's data", place);
  }
  const fixed = await readBytes(reader, entry.headerStart, entry.headerStart + 30, "a member's header");
  const view = new DataView(fixed.buffer, fixed.byteOffset, fixed.byteLength);
  if (view.getUint32(0, true) !== 0x04034b50) throw new FormatError("no member's header is there", place);
  const nameLength = view.getUint16(26, true);
  const dataStart = entry.headerStart + 30 + nameLength + view.getUint16(28, true);
  if (dataStart + entry.packedSize > directoryStart) {
    throw new FormatError("the member's data reach beyond the archive's data", place);
  }
  const rest = await readBytes(reader, entry.headerStart + 30, dataStart, "a member's header");
  const flags = view.getUint16(6, true);
  if (decodeName(rest.subarray(0, nameLength), flags, place.offset) !== entry.name) throw differs("its name");
  if (view.getUint16(8, true) !== entry.method) throw differs("how it is packed");
  if ((flags & 1) !== (entry.flags & 1)) throw differs("whether it is encrypted");
  // With flag bit 3 the sizes follow the data, and the header may leave them at zero.
  if ((flags & 8) === 0) {
    const sizes = localSizes(view, rest.subarray(nameLength), place.offset);
    if (sizes.size !== entry.size || sizes.packedSize !== entry.packedSize) throw differs("its size");
    if (view.getUint32(14, true) !== entry.crc) throw differs("its checksum");
  }
  return dataStart;
}

function localSizes(view: DataView, extra: Uint8Array, offset: number): { size: number; packedSize: number } {
  const packedSize = view.getUint32(18, true);
  const size = view.getUint32(22, true);
  if (packedSize !== 0xffffffff && size !== 0xffffffff) return { size, packedSize };
  const fields = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const length = fields.getUint16(at + 2, true);
    if (fields.getUint16(at, true) === 1 && at + 20 <= extra.byteLength && length >= 16) {
      return {
        size: Number(fields.getBigUint64(at + 4, true)),
        packedSize: Number(fields.getBigUint64(at + 12, true)),
      };
    }
    at += 4 + length;
  }
  throw new FormatError("a member's header lacks the zip64 field that its sizes should stand in", { offset });
}

function checkGrowth(entry: DirectoryEntry): void {
  const place = { tensor: entry.name, offset: entry.headerStart };
  if (entry.method === 0 && entry.size !== entry.packedSize) {
    throw new FormatError(
      "the member is stored as it is, and yet two different sizes are given for it",
      place,
    );
  }
  if (entry.size > entry.packedSize * largestGrowth + 64) {
    throw new FormatError(
      `the member of ${entry.packedSize} bytes is said to unpack to ${entry.size}, which no deflate stream does`,
      place,
    );
  }
}

function checkOverlap(spans: { start: number; end: number; name: string }[], directoryStart: number): void {
  spans.sort((a, b) => a.start - b.start);
  for (let i = 0; i < spans.length; i++) {
    const next = spans[i + 1]?.start ?? directoryStart;
    if (spans[i]!.end > next) {
      throw new FormatError("two members of the archive overlap", { tensor: spans[i]!.name, offset: next });
    }
  }
}

/**
 * Fills `parts`, which together must have the member's size, with its bytes, unpacked.
 * @returns true iff the member's checksum fits
 * @throws FormatError when the member does not unpack to its size
 */
export async function readEntryInto(
  archive: ZipArchive,
  entry: ZipEntry,
  parts: readonly Uint8Array[],
): Promise<boolean> {
  const { reader } = archive;
  if (!entry.deflated) {
    let at = entry.dataStart;
    for (const part of parts) {
      if (part.byteLength > 0) await fillFrom(reader, at, part);
      at += part.byteLength;
    }
  } else await inMember(entry, () => inflateInto(packedPieces(archive, entry), parts));
  return parts.reduce((sum, part) => crc32(part, sum), 0) === entry.crc;
}

async function inMember<T>(entry: ZipEntry, unpack: () => Promise<T>): Promise<T> {
  try {
    return await unpack();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.reason, { tensor: entry.name, offset: entry.dataStart });
  }
}

/** A member's bytes, unpacked. `fits` is whether its checksum is right. */
export async function readEntry(
  archive: ZipArchive,
  entry: ZipEntry,
): Promise<{ bytes: Uint8Array; fits: boolean }> {
  const bytes = new Uint8Array(entry.size);
  const fits = await readEntryInto(archive, entry, [bytes]);
  return { bytes, fits };
}

function packedPieces({ reader }: ZipArchive, entry: ZipEntry): AsyncIterable<Uint8Array> {
  return piecesOf(reader, entry.dataStart, entry.dataStart + entry.packedSize);
}

/** How much of a packed member is unpacked when its first bytes are asked for: the headers of formats fit in. */
const usualHead = 2 ** 10;

/** A member as a file of its own. Of a packed one each part is unpacked from the beginning: for its first bytes. */
export function entryReader(archive: ZipArchive, entry: ZipEntry): Reader {
  const { dataStart, size, name } = entry;
  if (!entry.deflated) return partReader(archive.reader, dataStart, dataStart + size, name);
  let head: Uint8Array = new Uint8Array(0);
  return {
    byteLength: size,
    name,
    slice: async (start, end) => {
      if (end > head.byteLength) {
        const length = Math.min(size, Math.max(end, usualHead));
        head = await inMember(entry, () => inflateHead(packedPieces(archive, entry), length));
      }
      return head.subarray(start, end);
    },
  };
}

/** A member from byte `start` of it up to `end`, read when asked for; `whenRead` is told whether the checksum fits. */
export function storedEntry(
  archive: ZipArchive,
  entry: ZipEntry,
  start: number,
  end: number,
  whenRead: (fits: boolean) => void,
): Stored {
  const place = { file: archive.reader.name, tensor: entry.name, offset: entry.dataStart };
  const fill = async (target: Uint8Array): Promise<void> => {
    const parts = [new Uint8Array(start), target, new Uint8Array(entry.size - end)];
    whenRead(await readEntryInto(archive, entry, parts));
  };
  return Stored.filled(end - start, fill, place);
}
