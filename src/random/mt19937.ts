// MT19937, the Mersenne Twister of Matsumoto and Nishimura (ACM TOMACS 8, 1998) with 32-bit words, seeded by the
// multiplicative recurrence of its 2002 version. PyTorch's CPU generator and NumPy's legacy RandomState both hold it.

import { twisterNumbers } from "../kernels/twister.ts";

const WORDS = 624;
const SHIFT = 397;
const UPPER = 0x80000000;
const LOWER = 0x7fffffff;
const TWIST = 0x9908b0df;

/** The engine's whole state: `words` with the counters PyTorch keeps beside them. */
export interface Mt19937State {
  /** 624 words. */
  readonly words: Uint32Array;
  /** Words left before the next twist, plus one: 1 in a fresh engine. */
  readonly left: number;
  /** Index of the next word to give out; 0 in a fresh engine. */
  readonly next: number;
}

/** A stream of 32-bit words behind a 32-bit seed. */
export class Mt19937 {
  private readonly words: Uint32Array = new Uint32Array(WORDS);
  private left = 1;
  private next = 0;

  /** @param seed its low 32 bits count */
  constructor(seed: number) {
    this.seed(seed);
  }

  /** Starts the stream of `seed` (its low 32 bits count). */
  seed(seed: number): void {
    const { words } = this;
    let word = seed >>> 0;
    words[0] = word;
    for (let i = 1; i < WORDS; i++) {
      word = (Math.imul(word ^ (word >>> 30), 1812433253) + i) >>> 0;
      words[i] = word;
    }
    this.left = 1;
    this.next = 0;
  }

  /** Starts the stream of a list of words of any length above 0 (`init_by_array` of the authors). */
  seedByArray(key: ArrayLike<number>): void {
    this.seed(19650218);
    const { words } = this;
    let at = 1;
    const step = (): void => {
      if (++at < WORDS) return;
      words[0] = words[WORDS - 1]!;
      at = 1;
    };
    const mixed = (factor: number): number => {
      const last = words[at - 1]!;
      return words[at]! ^ Math.imul(last ^ (last >>> 30), factor);
    };
    for (let i = 0; i < Math.max(WORDS, key.length); i++) {
      const from = i % key.length;
      words[at] = mixed(1664525) + key[from]! + from;
      step();
    }
    for (let i = 1; i < WORDS; i++) {
      words[at] = mixed(1566083941) - at;
      step();
    }
    words[0] = UPPER;
  }

  /** The next word: an integer from 0 to 2^32 - 1. */
  nextWord(): number {
    if (--this.left === 0) this.twist();
    let word = this.words[this.next++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /**
   * Fills with multiples of 2^-24 in [0, 1) from one word each, or with normal numbers of mean 0 made of them in blocks of 16
   * where a deviation is given, by the kernels.
   * @returns whether there are kernels; without them nothing is done
   */
  fill32(target: Float32Array, deviation?: number): boolean {
    if (target.length === 0) return true;
    const next = twisterNumbers(this.words, this.left === 1 ? WORDS : this.next, target, deviation);
    if (next === undefined) return false;
    this.next = next;
    this.left = WORDS + 1 - next;
    return true;
  }

  /** A copy of the state. */
  save(): Mt19937State {
    return { words: this.words.slice(), left: this.left, next: this.next };
  }

  /** Continues from a saved state, which is copied. */
  restore(state: Mt19937State): void {
    this.words.set(state.words);
    this.left = state.left;
    this.next = state.next;
  }

  private twist(): void {
    const { words } = this;
    for (let i = 0; i < WORDS; i++) {
      const mixed = (words[i]! & UPPER) | (words[i + 1 < WORDS ? i + 1 : 0]! & LOWER);
      const source = i + SHIFT < WORDS ? i + SHIFT : i + SHIFT - WORDS;
      words[i] = words[source]! ^ (mixed >>> 1) ^ (mixed & 1 ? TWIST : 0);
    }
    this.left = WORDS;
    this.next = 0;
  }
}
