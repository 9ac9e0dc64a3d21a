// Pooling: maxima, means and norms of windows, and of whole planes.

import { int64 } from "../../../core/dtype.ts";
import { NotImplementedError } from "../../../core/errors.ts";
import { onesLike } from "../../../torch/creation.ts";
import { finfo, iinfo } from "../../../torch/limits.ts";
import {
  avgPool1d,
  avgPool2d,
  avgPool3d,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  pad,
} from "../../../torch/nn/functional/index.ts";
import { arange } from "../../../torch/ranges.ts";
import type { Tensor } from "../../../torch/tensor.ts";
import { type Call, int, type Operator, operator } from "../operator.ts";
import { countOf } from "./helpers.ts";
import { borderOf, isEven, type Windows, windowAttributes, windowRefusal, windowsOver } from "./windows.ts";

const maxima = [maxPool1d, maxPool2d, maxPool3d];
const means = [avgPool1d, avgPool2d, avgPool3d];

function byRank<T>(table: readonly T[], axes: number): T {
  const found = table[axes - 1];
  if (found === undefined) throw new NotImplementedError(`pooling over ${axes} axes is not here`);
  return found;
}

interface PoolValues {
  readonly auto_pad: string;
  readonly ceil_mode: number;
  readonly dilations: readonly number[] | undefined;
  readonly kernel_shape: readonly number[] | undefined;
  readonly pads: readonly number[] | undefined;
  readonly strides: readonly number[] | undefined;
}

const kernelOf = (call: Call<PoolValues>): readonly number[] => call.attributes.kernel_shape ?? [];

/** True iff torch takes the border: the same on both sides, and at most half of the kernel. */
const isPlain = (windows: Windows): boolean =>
  isEven(windows) && windows.before.every((each, i) => each >= 0 && each <= windows.kernel[i]! / 2);

/** How many windows go along an axis: in ceil mode also one that begins inside, or in the border before, and ends beyond. */
function counts(x: Tensor, windows: Windows, isCeil: boolean): number[] {
  const { kernel, stride, dilation, before, after } = windows;
  return x.shape.slice(2).map((length, i) => {
    const room = length + before[i]! + after[i]! - (kernel[i]! - 1) * dilation[i]! - 1;
    if (!isCeil) return Math.floor(room / stride[i]!) + 1;
    const count = Math.ceil(room / stride[i]!) + 1;
    return (count - 1) * stride[i]! >= length + before[i]! ? count - 1 : count;
  });
}

/** The input with its border, and behind it as much as the windows of ceil mode reach beyond. */
function bordered(x: Tensor, windows: Windows, isCeil: boolean, value: number): Tensor {
  const { kernel, stride, dilation, before, after } = windows;
  const lengths = x.shape.slice(2);
  const beyond = counts(x, windows, isCeil).map((count, i) => {
    const reach = (count - 1) * stride[i]! + (kernel[i]! - 1) * dilation[i]! + 1;
    return Math.max(after[i]!, reach - lengths[i]! - before[i]!);
  });
  return pad(x, borderOf({ before, after: beyond }), "constant", value);
}

const lowest = ({ dtype }: Tensor): number =>
  dtype.isFloatingPoint ? finfo(dtype).min : Number(iinfo(dtype).min);

function maximum(call: Call<PoolValues & { readonly storage_order: number }>): Tensor[] {
  const x = call.tensor(0);
  const windows = windowsOver(x, kernelOf(call), call.attributes);
  const { kernel, stride, dilation, before } = windows;
  const isCeil = call.attributes.ceil_mode === 1;
  const pool = byRank(maxima, kernel.length);
  const wantsPlaces = call.wanted[1] === true;
  const plain = isPlain(windows);
  const options = {
    stride,
    dilation,
    returnIndices: wantsPlaces,
    ...(plain ? { padding: before, ceilMode: isCeil } : {}),
  };
  const pooled = pool(plain ? x : bordered(x, windows, isCeil, lowest(x)), [...kernel], options);
  if (!wantsPlaces) return [pooled as Tensor];
  const [values, places] = pooled as readonly [Tensor, Tensor];
  if (!plain)
    throw new NotImplementedError("the places of maxima of windows with uneven borders are not here");
  return [values, wholePlaces(x, places, call.attributes.storage_order)];
}

/** Places among all elements, of those in each plane. */
function wholePlaces(x: Tensor, places: Tensor, order: number): Tensor {
  const spatial = x.shape.slice(2);
  const plane = countOf(spatial);
  const [n, c] = x.shape as [number, number];
  const ones = spatial.map(() => 1);
  const first = arange(n * c, { dtype: int64 })
    .mul(plane)
    .reshape(n, c, ...ones);
  if (order === 0) return places.add(first);
  // Column-major in the plane.
  let rest = places;
  let result = first;
  let step = plane;
  for (const length of [...spatial].reverse()) {
    step /= length;
    result = result.add(rest.remainder(length).mul(step));
    rest = rest.floorDivide(length);
  }
  return result;
}

function mean(call: Call<PoolValues & { readonly count_include_pad: number }>): Tensor {
  const x = call.tensor(0);
  const windows = windowsOver(x, kernelOf(call), call.attributes);
  const { kernel, stride, dilation, before } = windows;
  const isCeil = call.attributes.ceil_mode === 1;
  const countsAll = call.attributes.count_include_pad === 1;
  const pool = byRank(means, kernel.length);
  const size = [...kernel];
  if (dilation.every((each) => each === 1) && isPlain(windows)) {
    return pool(x, size, { stride, padding: before, ceilMode: isCeil, countIncludePad: countsAll });
  }
  if (dilation.some((each) => each !== 1))
    throw new NotImplementedError("means of dilated windows are not here");
  // The sum of a window, and how many elements of it count.
  const sums = pool(bordered(x, windows, isCeil, 0), size, { stride });
  const ones = onesLike(x.detach().narrow(0, 0, 1).narrow(1, 0, 1));
  const inside = countsAll ? pad(ones, borderOf(windows), "constant", 1) : ones;
  const rest = countsAll ? { ...windows, before: kernel.map(() => 0), after: kernel.map(() => 0) } : windows;
  const shares = pool(bordered(inside, rest, isCeil, 0), size, { stride });
  return sums.div(shares.narrow(2, 0, sums.shape[2]!));
}

function power(x: Tensor, axes: number[], p: number): Tensor {
  return x
    .abs()
    .pow(p)
    .sum(axes, true)
    .pow(1 / p);
}

const spatialAxes = (x: Tensor): number[] => [...x.shape.keys()].slice(2);

const overall: readonly Operator[] = [
  operator("GlobalAveragePool", {}, (call) => call.tensor(0).mean(spatialAxes(call.tensor(0)), true)),
  operator("GlobalMaxPool", {}, (call) => call.tensor(0).amax(spatialAxes(call.tensor(0)), true)),
  operator("GlobalLpPool", { p: int(2) }, (call) =>
    power(call.tensor(0), spatialAxes(call.tensor(0)), call.attributes.p),
  ),
];

const poolAttributes = { ...windowAttributes, ceil_mode: int(0) };

/** Pooling. */
export const poolingOperators: readonly Operator[] = [
  operator("MaxPool", { ...poolAttributes, storage_order: int(0) }, maximum, windowRefusal),
  operator("AveragePool", { ...poolAttributes, count_include_pad: int(0) }, mean, {
    refusal: (facts) =>
      facts.attributes.dilations?.some((each) => each !== 1) === true
        ? "means of dilated windows are not here"
        : windowRefusal.refusal(facts),
  }),
  operator(
    "LpPool",
    { ...poolAttributes, p: int(2) },
    (call) => {
      const x = call.tensor(0);
      const windows = windowsOver(x, kernelOf(call), call.attributes);
      const { p } = call.attributes;
      const powers = bordered(x.abs().pow(p), windows, call.attributes.ceil_mode === 1, 0);
      const pool = byRank(means, windows.kernel.length);
      const { kernel, stride } = windows;
      return pool(powers, [...kernel], { stride })
        .mul(countOf(kernel))
        .pow(1 / p);
    },
    {
      refusal: (facts) =>
        facts.attributes.dilations?.some((each) => each !== 1) === true
          ? "norms of dilated windows are not here"
          : windowRefusal.refusal(facts),
    },
  ),
  ...overall,
];
