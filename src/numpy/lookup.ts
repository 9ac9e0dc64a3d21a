// Looking things up: `take_along_axis`, `isin`, `unravel_index`, `ravel_multi_index`, `indices`, `ix_`.

import { bind, type Signature } from "../core/arguments.ts";
import { int64 } from "../core/dtype.ts";
import { elements } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { contiguousStrides, fortranStrides, product } from "../core/layout.ts";
import { normalizeAxis } from "./axes.ts";
import { withType } from "./casting.ts";
import { zeros } from "./creation.ts";
import { broadcastArrays } from "./flips.ts";
import { asArray, fromValues, scalarIfZeroD } from "./make.ts";
import { placeOf, type TakeMode } from "./manipulation.ts";
import { NDArray } from "./ndarray.ts";
import { alongAxisIndex } from "./placing.ts";
import { arange } from "./ranges.ts";
import type { ArrayLike, DTypeLike, Order } from "./types.ts";
import { ravel } from "./views.ts";

/** For each index the element of its own line along the axis (`numpy.take_along_axis`): undoes an `argsort`. */
export function takeAlongAxis(
  arr: ArrayLike,
  indices: ArrayLike,
  ...args: Signature<[axis: number | null], { readonly axis?: number | null }>
): NDArray {
  const { axis } = bind<{ axis: number | null }>("take_along_axis", ["axis"], args, { axis: -1 });
  const index = asArray(indices);
  if (axis === null) {
    if (index.ndim !== 1) throw new ValueError("when axis=None, `indices` must have a single dimension.");
    const flat = ravel(arr);
    return flat.at(...alongAxisIndex(flat, index, 0));
  }
  const array = asArray(arr);
  return array.at(...alongAxisIndex(array, index, normalizeAxis(axis, array.ndim)));
}

/** Strides of a shape in row-major or column-major order. */
function stridesFor(shape: readonly number[], order: Order): number[] {
  if (order !== "C" && order !== "F") throw new ValueError("only 'C' or 'F' order is permitted");
  return order === "C" ? contiguousStrides(shape) : fortranStrides(shape);
}

interface UnravelOptions {
  readonly shape: number | readonly number[];
  readonly order: Order;
}

/** The indices of positions in row-major or column-major order (`numpy.unravel_index`), a list for each axis. */
export function unravelIndex(
  indices: ArrayLike,
  ...args: Signature<[shape: number | readonly number[], order: Order], Partial<UnravelOptions>>
): NDArray[] {
  const { shape, order } = bind<UnravelOptions>("unravel_index", ["shape", "order"], args, { order: "C" });
  const flat = asArray(indices);
  if (!flat.dtype.isInteger) throw new PythonTypeError("only int indices permitted");
  const lengths = typeof shape === "number" ? [shape] : shape;
  const size = product(lengths);
  const strides = stridesFor(lengths, order);
  const values = elements(flat).map(Number);
  for (const value of values) {
    if (value >= 0 && value < size) continue;
    throw new ValueError(`index ${value} is out of bounds for array with size ${size}`);
  }
  const all = values.flatMap((value) =>
    lengths.map((length, axis) => BigInt(Math.floor(value / strides[axis]!) % length)),
  );
  // One block of memory, as NumPy has it: the indices along an axis are a column.
  const columns = fromValues(int64, [...flat.shape, lengths.length], all);
  return lengths.map((_, axis) => scalarIfZeroD(columns.at("...", axis)));
}

interface RavelOptions {
  readonly dims: readonly number[];
  readonly mode: TakeMode | readonly TakeMode[];
  readonly order: Order;
}

/** The positions in row-major or column-major order of indices (`numpy.ravel_multi_index`). */
export function ravelMultiIndex(
  multiIndex: readonly ArrayLike[] | NDArray,
  ...args: Signature<
    [dims: readonly number[], mode: RavelOptions["mode"], order: Order],
    Partial<RavelOptions>
  >
): NDArray {
  const { dims, mode, order } = bind<RavelOptions>("ravel_multi_index", ["dims", "mode", "order"], args, {
    mode: "raise",
    order: "C",
  });
  const parts = broadcastArrays(...[...multiIndex].map((each) => asArray(each as ArrayLike)));
  const strides = stridesFor(dims, order);
  const lists = parts.map((part) => elements(part).map(Number));
  const positions = lists[0]!.map((_, i) =>
    BigInt(
      lists.reduce((position, list, axis) => {
        const own = typeof mode === "string" ? mode : mode[axis]!;
        const [value, length] = [list[i]!, dims[axis]!];
        if (own === "raise" && !(value >= 0 && value < length)) {
          throw new ValueError("invalid entry in coordinates array");
        }
        return position + placeOf(value, length, axis, own) * strides[axis]!;
      }, 0),
    ),
  );
  return scalarIfZeroD(fromValues(int64, parts[0]!.shape, positions));
}

interface IndicesOptions {
  readonly dtype: DTypeLike;
  readonly sparse: boolean;
}

/**
 * For each axis the index along it at every place of a shape, stacked; with `sparse` a list of them, each along its own
 * axis alone (`numpy.indices`).
 */
export function indices(dimensions: readonly number[]): NDArray;
export function indices(
  dimensions: readonly number[],
  ...args: Signature<[dtype: DTypeLike, sparse: boolean], Partial<IndicesOptions>>
): NDArray | NDArray[];
export function indices(dimensions: readonly number[], ...args: readonly unknown[]): NDArray | NDArray[] {
  const { dtype, sparse } = bind<IndicesOptions>("indices", ["dtype", "sparse"], args, {
    dtype: int64,
    sparse: false,
  });
  const axes = dimensions.map((length, axis) =>
    arange(length, { dtype }).reshape(dimensions.map((_, each) => (each === axis ? length : 1))),
  );
  if (sparse) return axes;
  const result = zeros([dimensions.length, ...dimensions], { dtype });
  axes.forEach((each, axis) => {
    result.set([axis], each);
  });
  return result;
}

/** Vectors as an open grid, for an index of rows and columns (`numpy.ix_`). */
export function ix_(...args: readonly ArrayLike[]): NDArray[] {
  return args.map((vector, axis) => {
    const array = asArray(vector);
    if (array.ndim !== 1) throw new ValueError("Cross index must be 1 dimensional");
    const isNone = array.size === 0 && !(vector instanceof NDArray);
    const picked = isNone
      ? withType(array, int64)
      : array.dtype.kind === "bool"
        ? fromValues(int64, [countTrue(array)], truePlaces(array))
        : array;
    return picked.reshape(args.map((_, each) => (each === axis ? picked.size : 1)));
  });
}

function truePlaces(mask: NDArray): bigint[] {
  return elements(mask).flatMap((value, i) => (value ? [BigInt(i)] : []));
}

function countTrue(mask: NDArray): number {
  return truePlaces(mask).length;
}
