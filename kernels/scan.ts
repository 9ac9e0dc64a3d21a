// Sums, range, zeros and sizes in powers of two of numbers in one pass.

/**
 * Goes through `count` single-precision numbers and writes eight of double precision to `into`: how many are zero, the least
 * and the greatest, the sum and the sum of squares; of every `step`-th that is not zero the sums of exponents and of their
 * squares, and how many those are.
 */
export function scan32(start: usize, count: i32, step: i32, into: usize): void {
  let zeros: i32 = 0;
  let least: f32 = f32.MAX_VALUE;
  let greatest: f32 = -f32.MAX_VALUE;
  let sum: f64 = 0;
  let squares: f64 = 0;
  for (let at = start, end = start + (<usize>count << 2); at < end; at += 4) {
    const value = load<f32>(at);
    const wide = <f64>value;
    sum += wide;
    squares += wide * wide;
    least = min(least, value);
    greatest = max(greatest, value);
    zeros += i32(value == 0);
  }
  let exponents: i64 = 0;
  let exponentSquares: i64 = 0;
  let sampled: i32 = 0;
  for (let i = 0; i < count; i += step) {
    const bits = load<u32>(start + (<usize>i << 2)) & 0x7fffffff;
    if (bits == 0) continue;
    const exponent = <i64>(bits >>> 23);
    exponents += exponent;
    exponentSquares += exponent * exponent;
    sampled++;
  }
  store<f64>(into, <f64>zeros);
  store<f64>(into, <f64>least, 8);
  store<f64>(into, <f64>greatest, 16);
  store<f64>(into, sum, 24);
  store<f64>(into, squares, 32);
  store<f64>(into, <f64>exponents, 40);
  store<f64>(into, <f64>exponentSquares, 48);
  store<f64>(into, <f64>sampled, 56);
}
