// Normalisation of groups of numbers that lie together, one behind the other: layer, group and instance normalisation.

import { multiplyAdd } from "./arithmetic";
import { endOfWhole, restMask, storeRest, sumOfLanes } from "./lanes";

/** So many vectors, spread over a group, are looked at for a first guess of its mean; a shorter group's all. */
const looked: i32 = 16;

/** A first guess of the mean. */
function guess(start: usize, count: i32, mask: v128): f32 {
  const all = count >> 2;
  const step = <usize>max(all / looked, 1) << 4;
  const vectors = min(all, looked);
  let sums = f32x4.splat(0);
  let at = start;
  for (let i = 0; i < vectors; i++, at += step) sums = f32x4.add(sums, v128.load(at));
  if (vectors > 0) return <f32>(sumOfLanes(sums) / <f64>(4 * vectors));
  return <f32>(sumOfLanes(v128.and(v128.load(start), mask)) / <f64>count);
}

let distances: f64 = 0;
let squares: f64 = 0;

/** So many bytes of numbers are summed in single precision before the sums are added in double precision. */
const together: usize = 1024;

/** Sums the distances from a number, and their squares. */
function moments(start: usize, count: i32, centre: v128, mask: v128): void {
  let sum: f64 = 0;
  let sumOfSquares: f64 = 0;
  let at = start;
  const end = endOfWhole(start, count);
  while (at < end) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let q0 = s0;
    let q1 = s0;
    const length = min(end - at, together);
    for (const stop = at + (length & ~31); at < stop; at += 32) {
      const first = f32x4.sub(v128.load(at), centre);
      const second = f32x4.sub(v128.load(at, 16), centre);
      s0 = f32x4.add(s0, first);
      q0 = multiplyAdd(first, first, q0);
      s1 = f32x4.add(s1, second);
      q1 = multiplyAdd(second, second, q1);
    }
    if ((length & 16) != 0) {
      const distance = f32x4.sub(v128.load(at), centre);
      s0 = f32x4.add(s0, distance);
      q0 = multiplyAdd(distance, distance, q0);
      at += 16;
    }
    sum += sumOfLanes(f32x4.add(s0, s1));
    sumOfSquares += sumOfLanes(f32x4.add(q0, q1));
  }
  const distance = v128.and(f32x4.sub(v128.load(at), centre), mask);
  distances = sum + sumOfLanes(distance);
  squares = sumOfSquares + sumOfLanes(f32x4.mul(distance, distance));
}

/** What a group's numbers become: ((x - centre) factor - rest) weight + bias. */
@inline
function scaled(at: usize, centre: v128, factor: v128, rest: v128): v128 {
  return f32x4.sub(f32x4.mul(f32x4.sub(v128.load(at), centre), factor), rest);
}

/** With a weight and a bias of each number. Results lie `far` behind the numbers. */
function applyEach(
  start: usize,
  far: usize,
  count: i32,
  centre: v128,
  factor: v128,
  rest: v128,
  weights: usize,
  biases: usize,
): void {
  let at = start;
  let by = weights;
  let plus = biases;
  for (const end = start + (<usize>(count & ~7) << 2); at < end; at += 32, by += 32, plus += 32) {
    const first = scaled(at, centre, factor, rest);
    const second = scaled(at + 16, centre, factor, rest);
    v128.store(at + far, multiplyAdd(first, v128.load(by), v128.load(plus)));
    v128.store(at + far, multiplyAdd(second, v128.load(by, 16), v128.load(plus, 16)), 16);
  }
  for (const end = endOfWhole(start, count); at < end; at += 16, by += 16, plus += 16) {
    v128.store(at + far, multiplyAdd(scaled(at, centre, factor, rest), v128.load(by), v128.load(plus)));
  }
  const last = multiplyAdd(scaled(at, centre, factor, rest), v128.load(by), v128.load(plus));
  storeRest(at + far, last, restMask(count));
}

/** With one summand: (x - centre) factor + summand. */
function applyOne(start: usize, far: usize, count: i32, centre: v128, factor: v128, summand: v128): void {
  let at = start;
  for (const end = start + (<usize>(count & ~7) << 2); at < end; at += 32) {
    v128.store(at + far, multiplyAdd(f32x4.sub(v128.load(at), centre), factor, summand));
    v128.store(at + far, multiplyAdd(f32x4.sub(v128.load(at, 16), centre), factor, summand), 16);
  }
  for (const end = endOfWhole(start, count); at < end; at += 16) {
    v128.store(at + far, multiplyAdd(f32x4.sub(v128.load(at), centre), factor, summand));
  }
  const last = multiplyAdd(f32x4.sub(v128.load(at), centre), factor, summand);
  storeRest(at + far, last, restMask(count));
}

/**
 * Normalises groups of `channels` times `inner` numbers, to `to`, which may be `start`:
 * ((x - mean) / sqrt(variance + eps)) weight + bias. Group `g` takes the weights and biases of the channels from
 * (g % kinds) * channels on; addresses of 0 stand for none.
 * @param first the first group's number
 * @param statistics where each group's mean, 1 / sqrt(variance + eps) and variance are written
 */
export function normalizeGroups32(
  start: usize,
  to: usize,
  first: i32,
  kinds: i32,
  channels: i32,
  inner: i32,
  eps: f32,
  weights: usize,
  biases: usize,
  statistics: usize,
  groups: i32,
): void {
  const count = channels * inner;
  const size = <f64>count;
  const far = to - start;
  const mask = restMask(count);
  for (let group = 0, at = start; group < groups; group++, at += <usize>count << 2, statistics += 12) {
    const guessed = guess(at, count, mask);
    moments(at, count, f32x4.splat(guessed), mask);
    let mean = <f64>guessed + distances / size;
    // The mean of the squares is that of the distances from the guess, less what the guess is off. Where that is much,
    // digits would be lost.
    let off = mean - <f64>guessed;
    if (off * off * 16 > squares / size) {
      const nearer = <f32>mean;
      moments(at, count, f32x4.splat(nearer), mask);
      off = distances / size;
      mean = <f64>nearer + off;
    }
    const variance = <f32>max<f64>(0, squares / size - off * off);
    const factor = <f32>1 / sqrt<f32>(variance + eps);
    const centre = <f32>mean;
    store<f32>(statistics, centre);
    store<f32>(statistics, factor, 4);
    store<f32>(statistics, variance, 8);
    const left = <f32>((mean - <f64>centre) * <f64>factor);
    const own = (<usize>((first + group) % kinds) * channels) << 2;
    if (weights == 0) {
      applyOne(at, far, count, f32x4.splat(centre), f32x4.splat(factor), f32x4.splat(-left));
    } else if (inner == 1) {
      applyEach(at, far, count, f32x4.splat(centre), f32x4.splat(factor), f32x4.splat(left), weights + own, biases + own);
    } else {
      for (let k = 0; k < channels; k++) {
        const weight = load<f32>(weights + own + (<usize>k << 2));
        const bias = load<f32>(biases + own + (<usize>k << 2));
        const from = at + (<usize>(k * inner) << 2);
        applyOne(from, far, inner, f32x4.splat(centre), f32x4.splat(factor * weight), f32x4.splat(bias - left * weight));
      }
    }
  }
}
