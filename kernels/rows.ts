// What is done to a row of numbers as a whole: softmax, sums in double precision, and the steps of normalisation. A row may
// have up to 3 numbers behind its whole vectors: these are done last, and what is behind the row stays as it is.

import * as functions from "./functions";

const lanes: usize = memory.data<i32>([0, 1, 2, 3], 16);

/** All bits of the first lanes of a vector set, as many as the row has numbers behind its whole vectors. */
@inline
function restMask(count: i32): v128 {
  return i32x4.lt_s(v128.load(lanes), i32x4.splat(count & 3));
}

/** Writes the lanes of a mask; the others stay. */
@inline
function storeRest(at: usize, numbers: v128, mask: v128): void {
  v128.store(at, v128.bitselect(numbers, v128.load(at), mask));
}

@inline
function endOfWhole(at: usize, count: i32): usize {
  return at + (<usize>(count & ~3) << 2);
}

/** The sum of four single-precision numbers in double precision, added to two sums. */
@inline
function addWide(sums: v128, numbers: v128): v128 {
  const high = i8x16.shuffle(numbers, numbers, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
  return f64x2.add(sums, f64x2.add(f64x2.promote_low_f32x4(numbers), f64x2.promote_low_f32x4(high)));
}

@inline
function total(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** The largest number; NaN where there is one. */
function largest(start: usize, count: i32): f32 {
  let most = f32x4.splat(-Infinity);
  let at = start;
  for (const end = endOfWhole(start, count); at < end; at += 16) most = f32x4.max(most, v128.load(at));
  const rest = v128.bitselect(v128.load(at), f32x4.splat(-Infinity), restMask(count));
  most = f32x4.max(most, rest);
  const first = max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1));
  return max(first, max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)));
}

/** exp(x - max) / sum(exp(x - max)) of `rows` rows of `count` numbers, in place. */
export function softmax32(start: usize, rows: i32, count: i32): void {
  const mask = restMask(count);
  for (let row = 0, from = start; row < rows; row++, from += <usize>count << 2) {
    const most = f32x4.splat(largest(from, count));
    const end = endOfWhole(from, count);
    let sums = f64x2.splat(0);
    let at = from;
    for (; at < end; at += 16) {
      const value = functions.exp(f32x4.sub(v128.load(at), most));
      v128.store(at, value);
      sums = addWide(sums, value);
    }
    const rest = v128.and(functions.exp(f32x4.sub(v128.load(at), most)), mask);
    storeRest(at, rest, mask);
    const divisor = f32x4.splat(<f32>total(addWide(sums, rest)));
    for (at = from; at < end; at += 16) v128.store(at, f32x4.div(v128.load(at), divisor));
    storeRest(at, f32x4.div(v128.load(at), divisor), mask);
  }
}

/** x - max - log(sum(exp(x - max))) of `rows` rows of `count` numbers, in place, each step rounded. */
export function logSoftmax32(start: usize, rows: i32, count: i32): void {
  const mask = restMask(count);
  for (let row = 0, from = start; row < rows; row++, from += <usize>count << 2) {
    const most = f32x4.splat(largest(from, count));
    const end = endOfWhole(from, count);
    let sums = f64x2.splat(0);
    let at = from;
    for (; at < end; at += 16) {
      const value = f32x4.sub(v128.load(at), most);
      v128.store(at, value);
      sums = addWide(sums, functions.exp(value));
    }
    const rest = f32x4.sub(v128.load(at), most);
    storeRest(at, rest, mask);
    sums = addWide(sums, v128.and(functions.exp(rest), mask));
    const logarithm = f32x4.splat(<f32>Math.log(total(sums)));
    for (at = from; at < end; at += 16) v128.store(at, f32x4.sub(v128.load(at), logarithm));
    storeRest(at, f32x4.sub(v128.load(at), logarithm), mask);
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

@inline
function addSquares(sums: v128, numbers: v128, mean: v128): v128 {
  const high = i8x16.shuffle(numbers, numbers, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
  const first = f64x2.sub(f64x2.promote_low_f32x4(numbers), mean);
  const second = f64x2.sub(f64x2.promote_low_f32x4(high), mean);
  return f64x2.add(sums, f64x2.add(f64x2.mul(first, first), f64x2.mul(second, second)));
}

/** The sum of the squared distances from a mean, in double precision. */
export function squares32(start: usize, count: i32, mean: f64): f64 {
  const centre = f64x2.splat(mean);
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  let at = start;
  for (const end = start + (<usize>(count & ~7) << 2); at < end; at += 32) {
    even = addSquares(even, v128.load(at), centre);
    odd = addSquares(odd, v128.load(at, 16), centre);
  }
  let sum = total(f64x2.add(even, odd));
  for (const end = start + (<usize>count << 2); at < end; at += 4) {
    const distance = <f64>load<f32>(at) - mean;
    sum += distance * distance;
  }
  return sum;
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

/** (x - mean) factor * weight + bias, in place, with a weight and a bias of each number. */
export function normalizeEach32(
  start: usize,
  count: i32,
  mean: f64,
  factor: f32,
  weights: usize,
  biases: usize,
): void {
  // The mean in two parts, so that nothing of it is lost.
  const centre = f32x4.splat(<f32>mean);
  const low = f32x4.splat(<f32>(mean - <f64>(<f32>mean)));
  const scale = f32x4.splat(factor);
  const mask = restMask(count);
  const end = endOfWhole(start, count);
  let at = start;
  let by = weights;
  let to = biases;
  for (; at < end; at += 16, by += 16, to += 16) {
    const centred = f32x4.mul(f32x4.sub(f32x4.sub(v128.load(at), centre), low), scale);
    v128.store(at, f32x4.add(f32x4.mul(centred, v128.load(by)), v128.load(to)));
  }
  const centred = f32x4.mul(f32x4.sub(f32x4.sub(v128.load(at), centre), low), scale);
  storeRest(at, f32x4.add(f32x4.mul(centred, v128.load(by)), v128.load(to)), mask);
}
