// The engines of numpy.random: `MT19937`, `PCG64`, `PCG64DXSM`, `Philox` and `SFC64`, seeded by a SeedSequence. Their
// states are read and set as NumPy's dicts, with NumPy's keys.

import { bind } from "../../core/arguments.ts";
import { int32, uint32, uint64 } from "../../core/dtype.ts";
import { elements, toBigInt } from "../../core/elements.ts";
import { IndexError, PythonTypeError, ValueError } from "../../core/errors.ts";
import {
  type BitStream,
  type BlockStream,
  bigOfWords,
  type Pcg,
  Pcg64DxsmStream,
  Pcg64Stream,
  PhiloxStream,
  Sfc64Stream,
  TwisterStream,
} from "../../random/index.ts";
import { allocateShape, asArray, fromValues } from "../make.ts";
import type { NDArray } from "../ndarray.ts";
import type { ArrayLike } from "../types.ts";
import { type Entropy, SeedSequence } from "./seed-sequence.ts";
import { type Size, shapeOfSize } from "./sizes.ts";

/** What an engine can be seeded with; null: the system's randomness. */
export type Seed = Entropy | SeedSequence | null;

/** A dict of Python's, as an object or a Map. */
export type StateDict = Readonly<Record<string, unknown>>;

/** The dict as an object. @throws TypeError for what is none */
export function dictOf(value: unknown): StateDict {
  if (value instanceof Map) return Object.fromEntries(value) as StateDict;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new PythonTypeError("state must be a dict");
  return value as StateDict;
}

/** 64-bit numbers of an array-like. */
function bigs(value: unknown): bigint[] {
  return elements(asArray(value as ArrayLike)).map((item) => BigInt.asUintN(64, toBigInt(item)));
}

const arrayOfBigs = (values: readonly bigint[]): NDArray => fromValues(uint64, [values.length], values);

/** An engine with what it was seeded by. */
export abstract class BitGenerator {
  /** The bits that distributions draw. */
  abstract readonly stream: BitStream;
  /** Its name in states. */
  protected abstract readonly kind: string;
  /** What it was seeded by. */
  readonly seedSeq: SeedSequence;

  constructor(seed: Seed) {
    this.seedSeq = seed instanceof SeedSequence ? seed : new SeedSequence(seed);
  }

  /** The state, as NumPy's dict. */
  abstract get state(): StateDict;
  abstract set state(value: StateDict);

  /**
   * What the engine itself gives out, as one number without a size.
   * @param output false: it is drawn and thrown away
   */
  randomRaw(size: Size = null, output = true): number | bigint | NDArray | null {
    if (size === null) {
      const value = this.stream.nextRaw();
      if (!output) return null;
      return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
    }
    const result = allocateShape(uint64, shapeOfSize(size));
    const data = result.storage.view(uint64);
    for (let i = 0; i < result.size; i++) data[i] = this.stream.nextRaw();
    return output ? result : null;
  }

  /** So many new engines of the same kind, independent of this one. */
  spawn(nChildren: number): this[] {
    const Class = this.constructor as new (seed: Seed) => this;
    return this.seedSeq.spawn(nChildren).map((seed) => new Class(seed));
  }

  /** `str(x)` */
  toString(): string {
    return `<numpy.random.${this.kind} object>`;
  }

  /** The dict's own state. @throws TypeError, ValueError for the dict of another engine */
  protected checked(value: StateDict): { readonly dict: StateDict; readonly inner: StateDict } {
    const dict = dictOf(value);
    const { bit_generator: given } = dict as { readonly bit_generator?: unknown };
    if (given !== this.kind) throw new ValueError(`state must be for a ${this.kind} PRNG`);
    return { dict, inner: dictOf((dict as { readonly state?: unknown }).state) };
  }
}

/** The half of a 64-bit number that waits, as it stands in a state. */
interface Waiting {
  readonly has_uint32: number;
  readonly uinteger: number;
}

function waitingOf({ waiting }: BlockStream): Waiting {
  return { has_uint32: waiting === undefined ? 0 : 1, uinteger: waiting ?? 0 };
}

function restoreWaiting(stream: BlockStream, dict: StateDict): void {
  const { has_uint32, uinteger } = dict as unknown as Waiting;
  stream.waiting = Number(has_uint32) === 0 ? undefined : Number(uinteger);
}

/** What the two PCG engines have in common. */
abstract class PcgGenerator extends BitGenerator {
  abstract override readonly stream: Pcg;

  /** Starts the stream as the seeds say. */
  protected start(): void {
    const words = this.seedSeq.generateState(8).storage.view(uint32) as Uint32Array;
    const pair = (high: number): bigint =>
      (bigOfWords(words, high, 2) << 64n) | bigOfWords(words, high + 2, 2);
    this.stream.seed(pair(0), pair(4));
  }

  override get state(): StateDict {
    const [state, inc] = this.stream.save();
    return { bit_generator: this.kind, state: { state, inc }, ...waitingOf(this.stream) };
  }

  override set state(value: StateDict) {
    const { dict, inner } = this.checked(value);
    const { state, inc } = inner as unknown as { readonly state: bigint; readonly inc: bigint };
    this.stream.restore(BigInt(state), BigInt(inc));
    restoreWaiting(this.stream, dict);
  }

  /** Moves on as if so many numbers had been drawn; a negative count moves back. */
  advance(delta: number | bigint): this {
    this.stream.advance(BigInt(delta));
    return this;
  }

  /** A new engine of the same kind far down the stream. */
  jumped(jumps: number | bigint = 1): this {
    const other = new (this.constructor as new () => this)();
    other.state = this.state;
    other.stream.jump(BigInt(jumps));
    return other;
  }
}

/** `numpy.random.PCG64`, which `default_rng` takes. */
export class PCG64 extends PcgGenerator {
  protected override readonly kind: string = "PCG64";
  override readonly stream: Pcg = new Pcg64Stream();

  constructor(seed: Seed = null) {
    super(seed);
    this.start();
  }
}

/** `numpy.random.PCG64DXSM` */
export class PCG64DXSM extends PcgGenerator {
  protected override readonly kind: string = "PCG64DXSM";
  override readonly stream: Pcg = new Pcg64DxsmStream();

  constructor(seed: Seed = null) {
    super(seed);
    this.start();
  }
}

/** `numpy.random.SFC64` */
export class SFC64 extends BitGenerator {
  protected override readonly kind: string = "SFC64";
  override readonly stream: Sfc64Stream = new Sfc64Stream();

  constructor(seed: Seed = null) {
    super(seed);
    this.stream.seed(this.seedSeq.generateState(6).storage.view(uint32) as Uint32Array);
  }

  override get state(): StateDict {
    const words = this.stream.saveWords();
    const state = allocateShape(uint64, [words.length / 2]);
    (state.storage.view(int32) as Int32Array).set(words);
    return { bit_generator: this.kind, state: { state }, ...waitingOf(this.stream) };
  }

  override set state(value: StateDict) {
    const { dict, inner } = this.checked(value);
    const { state } = inner as { readonly state?: unknown };
    this.stream.restoreWords(new Int32Array(BigUint64Array.from(bigs(state)).buffer));
    restoreWaiting(this.stream, dict);
  }
}

interface PhiloxOptions {
  readonly counter?: number | bigint | ArrayLike | null;
  readonly key?: number | bigint | ArrayLike | null;
}

/**
 * A number of several 64-bit ones, or given as one.
 * @throws ValueError where it does not have so many bits
 */
function wideNumber(value: unknown, name: string, bits: number): bigint {
  if (typeof value === "number" || typeof value === "bigint") {
    const whole = BigInt(value);
    if (whole < 0n || whole >= 1n << BigInt(bits))
      throw new ValueError(`${name} must be positive and less than 2**${bits}.`);
    return whole;
  }
  const parts = bigs(value);
  if (parts.length !== bits / 64)
    throw new ValueError(`${name} must have ${bits / 64} elements when using array form`);
  return parts.reduceRight((total, part) => (total << 64n) | part, 0n);
}

/** `numpy.random.Philox` */
export class Philox extends BitGenerator {
  protected override readonly kind: string = "Philox";
  override readonly stream: PhiloxStream = new PhiloxStream();

  /**
   * @param options `counter` of 256 bits, and `key` of 128 bits instead of a seed
   * @throws ValueError
   */
  constructor(seed: Seed | PhiloxOptions = null, ...options: readonly PhiloxOptions[]) {
    const bound = bind<{ readonly seed: Seed } & Required<PhiloxOptions>>(
      "Philox",
      ["seed", "counter", "key"],
      [seed, ...options],
      { seed: null, counter: null, key: null },
    );
    const { counter, key } = bound;
    if (bound.seed !== null && key !== null) throw new ValueError("seed and key cannot be both used");
    super(bound.seed);
    const words = (): bigint =>
      bigOfWords(this.seedSeq.generateState(4).storage.view(uint32) as Uint32Array, 0, 4);
    this.stream.seed(
      key === null ? words() : wideNumber(key, "key", 128),
      counter === null ? 0n : wideNumber(counter, "counter", 256),
    );
  }

  override get state(): StateDict {
    const { counter, key, buffer, position } = this.stream.save();
    return {
      bit_generator: this.kind,
      state: { counter: arrayOfBigs(counter), key: arrayOfBigs(key) },
      buffer: arrayOfBigs(buffer),
      buffer_pos: position,
      ...waitingOf(this.stream),
    };
  }

  override set state(value: StateDict) {
    const { dict, inner } = this.checked(value);
    const { counter, key } = inner as { readonly counter?: unknown; readonly key?: unknown };
    const { buffer, buffer_pos: position } = dict as {
      readonly buffer?: unknown;
      readonly buffer_pos?: unknown;
    };
    this.stream.restore(bigs(counter), bigs(key), bigs(buffer), Number(position));
    restoreWaiting(this.stream, dict);
  }

  /** Raises the counter by so much: four numbers are made of each. */
  advance(delta: number | bigint): this {
    this.stream.advance(BigInt(delta));
    return this;
  }

  /** A new engine whose counter is 2^128 further for each jump. */
  jumped(jumps: number | bigint = 1): Philox {
    const other = new Philox();
    other.state = this.state;
    other.stream.advance(BigInt(jumps) << 128n);
    return other;
  }
}

/** `numpy.random.MT19937` */
export class MT19937 extends BitGenerator {
  protected override readonly kind: string = "MT19937";
  override readonly stream: TwisterStream = new TwisterStream();

  constructor(seed: Seed = null) {
    super(seed);
    this.stream.seedByWords(
      this.seedSeq.generateState(TwisterStream.words).storage.view(uint32) as Uint32Array,
    );
  }

  override get state(): StateDict {
    const { key, position } = this.stream.save();
    return { bit_generator: this.kind, state: { key: asArray(key), pos: position } };
  }

  override set state(value: StateDict) {
    const { inner } = this.checked(value);
    const { key, pos } = inner as { readonly key?: unknown; readonly pos?: unknown };
    const words = Uint32Array.from(bigs(key), Number);
    if (words.length < TwisterStream.words) {
      const { length } = words;
      throw new IndexError(`index ${length} is out of bounds for axis 0 with size ${length}`);
    }
    this.stream.restore({ key: words.subarray(0, TwisterStream.words), position: Number(pos) });
  }

  /** A new engine 2^128 numbers further for each jump. */
  jumped(jumps = 1): MT19937 {
    const other = new MT19937();
    other.state = this.state;
    for (let i = 0; i < jumps; i++) other.stream.jump();
    return other;
  }
}
