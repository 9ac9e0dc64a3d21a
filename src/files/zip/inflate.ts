// DEFLATE (RFC 1951) in a zlib wrapping (RFC 1950), undone at once: for pieces so small that setting up the platform's
// stream, which takes about a millisecond, would be most of the work.

import { FormatError } from "../../core/errors.ts";

/** Codes of so many bits are looked up; the few longer ones are gone through bit by bit. */
const quickBits = 9;
const mostBits = 15;

/** A Huffman code: how many codes there are of each length, and their symbols in order. */
interface Code {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
  /** For the next bits: the symbol times 16 and the length of its code, or 0. */
  readonly quick: Uint16Array;
}

const damaged = (): FormatError =>
  new FormatError("its compressed data are no whole DEFLATE stream: damaged or cut short");

function codeOf(lengths: Uint8Array): Code {
  const counts = new Uint16Array(mostBits + 1);
  for (const length of lengths) counts[length]!++;
  counts[0] = 0;
  const [next, place] = [new Uint16Array(mostBits + 2), new Uint16Array(mostBits + 2)];
  let left = 1;
  for (let bits = 1; bits <= mostBits; bits++) {
    left = 2 * left - counts[bits]!;
    if (left < 0) throw damaged();
    next[bits + 1] = (next[bits]! + counts[bits]!) << 1;
    place[bits + 1] = place[bits]! + counts[bits]!;
  }
  const symbols = new Uint16Array(lengths.length);
  const quick = new Uint16Array(1 << quickBits);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const bits = lengths[symbol]!;
    if (bits === 0) continue;
    symbols[place[bits]!++] = symbol;
    const code = next[bits]!++;
    if (bits > quickBits) continue;
    // The bits of a code come highest first, those of everything else lowest first.
    let turned = 0;
    for (let bit = 0; bit < bits; bit++) turned |= ((code >> bit) & 1) << (bits - 1 - bit);
    for (let at = turned; at < quick.length; at += 1 << bits) quick[at] = (symbol << 4) | bits;
  }
  return { counts, symbols, quick };
}

const lengthBases = new Uint16Array([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
]);
const lengthBits = new Uint8Array([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
const distanceBases = new Uint16Array([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
]);
const orderOfLengths = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

let fixedCodes: readonly [Code, Code] | undefined;

function fixed(): readonly [Code, Code] {
  fixedCodes ??= [
    codeOf(Uint8Array.from({ length: 288 }, (_, at) => (at < 144 ? 8 : at < 256 ? 9 : at < 280 ? 7 : 8))),
    codeOf(new Uint8Array(30).fill(5)),
  ];
  return fixedCodes;
}

/** The bits of a stream, and what they have given so far. */
class Inflation {
  readonly content: Uint8Array;
  filled = 0;
  private readonly bytes: Uint8Array;
  private readonly end: number;
  private at: number;
  private held = 0;
  private heldBits = 0;

  constructor(bytes: Uint8Array, start: number, end: number, most: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.content = new Uint8Array(most);
  }

  run(): void {
    for (let isLast = false; !isLast; ) {
      isLast = this.bits(1) === 1;
      const type = this.bits(2);
      if (type === 0) this.stored();
      else if (type === 1) this.packed(...fixed());
      else if (type === 2) this.packed(...this.codes());
      else throw damaged();
    }
  }

  /** Where the byte behind the stream is. */
  get behind(): number {
    return this.at - (this.heldBits >> 3);
  }

  private bits(count: number): number {
    while (this.heldBits < count) {
      if (this.at >= this.end) throw damaged();
      this.held |= this.bytes[this.at++]! << this.heldBits;
      this.heldBits += 8;
    }
    const value = this.held & ((1 << count) - 1);
    this.held >>>= count;
    this.heldBits -= count;
    return value;
  }

  private symbol({ quick, counts, symbols }: Code): number {
    while (this.heldBits < mostBits && this.at < this.end) {
      this.held |= this.bytes[this.at++]! << this.heldBits;
      this.heldBits += 8;
    }
    const known = quick[this.held & (quick.length - 1)]!;
    if (known !== 0) {
      const length = known & 15;
      if (length > this.heldBits) throw damaged();
      this.held >>>= length;
      this.heldBits -= length;
      return known >> 4;
    }
    for (let length = 1, code = 0, first = 0, place = 0; length <= mostBits; length++) {
      code |= this.bits(1);
      const count = counts[length]!;
      if (code - first < count) return symbols[place + code - first]!;
      place += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw damaged();
  }

  private room(length: number): void {
    if (this.filled + length > this.content.byteLength) {
      throw new FormatError(`it unpacks to more than ${this.content.byteLength} bytes`);
    }
  }

  private stored(): void {
    this.at = this.behind;
    this.held = 0;
    this.heldBits = 0;
    if (this.at + 4 > this.end) throw damaged();
    const length = this.bytes[this.at]! | (this.bytes[this.at + 1]! << 8);
    const inverse = this.bytes[this.at + 2]! | (this.bytes[this.at + 3]! << 8);
    this.at += 4;
    if ((length ^ inverse) !== 0xffff || this.at + length > this.end) throw damaged();
    this.room(length);
    this.content.set(this.bytes.subarray(this.at, this.at + length), this.filled);
    this.at += length;
    this.filled += length;
  }

  /** The codes of a block that has its own. */
  private codes(): [Code, Code] {
    const literals = this.bits(5) + 257;
    const distances = this.bits(5) + 1;
    const count = this.bits(4) + 4;
    if (literals > 286 || distances > 30) throw damaged();
    const short = new Uint8Array(19);
    for (let index = 0; index < count; index++) short[orderOfLengths[index]!] = this.bits(3);
    const code = codeOf(short);
    const lengths = new Uint8Array(literals + distances);
    for (let index = 0; index < lengths.length; ) {
      const symbol = this.symbol(code);
      if (symbol < 16) {
        lengths[index++] = symbol;
        continue;
      }
      const repeated = symbol === 16 ? lengths[index - 1] : 0;
      const times = symbol === 16 ? this.bits(2) + 3 : symbol === 17 ? this.bits(3) + 3 : this.bits(7) + 11;
      if (repeated === undefined || index + times > lengths.length) throw damaged();
      lengths.fill(repeated, index, index + times);
      index += times;
    }
    if (lengths[256] === 0) throw damaged();
    return [codeOf(lengths.subarray(0, literals)), codeOf(lengths.subarray(literals))];
  }

  private packed(literals: Code, distances: Code): void {
    const { content } = this;
    for (;;) {
      const symbol = this.symbol(literals);
      if (symbol === 256) return;
      if (symbol < 256) {
        this.room(1);
        content[this.filled++] = symbol;
        continue;
      }
      const base = lengthBases[symbol - 257];
      if (base === undefined) throw damaged();
      const length = base + this.bits(lengthBits[symbol - 257]!);
      const far = this.symbol(distances);
      const start = distanceBases[far];
      if (start === undefined) throw damaged();
      const distance = start + this.bits(far < 4 ? 0 : (far >> 1) - 1);
      if (distance > this.filled) throw damaged();
      this.room(length);
      for (let end = this.filled + length; this.filled < end; this.filled++) {
        content[this.filled] = content[this.filled - distance]!;
      }
    }
  }
}

/** The checksum of RFC 1950. */
function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  for (let at = 0; at < bytes.byteLength; ) {
    // The sums of 5,552 bytes stay below 2^32.
    for (const end = Math.min(bytes.byteLength, at + 5552); at < end; at++) {
      low += bytes[at]!;
      high += low;
    }
    low %= 65521;
    high %= 65521;
  }
  return ((high << 16) | low) >>> 0;
}

/**
 * What a zlib stream in memory unpacks to.
 * @throws FormatError when it is damaged, or gives more than `most` bytes
 */
export function inflateAtOnce(packed: Uint8Array, most: number): Uint8Array {
  const head = packed.byteLength < 6 ? -1 : packed[0]! * 256 + packed[1]!;
  if (head % 31 !== 0 || (packed[0]! & 15) !== 8 || (packed[1]! & 0x20) !== 0) throw damaged();
  const inflation = new Inflation(packed, 2, packed.byteLength, most);
  inflation.run();
  const content = inflation.content.subarray(0, inflation.filled);
  const { behind } = inflation;
  if (behind + 4 > packed.byteLength) throw damaged();
  const stated = new DataView(packed.buffer, packed.byteOffset + behind, 4).getUint32(0);
  if (stated !== adler32(content)) {
    throw new FormatError("its compressed data unpack to something else than their checksum says: damaged");
  }
  return content;
}
