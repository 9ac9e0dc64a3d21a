// Numbers in a row: `arange`, `linspace`, `logspace`, `meshgrid`, triangles and diagonals of matrices.

import { bind, isOptions, type Signature } from "../core/arguments.ts";
import { bool, type DType, float64, int64 } from "../core/dtype.ts";
import { PythonError, PythonTypeError, ValueError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import { float } from "../core/python.ts";
import { assign } from "./assign.ts";
import { withType } from "./casting.ts";
import { broadcastArrays } from "./flips.ts";
import type { ItemArray } from "./item-array.ts";
import { itemArray } from "./item-creation.ts";
import { type ItemTypeLike, itemTypeOf } from "./item-types.ts";
import { allocate, asArray, asScalar, fromValues } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { promoteTypes, resultType } from "./promotion.ts";
import { any } from "./reductions.ts";
import { isPyScalar, kindOf, scalarOf } from "./scalars.ts";
import { type ArrayLike, type DTypeLike, optionalDtype, type PyScalar } from "./types.ts";
import { where } from "./ufunc-functions.ts";
import { add, divide, equal, floor, greaterEqual, log10, multiply, power, sign, subtract } from "./ufuncs.ts";
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

/** A number that takes part with its own type, and one of Python's that gives way. */
function endOf(value: ArrayLike): NDArray {
  const array = asArray(value);
  return array.isScalar ? array.viewAs(array.layout) : array;
}

/** Evenly spaced numbers from `start` to `stop`, which is the last one (`numpy.linspace`). */
export function linspace(start: ArrayLike, stop: ArrayLike, ...args: LinspaceArguments): NDArray;
export function linspace(
  start: ArrayLike,
  stop: ArrayLike,
  options: Partial<LinspaceOptions> & { readonly retstep: true },
): [NDArray, NDArray | number];
export function linspace(
  start: ArrayLike,
  stop: ArrayLike,
  ...args: readonly unknown[]
): NDArray | [NDArray, NDArray | number] {
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
  const [first, last] = [endOf(start), endOf(stop)];
  const common = resultType(first, last, 1.5);
  const dtype = optionalDtype(options.dtype) ?? common;
  const type: DType = dtype.isInteger ? float64 : common;
  const delta = subtract(last, first, { dtype: common });
  const counts = fromValues(
    type,
    [num],
    Array.from({ length: num }, (_, i) => i),
  ).reshape([num, ...delta.shape.map(() => 1)]);
  const step = spaces > 0 ? divide(delta, spaces) : Number.NaN;
  let offsets: NDArray;
  if (spaces <= 0) offsets = multiply(counts, delta);
  else if (any(equal(step, 0)).item() === true) offsets = multiply(divide(counts, spaces), delta);
  else offsets = multiply(counts, step);
  const values = add(offsets, first, { dtype: offsets.dtype, casting: "unsafe" });
  if (endpoint && num > 1) values.set([-1, "..."], last);
  const placed = options.axis === 0 ? values : moveaxis(values, 0, options.axis);
  const result = withType(dtype.isInteger ? floor(placed) : placed, dtype);
  if (!options.retstep) return result;
  return [result, typeof step === "number" || step.ndim > 0 ? step : asScalar(step)];
}

interface LogspaceOptions {
  readonly num: number;
  readonly endpoint: boolean;
  readonly base: ArrayLike;
  readonly dtype: DTypeLike | null;
  readonly axis: number;
}

/** Numbers evenly spaced on a logarithmic scale, from base ** start to base ** stop (`numpy.logspace`). */
export function logspace(
  start: ArrayLike,
  stop: ArrayLike,
  ...args: Signature<
    [num: number, endpoint: boolean, base: ArrayLike, dtype: DTypeLike | null, axis: number],
    Partial<LogspaceOptions>
  >
): NDArray {
  const names = ["num", "endpoint", "base", "dtype", "axis"] as const;
  const { num, endpoint, axis, ...options } = bind<LogspaceOptions>("logspace", [...names], args, {
    num: 50,
    endpoint: true,
    base: float(10),
    dtype: null,
    axis: 0,
  });
  let [first, last, base]: ArrayLike[] = [start, stop, options.base] as [ArrayLike, ArrayLike, ArrayLike];
  if (!isPyScalar(base!) && asArray(base!).ndim > 0) {
    const ends = [first!, last!, base!].map((each) => asArray(each));
    const rank = Math.max(...ends.map((each) => each.ndim));
    const wide = ends.map((each) =>
      each.reshape([...new Array<number>(rank - each.ndim).fill(1), ...each.shape]),
    );
    [first, last, base] = [wide[0]!, wide[1]!, expandDims(wide[2]!, axis)];
  }
  const exponents = linspace(first!, last!, { num, endpoint, axis }) as NDArray;
  const values = power(base!, exponents);
  const dtype = optionalDtype(options.dtype);
  return dtype === undefined ? values : values.astype(dtype);
}

interface GeomspaceOptions {
  readonly num: number;
  readonly endpoint: boolean;
  readonly dtype: DTypeLike | null;
  readonly axis: number;
}

/** Numbers of which each is the same multiple of the one before (`numpy.geomspace`). */
export function geomspace(
  start: ArrayLike,
  stop: ArrayLike,
  ...args: Signature<
    [num: number, endpoint: boolean, dtype: DTypeLike | null, axis: number],
    Partial<GeomspaceOptions>
  >
): NDArray {
  const names = ["num", "endpoint", "dtype", "axis"] as const;
  const { num, endpoint, axis, ...options } = bind<GeomspaceOptions>("geomspace", [...names], args, {
    num: 50,
    endpoint: true,
    dtype: null,
    axis: 0,
  });
  const ends = [endOf(start), endOf(stop)] as const;
  if (ends.some((end) => any(equal(end, 0)).item() === true)) {
    throw new ValueError("Geometric sequence cannot include zero");
  }
  const given = optionalDtype(options.dtype);
  const type = resultType(...ends, 1.5, given ?? float64);
  const [first, last] = ends.map((end) => withType(end, type)) as [NDArray, NDArray];
  const direction = sign(first);
  const [from, to] = [divide(first, direction), divide(last, direction)];
  const result = logspace(log10(from), log10(to), { num, endpoint, base: float(10), dtype: type });
  if (num > 0) result.set([0], from);
  if (num > 1 && endpoint) result.set([-1], to);
  const values = multiply(result, direction);
  const placed = axis === 0 ? values : moveaxis(values, 0, axis);
  return withType(placed, given ?? type);
}

interface MeshgridOptions {
  readonly copy: boolean;
  readonly sparse: boolean;
  readonly indexing: "xy" | "ij";
}

/**
 * Coordinates of a grid: for each vector an array that varies along its axis (`numpy.meshgrid`); with `sparse` along that
 * axis alone.
 */
export function meshgrid(...args: readonly (ArrayLike | Partial<MeshgridOptions>)[]): NDArray[] {
  const last = args.at(-1);
  const given = (isOptions(last) ? args.slice(0, -1) : args) as readonly ArrayLike[];
  const options = bind<MeshgridOptions>("meshgrid", [], isOptions(last) ? [last] : [], {
    copy: true,
    sparse: false,
    indexing: "xy",
  });
  if (options.indexing !== "xy" && options.indexing !== "ij") {
    throw new ValueError("Valid values for `indexing` are 'xy' and 'ij'.");
  }
  const isSwapped = options.indexing === "xy" && given.length > 1;
  const open = given.map((each, i) => {
    const place = isSwapped && i < 2 ? 1 - i : i;
    return asArray(each).reshape(given.map((_, axis) => (axis === place ? -1 : 1)));
  });
  const grids = options.sparse ? open : broadcastArrays(...open);
  return options.copy ? grids.map((grid) => grid.copy()) : grids;
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

/** True on and below a diagonal of the last two axes; of a vector, of a square. */
function triangleOf(array: NDArray, k: number): NDArray {
  if (array.ndim === 0) throw new PythonTypeError("tri() missing 1 required positional argument: 'N'");
  const [rows, columns] = array.shape.slice(-2) as [number, number?];
  return tri(rows, columns ?? rows, k, bool);
}

/** The matrix with zeros above a diagonal (`numpy.tril`). */
export function tril(m: ArrayLike, ...args: Signature<[k: number], { readonly k?: number }>): NDArray {
  const { k } = bind<{ k: number }>("tril", ["k"], args, { k: 0 });
  const array = asArray(m);
  const mask = triangleOf(array, k);
  return where(mask, array, fromValues(array.dtype, [], [0])) as NDArray;
}

/** The matrix with zeros below a diagonal (`numpy.triu`). */
export function triu(m: ArrayLike, ...args: Signature<[k: number], { readonly k?: number }>): NDArray {
  const { k } = bind<{ k: number }>("triu", ["k"], args, { k: 0 });
  const array = asArray(m);
  const mask = triangleOf(array, k - 1);
  return where(mask, fromValues(array.dtype, [], [0]), array) as NDArray;
}

interface VanderOptions {
  readonly N: number | null;
  readonly increasing: boolean;
}

/** Powers of a vector's elements in rows, falling unless said otherwise (`numpy.vander`). @throws ValueError */
export function vander(
  x: ArrayLike,
  ...args: Signature<[N: number | null, increasing: boolean], Partial<VanderOptions>>
): NDArray {
  const { N, increasing } = bind<VanderOptions>("vander", ["N", "increasing"], args, {
    N: null,
    increasing: false,
  });
  const vector = asArray(x);
  if (vector.ndim !== 1) throw new ValueError("x must be a one-dimensional array or sequence.");
  const columns = N ?? vector.size;
  const result = allocate(Layout.contiguous(promoteTypes(vector.dtype, int64), [vector.size, columns]));
  const rising = increasing ? result : result.at(":", "::-1");
  if (columns > 0) rising.set([":", 0], 1);
  for (let power = 1; power < columns; power++) {
    rising.set([":", power], multiply(rising.at(":", power - 1), withType(vector, result.dtype)));
  }
  return result;
}
