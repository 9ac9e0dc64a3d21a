// `numpy.random.RandomState`: the numbers that NumPy drew before 1.17, and still draws behind `numpy.random.seed`. Its
// streams never change. The distributions drawn number by number are in distributions.ts.

import { bind, isOptions, type Signature } from "../../core/arguments.ts";
import { int64, uint32 } from "../../core/dtype.ts";
import { elements, toBigInt } from "../../core/elements.ts";
import { PythonTypeError, ValueError } from "../../core/errors.ts";
import { type BitStream, PolarVariates, TwisterStream } from "../../random/index.ts";
import type { ItemArray } from "../item-array.ts";
import { PyTuple } from "../item-files.ts";
import { allocateShape, asArray } from "../make.ts";
import type { NDArray } from "../ndarray.ts";
import { isPyScalar, isTypedArray, kindOf } from "../scalars.ts";
import { type ArrayLike, type DTypeLike, dtypeText, type ShapeLike } from "../types.ts";
import { BitGenerator, dictOf, MT19937, type StateDict } from "./bit-generator.ts";
import { choose, legacyChoiceRules } from "./choice.ts";
import { Distributions, defineDistributions } from "./distributions.ts";
import type { NoParameter, OneRequired } from "./draw-types.ts";
import type { Choice, ChoiceOptions, Permutation } from "./generator.ts";
import { drawIntegers } from "./integers.ts";
import { legacyPermutation, type Shuffled, shuffle } from "./orders.ts";
import { drawFrom, nonNegative } from "./parameters.ts";
import { elementsOf, type Size, shapeOfSize } from "./sizes.ts";
import { dirichlet, multinomial, multivariateNormal, type NormalOptions } from "./vectors.ts";

/** A seed of the old kind: 32 bits, or a list of such. */
export type LegacySeed = number | bigint | readonly (number | bigint)[] | NDArray | ArrayBufferView | null;

/** `get_state()`: name, words, position, whether a normal waits, and it. */
export type LegacyState = readonly [
  name: string,
  keys: NDArray,
  pos: number,
  hasGauss: number,
  cachedGaussian: number,
];

interface RandintOptions {
  readonly low: ArrayLike;
  readonly high: ArrayLike | null;
  readonly size: Size;
  readonly dtype: DTypeLike | null;
}

/** How `randint` is called: without a type one integer alone is a number. */
export interface Randint {
  (low: number, high?: number | null, size?: null): number;
  (options: { readonly low: number; readonly high?: number | null; readonly size?: null }): number;
  (
    low: ArrayLike,
    ...args: Signature<[high?: ArrayLike | null, size?: Size, dtype?: DTypeLike], Partial<RandintOptions>>
  ): NDArray;
}

/** How `rand` and `randn` are called: the lengths of the axes, one after the other. */
export interface Axes {
  (): number;
  (...lengths: readonly number[]): NDArray;
}

/** The old way of drawing numbers: MT19937 and methods that never change. */
export class RandomState extends Distributions {
  /** What its numbers are drawn from. */
  override readonly variates: PolarVariates;
  /** The engine. */
  readonly engine: BitGenerator;

  /** `rand(d0, d1, ...)`: uniform in [0, 1). */
  declare readonly rand: Axes;
  /** `randn(d0, d1, ...)`: standard normal. */
  declare readonly randn: Axes;
  /** `random(size)`, the same as `random_sample`. */
  declare readonly random: NoParameter;
  /** `random_sample(size)`: uniform in [0, 1). */
  declare readonly randomSample: NoParameter;
  /** `standard_normal(size)` */
  declare readonly standardNormal: NoParameter;
  /** `standard_exponential(size)` */
  declare readonly standardExponential: NoParameter;
  /** `standard_gamma(shape, size)` */
  declare readonly standardGamma: OneRequired<"shape">;
  /** `randint(low, high, size, dtype)` */
  declare readonly randint: Randint;
  /** `choice(a, size, replace, p)` */
  declare readonly choice: Choice;
  /** `permutation(x)`: a shuffled copy, or the numbers below x shuffled. */
  declare readonly permutation: Permutation;

  /**
   * @param seed 32 bits, a list of such, an engine, or null: the system's randomness
   * @throws ValueError, TypeError
   */
  constructor(seed: LegacySeed | BitGenerator = null) {
    super();
    this.engine = seed instanceof BitGenerator ? seed : new MT19937();
    this.variates = new PolarVariates(this.engine.stream);
    if (!(seed instanceof BitGenerator) && seed !== null) this.seed(seed);
  }

  /**
   * Starts the stream of a seed.
   * @throws ValueError, TypeError for no seed of 32 bits, or where the engine is not MT19937
   */
  seed(seed: LegacySeed = null): void {
    const { stream } = this.engine;
    if (!(stream instanceof TwisterStream))
      throw new PythonTypeError("can only re-seed a MT19937 BitGenerator");
    this.variates.waiting = undefined;
    if (seed === null) this.engine.state = new MT19937().state;
    else seedTwister(stream, seed);
  }

  /** The state: as a tuple, or with `legacy` false as a dict. */
  getState(options?: boolean | { readonly legacy?: true }): LegacyState;
  getState(options: { readonly legacy: boolean }): LegacyState | StateDict;
  getState(options: boolean | { readonly legacy?: boolean } = {}): LegacyState | StateDict {
    const { legacy } = bind<{ readonly legacy: boolean }>("get_state", ["legacy"], [options], {
      legacy: true,
    });
    const { state, ...rest } = this.engine.state as { readonly state: Readonly<Record<string, unknown>> };
    const { waiting } = this.variates;
    const [has, cached] = [waiting === undefined ? 0 : 1, waiting ?? 0];
    if (!legacy || !(this.engine instanceof MT19937))
      return { ...rest, state, has_gauss: has, gauss: cached };
    const { key, pos } = state as { readonly key: NDArray; readonly pos: number };
    const tuple = new PyTuple();
    tuple.push("MT19937", key, pos, has, cached);
    return tuple as unknown as LegacyState;
  }

  /** Goes on from a state of `getState`, ours or NumPy's. @throws ValueError, TypeError */
  setState(state: LegacyState | StateDict | readonly unknown[]): void {
    const given: unknown = state;
    if (Array.isArray(given)) {
      const [name, key, pos, has = 0, cached = 0] = given as unknown[];
      if (name !== "MT19937")
        throw new ValueError("set_state can only be used with legacy MT19937 state instances.");
      this.restore({ bit_generator: name, state: { key, pos } }, Number(has), Number(cached));
      return;
    }
    if (typeof given !== "object" || given === null)
      throw new PythonTypeError("state must be a dict or a tuple.");
    const dict = dictOf(given);
    if (!("bit_generator" in dict && "state" in dict)) throw new ValueError("state dictionary is not valid.");
    const { has_gauss: has = 0, gauss = 0 } = dict as {
      readonly has_gauss?: number;
      readonly gauss?: number;
    };
    this.restore(dict, Number(has), Number(gauss));
  }

  private restore(state: StateDict, has: number, cached: number): void {
    this.engine.state = state;
    this.variates.waiting = has === 0 ? undefined : cached;
  }

  /** So many random bytes. */
  bytes(length: number): Uint8Array {
    const words = Math.trunc((length - 1) / 4) + 1;
    return integersOf(this.variates.stream, 0, 2 ** 32, words, uint32)
      .tobytes()
      .slice(0, length);
  }

  /** Whole numbers from `low` to `high`, both included; from 1 to `low` where it is alone. */
  randomIntegers(low: number, high: number | null = null, size: Size = null): NDArray {
    const [from, to] = high === null ? [1, low] : [low, high];
    return integersOf(this.variates.stream, from, to + 1, size, int64);
  }

  /** Whole numbers from 0 to 2^63 - 1. */
  tomaxint(size: Size = null): bigint | NDArray {
    const { stream } = this.variates;
    const draw = (): bigint => stream.nextBig() >> 1n;
    if (size === null) return draw();
    const result = allocateShape(int64, shapeOfSize(size));
    const data = elementsOf(result);
    for (let i = 0; i < data.length; i++) data[i] = draw();
    return result;
  }

  /** Shuffles an array along its first axis, or a list, in place. @throws TypeError */
  shuffle(x: Shuffled): void {
    shuffle(this.variates.stream, x);
  }

  /** Counts of outcomes among n trials. @throws ValueError, TypeError */
  multinomial(
    n: number,
    pvals: ArrayLike,
    size: ShapeLike | null | { readonly size?: Size } = null,
  ): NDArray {
    const bound = bind<{ readonly size: Size }>("multinomial", ["size"], [size], { size: null });
    return multinomial(this.variates, n, pvals, bound.size, true);
  }

  /** Parts of 1. @throws ValueError */
  dirichlet(alpha: ArrayLike, size: ShapeLike | null | { readonly size?: Size } = null): NDArray {
    const bound = bind<{ readonly size: Size }>("dirichlet", ["size"], [size], { size: null });
    return dirichlet(this.variates, alpha, bound.size, true);
  }

  /** Normal vectors of a mean and a covariance. @throws ValueError */
  multivariateNormal(
    mean: ArrayLike,
    cov: ArrayLike,
    ...args: Signature<
      [size?: Size, checkValid?: NormalOptions["checkValid"], tol?: number],
      Partial<Omit<NormalOptions, "method">>
    >
  ): NDArray {
    const options = bind<Omit<NormalOptions, "method">>(
      "multivariate_normal",
      ["size", "checkValid", "tol"],
      args,
      { size: null, checkValid: "warn", tol: 1e-8 },
    );
    return multivariateNormal(this.variates, mean, cov, { ...options, method: "svd" }, true);
  }

  /** `repr(x)` */
  repr(): string {
    return this.toString();
  }

  /** `str(x)` */
  override toString(): string {
    const { bit_generator: kind } = this.engine.state as { readonly bit_generator: string };
    return `RandomState(${kind})`;
  }
}

defineDistributions(RandomState.prototype, true);

function integersOf(
  stream: BitStream,
  low: ArrayLike,
  high: ArrayLike | null,
  size: Size,
  dtype: DTypeLike,
): NDArray {
  return drawIntegers(stream, { low, high, size, dtype, isClosed: false, isMasked: true, name: "randint" });
}

const LARGEST_SEED = 2n ** 32n - 1n;
const OUTSIDE = "Seed must be between 0 and 2**32 - 1";

/** @throws TypeError, ValueError as `numpy.random.seed` refuses */
function seedTwister(stream: TwisterStream, seed: Exclude<LegacySeed, null>): void {
  const cannotCast = (what: string, type: string): PythonTypeError =>
    new PythonTypeError(`Cannot cast ${what} from ${type} to dtype('int64') according to the rule 'safe'`);
  const given: unknown = seed;
  if (typeof given === "string") throw cannotCast("scalar", `dtype('<U${given.length}')`);
  if (isPyScalar(given)) {
    if (kindOf(given) !== "int" && kindOf(given) !== "bool")
      throw cannotCast("scalar", `dtype('${kindOf(given) === "float" ? "float64" : "complex128"}')`);
    const whole = BigInt(given as number | bigint | boolean);
    if (whole < 0n || whole > LARGEST_SEED) throw new ValueError(OUTSIDE);
    stream.seed(Number(whole));
    return;
  }
  const array = asArray(isTypedArray(seed) ? seed : (seed as ArrayLike));
  if (array.size === 0) throw new ValueError("Seed must be non-empty");
  if (!array.dtype.isInteger && array.dtype.kind !== "bool")
    throw cannotCast(array.ndim === 0 ? "scalar" : "array data", dtypeText(array.dtype));
  const words = elements(array).map(toBigInt);
  if (array.ndim > 1) throw new ValueError("Seed array must be 1-d");
  if (words.some((word) => word < 0n || word > LARGEST_SEED)) throw new ValueError(OUTSIDE);
  if (array.ndim === 0) stream.seed(Number(words[0]));
  else stream.seedByArray(words.map(Number));
}

const uniform = { parameters: [], draw: (variates: { uniform(): number }) => variates.uniform() };
const normal = { parameters: [], draw: (variates: { normal(): number }) => variates.normal() };
const exponential = { parameters: [], draw: (variates: { exponential(): number }) => variates.exponential() };
const gamma = {
  parameters: [{ name: "shape", check: nonNegative }],
  draw: (variates: { gamma(shape: number): number }, shape: number) => variates.gamma(shape),
};

/** The lengths as a size; options, of which there are none, stay. */
const sizeOfAxes = (lengths: readonly unknown[]): unknown[] => {
  if (lengths.some(isOptions)) return [null, lengths.find(isOptions)];
  if (lengths.some(Array.isArray))
    throw new PythonTypeError("'tuple' object cannot be interpreted as an integer");
  return [lengths.length === 0 ? null : lengths];
};

const own = {
  rand(this: RandomState, ...lengths: readonly unknown[]): unknown {
    return drawFrom("rand", uniform, this.variates, sizeOfAxes(lengths));
  },
  randn(this: RandomState, ...lengths: readonly unknown[]): unknown {
    return drawFrom("randn", normal, this.variates, sizeOfAxes(lengths));
  },
  random(this: RandomState, ...args: readonly unknown[]): unknown {
    return drawFrom("random", uniform, this.variates, args);
  },
  randomSample(this: RandomState, ...args: readonly unknown[]): unknown {
    return drawFrom("random_sample", uniform, this.variates, args);
  },
  standardNormal(this: RandomState, ...args: readonly unknown[]): unknown {
    return drawFrom("standard_normal", normal, this.variates, args);
  },
  standardExponential(this: RandomState, ...args: readonly unknown[]): unknown {
    return drawFrom("standard_exponential", exponential, this.variates, args);
  },
  standardGamma(this: RandomState, ...args: readonly unknown[]): unknown {
    return drawFrom("standard_gamma", gamma, this.variates, args);
  },
  randint(this: RandomState, ...args: readonly unknown[]): unknown {
    const bound = bind<RandintOptions>("randint", ["low", "high", "size", "dtype"], args, {
      high: null,
      size: null,
      dtype: null,
    });
    const { low, high, size, dtype } = bound;
    const result = integersOf(this.variates.stream, low, high, size, dtype ?? int64);
    return dtype === null && result.isScalar ? result.item() : result;
  },
  choice(this: RandomState, a: unknown, ...args: readonly unknown[]): number | NDArray | ItemArray {
    const options = bind<Omit<ChoiceOptions, "axis" | "shuffle">>("choice", ["size", "replace", "p"], args, {
      size: null,
      replace: true,
      p: null,
    });
    return choose(this.variates.stream, { a, ...options, axis: 0, shuffle: true }, legacyChoiceRules);
  },
  permutation(this: RandomState, x: unknown): NDArray | ItemArray {
    return legacyPermutation(this.variates.stream, x);
  },
};
Object.assign(RandomState.prototype, own);
