// Single elements: reading one as a JavaScript value and writing one, of any type, at any place. This is the plain
// road for printing, items and tests; kernels have their own loops.

import type { DType, TypedArray } from "./dtype.ts";
import { decodeTable, encoderOf } from "./halves.ts";
import { Layout } from "./layout.ts";
import { Storage } from "./storage.ts";

/** A complex number: real and imaginary part. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** One element as a JavaScript value: bigint for 64-bit integers, a pair for complex types. */
export type Scalar = number | bigint | boolean | Complex;

/** Storage and layout: all that an array is. NDArray and Tensor are operands with a face. */
export interface Operand {
  readonly storage: Storage;
  readonly layout: Layout;
}

type Get = (array: TypedArray, position: number) => Scalar;
type Set = (array: TypedArray, position: number, value: Scalar) => void;

const table = (dtype: DType): Get => {
  const values = decodeTable(dtype);
  return (array, position) => values[array[position] as number]!;
};

function getter(dtype: DType): Get {
  if (dtype.kind === "bool") return (array, position) => array[position] !== 0;
  if (dtype.kind === "complex") {
    return (array, position) => ({
      re: array[2 * position] as number,
      im: array[2 * position + 1] as number,
    });
  }
  return encoderOf(dtype) === undefined ? (array, position) => array[position]! : table(dtype);
}

function setter(dtype: DType): Set {
  if (dtype.kind === "bool") {
    return (array, position, value) => {
      array[position] = isTruthy(value) ? 1 : 0;
    };
  }
  if (dtype.kind === "complex") {
    return (array, position, value) => {
      const { re, im } = toComplex(value);
      array[2 * position] = re;
      array[2 * position + 1] = im;
    };
  }
  if (dtype.compute === "big") {
    return (array, position, value) => {
      array[position] = toBigInt(value);
    };
  }
  const encode = encoderOf(dtype);
  return (array, position, value) => {
    const number = toNumber(value);
    array[position] = encode === undefined ? number : encode(number);
  };
}

/** By the type's index. */
const getters: (Get | undefined)[] = [];
const setters: (Set | undefined)[] = [];

/** How to read an element of that type from `storage.view(dtype)` at an element position. */
export function getterOf(dtype: DType): Get {
  let get = getters[dtype.index];
  if (get === undefined) {
    get = getter(dtype);
    getters[dtype.index] = get;
  }
  return get;
}

/** How to write an element of that type; the value is converted, integers wrap. */
export function setterOf(dtype: DType): Set {
  let set = setters[dtype.index];
  if (set === undefined) {
    set = setter(dtype);
    setters[dtype.index] = set;
  }
  return set;
}

/** True iff the value is not zero (NaN is not). */
export function isTruthy(value: Scalar): boolean {
  return typeof value === "object" ? value.re !== 0 || value.im !== 0 : Boolean(value) || Number.isNaN(value);
}

/** The value as a number; a complex number gives its real part. */
export function toNumber(value: Scalar): number {
  return typeof value === "object" ? value.re : Number(value);
}

/** The value as an integer, truncated towards zero; 0 for NaN and infinities. */
export function toBigInt(value: Scalar): bigint {
  if (typeof value === "bigint") return value;
  const number = Math.trunc(toNumber(value));
  return Number.isFinite(number) ? BigInt(number) : 0n;
}

/** The value as a complex number. */
export function toComplex(value: Scalar): Complex {
  return typeof value === "object" ? value : { re: Number(value), im: 0 };
}

/** Calls `visit` with the position of each element in row-major order, in units of the layout. */
export function forEachPosition(layout: Layout, visit: (position: number) => void): void {
  const { shape, strides, rank, size } = layout;
  const index = new Array<number>(rank).fill(0);
  let position = layout.offset;
  for (let i = 0; i < size; i++) {
    visit(position);
    for (let axis = rank - 1; axis >= 0; axis--) {
      position += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      position -= index[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
}

/** All elements in row-major order as JavaScript values. */
export function elements(operand: Operand): Scalar[] {
  const { dtype } = operand.layout;
  const { storage, layout } = operand.layout.isAligned ? operand : aligned(operand);
  const array = storage.look(dtype);
  const get = getterOf(dtype);
  const result: Scalar[] = [];
  forEachPosition(layout, (position) => result.push(get(array, position)));
  return result;
}

/** A row-major copy of an operand whose strides count bytes, over a storage of its own. */
export function aligned(operand: Operand): Operand {
  const { dtype, shape, size, unit } = operand.layout;
  const source = operand.storage.bytes();
  const bytes = new Uint8Array(size * dtype.itemSize);
  let at = 0;
  forEachPosition(operand.layout, (position) => {
    const start = position * unit;
    bytes.set(source.subarray(start, start + dtype.itemSize), at);
    at += dtype.itemSize;
  });
  return { storage: new Storage(bytes), layout: Layout.contiguous(dtype, shape) };
}
