// Numbers in a row: `arange`, `linspace`, `logspace`, `meshgrid`, triangles and diagonals of matrices.

import { bind, isOptions, type Signature } from "../core/arguments.ts";
import { bool, type DType, float64, int64 } from "../core/dtype.ts";
import { PythonError, PythonTypeError, ValueError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import { assign } from "./assign.ts";
import { withType } from "./casting.ts";
import { broadcastTo } from "./flips.ts";
import type { ItemArray } from "./item-array.ts";
import { itemArray } from "./item-creation.ts";
import { type ItemTypeLike, itemTypeOf } from "./item-types.ts";
import { allocate, asArray, fromValues } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { resultType } from "./promotion.ts";
import { kindOf, scalarOf } from "./scalars.ts";
import { type ArrayLike, type DTypeLike, optionalDtype, type PyScalar } from "./types.ts";
import { where } from "./ufunc-functions.ts";
import { add, divide, floor, greaterEqual, multiply, power, subtract } from "./ufuncs.ts";
import { expandDims, moveaxis } from "./views.ts";

interface ArangeOptions {
  readonly start?: PyScalar;
  readonly stop?: PyScalar;
  readonly step?: PyScalar;
  readonly dtype?: DTypeLike | null;
}

/** Numbers from `start` to before `stop`, `step` apart (`numpy.arange`): int64 where all three are whole. */
export function arange(
  ...args: readonly [...PyScalar[], Omit<ArangeOptions, "dtype"> & { readonly dtype: ItemTypeLike }]
): ItemArray;
export function arange(...args: readonly (PyScalar | DTypeLike | ArangeOptions | null)[]): NDArray;
export function arange(...args: readonly unknown[]): NDArray | ItemArray {
  const last = args.at(-1);
  const { dtype, ...others }: { dtype?: unknown } = isOptions(last) ? last : {};
  const type = itemTypeOf(dtype);
  if (type === undefined) return numbersInRow(args as Parameters<typeof numbersInRow>[0]);
  return itemArray(numbersInRow([...(args.slice(0, -1) as PyScalar[]), others]), type);
}

function numbersInRow(args: readonly (PyScalar | DTypeLike | ArangeOptions | null)[]): NDArray {
  const last = args.at(-1);
  const options = isOptions(last) ? (last as ArangeOptions) : {};
  const given = (isOptions(last) ? args.slice(0, -1) : args) as readonly PyScalar[];
  if (given.length === 0 && options.stop === undefined) {
    throw new PythonTypeError("arange() requires stop to be specified.");
  }
  const isSingle = given.length <= 1 && options.stop === undefined;
  const start = isSingle ? 0 : (options.start ?? given[0] ?? 0);
  const stop = (isSingle ? given[0] : (options.stop ?? given[1])) ?? 0;
  const step = options.step ?? given[2] ?? 1;
  const dtype = optionalDtype(options.dtype ?? (given[3] as unknown as DTypeLike | undefined));
  const numbers = [start, stop, step];
  const natural = numbers.every((each) => kindOf(each) === "int" || kindOf(each) === "bool")
    ? int64
    : float64;
  const [from, to, by] = numbers.map((each) => Number(scalarOf(each))) as [number, number, number];
  if (by === 0) {
    throw new PythonError(
      "ZeroDivisionError",
      natural === int64 ? "division by zero" : "float division by zero",
    );
  }
  const length = Math.max(Math.ceil((to - from) / by), 0);
  const type = dtype ?? natural;
  // The step is the difference of the first two elements, as they are after conversion.
  const values = Array.from({ length }, (_, i) => from + i * (from + by - from));
  const isWhole = type.isInteger && natural === float64;
  const converted = isWhole
    ? values.map((_, i) => Math.trunc(from) + i * (Math.trunc(from + by) - Math.trunc(from)))
    : values;
  return fromValues(type, [length], converted);
}

interface LinspaceOptions {
  readonly num: number;
  readonly endpoint: boolean;
  readonly retstep: boolean;
  readonly dtype: DTypeLike | null;
  readonly axis: number;
}

/** Arguments of `linspace`. */
export type LinspaceArguments = Signature<
  [num: number, endpoint: boolean, retstep: boolean, dtype: DTypeLike | null, axis: number],
  Partial<LinspaceOptions>
>;

/** Evenly spaced numbers from `start` to `stop`, which is the last one (`numpy.linspace`). */
export function linspace(start: ArrayLike, stop: ArrayLike, ...args: LinspaceArguments): NDArray {
  const options = bind<LinspaceOptions>("linspace", ["num", "endpoint", "retstep", "dtype", "axis"], args, {
    num: 50,
    endpoint: true,
    retstep: false,
    dtype: null,
    axis: 0,
  });
  const { num, endpoint } = options;
  if (num < 0) throw new ValueError(`Number of samples, ${num}, must be non-negative.`);
  const spaces = endpoint ? num - 1 : num;
  const type: DType = resultType(asArray(start), asArray(stop), 1.5);
  const dtype = optionalDtype(options.dtype) ?? type;
  const [first, last] = [asArray(multiply(start, 1.0)), asArray(multiply(stop, 1.0))];
  const delta = subtract(withType(last, type), withType(first, type));
  const counts = fromValues(
    float64,
    [num],
    Array.from({ length: num }, (_, i) => i),
  ).astype(type.isComplex ? float64 : type);
  const column = counts.reshape([num, ...delta.shape.map(() => 1)]);
  const steps = spaces > 0 ? divide(delta, spaces) : delta;
  const offsets = multiply(column, steps);
  const values = add(offsets, withType(first, type));
  if (endpoint && num > 1) assign(values.at(-1, "..."), withType(last, type));
  if (options.retstep) throw new ValueError("linspace: retstep is not given here; subtract two samples");
  const placed = options.axis === 0 ? values : moveaxis(values, 0, options.axis);
  return withType(dtype.isInteger ? floor(placed) : placed, dtype);
}

/** Numbers evenly spaced on a logarithmic scale (`numpy.logspace`). */
export function logspace(
  start: ArrayLike,
  stop: ArrayLike,
  ...args: Signature<
    [num: number, endpoint: boolean, base: number, dtype: DTypeLike | null],
    {
      readonly num?: number;
      readonly endpoint?: boolean;
      readonly base?: number;
      readonly dtype?: DTypeLike | null;
    }
  >
): NDArray {
  const options = bind<{ num: number; endpoint: boolean; base: number; dtype: DTypeLike | null }>(
    "logspace",
    ["num", "endpoint", "base", "dtype"],
    args,
    { num: 50, endpoint: true, base: 10, dtype: null },
  );
  const exponents = linspace(start, stop, options.num, options.endpoint);
  const values = power(asArray(options.base).astype(float64), exponents);
  const dtype = optionalDtype(options.dtype);
  return dtype === undefined ? values : values.astype(dtype);
}

/** Coordinates of a grid: for each vector an array that varies along its axis (`numpy.meshgrid`). */
export function meshgrid(...args: readonly (ArrayLike | { readonly indexing?: "xy" | "ij" })[]): NDArray[] {
  const last = args.at(-1);
  const options = isOptions(last) ? (last as { indexing?: "xy" | "ij" }) : {};
  const given = (isOptions(last) ? args.slice(0, -1) : args) as readonly ArrayLike[];
  const vectors = given.map((each) => asArray(each).reshape(-1));
  const places = vectors.map((_, i) =>
    (options.indexing ?? "xy") === "xy" && i < 2 && vectors.length > 1 ? 1 - i : i,
  );
  const shape = vectors.map((_, axis) => vectors[places.indexOf(axis)]!.size);
  return vectors.map((vector, i) => {
    const own = shape.map((_, axis) => (axis === places[i] ? vector.size : 1));
    return broadcastTo(vector.reshape(own), shape).copy();
  });
}

/** A vector as the diagonal of a matrix, or a matrix's diagonal (`numpy.diag`). */
export function diag(v: ArrayLike, ...args: Signature<[k: number], { readonly k?: number }>): NDArray {
  const { k } = bind<{ k: number }>("diag", ["k"], args, { k: 0 });
  const array = asArray(v);
  if (array.ndim === 2) return array.diagonal(k);
  if (array.ndim !== 1) throw new ValueError("Input must be 1- or 2-d.");
  const n = array.size + Math.abs(k);
  const result = allocate(Layout.contiguous(array.dtype, [n, n]));
  const offset = k >= 0 ? k : -k * n;
  assign({ storage: result.storage, layout: new Layout(array.dtype, [array.size], [n + 1], offset) }, array);
  return result;
}

/** True on and below a diagonal (`numpy.tri`), as numbers. */
export function tri(
  N: number,
  ...args: Signature<
    [M: number | null, k: number, dtype: DTypeLike],
    { readonly M?: number | null; readonly k?: number; readonly dtype?: DTypeLike }
  >
): NDArray {
  const options = bind<{ M: number | null; k: number; dtype: DTypeLike }>("tri", ["M", "k", "dtype"], args, {
    M: null,
    k: 0,
    dtype: "float64",
  });
  const rows = expandDims(arange(N), 1);
  const columns = arange(-options.k, (options.M ?? N) - options.k);
  return greaterEqual(rows, columns).astype(options.dtype);
}

/** The matrix with zeros above a diagonal (`numpy.tril`). */
export function tril(m: ArrayLike, ...args: Signature<[k: number], { readonly k?: number }>): NDArray {
  const { k } = bind<{ k: number }>("tril", ["k"], args, { k: 0 });
  const array = asArray(m);
  const mask = tri(array.shape[array.ndim - 2]!, array.shape[array.ndim - 1]!, k, bool);
  return where(mask, array, fromValues(array.dtype, [], [0])) as NDArray;
}

/** The matrix with zeros below a diagonal (`numpy.triu`). */
export function triu(m: ArrayLike, ...args: Signature<[k: number], { readonly k?: number }>): NDArray {
  const { k } = bind<{ k: number }>("triu", ["k"], args, { k: 0 });
  const array = asArray(m);
  const mask = tri(array.shape[array.ndim - 2]!, array.shape[array.ndim - 1]!, k - 1, bool);
  return where(mask, fromValues(array.dtype, [], [0]), array) as NDArray;
}
