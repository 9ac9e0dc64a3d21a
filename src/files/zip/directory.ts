// The end record and the central directory of a zip archive (PKWARE APPNOTE 6.3, sections 4.3.12 to 4.3.16).

import { FormatError } from "../../core/errors.ts";
import { latin1 } from "../latin1.ts";
import { type Reader, readBytes } from "../reader.ts";

/** Where the directory lies. */
export interface ZipEnd {
  readonly directoryStart: number;
  readonly directorySize: number;
  readonly count: number;
  readonly notes: readonly string[];
}

/** A member as the directory has it. */
export interface DirectoryEntry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly deflated: boolean;
  readonly crc: number;
  readonly size: number;
  readonly packedSize: number;
  readonly headerStart: number;
}

const endSize = 22;
const locatorSize = 20;
const largestComment = 0xffff;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Finds the one end record of an archive.
 * @throws FormatError when there is none, or two that could each be meant
 */
export async function findEnd(reader: Reader): Promise<ZipEnd> {
  const length = reader.byteLength;
  const tailStart = Math.max(0, length - endSize - largestComment);
  const tail = await readBytes(reader, tailStart, length, "the archive's end");
  const view = viewOf(tail);
  const found: ZipEnd[] = [];
  for (let at = tail.byteLength - endSize; at >= 0; at--) {
    if (tail[at] !== 0x50 || view.getUint32(at, true) !== 0x06054b50) continue;
    const end = await endAt(reader, view, at, tailStart);
    // What begins with the mark but fits nothing is text of a comment; the first from the end must fit.
    if (end instanceof FormatError) {
      if (found.length === 0) throw end;
    } else found.push(end);
  }
  if (found.length === 0) {
    throw new FormatError("the zip archive has no end record: it is cut short", { offset: length });
  }
  if (found.length > 1) {
    throw new FormatError("the zip archive has two end records: which directory is meant is not to be known");
  }
  return found[0]!;
}

async function endAt(
  reader: Reader,
  tail: DataView,
  at: number,
  tailStart: number,
): Promise<ZipEnd | FormatError> {
  const position = tailStart + at;
  const commentEnd = position + endSize + tail.getUint16(at + 20, true);
  if (commentEnd > reader.byteLength) {
    return new FormatError("the zip archive's end record is cut short", { offset: position });
  }
  let disks = [tail.getUint16(at + 4, true), tail.getUint16(at + 6, true)];
  let counts = [tail.getUint16(at + 8, true), tail.getUint16(at + 10, true)];
  let size = tail.getUint32(at + 12, true);
  let start = tail.getUint32(at + 16, true);
  let endOfDirectory = position;
  const wide = await zip64End(reader, position);
  if (wide instanceof FormatError) return wide;
  if (wide !== undefined) {
    const differs = [
      [counts[1]!, wide.count, 0xffff],
      [size, wide.size, 0xffffffff],
      [start, wide.start, 0xffffffff],
    ].some(([short, long, unset]) => short !== unset && short !== long);
    if (differs) {
      return new FormatError("the archive's two end records, zip and zip64, differ", { offset: position });
    }
    disks = wide.disks;
    counts = [wide.count, wide.count];
    size = wide.size;
    start = wide.start;
    endOfDirectory = wide.position;
  }
  if (disks.some((disk) => disk !== 0) || counts[0] !== counts[1]) {
    return new FormatError("the zip archive is one disk of several", { offset: position });
  }
  if (start + size !== endOfDirectory) {
    return new FormatError(
      `the zip archive's directory should lie at ${start} to ${start + size} and end at ${endOfDirectory}: bytes are missing or were put in`,
      { offset: position },
    );
  }
  const rest = reader.byteLength - commentEnd;
  return {
    directoryStart: start,
    directorySize: size,
    count: counts[0]!,
    notes: rest === 0 ? [] : [`${rest} bytes after the zip archive were not read`],
  };
}

interface WideEnd {
  readonly position: number;
  readonly disks: number[];
  readonly count: number;
  readonly size: number;
  readonly start: number;
}

/** The zip64 end record, where a locator for one stands before the end record. */
async function zip64End(reader: Reader, endPosition: number): Promise<WideEnd | FormatError | undefined> {
  const locatorStart = endPosition - locatorSize;
  if (locatorStart < 0) return undefined;
  const locator = viewOf(await readBytes(reader, locatorStart, endPosition, "the zip64 locator"));
  if (locator.getUint32(0, true) !== 0x07064b50) return undefined;
  const position = Number(locator.getBigUint64(8, true));
  const outside = new FormatError("the zip64 locator points to no end record", { offset: locatorStart });
  if (position + 56 > locatorStart) return outside;
  const record = viewOf(await readBytes(reader, position, position + 56, "the zip64 end record"));
  if (record.getUint32(0, true) !== 0x06064b50) return outside;
  if (position + 12 + Number(record.getBigUint64(4, true)) !== locatorStart) return outside;
  return {
    position,
    disks: [record.getUint32(16, true), record.getUint32(20, true)],
    count: Number(record.getBigUint64(32, true)),
    size: Number(record.getBigUint64(40, true)),
    start: Number(record.getBigUint64(48, true)),
  };
}

/** All members as the directory lists them. */
export async function readDirectory(reader: Reader, end: ZipEnd): Promise<DirectoryEntry[]> {
  const { directoryStart, directorySize, count } = end;
  const bytes = await readBytes(reader, directoryStart, directoryStart + directorySize, "the directory");
  const entries: DirectoryEntry[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    const next = entryEnd(bytes, at, directoryStart);
    entries.push(readEntryRecord(bytes.subarray(at, next), directoryStart + at));
    at = next;
  }
  if (entries.length !== count) {
    throw new FormatError(
      `the zip archive's directory lists ${entries.length} members, its end record ${count}`,
      {
        offset: directoryStart,
      },
    );
  }
  return entries;
}

function entryEnd(bytes: Uint8Array, at: number, directoryStart: number): number {
  const view = viewOf(bytes);
  if (at + 46 <= bytes.byteLength && view.getUint32(at, true) === 0x02014b50) {
    const end =
      at + 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (end <= bytes.byteLength) return end;
  }
  throw new FormatError("the zip archive's directory is damaged", { offset: directoryStart + at });
}

function readEntryRecord(record: Uint8Array, offset: number): DirectoryEntry {
  const view = viewOf(record);
  const nameEnd = 46 + view.getUint16(28, true);
  const flags = view.getUint16(8, true);
  const method = view.getUint16(10, true);
  const name = decodeName(record.subarray(46, nameEnd), flags, offset);
  const place = { tensor: name, offset };
  checkName(name, place);
  if ((flags & 0x2041) !== 0) throw new FormatError("the member is encrypted", place);
  if (method !== 0 && method !== 8) {
    throw new FormatError(
      `the member is packed by ${methodName(method)}; only stored and deflated members can be read`,
      place,
    );
  }
  if (((view.getUint32(38, true) >>> 16) & 0xf000) === 0xa000) {
    throw new FormatError("the member is a symbolic link", place);
  }
  const extra = record.subarray(nameEnd, nameEnd + view.getUint16(30, true));
  const sizes = wideSizes(view, extra, place);
  if (sizes.disk !== 0) throw new FormatError("the member lies on another disk", place);
  return { name, flags, method, deflated: method === 8, crc: view.getUint32(16, true), ...sizes };
}

/** Sizes and offset, from the zip64 extra field where the short fields are all ones. */
function wideSizes(
  view: DataView,
  extra: Uint8Array,
  place: { readonly tensor: string; readonly offset: number },
): { size: number; packedSize: number; headerStart: number; disk: number } {
  const fields = viewOf(extra);
  let wide: DataView | undefined;
  for (let at = 0; at < extra.byteLength; ) {
    const next =
      at + 4 <= extra.byteLength ? at + 4 + fields.getUint16(at + 2, true) : Number.POSITIVE_INFINITY;
    if (next > extra.byteLength) {
      // Some programs pad the field with a few zeros; anything else is damage.
      if (extra.subarray(at).every((byte) => byte === 0)) break;
      throw new FormatError("the member's extra field is cut short", place);
    }
    if (fields.getUint16(at, true) === 1) wide = viewOf(extra.subarray(at + 4, next));
    at = next;
  }
  let used = 0;
  const take = (short: number, unset: number, width: number): number => {
    if (short !== unset || wide === undefined) return short;
    if (used + width > wide.byteLength) throw new FormatError("the member's zip64 field is cut short", place);
    const value = width === 8 ? Number(wide.getBigUint64(used, true)) : wide.getUint32(used, true);
    used += width;
    return value;
  };
  const size = take(view.getUint32(24, true), 0xffffffff, 8);
  const packedSize = take(view.getUint32(20, true), 0xffffffff, 8);
  const headerStart = take(view.getUint32(42, true), 0xffffffff, 8);
  return { size, packedSize, headerStart, disk: take(view.getUint16(34, true), 0xffff, 4) };
}

/** A member's name: UTF-8 where the flag says so, else the code page of the first PCs, as Python has it. */
export function decodeName(bytes: Uint8Array, flags: number, offset: number): string {
  if ((flags & 0x800) === 0) {
    return latin1(bytes).replace(/[\x80-\xff]/g, (letter) => codePage437[letter.charCodeAt(0) - 0x80]!);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FormatError("a member's name is flagged UTF-8 and is not", { offset });
  }
}

const codePage437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";

function checkName(name: string, place: { readonly tensor: string; readonly offset: number }): void {
  if (name === "" || name.includes("\0"))
    throw new FormatError("a member's name is empty or holds a NUL", place);
  const parts = name.split(/[\\/]/);
  if (parts.includes("..") || parts[0] === "" || /^[A-Za-z]:[\\/]/.test(name)) {
    throw new FormatError("a member's name leads out of the archive", place);
  }
}

function methodName(method: number): string {
  const names = new Map([
    [9, "Deflate64"],
    [12, "bzip2"],
    [14, "LZMA"],
    [93, "Zstandard"],
    [95, "xz"],
    [99, "AES encryption"],
  ]);
  return `method ${method}${names.has(method) ? ` (${names.get(method)})` : ""}`;
}
