// Engines of 64-bit numbers: they are drawn in blocks, and given out one by one. The state at any moment is the state
// before the block with as many steps done again as numbers were given out.

import { BitStream } from "./bit-stream.ts";

/** Numbers in a block. */
const BLOCK = 128;
const WORDS = 2 * BLOCK;

/** A stream over an engine of 64-bit numbers. */
export abstract class BlockStream extends BitStream {
  /** Low and high words of the numbers drawn. */
  private readonly block = new Int32Array(WORDS);
  private at = WORDS;
  /** The engine's state behind the block. */
  private readonly state: Int32Array;
  /** The engine's state before the block. */
  private readonly before: Int32Array;
  /** The upper half of the last number of which `nextWord` gave out the lower one; undefined when none waits. */
  waiting: number | undefined = undefined;

  /** @param words the size of the state */
  constructor(words: number) {
    super();
    this.state = new Int32Array(words);
    this.before = new Int32Array(words);
  }

  /** Draws `count` numbers, low and high words to `out`, and moves the state on. */
  protected abstract generate(state: Int32Array, out: Int32Array, count: number): void;

  /** A copy of the state behind what was given out. */
  saveWords(): Int32Array {
    if (this.at === WORDS) return this.state.slice();
    const state = this.before.slice();
    this.generate(state, new Int32Array(WORDS), this.at / 2);
    return state;
  }

  /** Goes on from a state, with no half waiting. */
  restoreWords(state: Int32Array): void {
    this.state.set(state);
    this.at = WORDS;
    this.waiting = undefined;
  }

  private refill(): void {
    this.before.set(this.state);
    this.generate(this.state, this.block, BLOCK);
    this.at = 0;
  }

  override next64(): void {
    if (this.at === WORDS) this.refill();
    this.low = this.block[this.at]!;
    this.high = this.block[this.at + 1]!;
    this.at += 2;
  }

  override nextWord(): number {
    const half = this.waiting;
    if (half !== undefined) {
      this.waiting = undefined;
      return half;
    }
    this.next64();
    this.waiting = this.high >>> 0;
    return this.low >>> 0;
  }

  override nextUniform(): number {
    if (this.at === WORDS) this.refill();
    const { block, at } = this;
    this.at = at + 2;
    return ((block[at + 1]! >>> 0) * 2 ** 21 + (block[at]! >>> 11)) * 2 ** -53;
  }

  override nextRaw(): bigint {
    return this.nextBig();
  }
}
