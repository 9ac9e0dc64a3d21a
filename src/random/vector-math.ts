// Logarithm, sine and cosine in float32 as PyTorch's vector code computes them for normal numbers: the polynomials of
// Moshier's Cephes library (logf.c, sinf.c) in the arrangement of an 8- or 16-lane processor with fused multiply-adds.
// Every step rounds to float32.

import { fma32 } from "./rounding.ts";

const { fround } = Math;
const scratch = new Float32Array(1);
const pattern = new Int32Array(scratch.buffer);

const LOG_TERMS: Float32Array = Float32Array.of(
  -1.151461031e-1,
  1.167699874e-1,
  -1.2420140846e-1,
  1.4249322787e-1,
  -1.6668057665e-1,
  2.0000714765e-1,
  -2.4999993993e-1,
  3.3333331174e-1,
);
const LOG_FIRST = fround(7.0376836292e-2);
const ROOT_HALF = fround(Math.SQRT1_2);
const LOG2_LOW = fround(-2.1219444e-4);
const LOG2_HIGH = fround(0.693359375);

/** The natural logarithm of a normal float32 above 0. */
export function log32(value: number): number {
  scratch[0] = value;
  const bits = pattern[0]!;
  let exponent = (bits >> 23) - 126;
  pattern[0] = (bits & 0x007fffff) | 0x3f000000;
  let x = scratch[0]!;
  if (x < ROOT_HALF) {
    exponent -= 1;
    x = fround(fround(x - 1) + x);
  } else x = fround(x - 1);
  const square = fround(x * x);
  let y = LOG_FIRST;
  for (let i = 0; i < LOG_TERMS.length; i++) y = fma32(y, x, LOG_TERMS[i]!);
  y = fround(y * x);
  y = fma32(y, square, fround(exponent * LOG2_LOW));
  y = fma32(square, -0.5, y);
  return fma32(exponent, LOG2_HIGH, fround(x + y));
}

const FOUR_OVER_PI = fround(4 / Math.PI);
// pi / 4 in three parts, negated: subtracted one after the other they keep the small bits.
const QUARTER_PI: Float32Array = Float32Array.of(-0.78515625, -2.4187564849853516e-4, -3.774894977445941e-8);
const COS_TERMS: Float32Array = Float32Array.of(
  2.443315711809948e-5,
  -1.388731625493765e-3,
  4.166664568298827e-2,
);
const SIN_TERMS: Float32Array = Float32Array.of(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1);

/** The sine and cosine of a float32 that is not negative, as `{ sin, cos }` in `result`. */
export function sincos32(value: number, result: { sin: number; cos: number }): void {
  const octant = (Math.trunc(fround(value * FOUR_OVER_PI)) + 1) & ~1;
  let x = value;
  for (let i = 0; i < 3; i++) x = fma32(octant, QUARTER_PI[i]!, x);
  const square = fround(x * x);
  let even = fma32(COS_TERMS[0]!, square, COS_TERMS[1]!);
  even = fround(fma32(even, square, COS_TERMS[2]!) * square);
  even = fround(fma32(even, square, -fround(square * 0.5)) + 1);
  let odd = fma32(SIN_TERMS[0]!, square, SIN_TERMS[1]!);
  odd = fround(fma32(odd, square, SIN_TERMS[2]!) * square);
  odd = fma32(odd, x, x);
  const isSwapped = (octant & 2) !== 0;
  const sin = isSwapped ? even : odd;
  const cos = isSwapped ? odd : even;
  result.sin = (octant & 4) === 0 ? sin : -sin;
  result.cos = ((octant - 2) & 4) === 0 ? -cos : cos;
}
