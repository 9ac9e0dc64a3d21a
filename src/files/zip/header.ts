// A member's own header in a zip archive (PKWARE APPNOTE 6.3, section 4.3.7), held against the archive's directory.

import { FormatError } from "../../core/errors.ts";
import { type Reader, readBytes } from "../reader.ts";
import { type DirectoryEntry, decodeName } from "./directory.ts";

/** Bytes of a member's header before its name. */
export const fixedSize = 30;

/** The error for a member that is said to begin where none can. */
export function outside(entry: DirectoryEntry): FormatError {
  return new FormatError("the member is said to lie outside the archive's data", {
    tensor: entry.name,
    offset: entry.headerStart,
  });
}

/**
 * Where the member's data begin. What its own header says must be what the directory says.
 * @param limit where the next member begins: the data must end before
 * @throws FormatError when they differ, or the data reach too far
 */
export async function checkLocalHeader(
  reader: Reader,
  entry: DirectoryEntry,
  limit: number,
  directoryStart: number,
): Promise<number> {
  const place = { tensor: entry.name, offset: entry.headerStart };
  const differs = (what: string): FormatError =>
    new FormatError(`the member's own header and the archive's directory differ in ${what}`, place);
  const fixed = await readBytes(
    reader,
    entry.headerStart,
    entry.headerStart + fixedSize,
    "a member's header",
  );
  const view = new DataView(fixed.buffer, fixed.byteOffset, fixed.byteLength);
  if (view.getUint32(0, true) !== 0x04034b50) throw new FormatError("no member's header is there", place);
  const nameLength = view.getUint16(26, true);
  const dataStart = entry.headerStart + fixedSize + nameLength + view.getUint16(28, true);
  const dataEnd = dataStart + entry.packedSize;
  if (dataEnd > directoryStart) {
    throw new FormatError("the member's data reach beyond the archive's data", place);
  }
  const rest = await readBytes(reader, entry.headerStart + fixedSize, dataStart, "a member's header");
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
  if (dataEnd > limit) {
    throw new FormatError("two members of the archive overlap", { tensor: entry.name, offset: limit });
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
