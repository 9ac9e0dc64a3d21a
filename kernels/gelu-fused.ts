// gelu as in kernels/gelu.ts, with multiplications and additions that are rounded once: two loops of a few terms are enough.
// The last step to the root is rounded once too, and is 0 nowhere; the terms are chosen so that where the tail ends it leaves
// 3e-14, whose fourth power is 0.

import { multiplyAdd } from "./arithmetic";
import { ownOf } from "./own";

/** The terms, those of the lowest powers first, and where the tail ends. */
const terms: usize = memory.data<f32>(
  [1, 0.19947032630443573, -0.05969571694731712, -0.0055286032147705555, 0.004516287241131067, 4.444984733709134e-5,
    -0.00036430350155569613, -6.915782432770357e-5, -4.014903424831573e-6, -5.680046558380127], 16);
const signBits: usize = memory.data<i32>([0x80000000], 16);
/** So many bytes of numbers go through both loops before the next do. */
const together: usize = 1024;
/** The lowest bit of an exponent. */
const exponentBit: i32 = 0x00800000;
/** From here on twice a number is infinite. */
const huge: i32 = 0x7f000000;

@inline
function term(index: usize): v128 {
  return v128.load32_splat(terms + 4 * index);
}

/** -|x|, not below the end of the tail. As integers negative numbers are in the order of their sizes. */
@inline
function below(x: v128, signs: v128, end: v128): v128 {
  return i32x4.min_s(v128.or(x, signs), end);
}

@inline
function begin(x: v128, own: usize, signs: v128, end: v128, c8: v128, c7: v128, c6: v128, c5: v128, c4: v128): void {
  const z = below(x, signs, end);
  v128.store(own, multiplyAdd(multiplyAdd(multiplyAdd(multiplyAdd(c8, z, c7), z, c6), z, c5), z, c4));
}

@inline
function complete(x: v128, to: usize, own: usize, signs: v128, end: v128, c3: v128, c2: v128, c1: v128, c0: v128): void {
  const z = below(x, signs, end);
  const sum = multiplyAdd(multiplyAdd(v128.load(own), z, c3), z, c2);
  const root = multiplyAdd(multiplyAdd(sum, z, c1), z, c0);
  const squared = f32x4.mul(root, root);
  // Half of it, by its exponent: the root is 1 + z sum rounded once, 0 for none of these z and elsewhere at least 2^-48.
  const tail = f32x4.mul(squared, i32x4.sub(squared, i32x4.splat(exponentBit)));
  // The smaller of x and 0x80000000 without signs: -0 where x is negative.
  v128.store(to, multiplyAdd(tail, v128.or(x, signs), i32x4.min_u(x, signs)));
}

/** The largest numbers overflow, as in PyTorch, which doubles them on its way. */
function overflow(to: usize, length: usize): void {
  for (const stop = to + length; to < stop; to += 16) {
    const y = v128.load(to);
    const isHuge = f32x4.ge(y, f32x4.splat(1.7014118346046923e38));
    v128.store(to, v128.bitselect(f32x4.splat(Infinity), y, isHuge));
  }
}

/**
 * Of `count` numbers from `at` on, and up to 15 behind them, to `to`, which may be `at`.
 * @param own memory of each thread's own
 */
export function gelu32(at: usize, to: usize, own: usize, count: i32, thread: i32): void {
  own = ownOf(own, thread);
  const signs = v128.load32_splat(signBits);
  const end = term(9);
  for (const stop = at + (<usize>((count + 15) & ~15) << 2); at < stop; at += together, to += together) {
    const length = min(stop - at, together);
    const c8 = term(8), c7 = term(7), c6 = term(6), c5 = term(5), c4 = term(4);
    for (let i: usize = 0; i < length; i += 32) {
      begin(v128.load(at + i), own + i, signs, end, c8, c7, c6, c5, c4);
      begin(v128.load(at + i, 16), own + i + 16, signs, end, c8, c7, c6, c5, c4);
    }
    const c3 = term(3), c2 = term(2), c1 = term(1), c0 = term(0);
    let greatest = i32x4.splat(0);
    for (let i: usize = 0; i < length; i += 32) {
      const x0 = v128.load(at + i);
      greatest = i32x4.max_s(greatest, x0);
      complete(x0, to + i, own + i, signs, end, c3, c2, c1, c0);
      const x1 = v128.load(at + i, 16);
      greatest = i32x4.max_s(greatest, x1);
      complete(x1, to + i + 16, own + i + 16, signs, end, c3, c2, c1, c0);
    }
    if (v128.any_true(i32x4.ge_s(greatest, i32x4.splat(huge)))) overflow(to, length);
  }
}
