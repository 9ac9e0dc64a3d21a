// Random tensors, drawn from a generator as PyTorch's CPU device draws them.

import { isOptions } from "../core/arguments.ts";
import { int64, uint8 } from "../core/dtype.ts";
import { elements, toNumber } from "../core/elements.ts";
import { PythonTypeError, RuntimeError } from "../core/errors.ts";
import { Layout, type Shape } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import { contentBytes } from "../files/content.ts";
import {
  defaultGenerator,
  fillBernoulli,
  fillIntegers,
  fillNormal,
  fillPermutation,
  fillUniform,
  Generator,
} from "../random/index.ts";
import {
  type CreationOptions,
  dtypeOr,
  finish,
  type LikeOptions,
  type ShapeArguments,
  shapeArguments,
  zerosLike,
} from "./creation.ts";
import { checkedShape } from "./dims.ts";
import { getDefaultDtype } from "./promotion.ts";
import { bernoulliRefusals, refuse } from "./refusals.ts";
import { scalarOfTensor } from "./sequences.ts";
import { allocate } from "./tape.ts";
import { Tensor } from "./tensor.ts";

/** Options of functions that draw. */
export interface RandomOptions extends CreationOptions {
  readonly generator?: Generator | null;
}

/** Starts the global stream over from a seed, and returns its generator. */
export function manualSeed(seed: number | bigint): Generator {
  return defaultGenerator().manualSeed(seed);
}

/** Starts the global stream over from a seed of the system's randomness, and returns the seed. */
export function seed(): number {
  return defaultGenerator().seed();
}

/** The seed that the global stream began with. */
export function initialSeed(): number | bigint {
  return defaultGenerator().initialSeed();
}

/** The state of the global stream, as the bytes that PyTorch has of it (`torch.get_rng_state`): uint8, shape [5056]. */
export function getRngState(): Tensor {
  const state = new Storage(defaultGenerator().getState());
  return new Tensor(state, Layout.contiguous(uint8, [state.byteLength]));
}

/**
 * Goes on from a state of the global stream, ours or PyTorch's (`torch.set_rng_state`).
 * @throws TypeError for a tensor that holds no bytes; RuntimeError for bytes that are no such state
 */
export function setRngState(newState: Tensor): void {
  if (newState.dtype !== uint8) {
    throw new PythonTypeError("RNG state must be a torch.ByteTensor");
  }
  defaultGenerator().setState(contentBytes(newState));
}

/** The generator of the options, or the global one. */
export function generatorOf(options: { readonly generator?: Generator | null }): Generator {
  return options.generator ?? defaultGenerator();
}

/** Uniform numbers from 0 to below 1. */
export function rand(...size: ShapeArguments<RandomOptions>): Tensor {
  const { shape, options } = shapeArguments(size);
  const tensor = allocate(Layout.contiguous(dtypeOr(options, getDefaultDtype()), shape));
  fillUniform(tensor, 0, 1, generatorOf(options));
  return finish(tensor, options);
}

/** Normal numbers of mean 0 and variance 1. */
export function randn(...size: ShapeArguments<RandomOptions>): Tensor {
  const { shape, options } = shapeArguments(size);
  const tensor = allocate(Layout.contiguous(dtypeOr(options, getDefaultDtype()), shape));
  fillNormal(tensor, 0, 1, generatorOf(options));
  return finish(tensor, options);
}

/** Uniform numbers in a tensor's shape and type. */
export function randLike(input: Tensor, options: RandomOptions & LikeOptions = {}): Tensor {
  const tensor = zerosLike(input, { ...options, requiresGrad: false });
  fillUniform(tensor, 0, 1, generatorOf(options));
  return finish(tensor, options);
}

/** Normal numbers in a tensor's shape and type. */
export function randnLike(input: Tensor, options: RandomOptions & LikeOptions = {}): Tensor {
  const tensor = zerosLike(input, { ...options, requiresGrad: false });
  fillNormal(tensor, 0, 1, generatorOf(options));
  return finish(tensor, options);
}

interface RandintOptions extends RandomOptions {
  readonly low?: number;
  readonly high?: number;
  readonly size?: Shape;
}

/** Integers from `low` (0 when left out) to below `high`. */
export function randint(...args: readonly (number | Shape | RandintOptions)[]): Tensor {
  const last = args.at(-1);
  const options = (isOptions(last) ? last : {}) as RandintOptions;
  const given = isOptions(last) ? args.slice(0, -1) : args;
  const bounds = given.filter((value): value is number => typeof value === "number");
  const size = (given.find((value) => typeof value !== "number") as Shape | undefined) ?? options.size ?? [];
  const high = bounds.length > 1 ? bounds[1]! : (options.high ?? bounds[0]!);
  const low =
    bounds.length > 1 || options.high !== undefined ? (bounds[0] ?? options.low ?? 0) : (options.low ?? 0);
  if (low >= high)
    throw new RuntimeError(`random_ expects 'from' to be less than 'to', but got from=${low} >= to=${high}`);
  const tensor = allocate(Layout.contiguous(dtypeOr(options, int64), size));
  fillIntegers(tensor, low, high, generatorOf(options));
  return finish(tensor, options);
}

interface RandintLikeOptions extends RandomOptions, LikeOptions {
  readonly low?: number | Tensor;
  readonly high?: number | Tensor;
}

/** Integers from `low` (0 when left out) to below `high`, in a tensor's shape and type (`torch.randint_like`). */
export function randintLike(
  input: Tensor,
  ...args: readonly (number | Tensor | RandintLikeOptions)[]
): Tensor {
  const last = args.at(-1);
  const options = (isOptions(last) ? last : {}) as RandintLikeOptions;
  const [first, second] = (isOptions(last) ? args.slice(0, -1) : args) as readonly (number | Tensor)[];
  const number = (value: number | Tensor): number => Number(scalarOfTensor(value));
  const high = number(second ?? options.high ?? first!);
  const low = number(
    second === undefined && options.high === undefined ? (options.low ?? 0) : (first ?? options.low ?? 0),
  );
  if (low >= high) {
    throw new RuntimeError(`random_ expects 'from' to be less than 'to', but got from=${low} >= to=${high}`);
  }
  const tensor = zerosLike(input, { ...options, requiresGrad: false });
  fillIntegers(tensor, low, high, generatorOf(options));
  return finish(tensor, options);
}

/** The integers below n in random order. */
export function randperm(n: number, options: RandomOptions = {}): Tensor {
  const tensor = allocate(Layout.contiguous(dtypeOr(options, int64), checkedShape([n])));
  fillPermutation(tensor, generatorOf(options));
  return finish(tensor, options);
}

/** Zeros and ones in the tensor's shape and type; ones with the probabilities that it holds. */
export function bernoulli(input: Tensor, options: RandomOptions = {}): Tensor {
  const generator = generatorOf(options);
  const result = allocate(Layout.contiguous(input.dtype, input.shape));
  const one = allocate(Layout.contiguous(input.dtype, [1]));
  const array = result.storage.view(input.dtype);
  const drawn = one.storage.view(input.dtype);
  const probabilities = elements(input).map(toNumber);
  if (!probabilities.every((probability) => probability >= 0 && probability <= 1)) {
    throw new RuntimeError(
      "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If so, please " +
        "report an enhancement request to PyTorch.)",
    );
  }
  probabilities.forEach((probability, i) => {
    fillBernoulli(one, probability, generator);
    array[i] = drawn[0]!;
  });
  return result;
}

/** Zeros and ones in a tensor's shape and type; ones with one probability. */
export function bernoulliLike(input: Tensor, p: number, options: RandomOptions = {}): Tensor {
  refuse(bernoulliRefusals, input.dtype);
  const result = zerosLike(input);
  fillBernoulli(result, p, generatorOf(options));
  return result;
}

/** Normal numbers of a mean and a standard deviation. */
export function normal(mean: number, std: number, size: Shape, options: RandomOptions = {}): Tensor {
  const tensor = allocate(Layout.contiguous(dtypeOr(options, getDefaultDtype()), size));
  fillNormal(tensor, Number(mean), Number(std), generatorOf(options));
  return finish(tensor, options);
}

export { Generator };
