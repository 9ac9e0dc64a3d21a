// Looking things up: `take_along_axis`, `isin`, `unravel_index`, `ravel_multi_index`, `indices`, `ix_`.

import { int64 } from "../core/dtype.ts";
import { elements } from "../core/elements.ts";
import { IndexError, ValueError } from "../core/errors.ts";
import { contiguousStrides, product } from "../core/layout.ts";
import { normalizeAxis } from "./axes.ts";
import { asArray, fromValues, scalarIfZeroD } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { arange } from "./ranges.ts";
import type { ArrayLike } from "./types.ts";
import { ravel } from "./views.ts";

/** For each index the element of its own line along the axis (`numpy.take_along_axis`): undoes an `argsort`. */
export function takeAlongAxis(arr: ArrayLike, indices: ArrayLike, axis: number | null = -1): NDArray {
  const [array, index] = [axis === null ? ravel(arr) : asArray(arr), asArray(indices)];
  if (array.ndim !== index.ndim) {
    throw new ValueError("`indices` and `arr` must have the same number of dimensions");
  }
  const along = normalizeAxis(axis ?? 0, array.ndim);
  const lines = array.shape.map((length, each) =>
    each === along
      ? index
      : arange(length).reshape(array.shape.map((_, other) => (other === each ? length : 1))),
  );
  return array.at(...lines);
}

/** The indices of positions in row-major order (`numpy.unravel_index`), a list for each axis. */
export function unravelIndex(indices: ArrayLike, shape: number | readonly number[]): NDArray[] {
  const flat = asArray(indices);
  const lengths = typeof shape === "number" ? [shape] : shape;
  const size = product(lengths);
  const strides = contiguousStrides(lengths);
  const values = elements(flat).map(Number);
  for (const value of values) {
    if (value >= 0 && value < size) continue;
    throw new ValueError(`index ${value} is out of bounds for array with size ${size}`);
  }
  return lengths.map((length, axis) => {
    const along = values.map((value) => BigInt(Math.floor(value / strides[axis]!) % length));
    return scalarIfZeroD(fromValues(int64, flat.shape, along));
  });
}

/** The positions in row-major order of indices (`numpy.ravel_multi_index`). */
export function ravelMultiIndex(multiIndex: readonly ArrayLike[], dims: readonly number[]): NDArray {
  const parts = multiIndex.map(asArray);
  const strides = contiguousStrides(dims);
  const lists = parts.map((part) => elements(part).map(Number));
  const positions = lists[0]!.map((_, i) =>
    BigInt(
      lists.reduce((position, list, axis) => {
        if (!(list[i]! >= 0 && list[i]! < dims[axis]!))
          throw new ValueError("invalid entry in coordinates array");
        return position + list[i]! * strides[axis]!;
      }, 0),
    ),
  );
  return scalarIfZeroD(fromValues(int64, parts[0]!.shape, positions));
}

/** For each axis the index along it at every place of a shape (`numpy.indices`), stacked. */
export function indices(dimensions: readonly number[]): NDArray {
  const size = product(dimensions);
  const strides = contiguousStrides(dimensions);
  const values = dimensions.flatMap((length, axis) =>
    Array.from({ length: size }, (_, at) => BigInt(Math.floor(at / strides[axis]!) % length)),
  );
  return fromValues(int64, [dimensions.length, ...dimensions], values);
}

/** Vectors as an open grid, for an index of rows and columns (`numpy.ix_`). */
export function ix_(...args: readonly ArrayLike[]): NDArray[] {
  return args.map((vector, axis) => {
    const array = asArray(vector);
    if (array.ndim !== 1) throw new ValueError("Cross index must be 1 dimensional");
    if (array.dtype.kind === "float" && array.size > 0) {
      throw new IndexError("arrays used as indices must be of integer (or boolean) type");
    }
    const picked =
      array.dtype.kind === "bool" ? fromValues(int64, [countTrue(array)], truePlaces(array)) : array;
    return picked.reshape(args.map((_, each) => (each === axis ? picked.size : 1)));
  });
}

function truePlaces(mask: NDArray): bigint[] {
  return elements(mask).flatMap((value, i) => (value ? [BigInt(i)] : []));
}

function countTrue(mask: NDArray): number {
  return truePlaces(mask).length;
}
