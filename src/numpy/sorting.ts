// Order and search: `sort`, `argsort`, `searchsorted`, `nonzero`, and what stands on them.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, complex64, complex128, type DType, int64 } from "../core/dtype.ts";
import { elements, type Scalar } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import { pythonRepr } from "../core/text.ts";
import { execute } from "../devices/index.ts";
import { sort as sortOperation } from "../ops/sort.ts";
import { assign } from "./assign.ts";
import { normalizeAxis } from "./axes.ts";
import { converted } from "./casting.ts";
import { checkWriteable } from "./contents.ts";
import { allocate, asArray, asScalar, fromValues, scalarIfZeroD, unwritten } from "./make.ts";
import { take } from "./manipulation.ts";
import { NDArray } from "./ndarray.ts";
import { layoutLike } from "./order.ts";
import { promoteTypes } from "./promotion.ts";
import type { ArrayLike } from "./types.ts";
import { notEqual } from "./ufuncs.ts";
import { moveaxis, ravel } from "./views.ts";

/** Options of sorting; the sort is stable whichever kind is named. */
export interface SortOptions {
  readonly axis?: number | null;
  readonly kind?: string | null;
  readonly order?: null;
  readonly stable?: boolean | null;
}

/** Arguments of sorting. */
export type SortArguments = Signature<[axis: number | null, kind: string | null], SortOptions>;

const sortDefaults: SortOptions = { axis: -1, kind: null, order: null, stable: null };

/** The array sorted along an axis, and where each element was. */
function sorted(array: NDArray, axis: number): { readonly values: NDArray; readonly indices: NDArray } {
  const source = array.layout.isAligned ? array : converted(array, array.dtype);
  const values = unwritten(layoutLike(array.layout, array.dtype, "K"));
  const indices = unwritten(Layout.contiguous(int64, array.shape));
  if (array.size > 0) {
    execute(sortOperation, [source], [values, indices], { axis, descending: false, stable: true });
  }
  return { values, indices };
}

const kinds: ReadonlySet<string> = new Set(["quicksort", "heapsort", "mergesort", "stable"]);

/** The axis of a sort. @throws ValueError, PythonTypeError for a way of sorting that there is not */
function sortAxis(name: string, args: readonly unknown[]): number | null {
  const { axis = -1, kind, stable } = bind<SortOptions>(name, ["axis", "kind", "order"], args, sortDefaults);
  if (kind !== null && kind !== undefined) {
    if (stable !== null && stable !== undefined) {
      throw new ValueError(
        "`kind` and keyword parameters can't be provided at the same time. Use only one of them.",
      );
    }
    if (!kinds.has(kind)) {
      throw new ValueError(`sort kind must be one of 'quick', 'heap', or 'stable' (got ${pythonRepr(kind)})`);
    }
  }
  return axis;
}

/** A sorted copy (`numpy.sort`), NaNs last. */
export function sort(a: ArrayLike, ...args: SortArguments): NDArray {
  const axis = sortAxis("sort", args);
  const array = axis === null ? ravel(a) : asArray(a);
  return sorted(array, normalizeAxis(axis ?? -1, array.ndim)).values;
}

/** A sorted copy as complex numbers (`numpy.sort_complex`). */
export function sortComplex(a: ArrayLike): NDArray {
  const sortedCopy = sort(a);
  const { dtype } = sortedCopy;
  if (dtype.isComplex) return sortedCopy;
  return converted(sortedCopy, dtype.isInteger && dtype.itemSize < 4 ? complex64 : complex128);
}

/** `ndarray.sort`: in place. */
export function sortInPlace(array: NDArray, ...args: SortArguments): void {
  const along = normalizeAxis(sortAxis("sort", args) ?? -1, array.ndim);
  checkWriteable(array, "sort array");
  assign(array, sorted(array, along).values);
}

/** The positions that would sort the array (`numpy.argsort`). */
export function argsort(a: ArrayLike, ...args: SortArguments): NDArray {
  const axis = sortAxis("argsort", args);
  const array = axis === null ? ravel(a) : asArray(a);
  if (array.ndim === 0) {
    normalizeAxis(axis ?? -1, 1);
    return fromValues(int64, [1], [0n]);
  }
  return sorted(array, normalizeAxis(axis ?? -1, array.ndim)).indices;
}

interface PartitionOptions {
  readonly kth: ArrayLike;
  readonly axis: number | null;
  readonly kind: string;
  readonly order: null;
}

/** Arguments of `partition` and `argpartition`. */
export type PartitionArguments = Signature<
  [kth: ArrayLike, axis: number | null, kind: string],
  Partial<PartitionOptions>
>;

/** The axis along which to partition. @throws TypeError, ValueError for a place that the axis does not have */
function partitionAxis(name: string, array: NDArray, args: readonly unknown[]): number | null {
  const options = bind<PartitionOptions>(name, ["kth", "axis", "kind", "order"], args, {
    axis: -1,
    kind: "introselect",
    order: null,
  });
  const { axis, kind } = options;
  if (kind !== "introselect") {
    throw new ValueError(`select kind must be 'introselect' (got ${pythonRepr(kind)})`);
  }
  const kth = asArray(options.kth);
  if (!kth.dtype.isInteger) throw new PythonTypeError("Partition index must be integer");
  if (kth.ndim > 1) throw new ValueError("object too deep for desired array");
  const along = axis === null ? 0 : normalizeAxis(axis, array.ndim);
  const length = axis === null ? array.size : array.shape[along]!;
  if (array.size === 0) return axis;
  for (const value of elements(kth)) {
    const place = Number(value) < 0 ? Number(value) + length : Number(value);
    if (place < 0 || place >= length) throw new ValueError(`kth(=${place}) out of bounds (${length})`);
  }
  return axis;
}

/** Positions of which the k-th is where a sort would put it (`numpy.argpartition`): here all are sorted. */
export function argpartition(a: ArrayLike, ...args: PartitionArguments): NDArray {
  const array = asArray(a);
  const whole = array.ndim === 0 ? array.reshape([1]) : array;
  return argsort(array, partitionAxis("argpartition", whole, args));
}

/** A copy of which the k-th element is where a sort would put it (`numpy.partition`): here all are sorted. */
export function partition(a: ArrayLike, ...args: PartitionArguments): NDArray {
  const array = asArray(a);
  return sort(array, partitionAxis("partition", array, args));
}

/** `ndarray.partition`: in place. */
export function partitionInPlace(array: NDArray, ...args: PartitionArguments): void {
  const axis = partitionAxis("partition", array, args);
  checkWriteable(array, "partition array");
  assign(array, sort(array, axis));
}

/** The positions that sort by the last key first, along an axis (`numpy.lexsort`). */
export function lexsort(
  keys: readonly ArrayLike[] | NDArray,
  ...args: Signature<[axis: number], { readonly axis?: number }>
): NDArray {
  const { axis } = bind<{ axis: number }>("lexsort", ["axis"], args, { axis: -1 });
  const list =
    keys instanceof NDArray && keys.ndim === 0 ? [] : [...keys].map((key) => asArray(key as ArrayLike));
  if (list.length === 0) throw new PythonTypeError("need sequence of keys with len > 0 in lexsort");
  const first = list[0]!;
  if (list.some((key) => String(key.shape) !== String(first.shape))) {
    throw new ValueError("all keys need to be the same shape");
  }
  if (first.ndim === 0) return asScalar(fromValues(int64, [], [0n]));
  const along = normalizeAxis(axis, first.ndim);
  const lines = list.map((key) => moveaxis(key, along, -1).reshape([-1, first.shape[along]!]));
  const rows = Array.from({ length: lines[0]!.shape[0]! }, (_, row) => {
    let order = argsort(lines[0]!.at(row));
    for (const key of lines.slice(1)) order = take(order, argsort(take(key.at(row), order)));
    return elements(order);
  });
  const rest = first.shape.filter((_, each) => each !== along);
  const stacked = fromValues(int64, [...rest, first.shape[along]!], rows.flat());
  return converted(moveaxis(stacked, -1, along), int64, "C");
}

/** Where the array is not zero, a list of indices for each axis (`numpy.nonzero`). */
export function nonzero(a: ArrayLike): NDArray[] {
  const array = asArray(a);
  if (array.ndim === 0) {
    throw new ValueError(
      "Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead.",
    );
  }
  const mask = elements(array.dtype === bool ? array : notEqual(array, 0));
  const found: number[] = [];
  mask.forEach((isTrue, i) => {
    if (isTrue) found.push(i);
  });
  // One block of memory, as NumPy has it: the indices are columns of a matrix.
  const rank = array.ndim;
  const values: bigint[] = [];
  for (const flat of found) {
    let rest = flat;
    const at = new Array<bigint>(rank);
    for (let axis = rank - 1; axis >= 0; axis--) {
      at[axis] = BigInt(rest % array.shape[axis]!);
      rest = Math.floor(rest / array.shape[axis]!);
    }
    values.push(...at);
  }
  const matrix = fromValues(int64, [found.length, rank], values);
  return array.shape.map((_, axis) => matrix.viewAs(new Layout(int64, [found.length], [rank], axis)));
}

/** Where the array is not zero, an index in each row (`numpy.argwhere`). */
export function argwhere(a: ArrayLike): NDArray {
  const array = asArray(a);
  const lists = nonzero(array.ndim === 0 ? array.reshape(1) : array);
  const count = lists[0]!.size;
  // A row for each axis, seen from the side.
  const result = allocate(Layout.contiguous(int64, [array.ndim, count]));
  lists.slice(0, array.ndim).forEach((list, axis) => {
    assign(result.at(axis), list);
  });
  return result.T;
}

/** Positions in row-major order where the array is not zero (`numpy.flatnonzero`). */
export function flatnonzero(a: ArrayLike): NDArray {
  return nonzero(ravel(a))[0]!;
}

/** NumPy's order of numbers: NaN last, complex numbers by real part first. */
export function compareScalars(a: Scalar, b: Scalar): number {
  if (typeof a === "object" || typeof b === "object") {
    const [x, y] = [a as { re: number; im: number }, b as { re: number; im: number }];
    return compareScalars(x.re, y.re) || compareScalars(x.im, y.im);
  }
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** Options of `searchsorted`. */
export interface SearchOptions {
  readonly side: "left" | "right";
  readonly sorter: ArrayLike | null;
}

/** Arguments of `searchsorted` behind the values. */
export type SearchArguments = Signature<
  [side: "left" | "right", sorter: ArrayLike | null],
  Partial<SearchOptions>
>;

/** Where values would be put into a sorted array to keep it sorted (`numpy.searchsorted`). */
export function searchsorted(a: ArrayLike, v: ArrayLike, ...args: SearchArguments): NDArray {
  const options = bind<SearchOptions>("searchsorted", ["side", "sorter"], args, {
    side: "left",
    sorter: null,
  });
  if (options.side !== "left" && options.side !== "right") {
    throw new ValueError(`search side must be 'left' or 'right' (got ${pythonRepr(options.side)})`);
  }
  const given = asArray(a);
  const wanted = asArray(v);
  if (given.ndim !== 1) {
    throw new ValueError(
      given.ndim === 0 ? "object of too small depth for desired array" : "object too deep for desired array",
    );
  }
  const dtype: DType = promoteTypes(given.dtype, wanted.dtype);
  const list = elements(converted(options.sorter === null ? given : take(given, options.sorter), dtype));
  const places = elements(converted(wanted, dtype)).map((value) => {
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const comparison = compareScalars(list[middle]!, value);
      if (comparison < 0 || (comparison === 0 && options.side === "right")) low = middle + 1;
      else high = middle;
    }
    return BigInt(low);
  });
  return scalarIfZeroD(fromValues(int64, wanted.shape, places));
}
