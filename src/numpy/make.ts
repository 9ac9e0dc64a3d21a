// Making arrays: new memory, what an array-like is as an array, and NumPy scalars.

import { type DType, dtypeOfArray, int64, uint64 } from "../core/dtype.ts";
import { type Scalar, setterOf } from "../core/elements.ts";
import { PythonTypeError } from "../core/errors.ts";
import { Layout, type Shape } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import { ItemArray } from "./item-array.ts";
import { arrayOfList } from "./lists.ts";
import { NDArray } from "./ndarray.ts";
import { withPythonNumber } from "./promotion.ts";
import { convertScalar, fitsInteger, isOperand, isPyScalar, isTypedArray, kindOf } from "./scalars.ts";
import type { ArrayLike, PyScalar } from "./types.ts";

/** The layout of a new array. An empty one has no steps, as NumPy has it. */
function ownLayout(layout: Layout): Layout {
  const { dtype, shape, size } = layout;
  return size === 0 ? new Layout(dtype, shape, new Array<number>(shape.length).fill(0)) : layout;
}

/** A new array of zero bits with that layout (without gaps, offset 0). */
export function allocate(layout: Layout): NDArray {
  return new NDArray(Storage.allocate(layout.dtype, layout.size), ownLayout(layout));
}

/** A new array with that layout (without gaps, offset 0) for results: whoever asks writes each of its elements. */
export function unwritten(layout: Layout): NDArray {
  return new NDArray(Storage.empty(layout.dtype, layout.size), ownLayout(layout));
}

/** New memory, by the name of who asks: zeros, or what is to be written. */
export const begun = (name: string, layout: Layout): NDArray =>
  name.startsWith("zeros") ? allocate(layout) : unwritten(layout);

/** A new row-major array of zeros. */
export function allocateShape(dtype: DType, shape: Shape): NDArray {
  return allocate(Layout.contiguous(dtype, shape));
}

/** A 0-d array of one value, converted as a kernel would. */
export function singleElement(dtype: DType, value: Scalar): NDArray {
  const array = allocateShape(dtype, []);
  setterOf(dtype)(array.storage.view(dtype), 0, value);
  return array;
}

/** A row-major array over values of JavaScript. */
export function fromValues(dtype: DType, shape: Shape, values: readonly Scalar[]): NDArray {
  const array = allocateShape(dtype, shape);
  const [set, data] = [setterOf(dtype), array.storage.view(dtype)];
  values.forEach((value, i) => {
    set(data, i, value);
  });
  return array;
}

/** The type that a Python number has by itself: int64 (uint64 where it is too large), float64, complex128, bool. */
export function defaultType(value: PyScalar): DType {
  if (kindOf(value) !== "int") return withPythonNumber(undefined, kindOf(value));
  const whole = BigInt(value as number | bigint);
  return fitsInteger(whole, int64) || !fitsInteger(whole, uint64) ? int64 : uint64;
}

/** What gives its memory as an array itself, or refuses: a tensor. */
interface ArraySource {
  numpy(): NDArray;
}

/** True iff the value is no array, but gives one. */
export function isArraySource(value: unknown): value is ArraySource {
  return (
    isOperand(value) && !(value instanceof NDArray) && "numpy" in value && typeof value.numpy === "function"
  );
}

/** The array-like as an array: an array itself, a view of a tensor or typed array, a new array of anything else. */
export function asArray(value: ArrayLike): NDArray {
  if (value instanceof NDArray) return value;
  if (isArraySource(value)) return value.numpy();
  if (isOperand(value)) return new NDArray(value.storage, value.layout, { base: value });
  if (isTypedArray(value)) return ofTypedArray(value);
  if (isPyScalar(value)) {
    const dtype = defaultType(value);
    return singleElement(dtype, convertScalar(value, dtype));
  }
  if (Array.isArray(value)) return arrayOfList(value);
  const other: unknown = value;
  if (other instanceof ItemArray) {
    throw new PythonTypeError(`this takes arrays of numbers, not of ${String(other.dtype)}`);
  }
  throw new PythonTypeError(`cannot make an array of ${value === null ? "None" : typeof value}`);
}

/** A 1-D array over a typed array's own memory. */
export function ofTypedArray(data: ArrayBufferView): NDArray {
  const dtype = dtypeOfArray(data);
  if (dtype === undefined)
    throw new PythonTypeError(`no element type has the numbers of ${data.constructor.name}`);
  const numbers = isTypedArray(data) && !(data instanceof Uint8ClampedArray) ? data : undefined;
  const storage =
    numbers === undefined
      ? Storage.fromBytes(data.buffer, data.byteOffset, data.byteLength)
      : new Storage(numbers);
  const length = data.byteLength / dtype.itemSize;
  return new NDArray(storage, Layout.contiguous(dtype, [length]), { base: data });
}

/** What Python has as a NumPy scalar: a 0-d array of its own memory that is never written. */
export function asScalar(array: NDArray): NDArray {
  if (array.isScalar) return array;
  const copied = array.base === null && array.layout.isAligned ? array : array.copy();
  return new NDArray(copied.storage, copied.layout, { scalar: true });
}

/** A scalar where the array is 0-d, as NumPy's functions give results; else the array. */
export function scalarIfZeroD(array: NDArray): NDArray {
  return array.layout.rank === 0 ? asScalar(array) : array;
}
