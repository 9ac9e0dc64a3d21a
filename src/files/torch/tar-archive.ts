// Tar archives: POSIX ustar (IEEE Std 1003.1-1988) and the extended headers of pax (IEEE Std 1003.1-2001), of which
// `size` and `path` are looked at. Plain files only.

import { FormatError } from "../../core/errors.ts";
import { latin1 } from "../latin1.ts";
import { type Reader, readBytes } from "../reader.ts";

/** A member of an archive: where its bytes lie. */
export interface TarEntry {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const block = 512;
/** Extended headers hold some names and numbers. */
const largestExtended = 2 ** 16;

/** True iff the bytes begin as a tar archive does. */
export function isTar(head: Uint8Array): boolean {
  return latin1(head.subarray(257, 262)) === "ustar";
}

function field(header: Uint8Array, at: number, length: number): string {
  return latin1(header.subarray(at, at + length)).replace(/\0[\s\S]*$/, "");
}

function octal(header: Uint8Array, at: number, length: number, what: string, offset: number): number {
  const text = field(header, at, length).trim();
  if (!/^[0-7]{1,12}$/.test(text))
    throw new FormatError(`${what} of a member of the tar archive is no octal number`, { offset });
  return Number.parseInt(text, 8);
}

/**
 * The members of an archive; none is read.
 * @throws FormatError when it is damaged, or holds links, names that lead out of it, or two members of one name
 */
export async function readTar(reader: Reader): Promise<ReadonlyMap<string, TarEntry>> {
  const entries = new Map<string, TarEntry>();
  let extended: ReadonlyMap<string, string> = new Map();
  for (let at = 0; at + block <= reader.byteLength; ) {
    const header = await readBytes(reader, at, at + block, "a header of the tar archive");
    if (header.every((byte) => byte === 0)) break;
    checkSum(header, at);
    const start = at + block;
    const size = sizeOf(extended.get("size"), header, at);
    const end = start + size;
    if (!(end <= reader.byteLength)) {
      throw new FormatError(`a member of the tar archive takes ${size} bytes, and the file ends before`, {
        offset: at,
      });
    }
    const type = String.fromCharCode(header[156]!);
    if (type === "x" || type === "g") {
      const records = await extendedRecords(reader, start, end);
      if (type === "x") extended = records;
    } else {
      const name = extended.get("path") ?? field(header, 0, 100);
      checkMember(name, type, at);
      if (entries.has(name))
        throw new FormatError("the tar archive holds two members of this name", { tensor: name });
      if (type !== "5") entries.set(name, { name, start, end });
      extended = new Map();
    }
    at = start + Math.ceil(size / block) * block;
  }
  return entries;
}

/** The sum of the header's bytes, its own place taken for spaces. */
function checkSum(header: Uint8Array, offset: number): void {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (sum !== octal(header, 148, 8, "the checksum", offset)) {
    throw new FormatError("a header of the tar archive does not fit its checksum: it is damaged", { offset });
  }
}

function sizeOf(extended: string | undefined, header: Uint8Array, offset: number): number {
  if (extended === undefined) return octal(header, 124, 12, "the size", offset);
  if (!/^\d{1,15}$/.test(extended))
    throw new FormatError("the size of a member of the tar archive is no number", { offset });
  return Number(extended);
}

function checkMember(name: string, type: string, offset: number): void {
  const place = { tensor: name, offset };
  if (name === "" || name.startsWith("/") || name.split(/[\\/]/).includes("..")) {
    throw new FormatError("the name of a member leads out of the tar archive", place);
  }
  if (type === "1" || type === "2") throw new FormatError("the tar archive holds a link", place);
  if (type !== "0" && type !== "\0" && type !== "5") {
    throw new FormatError(
      `the tar archive holds a member of type ${JSON.stringify(type)}, which is no plain file`,
      place,
    );
  }
}

/** Records of an extended header: "length name=value\n". */
async function extendedRecords(reader: Reader, start: number, end: number): Promise<Map<string, string>> {
  if (end - start > largestExtended) {
    throw new FormatError("an extended header of the tar archive is longer than any of use", {
      offset: start,
    });
  }
  const text = latin1(await readBytes(reader, start, end, "an extended header"));
  const records = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    const match = /^(\d{1,6}) ([^=\n]+)=/.exec(text.slice(at, at + 100));
    const length = Number(match?.[1] ?? 0);
    if (match === null || length < match[0].length || text[at + length - 1] !== "\n") {
      throw new FormatError("an extended header of the tar archive is damaged", { offset: start + at });
    }
    records.set(match[2]!, text.slice(at + match[0].length, at + length - 1));
    at += length;
  }
  return records;
}
