// What one pass over an array's numbers shows: how many are no numbers, their range, their sizes in powers of two.
// Elements go through a scratch array of doubles, so that every type is read by the same loop.

import { float32 } from "../../core/dtype.ts";
import { decodeTable, encoderOf } from "../../core/halves.ts";
import type { Layout } from "../../core/layout.ts";
import type { Storage } from "../../core/storage.ts";
import type { NDArray } from "../../numpy/ndarray.ts";
import { type Scan, scanFloats } from "./scan.ts";

/**
 * Statistics of an array's elements; of finite ones where nothing else is said. Of more than 2^20 elements that are finite,
 * zeros, range, mean and deviation are
 * estimated from a sample.
 */
export interface Statistics {
  readonly count: number;
  readonly nans: number;
  /** Index of the first NaN, by axis. */
  readonly firstNan: readonly number[] | undefined;
  readonly infinities: number;
  readonly firstInfinity: readonly number[] | undefined;
  readonly zeros: number;
  /** Infinity and -Infinity where no element is finite. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Of the population. */
  readonly deviation: number;
  /** Deviation of floor(log2 |x|) over elements that are not zero; in large arrays, over a sample of them. */
  readonly exponentDeviation: number;
}

/** Elements read at a time: they fit the first cache. */
const chunkSize = 2048;
const scratch = new Float64Array(chunkSize);
const words = new Uint32Array(scratch.buffer);
const high = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** The elements in memory's order, and whether the axes then stand reversed. */
function inMemoryOrder(array: NDArray): { readonly flat: NDArray; readonly isReversed: boolean } {
  if (array.layout.isContiguous) return { flat: array, isReversed: false };
  if (array.layout.isFortranContiguous) return { flat: array.transpose(), isReversed: true };
  return { flat: array.copy("C"), isReversed: false };
}

/**
 * Goes through the elements in order, some thousands at a time. Complex numbers give their real and imaginary parts.
 * @param visit is given doubles, how many of them count, and how many came before
 */
function eachChunk(flat: NDArray, visit: (count: number, before: number) => void): void {
  const { dtype, offset, size } = flat.layout;
  const length = size * dtype.lanes;
  const start = offset * dtype.lanes;
  const view = flat.storage.view(dtype);
  const table = encoderOf(dtype) === undefined ? undefined : decodeTable(dtype);
  for (let before = 0; before < length; before += chunkSize) {
    const count = Math.min(chunkSize, length - before);
    if (table !== undefined) {
      const patterns = view as Uint16Array | Uint8Array;
      for (let i = 0; i < count; i++) scratch[i] = table[patterns[start + before + i]!]!;
    } else if (dtype.compute === "big") {
      for (let i = 0; i < count; i++) scratch[i] = Number(view[start + before + i]);
    } else {
      scratch.set(view.subarray(start + before, start + before + count) as Float64Array);
    }
    visit(count, before);
  }
}

/** Index by axis of the element at a place in memory's order. */
function indexOf(flat: NDArray, isReversed: boolean, place: number): number[] {
  const index: number[] = [];
  let rest = Math.floor(place / flat.dtype.lanes);
  for (const length of [...flat.shape].reverse()) {
    index.push(rest % length);
    rest = Math.floor(rest / length);
  }
  return isReversed ? index : index.reverse();
}

interface Kept {
  readonly version: number;
  readonly statistics: Statistics;
}

const kept = new WeakMap<NDArray, Kept>();

/** Statistics of an array, kept until its storage is written to. */
export function statisticsOf(array: NDArray): Statistics {
  const { version } = array.storage;
  const known = kept.get(array);
  if (known?.version === version) return known.statistics;
  const statistics = measure(array);
  kept.set(array, { version, statistics });
  return statistics;
}

const spread = (total: number, squares: number, n: number): number =>
  Math.sqrt(Math.max(squares / n - (total / n) ** 2, 0));

interface Scanned {
  readonly version: number;
  readonly layout: Layout;
  readonly scan: Scan | undefined;
}

const scanned = new WeakMap<Storage, Scanned>();

const scanOf = (storage: Storage, { offset, size }: Layout): Scan | undefined =>
  scanFloats(storage.view(float32) as Float32Array, offset, size);

/**
 * The pass over an array whose bytes have just been read, while those of others still are: `statisticsOf` then has it.
 * What is not single precision is left for later.
 */
export function scanAhead(storage: Storage, layout: Layout): void {
  const isInRow = layout.isContiguous || layout.isFortranContiguous;
  if (layout.dtype !== float32 || !isInRow) return;
  scanned.set(storage, { version: storage.version, layout, scan: scanOf(storage, layout) });
}

/** The pass over single precision, where all is finite; undefined elsewhere. */
function measureFloats({ dtype, layout, storage }: NDArray): Statistics | undefined {
  if (dtype !== float32) return undefined;
  const ahead = scanned.get(storage);
  const isKnown =
    ahead?.version === storage.version &&
    ahead.layout.offset === layout.offset &&
    ahead.layout.size === layout.size;
  const scan = isKnown ? ahead.scan : scanOf(storage, layout);
  if (scan === undefined) return undefined;
  const { zeros, min, max, sum, squares, exponents, exponentSquares, sampled } = scan;
  const finite = Math.max(layout.size, 1);
  return {
    count: layout.size,
    nans: 0,
    firstNan: undefined,
    infinities: 0,
    firstInfinity: undefined,
    zeros,
    min,
    max,
    mean: sum / finite,
    deviation: spread(sum, squares, finite),
    exponentDeviation: spread(exponents, exponentSquares, Math.max(sampled, 1)),
  };
}

/** One pass over all elements. */
export function measure(array: NDArray): Statistics {
  const { flat, isReversed } = inMemoryOrder(array);
  return measureFloats(flat) ?? measureAny(flat, isReversed);
}

function measureAny(flat: NDArray, isReversed: boolean): Statistics {
  let [nans, infinities, zeros, sum, squares, exponents, exponentSquares] = [0, 0, 0, 0, 0, 0, 0];
  let [firstNan, firstInfinity] = [-1, -1];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  eachChunk(flat, (count, before) => {
    for (let i = 0; i < count; i++) {
      const x = scratch[i]!;
      if (x === 0) {
        zeros++;
        if (x < min) min = 0;
        if (x > max) max = 0;
        continue;
      }
      const exponent = (words[2 * i + high]! >>> 20) & 0x7ff;
      if (exponent === 0x7ff) {
        if (Number.isNaN(x)) {
          if (nans++ === 0) firstNan = before + i;
        } else if (infinities++ === 0) firstInfinity = before + i;
        continue;
      }
      if (x < min) min = x;
      if (x > max) max = x;
      sum += x;
      squares += x * x;
      exponents += exponent;
      exponentSquares += exponent * exponent;
    }
  });
  const count = flat.size * flat.dtype.lanes;
  const finite = Math.max(count - nans - infinities, 1);
  const nonzero = Math.max(count - nans - infinities - zeros, 1);
  const mean = sum / finite;
  return {
    count,
    nans,
    firstNan: firstNan < 0 ? undefined : indexOf(flat, isReversed, firstNan),
    infinities,
    firstInfinity: firstInfinity < 0 ? undefined : indexOf(flat, isReversed, firstInfinity),
    zeros,
    min,
    max,
    mean,
    deviation: spread(sum, squares, finite),
    exponentDeviation: spread(exponents, exponentSquares, nonzero),
  };
}

/** The elements as doubles, row-major: for arrays that are small or few. */
export function doublesOf(array: NDArray): Float64Array {
  const flat = array.layout.isContiguous ? array : array.copy("C");
  const values = new Float64Array(flat.size * flat.dtype.lanes);
  eachChunk(flat, (count, before) => {
    values.set(scratch.subarray(0, count), before);
  });
  return values;
}
