// What is done to a row of numbers as a whole: softmax, sums in double precision, and the steps of normalisation. A row may
// have up to 3 numbers behind its whole vectors: these are done last, and what is behind the row stays as it is.

import { declines } from "./decline";
import { addWide, endOfWhole, restMask, storeRest, total } from "./lanes";
import { ownOf } from "./own";

/** The largest number; what is no number is passed over, and is in the exponentials' sum. */
function largest(start: usize, count: i32): f32 {
  const least = f32x4.splat(-Infinity);
  let first = least;
  let second = least;
  let third = least;
  let fourth = least;
  let at = start;
  for (const end = start + (<usize>(count & ~15) << 2); at < end; at += 64) {
    first = f32x4.pmax(first, v128.load(at));
    second = f32x4.pmax(second, v128.load(at, 16));
    third = f32x4.pmax(third, v128.load(at, 32));
    fourth = f32x4.pmax(fourth, v128.load(at, 48));
  }
  for (const end = endOfWhole(start, count); at < end; at += 16) first = f32x4.pmax(first, v128.load(at));
  second = f32x4.pmax(second, v128.bitselect(v128.load(at), least, restMask(count)));
  const most = f32x4.pmax(f32x4.pmax(first, second), f32x4.pmax(third, fourth));
  const even = max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 2));
  return max(even, max(f32x4.extract_lane(most, 1), f32x4.extract_lane(most, 3)));
}

/**
 * exp(x - max) / sum(exp(x - max)) of `rows` rows of `count` numbers, to `to`, which may be `from`.
 * @param own memory of each thread's own
 */
export function softmax32(from: usize, to: usize, count: i32, own: usize, rows: i32, thread: i32): void {
  own = ownOf(own, thread);
  const mask = restMask(count);
  for (let row = 0; row < rows; row++, from += <usize>count << 2, to += <usize>count << 2) {
    const sum = declines(from, to, own, count, f32x4.splat(largest(from, count)), true);
    const factor = f32x4.splat(<f32>(1 / sum));
    let at = to;
    for (const end = to + (<usize>(count & ~15) << 2); at < end; at += 64) {
      v128.store(at, f32x4.mul(v128.load(at), factor));
      v128.store(at, f32x4.mul(v128.load(at, 16), factor), 16);
      v128.store(at, f32x4.mul(v128.load(at, 32), factor), 32);
      v128.store(at, f32x4.mul(v128.load(at, 48), factor), 48);
    }
    for (const end = endOfWhole(to, count); at < end; at += 16) v128.store(at, f32x4.mul(v128.load(at), factor));
    storeRest(at, f32x4.mul(v128.load(at), factor), mask);
  }
}

/**
 * x - max - log(sum(exp(x - max))) of `rows` rows of `count` numbers, each step rounded, to `to`, which may be `from`.
 * @param own memory of each thread's own
 */
export function logSoftmax32(from: usize, to: usize, count: i32, own: usize, rows: i32, thread: i32): void {
  own = ownOf(own, thread);
  const mask = restMask(count);
  for (let row = 0; row < rows; row++, from += <usize>count << 2, to += <usize>count << 2) {
    const most = f32x4.splat(largest(from, count));
    const logarithm = f32x4.splat(<f32>Math.log(declines(from, to, own, count, most, false)));
    const far = to - from;
    let at = from;
    for (const end = from + (<usize>(count & ~7) << 2); at < end; at += 32) {
      v128.store(at + far, f32x4.sub(f32x4.sub(v128.load(at), most), logarithm));
      v128.store(at + far, f32x4.sub(f32x4.sub(v128.load(at, 16), most), logarithm), 16);
    }
    for (const end = endOfWhole(from, count); at < end; at += 16) {
      v128.store(at + far, f32x4.sub(f32x4.sub(v128.load(at), most), logarithm));
    }
    storeRest(at + far, f32x4.sub(f32x4.sub(v128.load(at), most), logarithm), mask);
  }
}

/** The sum in double precision. */
export function sum32(start: usize, count: i32): f64 {
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  let at = start;
  for (const end = start + (<usize>(count & ~7) << 2); at < end; at += 32) {
    even = addWide(even, v128.load(at));
    odd = addWide(odd, v128.load(at, 16));
  }
  if ((count & 4) != 0) {
    even = addWide(even, v128.load(at));
    at += 16;
  }
  return total(f64x2.add(addWide(even, v128.and(v128.load(at), restMask(count))), odd));
}

/** The sum of the squared distances from a mean, distances and squares rounded to single precision. */
export function roundedSquares32(start: usize, count: i32, mean: f32): f64 {
  const centre = f32x4.splat(mean);
  let sums = f64x2.splat(0);
  let at = start;
  for (const end = endOfWhole(start, count); at < end; at += 16) {
    const distance = f32x4.sub(v128.load(at), centre);
    sums = addWide(sums, f32x4.mul(distance, distance));
  }
  const distance = f32x4.sub(v128.load(at), centre);
  return total(addWide(sums, v128.and(f32x4.mul(distance, distance), restMask(count))));
}

/** (x - mean) factor + summand, in place. */
export function normalize32(start: usize, count: i32, mean: f64, factor: f32, summand: f32): void {
  // The mean in two parts, so that nothing of it is lost.
  const centre = f32x4.splat(<f32>mean);
  const low = f32x4.splat(<f32>(mean - <f64>(<f32>mean)));
  const scale = f32x4.splat(factor);
  const shift = f32x4.splat(summand);
  let at = start;
  for (const end = endOfWhole(start, count); at < end; at += 16) {
    v128.store(at, f32x4.add(f32x4.mul(f32x4.sub(f32x4.sub(v128.load(at), centre), low), scale), shift));
  }
  const rest = f32x4.add(f32x4.mul(f32x4.sub(f32x4.sub(v128.load(at), centre), low), scale), shift);
  storeRest(at, rest, restMask(count));
}
