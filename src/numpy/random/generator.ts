// `numpy.random.Generator` and `default_rng`: NumPy's way of drawing numbers since 1.17. The distributions drawn number
// by number are in distributions.ts.

import { bind, type Signature } from "../../core/arguments.ts";
import { int64, uint32 } from "../../core/dtype.ts";
import { AttributeError, ValueError } from "../../core/errors.ts";
import { type Variates, ZigguratVariates } from "../../random/index.ts";
import type { ItemArray } from "../item-array.ts";
import type { NDArray } from "../ndarray.ts";
import { isPyScalar, kindOf } from "../scalars.ts";
import type { ArrayLike, DTypeLike, ShapeLike } from "../types.ts";
import { BitGenerator, PCG64, type Seed } from "./bit-generator.ts";
import { choiceRules, choose } from "./choice.ts";
import { Distributions, defineDistributions } from "./distributions.ts";
import {
  type ExponentialFilling,
  type Filling,
  fillRandom,
  fillStandardExponential,
  fillStandardGamma,
  fillStandardNormal,
  type GammaFilling,
} from "./filling.ts";
import { drawIntegers } from "./integers.ts";
import { type PermutedArguments, permutation, permuted, type Shuffled, shuffle } from "./orders.ts";
import { RandomState } from "./random-state.ts";
import type { Size } from "./sizes.ts";
import {
  type ColorMethod,
  dirichlet,
  multinomial,
  multivariateHypergeometric,
  multivariateNormal,
  type NormalOptions,
} from "./vectors.ts";

interface IntegersOptions {
  readonly low: ArrayLike;
  readonly high: ArrayLike | null;
  readonly size: Size;
  readonly dtype: DTypeLike;
  readonly endpoint: boolean;
}

/** What `choice` takes by name. */
export interface ChoiceOptions {
  readonly size: Size;
  readonly replace: boolean;
  readonly p: ArrayLike | null;
  readonly axis: number;
  readonly shuffle: boolean;
}

type ChoiceArguments = Signature<
  [size?: Size, replace?: boolean, p?: ArrayLike | null, axis?: number, shuffle?: boolean],
  Partial<ChoiceOptions>
>;

/** How `choice` is called: of numbers one alone is a number, of an array an element or a part. */
export interface Choice {
  (a: number, size?: null, replace?: boolean, p?: ArrayLike | null): number;
  (a: number, options: Partial<ChoiceOptions> & { readonly size?: null }): number;
  (a: readonly string[] | ItemArray, ...args: ChoiceArguments): ItemArray;
  (a: ArrayLike, ...args: ChoiceArguments): NDArray;
}

/** How `permutation` is called. */
export interface Permutation {
  (x: readonly string[] | ItemArray, axis?: number | { readonly axis?: number }): ItemArray;
  (x: ArrayLike, axis?: number | { readonly axis?: number }): NDArray;
}

/** Draws numbers from a bit generator's stream. */
export class Generator extends Distributions {
  /** What its numbers are drawn from. */
  override readonly variates: Variates;
  private readonly engine: BitGenerator;

  /** `random(size, dtype, out)`: uniform in [0, 1), float64 or float32. */
  declare readonly random: Filling;
  /** `standard_normal(size, dtype, out)` */
  declare readonly standardNormal: Filling;
  /** `standard_exponential(size, dtype, method, out)` */
  declare readonly standardExponential: ExponentialFilling;
  /** `standard_gamma(shape, size, dtype, out)` */
  declare readonly standardGamma: GammaFilling;
  /** `choice(a, size, replace, p, axis, shuffle)` */
  declare readonly choice: Choice;
  /** `permutation(x, axis)`: a shuffled copy, or the numbers below x shuffled. */
  declare readonly permutation: Permutation;

  /** @throws AttributeError, ValueError for what is no bit generator */
  constructor(bitGenerator: BitGenerator) {
    super();
    const given: unknown = bitGenerator;
    if (!(given instanceof BitGenerator)) {
      if (typeof given === "function")
        throw new ValueError("Invalid bit generator. The bit generator must be instantiated.");
      const type = isPyScalar(given) ? kindOf(given) : typeof given;
      throw new AttributeError(`'${type}' object has no attribute 'capsule'`);
    }
    this.engine = bitGenerator;
    this.variates = new ZigguratVariates(bitGenerator.stream);
  }

  /** The engine, whose state can be read and set. */
  get bitGenerator(): BitGenerator {
    return this.engine;
  }

  /** So many new generators, independent of this one. */
  spawn(nChildren: number): Generator[] {
    return this.engine.spawn(nChildren).map((engine) => new Generator(engine));
  }

  /**
   * Whole numbers from `low` to below `high`, with `endpoint` to `high`; from 0 to below `low` where it is alone.
   * @throws ValueError, TypeError
   */
  integers(
    low: ArrayLike,
    ...args: Signature<
      [high?: ArrayLike | null, size?: Size, dtype?: DTypeLike, endpoint?: boolean],
      Partial<IntegersOptions>
    >
  ): NDArray;
  integers(options: Partial<IntegersOptions> & { readonly low: ArrayLike }): NDArray;
  integers(...args: readonly unknown[]): NDArray {
    const { endpoint, ...request } = bind<IntegersOptions>(
      "integers",
      ["low", "high", "size", "dtype", "endpoint"],
      args,
      { high: null, size: null, dtype: int64, endpoint: false },
    );
    return drawIntegers(this.variates.stream, {
      ...request,
      isClosed: endpoint,
      isMasked: false,
      name: "integers",
    });
  }

  /** So many random bytes. */
  bytes(length: number): Uint8Array {
    const words = Math.trunc((length - 1) / 4) + 1;
    return this.integers(0, 2 ** 32, words, uint32)
      .tobytes()
      .slice(0, length);
  }

  /** Shuffles an array along an axis, or a list, in place. @throws TypeError, AxisError */
  shuffle(x: Shuffled, axis: number | { readonly axis?: number } = 0): void {
    const bound = bind<{ readonly axis: number }>("shuffle", ["axis"], [axis], { axis: 0 });
    shuffle(this.variates.stream, x, bound.axis);
  }

  /** A copy of which each row along the axis is shuffled by itself. @throws TypeError, AxisError, ValueError */
  permuted(x: ArrayLike, ...args: PermutedArguments): NDArray {
    return permuted(this.variates.stream, x, args);
  }

  /** Counts of outcomes among n trials. @throws ValueError */
  multinomial(
    n: ArrayLike,
    pvals: ArrayLike,
    size: ShapeLike | null | { readonly size?: Size } = null,
  ): NDArray {
    const bound = bind<{ readonly size: Size }>("multinomial", ["size"], [size], { size: null });
    return multinomial(this.variates, n, pvals, bound.size, false);
  }

  /** Parts of 1. @throws ValueError */
  dirichlet(alpha: ArrayLike, size: ShapeLike | null | { readonly size?: Size } = null): NDArray {
    const bound = bind<{ readonly size: Size }>("dirichlet", ["size"], [size], { size: null });
    return dirichlet(this.variates, alpha, bound.size, false);
  }

  /** How many of each color are in a sample without replacement. @throws ValueError */
  multivariateHypergeometric(
    colors: ArrayLike,
    nsample: number,
    ...args: Signature<
      [size?: Size, method?: ColorMethod],
      { readonly size?: Size; readonly method?: ColorMethod }
    >
  ): NDArray {
    const { size, method } = bind<{ readonly size: Size; readonly method: ColorMethod }>(
      "multivariate_hypergeometric",
      ["size", "method"],
      args,
      { size: null, method: "marginals" },
    );
    return multivariateHypergeometric(this.variates, colors, nsample, size, method);
  }

  /** Normal vectors of a mean and a covariance. @throws ValueError, LinAlgError */
  multivariateNormal(
    mean: ArrayLike,
    cov: ArrayLike,
    ...args: Signature<
      [size?: Size, checkValid?: NormalOptions["checkValid"], tol?: number],
      Partial<NormalOptions>
    >
  ): NDArray {
    const options = bind<NormalOptions>("multivariate_normal", ["size", "checkValid", "tol"], args, {
      size: null,
      checkValid: "warn",
      tol: 1e-8,
      method: "svd",
    });
    return multivariateNormal(this.variates, mean, cov, options, false);
  }

  /** `repr(x)` */
  repr(): string {
    return this.toString();
  }

  /** `str(x)` */
  override toString(): string {
    return `Generator(${String((this.engine.state as { readonly bit_generator: string }).bit_generator)})`;
  }
}

defineDistributions(Generator.prototype, false);

const own = {
  random(this: Generator, ...args: readonly unknown[]): unknown {
    return fillRandom(this.variates.stream, args);
  },
  standardNormal(this: Generator, ...args: readonly unknown[]): unknown {
    return fillStandardNormal(this.variates.stream, args);
  },
  standardExponential(this: Generator, ...args: readonly unknown[]): unknown {
    return fillStandardExponential(this.variates.stream, args);
  },
  standardGamma(this: Generator, ...args: readonly unknown[]): unknown {
    return fillStandardGamma(this.variates, args);
  },
  choice(this: Generator, a: unknown, ...args: readonly unknown[]): unknown {
    const options = bind<ChoiceOptions>("choice", ["size", "replace", "p", "axis", "shuffle"], args, {
      size: null,
      replace: true,
      p: null,
      axis: 0,
      shuffle: true,
    });
    return choose(this.variates.stream, { a, ...options }, choiceRules);
  },
  permutation(this: Generator, x: unknown, ...args: readonly unknown[]): unknown {
    const { axis } = bind<{ readonly axis: number }>("permutation", ["axis"], args, { axis: 0 });
    return permutation(this.variates.stream, x, axis);
  },
};
Object.assign(Generator.prototype, own);

/**
 * A generator over PCG64 with that seed, over a given engine, or the one given (`numpy.random.default_rng`).
 * @param seed null: the system's randomness
 * @throws TypeError, ValueError
 */
export function defaultRng(seed: Seed | BitGenerator | Generator | RandomState = null): Generator {
  if (seed instanceof Generator) return seed;
  if (seed instanceof RandomState) return new Generator(seed.engine);
  return new Generator(seed instanceof BitGenerator ? seed : new PCG64(seed));
}
