// SFC64, the small fast chaotic generator of Doty-Humphrey's PractRand with three 64-bit words and a counter, as NumPy
// has it (numpy/random/src/sfc64).

import { BlockStream } from "./block-stream.ts";

/** Words of the state: a, b, c and the counter, two each. */
const STATE_WORDS = 8;
/** Draws that are thrown away after seeding. */
const WARM_UP = 12;

/** The stream. */
export class Sfc64Stream extends BlockStream {
  constructor() {
    super(STATE_WORDS);
  }

  /** Starts a stream from three 64-bit numbers, six words. */
  seed(words: ArrayLike<number>): void {
    const state = new Int32Array(STATE_WORDS);
    for (let i = 0; i < 6; i++) state[i] = words[i]!;
    state[6] = 1;
    this.generate(state, new Int32Array(2 * WARM_UP), WARM_UP);
    this.restoreWords(state);
  }

  protected override generate(state: Int32Array, out: Int32Array, count: number): void {
    let [a0, a1, b0, b1] = [state[0]!, state[1]!, state[2]!, state[3]!];
    let [c0, c1, w0, w1] = [state[4]!, state[5]!, state[6]!, state[7]!];
    for (let i = 0; i < count; i++) {
      const low = (a0 >>> 0) + (b0 >>> 0) + (w0 >>> 0);
      const high = (a1 + b1 + w1 + Math.floor(low * 2 ** -32)) | 0;
      w0 = (w0 + 1) | 0;
      if (w0 === 0) w1 = (w1 + 1) | 0;
      a0 = b0 ^ ((b0 >>> 11) | (b1 << 21));
      a1 = b1 ^ (b1 >>> 11);
      const sum = (c0 >>> 0) + ((c0 << 3) >>> 0);
      b1 = (c1 + ((c1 << 3) | (c0 >>> 29)) + (sum >= 2 ** 32 ? 1 : 0)) | 0;
      b0 = sum | 0;
      const turnedLow = (c0 << 24) | (c1 >>> 8);
      const turnedHigh = (c1 << 24) | (c0 >>> 8);
      const total = (turnedLow >>> 0) + ((low | 0) >>> 0);
      c1 = (turnedHigh + high + (total >= 2 ** 32 ? 1 : 0)) | 0;
      c0 = total | 0;
      out[2 * i] = low | 0;
      out[2 * i + 1] = high;
    }
    state.set([a0, a1, b0, b1, c0, c1, w0, w1]);
  }
}
