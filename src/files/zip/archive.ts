// Zip archives (PKWARE APPNOTE 6.3): the directory, zip64, members stored or deflated. Strict where programs differ
// in what they take an archive to hold: the directory and the members' own headers must agree, members must not
// overlap, and names must be of one meaning.

import { FormatError } from "../../core/errors.ts";
import { checkUnpacked, type Limited } from "../limits.ts";
import { fillFrom, type Reader } from "../reader.ts";
import { Stored } from "../stored.ts";
import { crc32 } from "./crc32.ts";
import { inflateInto, largestGrowth, piecesOf, unpackedHead } from "./deflate.ts";
import { type DirectoryEntry, findEnd, readDirectory } from "./directory.ts";
import { checkLocalHeader, fixedSize, outside } from "./header.ts";

/** A member of an archive, as the directory has it. */
export interface ZipEntry extends DirectoryEntry {
  /** Where the next member, or the directory, begins: the member's data end before. */
  readonly limit: number;
  /** True iff `dataStart` has been asked. */
  readonly isChecked: boolean;
  /**
   * Where its data begin in the file. What its own header says is held against the directory when this is first asked.
   * @throws FormatError when the two differ
   */
  dataStart(): Promise<number>;
}

/** An opened archive. */
export interface ZipArchive {
  readonly reader: Reader;
  /** In the order of the directory. */
  readonly entries: readonly ZipEntry[];
  readonly notes: readonly string[];
}

/**
 * Reads the directory of an archive and checks it against the members' own headers; where each part of a file is a
 * request (`Reader.expect`), a member's header when the member is first used. No member is unpacked.
 * @throws FormatError when the archive is damaged, ambiguous, encrypted, or packed by a method other than deflate
 */
export async function openZip(reader: Reader, options: Limited = {}): Promise<ZipArchive> {
  const end = await findEnd(reader);
  const directory = await readDirectory(reader, end);
  const names = new Set<string>();
  let total = 0;
  for (const entry of directory) {
    if (names.has(entry.name)) {
      throw new FormatError(
        "the archive holds two members of this name: which one is meant is not to be known",
        { tensor: entry.name, offset: entry.headerStart },
      );
    }
    names.add(entry.name);
    checkGrowth(entry);
    total += entry.size;
  }
  checkUnpacked(total, reader.byteLength, options);
  const entries = placedEntries(reader, directory, end.directoryStart);
  const archive = { reader, entries, notes: end.notes };
  if (reader.expect === undefined) await checkHeaders(archive);
  return archive;
}

/** The members with their limits; none may overlap the next, as far as the directory tells. */
function placedEntries(
  reader: Reader,
  directory: readonly DirectoryEntry[],
  directoryStart: number,
): ZipEntry[] {
  const starts = directory.map(({ headerStart }) => headerStart).sort((a, b) => a - b);
  const next = new Map<number, number>();
  starts.forEach((start, index) => {
    if (!next.has(start)) next.set(start, starts[index + 1] ?? directoryStart);
  });
  return directory.map((entry) => {
    if (entry.headerStart + fixedSize > directoryStart) throw outside(entry);
    return new Member(entry, next.get(entry.headerStart)!, reader, directoryStart);
  });
}

/** A member whose own header is looked at when its place is first asked. */
class Member implements ZipEntry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly deflated: boolean;
  readonly crc: number;
  readonly size: number;
  readonly packedSize: number;
  readonly headerStart: number;
  readonly limit: number;
  private readonly reader: Reader;
  private readonly directoryStart: number;
  private found: Promise<number> | undefined = undefined;

  constructor(entry: DirectoryEntry, limit: number, reader: Reader, directoryStart: number) {
    this.name = entry.name;
    this.flags = entry.flags;
    this.method = entry.method;
    this.deflated = entry.deflated;
    this.crc = entry.crc;
    this.size = entry.size;
    this.packedSize = entry.packedSize;
    this.headerStart = entry.headerStart;
    this.limit = limit;
    this.reader = reader;
    this.directoryStart = directoryStart;
  }

  get isChecked(): boolean {
    return this.found !== undefined;
  }

  dataStart(): Promise<number> {
    this.found ??= checkLocalHeader(this.reader, this, this.limit, this.directoryStart);
    return this.found;
  }
}

/**
 * Holds every member's own header against the directory, where that was not done yet.
 * @throws FormatError when some differ
 */
export async function checkHeaders({ reader, entries }: ZipArchive): Promise<void> {
  const unchecked = entries.filter(({ isChecked }) => !isChecked);
  await prefetchMembers({ reader, entries: unchecked }, () => 0);
  for (const entry of unchecked) await entry.dataStart();
}

/** Bytes of a member's header beyond its name: what is fixed, and room for fields that programs usually add. */
const usualHeader = fixedSize + 64;

/** Has the headers and the first bytes of all members fetched at once, where each would be a request. */
export async function prefetchMembers(
  { reader, entries }: Pick<ZipArchive, "reader" | "entries">,
  length: (entry: ZipEntry) => number,
): Promise<void> {
  await reader.prefetch?.(
    entries.map((entry) => [
      entry.headerStart,
      Math.min(entry.limit, entry.headerStart + usualHeader + 2 * entry.name.length + length(entry)),
    ]),
  );
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
  // The header and the data are one request where the file is fetched.
  const done = reader.expect?.([[entry.headerStart, entry.limit]]);
  try {
    let at = await entry.dataStart();
    if (entry.deflated) await inMember(entry, at, () => inflateInto(packedPieces(archive, entry, at), parts));
    else {
      // Bytes are summed while they are still at hand: to touch all of them again costs as much as to read them.
      let sum = 0;
      for (const part of parts) {
        await fillFrom(reader, at, part, (bytes) => {
          sum = crc32(bytes, sum);
        });
        at += part.byteLength;
      }
      return sum === entry.crc;
    }
  } finally {
    done?.();
  }
  return parts.reduce((sum, part) => crc32(part, sum), 0) === entry.crc;
}

async function inMember<T>(entry: ZipEntry, dataStart: number, unpack: () => Promise<T>): Promise<T> {
  try {
    return await unpack();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.reason, { tensor: entry.name, offset: dataStart });
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

function packedPieces({ reader }: ZipArchive, entry: ZipEntry, dataStart: number): AsyncIterable<Uint8Array> {
  return piecesOf(reader, dataStart, dataStart + entry.packedSize);
}

/** How much of a packed member is unpacked when its first bytes are asked for: the headers of formats fit in. */
const usualHead = 2 ** 10;

/** A member as a file of its own. Of a packed one each part is unpacked from the beginning: for its first bytes. */
export function entryReader(archive: ZipArchive, entry: ZipEntry): Reader {
  const { size, name } = entry;
  if (!entry.deflated) return storedReader(archive.reader, entry);
  let head: Uint8Array = new Uint8Array(0);
  return {
    byteLength: size,
    name,
    slice: async (start, end) => {
      if (start === end) return new Uint8Array(0);
      if (end > head.byteLength) {
        const at = await entry.dataStart();
        const length = Math.max(end, Math.min(size, usualHead));
        head = await inMember(entry, at, () =>
          unpackedHead(archive.reader, at, at + entry.packedSize, length),
        );
      }
      return head.subarray(start, end);
    },
  };
}

/** The first bytes of a stored member that are read at once: as many as a .npy has before its data. */
const storedHead = 128;

/** A stored member as a file: parts of the archive, once it is known where they lie. */
function storedReader(reader: Reader, entry: ZipEntry): Reader {
  let known: number | undefined;
  const start = async (): Promise<number> => {
    known ??= await entry.dataStart();
    return known;
  };
  let head: Promise<Uint8Array> | undefined;
  const readHead = async (): Promise<Uint8Array> => {
    const at = await start();
    return reader.slice(at, at + Math.min(entry.size, storedHead));
  };
  const { expect, readInto } = reader;
  return {
    byteLength: entry.size,
    name: entry.name,
    slice: async (from, to) => {
      if (to <= storedHead) {
        head ??= readHead();
        return (await head).subarray(from, to);
      }
      const at = await start();
      return reader.slice(at + from, at + to);
    },
    ...(readInto === undefined
      ? {}
      : { readInto: async (from, target) => readInto.call(reader, (await start()) + from, target) }),
    ...(expect === undefined
      ? {}
      : {
          expect: (parts) => {
            const at = known;
            return at === undefined
              ? () => {}
              : expect.call(
                  reader,
                  parts.map(([from, to]) => [at + from, at + to]),
                );
          },
        }),
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
  const { reader } = archive;
  const place = { file: reader.name, tensor: entry.name, offset: entry.headerStart };
  const fill = async (target: Uint8Array): Promise<void> => {
    const parts = [new Uint8Array(start), target, new Uint8Array(entry.size - end)];
    whenRead(await readEntryInto(archive, entry, parts));
  };
  return Stored.filled(end - start, fill, place, { reader, start: entry.headerStart, end: entry.limit });
}
