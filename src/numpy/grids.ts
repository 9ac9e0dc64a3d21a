// Grids and ranges by index (`mgrid`, `ogrid`, `r_`, `c_`, `s_`), and the indices of diagonals and triangles.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, int64 } from "../core/dtype.ts";
import { elements, type Scalar } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { float, type PyFloat } from "../core/python.ts";
import { pythonRepr } from "../core/text.ts";
import { withType } from "./casting.ts";
import { ones } from "./creation.ts";
import { broadcastTo } from "./flips.ts";
import { indices } from "./lookup.ts";
import { asArray, fromValues } from "./make.ts";
import { concatenate } from "./manipulation.ts";
import type { NDArray } from "./ndarray.ts";
import { resultType } from "./promotion.ts";
import { arange, linspace, tri } from "./ranges.ts";
import { isPyScalar } from "./scalars.ts";
import { nonzero } from "./sorting.ts";
import type { ArrayLike, PyScalar } from "./types.ts";
import { add, logicalNot, multiply, notEqual } from "./ufuncs.ts";

type Bound = number | PyFloat;

/** A range: from, to, and a step, or with a letter j behind it a number of samples. */
interface Range {
  readonly start: Bound;
  readonly stop: Bound | undefined;
  readonly step: Bound;
  readonly samples: number | undefined;
}

/** A number of a slice: one with a point is a float of Python's. */
function boundOf(text: string): Bound {
  const value = Number(text);
  if (text === "" || Number.isNaN(value)) throw new ValueError(`${pythonRepr(text)} is no bound of a range`);
  return /[.e]/i.test(text) || !Number.isInteger(value) ? float(value) : value;
}

/** A slice as it stands between Python's brackets: "0:3", "0:1:5j", "::2". */
function rangeOf(text: string): Range {
  const [start = "", stop = "", step = ""] = text.split(":").map((part) => part.trim());
  const samples = step.endsWith("j") ? Math.trunc(Math.abs(Number(step.slice(0, -1)))) : undefined;
  return {
    start: start === "" ? 0 : boundOf(start),
    stop: stop === "" ? undefined : boundOf(stop),
    step: step === "" || samples !== undefined ? 1 : boundOf(step),
    samples,
  };
}

function isRange(item: unknown): item is string {
  return typeof item === "string" && item.includes(":");
}

function numberOf(bound: Bound): number {
  return Number(bound);
}

function stopOf({ stop }: Range): Bound {
  if (stop !== undefined) return stop;
  throw new PythonTypeError("unsupported operand type(s) for -: 'NoneType' and 'int'");
}

/** The numbers of one range alone. */
function singleRange(range: Range): NDArray {
  const { start, step, samples } = range;
  if (samples === undefined) return arange(start, stopOf(range), step);
  const type = resultType(start, stopOf(range), float(samples));
  const width = samples === 1 ? 1 : (numberOf(stopOf(range)) - numberOf(start)) / (samples - 1);
  const counts = withType(arange(0, samples, 1), type);
  return add(multiply(counts, samples === 1 ? 1 : float(width)), start);
}

/** A grid that is made by an index. */
export interface Grid<Result> {
  /** Ranges, one for each axis: `mgrid.at("0:3", "0:1:5j")` for Python's `mgrid[0:3, 0:1:5j]`. */
  at(...ranges: readonly string[]): Result;
}

/** Each range of a grid as numbers along its own axis, all of one type. */
function axesOf(texts: readonly string[]): NDArray[] {
  const ranges = texts.map(rangeOf);
  const numbers = ranges.flatMap((range): PyScalar[] => [
    range.start,
    stopOf(range),
    range.samples === undefined ? range.step : float(range.samples),
  ]);
  const type = resultType(0, ...numbers);
  return ranges.map((range, axis) => {
    const { start, step, samples } = range;
    const reach = numberOf(stopOf(range)) - numberOf(start);
    const length = samples ?? Math.max(Math.ceil(reach / numberOf(step)), 0);
    const width = samples === undefined ? step : samples === 1 ? 1 : float(reach / (samples - 1));
    const values = add(multiply(withType(arange(length), type), width), start);
    return values.reshape(ranges.map((_, each) => (each === axis ? length : 1)));
  });
}

/** Full grids: the coordinates along each axis at every place, stacked (`numpy.mgrid`). */
export const mgrid: Grid<NDArray> = {
  at(...ranges) {
    if (ranges.length === 1) return singleRange(rangeOf(ranges[0]!));
    const axes = axesOf(ranges);
    const shape = axes.map((each, axis) => each.shape[axis]!);
    return concatenate(axes.map((each) => broadcastTo(each, shape).reshape([1, ...shape])));
  },
};

/** Open grids: the coordinates along each axis by themselves (`numpy.ogrid`). */
export const ogrid: Grid<NDArray | NDArray[]> = {
  at: (...ranges) => (ranges.length === 1 ? singleRange(rangeOf(ranges[0]!)) : axesOf(ranges)),
};

/** How the parts between the brackets are joined. */
interface Joining {
  axis: number;
  ndmin: number;
  /** Where the axes of a part with fewer than `ndmin` are put. */
  transposed: number;
}

/** Reads a directive such as "0,2" or "-1". @throws ValueError */
function direct(text: string, joining: Joining): void {
  const numbers = text.split(",").map(Number);
  if (numbers.some((value) => !Number.isInteger(value))) {
    throw new ValueError(
      text.includes(",") ? `unknown special directive ${pythonRepr(text)}` : "unknown special directive",
    );
  }
  joining.axis = numbers[0]!;
  if (numbers.length > 1) joining.ndmin = numbers[1]!;
  if (numbers.length > 2) joining.transposed = numbers[2]!;
}

function withAxes(array: NDArray, ndmin: number): NDArray {
  const missing = Math.max(ndmin - array.ndim, 0);
  return array.reshape([...new Array<number>(missing).fill(1), ...array.shape]);
}

function partOf(item: string | ArrayLike, { ndmin, transposed }: Joining): NDArray {
  if (isRange(item)) {
    const range = rangeOf(item);
    const { start, samples } = range;
    const values =
      samples === undefined
        ? arange(start, stopOf(range), range.step)
        : (linspace(start, stopOf(range), samples) as NDArray);
    const wide = withAxes(values, ndmin);
    return ndmin > 1 && transposed !== -1 ? wide.swapaxes(-1, transposed) : wide;
  }
  const given = asArray(item as ArrayLike);
  const wide = withAxes(given, ndmin);
  if (transposed === -1 || given.ndim >= ndmin) return wide;
  const added = ndmin - given.ndim;
  const from = transposed < 0 ? transposed + added + 1 : transposed;
  const axes = Array.from({ length: ndmin }, (_, i) => i);
  return wide.transpose([...axes.slice(0, from), ...axes.slice(added), ...axes.slice(from, added)]);
}

/** Joins what stands between the brackets. */
export interface Joiner {
  /** Ranges ("1:4"), numbers, lists and arrays; first, if at all, a directive such as "0,2". */
  at(...items: readonly (string | ArrayLike)[]): NDArray;
}

function joiner(start: Joining): Joiner {
  return {
    at(...items) {
      const joining = { ...start };
      const parts: NDArray[] = [];
      const types: (NDArray | PyScalar)[] = [];
      items.forEach((item, i) => {
        if (typeof item === "string" && !isRange(item)) {
          if (i !== 0) throw new ValueError("special directives must be the first entry.");
          direct(item, joining);
          return;
        }
        const part = partOf(item, joining);
        parts.push(part);
        types.push(isPyScalar(item) ? item : part);
      });
      if (parts.length === 0) return concatenate([]);
      const type = resultType(...types);
      return concatenate(
        parts.map((part) => withAxes(withType(part, type), joining.ndmin)),
        joining.axis,
      );
    },
  };
}

/** Joins along the first axis: `r_.at("0:3", 5, [7, 8])` for Python's `r_[0:3, 5, [7, 8]]` (`numpy.r_`). */
export const r_: Joiner = joiner({ axis: 0, ndmin: 1, transposed: -1 });
/** Joins as columns (`numpy.c_`). */
export const c_: Joiner = joiner({ axis: -1, ndmin: 2, transposed: 0 });

/** An index as a value: `s_.at("1:3", 0)` is what `x.at(...)` takes (`numpy.s_`). */
export const s_: { at<T>(...items: readonly T[]): T | readonly T[] } = {
  at: (...items) => (items.length === 1 ? items[0]! : items),
};

/** As `s_`, always a list (`numpy.index_exp`). */
export const indexExp: { at<T>(...items: readonly T[]): readonly T[] } = { at: (...items) => items };

/** The indices of the main diagonal of an array with so many axes (`numpy.diag_indices`). */
export function diagIndices(n: number, ndim = 2): NDArray[] {
  return new Array<NDArray>(ndim).fill(arange(n));
}

/** The indices of the main diagonal of that array (`numpy.diag_indices_from`). @throws ValueError */
export function diagIndicesFrom(arr: ArrayLike): NDArray[] {
  const array = asArray(arr);
  if (array.ndim < 2) throw new ValueError("input array must be at least 2-d");
  if (array.shape.some((length) => length !== array.shape[0])) {
    throw new ValueError("All dimensions of input must be of equal length");
  }
  return diagIndices(array.shape[0]!, array.ndim);
}

interface TriangleOptions {
  readonly k: number;
  readonly m: number | null;
}

/** Arguments of `tril_indices` and `triu_indices`. */
export type TriangleArguments = Signature<[k: number, m: number | null], Partial<TriangleOptions>>;

/** The indices at which a mask is true, in vectors of their own. */
function placesIn(mask: NDArray): NDArray[] {
  const grid = indices([...mask.shape], { sparse: true }) as NDArray[];
  return grid.map((each) => broadcastTo(each, [...mask.shape]).at(mask));
}

/** The indices on and below a diagonal of a matrix of n rows (`numpy.tril_indices`). */
export function trilIndices(n: number, ...args: TriangleArguments): NDArray[] {
  const { k, m } = bind<TriangleOptions>("tril_indices", ["k", "m"], args, { k: 0, m: null });
  return placesIn(tri(n, { M: m, k, dtype: bool }));
}

/** The indices on and above a diagonal of a matrix of n rows (`numpy.triu_indices`). */
export function triuIndices(n: number, ...args: TriangleArguments): NDArray[] {
  const { k, m } = bind<TriangleOptions>("triu_indices", ["k", "m"], args, { k: 0, m: null });
  return placesIn(logicalNot(tri(n, { M: m, k: k - 1, dtype: bool })));
}

function matrixLengths(arr: ArrayLike): [number, number] {
  const array = asArray(arr);
  if (array.ndim !== 2) throw new ValueError("input array must be 2-d");
  return [array.shape[0]!, array.shape[1]!];
}

type DiagonalArguments = Signature<[k: number], { readonly k?: number }>;

/** The indices on and below a diagonal of that matrix (`numpy.tril_indices_from`). @throws ValueError */
export function trilIndicesFrom(arr: ArrayLike, ...args: DiagonalArguments): NDArray[] {
  const { k } = bind<{ k: number }>("tril_indices_from", ["k"], args, { k: 0 });
  const [n, m] = matrixLengths(arr);
  return trilIndices(n, { k, m });
}

/** The indices on and above a diagonal of that matrix (`numpy.triu_indices_from`). @throws ValueError */
export function triuIndicesFrom(arr: ArrayLike, ...args: DiagonalArguments): NDArray[] {
  const { k } = bind<{ k: number }>("triu_indices_from", ["k"], args, { k: 0 });
  const [n, m] = matrixLengths(arr);
  return triuIndices(n, { k, m });
}

/** The indices at which a function such as `triu` leaves a matrix of ones (`numpy.mask_indices`). */
export function maskIndices(
  n: number,
  maskFunc: (m: NDArray, k: ArrayLike) => NDArray,
  k: ArrayLike = 0,
): NDArray[] {
  return nonzero(notEqual(maskFunc(ones([n, n], { dtype: int64 }), k), 0));
}

/** Every index of a shape, the last axis fastest (`numpy.ndindex`). */
export function* ndindex(...shape: readonly (number | readonly number[])[]): Generator<number[]> {
  const lengths = shape.flat();
  if (lengths.some((length) => length < 0)) throw new ValueError("negative dimensions are not allowed");
  const size = lengths.reduce((n, length) => n * length, 1);
  for (let i = 0; i < size; i++) {
    let rest = i;
    const index = new Array<number>(lengths.length);
    for (let axis = lengths.length - 1; axis >= 0; axis--) {
      index[axis] = rest % lengths[axis]!;
      rest = Math.floor(rest / lengths[axis]!);
    }
    yield index;
  }
}

/** Every index of an array with the element there, as a NumPy scalar (`numpy.ndenumerate`). */
export function* ndenumerate(arr: ArrayLike): Generator<[number[], NDArray]> {
  const array = asArray(arr);
  for (const index of ndindex([...array.shape])) yield [index, array.at(...index)];
}

/** A vector's elements as the diagonal of a matrix; of any array all of them (`numpy.diagflat`). */
export function diagflat(v: ArrayLike, ...args: DiagonalArguments): NDArray {
  const { k } = bind<{ k: number }>("diagflat", ["k"], args, { k: 0 });
  const array = asArray(v);
  const list = elements(array);
  const n = list.length + Math.abs(k);
  const values = new Array<Scalar>(n * n).fill(array.dtype.isComplex ? { re: 0, im: 0 } : 0);
  list.forEach((value, i) => {
    values[(k < 0 ? i - k : i) * n + (k < 0 ? i : i + k)] = value;
  });
  return fromValues(array.dtype, [n, n], values);
}
