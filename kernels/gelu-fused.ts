// gelu as in kernels/gelu.ts, with multiplications and additions that are rounded once: these are few enough for one loop. The
// polynomial's odd and even powers are taken beside each other, which halves the chain that the processor waits for.

import { multiplyAdd } from "./arithmetic";
import { term } from "./gelu";

const signBits: usize = memory.data<i32>([0x80000000], 16);
/** Where the tail ends: where the polynomial, reckoned as here, is 0 to the last bit. */
const ends: usize = memory.data<f32>([-5.699959754943848], 16);
/** One of an exponent's lowest bit in the upper half of a number's bits. */
const exponentBit: i32 = 0x00800000;

@inline
function gelu(x: v128, signs: v128, end: v128): v128 {
  const negative = v128.or(x, signs);
  const z = i32x4.min_s(negative, end);
  const square = f32x4.mul(z, z);
  const odd = multiplyAdd(multiplyAdd(multiplyAdd(term(7), square, term(5)), square, term(3)), square, term(1));
  const even = multiplyAdd(multiplyAdd(multiplyAdd(term(8), square, term(6)), square, term(4)), square, term(2));
  const root = f32x4.add(f32x4.mul(multiplyAdd(even, z, odd), z), term(0));
  const squared = f32x4.mul(root, root);
  // Half of it: the exponent less 1, and 0 where it is 0.
  const tail = f32x4.mul(squared, i16x8.sub_sat_u(squared, i32x4.splat(exponentBit)));
  // The larger of x and 0 by way of twice that, as in PyTorch, where the largest numbers overflow; of 0 and less it is -0.
  const above = f32x4.pmax(x, signs);
  const once = f32x4.sub(f32x4.add(above, above), i32x4.max_s(x, i32x4.splat(0)));
  return multiplyAdd(tail, negative, once);
}

/** Of `count` numbers from `at` on, and up to 15 behind them, to `to`, which may be `at`. */
export function gelu32(at: usize, to: usize, _own: usize, count: i32): void {
  const signs = v128.load32_splat(signBits);
  const end = v128.load32_splat(ends);
  for (const stop = at + (<usize>((count + 15) & ~15) << 2); at < stop; at += 64, to += 64) {
    v128.store(to, gelu(v128.load(at), signs, end));
    v128.store(to, gelu(v128.load(at, 16), signs, end), 16);
    v128.store(to, gelu(v128.load(at, 32), signs, end), 32);
    v128.store(to, gelu(v128.load(at, 48), signs, end), 48);
  }
}
