// The pass over an array of floats: sums, range and zeros, of long arrays of a sample; sizes in powers of two of a sample.

import { areFinite } from "../../kernels/finite.ts";
import { kernels } from "../../kernels/use.ts";

/** What a pass over finite numbers gives. */
export interface Scan {
  readonly zeros: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly squares: number;
  /** Sums of biased exponents and their squares over elements of the sample that are not zero, and how many those are. */
  readonly exponents: number;
  readonly exponentSquares: number;
  readonly sampled: number;
}

/** Of longer arrays the exponents of about so many elements are looked at. */
const sampleSize = 2 ** 12;

/** Of arrays longer than this, range, zeros and sums are those of a sample. */
const largest = 2 ** 20;

/**
 * Scans single precision. Every number is looked at for whether it is finite; of long arrays the rest is told by a sample,
 * unless that is one number throughout: then by all.
 * @returns undefined where a number is not finite
 */
export function scanFloats(all: Float32Array, start: number, length: number): Scan | undefined {
  const values = all.subarray(start, start + length);
  return (length > largest ? scanSample(values) : undefined) ?? scanAll(values);
}

/** Elements that lie together in a sample: what is beside an element costs nothing to read. */
const runLength = 64;

/** Runs of elements from all over an array. An odd distance meets all columns of rows that are a power of two long. */
function sampleOf(values: Float32Array): Float32Array {
  const sample = new Float32Array(sampleSize);
  const distance = Math.floor((values.length - runLength) / (sampleSize / runLength)) | 1;
  for (let at = 0, start = 0; at < sampleSize; at += runLength, start += distance) {
    sample.set(values.subarray(start, start + runLength), at);
  }
  return sample;
}

/** @returns undefined where a number is not finite, or the sample is one number throughout */
function scanSample(values: Float32Array): Scan | undefined {
  if (!areFinite(values)) return undefined;
  const scan = scanAll(sampleOf(values))!;
  if (scan.min === scan.max) return undefined;
  const share = values.length / sampleSize;
  const { zeros, sum, squares } = scan;
  return { ...scan, zeros: Math.round(zeros * share), sum: sum * share, squares: squares * share };
}

/** An odd step meets all columns of a matrix whose rows are a power of two long. */
const stepOf = ({ length }: Float32Array): number => Math.floor(length / sampleSize) | 1;

/** Bytes that the kernel writes. */
const written = 64;

/** @returns undefined where a number is not finite */
function scanAll(values: Float32Array): Scan | undefined {
  const made = values.length === 0 || values.length > largest ? undefined : kernels();
  if (made === undefined) return scanHere(values);
  const into = made.scratch(written + values.byteLength);
  made.floats.set(values, (into + written) >> 2);
  made.exports.scan32(into + written, values.length, stepOf(values), into);
  const [zeros, min, max, sum, squares, exponents, exponentSquares, sampled] = new Float64Array(
    made.floats.buffer,
    into,
    written / 8,
  ) as unknown as [number, number, number, number, number, number, number, number];
  if (!Number.isFinite(squares)) return undefined;
  return { zeros, min: min + 0, max: max + 0, sum, squares, exponents, exponentSquares, sampled };
}

/** The same where there are no kernels, and over numbers that their memory is not to hold all of. */
function scanHere(values: Float32Array): Scan | undefined {
  let [min, max, zeros, sum, squares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    sum += x;
    squares += x * x;
    // Plain comparisons: Math.min also has NaN and -0 to mind, and takes four times as long.
    if (x < min) min = x;
    if (x > max) max = x;
    if (x === 0) zeros++;
  }
  // The largest square is 1e77, and doubles reach 1e308: only what is not finite gives a sum that is not.
  if (!Number.isFinite(squares)) return undefined;
  // -0 is no minimum of its own.
  return { zeros, min: min + 0, max: max + 0, sum, squares, ...sizes(values) };
}

function sizes(values: Float32Array): Pick<Scan, "exponents" | "exponentSquares" | "sampled"> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const step = stepOf(values);
  let [exponents, exponentSquares, sampled] = [0, 0, 0];
  for (let i = 0; i < bits.length; i += step) {
    if (values[i] === 0) continue;
    const exponent = (bits[i]! >>> 23) & 0xff;
    exponents += exponent;
    exponentSquares += exponent * exponent;
    sampled++;
  }
  return { exponents, exponentSquares, sampled };
}
