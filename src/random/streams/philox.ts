// Philox 4x64 with ten rounds, the counter-based generator of Salmon, Moraes, Dror and Shaw (SC11), as NumPy has it
// (numpy/random/src/philox): the counter is raised, then four numbers are made of it.

import { BlockStream } from "./block-stream.ts";
import { bigOfWords, highProduct, wordsOfBig } from "./words.ts";

/** Where the parts of the state lie, in words. */
const COUNTER = 0;
const KEY = 8;
const BUFFER = 12;
const POSITION = 20;
const STATE_WORDS = 21;

const NUMBERS = 4;
const ROUNDS = 10;

/** The stream. */
export class PhiloxStream extends BlockStream {
  private readonly counter = new Int32Array(8);
  /** A product of 64 and 64 bits. */
  private readonly product = new Int32Array(4);

  constructor() {
    super(STATE_WORDS);
  }

  /** Starts a stream: a key of 128 bits, a counter of 256. */
  seed(key: bigint, counter: bigint): void {
    const state = new Int32Array(STATE_WORDS);
    wordsOfBig(key, state, KEY, 4);
    wordsOfBig(counter, state, COUNTER, 8);
    state[POSITION] = NUMBERS;
    this.restoreWords(state);
  }

  /** The state: counter, key, the last four numbers, and how many of them were given out. */
  save(): { counter: bigint[]; key: bigint[]; buffer: bigint[]; position: number } {
    const words = this.saveWords();
    const numbers = (start: number, count: number): bigint[] =>
      Array.from({ length: count }, (_, i) => bigOfWords(words, start + 2 * i, 2));
    return {
      counter: numbers(COUNTER, 4),
      key: numbers(KEY, 2),
      buffer: numbers(BUFFER, NUMBERS),
      position: words[POSITION]!,
    };
  }

  /** Goes on from a state, with no half waiting. */
  restore(
    counter: readonly bigint[],
    key: readonly bigint[],
    buffer: readonly bigint[],
    position: number,
  ): void {
    const state = new Int32Array(STATE_WORDS);
    for (const [i, value] of counter.entries()) wordsOfBig(value, state, COUNTER + 2 * i, 2);
    for (const [i, value] of key.entries()) wordsOfBig(value, state, KEY + 2 * i, 2);
    for (const [i, value] of buffer.entries()) wordsOfBig(value, state, BUFFER + 2 * i, 2);
    state[POSITION] = position;
    this.restoreWords(state);
  }

  /** Raises the counter, modulo 2^256, and forgets the numbers not given out. */
  advance(steps: bigint): void {
    const state = this.saveWords();
    this.seed(bigOfWords(state, KEY, 4), BigInt.asUintN(256, bigOfWords(state, COUNTER, 8) + steps));
  }

  protected override generate(state: Int32Array, out: Int32Array, count: number): void {
    let position = state[POSITION]!;
    for (let i = 0; i < count; i++) {
      if (position === NUMBERS) {
        this.raise(state);
        position = 0;
      }
      out[2 * i] = state[BUFFER + 2 * position]!;
      out[2 * i + 1] = state[BUFFER + 2 * position + 1]!;
      position++;
    }
    state[POSITION] = position;
  }

  /** The next counter, and its four numbers. */
  private raise(state: Int32Array): void {
    for (let i = 0; i < 8; i++) {
      state[COUNTER + i]!++;
      if (state[COUNTER + i] !== 0) break;
    }
    const { counter, product } = this;
    for (let i = 0; i < 8; i++) counter[i] = state[COUNTER + i]!;
    let [k0, k1, k2, k3] = [state[KEY]!, state[KEY + 1]!, state[KEY + 2]!, state[KEY + 3]!];
    for (let round = 0; round < ROUNDS; round++) {
      multiply(counter[0]!, counter[1]!, 0xe14c6c93, 0xd2e7470e, product);
      const [low0, low1] = [product[0]!, product[1]!];
      const [high0, high1] = [product[2]! ^ counter[6]! ^ k2, product[3]! ^ counter[7]! ^ k3];
      multiply(counter[4]!, counter[5]!, 0x95121157, 0xca5a8263, product);
      counter[0] = product[2]! ^ counter[2]! ^ k0;
      counter[1] = product[3]! ^ counter[3]! ^ k1;
      counter[2] = product[0]!;
      counter[3] = product[1]!;
      counter[4] = high0;
      counter[5] = high1;
      counter[6] = low0;
      counter[7] = low1;
      const first = (k0 >>> 0) + 0x7f4a7c15;
      k0 = first | 0;
      k1 = (k1 + 0x9e3779b9 + (first >= 2 ** 32 ? 1 : 0)) | 0;
      const second = (k2 >>> 0) + 0x84caa73b;
      k2 = second | 0;
      k3 = (k3 + 0xbb67ae85 + (second >= 2 ** 32 ? 1 : 0)) | 0;
    }
    for (let i = 0; i < 8; i++) state[BUFFER + i] = counter[i]!;
  }
}

/** The 128 bits of a product of two numbers of two words each. */
function multiply(a0: number, a1: number, b0: number, b1: number, product: Int32Array): void {
  product[0] = Math.imul(a0, b0);
  const second = highProduct(a0, b0) + (Math.imul(a0, b1) >>> 0) + (Math.imul(a1, b0) >>> 0);
  product[1] = second | 0;
  const third =
    Math.floor(second * 2 ** -32) + highProduct(a0, b1) + highProduct(a1, b0) + (Math.imul(a1, b1) >>> 0);
  product[2] = third | 0;
  product[3] = Math.floor(third * 2 ** -32) + highProduct(a1, b1);
}
