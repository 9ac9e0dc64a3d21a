// HDF5's superblock, versions 0 to 3, which may stand behind a user block (HDF5 File Format Specification Version 3.0,
// section II.A).

import { FormatError } from "../../core/errors.ts";
import { type Reader, readBytes } from "../reader.ts";
import { Cursor, type Widths } from "./cursor.ts";
import { checkSum, type FilePlace } from "./file.ts";

const signature: readonly number[] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** What a superblock says. */
export interface Superblock extends FilePlace {
  /** Address of the root group's object header. */
  readonly root: number;
  /** Address of the object header that extends the superblock. */
  readonly extension: number | undefined;
}

/** How many bytes of a superblock are read, where there are so many: version 1 with 8-byte addresses takes 100. */
const longest = 128;

/** Where the superblock begins: at 0, or behind a user block of 512, 1024, 2048, ... bytes. */
export async function superblockOffset(reader: Reader): Promise<number | undefined> {
  for (let at = 0; at + signature.length <= reader.byteLength; at = at === 0 ? 512 : 2 * at) {
    const bytes = await reader.slice(at, at + signature.length);
    if (signature.every((byte, index) => bytes[index] === byte)) return at;
  }
  return undefined;
}

/**
 * Reads the superblock that begins at `at`.
 * @throws FormatError when it is damaged, of an unknown version, or the file is cut short
 */
export async function readSuperblock(reader: Reader, at: number): Promise<Superblock> {
  const bytes = await readBytes(reader, at, Math.min(at + longest, reader.byteLength), "the superblock");
  const cursorOf = (widths: Widths): Cursor => new Cursor(bytes, widths, at, "the superblock");
  const head = cursorOf({ address: 8, length: 8 });
  head.skip(signature.length);
  const version = head.version(0, 1, 2, 3);
  const isOld = version < 2;
  // The older versions have those of four further structures before the widths.
  if (isOld) head.skip(4);
  const widths = { address: head.u8(), length: head.u8() };
  for (const width of [widths.address, widths.length]) {
    if (width !== 2 && width !== 4 && width !== 8) {
      throw head.wrong(`addresses or lengths of ${width} bytes are none of 2, 4 and 8`);
    }
  }
  const cursor = cursorOf(widths);
  cursor.at = head.at;
  const found = isOld ? readOld(cursor, version) : readNew(cursor);
  return checkPlace(found, widths, at, reader);
}

interface Addresses {
  readonly base: number;
  readonly end: number;
  readonly root: number | undefined;
  readonly extension: number | undefined;
}

function readOld(cursor: Cursor, version: number): Addresses {
  cursor.skip(1 + 2 + 2 + 4);
  if (version === 1) cursor.skip(4);
  const base = cursor.addressOf("its base");
  // Free-space information, which no library writes there.
  cursor.address();
  const end = cursor.addressOf("the file's end");
  cursor.address();
  // The root group's symbol table entry: the name's offset, the object header.
  cursor.address();
  return { base, end, root: cursor.address(), extension: undefined };
}

function readNew(cursor: Cursor): Addresses {
  cursor.skip(1);
  const base = cursor.addressOf("its base");
  const extension = cursor.address();
  const end = cursor.addressOf("the file's end");
  const root = cursor.address();
  checkSum(cursor.bytes.subarray(0, cursor.at), cursor);
  return { base, end, root, extension };
}

function checkPlace(
  { base, end, root, extension }: Addresses,
  widths: Widths,
  at: number,
  reader: Reader,
): Superblock {
  // A superblock that was moved by something put before it counts from where it stands, as the library has it.
  const moved = at - base;
  const last = end + moved;
  if (last > reader.byteLength || last < at) {
    throw new FormatError(
      `the superblock says that the file ends at ${end} (its base being ${base}), and it ends at ${reader.byteLength}: it is cut short or damaged`,
      { offset: at },
    );
  }
  if (root === undefined) throw new FormatError("the superblock names no root group", { offset: at });
  return { widths, base: at, end: last, root, extension };
}
