// `numpy.random.SeedSequence`: entropy from which independent states are made, and children by a key that grows.

import { bind } from "../../core/arguments.ts";
import { int32, uint32, uint64 } from "../../core/dtype.ts";
import { elements } from "../../core/elements.ts";
import { OverflowError, PythonTypeError, ValueError } from "../../core/errors.ts";
import { PyFloat } from "../../core/python.ts";
import { floatRepr, pythonRepr, tupleText } from "../../core/text.ts";
import { entropyWords, mixPool, wordsOfPool } from "../../random/index.ts";
import { allocateShape } from "../make.ts";
import { NDArray } from "../ndarray.ts";
import { isTypedArray } from "../scalars.ts";
import { type DTypeLike, dtype as parseDtype } from "../types.ts";

/** An integer of any size, or a list of them. */
export type Entropy = number | bigint | readonly (number | bigint | string)[] | NDArray | ArrayBufferView;

interface SequenceOptions {
  readonly spawnKey?: readonly (number | bigint)[];
  readonly poolSize?: number;
  readonly nChildrenSpawned?: number;
}

/** What describes a sequence, under Python's names. */
export interface SequenceState {
  readonly entropy: Entropy;
  readonly spawn_key: readonly (number | bigint)[];
  readonly pool_size: number;
  readonly n_children_spawned: number;
}

const DEFAULT_POOL = 4;

/** @throws TypeError, ValueError for what is no integer of at least 0 */
function wordsOf(value: unknown): number[] {
  if (typeof value === "string") {
    if (/^(0x[0-9a-fA-F]+|[0-9]+)$/.test(value)) return entropyWords(BigInt(value));
    throw new ValueError("unrecognized seed string");
  }
  if (Array.isArray(value)) return value.flatMap(wordsOf);
  const isWhole = typeof value === "bigint" || typeof value === "boolean" || Number.isInteger(value);
  if (!isWhole) throw new PythonTypeError("seed must be integer");
  const whole = BigInt(value as number | bigint | boolean);
  if (whole < 0n) throw new ValueError("expected non-negative integer");
  return entropyWords(whole);
}

/** The integers of a list, an array or one number. */
function itemsOf(value: unknown): readonly unknown[] {
  if (value instanceof NDArray) return elements(value);
  if (isTypedArray(value)) return Array.from<unknown>(value);
  return Array.isArray(value) ? value : [value];
}

function isEntropy(value: unknown): value is Entropy {
  if (typeof value === "number") return Number.isInteger(value) && !Object.is(value, -0);
  if (value instanceof NDArray) return !value.isScalar || value.dtype.isInteger;
  return ["bigint", "boolean"].includes(typeof value) || Array.isArray(value) || isTypedArray(value);
}

/** Entropy of the system's. */
function systemEntropy(words: number): bigint {
  let value = 0n;
  for (const word of crypto.getRandomValues(new Uint32Array(words))) value = (value << 32n) | BigInt(word);
  return value;
}

/** A source of states for bit generators. */
export class SeedSequence {
  readonly entropy: Entropy;
  readonly spawnKey: readonly (number | bigint)[];
  readonly poolSize: number;
  /** How many children there are already. */
  nChildrenSpawned: number;
  private readonly words: Uint32Array;

  /**
   * @param entropy an integer of at least 0 of any size, or several; null: the system's randomness
   * @throws TypeError, ValueError
   */
  constructor(entropy: Entropy | null = null, options: SequenceOptions = {}) {
    const { spawnKey, poolSize, nChildrenSpawned } = bind<Required<SequenceOptions>>(
      "SeedSequence",
      [],
      [options],
      { spawnKey: [], poolSize: DEFAULT_POOL, nChildrenSpawned: 0 },
    );
    if (poolSize < DEFAULT_POOL)
      throw new ValueError(`The size of the entropy pool should be at least ${DEFAULT_POOL}`);
    const given: unknown = entropy;
    if (given !== null && !isEntropy(given)) {
      const isNumber = typeof given === "number" || given instanceof PyFloat;
      throw new PythonTypeError(
        `SeedSequence expects int or sequence of ints for entropy not ${isNumber ? floatRepr(Number(given)) : given}`,
      );
    }
    this.entropy = entropy ?? systemEntropy(poolSize);
    this.spawnKey = [...spawnKey];
    this.poolSize = poolSize;
    this.nChildrenSpawned = nChildrenSpawned;
    const own = itemsOf(this.entropy).flatMap(wordsOf);
    const key = this.spawnKey.flatMap(wordsOf);
    // Zeros keep a short entropy with a key apart from a long one.
    while (key.length > 0 && own.length < poolSize) own.push(0);
    this.words = mixPool([...own, ...key], poolSize);
  }

  /** The words that the entropy was mixed into. */
  get pool(): NDArray {
    return arrayOfWords(this.words);
  }

  /** What a like sequence can be made from again. */
  get state(): SequenceState {
    return {
      entropy: this.entropy,
      spawn_key: this.spawnKey,
      pool_size: this.poolSize,
      n_children_spawned: this.nChildrenSpawned,
    };
  }

  /**
   * So many words for a state.
   * @param dtype uint32 or uint64
   * @throws ValueError
   */
  generateState(nWords: number, dtype: DTypeLike = uint32): NDArray {
    const type = parseDtype(dtype);
    if (type !== uint32 && type !== uint64) throw new ValueError("only support uint32 or uint64");
    if (nWords < 0) throw new ValueError("negative dimensions are not allowed");
    const words = wordsOfPool(this.words, type === uint64 ? 2 * nWords : nWords);
    if (type === uint32) return arrayOfWords(words);
    const result = allocateShape(uint64, [nWords]);
    (result.storage.view(int32) as Int32Array).set(words);
    return result;
  }

  /** So many new sequences, independent of this one and of all other children. @throws OverflowError */
  spawn(nChildren: number): SeedSequence[] {
    if (nChildren < 0) throw new OverflowError("can't convert negative value to uint32_t");
    const first = this.nChildrenSpawned;
    this.nChildrenSpawned += nChildren;
    return Array.from(
      { length: nChildren },
      (_, i) =>
        new SeedSequence(this.entropy, { spawnKey: [...this.spawnKey, first + i], poolSize: this.poolSize }),
    );
  }

  /** `repr(x)` */
  repr(): string {
    const lines = [`    entropy=${reprOf(this.entropy)},`];
    if (this.spawnKey.length > 0) lines.push(`    spawn_key=${tupleText(this.spawnKey.map(String))},`);
    if (this.poolSize !== DEFAULT_POOL) lines.push(`    pool_size=${this.poolSize},`);
    if (this.nChildrenSpawned !== 0) lines.push(`    n_children_spawned=${this.nChildrenSpawned},`);
    return `SeedSequence(\n${lines.join("\n")}\n)`;
  }

  /** `str(x)` */
  toString(): string {
    return this.repr();
  }
}

function reprOf(entropy: Entropy): string {
  return entropy instanceof NDArray ? entropy.repr() : pythonRepr(entropy);
}

function arrayOfWords(words: Uint32Array): NDArray {
  const result = allocateShape(uint32, [words.length]);
  (result.storage.view(uint32) as Uint32Array).set(words);
  return result;
}
