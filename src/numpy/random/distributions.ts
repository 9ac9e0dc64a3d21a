// The distributions whose numbers are drawn one by one, as tables: parameters with what NumPy checks of them, and how a
// number is drawn. Generator and RandomState have most of them in common.

import { OverflowError, ValueError } from "../../core/errors.ts";
import {
  beta,
  binomial,
  chisquare,
  f,
  geometric,
  gumbel,
  hypergeometric,
  laplace,
  legacyBeta,
  legacyBinomial,
  legacyGeometric,
  legacyHypergeometric,
  legacyLogseries,
  legacyWald,
  legacyZipf,
  logistic,
  logseries,
  negativeBinomial,
  noncentralChisquare,
  noncentralF,
  poisson,
  standardT,
  triangular,
  type Variates,
  vonmises,
  wald,
  wrappedVonmises,
  zipf,
} from "../../random/index.ts";
import type { NDArray } from "../ndarray.ts";
import type {
  NoParameter,
  OneParameter,
  OneRequired,
  ThreeRequired,
  TwoParameters,
  TwoRequired,
  TwoWithDefault,
} from "./draw-types.ts";
import {
  aboveOne,
  type Constraint,
  type Distribution,
  drawFrom,
  nonNegative,
  type Parameter,
  poissonMean,
  positive,
  positiveNumber,
  possible,
  probability,
  uncertain,
} from "./parameters.ts";

/** What Generator and RandomState have in common. */
export abstract class Distributions {
  /** What its numbers are drawn from. */
  abstract readonly variates: Variates;

  /** `beta(a, b)`: from 0 to 1. */
  declare readonly beta: TwoRequired<"a", "b">;
  /** `binomial(n, p)`: successes among n trials. */
  declare readonly binomial: TwoRequired<"n", "p">;
  /** `chisquare(df)` */
  declare readonly chisquare: OneRequired<"df">;
  /** `exponential(scale)`: waiting times of mean `scale`. */
  declare readonly exponential: OneParameter<"scale">;
  /** `f(dfnum, dfden)`: Fisher's F. */
  declare readonly f: TwoRequired<"dfnum", "dfden">;
  /** `gamma(shape, scale)` */
  declare readonly gamma: TwoWithDefault<"shape", "scale">;
  /** `geometric(p)`: trials up to the first success. */
  declare readonly geometric: OneRequired<"p">;
  /** `gumbel(loc, scale)`: extreme values. */
  declare readonly gumbel: TwoParameters<"loc", "scale">;
  /** `hypergeometric(ngood, nbad, nsample)`: good ones in a sample without replacement. */
  declare readonly hypergeometric: ThreeRequired<"ngood", "nbad", "nsample">;
  /** `laplace(loc, scale)`: exponential to both sides. */
  declare readonly laplace: TwoParameters<"loc", "scale">;
  /** `logistic(loc, scale)` */
  declare readonly logistic: TwoParameters<"loc", "scale">;
  /** `lognormal(mean, sigma)`: the exponential of a normal number. */
  declare readonly lognormal: TwoParameters<"mean", "sigma">;
  /** `logseries(p)`: logarithmic series. */
  declare readonly logseries: OneRequired<"p">;
  /** `negative_binomial(n, p)`: failures before n successes. */
  declare readonly negativeBinomial: TwoRequired<"n", "p">;
  /** `noncentral_chisquare(df, nonc)` */
  declare readonly noncentralChisquare: TwoRequired<"df", "nonc">;
  /** `noncentral_f(dfnum, dfden, nonc)` */
  declare readonly noncentralF: ThreeRequired<"dfnum", "dfden", "nonc">;
  /** `normal(loc, scale)`: mean and standard deviation. */
  declare readonly normal: TwoParameters<"loc", "scale">;
  /** `pareto(a)`: Pareto II, from 0. */
  declare readonly pareto: OneRequired<"a">;
  /** `poisson(lam)` */
  declare readonly poisson: OneParameter<"lam">;
  /** `power(a)`: from 0 to 1 with density a x^(a - 1). */
  declare readonly power: OneRequired<"a">;
  /** `rayleigh(scale)` */
  declare readonly rayleigh: OneParameter<"scale">;
  /** `standard_cauchy()` */
  declare readonly standardCauchy: NoParameter;
  /** `standard_t(df)`: Student's t. */
  declare readonly standardT: OneRequired<"df">;
  /** `triangular(left, mode, right)` */
  declare readonly triangular: ThreeRequired<"left", "mode", "right">;
  /** `uniform(low, high)`: from low to below high. */
  declare readonly uniform: TwoParameters<"low", "high">;
  /** `vonmises(mu, kappa)`: angles. */
  declare readonly vonmises: TwoRequired<"mu", "kappa">;
  /** `wald(mean, scale)`: inverse Gaussian. */
  declare readonly wald: TwoRequired<"mean", "scale">;
  /** `weibull(a)` */
  declare readonly weibull: OneRequired<"a">;
  /** `zipf(a)` */
  declare readonly zipf: OneRequired<"a">;
}

type Name = Exclude<keyof Distributions, "variates">;
type Table = Readonly<Record<Name, Distribution>>;

const parameter = (name: string, check?: Constraint, normally?: number): Parameter => ({
  name,
  ...(check === undefined ? {} : { check }),
  ...(normally === undefined ? {} : { normally }),
});

/** A place and a scale, 0 and 1 when they are not given. */
const placed: readonly Parameter[] = [parameter("loc", undefined, 0), parameter("scale", nonNegative, 1)];

const greatestCount = (value: number, name: string): string | undefined =>
  nonNegative(value, name, false) ?? (value > 2 ** 63 - 1 ? `${name} is too large` : undefined);

/** @throws ValueError, as the triangle's corners are checked */
function checkTriangle([left, mode, right]: readonly number[]): void {
  if (left! > mode!) throw new ValueError("left > mode");
  if (mode! > right!) throw new ValueError("mode > right");
  if (left === right) throw new ValueError("left == right");
}

/** Which of the two generators a table is of. */
interface Kind {
  readonly isLegacy: boolean;
}

/** @throws OverflowError, ValueError, as `uniform` refuses its bounds */
function checkRange({ isLegacy }: Kind): NonNullable<Distribution["check"]> {
  return ([low, high], isArray) => {
    const range = high! - low!;
    if (!Number.isFinite(range)) {
      throw new OverflowError(
        isArray || isLegacy ? "Range exceeds valid bounds" : "high - low range exceeds valid bounds",
      );
    }
    if (!isLegacy && (range < 0 || Object.is(range, -0))) throw new ValueError("high - low < 0");
  };
}

/** Means of the negative binomial distribution must be ones of Poisson's, ten standard deviations up. */
function checkFailures([n, p]: readonly number[]): void {
  const mean = ((1 - p!) * n!) / p!;
  if (poissonMean(mean + 10 * Math.sqrt(mean), "", false) === undefined) return;
  throw new ValueError("n too large or p too small, see Generator.negative_binomial Notes");
}

/** From this many items on, Generator has no method for them. */
const MOST_ITEMS = 1e9;

/** @throws ValueError, as counts of items are refused */
function checkItems({ isLegacy }: Kind): NonNullable<Distribution["check"]> {
  return (values) => {
    const [good, bad, sample] = values as [number, number, number];
    if (!isLegacy && (good >= MOST_ITEMS || bad >= MOST_ITEMS))
      throw new ValueError("both ngood and nbad must be less than 1000000000");
    if (good + bad < sample) throw new ValueError("ngood + nbad < nsample");
    if (good < 0) throw new ValueError("ngood < 0");
    if (bad < 0) throw new ValueError("nbad < 0");
    if (sample < 0) throw new ValueError("nsample < 0");
  };
}

/** What both draw alike, given their normal and exponential numbers. */
function continuous(kind: Kind): Omit<Table, DiscreteName> {
  return {
    beta: {
      parameters: [parameter("a", positive), parameter("b", positive)],
      draw: kind.isLegacy ? legacyBeta : beta,
    },
    chisquare: { parameters: [parameter("df", positive)], draw: chisquare },
    exponential: {
      parameters: [parameter("scale", nonNegative, 1)],
      draw: (variates, scale) => scale * variates.exponential(),
    },
    f: { parameters: [parameter("dfnum", positive), parameter("dfden", positive)], draw: f },
    gamma: {
      parameters: [parameter("shape", nonNegative), parameter("scale", nonNegative, 1)],
      draw: (variates, shape, scale) => scale * variates.gamma(shape),
    },
    gumbel: { parameters: placed, draw: gumbel },
    laplace: { parameters: placed, draw: laplace },
    logistic: { parameters: placed, draw: logistic },
    lognormal: {
      parameters: [parameter("mean", undefined, 0), parameter("sigma", nonNegative, 1)],
      draw: (variates, mean, sigma) => Math.exp(mean + sigma * variates.normal()),
    },
    noncentralChisquare: {
      parameters: [parameter("df", positive), parameter("nonc", nonNegative)],
      draw: noncentralChisquare,
    },
    noncentralF: {
      parameters: [
        parameter("dfnum", positive),
        parameter("dfden", positive),
        parameter("nonc", nonNegative),
      ],
      draw: noncentralF,
    },
    normal: { parameters: placed, draw: (variates, loc, scale) => loc + scale * variates.normal() },
    pareto: {
      parameters: [parameter("a", positive)],
      draw: kind.isLegacy
        ? (variates, a) => Math.exp(variates.exponential() / a) - 1
        : (variates, a) => Math.expm1(variates.exponential() / a),
    },
    power: {
      parameters: [parameter("a", positive)],
      draw: kind.isLegacy
        ? (variates, a) => (1 - Math.exp(-variates.exponential())) ** (1 / a)
        : (variates, a) => (-Math.expm1(-variates.exponential())) ** (1 / a),
    },
    rayleigh: {
      parameters: [parameter("scale", nonNegative, 1)],
      draw: (variates, scale) => scale * Math.sqrt(2 * variates.exponential()),
    },
    standardCauchy: {
      parameters: [],
      draw: (variates) => {
        const above = variates.normal();
        return above / variates.normal();
      },
    },
    standardT: { parameters: [parameter("df", positive)], draw: standardT },
    triangular: {
      parameters: [parameter("left"), parameter("mode"), parameter("right")],
      draw: triangular,
      check: checkTriangle,
    },
    uniform: {
      parameters: [parameter("low", undefined, 0), parameter("high", undefined, 1)],
      draw: (variates, low, high) => low + (high - low) * variates.uniform(),
      check: checkRange(kind),
    },
    vonmises: {
      parameters: [parameter("mu"), parameter("kappa", nonNegative)],
      draw: kind.isLegacy ? vonmises : wrappedVonmises,
    },
    wald: {
      parameters: [parameter("mean", positive), parameter("scale", positive)],
      draw: kind.isLegacy ? legacyWald : wald,
    },
    weibull: {
      parameters: [parameter("a", nonNegative)],
      draw: (variates, a) => (a === 0 ? 0 : variates.exponential() ** (1 / a)),
    },
  };
}

type DiscreteName =
  | "binomial"
  | "geometric"
  | "hypergeometric"
  | "logseries"
  | "negativeBinomial"
  | "poisson"
  | "zipf";

/** The distributions of whole numbers. */
function discrete(kind: Kind): Pick<Table, DiscreteName> {
  const { isLegacy } = kind;
  const isDiscrete = true;
  return {
    binomial: {
      isDiscrete,
      parameters: [{ ...parameter("n", greatestCount), isWhole: true }, parameter("p", probability)],
      draw: isLegacy ? legacyBinomial : binomial,
    },
    geometric: {
      isDiscrete,
      parameters: [parameter("p", possible)],
      draw: isLegacy ? legacyGeometric : geometric,
    },
    hypergeometric: {
      isDiscrete,
      parameters: ["ngood", "nbad", "nsample"].map((name) => ({ name, isWhole: true })),
      draw: isLegacy ? legacyHypergeometric : hypergeometric,
      check: checkItems(kind),
    },
    logseries: {
      isDiscrete,
      parameters: [parameter("p", uncertain)],
      draw: isLegacy ? legacyLogseries : logseries,
    },
    negativeBinomial: {
      isDiscrete,
      parameters: [parameter("n", positiveNumber), parameter("p", possible)],
      draw: negativeBinomial,
      ...(isLegacy ? {} : { check: checkFailures }),
    },
    poisson: { isDiscrete, parameters: [parameter("lam", poissonMean, 1)], draw: poisson },
    zipf: { isDiscrete, parameters: [parameter("a", aboveOne)], draw: isLegacy ? legacyZipf : zipf },
  };
}

/** How Python writes a name. */
const pythonName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Gives a class the functions of a table. */
function define(prototype: Distributions, table: Table): void {
  for (const [name, distribution] of Object.entries(table)) {
    const called = pythonName(name);
    Object.defineProperty(prototype, name, {
      configurable: true,
      writable: true,
      value(this: Distributions, ...args: readonly unknown[]): number | NDArray {
        return drawFrom(called, distribution, this.variates, args);
      },
    });
  }
}

/** Gives a class the distributions of Generator or, `isLegacy`, those of RandomState. */
export function defineDistributions(prototype: Distributions, isLegacy: boolean): void {
  define(prototype, { ...continuous({ isLegacy }), ...discrete({ isLegacy }) });
}
