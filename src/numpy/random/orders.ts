// Random orders: `shuffle`, `permutation` and `permuted` of numpy.random. Both generators draw them alike.

import { bind, type Signature } from "../../core/arguments.ts";
import { elements, forEachPosition } from "../../core/elements.ts";
import { IndexError, NotImplementedError, PythonTypeError, ValueError } from "../../core/errors.ts";
import { keepAxes, sameShape } from "../../core/layout.ts";
import { type BitStream, shuffledOrder, shuffleItems } from "../../random/index.ts";
import { assign } from "../assign.ts";
import { normalizeAxis } from "../axes.ts";
import { checkCast, converted } from "../casting.ts";
import { ItemArray } from "../item-array.ts";
import { holdsItems, itemArray } from "../item-creation.ts";
import { PyTuple } from "../item-files.ts";
import { asArray, isArraySource } from "../make.ts";
import { taken } from "../manipulation.ts";
import { NDArray } from "../ndarray.ts";
import { isOperand, isPyScalar, isTypedArray, kindOf } from "../scalars.ts";
import type { ArrayLike } from "../types.ts";
import { indexArray } from "./integers.ts";

/** What can be shuffled in place: arrays, tensors, typed arrays and lists. */
export type Shuffled = ArrayLike | ItemArray | unknown[];

/** An array-like as an array of numbers or of items. */
export function anyArray(x: unknown): NDArray | ItemArray {
  if (x instanceof ItemArray) return x;
  return holdsItems(x) ? itemArray(x) : asArray(x as ArrayLike);
}

/** The parts of an array along an axis, picked. */
export function picked(array: NDArray, places: NDArray, axis: number): NDArray;
export function picked(array: NDArray | ItemArray, places: NDArray, axis: number): NDArray | ItemArray;
export function picked(array: NDArray | ItemArray, places: NDArray, axis: number): NDArray | ItemArray {
  if (array instanceof NDArray) return taken(array, places, axis);
  return array.at(...new Array<string>(axis).fill(":"), places);
}

/** @throws TypeError for what has no length or takes no items */
function refuse(x: unknown): never {
  if (typeof x === "string") throw new PythonTypeError("'str' object does not support item assignment");
  if (x instanceof PyTuple) throw new PythonTypeError("'tuple' object does not support item assignment");
  const type = isPyScalar(x) ? kindOf(x) : x === null || x === undefined ? "NoneType" : typeof x;
  throw new PythonTypeError(`object of type '${type}' has no len()`);
}

function writableArray(x: unknown): NDArray | ItemArray | undefined {
  if (x instanceof ItemArray) return x;
  if (!isOperand(x) && !isTypedArray(x) && !isArraySource(x)) return undefined;
  const array = asArray(x as ArrayLike);
  if (array.ndim === 0) throw new PythonTypeError("len() of unsized object");
  if (!array.writeable) throw new ValueError("array is read-only");
  return array;
}

/**
 * Shuffles in place along an axis (`numpy.random.Generator.shuffle`); of a list its items.
 * @throws TypeError for what cannot be written, AxisError
 */
export function shuffle(stream: BitStream, x: unknown, along = 0): void {
  const array = writableArray(x);
  if (array === undefined) {
    if (!Array.isArray(x) || x instanceof PyTuple) refuse(x);
    if (along !== 0) throw new NotImplementedError("Axis argument is only supported on ndarray objects");
    shuffleItems(x, stream);
    return;
  }
  const axis = normalizeAxis(along, array.ndim);
  if (array.size === 0) return;
  const order = shuffledOrder(array.shape[axis]!, stream);
  const shuffled = picked(array, indexArray(order, [order.length]), axis);
  if (array instanceof NDArray) assign(array, shuffled as NDArray);
  else array.set("...", shuffled);
}

/** The number that a whole number is, given as Python's or NumPy's. */
function countOf(x: unknown): number | undefined {
  if (isPyScalar(x)) return kindOf(x) === "int" ? Number(x) : undefined;
  return x instanceof NDArray && x.ndim === 0 && x.dtype.isInteger ? Number(elements(x)[0]) : undefined;
}

/** The numbers 0 to n - 1 in random order. */
function permutedRange(stream: BitStream, n: number): NDArray {
  const order = shuffledOrder(Math.max(n, 0), stream);
  return indexArray(order, [order.length]);
}

/**
 * A copy in random order along an axis, or the numbers below `x` (`numpy.random.Generator.permutation`).
 * @throws AxisError
 */
export function permutation(stream: BitStream, x: unknown, along: number): NDArray | ItemArray {
  const count = countOf(x);
  if (count !== undefined) return permutedRange(stream, count);
  const array = anyArray(x);
  const axis = normalizeAxis(along, array.ndim);
  return picked(array, permutedRange(stream, array.shape[axis]!), axis);
}

/**
 * The same as RandomState has it, along the first axis.
 * @throws IndexError for a value without axes
 */
export function legacyPermutation(stream: BitStream, x: unknown): NDArray | ItemArray {
  const count = countOf(x);
  if (count !== undefined) return permutedRange(stream, count);
  const array = anyArray(x);
  if (array.ndim < 1) throw new IndexError("x must be an integer or at least 1-dimensional");
  return picked(array, permutedRange(stream, array.shape[0]!), 0);
}

interface PermutedOptions {
  readonly axis: number | null;
  readonly out: NDArray | null;
}

/** Arguments of `permuted` behind the array. */
export type PermutedArguments = Signature<
  [axis?: number | null, out?: NDArray | null],
  Partial<PermutedOptions>
>;

/**
 * A copy of which each row along an axis is shuffled by itself, without an axis all elements
 * (`numpy.random.Generator.permuted`).
 * @throws AxisError, TypeError, ValueError for an `out` that does not fit
 */
export function permuted(stream: BitStream, x: ArrayLike, args: PermutedArguments): NDArray {
  const { axis, out } = bind<PermutedOptions>("permuted", ["axis", "out"], args, { axis: null, out: null });
  const given = asArray(x);
  const result = out ?? converted(given, given.dtype);
  if (!(result instanceof NDArray)) throw new PythonTypeError("out must be a numpy array");
  if (out !== null) {
    if (!sameShape(out.shape, given.shape)) throw new ValueError("out must have the same shape as x");
    checkCast(given, out.dtype, "safe");
    assign(out, given);
  }
  if (axis === null) {
    if (result.ndim === 0) throw new PythonTypeError("len() of unsized object");
    permuteAll(stream, result);
    return result;
  }
  const along = normalizeAxis(axis, result.ndim);
  if (result.size > 0) permuteRows(stream, result, along);
  return result;
}

/** Shuffles all elements: in the order of memory where that is without gaps, else row by row. */
function permuteAll(stream: BitStream, array: NDArray): void {
  const { layout } = array;
  const flat = array.ravel({ order: "A" });
  const isView = flat.storage === array.storage;
  shuffle(stream, flat);
  if (!isView) assign(array, flat.reshape(layout.shape as number[]));
}

function permuteRows(stream: BitStream, array: NDArray, axis: number): void {
  const { layout, storage } = array;
  const rows = keepAxes(layout, (other) => other !== axis);
  forEachPosition(rows, (start) => {
    shuffle(stream, new NDArray(storage, layout.with([layout.shape[axis]!], [layout.strides[axis]!], start)));
  });
}
