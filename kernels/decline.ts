// exp(x - most) of numbers that are at most `most`, and their sum, in two short loops: a processor keeps only so many
// operations that wait for others, and a long chain of them fills that up. What both loops need again and again is read
// before them, which keeps it in registers. Infinities and NaN go through as in exp(x - most) itself; what is no normal number
// becomes 0 or another number that is none.

import { multiplyAdd } from "./arithmetic";
import { addWide, endOfWhole, restMask, storeRest, total } from "./lanes";

/** The polynomial's terms (exp(r) = 1 + r + r^2 p(r), minimax); 1 / ln(2); from where on the result is 0; rounding; -ln(2). */
const terms: usize = memory.data<f32>(
  [0.499992311000824, 0.16667115688323975, 0.041890326887369156, 0.00831250287592411, 1.4426950408889634, -88,
    12583039, -0.693359375, 2.1219444005469057e-4, 1], 16);

/** So many bytes of numbers are worked on, and summed in single precision, before the sum is added in double precision. */
const together: usize = 1024;
/** In a thread's own memory rests come first, and so far behind them the powers. Each is written a little farther. */
const factors: usize = 1024 + 64;

@inline
function term(index: usize): v128 {
  return v128.load32_splat(terms + 4 * index);
}

/** The first loop, in pairs of vectors: what is left of x - most, and its power of 2. */
@inline
function prepare(at: usize, own: usize, length: usize, most: v128): void {
  const log2e = term(4);
  const limit = term(5);
  // 1.5 * 2^23 + 127: what is added to it is rounded to an integer, which lies in the lowest bits as an exponent does.
  const rounder = term(6);
  const high = term(7);
  const low = term(8);
  for (let i: usize = 0; i < length; i += 32) {
    const x = f32x4.pmax(f32x4.sub(v128.load(at + i), most), limit);
    const y = f32x4.pmax(f32x4.sub(v128.load(at + i, 16), most), limit);
    const powerX = multiplyAdd(x, log2e, rounder);
    const powerY = multiplyAdd(y, log2e, rounder);
    const n = f32x4.sub(powerX, rounder);
    const m = f32x4.sub(powerY, rounder);
    v128.store(own + i, multiplyAdd(n, low, multiplyAdd(n, high, x)));
    v128.store(own + i, multiplyAdd(m, low, multiplyAdd(m, high, y)), 16);
    v128.store(own + i, i32x4.shl(powerX, 23), factors);
    v128.store(own + i, i32x4.shl(powerY, 23), factors + 16);
  }
}

/** 1 + r + r^2 p(r), times the power of 2. */
@inline
function finish(own: usize, c0: v128, c1: v128, c2: v128, c3: v128, one: v128): v128 {
  const r = v128.load(own);
  const square = f32x4.mul(r, r);
  const p = multiplyAdd(multiplyAdd(c3, r, c2), square, multiplyAdd(c1, r, c0));
  const value = f32x4.add(multiplyAdd(p, square, r), one);
  return f32x4.mul(value, v128.load(own, factors));
}

/** A block of whole vectors. Returns four sums. */
@inline
function block(at: usize, to: usize, own: usize, length: usize, most: v128, isKept: bool): v128 {
  prepare(at, own, length, most);
  const c0 = term(0);
  const c1 = term(1);
  const c2 = term(2);
  const c3 = term(3);
  const one = term(9);
  let even = f32x4.splat(0);
  let odd = f32x4.splat(0);
  let i: usize = 0;
  for (const pairs = length & ~31; i < pairs; i += 32) {
    const first = finish(own + i, c0, c1, c2, c3, one);
    const second = finish(own + i + 16, c0, c1, c2, c3, one);
    if (isKept) {
      v128.store(to + i, first);
      v128.store(to + i, second, 16);
    }
    even = f32x4.add(even, first);
    odd = f32x4.add(odd, second);
  }
  if (i < length) {
    const last = finish(own + i, c0, c1, c2, c3, one);
    if (isKept) v128.store(to + i, last);
    even = f32x4.add(even, last);
  }
  return f32x4.add(even, odd);
}

/**
 * The sum of exp(x - most) over a row, `most` its largest number; with `isKept` these are written to `to`, which may be the
 * row itself. Up to 7 numbers behind the row are read.
 * @param own the thread's own memory
 */
@inline
export function declines(start: usize, to: usize, own: usize, count: i32, most: v128, isKept: bool): f64 {
  const end = endOfWhole(start, count);
  const mask = restMask(count);
  let sums = f64x2.splat(0);
  let at = start;
  for (; at < end; at += together, to += together) {
    sums = addWide(sums, block(at, to, own, min(end - at, together), most, isKept));
  }
  prepare(end, own, 16, most);
  const rest = v128.and(finish(own, term(0), term(1), term(2), term(3), term(9)), mask);
  if (isKept) storeRest(to - (at - end), rest, mask);
  return total(addWide(sums, rest));
}
