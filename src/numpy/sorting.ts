// Order and search: `sort`, `argsort`, `searchsorted`, `nonzero`, and what stands on them.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, type DType, int64 } from "../core/dtype.ts";
import { elements, type Scalar } from "../core/elements.ts";
import { ValueError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import { execute } from "../devices/index.ts";
import { sort as sortOperation } from "../ops/sort.ts";
import { assign } from "./assign.ts";
import { normalizeAxis } from "./axes.ts";
import { converted } from "./casting.ts";
import { checkWriteable } from "./contents.ts";
import { allocate, asArray, fromValues, scalarIfZeroD } from "./make.ts";
import { take } from "./manipulation.ts";
import type { NDArray } from "./ndarray.ts";
import { layoutLike } from "./order.ts";
import { promoteTypes } from "./promotion.ts";
import type { ArrayLike } from "./types.ts";
import { notEqual } from "./ufuncs.ts";
import { ravel } from "./views.ts";

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
  const values = allocate(layoutLike(array.layout, array.dtype, "K"));
  const indices = allocate(Layout.contiguous(int64, array.shape));
  if (array.size > 0) {
    execute(sortOperation, [source], [values, indices], { axis, descending: false, stable: true });
  }
  return { values, indices };
}

/** A sorted copy (`numpy.sort`), NaNs last. */
export function sort(a: ArrayLike, ...args: SortArguments): NDArray {
  const { axis = -1 } = bind<SortOptions>("sort", ["axis", "kind"], args, sortDefaults);
  const array = axis === null ? ravel(a) : asArray(a);
  return sorted(array, normalizeAxis(axis ?? -1, array.ndim)).values;
}

/** `ndarray.sort`: in place. */
export function sortInPlace(array: NDArray, ...args: SortArguments): void {
  const { axis } = bind<SortOptions>("sort", ["axis", "kind"], args, sortDefaults);
  const along = normalizeAxis(axis ?? -1, array.ndim);
  checkWriteable(array, "sort array");
  assign(array, sorted(array, along).values);
}

/** The positions that would sort the array (`numpy.argsort`). */
export function argsort(a: ArrayLike, ...args: SortArguments): NDArray {
  const { axis = -1 } = bind<SortOptions>("argsort", ["axis", "kind"], args, sortDefaults);
  const array = axis === null ? ravel(a) : asArray(a);
  if (array.ndim === 0) return fromValues(int64, [], [0n]);
  return sorted(array, normalizeAxis(axis ?? -1, array.ndim)).indices;
}

/** Positions of which the k-th is where a sort would put it (`numpy.argpartition`): here all are sorted. */
export function argpartition(
  a: ArrayLike,
  _kth: number | readonly number[],
  ...args: Signature<[axis: number | null], { readonly axis?: number | null }>
): NDArray {
  return argsort(a, bind<{ axis: number | null }>("argpartition", ["axis"], args, { axis: -1 }));
}

/** A copy of which the k-th element is where a sort would put it (`numpy.partition`): here all are sorted. */
export function partition(
  a: ArrayLike,
  _kth: number | readonly number[],
  ...args: Signature<[axis: number | null], { readonly axis?: number | null }>
): NDArray {
  return sort(a, bind<{ axis: number | null }>("partition", ["axis"], args, { axis: -1 }));
}

/** The positions that sort by the last key first (`numpy.lexsort`). */
export function lexsort(keys: readonly ArrayLike[]): NDArray {
  const first = asArray(keys[0]!);
  let order = fromValues(
    int64,
    [first.size],
    Array.from({ length: first.size }, (_, i) => BigInt(i)),
  );
  for (const key of keys) order = take(order, argsort(take(key, order)));
  return order;
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
  const result = allocate(Layout.contiguous(int64, [count, array.ndim]));
  lists.slice(0, array.ndim).forEach((list, axis) => {
    assign({ storage: result.storage, layout: new Layout(int64, [count], [array.ndim], axis) }, list);
  });
  return result;
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
  const given = asArray(a);
  const wanted = asArray(v);
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
