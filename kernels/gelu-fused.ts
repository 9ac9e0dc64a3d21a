// gelu as in kernels/gelu.ts, with multiplications and additions that are rounded once.

import { multiplyAdd } from "./arithmetic";
import { term } from "./gelu";
import { ownOf } from "./own";

const signBits: usize = memory.data<i32>([0x80000000], 16);
const ends: usize = memory.data<f32>([-5.699969291687012], 16);
const exponentBit: i32 = 0x00800000;
const together: usize = 1024;

@inline
function begin(at: usize, own: usize, signs: v128, end: v128, c8: v128, c7: v128, c6: v128, c5: v128, c4: v128): void {
  const z = i32x4.min_s(v128.or(v128.load(at), signs), end);
  v128.store(own, multiplyAdd(multiplyAdd(multiplyAdd(multiplyAdd(c8, z, c7), z, c6), z, c5), z, c4));
}

@inline
function complete(at: usize, to: usize, own: usize, signs: v128, end: v128, c3: v128, c2: v128, c1: v128, c0: v128): void {
  const x = v128.load(at);
  const negative = v128.or(x, signs);
  const z = i32x4.min_s(negative, end);
  const sum = multiplyAdd(multiplyAdd(multiplyAdd(v128.load(own), z, c3), z, c2), z, c1);
  const root = f32x4.add(f32x4.mul(sum, z), c0);
  const squared = f32x4.mul(root, root);
  const tail = f32x4.mul(squared, i16x8.sub_sat_u(squared, i32x4.splat(exponentBit)));
  const above = f32x4.pmax(x, signs);
  const once = f32x4.sub(f32x4.add(above, above), i32x4.max_s(x, i32x4.splat(0)));
  v128.store(to, multiplyAdd(tail, negative, once));
}

export function gelu32(at: usize, to: usize, own: usize, count: i32, thread: i32): void {
  own = ownOf(own, thread);
  const signs = v128.load32_splat(signBits);
  const end = v128.load32_splat(ends);
  for (const stop = at + (<usize>((count + 15) & ~15) << 2); at < stop; at += together, to += together) {
    const length = min(stop - at, together);
    const c8 = term(8), c7 = term(7), c6 = term(6), c5 = term(5), c4 = term(4);
    for (let i: usize = 0; i < length; i += 64) {
      begin(at + i, own + i, signs, end, c8, c7, c6, c5, c4);
      begin(at + i + 16, own + i + 16, signs, end, c8, c7, c6, c5, c4);
      begin(at + i + 32, own + i + 32, signs, end, c8, c7, c6, c5, c4);
      begin(at + i + 48, own + i + 48, signs, end, c8, c7, c6, c5, c4);
    }
    const c3 = term(3), c2 = term(2), c1 = term(1), c0 = term(0);
    for (let i: usize = 0; i < length; i += 64) {
      complete(at + i, to + i, own + i, signs, end, c3, c2, c1, c0);
      complete(at + i + 16, to + i + 16, own + i + 16, signs, end, c3, c2, c1, c0);
      complete(at + i + 32, to + i + 32, own + i + 32, signs, end, c3, c2, c1, c0);
      complete(at + i + 48, to + i + 48, own + i + 48, signs, end, c3, c2, c1, c0);
    }
  }
}
