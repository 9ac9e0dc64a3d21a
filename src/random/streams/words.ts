// Arithmetic on 32-bit words, for engines whose numbers have 64 and 128 bits; wide numbers are lists of words, the
// lowest first. Bigints are for states that are read and set, never for drawing.

/** The upper 32 bits of the product of two words, of which the second is given in halves of 16 bits; unsigned. */
export function highProduct(a: number, b: number): number {
  const low = a & 0xffff;
  const high = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // No sum exceeds 32 bits; as they are cut to such, they are worked out in whole numbers.
  const middle = (Math.imul(high, bLow) + (Math.imul(low, bLow) >>> 16)) | 0;
  const other = (Math.imul(low, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(high, bHigh) + (middle >>> 16) + (other >>> 16)) >>> 0;
}

/** The number that words make. */
export function bigOfWords(words: ArrayLike<number>, start: number, count: number): bigint {
  let value = 0n;
  for (let i = count - 1; i >= 0; i--) value = (value << 32n) | BigInt(words[start + i]! >>> 0);
  return value;
}

/** Writes the words of a number, as many as asked for. */
export function wordsOfBig(value: bigint, words: Int32Array, start: number, count: number): void {
  let rest = value;
  for (let i = 0; i < count; i++) {
    words[start + i] = Number(BigInt.asIntN(32, rest));
    rest >>= 32n;
  }
}
