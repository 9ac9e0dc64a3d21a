// Writing at places and choosing among arrays: `put`, `place`, `putmask`, `put_along_axis`, `fill_diagonal`, `choose`,
// `select`, `piecewise`, `extract`, `compress`.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, int64 } from "../core/dtype.ts";
import { elements, isTruthy, type Scalar, setterOf } from "../core/elements.ts";
import { IndexError, PythonTypeError, ValueError } from "../core/errors.ts";
import { assign } from "./assign.ts";
import { normalizeAxis } from "./axes.ts";
import { checkCast, converted, withType } from "./casting.ts";
import { checkWriteable, valueFor } from "./contents.ts";
import { full, zerosLike } from "./creation.ts";
import { broadcastArrays, broadcastShapes } from "./flips.ts";
import { asArray, fromValues } from "./make.ts";
import { concatenate, copyto, placeOf, type TakeMode, take } from "./manipulation.ts";
import { NDArray } from "./ndarray.ts";
import { resultType } from "./promotion.ts";
import { any } from "./reductions.ts";
import { isPyScalar } from "./scalars.ts";
import { flatnonzero } from "./sorting.ts";
import type { ArrayLike } from "./types.ts";
import { logicalNot } from "./ufuncs.ts";
import { ravel } from "./views.ts";

/** Values as an array of that array's type. */
function valuesFor(array: NDArray, values: ArrayLike): NDArray {
  return withType(asArray(valueFor(array, values) as ArrayLike), array.dtype);
}

/** Replaces elements by their places in row-major order. */
function writeFlat(array: NDArray, entries: Iterable<readonly [place: number, value: Scalar]>): void {
  const flat = converted(array, array.dtype, "C");
  const [set, data] = [setterOf(array.dtype), flat.storage.view(array.dtype)];
  for (const [place, value] of entries) set(data, place, value);
  assign(array, flat);
}

/** What must be an array of NumPy's, as its own memory is written. */
function checkArray(name: string, argument: string, value: unknown): asserts value is NDArray {
  if (value instanceof NDArray) return;
  throw new PythonTypeError(`${name}() argument ${argument} must be numpy.ndarray`);
}

/** Arguments of `put` behind places and values. */
export type PutArguments = Signature<[mode: TakeMode], { readonly mode?: TakeMode }>;

/** Writes values at places in row-major order, from the beginning again where they run out (`numpy.put`). */
export function put(a: NDArray, ind: ArrayLike, v: ArrayLike, ...args: PutArguments): void {
  const { mode } = bind<{ mode: TakeMode }>("put", ["mode"], args, { mode: "raise" });
  checkWriteable(a, "put: output array");
  const indices = asArray(ind);
  if (indices.size > 0) checkCast(indices, int64, "safe");
  const values = elements(valuesFor(a, v));
  const list = elements(indices).map(Number);
  if (list.length === 0) return;
  if (a.size === 0) throw new IndexError("cannot replace elements of an empty array");
  if (values.length === 0) return;
  const places = list.map((index) => {
    if (mode !== "raise" || (index >= -a.size && index < a.size)) return placeOf(index, a.size, 0, mode);
    throw new IndexError(`index ${index} is out of bounds for axis 0 with size ${a.size}`);
  });
  writeFlat(
    a,
    places.map((place, i) => [place, values[i % values.length]!] as const),
  );
}

/** Writes the values one after another where the mask is true (`numpy.place`). */
export function place(arr: NDArray, mask: ArrayLike, vals: ArrayLike): void {
  checkArray("place", "1", arr);
  checkWriteable(arr, "assignment destination");
  const flags = elements(asArray(mask)).map(isTruthy);
  if (flags.length !== arr.size) throw new ValueError("place: mask and data must be the same size");
  const values = elements(valuesFor(arr, vals));
  const places = flags.flatMap((isSet, i) => (isSet ? [i] : []));
  if (values.length === 0) {
    if (places.length === 0) return;
    throw new ValueError("Cannot insert from an empty array!");
  }
  writeFlat(
    arr,
    places.map((at, i) => [at, values[i % values.length]!] as const),
  );
}

/** Writes where the mask is true the value at the same place, from the beginning again where they run out (`numpy.putmask`). */
export function putmask(a: NDArray, mask: ArrayLike, values: ArrayLike): void {
  checkArray("putmask", "1", a);
  checkWriteable(a, "putmask: output array");
  const flags = elements(asArray(mask)).map(isTruthy);
  if (flags.length !== a.size) throw new ValueError("putmask: mask and data must be the same size");
  if (values instanceof NDArray) checkCast(asArray(values), a.dtype, "safe");
  const list = elements(valuesFor(a, values));
  if (list.length === 0) return;
  writeFlat(
    a,
    flags.flatMap((isSet, i) => (isSet ? [[i, list[i % list.length]!] as const] : [])),
  );
}

/** Writes for each index into its own line along the axis (`numpy.put_along_axis`). */
export function putAlongAxis(
  arr: NDArray,
  indices: ArrayLike,
  values: ArrayLike,
  axis: number | null | { readonly axis: number | null },
): void {
  const given = typeof axis === "object" && axis !== null ? axis.axis : axis;
  const index = asArray(indices);
  if (given === null) {
    if (index.ndim !== 1) {
      throw new ValueError("when axis=None, `indices` must have a single dimension.");
    }
    // Kept as NumPy has it: what is written to is a copy.
    ravel(arr).copy().set([index], values);
    return;
  }
  arr.set(alongAxisIndex(arr, index, normalizeAxis(given, arr.ndim)), values);
}

/** The index that names for each of `indices` the element of its own line. @throws IndexError, ValueError */
export function alongAxisIndex(array: NDArray, indices: NDArray, axis: number): NDArray[] {
  if (!indices.dtype.isInteger) throw new IndexError("`indices` must be an integer array");
  if (array.ndim !== indices.ndim) {
    throw new ValueError("`indices` and `arr` must have the same number of dimensions");
  }
  return array.shape.map((length, each) => {
    if (each === axis) return indices;
    const places = Array.from({ length }, (_, i) => BigInt(i));
    return fromValues(int64, [length], places).reshape(array.shape.map((_, i) => (i === each ? -1 : 1)));
  });
}

/** Writes the main diagonal in place (`numpy.fill_diagonal`). @throws ValueError */
export function fillDiagonal(
  a: NDArray,
  val: ArrayLike,
  ...args: Signature<[wrap: boolean], { readonly wrap?: boolean }>
): void {
  const { wrap } = bind<{ wrap: boolean }>("fill_diagonal", ["wrap"], args, { wrap: false });
  if (a.ndim < 2) throw new ValueError("array must be at least 2-d");
  const [rows, columns] = a.shape as [number, number];
  if (a.ndim > 2 && a.shape.some((length) => length !== rows)) {
    throw new ValueError("All dimensions of input must be of equal length");
  }
  const step = a.shape.slice(1).reduceRight((sum, _, i) => {
    return sum + a.shape.slice(i + 1).reduce((n, length) => n * length, 1);
  }, 1);
  const end = a.ndim === 2 && !wrap ? Math.min(columns * columns, a.size) : a.size;
  const places = Array.from({ length: Math.ceil(end / step) }, (_, i) => i * step);
  const values = elements(valuesFor(a, val));
  if (values.length === 0 || places.length === 0) return;
  checkWriteable(a, "assignment destination");
  writeFlat(
    a,
    places.map((at, i) => [at, values[i % values.length]!] as const),
  );
}

interface ChooseOptions {
  readonly out: NDArray | null;
  readonly mode: TakeMode;
}

/** Arguments of `choose` behind the choices. */
export type ChooseArguments = Signature<[out: NDArray | null, mode: TakeMode], Partial<ChooseOptions>>;

/** For each index the element of that choice at its place (`numpy.choose`). */
export function choose(
  a: ArrayLike,
  choices: ArrayLike | readonly ArrayLike[],
  ...args: ChooseArguments
): NDArray {
  const { out, mode } = bind<ChooseOptions>("choose", ["out", "mode"], args, { out: null, mode: "raise" });
  const list: NDArray[] = Array.isArray(choices)
    ? choices.map((each) => asArray(each))
    : [...asArray(choices)];
  const index = asArray(a);
  checkCast(index, int64, "safe");
  const dtype = resultType(...list);
  broadcastShapes(...list.map((each) => each.shape), index.shape);
  const [places, ...arrays] = broadcastArrays(index, ...list.map((each) => withType(each, dtype)));
  const values = arrays.map((each) => elements(each));
  const picked = elements(places!).map((value, i) => {
    const at = Number(value);
    if (mode === "raise" && (at < 0 || at >= list.length)) {
      throw new ValueError("invalid entry in choice array");
    }
    return values[placeOf(at, list.length, 0, mode)]![i]!;
  });
  const result = fromValues(dtype, places!.shape, picked);
  if (out === null) return result.ndim === 0 ? result.at() : result;
  assign(out, result);
  return out;
}

/** For each place the choice of the first condition that holds there (`numpy.select`). */
export function select(
  condlist: readonly ArrayLike[],
  choicelist: readonly ArrayLike[],
  ...args: Signature<[defaultValue: ArrayLike], { readonly default?: ArrayLike }>
): NDArray {
  const bound = bind<{ default: ArrayLike }>("select", ["default"], args, { default: 0 });
  if (condlist.length !== choicelist.length) {
    throw new ValueError("list of cases must be same length as list of conditions");
  }
  if (condlist.length === 0) throw new ValueError("select with an empty condition list is not possible");
  const choices = [...choicelist, bound.default].map((each) => (isPyScalar(each) ? each : asArray(each)));
  const dtype = resultType(...choices);
  const conditions = broadcastArrays(...condlist);
  const arrays = broadcastArrays(...choices.map((each) => asArray(each)));
  conditions.forEach((condition, i) => {
    if (condition.dtype === bool) return;
    throw new PythonTypeError(`invalid entry ${i} in condlist: should be boolean ndarray`);
  });
  const shape = broadcastArrays(conditions[0]!, arrays[0]!)[0]!.shape;
  const result = full([...shape], arrays.at(-1)!, { dtype });
  for (let i = condlist.length - 1; i >= 0; i--) {
    copyto(result, arrays[i]!, { where: conditions[i]!, casting: "unsafe" });
  }
  return result;
}

/** What `piecewise` puts where a condition holds: a value, or a function of the elements there. */
export type Piece = ArrayLike | ((x: NDArray) => ArrayLike);

/** A function given in pieces; one more than the conditions is for all other places (`numpy.piecewise`). */
export function piecewise(
  x: ArrayLike,
  condlist: ArrayLike | readonly ArrayLike[],
  funclist: readonly Piece[],
): NDArray {
  const array = asArray(x);
  if (condlist instanceof NDArray && condlist.ndim > 1) return piecewise(array, [...condlist], funclist);
  const isSeveral = Array.isArray(condlist) && (Array.isArray(condlist[0]) || condlist[0] instanceof NDArray);
  const list = isSeveral || (Array.isArray(condlist) && array.ndim === 0) ? condlist : [condlist];
  const conditions = (list as readonly ArrayLike[]).map((each) => asArray(each).astype(bool));
  const count = conditions.length;
  if (funclist.length === count + 1) {
    conditions.push(
      logicalNot(any(concatenate(conditions.map((each) => each.reshape([1, ...each.shape]))), 0)),
    );
  } else if (funclist.length !== count) {
    throw new ValueError(
      `with ${count} condition(s), either ${count} or ${count + 1} functions are expected`,
    );
  }
  const result = zerosLike(array);
  conditions.forEach((condition, i) => {
    const piece = funclist[i]!;
    if (typeof piece !== "function") {
      result.set([condition], piece);
      return;
    }
    const values = array.at(condition);
    if (values.size > 0) result.set([condition], piece(values));
  });
  return result;
}

/** The elements where the condition holds, in row-major order (`numpy.extract`). */
export function extract(condition: ArrayLike, arr: ArrayLike): NDArray {
  return take(ravel(arr), flatnonzero(condition));
}

interface CompressOptions {
  readonly axis: number | null;
  readonly out: NDArray | null;
}

/** Arguments of `compress` behind condition and array. */
export type CompressArguments = Signature<
  [axis: number | null, out: NDArray | null],
  Partial<CompressOptions>
>;

/** Slices along an axis where the condition holds, or elements of all (`numpy.compress`). */
export function compress(condition: ArrayLike, a: ArrayLike, ...args: CompressArguments): NDArray {
  const { axis, out } = bind<CompressOptions>("compress", ["axis", "out"], args, { axis: null, out: null });
  const mask = asArray(condition);
  if (mask.ndim !== 1) throw new ValueError("condition must be a 1-d array");
  return take(a, flatnonzero(mask), { axis, out });
}
