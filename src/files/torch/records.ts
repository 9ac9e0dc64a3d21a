// Records of PyTorch's archives: members whose wrong checksum is noted and no reason to refuse them, since torch itself
// reads such, and can be told to write none.

import type { Stored } from "../stored.ts";
import { readEntry, storedEntry, type ZipArchive, type ZipEntry } from "../zip/archive.ts";

function noteChecksum({ name, crc }: ZipEntry, fits: boolean, notes: string[]): void {
  if (fits || crc === 0) return;
  notes.push(
    `the checksum (CRC-32) of record ${name.replace(/^[^/]*\//, "")} does not fit: it may be damaged`,
  );
}

/** A record's bytes. */
export async function recordBytes(
  archive: ZipArchive,
  entry: ZipEntry,
  notes: string[],
): Promise<Uint8Array> {
  const { bytes, fits } = await readEntry(archive, entry);
  noteChecksum(entry, fits, notes);
  return bytes;
}

/** A record's bytes, read when they are asked for. */
export function storedRecord(archive: ZipArchive, entry: ZipEntry, notes: string[]): Stored {
  return storedEntry(archive, entry, 0, entry.size, (fits) => noteChecksum(entry, fits, notes));
}
