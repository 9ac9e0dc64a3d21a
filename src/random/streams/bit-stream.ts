// A stream of random bits as NumPy's distributions take them: 32 bits, 64 bits, or a number in [0, 1) at a time
// (`bitgen_t` of numpy/random/bitgen.h).

/** What the distributions draw from. */
export abstract class BitStream {
  /** The upper half of what `next64` drew last, as a signed 32-bit integer. */
  high = 0;
  /** The lower half of it. */
  low = 0;

  /** Draws 64 bits, to `high` and `low`. */
  abstract next64(): void;

  /** Draws 32 bits: an integer from 0 to 2^32 - 1. */
  abstract nextWord(): number;

  /** Draws a multiple of 2^-53 in [0, 1). */
  abstract nextUniform(): number;

  /** Draws what the engine gives out in one step, 32 or 64 bits. */
  abstract nextRaw(): bigint;

  /** Draws a multiple of 2^-24 in [0, 1) from 32 bits: exact in float32. */
  nextFloat(): number {
    return (this.nextWord() >>> 8) * 2 ** -24;
  }

  /** Draws 64 bits as a bigint. */
  nextBig(): bigint {
    this.next64();
    return (BigInt(this.high >>> 0) << 32n) | BigInt(this.low >>> 0);
  }
}
