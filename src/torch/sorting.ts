// Order: sorting, the k largest, medians, distinct values, counts.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, float32, float64, int64 } from "../core/dtype.ts";
import { elements, type Scalar, setterOf, toNumber } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import { sort as sortOperation } from "../ops/sort.ts";
import { wrapDim } from "./dims.ts";
import { named } from "./node.ts";
import { type ValuesIndices, valuesIndices } from "./reductions.ts";
import { lacks, refusals, refuse, says } from "./refusals.ts";
import { allocate, runAll } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

export interface SortOptions {
  readonly dim?: number;
  readonly descending?: boolean;
  readonly stable?: boolean;
}

type SortArguments = Signature<[dim?: number, descending?: boolean, stable?: boolean], SortOptions>;

const sortRefusals = refusals(says(" Sort does not support complex dtypes on CPU", "complex"));

function sorted(input: Tensor, args: readonly unknown[]): ValuesIndices {
  const names = ["dim", "descending", "stable"] as const;
  const { dim, descending, stable } = bind<Required<SortOptions>>("sort", names, args, {
    dim: -1,
    descending: false,
    stable: false,
  });
  refuse(sortRefusals, input.dtype);
  const axis = wrapDim(dim, input.ndim);
  const whole = input.ndim === 0 ? input.unsqueeze(0) : input;
  const [values, indices] = runAll(sortOperation, [whole], { axis, descending, stable }) as [Tensor, Tensor];
  if (input.ndim > 0) return valuesIndices(values, indices);
  return valuesIndices(values.squeeze(0), indices.squeeze(0));
}

/** Sorted values along an axis, and where they were. */
export function sort(input: Tensor, ...args: SortArguments): ValuesIndices {
  return sorted(input, args);
}

/** Where the sorted values along an axis were. */
export function argsort(input: Tensor, ...args: SortArguments): Tensor {
  return sorted(input.detach(), args).indices;
}

export interface TopkOptions {
  readonly k: number;
  readonly dim: number;
  readonly largest: boolean;
  readonly sorted: boolean;
}

/** The k largest (or smallest) values along an axis, and where they were. */
export function topk(
  input: Tensor,
  ...args: Signature<[k: number, dim?: number, largest?: boolean, sorted?: boolean], Partial<TopkOptions>>
): ValuesIndices {
  const names = ["k", "dim", "largest", "sorted"] as const;
  const { k, dim, largest } = bind<TopkOptions>("topk", names, args, {
    dim: -1,
    largest: true,
    sorted: true,
  });
  refuse(topkRefusals, input.dtype);
  const axis = wrapDim(dim, input.ndim);
  const length = input.ndim === 0 ? 1 : input.shape[axis]!;
  if (k < 0 || k > length) throw new RuntimeError("selected index k out of range");
  if (input.ndim === 0) return sorted(input, []);
  const all = sorted(input, [axis, largest]);
  return valuesIndices(
    named(all.values.narrow(axis, 0, k), "TopkBackward0"),
    all.indices.narrow(axis, 0, k).contiguous(),
  );
}

const topkRefusals = refusals(
  says("topk does not support bool dtypes on CPU", "bool"),
  says(" topk does not support complex dtypes on CPU", "complex"),
  lacks("topk_cpu", "rare"),
);

/** The k-th smallest value along an axis (from 1), and where it was. */
export function kthvalue(input: Tensor, k: number, dim = -1, keepdim = false): ValuesIndices {
  const axis = wrapDim(dim, input.ndim);
  if (k < 1 || k > (input.shape[axis] ?? 1)) {
    throw new RuntimeError(`kthvalue(): selected number k out of range for dimension ${axis}`);
  }
  return nth(input, axis, () => k - 1, keepdim);
}

/** The element at a place of each sorted row. */
function nth(
  input: Tensor,
  axis: number,
  place: (length: number) => number,
  keepdim: boolean,
): ValuesIndices {
  const all = sorted(input, [axis]);
  const at = place(input.shape[axis]!);
  const [values, indices] = [all.values.narrow(axis, at, 1), all.indices.narrow(axis, at, 1)];
  return keepdim
    ? valuesIndices(values, indices)
    : valuesIndices(values.squeeze(axis), indices.squeeze(axis));
}

const medianRefusals = refusals(lacks("median_cpu", "bool", "rare", "complex"));

/** The lower median of all elements; NaN where one is. */
export function median(input: Tensor): Tensor {
  refuse(medianRefusals, input.dtype);
  const flat = input.reshape([input.layout.size]);
  const count = flat.layout.size;
  if (count === 0) return input.sum().div(0).to(input.dtype);
  const all = sorted(flat, []).values;
  const hasNaN = input.dtype.isFloatingPoint && Boolean(input.isnan().any().item());
  return named(all.select(0, hasNaN ? count - 1 : Math.floor((count - 1) / 2)), "MedianBackward0");
}

/** The value that is found most often along the last axis (the smallest of such), and where it is last. */
export function mode(input: Tensor, dim = -1, keepdim = false): ValuesIndices {
  refuse(refusals(lacks("mode_cpu", "rare", "complex")), input.dtype);
  const axis = wrapDim(dim, input.ndim);
  const rows = input.ndim === 0 ? input.reshape([1, 1]) : input.movedim(axis, -1);
  const length = rows.shape.at(-1)!;
  const flat = rows.reshape([rows.layout.size / length, length]);
  const places =
    flat.shape[0]! === 0
      ? []
      : Array.from({ length: flat.shape[0]! }, (_, i) => mostFrequent(flat.select(0, i)));
  const indices = numbers(places).view(rows.shape.slice(0, -1)).unsqueeze(-1);
  const values = rows.gather(-1, indices);
  const back = (tensor: Tensor): Tensor => (keepdim ? tensor.movedim(-1, axis) : tensor.squeeze(-1));
  return input.ndim === 0
    ? valuesIndices(values.reshape([]), indices.reshape([]))
    : valuesIndices(back(values), back(indices));
}

function mostFrequent(row: Tensor): number {
  const counts = new Map<Scalar, { count: number; last: number }>();
  elements(row).forEach((value, i) => {
    counts.set(value, { count: (counts.get(value)?.count ?? 0) + 1, last: i });
  });
  let best: { value: Scalar; count: number; last: number } | undefined;
  for (const [value, { count, last }] of counts) {
    const wins =
      best === undefined ||
      count > best.count ||
      (count === best.count && toNumber(value) < toNumber(best.value));
    if (wins) best = { value, count, last };
  }
  return best?.last ?? 0;
}

function numbers(values: readonly number[]): Tensor {
  const tensor = allocate(Layout.contiguous(int64, [values.length]));
  const array = tensor.storage.view(int64) as BigInt64Array;
  values.forEach((value, i) => {
    array[i] = BigInt(value);
  });
  return tensor;
}

export interface UniqueOptions {
  readonly sorted?: boolean;
  readonly returnInverse?: boolean;
  readonly returnCounts?: boolean;
}

/** The distinct values in rising order; with them, if asked, where each element's value is and how many there are. */
export function unique(input: Tensor, options: UniqueOptions = {}): Tensor | readonly Tensor[] {
  refuse(refusals(lacks("unique", "complex")), input.dtype);
  const values = elements(sorted(input.detach().reshape([input.layout.size]), []).values);
  const distinct: Scalar[] = [];
  const counts: number[] = [];
  for (const value of values) {
    if (distinct.length > 0 && distinct.at(-1) === value) counts[counts.length - 1]!++;
    else {
      distinct.push(value);
      counts.push(1);
    }
  }
  const result = allocate(Layout.contiguous(input.dtype, [distinct.length]));
  const set = setterOf(input.dtype);
  const array = result.storage.view(input.dtype);
  distinct.forEach((value, i) => {
    set(array, i, value);
  });
  if (options.returnInverse !== true && options.returnCounts !== true) return result;
  const places = new Map(distinct.map((value, i) => [value, i]));
  const inverse = numbers(elements(input).map((value) => places.get(value) ?? 0)).view(input.shape);
  return [
    result,
    ...(options.returnInverse === true ? [inverse] : []),
    ...(options.returnCounts === true ? [numbers(counts)] : []),
  ];
}

/** How often each of the integers from 0 occurs in a vector; with weights, their sums. */
export function bincount(input: Tensor, weights: Tensor | null = null, minlength = 0): Tensor {
  refuse(refusals(lacks("bincount_cpu", "bool", "rare", "floating", "complex")), input.dtype);
  const values = elements(input).map(toNumber);
  if (input.ndim !== 1 || values.some((value) => value < 0)) {
    throw new RuntimeError("bincount only supports 1-d non-negative integral inputs.");
  }
  const length = Math.max(minlength, ...values.map((value) => value + 1), 0);
  const dtype = weights === null ? int64 : weights.dtype === float32 ? float32 : float64;
  const result = allocate(Layout.contiguous(dtype, [length]));
  const sums = new Array<number>(length).fill(0);
  const each = weights === null ? undefined : elements(weights).map(toNumber);
  values.forEach((value, i) => {
    sums[value]! += each?.[i] ?? 1;
  });
  const array = result.storage.view(dtype);
  const set = setterOf(dtype);
  sums.forEach((sum, i) => {
    set(array, i, sum);
  });
  return result;
}

/** The q-th quantiles of all elements, between neighbours in proportion. */
export function quantile(input: Tensor, q: number): Tensor {
  if (input.dtype !== float32 && input.dtype !== float64) {
    throw new RuntimeError("quantile() input tensor must be either float or double dtype");
  }
  const values = sorted(input.reshape([input.layout.size]), []).values;
  const place = q * (values.layout.size - 1);
  const low = values.select(0, Math.floor(place));
  return low.lerp(values.select(0, Math.ceil(place)), place - Math.floor(place));
}

/** How many elements fall into each of equal ranges from `min` to `max` (those of the tensor where both are 0). */
export function histc(input: Tensor, bins = 100, min = 0, max = 0): Tensor {
  refuse(histogramRefusals, input.dtype);
  const values = elements(input).map(toNumber);
  let [low, high] = min === max ? [Math.min(...values), Math.max(...values)] : [min, max];
  if (low === high) [low, high] = [low - 1, high + 1];
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    if (value < low || value > high) continue;
    counts[Math.min(Math.floor(((value - low) / (high - low)) * bins), bins - 1)]!++;
  }
  return numbers(counts).to(input.dtype);
}

const histogramRefusals = refusals(
  lacks("linspace_cpu", "bool"),
  lacks("histogram_cpu", "whole"),
  lacks("aminmax_cpu", "rare", "complex"),
);

/** Covariances of the rows of a matrix. */
export function cov(input: Tensor, options: { readonly correction?: number } = {}): Tensor {
  if (input.dtype === bool) throw new RuntimeError("cov(): bool dtype is not supported for input");
  const whole = input.dtype.isFloatingPoint || input.dtype.isComplex ? input : input.float();
  const rows = whole.ndim < 2 ? whole.reshape([1, whole.layout.size]) : whole;
  const deviation = rows.sub(rows.mean(1, true));
  const count = rows.shape[1]! - (options.correction ?? 1);
  return deviation.matmul(deviation.t().conj().resolveConj()).div(Math.max(count, 0)).squeeze();
}
