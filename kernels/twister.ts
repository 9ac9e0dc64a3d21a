// Numbers of the Mersenne Twister (Matsumoto and Nishimura, 1998) in single precision, as PyTorch's CPU device makes them:
// uniform ones of 24 bits, and normal ones by Box and Muller in blocks of 16 with the polynomials of Cephes (logf.c,
// sinf.c). PyTorch rounds each step to single precision and fuses products with sums. Here a step is made in double
// precision, where the product is exact, and rounded twice. For standard normals that gives the same for all 2^24 uniform
// numbers: none of the sums lies so near the middle of two numbers that the second rounding could err.

const words: i32 = 624;
const shift: i32 = 397;

@inline
function mixed(current: v128, following: v128, far: v128): v128 {
  const joined = v128.or(
    v128.and(current, i32x4.splat(<i32>0x80000000)),
    v128.and(following, i32x4.splat(0x7fffffff)),
  );
  const low = i32x4.neg(v128.and(following, i32x4.splat(1)));
  const twisted = v128.and(low, i32x4.splat(<i32>0x9908b0df));
  return v128.xor(far, v128.xor(i32x4.shr_u(joined, 1), twisted));
}

@inline
function mixedOne(current: u32, following: u32, far: u32): u32 {
  const joined = (current & 0x80000000) | (following & 0x7fffffff);
  return far ^ (joined >> 1) ^ ((0 - (following & 1)) & 0x9908b0df);
}

/** The next 624 words of the state at `state`, in place. */
function twist(state: usize): void {
  const turn = words - shift;
  let at = state;
  for (const end = state + 4 * (turn & ~3); at < end; at += 16) {
    v128.store(at, mixed(v128.load(at), v128.load(at, 4), v128.load(at, 4 * shift)));
  }
  for (const end = state + 4 * turn; at < end; at += 4) {
    store<u32>(at, mixedOne(load<u32>(at), load<u32>(at, 4), load<u32>(at, 4 * shift)));
  }
  for (const end = state + 4 * (words - 1); at < end; at += 16) {
    v128.store(at, mixed(v128.load(at), v128.load(at, 4), v128.load(at - 4 * turn)));
  }
  store<u32>(at, mixedOne(load<u32>(at), load<u32>(state), load<u32>(at - 4 * turn)));
}

@inline
function tempered(word: v128): v128 {
  word = v128.xor(word, i32x4.shr_u(word, 11));
  word = v128.xor(word, v128.and(i32x4.shl(word, 7), i32x4.splat(<i32>0x9d2c5680)));
  word = v128.xor(word, v128.and(i32x4.shl(word, 15), i32x4.splat(<i32>0xefc60000)));
  return v128.xor(word, i32x4.shr_u(word, 18));
}

@inline
function uniform(word: v128): v128 {
  const bits = v128.and(tempered(word), i32x4.splat(0xffffff));
  return f32x4.mul(f32x4.convert_i32x4_s(bits), f32x4.splat(5.9604644775390625e-8));
}

/**
 * Writes `count` uniform numbers to `target`.
 * @param next index of the next word of the 624 at `state`; 624 where all are given out
 * @returns the same afterwards
 */
export function twisterUniforms32(state: usize, next: i32, target: usize, count: i32): i32 {
  while (count > 0) {
    if (next == words) {
      twist(state);
      next = 0;
    }
    const some = min(count, words - next);
    const from = state + (<usize>next << 2);
    const whole = <usize>(some & ~3) << 2;
    for (let at: usize = 0; at < whole; at += 16) v128.store(target + at, uniform(v128.load(from + at)));
    for (let at = whole; at < <usize>some << 2; at += 4) {
      const one = uniform(i32x4.splat(load<i32>(from + at)));
      store<f32>(target + at, f32x4.extract_lane(one, 0));
    }
    target += <usize>some << 2;
    next += some;
    count -= some;
  }
  return next;
}

/** Both lanes rounded to single precision. */
@inline
function rounded(value: v128): v128 {
  return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(value));
}

/** A product and a constant added to it, rounded to single precision. */
@inline
function step(a: v128, b: v128, constant: f32): v128 {
  return rounded(f64x2.add(f64x2.mul(a, b), f64x2.splat(<f64>constant)));
}

/** The exponent of numbers in (0, 1] whose fraction is taken from 1/2 to below 1. */
@inline
function exponentOf(value: v128): v128 {
  const magic: i64 = 0x4330000000000000;
  const bits = v128.or(i64x2.shr_u(value, 52), i64x2.splat(magic));
  return f64x2.sub(bits, f64x2.splat(4503599627370496.0 + 1022.0));
}

@inline
function fractionOf(value: v128): v128 {
  const bits = v128.and(value, i64x2.splat(0x000fffffffffffff));
  return v128.or(bits, i64x2.splat(0x3fe0000000000000));
}

@inline
function isBelowRoot(fraction: v128): v128 {
  return f64x2.lt(fraction, f64x2.splat(<f64>(<f32>0.7071067811865476)));
}

/** 1 - u for the two uniform numbers at an address. */
@inline
function complement(at: usize): v128 {
  return f64x2.sub(f64x2.splat(1), f64x2.promote_low_f32x4(v128.load64_zero(at)));
}

/** -2 times the logarithm that is put together of its parts, in single precision: the first two lanes. */
@inline
function scaledLogarithm(x: v128, y: v128, exponent: v128): v128 {
  const square = rounded(f64x2.mul(x, x));
  const low = rounded(f64x2.mul(exponent, f64x2.splat(<f64>(<f32>-2.1219444e-4))));
  let sum = rounded(f64x2.mul(y, x));
  sum = rounded(f64x2.add(f64x2.mul(sum, square), low));
  sum = rounded(f64x2.sub(sum, f64x2.mul(square, f64x2.splat(0.5))));
  const high = f64x2.mul(exponent, f64x2.splat(<f64>(<f32>0.693359375)));
  const logarithm = rounded(f64x2.add(high, rounded(f64x2.add(x, sum))));
  return f32x4.demote_f64x2_zero(f64x2.mul(logarithm, f64x2.splat(-2)));
}

/** Writes the square roots of -2 log(1 - u) over eight uniform numbers. Four vectors at a time hide what a step waits for. */
@inline
function writeRadii(at: usize): void {
  const value0 = complement(at + 8 * 0);
  const value1 = complement(at + 8 * 1);
  const value2 = complement(at + 8 * 2);
  const value3 = complement(at + 8 * 3);
  const fraction0 = fractionOf(value0);
  const fraction1 = fractionOf(value1);
  const fraction2 = fractionOf(value2);
  const fraction3 = fractionOf(value3);
  const low0 = isBelowRoot(fraction0);
  const low1 = isBelowRoot(fraction1);
  const low2 = isBelowRoot(fraction2);
  const low3 = isBelowRoot(fraction3);
  const exponent0 = f64x2.sub(exponentOf(value0), v128.and(low0, f64x2.splat(1)));
  const exponent1 = f64x2.sub(exponentOf(value1), v128.and(low1, f64x2.splat(1)));
  const exponent2 = f64x2.sub(exponentOf(value2), v128.and(low2, f64x2.splat(1)));
  const exponent3 = f64x2.sub(exponentOf(value3), v128.and(low3, f64x2.splat(1)));
  const x0 = f64x2.sub(f64x2.add(fraction0, v128.and(low0, fraction0)), f64x2.splat(1));
  const x1 = f64x2.sub(f64x2.add(fraction1, v128.and(low1, fraction1)), f64x2.splat(1));
  const x2 = f64x2.sub(f64x2.add(fraction2, v128.and(low2, fraction2)), f64x2.splat(1));
  const x3 = f64x2.sub(f64x2.add(fraction3, v128.and(low3, fraction3)), f64x2.splat(1));
  let y0 = step(f64x2.splat(<f64>(<f32>7.0376836292e-2)), x0, <f32>-1.151461031e-1);
  let y1 = step(f64x2.splat(<f64>(<f32>7.0376836292e-2)), x1, <f32>-1.151461031e-1);
  let y2 = step(f64x2.splat(<f64>(<f32>7.0376836292e-2)), x2, <f32>-1.151461031e-1);
  let y3 = step(f64x2.splat(<f64>(<f32>7.0376836292e-2)), x3, <f32>-1.151461031e-1);
  y0 = step(y0, x0, <f32>1.167699874e-1);
  y1 = step(y1, x1, <f32>1.167699874e-1);
  y2 = step(y2, x2, <f32>1.167699874e-1);
  y3 = step(y3, x3, <f32>1.167699874e-1);
  y0 = step(y0, x0, <f32>-1.2420140846e-1);
  y1 = step(y1, x1, <f32>-1.2420140846e-1);
  y2 = step(y2, x2, <f32>-1.2420140846e-1);
  y3 = step(y3, x3, <f32>-1.2420140846e-1);
  y0 = step(y0, x0, <f32>1.4249322787e-1);
  y1 = step(y1, x1, <f32>1.4249322787e-1);
  y2 = step(y2, x2, <f32>1.4249322787e-1);
  y3 = step(y3, x3, <f32>1.4249322787e-1);
  y0 = step(y0, x0, <f32>-1.6668057665e-1);
  y1 = step(y1, x1, <f32>-1.6668057665e-1);
  y2 = step(y2, x2, <f32>-1.6668057665e-1);
  y3 = step(y3, x3, <f32>-1.6668057665e-1);
  y0 = step(y0, x0, <f32>2.0000714765e-1);
  y1 = step(y1, x1, <f32>2.0000714765e-1);
  y2 = step(y2, x2, <f32>2.0000714765e-1);
  y3 = step(y3, x3, <f32>2.0000714765e-1);
  y0 = step(y0, x0, <f32>-2.4999993993e-1);
  y1 = step(y1, x1, <f32>-2.4999993993e-1);
  y2 = step(y2, x2, <f32>-2.4999993993e-1);
  y3 = step(y3, x3, <f32>-2.4999993993e-1);
  y0 = step(y0, x0, <f32>3.3333331174e-1);
  y1 = step(y1, x1, <f32>3.3333331174e-1);
  y2 = step(y2, x2, <f32>3.3333331174e-1);
  y3 = step(y3, x3, <f32>3.3333331174e-1);
  y0 = scaledLogarithm(x0, y0, exponent0);
  y1 = scaledLogarithm(x1, y1, exponent1);
  y2 = scaledLogarithm(x2, y2, exponent2);
  y3 = scaledLogarithm(x3, y3, exponent3);
  v128.store(at, f32x4.sqrt(i64x2.shuffle(y0, y1, 0, 2)));
  v128.store(at + 16, f32x4.sqrt(i64x2.shuffle(y2, y3, 0, 2)));
}

@inline
function reduced(x: v128, even: v128, part: f32): v128 {
  return rounded(f64x2.add(f64x2.mul(even, f64x2.splat(<f64>part)), x));
}

/** Writes the normal numbers of the radii at `first` and the angles and their number of quarter turns. */
@inline
function writeNormals(at: usize, x: v128, quarter: v128, deviation: v128): void {
  const length = f64x2.promote_low_f32x4(v128.load64_zero(at));
  const square = rounded(f64x2.mul(x, x));
  let c = step(f64x2.splat(<f64>(<f32>2.443315711809948e-5)), square, <f32>-1.388731625493765e-3);
  let s = step(f64x2.splat(<f64>(<f32>-1.9515295891e-4)), square, <f32>8.3321608736e-3);
  c = rounded(f64x2.mul(step(c, square, <f32>4.166664568298827e-2), square));
  s = rounded(f64x2.mul(step(s, square, <f32>-1.6666654611e-1), square));
  c = rounded(f64x2.sub(f64x2.mul(c, square), f64x2.mul(square, f64x2.splat(0.5))));
  s = rounded(f64x2.add(f64x2.mul(s, x), x));
  c = rounded(f64x2.add(c, f64x2.splat(1)));
  // The last bits of the number of quarter turns: the first exchanges the two, the second is the sign of the sine.
  const bits = f64x2.add(quarter, f64x2.splat(4503599627370496.0));
  const next = f64x2.add(bits, f64x2.splat(1));
  const half = f64x2.mul(quarter, f64x2.splat(0.5));
  const isOdd = f64x2.ne(f64x2.trunc(half), half);
  const sign = i64x2.splat(<i64>0x8000000000000000);
  const sine = v128.xor(v128.bitselect(c, s, isOdd), v128.and(i64x2.shl(bits, 62), sign));
  const cosine = v128.xor(v128.bitselect(s, c, isOdd), v128.and(i64x2.shl(next, 62), sign));
  // The mean, 0, is added so that no -0 comes out.
  const mean = f64x2.splat(0);
  const along = f64x2.add(f64x2.mul(rounded(f64x2.mul(length, cosine)), deviation), mean);
  const across = f64x2.add(f64x2.mul(rounded(f64x2.mul(length, sine)), deviation), mean);
  v128.store64_lane(at, f32x4.demote_f64x2_zero(along), 0);
  v128.store64_lane(at + 32, f32x4.demote_f64x2_zero(across), 0);
}

@inline
function angleOf(at: usize): v128 {
  const u = f64x2.promote_low_f32x4(v128.load64_zero(at + 32));
  return rounded(f64x2.mul(u, f64x2.splat(<f64>(<f32>6.283185307179586))));
}

@inline
function quartersOf(angle: v128): v128 {
  const octant = f64x2.trunc(rounded(f64x2.mul(angle, f64x2.splat(<f64>(<f32>1.27323954473516)))));
  return f64x2.trunc(f64x2.mul(f64x2.add(octant, f64x2.splat(1)), f64x2.splat(0.5)));
}

/** Turns radii and the eight uniform numbers behind them into normal numbers. */
@inline
function turn(at: usize, deviation: v128): void {
  let x0 = angleOf(at + 8 * 0);
  let x1 = angleOf(at + 8 * 1);
  let x2 = angleOf(at + 8 * 2);
  let x3 = angleOf(at + 8 * 3);
  const quarter0 = quartersOf(x0);
  const quarter1 = quartersOf(x1);
  const quarter2 = quartersOf(x2);
  const quarter3 = quartersOf(x3);
  const even0 = f64x2.add(quarter0, quarter0);
  const even1 = f64x2.add(quarter1, quarter1);
  const even2 = f64x2.add(quarter2, quarter2);
  const even3 = f64x2.add(quarter3, quarter3);
  x0 = reduced(x0, even0, <f32>-0.78515625);
  x1 = reduced(x1, even1, <f32>-0.78515625);
  x2 = reduced(x2, even2, <f32>-0.78515625);
  x3 = reduced(x3, even3, <f32>-0.78515625);
  x0 = reduced(x0, even0, <f32>-2.4187564849853516e-4);
  x1 = reduced(x1, even1, <f32>-2.4187564849853516e-4);
  x2 = reduced(x2, even2, <f32>-2.4187564849853516e-4);
  x3 = reduced(x3, even3, <f32>-2.4187564849853516e-4);
  x0 = reduced(x0, even0, <f32>-3.774894977445941e-8);
  x1 = reduced(x1, even1, <f32>-3.774894977445941e-8);
  x2 = reduced(x2, even2, <f32>-3.774894977445941e-8);
  x3 = reduced(x3, even3, <f32>-3.774894977445941e-8);
  writeNormals(at + 8 * 0, x0, quarter0, deviation);
  writeNormals(at + 8 * 1, x1, quarter1, deviation);
  writeNormals(at + 8 * 2, x2, quarter2, deviation);
  writeNormals(at + 8 * 3, x3, quarter3, deviation);
}

/** Turns the blocks of 16 uniform numbers from `from` up to `to` into normal ones of mean 0. */
export function normals32(start: usize, deviation: f64, from: i32, to: i32, _thread: i32): void {
  const factor = f64x2.splat(deviation);
  for (let at = start + (<usize>from << 6), end = start + (<usize>to << 6); at < end; at += 64) {
    writeRadii(at);
    turn(at, factor);
  }
}
