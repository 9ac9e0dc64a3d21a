// Elements of any type to and from float64 scratch, a run at a time. Arithmetic on every real type is done there: it
// holds all of them exactly, and +, -, *, / and sqrt of float32 rounded once from float64 are float32's own.

import { type DType, dtypes, type TypedArray } from "../../core/dtype.ts";
import { decodeTable, encoderOf } from "../../core/halves.ts";

/** Reads `count` elements from `start`, `step` apart, as float64. */
export type Load = (
  source: TypedArray,
  start: number,
  step: number,
  count: number,
  into: Float64Array,
) => void;

/** Writes `count` float64 values as elements: floats are rounded once, integers wrap. */
export type Store = (
  from: Float64Array,
  count: number,
  target: TypedArray,
  start: number,
  step: number,
) => void;

/** How many elements are worked on at a time: three such blocks fit the first-level cache. */
export const blockLength = 1024;

// A loop for each array type, so that each stays with one kind of memory access.
const loadFloat64: Load = (source, start, step, count, into) => {
  for (let i = 0, at = start; i < count; i++, at += step) into[i] = (source as Float64Array)[at]!;
};
const loadFloat32: Load = (source, start, step, count, into) => {
  for (let i = 0, at = start; i < count; i++, at += step) into[i] = (source as Float32Array)[at]!;
};
const loadInt32: Load = (source, start, step, count, into) => {
  for (let i = 0, at = start; i < count; i++, at += step) into[i] = (source as Int32Array)[at]!;
};
const loadUint8: Load = (source, start, step, count, into) => {
  for (let i = 0, at = start; i < count; i++, at += step) into[i] = (source as Uint8Array)[at]!;
};
const loadInteger: Load = (source, start, step, count, into) => {
  for (let i = 0, at = start; i < count; i++, at += step) into[i] = (source as Int8Array)[at]!;
};
const loadBig: Load = (source, start, step, count, into) => {
  for (let i = 0, at = start; i < count; i++, at += step) into[i] = Number(source[at]!);
};
const loadBool: Load = (source, start, step, count, into) => {
  for (let i = 0, at = start; i < count; i++, at += step) into[i] = (source as Uint8Array)[at] === 0 ? 0 : 1;
};

function loadCoded(dtype: DType): Load {
  return (source, start, step, count, into) => {
    const values = decodeTable(dtype);
    for (let i = 0, at = start; i < count; i++, at += step) into[i] = values[(source as Uint16Array)[at]!]!;
  };
}

const storeFloat64: Store = (from, count, target, start, step) => {
  for (let i = 0, at = start; i < count; i++, at += step) (target as Float64Array)[at] = from[i]!;
};
const storeFloat32: Store = (from, count, target, start, step) => {
  for (let i = 0, at = start; i < count; i++, at += step) (target as Float32Array)[at] = from[i]!;
};
const storeInt32: Store = (from, count, target, start, step) => {
  for (let i = 0, at = start; i < count; i++, at += step) (target as Int32Array)[at] = from[i]!;
};
const storeInteger: Store = (from, count, target, start, step) => {
  for (let i = 0, at = start; i < count; i++, at += step) (target as Int8Array)[at] = from[i]!;
};
const storeBool: Store = (from, count, target, start, step) => {
  for (let i = 0, at = start; i < count; i++, at += step) (target as Uint8Array)[at] = from[i] === 0 ? 0 : 1;
};
const storeBig: Store = (from, count, target, start, step) => {
  for (let i = 0, at = start; i < count; i++, at += step) {
    const value = Math.trunc(from[i]!);
    (target as BigInt64Array)[at] = Number.isFinite(value) ? BigInt(value) : 0n;
  }
};

function storeCoded(encode: (value: number) => number): Store {
  // Half types are computed in float32 and rounded from there, as both libraries do.
  return (from, count, target, start, step) => {
    for (let i = 0, at = start; i < count; i++, at += step) {
      (target as Uint16Array)[at] = encode(Math.fround(from[i]!));
    }
  };
}

function loadFor(dtype: DType): Load {
  if (encoderOf(dtype) !== undefined) return loadCoded(dtype);
  if (dtype.kind === "bool") return loadBool;
  if (dtype.compute === "big") return loadBig;
  return simpleLoads.get(dtype.array) ?? loadInteger;
}

function storeFor(dtype: DType): Store {
  const encode = encoderOf(dtype);
  if (encode !== undefined) return storeCoded(encode);
  if (dtype.kind === "bool") return storeBool;
  if (dtype.compute === "big") return storeBig;
  return simpleStores.get(dtype.array) ?? storeInteger;
}

const simpleLoads: ReadonlyMap<unknown, Load> = new Map<unknown, Load>([
  [Float64Array, loadFloat64],
  [Float32Array, loadFloat32],
  [Int32Array, loadInt32],
  [Uint8Array, loadUint8],
]);
const simpleStores: ReadonlyMap<unknown, Store> = new Map<unknown, Store>([
  [Float64Array, storeFloat64],
  [Float32Array, storeFloat32],
  [Int32Array, storeInt32],
]);

const loads: readonly Load[] = dtypes.map(loadFor);
const stores: readonly Store[] = dtypes.map(storeFor);

/** How elements of a real type are read as float64. Complex types are read as the type of their parts. */
export function loadOf(dtype: DType): Load {
  return loads[dtype.index]!;
}

/** How float64 values are written as elements of a real type. */
export function storeOf(dtype: DType): Store {
  return stores[dtype.index]!;
}

/** Reads elements as complex pairs: those of a complex type as they are, others with imaginary part 0. */
export function loadPairs(
  dtype: DType,
  source: TypedArray,
  start: number,
  step: number,
  count: number,
  into: Float64Array,
): void {
  if (dtype.kind === "complex") {
    for (let i = 0, at = 2 * start; i < count; i++, at += 2 * step) {
      into[2 * i] = source[at] as number;
      into[2 * i + 1] = source[at + 1] as number;
    }
    return;
  }
  loadOf(dtype)(source, start, step, count, into);
  for (let i = count - 1; i >= 0; i--) {
    into[2 * i] = into[i]!;
    into[2 * i + 1] = 0;
  }
}

/** Writes pairs as elements of a complex type. */
export function storePairs(
  from: Float64Array,
  count: number,
  target: TypedArray,
  start: number,
  step: number,
): void {
  for (let i = 0, at = 2 * start; i < count; i++, at += 2 * step) {
    target[at] = from[2 * i]!;
    target[at + 1] = from[2 * i + 1]!;
  }
}
