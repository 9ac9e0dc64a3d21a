// How often values occur: counts of integers, histograms (ATen/native/SummaryOps.cpp,
// ATen/native/cpu/HistogramKernel.cpp).

import { bind, type Signature } from "../core/arguments.ts";
import { float32, float64, int64 } from "../core/dtype.ts";
import { elements, setterOf, toNumber } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import type { PyFloat } from "../core/python.ts";
import { TensorBase } from "./base.ts";
import { diff } from "./differences.ts";
import { shapeText } from "./errors.ts";
import { into } from "./in-place.ts";
import { linspace } from "./ranges.ts";
import { lacks, type Refusals, refusals, refuse } from "./refusals.ts";
import { placeOf } from "./sorted-place.ts";
import { allocate, scalarOperand } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** What `bincount` takes by name. */
export interface BincountOptions {
  /** What each element counts for, instead of 1. */
  readonly weights?: Tensor | null;
  /** The least length of the result. */
  readonly minlength?: number;
}

const bincountRefusals: Refusals = refusals(lacks("bincount_cpu", "bool", "rare", "floating", "complex"));

/** A vector of numbers in an element type. */
function vectorOf(values: readonly number[], dtype: Tensor["dtype"]): Tensor {
  const result = allocate(Layout.contiguous(dtype, [values.length]));
  const array = result.storage.view(dtype);
  const set = setterOf(dtype);
  values.forEach((value, i) => {
    set(array, i, value);
  });
  return result;
}

/**
 * How often each of the integers from 0 occurs in a vector (int64); with weights, the sums of theirs (float64, or
 * float32 for weights of that type).
 * @throws RuntimeError for negative numbers, and where shapes do not fit
 */
export function bincount(
  input: Tensor,
  ...args: Signature<[weights?: Tensor | null, minlength?: number], BincountOptions>
): Tensor {
  const { weights, minlength } = bind<Required<BincountOptions>>("bincount", ["weights", "minlength"], args, {
    weights: null,
    minlength: 0,
  });
  refuse(bincountRefusals, input.dtype);
  if (minlength < 0) throw new RuntimeError("minlength should be >= 0");
  if (input.ndim === 1 && input.layout.size === 0) return vectorOf(new Array(minlength).fill(0), int64);
  const values = elements(input).map(toNumber);
  if (input.ndim !== 1 || values.some((value) => value < 0)) {
    throw new RuntimeError("bincount only supports 1-d non-negative integral inputs.");
  }
  if (weights !== null && (weights.ndim !== 1 || weights.layout.size !== values.length)) {
    throw new RuntimeError("weights should be 1-d and have the same length as input");
  }
  const dtype = weights === null ? int64 : weights.dtype === float32 ? float32 : float64;
  const round = dtype === float32 ? Math.fround : (value: number): number => value;
  const each = weights === null ? undefined : elements(weights.detach().to(dtype)).map(toNumber);
  const length = values.reduce((most, value) => Math.max(most, value + 1), minlength);
  const sums = new Array<number>(length).fill(0);
  values.forEach((value, i) => {
    sums[value] = round(sums[value]! + (each?.[i] ?? 1));
  });
  return vectorOf(sums, dtype);
}

/** Lowest and highest value that count. */
type Range = readonly [low: number, high: number];

function rangeText([low, high]: Range): string {
  const text = (value: number): string =>
    Number.isNaN(value) ? "nan" : Number.isFinite(value) ? String(value) : value > 0 ? "inf" : "-inf";
  return `[${text(low)}, ${text(high)}]`;
}

/** The least and the greatest element; of nothing, 0 and `highest`. */
function extremesOf(input: Tensor, highest: number): Range {
  if (input.layout.size === 0) return [0, highest];
  return [toNumber(input.min().item()), toNumber(input.max().item())];
}

/**
 * Sums of weights of the elements between edges at equal distances. Distances are computed in the input's type, each
 * step rounded, as PyTorch's kernel does.
 * @param edges where given, decides in cases that rounding left open
 */
function countEvenly(
  input: Tensor,
  [low, high]: Range,
  bins: number,
  weights: readonly number[] | undefined,
  edges: readonly number[] | undefined,
): number[] {
  const first = scalarOperand(low, input.dtype);
  const width = scalarOperand(high, input.dtype).sub(first);
  const places = elements(input.sub(first).mul(bins).div(width)).map(toNumber);
  const counts = new Array<number>(bins).fill(0);
  elements(input).forEach((element, i) => {
    const value = toNumber(element);
    if (!(value >= low && value <= high)) return;
    let place = Math.min(Math.trunc(places[i]!), bins - 1);
    if (edges !== undefined) {
      if (value < edges[place]!) place--;
      else if (place < bins - 1 && value >= edges[place + 1]!) place++;
    }
    counts[Math.max(place, 0)]! += weights?.[i] ?? 1;
  });
  return counts;
}

/** What `histc` takes by name. */
export interface HistcOptions {
  readonly bins?: number;
  readonly min?: number | PyFloat;
  readonly max?: number | PyFloat;
  readonly out?: Tensor | null;
}

const histcRefusals: Refusals = refusals(
  lacks("linspace_cpu", "bool"),
  lacks("histogram_cpu", "whole"),
  lacks("aminmax_cpu", "rare", "complex"),
);

/**
 * How many elements fall into each of equal ranges from `min` to `max` (where both are 0, those of the elements), in
 * the input's type. Elements outside, and NaN, do not count.
 * @throws RuntimeError for a range that is not finite or runs backwards
 */
export function histc(
  input: Tensor,
  ...args: Signature<[bins?: number, min?: number | PyFloat, max?: number | PyFloat], HistcOptions>
): Tensor {
  const { bins, min, max, out } = bind<Required<HistcOptions>>("histc", ["bins", "min", "max"], args, {
    bins: 100,
    min: 0,
    max: 0,
    out: null,
  });
  refuse(histcRefusals, input.dtype);
  const values = input.detach();
  checkBins(bins);
  let range: Range = [Number(min), Number(max)];
  if (range[0] === range[1]) range = extremesOf(values, 0);
  if (range[0] === range[1]) range = [range[0] - 1, range[1] + 1];
  if (!range.every(Number.isFinite)) {
    throw new RuntimeError(`torch.histc: range of ${rangeText(range)} is not finite`);
  }
  if (range[0] > range[1]) throw new RuntimeError("torch.histc: max must be larger than min");
  return into(vectorOf(countEvenly(values, range, bins, undefined, undefined), input.dtype), out, "histc", [
    input,
  ]);
}

function checkBins(bins: number): void {
  if (bins > 0) return;
  throw new RuntimeError(`torch.histogram(): bins must be > 0, but got ${bins} for dimension 0`);
}

/** What `histogram` takes by name. */
export interface HistogramOptions {
  /** How many ranges, or a vector of their edges in rising order. */
  readonly bins?: number | Tensor;
  /** From where to where the ranges go; null for the least and the greatest element. */
  readonly range?: readonly (number | PyFloat)[] | null;
  /** What each element counts for, instead of 1. */
  readonly weight?: Tensor | null;
  /** Whether the result is a density: its integral is 1. */
  readonly density?: boolean;
  readonly out?: readonly Tensor[] | null;
}

/** Counts and the edges between which they are, as a pair and by name. */
export type Histogram = readonly [hist: Tensor, binEdges: Tensor] & {
  readonly hist: Tensor;
  readonly binEdges: Tensor;
};

const histogramRefusals: Refusals = refusals(lacks("histogramdd", "bool", "rare", "whole", "complex"));

function histogramRange(input: Tensor, range: readonly (number | PyFloat)[] | null): Range {
  let [low, high] = range === null ? extremesOf(input, 1) : [Number(range[0]), Number(range[1])];
  if (!Number.isFinite(low) || !Number.isFinite(high)) {
    throw new RuntimeError(`torch.histogramdd: dimension 0's range ${rangeText([low, high])} is not finite`);
  }
  if (low > high) {
    throw new RuntimeError(
      `torch.histogramdd: min should not exceed max, but got min ${low} max ${high} for dimension 0`,
    );
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  return [low, high];
}

/** Sums of weights of the elements between edges that rise in any steps. */
function countBetween(
  input: Tensor,
  edges: readonly number[],
  weights: readonly number[] | undefined,
): number[] {
  const counts = new Array<number>(Math.max(edges.length - 1, 0)).fill(0);
  elements(input).forEach((element, i) => {
    const value = toNumber(element);
    if (!(value >= edges[0]! && value <= edges.at(-1)!)) return;
    const place = placeOf(value, edges.length, (edge) => edges[edge]!, true) - 1;
    counts[Math.min(place, counts.length - 1)]! += weights?.[i] ?? 1;
  });
  return counts;
}

/**
 * How many elements fall between each two edges, and the edges (`torch.histogram`). The last range has both its ends.
 * @throws RuntimeError for a range that is not finite or runs backwards, and for weights of another shape
 */
export function histogram(
  input: Tensor,
  ...args: Signature<[bins?: number | Tensor], HistogramOptions>
): Histogram {
  const options = bind<Required<HistogramOptions>>("histogram", ["bins"], args, {
    bins: 100,
    range: null,
    weight: null,
    density: false,
    out: null,
  });
  const { bins, weight } = options;
  refuse(histogramRefusals, input.dtype);
  const values = input.detach().flatten();
  if (weight !== null && weight.shape.join() !== input.shape.join()) {
    throw new RuntimeError(
      "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor excluding " +
        `its innermost dimension, but got input with shape ${shapeText([...input.shape, 1])} and weight with shape ` +
        shapeText(weight.shape),
    );
  }
  const weights = weight === null ? undefined : elements(weight).map(toNumber);
  let edges: Tensor;
  let counts: number[];
  if (bins instanceof TensorBase) {
    edges = (bins as Tensor).detach();
    counts = countBetween(values, elements(edges).map(toNumber), weights);
  } else {
    checkBins(bins as number);
    const range = histogramRange(values, options.range);
    edges = linspace(range[0], range[1], (bins as number) + 1, { dtype: input.dtype });
    counts = countEvenly(values, range, bins as number, weights, elements(edges).map(toNumber));
  }
  const sums = vectorOf(counts, input.dtype);
  const hist = options.density ? sums.div(sums.sum()).div(diff(edges)) : sums;
  const [stored, binEdges] = [hist, edges].map((each, i) =>
    into(each, options.out?.[i], "histogram", [input]),
  ) as [Tensor, Tensor];
  return Object.assign([stored, binEdges] as const, { hist: stored, binEdges }) as unknown as Histogram;
}
