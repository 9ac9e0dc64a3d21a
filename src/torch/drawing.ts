// Random numbers drawn into a tensor, as PyTorch's CPU device draws them (ATen/native/Distributions.cpp, DistributionTemplates.h).

import { bind, type Signature } from "../core/arguments.ts";
import type { DType } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import {
  fillBernoulli,
  fillCauchy,
  fillExponential,
  fillGeometric,
  fillIntegers,
  fillLogNormal,
  fillNormal,
  fillTosses,
  fillUniform,
  fillWholeRange,
  fullRange,
  type Generator,
  printed,
} from "../random/index.ts";
import { cTypeName, scalarTypeName } from "./errors.ts";
import { checkWritable, recordWrite } from "./in-place.ts";
import { generatorOf } from "./random.ts";
import { bernoulliRefusals, lacks, type Refusals, refusals, refuse } from "./refusals.ts";
import { overwrite } from "./replacing.ts";
import type { Tensor } from "./tensor.ts";

interface DrawOptions {
  readonly generator?: Generator | null;
}

function drawn(input: Tensor, draw: () => void): Tensor {
  const isRecorded = checkWritable(input);
  draw();
  input.bump();
  if (isRecorded) recordWrite(overwrite, input, [input], undefined, "UniformBackward0");
  return input;
}

interface UniformOptions extends DrawOptions {
  readonly from?: number;
  readonly to?: number;
}

/** Uniform numbers from `from` (0) to below `to` (1), in place (`Tensor.uniform_`). */
export function uniform_(
  input: Tensor,
  ...args: Signature<[from?: number, to?: number], UniformOptions>
): Tensor {
  const bound = bind<Required<UniformOptions>>("uniform_", ["from", "to"], args, {
    from: 0,
    to: 1,
    generator: null,
  });
  return drawn(input, () => fillUniform(input, bound.from, bound.to, generatorOf(bound)));
}

interface NormalOptions extends DrawOptions {
  readonly mean?: number;
  readonly std?: number;
}

/** Normal numbers, by default of mean 0 and deviation 1, in place (`Tensor.normal_`). */
export function normal_(
  input: Tensor,
  ...args: Signature<[mean?: number, std?: number], NormalOptions>
): Tensor {
  const bound = bind<Required<NormalOptions>>("normal_", ["mean", "std"], args, {
    mean: 0,
    std: 1,
    generator: null,
  });
  return drawn(input, () => fillNormal(input, bound.mean, bound.std, generatorOf(bound)));
}

/** @throws RuntimeError for a type that holds no fractions */
function checkContinuous(name: string, dtype: DType, typeName: (dtype: DType) => string): void {
  if (dtype.kind === "float") return;
  throw new RuntimeError(
    `${name} distribution is a continuous probability distribution. dtype must be a floating point but you specified ${typeName(dtype)}`,
  );
}

/** @throws RuntimeError for a parameter that is not above 0 */
function checkPositive(caller: string, name: string, value: number): void {
  if (!(value > 0))
    throw new RuntimeError(`${caller} expects ${name} > 0.0, but found ${name}=${printed(value)}`);
}

interface ExponentialOptions extends DrawOptions {
  readonly lambd?: number;
}

/** Numbers of the exponential distribution of a rate above 0, by default 1, in place (`Tensor.exponential_`). */
export function exponential_(
  input: Tensor,
  ...args: Signature<[lambd?: number], ExponentialOptions>
): Tensor {
  const bound = bind<Required<ExponentialOptions>>("exponential_", ["lambd"], args, {
    lambd: 1,
    generator: null,
  });
  checkContinuous("Exponential", input.dtype, scalarTypeName);
  checkPositive("exponential_", "lambda", bound.lambd);
  return drawn(input, () => fillExponential(input, bound.lambd, generatorOf(bound)));
}

interface CauchyOptions extends DrawOptions {
  readonly median?: number;
  readonly sigma?: number;
}

/** Numbers of Cauchy's distribution, by default of median 0 and scale 1, in place (`Tensor.cauchy_`). */
export function cauchy_(
  input: Tensor,
  ...args: Signature<[median?: number, sigma?: number], CauchyOptions>
): Tensor {
  const bound = bind<Required<CauchyOptions>>("cauchy_", ["median", "sigma"], args, {
    median: 0,
    sigma: 1,
    generator: null,
  });
  checkPositive("cauchy_", "sigma", bound.sigma);
  checkContinuous("Cauchy", input.dtype, cTypeName);
  return drawn(input, () => fillCauchy(input, bound.median, bound.sigma, generatorOf(bound)));
}

const logNormalRefusals: Refusals = refusals(lacks("log_normal_cpu", "bool", "rare", "whole", "complex"));

/** Numbers whose logarithm is normal, by default of mean 1 and deviation 2, in place (`Tensor.log_normal_`). */
export function logNormal_(
  input: Tensor,
  ...args: Signature<[mean?: number, std?: number], NormalOptions>
): Tensor {
  const bound = bind<Required<NormalOptions>>("log_normal_", ["mean", "std"], args, {
    mean: 1,
    std: 2,
    generator: null,
  });
  checkPositive("log_normal_", "std", bound.std);
  refuse(logNormalRefusals, input.dtype);
  return drawn(input, () => fillLogNormal(input, bound.mean, bound.std, generatorOf(bound)));
}

interface GeometricOptions extends DrawOptions {
  readonly p: number;
}

const geometricRefusals: Refusals = refusals(lacks("geometric_cpu", "bool", "rare", "complex"));

/** Numbers of trials up to the first success, which has the probability `p`, in place (`Tensor.geometric_`). */
export function geometric_(input: Tensor, ...args: Signature<[p: number], GeometricOptions>): Tensor {
  const bound = bind<Required<GeometricOptions>>("geometric_", ["p"], args, { generator: null });
  const { p } = bound;
  if (!(p > 0 && p < 1))
    throw new RuntimeError(`geometric_ expects p to be in (0, 1), but got p=${printed(p)}`);
  refuse(geometricRefusals, input.dtype);
  return drawn(input, () => fillGeometric(input, p, generatorOf(bound)));
}

interface BernoulliOptions extends DrawOptions {
  readonly p?: number | Tensor;
}

/** Ones with a probability (1/2), or with those of a tensor, else zeros, in place (`Tensor.bernoulli_`). */
export function bernoulli_(
  input: Tensor,
  ...args: Signature<[p?: number | Tensor], BernoulliOptions>
): Tensor {
  const bound = bind<Required<BernoulliOptions>>("bernoulli_", ["p"], args, { p: 0.5, generator: null });
  const { p } = bound;
  refuse(bernoulliRefusals, input.dtype);
  const generator = generatorOf(bound);
  if (typeof p === "object") return drawn(input, () => fillTosses(input, p.expand(input.shape), generator));
  return drawn(input, () => fillBernoulli(input, p, generator));
}

const wholeRangeRefusals: Refusals = refusals(lacks("random_kernel_cpu", "rare", "complex"));

/** What `random_` takes by name. */
export interface RandomRange extends DrawOptions {
  readonly from?: number | bigint;
  readonly to?: number | bigint | null;
}

/**
 * Integers from `from` to below `to`, in place; with one number those below it, with none all from 0 that the type
 * holds.
 */
export function random_(
  input: Tensor,
  ...args: Signature<[from?: number | bigint, to?: number | bigint | null], RandomRange>
): Tensor {
  interface Bound extends DrawOptions {
    readonly from: number | bigint | undefined;
    readonly to: number | bigint | null | undefined;
  }
  refuse(wholeRangeRefusals, input.dtype);
  const bound = bind<Bound>("random_", ["from", "to"], args, {
    from: undefined,
    to: undefined,
    generator: null,
  });
  const { from, to } = bound;
  const generator = generatorOf(bound);
  return drawn(input, () => {
    if (from === undefined && (to === undefined || to === null)) fillWholeRange(input, generator);
    else if (from === undefined || to === undefined) fillIntegers(input, 0, (from ?? to)!, generator);
    else fillIntegers(input, from, to ?? fullRange(input.dtype), generator);
  });
}
