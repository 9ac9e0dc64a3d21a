// The fields of an HDF5 structure, read one after another: little-endian numbers, and the addresses and lengths whose
// widths the superblock states (HDF5 File Format Specification Version 3.0, section I.A).

import { FormatError } from "../../core/errors.ts";

/** How wide addresses and lengths are in a file. */
export interface Widths {
  readonly address: number;
  readonly length: number;
}

/** A place in the bytes of one structure. All reads are checked against its end. */
export class Cursor {
  readonly bytes: Uint8Array;
  at = 0;
  private readonly widths: Widths;
  private readonly start: number;
  private readonly what: string;

  /**
   * @param start where in the file the bytes begin, for messages
   * @param what the structure's name, for messages
   */
  constructor(bytes: Uint8Array, widths: Widths, start: number, what: string) {
    this.bytes = bytes;
    this.widths = widths;
    this.start = start;
    this.what = what;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.bytes.byteLength - this.at;
  }

  /** An error at this place in the file. */
  wrong(reason: string): FormatError {
    return new FormatError(`${this.what}: ${reason}`, { offset: this.start + this.at });
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array {
    if (!(length >= 0 && length <= this.left)) {
      throw this.wrong(`${length} bytes should follow and ${this.left} do: it is damaged`);
    }
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** Passes over bytes. */
  skip(length: number): void {
    this.take(length);
  }

  /**
   * An unsigned number of `width` bytes.
   * @throws FormatError when it is beyond 2^53
   */
  unsigned(width: number): number {
    const bytes = this.take(width);
    let value = 0;
    for (let index = width - 1; index >= 0; index--) value = value * 256 + bytes[index]!;
    if (!Number.isSafeInteger(value)) throw this.wrong(`it states ${value}, which is beyond any file`);
    return value;
  }

  u8(): number {
    return this.unsigned(1);
  }

  u16(): number {
    return this.unsigned(2);
  }

  u32(): number {
    return this.unsigned(4);
  }

  /** A length or count, as wide as the superblock says. */
  length(): number {
    return this.unsigned(this.widths.length);
  }

  /** A length or count where all ones say that there is no bound. */
  lengthOrUnlimited(): number | undefined {
    return this.unlessOnes(this.widths.length);
  }

  /** An address; undefined where all ones say that there is nothing. */
  address(): number | undefined {
    return this.unlessOnes(this.widths.address);
  }

  /** An address that there must be. */
  addressOf(what: string): number {
    const address = this.address();
    if (address === undefined) throw this.wrong(`it has no address of ${what}`);
    return address;
  }

  /** Checks that the next bytes are this signature. */
  signature(expected: string): void {
    const found = String.fromCharCode(...this.take(Math.min(expected.length, this.left)));
    if (found !== expected) {
      this.at -= found.length;
      throw this.wrong(`${JSON.stringify(expected)} should stand here, and ${JSON.stringify(found)} does`);
    }
  }

  /** Checks that the next byte is one of these versions. */
  version(...known: readonly number[]): number {
    const found = this.u8();
    if (!known.includes(found)) {
      this.at--;
      throw this.wrong(
        `it is of version ${found}; ${known.join(", ")} ${known.length > 1 ? "are" : "is"} read`,
      );
    }
    return found;
  }

  /** Bytes up to the next NUL, which is passed over. */
  untilNul(): Uint8Array {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw this.wrong("a name does not end");
    const name = this.take(end - this.at);
    this.skip(1);
    return name;
  }

  /** Passes over what fills a field that began at `from` up to a multiple of `unit`. */
  align(from: number, unit: number): void {
    const over = (this.at - from) % unit;
    if (over > 0) this.skip(Math.min(unit - over, this.left));
  }

  /** A cursor over the next `length` bytes, which are passed over. */
  part(length: number, what: string = this.what): Cursor {
    const start = this.start + this.at;
    return new Cursor(this.take(length), this.widths, start, what);
  }

  /** A cursor over the same bytes, at their beginning. */
  fresh(): Cursor {
    return new Cursor(this.bytes, this.widths, this.start, this.what);
  }

  private unlessOnes(width: number): number | undefined {
    const end = Math.min(this.at + width, this.bytes.byteLength);
    let isOnes = true;
    for (let index = this.at; index < end; index++) isOnes &&= this.bytes[index] === 255;
    if (!isOnes) return this.unsigned(width);
    this.skip(width);
    return undefined;
  }
}

/** How many bytes a number takes, as the library reckons the width of counts: one at least. */
export function bytesFor(value: number): number {
  let width = 1;
  for (let rest = Math.floor(value / 256); rest > 0; rest = Math.floor(rest / 256)) width++;
  return width;
}

/** True iff the value is 1, 2, 4, ... */
export function isPowerOfTwo(value: number): boolean {
  return value > 0 && Number.isInteger(Math.log2(value));
}
