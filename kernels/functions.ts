// Functions of four single-precision numbers at once, without fused multiplication: the argument is reduced so that little is
// lost in it, and a polynomial (minimax, its coefficients fitted for this file) does the rest. Polynomials are taken in
// pairs of terms (Estrin's scheme), since the processor waits for the longest chain. test/kernels/accuracy.test.ts holds
// the errors.

import { multiplyAdd } from "./arithmetic";

// Numbers are read from memory: that is one instruction, where engines make a constant anew, by three, at each use.
const numbers: usize = memory.data<f32>([1, 2, 0.5, 1.4426950408889634, 12582912, 0.693359375, -2.1219444005469057e-4, 87, -87,
  -0.693359375, 2.1219444005469057e-4], 16);

@inline
function one(): v128 {
  return v128.load32_splat(numbers);
}

@inline
function two(): v128 {
  return v128.load32_splat(numbers, 4);
}

@inline
function half(): v128 {
  return v128.load32_splat(numbers, 8);
}

@inline
function log2e(): v128 {
  return v128.load32_splat(numbers, 12);
}

/** 1.5 * 2^23: a number of less than 2^22 added to it is rounded to an integer, which is then in its lowest bits. */
@inline
function rounder(): v128 {
  return v128.load32_splat(numbers, 16);
}

/** ln(2) as a number of few bits, whose products with exponents are exact. */
@inline
function ln2High(): v128 {
  return v128.load32_splat(numbers, 20);
}

/** What of ln(2) is left. */
@inline
function ln2Low(): v128 {
  return v128.load32_splat(numbers, 24);
}

@inline
function lessLn2High(): v128 {
  return v128.load32_splat(numbers, 36);
}

@inline
function lessLn2Low(): v128 {
  return v128.load32_splat(numbers, 40);
}

/** Up to here exp(x) and exp(-x) are normal numbers. */
@inline
function limit(): v128 {
  return v128.load32_splat(numbers, 28);
}

@inline
function lessLimit(): v128 {
  return v128.load32_splat(numbers, 32);
}

@inline
function c(value: f32): v128 {
  return f32x4.splat(value);
}

@inline
function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}

@inline
function sub(a: v128, b: v128): v128 {
  return f32x4.sub(a, b);
}

@inline
function mul(a: v128, b: v128): v128 {
  return f32x4.mul(a, b);
}

/** The negative of the absolute value. */
@inline
function lessAbsolute(x: v128): v128 {
  return v128.or(x, i32x4.splat(0x80000000));
}

/** A number of at least 0 with a sign. */
@inline
function withSign(size: v128, sign: v128): v128 {
  return v128.or(size, v128.and(sign, i32x4.splat(0x80000000)));
}

/** c0 + c1 x, of the coefficients from an address on. */
@inline
function pair(table: usize, x: v128): v128 {
  return multiplyAdd(v128.load32_splat(table, 4), x, v128.load32_splat(table));
}

/** c0 + c1 x + c2 x^2 + c3 x^3. */
@inline
function four(table: usize, x: v128, square: v128): v128 {
  return multiplyAdd(pair(table + 8, x), square, pair(table, x));
}

// exp(x) = 2^n exp(r), n the nearest integer to x / ln(2), and r what is left.

/** n in the lowest bits of the sum with `rounder`. */
@inline
function powers(x: v128): v128 {
  return multiplyAdd(x, log2e(), rounder());
}

@inline
function reduced(x: v128, power: v128): v128 {
  const n = sub(power, rounder());
  return multiplyAdd(n, lessLn2Low(), multiplyAdd(n, lessLn2High(), x));
}

const exponentialTerms: usize = memory.data<f32>(
  [0.5, 0.166665181517601, 0.041666414588689804, 0.008369001559913158, 0.00139395403675735], 16);

/** exp(r) for |r| of at most ln(2) / 2: 1 + (r + r^2 q(r)). */
@inline
function exponential(r: v128): v128 {
  const square = mul(r, r);
  const last = v128.load32_splat(exponentialTerms, 16);
  const q = multiplyAdd(last, mul(square, square), four(exponentialTerms, r, square));
  return add(multiplyAdd(q, square, r), one());
}

const riseTerms: usize = memory.data<f32>(
  [0.5, 0.1666666716337204, 0.041666485369205475, 0.00833320152014494, 0.0013933070003986359, 0.00019950092246290296], 16);

/** exp(r) - 1 for |r| of at most ln(2) / 2, to the last place near 0 as well. */
@inline
function exponentialLessOne(r: v128): v128 {
  const square = mul(r, r);
  const terms = multiplyAdd(pair(riseTerms + 16, r), mul(square, square), four(riseTerms, r, square));
  return multiplyAdd(terms, square, r);
}

/** 2^n for n from -126 to 127, n as `powers` gives it. */
@inline
function powerOf(power: v128): v128 {
  return i32x4.add(i32x4.shl(power, 23), one());
}

/** value * 2^n for a value of about 1 where the result is a normal number. */
@inline
function raised(value: v128, power: v128): v128 {
  return i32x4.add(value, i32x4.shl(power, 23));
}

/** value * 2^n for n from -252 to 254: two factors, each of which is a normal number. */
@inline
function scaled(value: v128, power: v128): v128 {
  const n = i32x4.sub(power, rounder());
  const first = i32x4.shr_s(n, 1);
  return mul(mul(value, powerOf(first)), powerOf(i32x4.sub(n, first)));
}

/** True iff exp(x) and exp(-x) of all are normal numbers: not of NaN. */
@inline
function isPlain(x: v128): bool {
  return i32x4.bitmask(f32x4.le(f32x4.abs(x), limit())) == 15;
}

/** exp(x) where `isPlain` holds. */
@inline
function plainExp(x: v128): v128 {
  const power = powers(x);
  return raised(exponential(reduced(x, power)), power);
}

/** exp(x) of any numbers. */
function anyExp(x: v128): v128 {
  const within = f32x4.pmax(f32x4.pmin(x, c(89)), c(-104));
  const power = powers(within);
  return scaled(exponential(reduced(within, power)), power);
}

@inline
export function exp(x: v128): v128 {
  return isPlain(x) ? plainExp(x) : anyExp(x);
}

/** exp(x) for x of at most 0; below -87, where the result is no normal number, something of its size. */
@inline
export function expOfNegative(x: v128): v128 {
  const within = f32x4.pmax(x, lessLimit());
  const power = powers(within);
  return mul(exponential(reduced(within, power)), powerOf(power));
}

/** (e - 1) / (e + 1) of e = exp(2 |x|). */
@inline
export function tanh(x: v128): v128 {
  const size = f32x4.pmin(f32x4.abs(x), c(9.25));
  const twice = add(size, size);
  const power = powers(twice);
  const factor = powerOf(power);
  const rise = multiplyAdd(exponentialLessOne(reduced(twice, power)), factor, sub(factor, one()));
  return withSign(f32x4.div(rise, add(rise, two())), x);
}

/** 1 / (1 + exp(-|x|)), for x below 0 times exp(-|x|). */
@inline
export function sigmoid(x: v128): v128 {
  const e = exp(lessAbsolute(x));
  const top = v128.bitselect(e, one(), f32x4.lt(x, c(0)));
  return f32x4.div(top, add(e, one()));
}

/** x sigmoid(2 z) for a z of x's sign. */
@inline
function gated(x: v128, e: v128): v128 {
  const top = v128.bitselect(mul(x, e), x, f32x4.lt(x, c(0)));
  return f32x4.div(top, add(e, one()));
}

/**
 * x e / (1 + e) for negative x, x / (1 + e) for others, e = exp(exponent) (1 + rest), which need not be normal: x goes in
 * before the scaling, so that no digits are lost.
 */
@inline
function gatedByPowers(x: v128, exponent: v128, rest: v128): v128 {
  const power = powers(exponent);
  const plain = exponential(reduced(exponent, power));
  const significand = multiplyAdd(plain, rest, plain);
  const below = scaled(mul(f32x4.pmax(x, c(-120)), significand), power);
  const isNegative = v128.and(f32x4.lt(x, c(0)), f32x4.gt(x, c(-Infinity)));
  const top = v128.bitselect(below, x, isNegative);
  const result = f32x4.div(top, add(scaled(significand, power), one()));
  return v128.or(result, f32x4.eq(x, c(-Infinity)));
}

/** x sigmoid(x) of any numbers. */
function anySilu(x: v128): v128 {
  return gatedByPowers(x, f32x4.pmax(lessAbsolute(x), c(-120)), c(0));
}

@inline
export function silu(x: v128): v128 {
  return isPlain(x) ? gated(x, plainExp(lessAbsolute(x))) : anySilu(x);
}

/** -2 sqrt(2 / pi) (x + 0.044715 x^3) for the sizes of two numbers; below -120 its exponential is 0 anyway. */
@inline
function geluExponent(size: v128): v128 {
  const cubic = f64x2.mul(f64x2.mul(size, size), f64x2.splat(-0.07135481627260025));
  return f64x2.pmax(f64x2.mul(f64x2.add(cubic, f64x2.splat(-1.5957691216057308)), size), f64x2.splat(-120));
}

/** The lower two lanes of each, one behind the other. */
@inline
function join(first: v128, second: v128): v128 {
  return i64x2.shuffle(first, second, 0, 2);
}

/** The upper two lanes as the lower ones. */
@inline
function upper(x: v128): v128 {
  return i32x4.shuffle(x, x, 2, 3, 2, 3);
}

/**
 * x sigmoid(2 z), z = sqrt(2 / pi) (x + 0.044715 x^3): the form with tanh. The exponent goes to 104, where rounding it to
 * single precision would cost the exponential a hundred units: it is made in double precision, and what single precision
 * loses of it is put back as a factor.
 */
@inline
export function geluTanh(x: v128): v128 {
  const size = f32x4.abs(x);
  const first = geluExponent(f64x2.promote_low_f32x4(size));
  const second = geluExponent(f64x2.promote_low_f32x4(upper(size)));
  const high = join(f32x4.demote_f64x2_zero(first), f32x4.demote_f64x2_zero(second));
  const low = join(
    f32x4.demote_f64x2_zero(f64x2.sub(first, f64x2.promote_low_f32x4(high))),
    f32x4.demote_f64x2_zero(f64x2.sub(second, f64x2.promote_low_f32x4(upper(high)))),
  );
  return gatedByPowers(x, high, low);
}

const logarithmTerms: usize = memory.data<f32>(
  [0.3333331048488617, -0.24999986588954926, 0.20002229511737823, -0.1666925549507141, 0.1421852707862854,
    -0.12384127825498581, 0.11874107271432877, -0.11791998147964478, 0.06915106624364853], 16);

/** log(1 + f) for f from sqrt(1/2) - 1 to sqrt(2) - 1, with exponent * ln(2) added: f - f^2 / 2 + f^3 p(f). */
@inline
function logarithm(f: v128, exponent: v128): v128 {
  const square = mul(f, f);
  const fourth = mul(square, square);
  const upper = multiplyAdd(v128.load32_splat(logarithmTerms, 32), fourth, four(logarithmTerms + 16, f, square));
  const p = multiplyAdd(upper, fourth, four(logarithmTerms, f, square));
  const rest = multiplyAdd(p, mul(f, square), mul(exponent, ln2Low()));
  return multiplyAdd(exponent, ln2High(), add(f, sub(rest, mul(square, half()))));
}

const sqrtHalf: i32 = 0x3f3504f3;

/** log(x) of normal numbers above 0. */
@inline
function plainLog(x: v128, more: v128): v128 {
  // The significand from sqrt(1/2) to sqrt(2): counted from the bits of sqrt(1/2).
  const bits = i32x4.sub(x, i32x4.splat(sqrtHalf));
  const exponent = f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23));
  const significand = i32x4.add(v128.and(bits, i32x4.splat(0x007fffff)), i32x4.splat(sqrtHalf));
  return logarithm(sub(significand, one()), sub(exponent, more));
}

/** log(x) of any numbers: those below the normal ones are brought among them; 0 gives -infinity, what is less NaN. */
function anyLog(x: v128): v128 {
  const small = f32x4.lt(x, c(1.1754943508222875e-38));
  const normal = v128.bitselect(mul(x, c(8388608)), x, small);
  const result = plainLog(normal, v128.and(small, c(23)));
  const isUsual = v128.and(f32x4.gt(x, c(0)), f32x4.lt(x, c(Infinity)));
  const other = v128.bitselect(c(NaN), x, f32x4.lt(x, c(0)));
  return v128.bitselect(result, v128.bitselect(c(-Infinity), other, f32x4.eq(x, c(0))), isUsual);
}

@inline
export function log(x: v128): v128 {
  // Bits from those of the smallest normal number to those of the largest.
  const above = i32x4.sub(x, i32x4.splat(0x00800000));
  const isUsual = i32x4.bitmask(i32x4.lt_u(above, i32x4.splat(0x7f000000))) == 15;
  return isUsual ? plainLog(x, c(0)) : anyLog(x);
}

/** log(1 + e) for e from 0 to 1. */
@inline
function logOnePlus(e: v128): v128 {
  const isLarge = f32x4.gt(e, c(0.4142135));
  // (1 + e) / 2 less 1; the half is made good by one power of 2.
  const f = v128.bitselect(mul(sub(e, one()), half()), e, isLarge);
  return logarithm(f, v128.and(isLarge, one()));
}

/** log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)). */
@inline
export function softplus(x: v128): v128 {
  return add(f32x4.pmax(x, c(0)), logOnePlus(exp(lessAbsolute(x))));
}

/** log(1 / (1 + exp(-x))) = min(x, 0) - log(1 + exp(-|x|)). */
@inline
export function logSigmoid(x: v128): v128 {
  return sub(f32x4.pmin(x, c(0)), logOnePlus(exp(lessAbsolute(x))));
}

const nearTerms: usize = memory.data<f32>(
  [0.12837916612625122, -0.3761262893676758, 0.11283618211746216, -0.02685512602329254, 0.005190733820199966,
    -0.0008030761382542551, 7.920368079794571e-5], 16);
const farTerms: usize = memory.data<f32>(
  [0.12848004698753357, 0.6358314752578735, 0.105116106569767, -0.022798417136073112, 0.003186924383044243,
    -0.00021063945314381272], 16);

/** |x| + |x| s(x^2) up to 1; 1 - exp(-(|x| + |x| g(|x|))) from there on. */
@inline
export function erf(x: v128): v128 {
  const size = f32x4.pmin(f32x4.abs(x), c(4));
  const square = mul(size, size);
  const fourth = mul(square, square);
  const last = multiplyAdd(v128.load32_splat(nearTerms, 24), fourth, pair(nearTerms + 16, square));
  const s = multiplyAdd(last, mul(fourth, fourth), four(nearTerms, square, fourth));
  const g = multiplyAdd(pair(farTerms + 16, size), fourth, four(farTerms, size, square));
  const far = sub(one(), expOfNegative(f32x4.neg(multiplyAdd(g, size, size))));
  return withSign(v128.bitselect(multiplyAdd(s, size, size), far, f32x4.lt(size, one())), x);
}
