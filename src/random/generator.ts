// A random generator as PyTorch's CPU one is: MT19937, a 64-bit seed of which the low half counts, and the second
// half of the last normal pair, waiting. `torch.Generator` and `torch.manual_seed` of PyTorch 2.13.

import { OverflowError, RuntimeError, ValueError } from "../core/errors.ts";
import { stringRepr } from "../core/text.ts";
import { sineAndCosine } from "./elementary.ts";
import { Mt19937 } from "./mt19937.ts";

/** The seed of a `Generator` that was given none. */
const DEFAULT_SEED = 67280421310721;

/** Size of `getState()` in bytes, and where its parts lie (all little-endian). */
const STATE_BYTES = 5056;
const AT = { seed: 0, left: 8, seeded: 12, next: 16, words: 24, normal: 5024, hasNormal: 5040 } as const;
const WORDS = 624;

const TWO_TO_32 = 2 ** 32;
const FLOAT32_STEP = 2 ** -24;
const FLOAT64_STEP = 2 ** -53;

const turn = { sin: 0, cos: 0 };

/** A stream of random numbers with a seed. */
export class Generator {
  private readonly engine: Mt19937 = new Mt19937(DEFAULT_SEED % TWO_TO_32);
  private seedValue: bigint = BigInt(DEFAULT_SEED);
  /** The second half of the last pair of scalar normals, until the next call takes it. */
  private waiting: number | undefined = undefined;

  /**
   * Starts the stream of `seed` over (`torch.Generator.manual_seed`).
   * @param seed an integer from -2^63 to 2^64 - 1; a negative one counts modulo 2^64; a fraction is cut off
   * @throws ValueError for a seed outside 64 bits
   */
  manualSeed(seed: number | bigint): this {
    const value = integerOf(seed);
    if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new ValueError("Overflow when unpacking long long");
    this.seedValue = BigInt.asUintN(64, value);
    this.engine.seed(Number(BigInt.asUintN(32, value)));
    this.waiting = undefined;
    return this;
  }

  /** The seed that the stream began with: a number where that is exact, else a bigint. */
  initialSeed(): number | bigint {
    return this.seedValue <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(this.seedValue) : this.seedValue;
  }

  /** Takes a new seed of 53 bits from the system's randomness, and returns it. */
  seed(): number {
    const words = crypto.getRandomValues(new Uint32Array(2));
    const seed = (words[0]! & 0x1fffff) * TWO_TO_32 + words[1]!;
    this.manualSeed(seed);
    return seed;
  }

  /** The state in the bytes of PyTorch's `get_state()`: 5056, made anew. */
  getState(): Uint8Array {
    const bytes = new Uint8Array(STATE_BYTES);
    const data = new DataView(bytes.buffer);
    const { words, left, next } = this.engine.save();
    data.setBigUint64(AT.seed, this.seedValue, true);
    data.setInt32(AT.left, left, true);
    data.setInt32(AT.seeded, 1, true);
    data.setUint32(AT.next, next, true);
    for (let i = 0; i < WORDS; i++) data.setUint32(AT.words + 8 * i, words[i]!, true);
    data.setFloat64(AT.normal, this.waiting ?? 0, true);
    data.setInt32(AT.hasNormal, this.waiting === undefined ? 0 : 1, true);
    return bytes;
  }

  /**
   * Continues from a state of `getState()`, ours or PyTorch's.
   * @throws RuntimeError when the bytes are no such state
   */
  setState(state: Uint8Array): this {
    if (state.byteLength !== STATE_BYTES) {
      throw new RuntimeError(
        `Expected a CPUGeneratorImplState of size ${STATE_BYTES} but found the input RNG state size to be ${state.byteLength}`,
      );
    }
    const data = new DataView(state.buffer, state.byteOffset, state.byteLength);
    const left = data.getInt32(AT.left, true);
    const next = Number(data.getBigUint64(AT.next, true));
    if (data.getInt32(AT.seeded, true) !== 1 || left < 1 || left > WORDS || next > WORDS) {
      throw new RuntimeError("Invalid mt19937 state");
    }
    const words = Uint32Array.from({ length: WORDS }, (_, i) => data.getUint32(AT.words + 8 * i, true));
    this.engine.restore({ words, left, next });
    this.seedValue = data.getBigUint64(AT.seed, true);
    this.waiting = data.getInt32(AT.hasNormal, true) === 0 ? undefined : data.getFloat64(AT.normal, true);
    return this;
  }

  /** Keeps the state in memory. @returns what goes back to it */
  keep(): () => void {
    const kept = this.engine.save();
    const { seedValue, waiting } = this;
    return () => {
      this.engine.restore(kept);
      this.seedValue = seedValue;
      this.waiting = waiting;
    };
  }

  /** The next 32 random bits, from 0 to 2^32 - 1. */
  nextWord(): number {
    return this.engine.nextWord();
  }

  /** The next 64 random bits: two words, the first one high. */
  nextWord64(): bigint {
    const high = this.engine.nextWord();
    return (BigInt(high) << 32n) | BigInt(this.engine.nextWord());
  }

  /**
   * Fills with what `uniform32` gives, or with normal numbers of mean 0 made of them in blocks of 16, where kernels are.
   * @returns false where there are none, and nothing was done
   */
  fill32(target: Float32Array, deviation?: number): boolean {
    return this.engine.fill32(target, deviation);
  }

  /** A multiple of 2^-24 in [0, 1), from one word: exact in float32. */
  uniform32(): number {
    return (this.engine.nextWord() & 0xffffff) * FLOAT32_STEP;
  }

  /** A multiple of 2^-53 in [0, 1), from two words. */
  uniform64(): number {
    const high = this.engine.nextWord() & 0x1fffff;
    return (high * TWO_TO_32 + this.engine.nextWord()) * FLOAT64_STEP;
  }

  /**
   * A standard normal number in float64 by Box and Muller: a pair is made, its second half waits for the next call,
   * whatever is drawn between, until `manualSeed`.
   */
  normal(): number {
    if (this.waiting !== undefined) {
      const value = this.waiting;
      this.waiting = undefined;
      return value;
    }
    const angle = 2 * Math.PI * this.uniform64();
    const radius = Math.sqrt(-2 * Math.log1p(-this.uniform64()));
    sineAndCosine(angle, turn);
    this.waiting = radius * turn.sin;
    return radius * turn.cos;
  }
}

/** Python's `int(seed)`. @throws ValueError or OverflowError for what is no integer */
function integerOf(seed: number | bigint): bigint {
  if (typeof seed === "bigint") return seed;
  if (typeof seed === "string") {
    const text = (seed as string).trim();
    if (/^[-+]?\d+$/.test(text)) return BigInt(text.replace("+", ""));
    throw new ValueError(`invalid literal for int() with base 10: ${stringRepr(seed)}`);
  }
  const value = Number(seed);
  if (Number.isNaN(value)) throw new ValueError("cannot convert float NaN to integer");
  if (!Number.isFinite(value)) throw new OverflowError("cannot convert float infinity to integer");
  return BigInt(Math.trunc(value));
}

let shared: Generator | undefined;

/** The generator that functions use when they are given none; seeded from the system's randomness at first use. */
export function defaultGenerator(): Generator {
  if (shared === undefined) {
    shared = new Generator();
    shared.seed();
  }
  return shared;
}
