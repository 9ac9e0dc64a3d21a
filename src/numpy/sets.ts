// Sets: `unique` and its forms, `intersect1d`, `union1d`, `setdiff1d`, `setxor1d`, `isin`.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, int64 } from "../core/dtype.ts";
import { elements, type Scalar } from "../core/elements.ts";
import { AxisError, RuntimeError, ValueError } from "../core/errors.ts";
import { normalizeAxis } from "./axes.ts";
import { converted } from "./casting.ts";
import { iinfo } from "./limits.ts";
import { asArray, fromValues } from "./make.ts";
import { concatenate, take } from "./manipulation.ts";
import type { NDArray } from "./ndarray.ts";
import { argsort, compareScalars, sort } from "./sorting.ts";
import type { ArrayLike } from "./types.ts";
import * as u from "./ufuncs.ts";
import { moveaxis, ravel } from "./views.ts";

/** Which results `unique` gives beside the values. */
export interface UniqueOptions {
  readonly returnIndex: boolean;
  readonly returnInverse: boolean;
  readonly returnCounts: boolean;
  readonly axis: number | null;
  /** False: every NaN counts as another value. */
  readonly equalNan: boolean;
  readonly sorted: boolean;
}

const uniqueDefaults: UniqueOptions = {
  returnIndex: false,
  returnInverse: false,
  returnCounts: false,
  axis: null,
  equalNan: true,
  sorted: true,
};

/** Items in order, each with the place where it was, and how many of the first ones differ. */
interface Groups {
  /** Places of the items in order. */
  readonly places: readonly number[];
  /** Where in that order a new value begins. */
  readonly starts: readonly number[];
}

function grouped(count: number, compare: (i: number, j: number) => number, isSame: typeof compare): Groups {
  const places = Array.from({ length: count }, (_, i) => i).sort((i, j) => compare(i, j) || i - j);
  const starts = places.flatMap((place, i) => (i > 0 && isSame(places[i - 1]!, place) === 0 ? [] : [i]));
  return { places, starts };
}

function integers(values: readonly number[], shape: readonly number[] = [values.length]): NDArray {
  return fromValues(int64, shape, values.map(BigInt));
}

/** What the options ask for beside the values. */
function furtherResults(
  { places, starts }: Groups,
  options: UniqueOptions,
  inverseShape: readonly number[],
): NDArray[] {
  const results: NDArray[] = [];
  if (options.returnIndex) results.push(integers(starts.map((start) => places[start]!)));
  if (options.returnInverse) {
    const inverse = new Array<number>(places.length);
    let group = -1;
    places.forEach((place, i) => {
      if (starts[group + 1] === i) group++;
      inverse[place] = group;
    });
    results.push(integers(inverse, inverseShape));
  }
  if (options.returnCounts) {
    const ends = [...starts.slice(1), places.length];
    results.push(integers(starts.map((start, i) => ends[i]! - start)));
  }
  return results;
}

function isNan(value: Scalar): boolean {
  return typeof value === "object" ? Number.isNaN(value.re) || Number.isNaN(value.im) : Number.isNaN(value);
}

/** How values of one type are told apart. */
function sameness(equalNan: boolean): (a: Scalar, b: Scalar) => number {
  return (a, b) => {
    if (isNan(a) || isNan(b)) return equalNan && isNan(a) && isNan(b) ? 0 : 1;
    return compareScalars(a, b);
  };
}

function uniqueElements(array: NDArray, options: UniqueOptions): NDArray[] {
  const flat = ravel(array);
  const list = elements(flat);
  const same = sameness(options.equalNan);
  const groups = grouped(
    list.length,
    (i, j) => compareScalars(list[i]!, list[j]!),
    (i, j) => same(list[i]!, list[j]!),
  );
  const values = groups.starts.map((start) => list[groups.places[start]!]!);
  const kept = fromValues(flat.dtype, [values.length], values);
  return [kept, ...furtherResults(groups, options, array.shape)];
}

/** Slices along an axis that differ, in the order of their elements. */
function uniqueSlices(array: NDArray, axis: number, options: UniqueOptions): NDArray[] {
  if (axis < -array.ndim || axis >= array.ndim) {
    throw new AxisError(`axis ${axis} is out of bounds for array of dimension ${array.ndim}`);
  }
  const along = normalizeAxis(axis, array.ndim);
  const moved = converted(moveaxis(array, along, 0), array.dtype, "C");
  const count = moved.shape[0]!;
  const width = count === 0 ? 0 : moved.size / count;
  const list = elements(moved);
  const bySlice =
    (compare: (a: Scalar, b: Scalar) => number) =>
    (i: number, j: number): number => {
      for (let k = 0; k < width; k++) {
        const order = compare(list[i * width + k]!, list[j * width + k]!);
        if (order !== 0) return order;
      }
      return 0;
    };
  const groups = grouped(count, bySlice(compareScalars), bySlice(sameness(false)));
  const first = integers(groups.starts.map((start) => groups.places[start]!));
  return [moveaxis(take(moved, first, 0), 0, along), ...furtherResults(groups, options, [count])];
}

function uniqueResults(ar: ArrayLike, options: UniqueOptions): NDArray[] {
  const array = asArray(ar);
  if (options.axis !== null && array.ndim !== 1) return uniqueSlices(array, options.axis, options);
  if (options.axis !== null) normalizeAxis(options.axis, array.ndim);
  return uniqueElements(array, options);
}

/** Arguments of `unique`. */
export type UniqueArguments = Signature<
  [returnIndex: boolean, returnInverse: boolean, returnCounts: boolean, axis: number | null],
  Partial<UniqueOptions>
>;

/** The sorted values without repetition; with options, also where they are and how often (`numpy.unique`). */
export function unique(ar: ArrayLike): NDArray;
export function unique(ar: ArrayLike, ...args: UniqueArguments): NDArray | NDArray[];
export function unique(ar: ArrayLike, ...args: readonly unknown[]): NDArray | NDArray[] {
  const names = ["returnIndex", "returnInverse", "returnCounts", "axis"] as const;
  const results = uniqueResults(ar, bind<UniqueOptions>("unique", [...names], args, uniqueDefaults));
  return results.length === 1 ? results[0]! : results;
}

/** What `uniqueAll` gives. */
export interface UniqueAll {
  readonly values: NDArray;
  readonly indices: NDArray;
  readonly inverseIndices: NDArray;
  readonly counts: NDArray;
}

const everyNan = { ...uniqueDefaults, equalNan: false };

/** Values, first places, places among the values, and counts; every NaN by itself (`numpy.unique_all`). */
export function uniqueAll(x: ArrayLike): UniqueAll {
  const options = { ...everyNan, returnIndex: true, returnInverse: true, returnCounts: true };
  const [values, indices, inverseIndices, counts] = uniqueResults(x, options);
  return { values: values!, indices: indices!, inverseIndices: inverseIndices!, counts: counts! };
}

/** Values and how often each comes (`numpy.unique_counts`). */
export function uniqueCounts(x: ArrayLike): Pick<UniqueAll, "values" | "counts"> {
  const [values, counts] = uniqueResults(x, { ...everyNan, returnCounts: true });
  return { values: values!, counts: counts! };
}

/** Values, and for each element which of them it is (`numpy.unique_inverse`). */
export function uniqueInverse(x: ArrayLike): Pick<UniqueAll, "values" | "inverseIndices"> {
  const [values, inverseIndices] = uniqueResults(x, { ...everyNan, returnInverse: true });
  return { values: values!, inverseIndices: inverseIndices! };
}

/** The values, here in order (`numpy.unique_values`). */
export function uniqueValues(x: ArrayLike): NDArray {
  return uniqueResults(x, everyNan)[0]!;
}

interface SetOptions {
  readonly assumeUnique: boolean;
}

function assumesUnique(name: string, args: readonly unknown[]): boolean {
  return bind<SetOptions>(name, ["assumeUnique"], args, { assumeUnique: false }).assumeUnique;
}

/** Arguments of functions of two sets. */
export type SetArguments = Signature<[assumeUnique: boolean], Partial<SetOptions>>;

interface IntersectOptions extends SetOptions {
  readonly returnIndices: boolean;
}

/** The values in both arrays (`numpy.intersect1d`); with `returnIndices` also where they are first in each. */
export function intersect1d(ar1: ArrayLike, ar2: ArrayLike, ...args: SetArguments): NDArray;
export function intersect1d(
  ar1: ArrayLike,
  ar2: ArrayLike,
  ...args: Signature<[assumeUnique: boolean, returnIndices: boolean], Partial<IntersectOptions>>
): NDArray | [NDArray, NDArray, NDArray];
export function intersect1d(
  ar1: ArrayLike,
  ar2: ArrayLike,
  ...args: readonly unknown[]
): NDArray | [NDArray, NDArray, NDArray] {
  const names = ["assumeUnique", "returnIndices"] as const;
  const options = bind<IntersectOptions>("intersect1d", [...names], args, {
    assumeUnique: false,
    returnIndices: false,
  });
  const sides = [ar1, ar2].map((side) => {
    if (options.assumeUnique) return [ravel(side)];
    return uniqueResults(side, { ...uniqueDefaults, returnIndex: options.returnIndices });
  });
  const [first, second] = sides.map(([values]) => values!) as [NDArray, NDArray];
  const all = concatenate([first, second]);
  const order = argsort(all, { kind: "stable" });
  const sorted = take(all, order);
  const isTwice = u.equal(sorted.at("1:"), sorted.at(":-1"));
  const common = sorted.at(":-1").at(isTwice);
  if (!options.returnIndices) return common;
  const inFirst = order.at(":-1").at(isTwice);
  const inSecond = u.subtract(order.at("1:").at(isTwice), first.size);
  if (options.assumeUnique) return [common, inFirst, inSecond];
  return [common, take(sides[0]![1]!, inFirst), take(sides[1]![1]!, inSecond)];
}

/** The values in either array (`numpy.union1d`). */
export function union1d(ar1: ArrayLike, ar2: ArrayLike): NDArray {
  return unique(concatenate([asArray(ar1), asArray(ar2)], { axis: null }));
}

/** The values in one of the arrays alone (`numpy.setxor1d`). */
export function setxor1d(ar1: ArrayLike, ar2: ArrayLike, ...args: SetArguments): NDArray {
  const assumed = assumesUnique("setxor1d", args);
  const sides = [ar1, ar2].map((side) => (assumed ? asArray(side) : unique(side)));
  const all = concatenate(sides, { axis: null });
  if (all.size === 0) return all;
  const sorted = sort(all);
  const differs = u.notEqual(sorted.at("1:"), sorted.at(":-1"));
  const ends = fromValues(bool, [1], [true]);
  const flags = concatenate([ends, differs, ends]);
  return sorted.at(u.logicalAnd(flags.at("1:"), flags.at(":-1")));
}

/** The values of the first array that are not in the second (`numpy.setdiff1d`). */
export function setdiff1d(ar1: ArrayLike, ar2: ArrayLike, ...args: SetArguments): NDArray {
  const assumed = assumesUnique("setdiff1d", args);
  const first = assumed ? ravel(ar1) : unique(ar1);
  return first.at(isin(first, ar2, { invert: true }));
}

interface IsinOptions extends SetOptions {
  readonly invert: boolean;
  readonly kind: "sort" | "table" | null;
}

/** @throws ValueError, RuntimeError where the way of looking up does not suit the arrays */
function checkKind({ kind }: IsinOptions, array: NDArray, known: NDArray): void {
  if (kind !== null && kind !== "sort" && kind !== "table") {
    throw new ValueError(`Invalid kind: '${String(kind)}'. Please use None, 'sort' or 'table'.`);
  }
  if (kind !== "table") return;
  if (![array, known].every(({ dtype }) => dtype.isInteger || dtype === bool)) {
    throw new ValueError(
      "The 'table' method is only supported for boolean or integer arrays. Please select 'sort' or None for kind.",
    );
  }
  if (known.size === 0 || known.dtype === bool) return;
  const values = elements(sort(ravel(known))).map(Number);
  if (values.at(-1)! - values[0]! > Number(iinfo(known.dtype).max)) {
    throw new RuntimeError(
      "You have specified kind='table', but the range of values in `ar2` or `ar1` exceed the maximum integer of the datatype. Please set `kind` to None or 'sort'.",
    );
  }
}

/** True where an element is among the others (`numpy.isin`). */
export function isin(
  element: ArrayLike,
  testElements: ArrayLike,
  ...args: Signature<[assumeUnique: boolean, invert: boolean], Partial<IsinOptions>>
): NDArray {
  const options = bind<IsinOptions>("isin", ["assumeUnique", "invert"], args, {
    assumeUnique: false,
    invert: false,
    kind: null,
  });
  const [array, known] = [asArray(element), asArray(testElements)];
  checkKind(options, array, known);
  const key = (value: Scalar): string | number | bigint => {
    if (typeof value === "object")
      return isNan(value) ? Number.NaN : value.im === 0 ? value.re : `${value.re},${value.im}`;
    if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    return Number(value);
  };
  const keys = new Set(
    elements(known)
      .filter((value) => !isNan(value))
      .map(key),
  );
  const found = elements(array).map((value) => keys.has(key(value)) !== options.invert);
  return fromValues(bool, array.shape, found);
}
