// gelu with the normal distribution itself: the larger of x and 0, less |x| Q(|x|), Q the distribution's upper tail. Twice it
// is the fourth power of a polynomial of -|x|, which is 0 to the last bit at the table's last number, and is taken no
// farther. The error is one of the size of x. The polynomial is taken term by term, which needs the fewest operations, in
// several loops of a few terms: a processor keeps only so many operations that wait for others, and one long chain of them
// for each vector fills that up.

import { ownOf } from "./own";

/** The terms, those of the lowest powers first, and where the tail ends. */
const terms: usize = memory.data<f32>(
  [1, 0.1994704157114029, -0.0596940703690052, -0.005521831102669239, 0.0045271990820765495, 5.288596003083512e-5,
    -0.0003609843261074275, -6.852145452285185e-5, -3.968106284446549e-6, -5.69996976852417], 16);
const others: usize = memory.data<i32>([0x80000000, 0x3f000000], 16);

/** So many bytes of numbers go through all loops before the next do. */
const together: usize = 1024;
/** In a thread's own memory -|x| comes first, and so far behind it the polynomial as far as it is taken. */
const values: usize = together;

@inline
function term(index: usize): v128 {
  return v128.load32_splat(terms + 4 * index);
}

@inline
function next(sum: v128, x: v128, added: v128): v128 {
  return f32x4.add(f32x4.mul(sum, x), added);
}

/** -|x|, not below the end of the tail, and the first terms. As integers negative numbers are in the order of their sizes. */
@inline
function begin(at: usize, own: usize, signs: v128, far: v128, c8: v128, c7: v128, c6: v128, c5: v128): void {
  const x = i32x4.min_s(v128.or(v128.load(at), signs), far);
  v128.store(own, x);
  v128.store(own, next(next(next(c8, x, c7), x, c6), x, c5), values);
}

@inline
function proceed(own: usize, c4: v128, c3: v128, c2: v128): void {
  const x = v128.load(own);
  v128.store(own, next(next(next(v128.load(own, values), x, c4), x, c3), x, c2), values);
}

/** The last terms; the last one alone is of the size of the sum, so that near 0 there is one rounding of that size. */
@inline
function complete(own: usize, c1: v128, c0: v128): void {
  const x = v128.load(own);
  v128.store(own, next(next(v128.load(own, values), x, c1), x, c0), values);
}

/** The result is made twice as large and halved last, as in PyTorch, where the largest numbers overflow. */
@inline
function finish(at: usize, to: usize, own: usize, signs: v128, half: v128): void {
  const x = v128.load(at);
  const root = v128.load(own, values);
  const square = f32x4.mul(root, root);
  const above = f32x4.pmax(x, signs);
  const tail = f32x4.mul(f32x4.mul(square, square), v128.or(x, signs));
  v128.store(to, f32x4.mul(f32x4.add(f32x4.add(above, above), tail), half));
}

function firstTerms(at: usize, own: usize, length: usize): void {
  const signs = v128.load32_splat(others);
  const far = term(9);
  const c8 = term(8);
  const c7 = term(7);
  const c6 = term(6);
  const c5 = term(5);
  for (let i: usize = 0; i < length; i += 64) {
    begin(at + i, own + i, signs, far, c8, c7, c6, c5);
    begin(at + i + 16, own + i + 16, signs, far, c8, c7, c6, c5);
    begin(at + i + 32, own + i + 32, signs, far, c8, c7, c6, c5);
    begin(at + i + 48, own + i + 48, signs, far, c8, c7, c6, c5);
  }
}

/**
 * Of `count` numbers from `at` on, and up to 15 behind them, to `to`, which may be `at`.
 * @param own memory of each thread's own
 */
export function gelu32(at: usize, to: usize, own: usize, count: i32, thread: i32): void {
  own = ownOf(own, thread);
  const signs = v128.load32_splat(others);
  const half = v128.load32_splat(others, 4);
  for (const end = at + (<usize>((count + 15) & ~15) << 2); at < end; at += together, to += together) {
    const length = min(end - at, together);
    firstTerms(at, own, length);
    const c4 = term(4);
    const c3 = term(3);
    const c2 = term(2);
    for (let i: usize = 0; i < length; i += 64) {
      proceed(own + i, c4, c3, c2);
      proceed(own + i + 16, c4, c3, c2);
      proceed(own + i + 32, c4, c3, c2);
      proceed(own + i + 48, c4, c3, c2);
    }
    const c1 = term(1);
    const c0 = term(0);
    for (let i: usize = 0; i < length; i += 64) {
      complete(own + i, c1, c0);
      complete(own + i + 16, c1, c0);
      complete(own + i + 32, c1, c0);
      complete(own + i + 48, c1, c0);
    }
    for (let i: usize = 0; i < length; i += 64) {
      finish(at + i, to + i, own + i, signs, half);
      finish(at + i + 16, to + i + 16, own + i + 16, signs, half);
      finish(at + i + 32, to + i + 32, own + i + 32, signs, half);
      finish(at + i + 48, to + i + 48, own + i + 48, signs, half);
    }
  }
}
