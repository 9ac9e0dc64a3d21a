// Joining, splitting, repeating and rearranging: `concatenate`, `stack`, `split`, `tile`, `repeat`, `roll`, `take`, ...

import { bind, type Signature } from "../core/arguments.ts";
import { type DType, int64 } from "../core/dtype.ts";
import { elements } from "../core/elements.ts";
import { IndexError, ValueError } from "../core/errors.ts";
import * as layouts from "../core/layout.ts";
import { Layout } from "../core/layout.ts";
import { execute } from "../devices/index.ts";
import { take as takeOperation } from "../ops/indexing.ts";
import { where as whereOperation } from "../ops/ternary.ts";
import { assign } from "./assign.ts";
import { normalizeAxis } from "./axes.ts";
import { checkCast, converted } from "./casting.ts";
import { checkWriteable, valueFor } from "./contents.ts";
import { atleast1d, atleast2d, atleast3d, broadcastTo } from "./flips.ts";
import { allocate, asArray, fromValues, scalarIfZeroD, unwritten } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { joinedLayout, layoutLike } from "./order.ts";
import { resultType } from "./promotion.ts";
import { isPyScalar } from "./scalars.ts";
import { type ArrayLike, type Axes, type Casting, type DTypeLike, optionalDtype } from "./types.ts";
import { ravel } from "./views.ts";

/** Several arrays as one argument. */
export type ArrayList = readonly ArrayLike[] | NDArray;

function listOf(arrays: ArrayList): NDArray[] {
  return Array.isArray(arrays) ? arrays.map((each: ArrayLike) => asArray(each)) : [...(arrays as NDArray)];
}

interface JoinOptions {
  readonly axis: number | null;
  readonly out: NDArray | null;
  readonly dtype: DTypeLike | null;
  readonly casting: Casting;
}

/** Arguments of functions that join along an axis. */
export type JoinArguments = Signature<[axis: number | null, out: NDArray | null], Partial<JoinOptions>>;

const joinDefaults: JoinOptions = { axis: 0, out: null, dtype: null, casting: "same_kind" };

function joined(list: readonly NDArray[], options: JoinOptions): NDArray {
  if (list.length === 0) throw new ValueError("need at least one array to concatenate");
  if (options.axis !== null && list.some((array) => array.ndim === 0)) {
    throw new ValueError("zero-dimensional arrays cannot be concatenated");
  }
  const arrays = options.axis === null ? list.map((array) => ravel(array)) : list;
  const first = arrays[0]!;
  const axis = normalizeAxis(options.axis ?? 0, first.ndim);
  arrays.forEach((array, i) => {
    checkJoins(first, array, axis, i);
  });
  const shape = first.shape.with(
    axis,
    arrays.reduce((sum, array) => sum + array.shape[axis]!, 0),
  );
  const dtype: DType = optionalDtype(options.dtype) ?? options.out?.dtype ?? resultType(...arrays);
  const result =
    options.out ??
    unwritten(
      joinedLayout(
        arrays.map((array) => array.layout),
        shape,
        dtype,
      ),
    );
  let start = 0;
  for (const array of arrays) {
    checkCast(array, dtype, options.casting);
    const length = array.shape[axis]!;
    const place = layouts.slice(result.layout, axis, length === 0 ? 0 : start, 1, length);
    assign({ storage: result.storage, layout: place }, array);
    start += length;
  }
  return result;
}

function checkJoins(first: NDArray, array: NDArray, axis: number, index: number): void {
  if (array.ndim !== first.ndim) {
    throw new ValueError(
      `all the input arrays must have same number of dimensions, but the array at index 0 has ${first.ndim} dimension(s) and the array at index ${index} has ${array.ndim} dimension(s)`,
    );
  }
  first.shape.forEach((length, each) => {
    if (each === axis || length === array.shape[each]) return;
    throw new ValueError(
      `all the input array dimensions except for the concatenation axis must match exactly, but along dimension ${each}, the array at index 0 has size ${length} and the array at index ${index} has size ${array.shape[each]}`,
    );
  });
}

/** Arrays one after another along an axis that they have (`numpy.concatenate`). */
export function concatenate(arrays: ArrayList, ...args: JoinArguments): NDArray {
  return joined(listOf(arrays), bind<JoinOptions>("concatenate", ["axis", "out"], args, joinDefaults));
}

/** Arrays of one shape side by side along a new axis (`numpy.stack`). */
export function stack(arrays: ArrayList, ...args: JoinArguments): NDArray {
  const options = bind<JoinOptions>("stack", ["axis", "out"], args, joinDefaults);
  const list = listOf(arrays);
  if (list.length === 0) throw new ValueError("need at least one array to stack");
  if (list.some((array) => String(array.shape) !== String(list[0]!.shape))) {
    throw new ValueError("all input arrays must have the same shape");
  }
  const axis = normalizeAxis(options.axis ?? 0, list[0]!.ndim + 1);
  const expanded = list.map((array) => array.viewAs(layouts.insertAxis(array.layout, axis, 0)));
  return joined(expanded, { ...options, axis });
}

/** Options of `vstack` and its like. */
export interface StackOptions {
  readonly dtype?: DTypeLike | null;
  readonly casting?: Casting;
}

/** Rows under each other (`numpy.vstack`). */
export function vstack(arrays: ArrayList, options: StackOptions = {}): NDArray {
  return joined(listOf(arrays).map(atleast2d), { ...joinDefaults, ...options, axis: 0 });
}

/** Columns beside each other (`numpy.hstack`); vectors one after another. */
export function hstack(arrays: ArrayList, options: StackOptions = {}): NDArray {
  const list = listOf(arrays).map(atleast1d);
  return joined(list, { ...joinDefaults, ...options, axis: list[0]?.ndim === 1 ? 0 : 1 });
}

/** One behind the other along the third axis (`numpy.dstack`). */
export function dstack(arrays: ArrayList): NDArray {
  return joined(listOf(arrays).map(atleast3d), { ...joinDefaults, axis: 2 });
}

/** Vectors as the columns of a matrix (`numpy.column_stack`). */
export function columnStack(arrays: ArrayList): NDArray {
  const columns = listOf(arrays).map((array) => (array.ndim < 2 ? atleast2d(array).T : array));
  return joined(columns, { ...joinDefaults, axis: 1 });
}

/** The whole array several times along each axis (`numpy.tile`). */
export function tile(
  A: ArrayLike,
  ...args: Signature<[reps: number | readonly number[]], { readonly reps?: number | readonly number[] }>
): NDArray {
  const bound = bind<{ reps: number | readonly number[] }>("tile", ["reps"], args, {});
  const given = asArray(A);
  const wanted = typeof bound.reps === "number" ? [bound.reps] : bound.reps;
  if (wanted.every((times) => times === 1)) {
    const copied = converted(given, given.dtype);
    const missing = Math.max(wanted.length - given.ndim, 0);
    return missing === 0 ? copied : copied.reshape([...new Array<number>(missing).fill(1), ...given.shape]);
  }
  const rank = Math.max(wanted.length, given.ndim);
  const times = [...new Array<number>(rank - wanted.length).fill(1), ...wanted];
  const lengths = [...new Array<number>(rank - given.ndim).fill(1), ...given.shape];
  const shape = lengths.map((length, axis) => length * times[axis]!);
  if (given.size === 0) return given.reshape(shape);
  // Each axis becomes a pair: which copy, and where in it.
  const pairs = lengths.flatMap((length, axis) => [times[axis]!, length]);
  const spread = broadcastTo(given.reshape(lengths.flatMap((length) => [1, length])), pairs);
  const copied = converted(spread, given.dtype, "C");
  return copied.reshape(shape);
}

/** Each element several times (`numpy.repeat`): along an axis, or of all in row-major order. */
export function repeat(
  a: ArrayLike,
  ...args: Signature<
    [repeats: number | ArrayLike, axis: number | null],
    { readonly repeats?: ArrayLike; readonly axis?: number | null }
  >
): NDArray {
  const options = bind<{ repeats: ArrayLike; axis: number | null }>("repeat", ["repeats", "axis"], args, {
    axis: null,
  });
  const given = asArray(a);
  const array = options.axis === null ? ravel(given) : given;
  const axis = normalizeAxis(options.axis ?? 0, Math.max(array.ndim, 1));
  const length = array.shape[axis] ?? 1;
  const counts = elements(asArray(options.repeats)).map(Number);
  if (counts.length !== 1 && counts.length !== length) {
    throw new ValueError(
      `operands could not be broadcast together with shape (${length},) (${counts.length},)`,
    );
  }
  if (length > 0 && counts.some((count) => count < 0)) {
    throw new ValueError(
      counts.length === 1
        ? "negative dimensions are not allowed"
        : "repeats may not contain negative values.",
    );
  }
  const picked: bigint[] = [];
  for (let i = 0; i < length; i++) {
    for (let k = counts[counts.length === 1 ? 0 : i]!; k > 0; k--) picked.push(BigInt(i));
  }
  return taken(array, fromValues(int64, [picked.length], picked), axis);
}

/** Elements picked along an axis; the index's axes take its place. */
export function taken(array: NDArray, index: NDArray, axis: number): NDArray {
  const source = array.layout.isAligned ? array : converted(array, array.dtype);
  const result = unwritten(Layout.contiguous(array.dtype, array.shape.toSpliced(axis, 1, ...index.shape)));
  if (result.size > 0) execute(takeOperation, [source, index], [result], { axis });
  return result;
}

/** What `take` does with an index outside the axis. */
export type TakeMode = "raise" | "wrap" | "clip";

interface TakeOptions {
  readonly indices: ArrayLike;
  readonly axis: number | null;
  readonly out: NDArray | null;
  readonly mode: TakeMode;
}

/** Elements at integer indices along an axis, or of all in row-major order (`numpy.take`). */
export function take(
  a: ArrayLike,
  ...args: Signature<
    [indices: ArrayLike, axis: number | null, out: NDArray | null, mode: TakeMode],
    Partial<TakeOptions>
  >
): NDArray {
  const options = bind<TakeOptions>("take", ["indices", "axis", "out", "mode"], args, {
    axis: null,
    out: null,
    mode: "raise",
  });
  const given = asArray(a);
  const array = options.axis === null ? ravel(given) : given;
  const axis = normalizeAxis(options.axis ?? 0, Math.max(array.ndim, 1));
  const length = array.shape[axis] ?? 1;
  const indices = asArray(options.indices);
  if (length === 0 && indices.size > 0)
    throw new IndexError("cannot do a non-empty take from an empty axes.");
  // Where nothing is taken, no index is looked at.
  const mode = length > 0 && array.size === 0 ? "clip" : options.mode;
  const places = elements(indices).map((value) => BigInt(placeOf(Number(value), length, axis, mode)));
  const result = taken(
    array.ndim === 0 ? array.reshape(1) : array,
    fromValues(int64, indices.shape, places),
    axis,
  );
  if (options.out === null) return scalarIfZeroD(result);
  checkCast(options.out, array.dtype, "safe");
  assign(options.out, result);
  return options.out;
}

/** The place that an index names along an axis of that length. @throws IndexError */
export function placeOf(value: number, length: number, axis: number, mode: TakeMode): number {
  if (mode === "clip") return Math.min(Math.max(value, 0), length - 1);
  if (mode === "wrap") return ((value % length) + length) % length;
  if (value < -length || value >= length) {
    throw new IndexError(`index ${value} is out of bounds for axis ${axis} with size ${length}`);
  }
  return value < 0 ? value + length : value;
}

/** Elements moved along axes, those that fall off the end coming in at the beginning (`numpy.roll`). */
export function roll(
  a: ArrayLike,
  ...args: Signature<
    [shift: number | readonly number[], axis: Axes | null],
    { readonly shift?: number | readonly number[]; readonly axis?: Axes | null }
  >
): NDArray {
  const options = bind<{ shift: number | readonly number[]; axis: Axes | null }>(
    "roll",
    ["shift", "axis"],
    args,
    {
      axis: null,
    },
  );
  const array = asArray(a);
  if (options.axis === null) return roll(ravel(array), options.shift, 0).reshape(array.shape);
  const axes = (typeof options.axis === "number" ? [options.axis] : options.axis).map((axis) =>
    normalizeAxis(axis, array.ndim),
  );
  const shifts = typeof options.shift === "number" ? [options.shift] : options.shift;
  const count = Math.max(axes.length, shifts.length);
  const total = array.shape.map(() => 0);
  for (let i = 0; i < count; i++)
    total[axes[axes.length === 1 ? 0 : i]!]! += shifts[shifts.length === 1 ? 0 : i]!;
  return rolled(array, total);
}

function rolled(array: NDArray, shifts: readonly number[]): NDArray {
  const result = unwritten(layoutLike(array.layout, array.dtype, "K"));
  if (array.size === 0) return result;
  const move = (axis: number, from: layouts.Layout, to: layouts.Layout): void => {
    if (axis === array.ndim) {
      assign({ storage: result.storage, layout: to }, { storage: array.storage, layout: from });
      return;
    }
    const length = array.shape[axis]!;
    const shift = ((shifts[axis]! % length) + length) % length;
    const head = length - shift;
    move(axis + 1, layouts.slice(from, axis, 0, 1, head), layouts.slice(to, axis, shift, 1, head));
    if (shift === 0) return;
    move(axis + 1, layouts.slice(from, axis, head, 1, shift), layouts.slice(to, axis, 0, 1, shift));
  };
  move(0, array.layout, result.layout);
  return result;
}

interface CopytoOptions {
  readonly casting: Casting;
  readonly where: ArrayLike;
}

/** Writes one array's values, stretched, into another (`numpy.copyto`). */
export function copyto(
  dst: NDArray,
  src: ArrayLike,
  ...args: Signature<[casting: Casting, where: ArrayLike], Partial<CopytoOptions>>
): void {
  const options = bind<CopytoOptions>("copyto", ["casting", "where"], args, {
    casting: "same_kind",
    where: true,
  });
  const source = isPyScalar(src) ? asArray(valueFor(dst, src)) : asArray(src);
  checkWriteable(dst, "assignment destination");
  checkCast(source, dst.dtype, options.casting);
  if (options.where === true) {
    assign(dst, source);
    return;
  }
  const mask = broadcastTo(options.where, dst.shape);
  const values = allocate(Layout.contiguous(dst.dtype, dst.shape));
  assign(values, source);
  const old = converted(dst, dst.dtype);
  const result = allocate(Layout.contiguous(dst.dtype, dst.shape));
  execute(whereOperation, [mask, values, old], [result], undefined);
  assign(dst, result);
}
