// What is done to a row of numbers as a whole: softmax, sums in double precision, and the steps of normalisation. A row may
// have up to 3 numbers behind its whole vectors: these are done last, and what is behind the row stays as it is.

import * as functions from "./functions";
import { addWide, endOfWhole, restMask, storeRest, total } from "./lanes";

/** The largest number; NaN where there is one. */
function largest(start: usize, count: i32): f32 {
  let most = f32x4.splat(-Infinity);
  let at = start;
  for (const end = endOfWhole(start, count); at < end; at += 16) most = f32x4.max(most, v128.load(at));
  const rest = v128.bitselect(v128.load(at), f32x4.splat(-Infinity), restMask(count));
  return largestLane(f32x4.max(most, rest));
}

@inline
function largestLane(most: v128): f32 {
  const first = max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1));
  return max(first, max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)));
}

/** The largest number where it is finite and no number is NaN; else a sum of numbers that is infinite or NaN. */
function largestFinite(start: usize, count: i32): f32 {
  const least = f32x4.splat(-Infinity);
  const mask = restMask(count);
  let most = least;
  let other = least;
  // The sum of the products with 0 is NaN where a number is NaN or infinite.
  let nothing = f32x4.splat(0);
  let at = start;
  for (const end = start + (<usize>(count & ~7) << 2); at < end; at += 32) {
    const first = v128.load(at);
    const second = v128.load(at, 16);
    most = f32x4.pmax(most, first);
    other = f32x4.pmax(other, second);
    nothing = f32x4.add(nothing, f32x4.add(first, second));
  }
  if ((count & 4) != 0) {
    most = f32x4.pmax(most, v128.load(at));
    nothing = f32x4.add(nothing, v128.load(at));
    at += 16;
  }
  const rest = v128.load(at);
  most = f32x4.pmax(f32x4.pmax(most, other), v128.bitselect(rest, least, mask));
  nothing = f32x4.add(nothing, v128.and(rest, mask));
  return largestLane(v128.bitselect(most, nothing, f32x4.eq(nothing, nothing)));
}

/** So many bytes of numbers are worked on, and summed in single precision, before the sum is added in double precision. */
const together: usize = 1024;
const rests: usize = memory.data(1024 + 16, 64);
const shifts: usize = memory.data(1024 + 16, 64);

/** Does the first step of most - x for vectors of a block. */
@inline
function prepareDecline(at: usize, most: v128, offset: usize): void {
  const x = functions.declineWithin(f32x4.sub(most, v128.load(at)));
  const power = functions.declinePower(x);
  v128.store(rests + offset, functions.declineRest(x, power));
  v128.store(shifts + offset, functions.declineShift(power));
}

@inline
function finishDecline(offset: usize): v128 {
  return functions.declined(v128.load(rests + offset), v128.load(shifts + offset));
}

/**
 * The sum of exp(x - most) where `most` is a row's largest number and finite; with `isKept` these take the numbers'
 * places.
 */
@inline
function exponentials(start: usize, count: i32, most: v128, mask: v128, isKept: bool): f64 {
  const end = endOfWhole(start, count);
  let sums = f64x2.splat(0);
  let at = start;
  while (at < end) {
    const length = min(end - at, together);
    const pairs = length & ~31;
    for (let i: usize = 0; i < pairs; i += 32) {
      prepareDecline(at + i, most, i);
      prepareDecline(at + i + 16, most, i + 16);
    }
    if (pairs < length) prepareDecline(at + pairs, most, pairs);
    let even = f32x4.splat(0);
    let odd = f32x4.splat(0);
    for (let i: usize = 0; i < pairs; i += 32) {
      const first = finishDecline(i);
      const second = finishDecline(i + 16);
      if (isKept) {
        v128.store(at + i, first);
        v128.store(at + i, second, 16);
      }
      even = f32x4.add(even, first);
      odd = f32x4.add(odd, second);
    }
    if (pairs < length) {
      const value = finishDecline(pairs);
      if (isKept) v128.store(at + pairs, value);
      even = f32x4.add(even, value);
    }
    sums = addWide(sums, f32x4.add(even, odd));
    at += length;
  }
  prepareDecline(at, most, 0);
  const rest = v128.and(finishDecline(0), mask);
  if (isKept) storeRest(at, rest, mask);
  return total(addWide(sums, rest));
}

/** The same where a number is infinite or NaN. */
function anyExponentials(start: usize, count: i32, most: v128, mask: v128, isKept: bool): f64 {
  const end = endOfWhole(start, count);
  let sums = f64x2.splat(0);
  let at = start;
  for (; at < end; at += 16) {
    const value = functions.exp(f32x4.sub(v128.load(at), most));
    if (isKept) v128.store(at, value);
    sums = addWide(sums, value);
  }
  const rest = v128.and(functions.exp(f32x4.sub(v128.load(at), most)), mask);
  if (isKept) storeRest(at, rest, mask);
  return total(addWide(sums, rest));
}

/** exp(x - max) / sum(exp(x - max)) of `rows` rows of `count` numbers, in place. */
export function softmax32(start: usize, rows: i32, count: i32): void {
  const mask = restMask(count);
  for (let row = 0, from = start; row < rows; row++, from += <usize>count << 2) {
    const finite = largestFinite(from, count);
    const sum = isFinite(finite)
      ? exponentials(from, count, f32x4.splat(finite), mask, true)
      : anyExponentials(from, count, f32x4.splat(largest(from, count)), mask, true);
    const factor = f32x4.splat(<f32>(1 / sum));
    let at = from;
    for (const end = from + (<usize>(count & ~15) << 2); at < end; at += 64) {
      v128.store(at, f32x4.mul(v128.load(at), factor));
      v128.store(at, f32x4.mul(v128.load(at, 16), factor), 16);
      v128.store(at, f32x4.mul(v128.load(at, 32), factor), 32);
      v128.store(at, f32x4.mul(v128.load(at, 48), factor), 48);
    }
    for (const end = endOfWhole(from, count); at < end; at += 16) v128.store(at, f32x4.mul(v128.load(at), factor));
    storeRest(at, f32x4.mul(v128.load(at), factor), mask);
  }
}

/** x - max - log(sum(exp(x - max))) of `rows` rows of `count` numbers, in place, each step rounded. */
export function logSoftmax32(start: usize, rows: i32, count: i32): void {
  const mask = restMask(count);
  for (let row = 0, from = start; row < rows; row++, from += <usize>count << 2) {
    const finite = largestFinite(from, count);
    const most = f32x4.splat(isFinite(finite) ? finite : largest(from, count));
    const sum = isFinite(finite)
      ? exponentials(from, count, most, mask, false)
      : anyExponentials(from, count, most, mask, false);
    const logarithm = f32x4.splat(<f32>Math.log(sum));
    let at = from;
    for (const end = from + (<usize>(count & ~7) << 2); at < end; at += 32) {
      v128.store(at, f32x4.sub(f32x4.sub(v128.load(at), most), logarithm));
      v128.store(at, f32x4.sub(f32x4.sub(v128.load(at, 16), most), logarithm), 16);
    }
    for (const end = endOfWhole(from, count); at < end; at += 16) {
      v128.store(at, f32x4.sub(f32x4.sub(v128.load(at), most), logarithm));
    }
    storeRest(at, f32x4.sub(f32x4.sub(v128.load(at), most), logarithm), mask);
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
