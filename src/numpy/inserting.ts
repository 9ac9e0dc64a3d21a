// Slices put in and taken out: `insert`, `delete`, `append`, `resize`, `trim_zeros`, `block`, `unstack`.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, type DType, int64 } from "../core/dtype.ts";
import { elements } from "../core/elements.ts";
import { IndexError, ValueError } from "../core/errors.ts";
import { pythonRepr } from "../core/text.ts";
import { normalizeAxes, normalizeAxis } from "./axes.ts";
import { array as arrayOf, empty, zerosLike } from "./creation.ts";
import { asArray, fromValues } from "./make.ts";
import { concatenate } from "./manipulation.ts";
import type { NDArray } from "./ndarray.ts";
import { isOnlyFortran } from "./order.ts";
import { argwhere, flatnonzero } from "./sorting.ts";
import type { ArrayLike, Axes } from "./types.ts";
import { moveaxis, ravel } from "./views.ts";

/** Which places of an axis: one, several, a mask, or a slice such as "0:2". */
export type Places = number | string | ArrayLike;

interface Target {
  readonly array: NDArray;
  readonly axis: number;
  readonly length: number;
}

/** The array and the axis of a call; without an axis all elements in a row. */
function targetOf(arr: ArrayLike, given: number | null): Target {
  const whole = asArray(arr);
  const array = given === null && whole.ndim !== 1 ? ravel(whole) : whole;
  const axis = given === null ? 0 : normalizeAxis(given, array.ndim);
  return { array, axis, length: array.shape[axis]! };
}

/** A new array of another length along the axis, in the order of memory of the old one. */
function emptyFor({ array, axis }: Target, length: number): NDArray {
  const order = isOnlyFortran(array.layout) ? "F" : "C";
  return empty(array.shape.with(axis, length), { dtype: array.dtype, order });
}

/** A place of an index along an axis. */
function at(axis: number, item: string | number | NDArray): (string | number | NDArray)[] {
  return [...new Array<string>(axis).fill(":"), item];
}

/** The places that a slice names. */
function sliced(slice: string, length: number): number[] {
  const all = fromValues(
    int64,
    [length],
    Array.from({ length }, (_, i) => BigInt(i)),
  );
  return elements(all.at(slice)).map(Number);
}

function wrongIndex(obj: unknown, { axis, length }: Target): IndexError {
  return new IndexError(`index ${pythonRepr(obj)} is out of bounds for axis ${axis} with size ${length}`);
}

/** The array without the slices at these places of an axis (`numpy.delete`). @throws IndexError, ValueError */
export function remove(
  arr: ArrayLike,
  obj: Places,
  ...args: Signature<[axis: number | null], { readonly axis?: number | null }>
): NDArray {
  const options = bind<{ axis: number | null }>("delete", ["axis"], args, { axis: null });
  const target = targetOf(arr, options.axis);
  const { array, axis, length } = target;
  const isSlice = typeof obj === "string";
  const gone = isSlice ? sliced(obj, length) : placesToRemove(obj, target);
  const kept = Array.from({ length }, (_, i) => i).filter((i) => !gone.includes(i));
  const isWhole = isSlice || typeof obj === "number" || asArray(obj).size === 1;
  if (!isWhole || asBools(obj)) {
    const mask = fromValues(
      bool,
      [length],
      Array.from({ length }, (_, i) => !gone.includes(i)),
    );
    return array.at(...at(axis, mask));
  }
  const result = emptyFor(target, kept.length);
  kept.forEach((from, to) => {
    result.set(at(axis, `${to}:${to + 1}`), array.at(...at(axis, `${from}:${from + 1}`)));
  });
  return result;
}

function asBools(obj: Places): boolean {
  return typeof obj !== "string" && asArray(obj).dtype === bool;
}

function placesToRemove(obj: number | ArrayLike, target: Target): number[] {
  const { length, axis } = target;
  const places = asArray(obj);
  if (places.dtype === bool) {
    if (places.ndim !== 1 || places.size !== length) {
      throw new ValueError(
        `boolean array argument obj to delete must be one dimensional and match the axis length of ${length}`,
      );
    }
    return elements(flatnonzero(places)).map(Number);
  }
  if (places.size > 0 && !places.dtype.isInteger) {
    throw new IndexError("arrays used as indices must be of integer (or boolean) type");
  }
  return elements(places).map((value) => {
    const place = Number(value);
    if (place >= -length && place < length) return place < 0 ? place + length : place;
    const size = places.size === 1 ? axis : 0;
    throw new IndexError(`index ${place} is out of bounds for axis ${size} with size ${length}`);
  });
}

/** Values as an array of that type, converted as a new array is. */
function typed(values: ArrayLike, dtype: DType): NDArray {
  return arrayOf(values, { dtype, copy: null });
}

/** Several slices at once, each before the slice that stands at its place. */
function insertedSeveral(target: Target, given: readonly number[], values: ArrayLike): NDArray {
  const { array, axis, length } = target;
  const places = given.map((place) => (place < 0 ? place + length : place));
  const order = places.map((_, i) => i).sort((i, j) => places[i]! - places[j]! || i - j);
  const moved = [...places];
  order.forEach((i, rank) => {
    moved[i]! += rank;
  });
  const total = length + places.length;
  for (const place of moved) {
    if (place >= -total && place < total) continue;
    throw new IndexError(`index ${place} is out of bounds for axis 0 with size ${total}`);
  }
  const isOld = Array.from({ length: total }, (_, i) => !moved.includes(i));
  const result = emptyFor(target, total);
  const index = fromValues(int64, [moved.length], moved.map(BigInt));
  result.set(at(axis, index), typed(values, array.dtype));
  result.set(at(axis, fromValues(bool, [total], isOld)), array);
  return result;
}

/** One place, with as many slices as the values have. */
function insertedOne(
  target: Target,
  obj: unknown,
  place: number,
  isSingle: boolean,
  values: ArrayLike,
): NDArray {
  const { array, axis, length } = target;
  if (place < -length || place > length) throw wrongIndex(obj, target);
  const start = place < 0 ? place + length : place;
  const given = typed(values, array.dtype);
  const missing = Math.max(array.ndim - given.ndim, 0);
  const wide = given.reshape([...new Array<number>(missing).fill(1), ...given.shape]);
  const slices = isSingle ? moveaxis(wide, 0, axis) : wide;
  const count = slices.shape[axis]!;
  const result = emptyFor(target, length + count);
  result.set(at(axis, `:${start}`), array.at(...at(axis, `:${start}`)));
  result.set(at(axis, `${start}:${start + count}`), slices);
  result.set(at(axis, `${start + count}:`), array.at(...at(axis, `${start}:`)));
  return result;
}

/** Slices put before the places of an axis (`numpy.insert`). @throws IndexError, ValueError */
export function insert(
  arr: ArrayLike,
  obj: Places,
  values: ArrayLike,
  ...args: Signature<[axis: number | null], { readonly axis?: number | null }>
): NDArray {
  const options = bind<{ axis: number | null }>("insert", ["axis"], args, { axis: null });
  const target = targetOf(arr, options.axis);
  if (typeof obj === "string") {
    const places = sliced(obj, target.length);
    return places.length === 1
      ? insertedOne(target, obj, places[0]!, false, values)
      : insertedSeveral(target, places, values);
  }
  const given = asArray(obj);
  if (given.dtype === bool && given.ndim !== 1) {
    throw new ValueError("boolean array argument obj to insert must be one dimensional");
  }
  const places = given.dtype === bool ? flatnonzero(given) : given;
  if (places.ndim > 1) {
    throw new ValueError("index array argument obj to insert must be one dimensional or scalar");
  }
  const list = elements(places).map(Number);
  if (list.length === 1) return insertedOne(target, obj, list[0]!, places.ndim === 0, values);
  return insertedSeveral(target, list, values);
}

/** Arrays with values put after the end (`numpy.append`). */
export function append(
  arr: ArrayLike,
  values: ArrayLike,
  ...args: Signature<[axis: number | null], { readonly axis?: number | null }>
): NDArray {
  const { axis } = bind<{ axis: number | null }>("append", ["axis"], args, { axis: null });
  return axis === null ? concatenate([ravel(arr), ravel(values)]) : concatenate([arr, values], axis);
}

/** The elements in row-major order, again and again, under another shape (`numpy.resize`). */
export function resize(a: ArrayLike, newShape: number | readonly number[]): NDArray {
  const shape = typeof newShape === "number" ? [newShape] : [...newShape];
  if (shape.some((length) => length < 0)) {
    throw new ValueError("all elements of `new_shape` must be non-negative");
  }
  const flat = ravel(a);
  const size = shape.reduce((n, length) => n * length, 1);
  if (flat.size === 0 || size === 0) return zerosLike(flat, { shape });
  const copies = new Array<NDArray>(Math.ceil(size / flat.size)).fill(flat);
  return concatenate(copies).at(`:${size}`).reshape(shape);
}

/** Arguments of `trim_zeros`. */
export type TrimArguments = Signature<
  [trim: string, axis: Axes | null],
  { readonly trim?: string; readonly axis?: Axes | null }
>;

/** Without the zeros in front ("f"), behind ("b") or on both sides, along axes (`numpy.trim_zeros`). */
export function trimZeros(filt: NDArray, ...args: TrimArguments): NDArray;
export function trimZeros(filt: ArrayLike, ...args: TrimArguments): NDArray | readonly ArrayLike[];
export function trimZeros(filt: ArrayLike, ...args: readonly unknown[]): NDArray | readonly ArrayLike[] {
  const bound = bind<{ trim: string; axis: Axes | null }>("trim_zeros", ["trim", "axis"], args, {
    trim: "fb",
    axis: null,
  });
  const trim = bound.trim.toLowerCase();
  if (!["fb", "bf", "f", "b"].includes(trim)) {
    throw new ValueError(`unexpected character(s) in \`trim\`: ${pythonRepr(trim)}`);
  }
  const array = asArray(filt);
  const axes = normalizeAxes(bound.axis, array.ndim);
  const places = argwhere(array);
  const index = array.shape.map((length, axis) => {
    if (!axes.includes(axis)) return `0:${length}`;
    const along = elements(places.at(":", axis)).map(Number);
    if (along.length === 0) return "0:0";
    const start = trim.includes("f") ? Math.min(...along) : 0;
    const stop = trim.includes("b") ? Math.max(...along) + 1 : length;
    return `${start}:${stop}`;
  });
  if (Array.isArray(filt) && index.length === 1) {
    const [start, stop] = index[0]!.split(":").map(Number);
    return (filt as readonly ArrayLike[]).slice(start, stop);
  }
  return index.length === 0 ? array : array.at(...index);
}

/** Arrays, or lists of lists of them. */
export type Blocks = ArrayLike | readonly Blocks[];

interface Depth {
  /** Where the deepest list of the first path is; null stands for an empty list. */
  readonly index: readonly (number | null)[];
  readonly ndim: number;
}

function pathText(index: readonly (number | null)[]): string {
  return `arrays${index.flatMap((i) => (i === null ? [] : [`[${i}]`])).join("")}`;
}

/** How deep the lists are. @throws ValueError where their depths differ */
function depthOf(blocks: Blocks, path: readonly (number | null)[] = []): Depth {
  if (!Array.isArray(blocks)) return { index: path, ndim: asArray(blocks as ArrayLike).ndim };
  if (blocks.length === 0) return { index: [...path, null], ndim: 0 };
  let [first, ...rest] = (blocks as readonly Blocks[]).map((each, i) => depthOf(each, [...path, i])) as [
    Depth,
    ...Depth[],
  ];
  for (const { index, ndim } of rest) {
    if (index.length !== first.index.length) {
      throw new ValueError(
        `List depths are mismatched. First element was at depth ${first.index.length}, but there is an element at depth ${index.length} (${pathText(index)})`,
      );
    }
    first = { index: index.at(-1) === null ? index : first.index, ndim: Math.max(first.ndim, ndim) };
  }
  return first;
}

function joinedBlocks(blocks: Blocks, depth: number, most: number, ndim: number): NDArray {
  if (depth < most) {
    const parts = (blocks as readonly Blocks[]).map((each) => joinedBlocks(each, depth + 1, most, ndim));
    return concatenate(parts, -(most - depth));
  }
  const array = asArray(blocks as ArrayLike);
  const missing = Math.max(ndim - array.ndim, 0);
  return array.reshape([...new Array<number>(missing).fill(1), ...array.shape]);
}

/** An array of blocks: the innermost lists are joined along the last axis (`numpy.block`). @throws ValueError */
export function block(arrays: Blocks): NDArray {
  const { index, ndim } = depthOf(arrays);
  if (index.at(-1) === null) {
    throw new ValueError(`List at ${pathText(index)} cannot be empty`);
  }
  const most = index.length;
  const result = joinedBlocks(arrays, 0, most, Math.max(ndim, most));
  return most === 0 ? result.copy() : result;
}

/** The slices along an axis (`numpy.unstack`). */
export function unstack(x: ArrayLike, options: { readonly axis?: number } = {}): NDArray[] {
  const array = asArray(x);
  if (array.ndim === 0) throw new ValueError("Input array must be at least 1-d.");
  const moved = moveaxis(array, options.axis ?? 0, 0);
  return Array.from({ length: moved.shape[0]! }, (_, i) => moved.at(i));
}
