// MT19937 as a stream for NumPy's distributions (numpy/random/src/mt19937): 64 bits are two words, the first one high;
// a uniform is made of the upper 27 and 26 bits of two words.

import { Mt19937, type Mt19937State } from "../mt19937.ts";
import { BitStream } from "./bit-stream.ts";
import { jumped } from "./twister-jump.ts";

const WORDS = 624;

/** The state as NumPy writes it. */
export interface TwisterState {
  /** 624 words. */
  readonly key: Uint32Array;
  /** Index of the next word to give out; 624: all were. */
  readonly position: number;
}

/** The stream. */
export class TwisterStream extends BitStream {
  /** Words of a state. */
  static readonly words: number = WORDS;
  private readonly engine: Mt19937 = new Mt19937(0);

  /** Starts the stream of a 32-bit seed (`numpy.random.seed(int)`). */
  seed(seed: number): void {
    this.engine.seed(seed);
  }

  /** Starts the stream of a list of words (`init_by_array`; `numpy.random.seed(list)`). */
  seedByArray(key: ArrayLike<number>): void {
    this.engine.seedByArray(key);
  }

  /** Takes 624 words as they are, save the first; its last word is given out before the first twist. */
  seedByWords(words: Uint32Array): void {
    const key = words.slice();
    key[0] = 0x80000000;
    this.restore({ key, position: WORDS - 1 });
  }

  /** A copy of the state. */
  save(): TwisterState {
    const { words, left } = this.engine.save();
    return { key: words, position: WORDS + 1 - left };
  }

  /** Goes on from a state, which is copied. */
  restore({ key, position }: TwisterState): void {
    const state: Mt19937State = { words: key, left: WORDS + 1 - position, next: position };
    this.engine.restore(state);
  }

  /** Goes on from where 2^128 draws of a word lead. */
  jump(): void {
    this.restore(jumped(this.save()));
  }

  override nextWord(): number {
    return this.engine.nextWord();
  }

  override next64(): void {
    this.high = this.engine.nextWord() | 0;
    this.low = this.engine.nextWord() | 0;
  }

  override nextUniform(): number {
    const high = this.engine.nextWord() >>> 5;
    return (high * 2 ** 26 + (this.engine.nextWord() >>> 6)) * 2 ** -53;
  }

  override nextRaw(): bigint {
    return BigInt(this.engine.nextWord());
  }
}
