// Counting and sampling in one dimension: `bincount`, `digitize`, `interp`, `convolve`, `correlate`.

import { bind, type Signature } from "../core/arguments.ts";
import { type DType, float64, int64 } from "../core/dtype.ts";
import { type Complex, elements, toComplex } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { pythonRepr } from "../core/text.ts";
import { checkCast, converted, withType } from "./casting.ts";
import { atleast1d } from "./flips.ts";
import { asArray, fromValues, scalarIfZeroD } from "./make.ts";
import { concatenate, take } from "./manipulation.ts";
import type { NDArray } from "./ndarray.ts";
import { dot } from "./products.ts";
import { promoteTypes } from "./promotion.ts";
import { argsort, compareScalars, searchsorted } from "./sorting.ts";
import type { ArrayLike } from "./types.ts";
import * as u from "./ufuncs.ts";

interface BincountOptions {
  readonly weights: ArrayLike | null;
  readonly minlength: number;
}

/** @throws ValueError unless the array has one axis */
function checkVector(array: NDArray): void {
  if (array.ndim === 0) throw new ValueError("object of too small depth for desired array");
  if (array.ndim > 1) throw new ValueError("object too deep for desired array");
}

/** How often each integer from 0 comes (`numpy.bincount`). */
export function bincount(
  x: ArrayLike,
  ...args: Signature<[weights: ArrayLike | null, minlength: number], Partial<BincountOptions>>
): NDArray {
  const { minlength, ...options } = bind<BincountOptions>("bincount", ["weights", "minlength"], args, {
    weights: null,
    minlength: 0,
  });
  const array = asArray(x);
  // Kept as NumPy has it: 64-bit unsigned integers are taken though the rule says no.
  checkVector(array);
  if (array.dtype.kind !== "unsigned") checkCast(array, int64, "safe");
  if (minlength < 0) throw new ValueError("'minlength' must not be negative");
  const values = elements(array).map(Number);
  if (values.some((value) => value < 0)) {
    throw new ValueError("'list' argument must have no negative elements");
  }
  const given = options.weights === null ? undefined : asArray(options.weights);
  if (given !== undefined) {
    checkCast(given, float64, "safe");
    if (given.size !== array.size) throw new ValueError("The weights and list don't have the same length.");
  }
  const weights = given && elements(given).map(Number);
  const length = values.reduce((most, value) => Math.max(most, value + 1), minlength);
  const counts = new Array<number>(length).fill(0);
  values.forEach((value, i) => {
    counts[value]! += weights?.[i] ?? 1;
  });
  return fromValues(weights === undefined ? int64 : float64, [length], counts);
}

/** In which bin each value lies (`numpy.digitize`). */
export function digitize(
  x: ArrayLike,
  bins: ArrayLike,
  ...args: Signature<[right: boolean], { readonly right?: boolean }>
): NDArray {
  const { right } = bind<{ right: boolean }>("digitize", ["right"], args, { right: false });
  const [values, edges] = [asArray(x), asArray(bins)];
  if (values.dtype.isComplex) throw new PythonTypeError("x may not be complex");
  checkVector(edges);
  const list = elements(edges);
  const steps = list.slice(1).map((edge, i) => Math.sign(compareScalars(edge, list[i]!)));
  const side = right ? "left" : "right";
  if (!steps.includes(-1)) return searchsorted(edges, values, side);
  if (steps.includes(1)) throw new ValueError("bins must be monotonically increasing or decreasing");
  return u.subtract(list.length, searchsorted(edges.at("::-1"), values, side));
}

interface InterpOptions {
  readonly left: ArrayLike | null;
  readonly right: ArrayLike | null;
  readonly period: number | null;
}

interface Points {
  readonly places: readonly number[];
  readonly heights: readonly Complex[];
  readonly left: Complex;
  readonly right: Complex;
}

function scaled(factor: number, { re, im }: Complex, start: Complex): Complex {
  return { re: factor * re + start.re, im: factor * im + start.im };
}

function heightAt(place: number, { places, heights, left, right }: Points): Complex {
  const last = places.length - 1;
  if (Number.isNaN(place)) return { re: place, im: 0 };
  if (place < places[0]!) return left;
  if (place > places[last]!) return right;
  let [low, high] = [0, last];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (places[middle]! <= place) low = middle;
    else high = middle - 1;
  }
  if (low === last || places[low] === place) return heights[low]!;
  const [from, to] = [heights[low]!, heights[low + 1]!];
  const width = places[low + 1]! - places[low]!;
  const slope = { re: (to.re - from.re) / width, im: (to.im - from.im) / width };
  return scaled(place - places[low]!, slope, from);
}

/** Points of a function that repeats itself: one more on either side. @throws ValueError */
function periodicPoints(x: NDArray, xp: NDArray, fp: NDArray, given: number): [NDArray, NDArray, NDArray] {
  if (given === 0) throw new ValueError("period must be a non-zero value");
  const period = Math.abs(given);
  if (xp.ndim !== 1 || fp.ndim !== 1) throw new ValueError("Data points must be 1-D sequences");
  if (xp.size !== fp.size) throw new ValueError("fp and xp are not of the same length");
  const places = u.remainder(withType(xp, float64), period);
  const order = argsort(places);
  const [sorted, heights] = [take(places, order), take(fp, order)];
  const wide = concatenate([u.subtract(sorted.at("-1:"), period), sorted, u.add(sorted.at("0:1"), period)]);
  return [
    u.remainder(withType(x, float64), period),
    wide,
    concatenate([heights.at("-1:"), heights, heights.at("0:1")]),
  ];
}

/** Values between given points by straight lines (`numpy.interp`). */
export function interp(
  x: ArrayLike,
  xp: ArrayLike,
  fp: ArrayLike,
  ...args: Signature<
    [left: ArrayLike | null, right: ArrayLike | null, period: number | null],
    Partial<InterpOptions>
  >
): NDArray {
  const options = bind<InterpOptions>("interp", ["left", "right", "period"], args, {
    left: null,
    right: null,
    period: null,
  });
  let [at, points, values] = [asArray(x), asArray(xp), asArray(fp)];
  if (options.period !== null) [at, points, values] = periodicPoints(at, points, values, options.period);
  checkVector(values);
  checkCast(points, float64, "safe");
  checkVector(points);
  checkCast(at, float64, "safe");
  const places = elements(points).map(Number);
  const heights = elements(values).map(toComplex);
  if (places.length === 0) throw new ValueError("array of sample points is empty");
  if (places.length !== heights.length) throw new ValueError("fp and xp are not of the same length.");
  const bound = (value: ArrayLike | null, otherwise: Complex): Complex =>
    value === null || options.period !== null ? otherwise : toComplex(elements(asArray(value))[0]!);
  const left = bound(options.left, heights[0]!);
  const right = bound(options.right, heights.at(-1)!);
  const found = elements(at).map((place) => heightAt(Number(place), { places, heights, left, right }));
  const { isComplex } = values.dtype;
  const result = isComplex
    ? fromValues(promoteTypes(float64, "complex64"), at.shape, found)
    : fromValues(
        float64,
        at.shape,
        found.map(({ re }) => re),
      );
  return scalarIfZeroD(result);
}

/** How much of a convolution is given. */
export type ConvolutionMode = "full" | "same" | "valid";

/** Arguments of `convolve` and `correlate`. */
export type ConvolutionArguments = Signature<[mode: ConvolutionMode], { readonly mode?: ConvolutionMode }>;

function modeOf(name: string, args: readonly unknown[], otherwise: ConvolutionMode): ConvolutionMode {
  const { mode } = bind<{ mode: ConvolutionMode }>(name, ["mode"], args, { mode: otherwise });
  if (["full", "same", "valid"].includes(mode)) return mode;
  throw new ValueError(`mode must be one of 'valid', 'same', or 'full' (got ${pythonRepr(mode)})`);
}

/** Sums of products of a kernel with every stretch of a vector that is at least as long. */
function slidingProducts(long: NDArray, kernel: NDArray, mode: ConvolutionMode, dtype: DType): NDArray {
  const n = kernel.size;
  const before = mode === "full" ? n - 1 : mode === "same" ? Math.floor(n / 2) : 0;
  const behind = mode === "full" ? n - 1 : mode === "same" ? n - before - 1 : 0;
  const zeros = (count: number): NDArray => fromValues(dtype, [count], new Array<number>(count).fill(0));
  const padded = concatenate([zeros(before), withType(long, dtype), zeros(behind)]);
  const step = padded.layout.strides[0]!;
  const windows = padded.viewAs(padded.layout.with([padded.size - n + 1, n], [step, step]));
  return dot(windows, converted(kernel, dtype));
}

/** The discrete convolution of two vectors (`numpy.convolve`). */
export function convolve(a: ArrayLike, v: ArrayLike, ...args: ConvolutionArguments): NDArray {
  const [x, y] = [atleast1d(a), atleast1d(v)];
  if (x.shape[0] === 0) throw new ValueError("a cannot be empty");
  if (y.shape[0] === 0) throw new ValueError("v cannot be empty");
  const mode = modeOf("convolve", args, "full");
  const [long, short] = y.shape[0]! > x.shape[0]! ? [y, x] : [x, y];
  checkVector(long);
  checkVector(short);
  return slidingProducts(long, short.at("::-1"), mode, promoteTypes(x.dtype, y.dtype));
}

/** Sums of products of one vector with the other, conjugated, at every shift (`numpy.correlate`). */
export function correlate(a: ArrayLike, v: ArrayLike, ...args: ConvolutionArguments): NDArray {
  const mode = modeOf("correlate", args, "valid");
  const [x, y] = [asArray(a), asArray(v)];
  checkVector(x);
  checkVector(y);
  if (x.size === 0) throw new ValueError("first array argument cannot be empty");
  if (y.size === 0) throw new ValueError("second array argument cannot be empty");
  const dtype = promoteTypes(x.dtype, y.dtype);
  const kernel = y.dtype.isComplex ? u.conjugate(y) : y;
  if (x.size >= y.size) return slidingProducts(x, kernel, mode, dtype);
  return converted(slidingProducts(kernel, x, mode, dtype).at("::-1"), dtype, "C");
}
