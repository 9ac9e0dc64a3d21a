// Where the bytes of a message come from, and what is left there until it is wanted: the elements of tensors.

import { FormatError } from "../core/errors.ts";

/** Bytes that can be read in part: `slice` is only asked for what lies inside. */
export interface Source {
  readonly byteLength: number;
  slice(start: number, end: number): Promise<Uint8Array>;
}

/** Bytes of a known length that are come by when they are wanted. */
export interface Later {
  readonly byteLength: number;
  read(): Promise<Uint8Array>;
}

/** A part of a source. */
export class Span implements Later {
  readonly source: Source;
  readonly start: number;
  readonly end: number;

  constructor(source: Source, start: number, end: number) {
    this.source = source;
    this.start = start;
    this.end = end;
  }

  get byteLength(): number {
    return this.end - this.start;
  }

  read(): Promise<Uint8Array> {
    return this.source.slice(this.start, this.end);
  }
}

/** The records of one repeated field, left where they lie: neighbours are one span. `elementsOf` reads them. */
export class Records {
  readonly source: Source;
  /** The wire type of an element. */
  readonly wire: number;
  /** Beginning and end of each span, one after another. */
  readonly places: number[] = [];
  /** How many elements there are: exactly so where all have one size, else at most. */
  most = 0;

  constructor(source: Source, wire: number) {
    this.source = source;
    this.wire = wire;
  }

  /** Takes a record in, whole, which holds up to `count` elements. */
  add(start: number, end: number, count: number): void {
    const { places } = this;
    if (places.at(-1) === start) places[places.length - 1] = end;
    else places.push(start, end);
    this.most += count;
  }

  /** The spans. */
  *spans(): Generator<Span> {
    for (let i = 0; i < this.places.length; i += 2) {
      yield new Span(this.source, this.places[i]!, this.places[i + 1]!);
    }
  }
}

/** Bytes that a cursor reads at a time, and so the most that it reads beyond what it was asked for. */
const chunk = 2 ** 16;

/** More than a tag and a length take. */
export const longestHead = 20;

/** A place in a source, moving forward, with the bytes around it in memory. */
export class Cursor {
  position: number;
  /** The varint that was read last, as two 32-bit halves. */
  low = 0;
  high = 0;
  private readonly source: Source;
  private bytes: Uint8Array = new Uint8Array(0);
  private first = 0;

  constructor(source: Source, position: number) {
    this.source = source;
    this.position = position;
  }

  /** True iff that many bytes from the position on are in memory. */
  has(count: number): boolean {
    return this.position >= this.first && this.position + count <= this.first + this.bytes.byteLength;
  }

  /** Reads at least `count` bytes from the position on. The caller knows that they exist. */
  async fill(count: number): Promise<void> {
    const { position, source } = this;
    const end = Math.min(position + Math.max(count, chunk), source.byteLength);
    this.bytes = await source.slice(position, end);
    this.first = position;
    if (this.bytes.byteLength < count) {
      throw new FormatError("the file became shorter while it was read", { offset: position });
    }
  }

  /** The next bytes, which are in memory: a view. */
  take(count: number): Uint8Array {
    const start = this.position - this.first;
    this.position += count;
    return this.bytes.subarray(start, start + count);
  }

  /**
   * Reads a varint, which must end before `limit`, into `low` and `high`. The bytes up to there, or ten, are in memory.
   * @throws FormatError when it does not end, or is of more than 64 bits
   */
  varint(limit: number): void {
    const { bytes, first, position } = this;
    const only = bytes[position - first]!;
    if (only < 128 && position < limit) {
      this.position = position + 1;
      this.low = only;
      this.high = 0;
      return;
    }
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      if (position + i >= limit) {
        throw new FormatError("a number is cut off: the file or the message it is in ends within it", {
          offset: position,
        });
      }
      const byte = bytes[position - first + i]!;
      const bits = byte & 127;
      if (i < 4) low |= bits << (7 * i);
      else if (i === 4) {
        low |= bits << 28;
        high = bits >> 4;
      } else high |= bits << (7 * i - 32);
      if (byte < 128) {
        if (i === 9 && byte > 1) break;
        this.position = position + i + 1;
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw new FormatError("a number has more than the 64 bits that a varint may have", { offset: position });
  }

  /** The last varint as an unsigned number; not exact from 2^53 on. */
  get unsigned(): number {
    return this.high * 2 ** 32 + this.low;
  }

  /** The last varint as an int64: a number where exact. */
  get int64(): number | bigint {
    const high = this.high | 0;
    const value = high * 2 ** 32 + this.low;
    return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(this.low);
  }

  /** The last varint as a uint64: a number where exact. */
  get uint64(): number | bigint {
    const value = this.unsigned;
    return Number.isSafeInteger(value) ? value : (BigInt(this.high) << 32n) | BigInt(this.low);
  }
}
