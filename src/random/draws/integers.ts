// Integers from 0 to a bound, each as likely, bit for bit as NumPy draws them (numpy/random/src/distributions): by
// Lemire's multiplication (arXiv 1805.10941) for Generator, under a mask with rejection for RandomState and shuffles.

import { bool, type DType, type TypedArray } from "../../core/dtype.ts";
import type { BitStream } from "../streams/bit-stream.ts";
import { highProduct } from "../streams/words.ts";

const WORD_END = 2 ** 32;
const LARGEST_WORD = 0xffffffffn;
const LARGEST_BIG = 2n ** 64n - 1n;

/** An integer from 0 to `top`, below 2^32, under the smallest mask; 0 draws nothing for 0 (`random_interval`). */
export function maskedWord(stream: BitStream, top: number): number {
  if (top === 0) return 0;
  const mask = 0xffffffff >>> Math.clz32(top);
  for (;;) {
    const value = (stream.nextWord() & mask) >>> 0;
    if (value <= top) return value;
  }
}

/** An integer from 0 to `top`, below 2^32, by multiplication. */
export function lemireWord(stream: BitStream, top: number): number {
  if (top === 0) return 0;
  if (top === WORD_END - 1) return stream.nextWord();
  const count = top + 1;
  let word = stream.nextWord();
  let rest = Math.imul(word, count) >>> 0;
  if (rest < count) {
    const threshold = (WORD_END - count) % count;
    while (rest < threshold) {
      word = stream.nextWord();
      rest = Math.imul(word, count) >>> 0;
    }
  }
  return highProduct(word, count);
}

/** An integer from 0 to `top`, which needs more than 32 bits. */
function wide(stream: BitStream, top: bigint, isMasked: boolean): bigint {
  if (top === LARGEST_BIG) return stream.nextBig();
  if (isMasked) {
    const bits = top.toString(2).length;
    for (;;) {
      const value = BigInt.asUintN(bits, stream.nextBig());
      if (value <= top) return value;
    }
  }
  const count = top + 1n;
  let product = stream.nextBig() * count;
  let rest = BigInt.asUintN(64, product);
  if (rest < count) {
    const threshold = (LARGEST_BIG - top) % count;
    while (rest < threshold) {
      product = stream.nextBig() * count;
      rest = BigInt.asUintN(64, product);
    }
  }
  return product >> 64n;
}

/** Integers of an element type. Types of 8 and 16 bits and bool take pieces of one 32-bit word, the lowest first. */
export class BoundedIntegers {
  private readonly stream: BitStream;
  private readonly isMasked: boolean;
  /** Bits of a piece; 0 where whole words are drawn. */
  private readonly bits: number;
  /** How many pieces of a word follow its first. */
  private readonly further: number;
  private word = 0;
  private left = 0;

  /** @param isMasked by mask and rejection, else by multiplication */
  constructor(stream: BitStream, dtype: DType, isMasked: boolean) {
    this.stream = stream;
    this.isMasked = isMasked;
    this.bits = dtype === bool ? 1 : dtype.itemSize < 4 ? 8 * dtype.itemSize : 0;
    this.further = this.bits === 0 ? 0 : 32 / this.bits - 1;
  }

  private piece(): number {
    if (this.left === 0) {
      this.word = this.stream.nextWord();
      this.left = this.further;
    } else {
      this.word >>>= this.bits;
      this.left--;
    }
    return this.word & ((1 << this.bits) - 1);
  }

  /** An integer from 0 to `top`, which 32 bits hold. */
  next(top: number): number {
    const { bits, stream } = this;
    if (bits === 0) return this.isMasked ? maskedWord(stream, top) : lemireWord(stream, top);
    if (top === 0) return 0;
    const last = (1 << bits) - 1;
    if (top === last) return this.piece();
    if (this.isMasked) {
      const mask = 0xffffffff >>> Math.clz32(top);
      for (;;) {
        const value = this.piece() & mask;
        if (value <= top) return value;
      }
    }
    const count = top + 1;
    let product = Math.imul(this.piece(), count);
    if ((product & last) < count) {
      const threshold = (last + 1 - count) % count;
      while ((product & last) < threshold) product = Math.imul(this.piece(), count);
    }
    return product >>> bits;
  }

  /** An integer from 0 to `top` of any size below 2^64. */
  nextBig(top: bigint): bigint {
    return top <= LARGEST_WORD ? BigInt(this.next(Number(top))) : wide(this.stream, top, this.isMasked);
  }
}

/**
 * Fills with integers from `low` to `low + top`.
 * @param array the elements in order, through the typed array of the type
 */
export function fillBounded(
  array: TypedArray,
  dtype: DType,
  low: bigint,
  top: bigint,
  stream: BitStream,
  isMasked: boolean,
): void {
  const integers = new BoundedIntegers(stream, dtype, isMasked);
  if (dtype.compute !== "big") {
    const [first, last] = [Number(low), Number(top)];
    for (let i = 0; i < array.length; i++) array[i] = first + integers.next(last);
    return;
  }
  if (top > LARGEST_WORD) {
    for (let i = 0; i < array.length; i++) array[i] = low + integers.nextBig(top);
    return;
  }
  const halves = new Int32Array(array.buffer, array.byteOffset, 2 * array.length);
  const last = Number(top);
  const lowHalf = Number(BigInt.asUintN(32, low));
  const highHalf = Number(BigInt.asIntN(32, low >> 32n));
  for (let i = 0; i < array.length; i++) {
    const sum = lowHalf + integers.next(last);
    halves[2 * i] = sum;
    halves[2 * i + 1] = sum >= WORD_END ? highHalf + 1 : highHalf;
  }
}
