// Random tensors, drawn from a generator as PyTorch's CPU device draws them.

import { bind, isOptions, type Signature } from "../core/arguments.ts";
import { int64, uint8 } from "../core/dtype.ts";
import { elements, toNumber } from "../core/elements.ts";
import { PythonTypeError, RuntimeError, ValueError } from "../core/errors.ts";
import { broadcastShapes, Layout, type Shape } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import { contentBytes } from "../files/content.ts";
import {
  binomialNumber,
  defaultGenerator,
  fillBernoulli,
  fillElements,
  fillIntegers,
  fillNormal,
  fillPermutation,
  fillTosses,
  fillUniform,
  Generator,
  poissonNumber,
} from "../random/index.ts";
import { emptyLike, type LikeOptions, type ShapeArguments, shapeArguments, zerosLike } from "./creation.ts";
import { type CreationOptions, dtypeOr, finish } from "./creation-options.ts";
import { checkedShape } from "./dims.ts";
import { scalarTypeName } from "./errors.ts";
import { functionMode } from "./function-mode.ts";
import { getDefaultDtype } from "./promotion.ts";
import { bernoulliRefusals, notImplemented, refuse } from "./refusals.ts";
import { scalarOfTensor } from "./sequences.ts";
import { allocate, broadcastError, unwritten } from "./tape.ts";
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
  if (functionMode.now !== null) return functionMode.now.call("torch.rand", rand, size);
  const { shape, options } = shapeArguments(size);
  const tensor = unwritten(Layout.contiguous(dtypeOr(options, getDefaultDtype()), shape));
  fillUniform(tensor, 0, 1, generatorOf(options));
  return finish(tensor, options);
}

/** Normal numbers of mean 0 and variance 1. */
export function randn(...size: ShapeArguments<RandomOptions>): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.randn", randn, size);
  const { shape, options } = shapeArguments(size);
  const tensor = unwritten(Layout.contiguous(dtypeOr(options, getDefaultDtype()), shape));
  fillNormal(tensor, 0, 1, generatorOf(options));
  return finish(tensor, options);
}

/** Uniform numbers in a tensor's shape and type. */
export function randLike(input: Tensor, options: RandomOptions & LikeOptions = {}): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.randLike", randLike, [input, options]);
  const tensor = emptyLike(input, { ...options, requiresGrad: false });
  fillUniform(tensor, 0, 1, generatorOf(options));
  return finish(tensor, options);
}

/** Normal numbers in a tensor's shape and type. */
export function randnLike(input: Tensor, options: RandomOptions & LikeOptions = {}): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.randnLike", randnLike, [input, options]);
  const tensor = emptyLike(input, { ...options, requiresGrad: false });
  fillNormal(tensor, 0, 1, generatorOf(options));
  return finish(tensor, options);
}

type Whole = number | bigint;

interface RandintOptions extends RandomOptions {
  readonly low?: Whole;
  readonly high?: Whole;
  readonly size?: Shape;
}

/** @throws RuntimeError when there is no integer from `low` to below `high` */
function checkOrder(low: Whole, high: Whole): void {
  if (low >= high)
    throw new RuntimeError(`random_ expects 'from' to be less than 'to', but got from=${low} >= to=${high}`);
}

const isWhole = (value: unknown): value is Whole => typeof value === "number" || typeof value === "bigint";

/** Integers from `low` (0 when left out) to below `high`. */
export function randint(...args: readonly (Whole | Shape | RandintOptions)[]): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.randint", randint, args);
  const last = args.at(-1);
  const options = (isOptions(last) ? last : {}) as RandintOptions;
  const given = isOptions(last) ? args.slice(0, -1) : args;
  const [first, second] = given.filter(isWhole);
  const size = (given.find((value) => !isWhole(value)) as Shape | undefined) ?? options.size ?? [];
  const high = second ?? options.high ?? first!;
  const low =
    second === undefined && options.high === undefined ? (options.low ?? 0) : (first ?? options.low ?? 0);
  checkOrder(low, high);
  const tensor = allocate(Layout.contiguous(dtypeOr(options, int64), size));
  fillIntegers(tensor, low, high, generatorOf(options));
  return finish(tensor, options);
}

interface RandintLikeOptions extends RandomOptions, LikeOptions {
  readonly low?: Whole | Tensor;
  readonly high?: Whole | Tensor;
}

/** Integers from `low` (0 when left out) to below `high`, in a tensor's shape and type (`torch.randint_like`). */
export function randintLike(
  input: Tensor,
  ...args: readonly (Whole | Tensor | RandintLikeOptions)[]
): Tensor {
  const last = args.at(-1);
  const options = (isOptions(last) ? last : {}) as RandintLikeOptions;
  const [first, second] = (isOptions(last) ? args.slice(0, -1) : args) as readonly (Whole | Tensor)[];
  const number = (value: Whole | Tensor): Whole =>
    typeof value === "bigint" ? value : Number(scalarOfTensor(value));
  const high = number(second ?? options.high ?? first!);
  const low = number(
    second === undefined && options.high === undefined ? (options.low ?? 0) : (first ?? options.low ?? 0),
  );
  checkOrder(low, high);
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

interface BernoulliOptions {
  readonly p?: number | null;
  readonly generator?: Generator | null;
}

/**
 * Zeros and ones in the tensor's shape and type: ones with the probabilities that it holds, or with `p` where that is
 * given (`torch.bernoulli`).
 */
export function bernoulli(input: Tensor, ...args: Signature<[p?: number | null], BernoulliOptions>): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.bernoulli", bernoulli, [input, ...args]);
  const bound = bind<Required<BernoulliOptions>>("bernoulli", ["p"], args, { p: null, generator: null });
  if (bound.p !== null) return bernoulliLike(input, bound.p, bound);
  const result = zerosLike(input);
  fillTosses(result, input, generatorOf(bound));
  return result;
}

/** Zeros and ones in a tensor's shape and type; ones with one probability. */
export function bernoulliLike(input: Tensor, p: number, options: RandomOptions = {}): Tensor {
  refuse(bernoulliRefusals, input.dtype);
  const result = zerosLike(input);
  fillBernoulli(result, p, generatorOf(options));
  return result;
}

interface NormalOptions extends RandomOptions {
  readonly mean?: number | Tensor;
  readonly std?: number | Tensor;
  readonly size?: Shape | null;
}

type NormalArguments = Signature<
  [mean: number | Tensor, std?: number | Tensor, size?: Shape | null],
  NormalOptions
>;

/**
 * Normal numbers of a mean and a deviation (`torch.normal`): of the size given, or of the shape that the tensors among
 * them have together.
 * @throws RuntimeError for a negative deviation; TypeError where there is neither a tensor nor a size
 */
export function normal(...args: NormalArguments): Tensor {
  const bound = bind<NormalOptions & { mean: number | Tensor; std: number | Tensor; size: Shape | null }>(
    "normal",
    ["mean", "std", "size"],
    args,
    { mean: 0, std: 1, size: null, generator: null, dtype: undefined, requiresGrad: undefined } as object,
  );
  const { mean, std, size } = bound;
  const generator = generatorOf(bound);
  if (size !== null) {
    const tensor = allocate(Layout.contiguous(dtypeOr(bound, getDefaultDtype()), size));
    fillNormal(tensor, Number(mean), Number(std), generator);
    return finish(tensor, bound);
  }
  return normalOf(mean, std, generator);
}

/** Standard normal numbers times the deviation plus the mean, where one of them is a tensor. */
function normalOf(mean: number | Tensor, std: number | Tensor, generator: Generator): Tensor {
  const isTensor = (value: number | Tensor): value is Tensor => typeof value === "object";
  if (!isTensor(std)) {
    if (!isTensor(mean)) throw new PythonTypeError("normal() needs a tensor as mean or std, or a size");
    const result = zerosLike(mean);
    fillNormal(result, 0, std, generator);
    return result.add_(mean.detach());
  }
  if (std.numel() > 0 && (std.min().item() as number) < 0)
    throw new RuntimeError("normal expects all elements of std >= 0.0");
  const like = isTensor(mean) ? mean : std;
  const shape = isTensor(mean) ? broadcastShapes([mean.shape, std.shape]) : std.shape;
  if (shape === undefined) throw broadcastError((mean as Tensor).shape, std.shape);
  const result = allocate(Layout.contiguous(like.dtype, shape));
  fillNormal(result, 0, 1, generator);
  return result.mul_(std.detach()).add_(isTensor(mean) ? mean.detach() : mean);
}

/** How many events there were of which so many are expected (`torch.poisson`). */
export function poisson(
  input: Tensor,
  generator: Generator | null | { readonly generator?: Generator | null } = null,
): Tensor {
  if (input.dtype.kind !== "float") throw notImplemented("poisson_cpu", input.dtype);
  const source = generatorOf(isOptions(generator) ? generator : { generator: generator as Generator | null });
  const result = allocate(Layout.contiguous(input.dtype, input.shape));
  const rates = elements(input.detach()).map(toNumber);
  fillElements(result, (i) => poissonNumber(rates[i]!, source));
  return result;
}

interface BinomialOptions {
  readonly prob?: Tensor;
  readonly generator?: Generator | null;
}

/** How many of `count` trials succeeded, which do so with probability `prob` (`torch.binomial`). */
export function binomial(
  count: Tensor,
  ...args: Signature<[prob: Tensor, generator?: Generator | null], BinomialOptions>
): Tensor {
  const names = ["prob", "generator"] as const;
  const { prob, generator } = bind<Required<BinomialOptions>>("binomial", names, args, { generator: null });
  for (const [name, { dtype }] of [["count", count] as const, ["prob", prob] as const]) {
    if (dtype.kind === "float") continue;
    throw new ValueError(
      `binomial only supports floating-point dtypes for ${name}, got: ${scalarTypeName(dtype)}`,
    );
  }
  if (count.dtype !== prob.dtype) {
    throw new RuntimeError(
      `Found dtype ${scalarTypeName(prob.dtype)} but expected ${scalarTypeName(count.dtype)}`,
    );
  }
  const shape = broadcastShapes([count.shape, prob.shape]);
  if (shape === undefined) throw broadcastError(count.shape, prob.shape);
  const [counts, probabilities] = [count, prob].map((each) =>
    elements(each.detach().expand(shape)).map(toNumber),
  ) as [number[], number[]];
  const source = generatorOf({ generator });
  const result = allocate(Layout.contiguous(count.dtype, shape));
  fillElements(result, (i) => binomialNumber(counts[i]!, probabilities[i]!, source));
  return result;
}

export { Generator };
