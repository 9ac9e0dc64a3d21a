// Elements in and out of arrays: `item`, `tolist`, `tobytes`, `fill`.

import { bind, type Signature } from "../core/arguments.ts";
import { elements, type Scalar, setterOf } from "../core/elements.ts";
import { IndexError, ValueError } from "../core/errors.ts";
import { Layout, type Shape } from "../core/layout.ts";
import { itemReader } from "../core/shown.ts";
import { Storage } from "../core/storage.ts";
import { assign } from "./assign.ts";
import { converted } from "./casting.ts";
import { asArray } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { isOnlyFortran } from "./order.ts";
import { convertScalar, isPyScalar } from "./scalars.ts";
import type { ArrayLike, Order } from "./types.ts";

/** An element as users get it: a 64-bit integer as a number where that is exact. */
function exposed(value: Scalar): Scalar {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/**
 * The element at an index (an array of one element: none needed; one number counts in row-major order).
 * @throws ValueError, IndexError
 */
export function item(array: NDArray, index: readonly (number | readonly number[])[]): Scalar {
  const { shape, size, ndim } = array;
  const at = index.flat();
  if (at.length === 0) {
    if (size !== 1) throw new ValueError("can only convert an array of size 1 to a Python scalar");
    return exposed(elements(array)[0]!);
  }
  if (at.length === 1 && ndim !== 1) {
    const flat = at[0]!;
    const from = flat < 0 ? flat + size : flat;
    if (!(from >= 0 && from < size)) throw new IndexError(`index ${flat} is out of bounds for size ${size}`);
    return exposed(elements(array)[from]!);
  }
  if (at.length !== ndim) throw new ValueError("incorrect number of indices for array");
  const places = at.map((value, axis) => {
    const from = value < 0 ? value + shape[axis]! : value;
    if (!(from >= 0 && from < shape[axis]!)) {
      throw new IndexError(`index ${value} is out of bounds for axis ${axis} with size ${shape[axis]}`);
    }
    return from;
  });
  return exposed(itemReader(array)(places));
}

/** All elements as nested lists; of a 0-d array its element. */
export function tolist(array: NDArray): Scalar | unknown[] {
  const values = elements(array).map(exposed);
  if (array.ndim === 0) return values[0]!;
  let at = 0;
  const nest = (axis: number): unknown[] =>
    Array.from({ length: array.shape[axis]! }, () =>
      axis === array.ndim - 1 ? values[at++] : nest(axis + 1),
    );
  return nest(0);
}

/** The elements' bytes, one after the other in row-major or column-major order. */
export function tobytes(
  a: ArrayLike,
  ...args: Signature<[order: Order], { readonly order?: Order }>
): Uint8Array {
  const { order } = bind<{ order: Order }>("tobytes", ["order"], args, { order: "C" });
  const array = asArray(a);
  const isFortran = order === "F" || (order !== "C" && isOnlyFortran(array.layout));
  return converted(array, array.dtype, isFortran ? "F" : "C")
    .storage.bytes()
    .slice();
}

/** Writes one value to every element. */
export function fill(array: NDArray, value: ArrayLike): void {
  checkWriteable(array, "assignment destination");
  assign(array, valueFor(array, value));
}

/** What is assigned: a Python number as an element of the array's type, with its errors; else an array. */
export function valueFor(array: NDArray, value: ArrayLike): { storage: Storage; layout: Layout } {
  if (!isPyScalar(value)) return asArray(value);
  const { dtype } = array;
  const storage = Storage.allocate(dtype, 1);
  setterOf(dtype)(storage.view(dtype), 0, convertScalar(value, dtype));
  return { storage, layout: Layout.contiguous(dtype, []) };
}

/**
 * @param role what the array is, for the message: "assignment destination", "output array", "sort array"
 * @throws ValueError unless the array may be written
 */
export function checkWriteable(array: NDArray, role: string): void {
  if (!array.writeable) throw new ValueError(`${role} is read-only`);
}

/** `ndarray.resize`: the elements in the order of memory, cut or followed by zeros. */
export function resize(array: NDArray, shape: Shape, refcheck = true): void {
  if (!array.flags.owndata) throw new ValueError("cannot resize this array: it does not own its data");
  if (refcheck && array.storage.isLent) {
    throw new ValueError(
      "cannot resize an array that references or is referenced\nby another object in this way.\n" +
        "Use the np.resize function to get a new resized copy or\n set refcheck=False to disable this check",
    );
  }
  const { dtype } = array;
  if (!array.layout.isContiguous && !array.layout.isFortranContiguous) {
    throw new ValueError("resize only works on single-segment arrays");
  }
  const bytes = array.storage.bytes();
  const layout = Layout.contiguous(dtype, shape);
  const storage = Storage.allocate(dtype, layout.size);
  storage.bytes().set(bytes.subarray(0, Math.min(bytes.length, storage.byteLength)));
  array.storage = storage;
  array.layout = layout;
}
