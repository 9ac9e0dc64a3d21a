// Writing zip archives as Python's zipfile does for numpy.savez: sizes in zip64 fields in each member's header, the
// short form in the directory where it suffices. PKWARE APPNOTE 6.3.

import { ValueError } from "../core/errors.ts";
import { crc32 } from "./crc32.ts";
import { deflate } from "./deflate.ts";

/** A member to be written. */
export interface ZipMember {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Packed {
  readonly name: Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly size: number;
  readonly data: Uint8Array;
  readonly start: number;
}

const zip64Version = 45;
const unset = 0xffffffff;
/** 1 January 1980, the earliest that a zip can say; nothing of the writing machine goes into the file. */
const date = 0x21;
const ownerReadWrite = 0o600 << 16;
const unix = 3;

/** Little-endian fields, one after another. */
function fields(...parts: readonly (readonly [width: 1 | 2 | 4 | 8, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, [width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of parts) {
    if (width === 1) view.setUint8(at, value);
    else if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

function localHeader(member: Packed): Uint8Array {
  return joined([
    fields([4, 0x04034b50], [2, zip64Version], [2, member.flags], [2, member.method], [2, 0], [2, date]),
    fields([4, member.crc], [4, unset], [4, unset], [2, member.name.byteLength], [2, 20]),
    member.name,
    fields([2, 1], [2, 16], [8, member.size], [8, member.data.byteLength]),
  ]);
}

function directoryEntry(member: Packed): Uint8Array {
  const packed = member.data.byteLength;
  const isWide = [member.size, packed].some((value) => value >= unset);
  const wide: (readonly [8, number])[] = isWide
    ? [
        [8, member.size],
        [8, packed],
      ]
    : [];
  const isFar = member.start >= unset;
  if (isFar) wide.push([8, member.start]);
  const extra =
    wide.length === 0 ? new Uint8Array(0) : joined([fields([2, 1], [2, 8 * wide.length]), fields(...wide)]);
  return joined([
    fields([4, 0x02014b50], [1, zip64Version], [1, unix], [2, zip64Version], [2, member.flags]),
    fields([2, member.method], [2, 0], [2, date], [4, member.crc]),
    fields([4, isWide ? unset : packed], [4, isWide ? unset : member.size]),
    fields([2, member.name.byteLength], [2, extra.byteLength], [2, 0], [2, 0], [2, 0], [4, ownerReadWrite]),
    fields([4, isFar ? unset : member.start]),
    member.name,
    extra,
  ]);
}

function endRecords(count: number, size: number, start: number): Uint8Array[] {
  const isWide = count >= 0xffff || size >= unset || start >= unset;
  const records: Uint8Array[] = [];
  if (isWide) {
    records.push(
      fields([4, 0x06064b50], [8, 44], [2, zip64Version], [2, zip64Version], [4, 0], [4, 0]),
      fields([8, count], [8, count], [8, size], [8, start]),
      fields([4, 0x07064b50], [4, 0], [8, start + size], [4, 1]),
    );
  }
  const short = Math.min(count, 0xffff);
  records.push(
    fields([4, 0x06054b50], [2, 0], [2, 0], [2, short], [2, short]),
    fields([4, Math.min(size, unset)], [4, Math.min(start, unset)], [2, 0]),
  );
  return records;
}

/**
 * The bytes of an archive of these members, in this order, stored or deflated.
 * @throws ValueError when a name is longer than a zip can say
 */
export async function writeZip(
  members: readonly ZipMember[],
  options: { readonly compressed?: boolean } = {},
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, bytes } of members) {
    const encoded = new TextEncoder().encode(name);
    if (encoded.byteLength > 0xffff) throw new ValueError("a member's name is longer than 65,535 bytes");
    const isAscii = encoded.byteLength === name.length;
    const member: Packed = {
      name: encoded,
      flags: isAscii ? 0 : 0x800,
      method: options.compressed === true ? 8 : 0,
      crc: crc32(bytes),
      size: bytes.byteLength,
      data: options.compressed === true ? await deflate(bytes) : bytes,
      start: at,
    };
    const header = localHeader(member);
    parts.push(header, member.data);
    directory.push(directoryEntry(member));
    at += header.byteLength + member.data.byteLength;
  }
  const directorySize = directory.reduce((sum, entry) => sum + entry.byteLength, 0);
  return joined([...parts, ...directory, ...endRecords(members.length, directorySize, at)]);
}
