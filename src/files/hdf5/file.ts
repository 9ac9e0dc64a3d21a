// An HDF5 file as its structures are read from: addresses that count from the base address, pages of metadata kept in
// memory, and bounds on what a file may make its reader do.

import { FormatError } from "../../core/errors.ts";
import { beyondLimit } from "../limits.ts";
import { type Reader, readBytes } from "../reader.ts";
import { lookup3 } from "./checksum.ts";
import { Cursor, type Widths } from "./cursor.ts";

const pageSize = 2 ** 14;
const mostPages = 256;

/** What the superblock says of the file. */
export interface FilePlace {
  readonly widths: Widths;
  /** Where in the file address 0 is. */
  readonly base: number;
  /** Where the file ends, by its superblock. */
  readonly end: number;
}

/** What reading a file may cost. */
export class Budget {
  private metadata: number;
  private data: number;
  private readonly most: number;

  /** @param most bytes that datasets may come to altogether */
  constructor(fileBytes: number, most: number) {
    this.metadata = 2 ** 24 + 8 * fileBytes;
    this.data = most;
    this.most = most;
  }

  /** @throws FormatError when more structures were read than a sound file can have */
  spendMetadata(bytes: number): void {
    this.metadata -= bytes;
    if (this.metadata >= 0) return;
    throw new FormatError("its groups and indexes refer to the same bytes many times over: it is damaged");
  }

  /** @throws FormatError when datasets come to more bytes than such a file should hold */
  spendData(bytes: number): void {
    if (bytes > this.data) {
      const all = this.most - this.data + bytes;
      throw beyondLimit(
        `with what was read before, its elements take ${all} bytes`,
        "unpackedBytes",
        this.most,
      );
    }
    this.data -= bytes;
  }
}

/** The bytes of an HDF5 file, by address. */
export class HdfFile {
  readonly reader: Reader;
  readonly place: FilePlace;
  readonly budget: Budget;
  private readonly pages = new Map<number, Promise<Uint8Array>>();

  constructor(reader: Reader, place: FilePlace, budget: Budget) {
    this.reader = reader;
    this.place = place;
    this.budget = budget;
  }

  /**
   * Where in the file `length` bytes at an address begin.
   * @throws FormatError when they do not lie in the file
   */
  offsetOf(address: number, length: number, what: string): number {
    const { base, end } = this.place;
    const start = base + address;
    if (!(address >= 0 && length >= 0 && start + length <= end)) {
      throw new FormatError(
        `${what} should take ${length} bytes at ${start}, but the file ends at ${end}: it is damaged or cut short`,
        { offset: Math.min(start, end) },
      );
    }
    return start;
  }

  /**
   * Bytes of metadata at an address.
   * @throws FormatError when they do not lie in the file
   */
  async bytes(address: number, length: number, what: string): Promise<Uint8Array> {
    const start = this.offsetOf(address, length, what);
    this.budget.spendMetadata(length);
    const end = start + length;
    const first = Math.floor(start / pageSize);
    if (end <= (first + 1) * pageSize) {
      const page = await this.page(first);
      return page.subarray(start - first * pageSize, end - first * pageSize);
    }
    return readBytes(this.reader, start, end, what);
  }

  /** A cursor over bytes of metadata at an address. */
  async cursor(address: number, length: number, what: string): Promise<Cursor> {
    const bytes = await this.bytes(address, length, what);
    return this.cursorOver(bytes, address, what);
  }

  /** A cursor over bytes that lie at an address and have been read. */
  cursorOver(bytes: Uint8Array, address: number, what: string): Cursor {
    return new Cursor(bytes, this.place.widths, this.place.base + address, what);
  }

  /**
   * A cursor over a structure whose last four bytes are its checksum, without them.
   * @throws FormatError when the checksum does not fit
   */
  async checkedCursor(address: number, length: number, what: string): Promise<Cursor> {
    const bytes = await this.bytes(address, length, what);
    return this.checked(bytes, address, what);
  }

  /** The same, over bytes that have been read. */
  checked(bytes: Uint8Array, address: number, what: string): Cursor {
    const length = bytes.byteLength - 4;
    const cursor = this.cursorOver(bytes, address, what);
    const content = cursor.take(length);
    checkSum(content, cursor);
    return this.cursorOver(content, address, what);
  }

  private page(index: number): Promise<Uint8Array> {
    const known = this.pages.get(index);
    if (known !== undefined) return known;
    const start = index * pageSize;
    const end = Math.min(start + pageSize, this.reader.byteLength);
    const page = readBytes(this.reader, start, end, "a page of structures");
    this.pages.set(index, page);
    if (this.pages.size > mostPages) this.pages.delete(this.pages.keys().next().value!);
    return page;
  }
}

/**
 * Checks that the next four bytes are the checksum of others.
 * @throws FormatError when they are not
 */
export function checkSum(content: Uint8Array, cursor: Cursor): void {
  const stated = cursor.u32();
  const found = lookup3(content);
  if (stated === found) return;
  cursor.at -= 4;
  throw cursor.wrong(`its checksum is ${stated}, and its bytes give ${found}: it is damaged`);
}
