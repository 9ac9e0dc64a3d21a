// Medians and quantiles, along an axis or of all elements (ATen/native/Sorting.cpp).

import { bind, type Signature } from "../core/arguments.ts";
import { float32, float64, int64 } from "../core/dtype.ts";
import { IndexError, RuntimeError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import type { PyFloat } from "../core/python.ts";
import { choose } from "./choice.ts";
import { wrapDim } from "./dims.ts";
import { into } from "./in-place.ts";
import { named } from "./node.ts";
import { isScalar, plainScalar } from "./promotion.ts";
import { intoPair, type PairOut, type ValuesIndices, valuesIndices } from "./reduction-arguments.ts";
import { lacks, type Refusals, refusals, refuse } from "./refusals.ts";
import { allocate, scalarOperand } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** What the medians take by name. */
export interface MedianOptions {
  readonly dim: number;
  readonly keepdim?: boolean;
}

/** `median` and `nanmedian` as methods: of all elements, or along an axis. */
export interface MedianMethod {
  (): Tensor;
  (dim: number, keepdim?: boolean): ValuesIndices;
  (dim: number, options: { readonly keepdim?: boolean }): ValuesIndices;
  (options: MedianOptions): ValuesIndices;
}

/** `median` and `nanmedian` as functions. */
export interface MedianFunction {
  (input: Tensor): Tensor;
  (input: Tensor, dim: number, keepdim?: boolean): ValuesIndices;
  (input: Tensor, dim: number, options: { readonly keepdim?: boolean }): ValuesIndices;
  (input: Tensor, options: MedianOptions): ValuesIndices;
}

interface Median {
  readonly name: string;
  /** Whether NaN is left out; otherwise a row with NaN has NaN as its median. */
  readonly ignoresNaN: boolean;
  /** The node's name without "Backward". */
  readonly label: string;
}

const medianOfAll: Refusals = refusals(lacks("median_cpu", "bool", "rare", "complex"));
const medianOfRows: Refusals = refusals(lacks("median_out", "bool", "rare", "complex"));

/** Where each row's median is in the row, for rows along the last axis; that axis has length 1 in the result. */
function medianPlaces(rows: Tensor, ignoresNaN: boolean): Tensor {
  const order = rows.detach().sort(-1, { stable: true }).indices;
  const numbers = rows.detach().isnan().logicalNot().sum(-1, true);
  const middle = numbers.sub(1).clamp(0).div(2, { roundingMode: "floor" });
  // NaNs are sorted behind the numbers, so the first of them comes right after.
  const hasNaN = numbers.lt(rows.shape.at(-1)!);
  return order.gather(-1, ignoresNaN ? middle : choose(hasNaN, numbers, middle));
}

function medianAlong(input: Tensor, dim: number, keepdim: boolean, median: Median): ValuesIndices {
  const axis = wrapDim(dim, input.ndim);
  if (input.shape[axis] === 0) {
    throw new IndexError(`${median.name}(): Expected reduction dim ${axis} to have non-zero size.`);
  }
  refuse(medianOfRows, input.dtype);
  const label = `${median.label}Backward1`;
  const whole = input.ndim === 0 ? input.unsqueeze(0) : input;
  const indices = medianPlaces(whole.movedim(axis, -1), median.ignoresNaN).movedim(-1, axis);
  const values = named(whole.gather(axis, indices), label);
  if (keepdim && input.ndim > 0) return valuesIndices(values, indices);
  return valuesIndices(named(values.squeeze(axis), label), indices.squeeze(axis));
}

/** The median of nothing: NaN, for integers the least one. */
function medianOfNothing(input: Tensor): Tensor {
  const empty = allocate(Layout.contiguous(input.dtype, []));
  if (input.dtype.isFloatingPoint) return empty.fill_(Number.NaN);
  return input.dtype === int64 ? empty.fill_(-(2n ** 63n)) : empty;
}

/** Equal elements share the gradient. */
function medianOf(input: Tensor, median: Median): Tensor {
  refuse(medianOfAll, input.dtype);
  if (input.layout.size === 0) return medianOfNothing(input);
  const flat = input.flatten();
  const value = flat.detach().take(medianPlaces(flat, median.ignoresNaN)).squeeze(0);
  if (!input.requiresGrad) return value;
  const equal = choose(value.isnan(), flat.isnan(), flat.eq(value));
  // What fills the other places is never as large (as small) as the median itself.
  const [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY].map((bound) =>
    choose(equal, flat, value.mul(0).add(bound)),
  );
  const shared = choose(value.eq(Number.NEGATIVE_INFINITY), most!.amin(), least!.amax());
  return named(shared, `${median.label}Backward0`);
}

function medianFunction(median: Median): MedianFunction {
  interface Bound {
    readonly dim: number | null;
    readonly keepdim: boolean;
    readonly out: PairOut;
  }
  const call = (input: Tensor, ...args: readonly unknown[]): Tensor | ValuesIndices => {
    const names = ["dim", "keepdim"] as const;
    const bound = bind<Bound>(median.name, names, args, { dim: null, keepdim: false, out: null });
    const { dim, keepdim, out } = bound;
    if (dim === null) return medianOf(input, median);
    return intoPair(medianAlong(input, dim, keepdim, median), out, median.name, input);
  };
  return call as MedianFunction;
}

/**
 * The lower median of all elements; along an axis, the medians and where they are. NaN where one is.
 * @throws IndexError for an axis of length 0
 */
export const median: MedianFunction = medianFunction({ name: "median", ignoresNaN: false, label: "Median" });

/** `median` of the elements that are not NaN. */
export const nanmedian: MedianFunction = medianFunction({
  name: "nanmedian",
  ignoresNaN: true,
  label: "Nanmedian",
});

/** What a quantile between two elements is. */
export type Interpolation = "linear" | "lower" | "higher" | "midpoint" | "nearest";

/** What `quantile` and `nanquantile` take by name. */
export interface QuantileOptions {
  /** One quantile between 0 and 1, or a vector of them, which becomes the result's first axis. */
  readonly q: number | PyFloat | Tensor;
  readonly dim: number | null;
  readonly keepdim: boolean;
  readonly interpolation: Interpolation;
  readonly out: Tensor | null;
}

type QuantileArguments = Signature<
  [q: number | PyFloat | Tensor, dim?: number | null, keepdim?: boolean],
  Partial<QuantileOptions>
>;

const ranking: Readonly<Record<Interpolation, (ranks: Tensor) => Tensor>> = {
  linear: (ranks) => ranks,
  midpoint: (ranks) => ranks,
  lower: (ranks) => ranks.floor(),
  higher: (ranks) => ranks.ceil(),
  nearest: (ranks) => ranks.round(),
};

/** The quantiles asked for as a tensor. @throws RuntimeError in PyTorch's words */
function checkedQuantiles(input: Tensor, q: number | PyFloat | Tensor, interpolation: string): Tensor {
  const one = isScalar(q) ? Number(plainScalar(q)) : undefined;
  if (one !== undefined && !(one >= 0 && one <= 1)) {
    const text = Number.isNaN(one) ? "nan" : String(one);
    throw new RuntimeError(`quantile() q must be in the range [0, 1] but got ${text}`);
  }
  if (!Object.hasOwn(ranking, interpolation)) {
    throw new RuntimeError(
      `quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got ${interpolation}`,
    );
  }
  if (input.layout.size === 0) throw new RuntimeError("quantile() input tensor must be non-empty");
  const quantiles = one === undefined ? (q as Tensor) : undefined;
  if (quantiles !== undefined && quantiles.ndim > 1) {
    throw new RuntimeError("quantile() q must be a scalar or 1D tensor");
  }
  if (input.dtype !== float32 && input.dtype !== float64) {
    throw new RuntimeError("quantile() input tensor must be either float or double dtype");
  }
  if (quantiles === undefined) return scalarOperand(one!, input.dtype);
  if (quantiles.dtype !== input.dtype) {
    throw new RuntimeError("quantile() q tensor must be same dtype as the input tensor");
  }
  const isInRange = quantiles.ge(0).logicalAnd(quantiles.le(1)).all();
  if (isInRange.storage.hasValues && isInRange.item() === false) {
    throw new RuntimeError("quantile() q values must be in the range [0, 1]");
  }
  return quantiles;
}

/** For rows sorted along the last axis, how far from each row's beginning each quantile is. */
function ranksOf(sorted: Tensor, q: Tensor, ignoresNaN: boolean): Tensor {
  const missing = sorted.isnan();
  if (ignoresNaN) {
    const ranks = q.mul(missing.logicalNot().sum(-1, true).sub(1));
    return ranks.maskedFill(ranks.lt(0), 0);
  }
  const last = sorted.shape.at(-1)! - 1;
  // A row with NaN has it last.
  return choose(missing.any(-1, true), scalarOperand(last, q.dtype), q.mul(last));
}

function quantileOf(input: Tensor, name: string, ignoresNaN: boolean, args: readonly unknown[]): Tensor {
  const bound = bind<QuantileOptions>(name, ["q", "dim", "keepdim"], args, {
    dim: null,
    keepdim: false,
    interpolation: "linear",
    out: null,
  });
  return into(quantilesOf(input, ignoresNaN, bound), bound.out, name, [input]);
}

function quantilesOf(
  input: Tensor,
  ignoresNaN: boolean,
  { q, dim, keepdim, interpolation }: QuantileOptions,
): Tensor {
  const quantiles = checkedQuantiles(input, q, interpolation);
  const axis = dim === null ? null : wrapDim(dim, input.ndim);
  const rows = axis === null || input.ndim === 0 ? input.flatten() : input.movedim(axis, -1);
  const sorted = rows.sort(-1).values;
  const ranks = ranking[interpolation](ranksOf(sorted, quantiles.flatten(), ignoresNaN));
  const below = ranks.to(int64);
  let values = sorted.gather(-1, below);
  if (interpolation === "linear" || interpolation === "midpoint") {
    const above = sorted.gather(-1, ranks.ceil().to(int64));
    values = values.lerp(above, interpolation === "linear" ? ranks.sub(below) : 0.5);
  }
  // The quantiles' axis goes to the front, and what the reduction leaves of its own stands where it was.
  const front = values.movedim(-1, 0);
  const leaves =
    !keepdim || input.ndim === 0
      ? front
      : axis === null
        ? front.reshape([front.shape[0]!, ...input.shape.map(() => 1)])
        : front.unsqueeze(axis + 1);
  return named(quantiles.ndim === 0 ? leaves.squeeze(0) : leaves, "SqueezeBackward4");
}

/**
 * The q-th quantiles of all elements, or along an axis; NaN where one is.
 * @throws RuntimeError for types other than float32 and float64, and a q outside of [0, 1]
 */
export function quantile(input: Tensor, ...args: QuantileArguments): Tensor {
  return quantileOf(input, "quantile", false, args);
}

/** `quantile` of the elements that are not NaN. */
export function nanquantile(input: Tensor, ...args: QuantileArguments): Tensor {
  return quantileOf(input, "nanquantile", true, args);
}
