// PCG64 and PCG64DXSM, the permuted congruential generators of O'Neill (HMC-CS-2014-0905) with 128 bits of state, as
// NumPy has them (numpy/random/src/pcg64): XSL-RR behind the full multiplier, DXSM before the cheap one.

import { BlockStream } from "./block-stream.ts";
import { bigOfWords, highProduct, wordsOfBig } from "./words.ts";

const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
const CHEAP_MULTIPLIER = 0xda942042e4dd58b5n;
/** How far a jump goes: 2^128 divided by the golden ratio. */
const JUMP = 0x9e3779b97f4a7c15f39cc0605cedc835n;

const u128 = (value: bigint): bigint => BigInt.asUintN(128, value);

/** Words of the state: four of the number, four of the increment. */
const INCREMENT_AT = 4;
const STATE_WORDS = 8;

/** One of the two: a linear congruential generator of 128 bits and how its state becomes a number. */
export abstract class Pcg extends BlockStream {
  protected abstract readonly multiplier: bigint;

  constructor() {
    super(STATE_WORDS);
  }

  /**
   * Starts a stream; the first step is the full multiplier's in both.
   * @param state 128 bits of where it begins
   * @param sequence 128 bits of which stream it is
   */
  seed(state: bigint, sequence: bigint): void {
    const increment = u128((sequence << 1n) | 1n);
    this.restore(u128((increment + state) * MULTIPLIER + increment), increment);
  }

  /** The state, and the increment. */
  save(): readonly [state: bigint, increment: bigint] {
    const words = this.saveWords();
    return [bigOfWords(words, 0, 4), bigOfWords(words, INCREMENT_AT, 4)];
  }

  /** Goes on from a state, with no half waiting. */
  restore(state: bigint, increment: bigint): void {
    const words = new Int32Array(STATE_WORDS);
    wordsOfBig(state, words, 0, 4);
    wordsOfBig(increment, words, INCREMENT_AT, 4);
    this.restoreWords(words);
  }

  /** Goes on from where `steps` draws of 64 bits would lead; they count modulo 2^128, negative ones go back. */
  advance(steps: bigint): void {
    const [state, increment] = this.save();
    let factor = 1n;
    let addend = 0n;
    let stepFactor = this.multiplier;
    let stepAddend = increment;
    for (let rest = u128(steps); rest > 0n; rest >>= 1n) {
      if ((rest & 1n) === 1n) {
        factor = u128(factor * stepFactor);
        addend = u128(addend * stepFactor + stepAddend);
      }
      stepAddend = u128((stepFactor + 1n) * stepAddend);
      stepFactor = u128(stepFactor * stepFactor);
    }
    this.restore(u128(factor * state + addend), increment);
  }

  /** Goes on from where so many jumps lead, each of (golden ratio - 1) 2^128 draws. */
  jump(jumps: bigint): void {
    this.advance(u128(jumps * JUMP));
  }
}

const M0 = 0x9fccf645;
const M1 = 0x4385df64;
const M2 = 0x1fc65da4;
const M3 = 0x2360ed05;

/** PCG64: a step, then the halves of the state are combined and rotated by its upper six bits. */
export class Pcg64Stream extends Pcg {
  protected override readonly multiplier: bigint = MULTIPLIER;

  protected override generate(state: Int32Array, out: Int32Array, count: number): void {
    let [s0, s1, s2, s3] = [state[0]!, state[1]!, state[2]!, state[3]!];
    const [i0, i1, i2, i3] = [state[4]! >>> 0, state[5]! >>> 0, state[6]! >>> 0, state[7]!];
    for (let i = 0; i < count; i++) {
      const top =
        Math.imul(s0, M3) +
        Math.imul(s1, M2) +
        Math.imul(s2, M1) +
        Math.imul(s3, M0) +
        i3 +
        highProduct(s0, M2) +
        highProduct(s1, M1) +
        highProduct(s2, M0);
      const first = (Math.imul(s0, M0) >>> 0) + i0;
      const second =
        (first >= 2 ** 32 ? 1 : 0) +
        highProduct(s0, M0) +
        (Math.imul(s0, M1) >>> 0) +
        (Math.imul(s1, M0) >>> 0) +
        i1;
      const third =
        ((second * 2 ** -32) >>> 0) +
        highProduct(s0, M1) +
        highProduct(s1, M0) +
        (Math.imul(s0, M2) >>> 0) +
        (Math.imul(s1, M1) >>> 0) +
        (Math.imul(s2, M0) >>> 0) +
        i2;
      s0 = first | 0;
      s1 = second | 0;
      s2 = third | 0;
      s3 = (top + ((third * 2 ** -32) >>> 0)) | 0;
      const turn = s3 >>> 26;
      const isOver = turn >= 32;
      const low = isOver ? s3 ^ s1 : s2 ^ s0;
      const high = isOver ? s2 ^ s0 : s3 ^ s1;
      const left = 31 - (turn & 31);
      out[2 * i] = (low >>> turn) | ((high << 1) << left);
      out[2 * i + 1] = (high >>> turn) | ((low << 1) << left);
    }
    state[0] = s0;
    state[1] = s1;
    state[2] = s2;
    state[3] = s3;
  }
}

const C0 = 0xe4dd58b5;
const C1 = 0xda942042;

/** PCG64DXSM: the state's upper half is shifted, multiplied and mixed with the lower one, then comes a step. */
export class Pcg64DxsmStream extends Pcg {
  protected override readonly multiplier: bigint = CHEAP_MULTIPLIER;

  protected override generate(state: Int32Array, out: Int32Array, count: number): void {
    let [s0, s1, s2, s3] = [state[0]!, state[1]!, state[2]!, state[3]!];
    const [i0, i1, i2, i3] = [state[4]! >>> 0, state[5]! >>> 0, state[6]! >>> 0, state[7]!];
    for (let i = 0; i < count; i++) {
      const shifted = s2 ^ s3;
      let low = Math.imul(shifted, C0);
      let high = (Math.imul(shifted, C1) + Math.imul(s3, C0) + highProduct(shifted, C0)) | 0;
      low ^= high >>> 16;
      const odd = s0 | 1;
      high = Math.imul(low, s1) + Math.imul(high, odd) + highProduct(low, odd);
      out[2 * i] = Math.imul(low, odd);
      out[2 * i + 1] = high;
      const first = (Math.imul(s0, C0) >>> 0) + i0;
      const second =
        (first >= 2 ** 32 ? 1 : 0) +
        highProduct(s0, C0) +
        (Math.imul(s0, C1) >>> 0) +
        (Math.imul(s1, C0) >>> 0) +
        i1;
      const third =
        ((second * 2 ** -32) >>> 0) +
        highProduct(s0, C1) +
        highProduct(s1, C0) +
        (Math.imul(s1, C1) >>> 0) +
        (Math.imul(s2, C0) >>> 0) +
        i2;
      s3 =
        (((third * 2 ** -32) >>> 0) +
          highProduct(s1, C1) +
          highProduct(s2, C0) +
          Math.imul(s2, C1) +
          Math.imul(s3, C0) +
          i3) |
        0;
      s0 = first | 0;
      s1 = second | 0;
      s2 = third | 0;
    }
    state[0] = s0;
    state[1] = s1;
    state[2] = s2;
    state[3] = s3;
  }
}
