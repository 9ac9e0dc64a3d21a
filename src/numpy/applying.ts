// Functions of one's own over arrays: `apply_along_axis`, `apply_over_axes`, `vectorize`, `fromfunction`, `fromiter`.

import { bind, type Signature } from "../core/arguments.ts";
import type { DType } from "../core/dtype.ts";
import { ValueError } from "../core/errors.ts";
import { assign } from "./assign.ts";
import { broadcastOrThrow, normalizeAxis } from "./axes.ts";
import { withType } from "./casting.ts";
import { zerosLike } from "./creation.ts";
import { broadcastArrays, broadcastTo } from "./flips.ts";
import { ndindex } from "./grids.ts";
import { arrayOfList } from "./lists.ts";
import { indices } from "./lookup.ts";
import { allocate, asArray, scalarIfZeroD } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { resultLayout } from "./order.ts";
import { type ArrayLike, type DTypeLike, dtype as parseDtype } from "./types.ts";
import { expandDims } from "./views.ts";

/**
 * A function of a vector at every place of the other axes (`numpy.apply_along_axis`); what it gives takes the place of
 * the axis.
 */
export function applyAlongAxis(
  func1d: (line: NDArray, ...args: never[]) => ArrayLike,
  axis: number,
  arr: ArrayLike,
  ...args: readonly unknown[]
): NDArray {
  const array = asArray(arr);
  const along = normalizeAxis(axis, array.ndim);
  const axes = array.shape.map((_, each) => each);
  const lines = array.transpose([...axes.filter((each) => each !== along), along]);
  const rest = lines.shape.slice(0, -1);
  if (rest.includes(0)) {
    throw new ValueError("Cannot apply_along_axis when any iteration dimensions are 0");
  }
  let result: NDArray | undefined;
  let rank = 0;
  for (const index of ndindex([...rest])) {
    const value = asArray(func1d(lines.at(...index, "..."), ...(args as never[])));
    if (result === undefined) {
      rank = value.ndim;
      result = zerosLike(value, { shape: [...rest, ...value.shape] });
    }
    result.set([...index, "..."], value);
  }
  const order = result!.shape.map((_, each) => each);
  const outer = order.length - rank;
  return scalarIfZeroD(
    result!.transpose([...order.slice(0, along), ...order.slice(outer), ...order.slice(along, outer)]),
  );
}

/** A function of an array and an axis, over one axis after another (`numpy.apply_over_axes`). */
export function applyOverAxes(
  func: (a: NDArray, axis: number) => ArrayLike,
  a: ArrayLike,
  axes: number | readonly number[],
): NDArray {
  let array = asArray(a);
  const rank = array.ndim;
  for (const given of typeof axes === "number" ? [axes] : axes) {
    const axis = given < 0 ? given + rank : given;
    const result = asArray(func(array, axis));
    const kept = result.ndim === array.ndim ? result : expandDims(result, axis);
    if (kept.ndim !== array.ndim) {
      throw new ValueError("function is not returning an array of the correct shape");
    }
    array = kept;
  }
  return array;
}

interface VectorizeOptions {
  readonly otypes: string | readonly DTypeLike[] | null;
  readonly doc: string | null;
  readonly excluded: readonly (number | string)[] | null;
  readonly cache: boolean;
  readonly signature: string | null;
}

/** The type that results are given: the one asked for, or the first result's. */
function resultTypeOf({ otypes }: VectorizeOptions): DType | undefined {
  if (otypes === null) return undefined;
  return parseDtype(typeof otypes === "string" ? otypes[0]! : otypes[0]!);
}

function elementwise(
  pyfunc: (...args: never[]) => ArrayLike,
  options: VectorizeOptions,
  args: readonly ArrayLike[],
): NDArray {
  const arrays = broadcastArrays(...args.map((each) => asArray(each)));
  const { shape } = arrays[0]!;
  const type = resultTypeOf(options);
  if (type === undefined && arrays[0]!.size === 0) {
    throw new ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set");
  }
  const values = [...ndindex([...shape])].map((index) =>
    pyfunc(...(arrays.map((array) => array.at(...index)) as never[])),
  );
  const own = type ?? asArray(values[0]!).dtype;
  const list = withType(
    arrayOfList(values.map((value) => asArray(value)).map((each) => withType(each, own))),
    own,
  );
  const layout = resultLayout(
    args.map((each) => asArray(each).layout),
    shape,
    own,
  );
  const result = allocate(layout);
  assign(result, list.reshape([...shape]));
  return scalarIfZeroD(result);
}

/** The names of the axes of each operand, and of the result: "(m,n),(n)->(m)". */
function coreAxes(signature: string): { readonly inputs: string[][]; readonly output: string[] } {
  const [left, right] = signature.replaceAll(" ", "").split("->");
  const lists = (text: string): string[][] =>
    [...text.matchAll(/\(([^)]*)\)/g)].map((match) => match[1]!.split(",").filter((name) => name !== ""));
  if (right === undefined || lists(right).length !== 1) {
    throw new ValueError(`not a valid gufunc signature: ${signature}`);
  }
  return { inputs: lists(left!), output: lists(right)[0]! };
}

function overCores(
  pyfunc: (...args: never[]) => ArrayLike,
  options: VectorizeOptions,
  args: readonly ArrayLike[],
): NDArray {
  const { inputs, output } = coreAxes(options.signature!);
  const arrays = args.map((each) => asArray(each));
  const outer = arrays.map((array, i) => array.shape.slice(0, array.ndim - inputs[i]!.length));
  const shape = broadcastOrThrow(outer);
  const wide = arrays.map((array, i) =>
    broadcastTo(array, [...shape, ...array.shape.slice(array.ndim - inputs[i]!.length)]),
  );
  const type = resultTypeOf(options);
  let result: NDArray | undefined;
  for (const index of ndindex([...shape])) {
    const value = asArray(pyfunc(...(wide.map((array) => array.at(...index, "...")) as never[])));
    if (value.ndim !== output.length) {
      throw new ValueError(
        `0-dimensional argument does not have enough dimensions for all core dimensions (${output.map((name) => `'${name}'`).join(", ")})`,
      );
    }
    result ??= zerosLike(value, {
      shape: [...shape, ...value.shape],
      ...(type === undefined ? {} : { dtype: type }),
    });
    result.set([...index, "..."], value);
  }
  if (result === undefined) {
    throw new ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set");
  }
  return result;
}

/**
 * A function of numbers as a function of arrays (`numpy.vectorize`); with a signature such as "(n)->()" a function of
 * arrays of some axes. Elements come as NumPy scalars.
 */
export function vectorize(
  pyfunc: (...args: never[]) => ArrayLike,
  ...args: Signature<[otypes: VectorizeOptions["otypes"]], Partial<VectorizeOptions>>
): (...args: readonly ArrayLike[]) => NDArray {
  const options = bind<VectorizeOptions>("vectorize", ["otypes"], args, {
    otypes: null,
    doc: null,
    excluded: null,
    cache: false,
    signature: null,
  });
  return (...operands) =>
    options.signature === null
      ? elementwise(pyfunc, options, operands)
      : overCores(pyfunc, options, operands);
}

/** What a function of the coordinates gives over a shape (`numpy.fromfunction`). */
export function fromfunction<T>(
  func: (...coordinates: readonly NDArray[]) => T,
  shape: number | readonly number[],
  options: { readonly dtype?: DTypeLike } = {},
): T {
  const lengths = typeof shape === "number" ? [shape] : shape;
  const grid = indices(lengths, { dtype: options.dtype ?? "float64" }) as NDArray;
  return func(...Array.from({ length: lengths.length }, (_, axis) => grid.at(axis)));
}

/** The items of an iterable as a vector (`numpy.fromiter`). @throws ValueError where there are fewer than `count` */
export function fromiter(
  iter: Iterable<ArrayLike>,
  ...args: Signature<
    [dtype: DTypeLike, count: number],
    { readonly dtype?: DTypeLike; readonly count?: number }
  >
): NDArray {
  const options = bind<{ dtype: DTypeLike; count: number }>("fromiter", ["dtype", "count"], args, {
    count: -1,
  });
  const { count } = options;
  const items: ArrayLike[] = [];
  for (const item of iter) {
    if (items.length === count) break;
    items.push(item);
  }
  if (items.length < count) {
    throw new ValueError(
      `iterator too short: Expected ${count} but iterator had only ${items.length} items.`,
    );
  }
  return arrayOfList(items, parseDtype(options.dtype));
}
