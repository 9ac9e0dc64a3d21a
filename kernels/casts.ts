// Single precision to and from the half types, rounded to the nearest, ties to even (IEEE 754 binary16; bfloat16 is the upper
// half of binary32), and from integers of 8 bits. NaN becomes the one quiet NaN of the half type; one of a half type becomes
// the quiet NaN of single precision. Counts are of whole vectors of eight numbers: what is behind is of no meaning.

/** Single precision to float16, in 32-bit lanes. */
@inline
function toFloat16(bits: v128): v128 {
  const sign = v128.and(i32x4.shr_u(bits, 16), i32x4.splat(0x8000));
  const size = v128.and(bits, i32x4.splat(0x7fffffff));
  // The exponent moves from a bias of 127 to one of 15; the lowest 13 bits are rounded off.
  const odd = v128.and(i32x4.shr_u(size, 13), i32x4.splat(1));
  const rebased = i32x4.sub(size, i32x4.splat(112 << 23));
  const normal = i32x4.shr_u(i32x4.add(i32x4.add(rebased, i32x4.splat(0xfff)), odd), 13);
  // Below 2^-14, adding 0.5 leaves the number in units of 2^-24, rounded, in the lowest bits.
  const small = i32x4.sub(f32x4.add(size, f32x4.splat(0.5)), i32x4.splat(0x3f000000));
  const isSmall = i32x4.lt_s(size, i32x4.splat(113 << 23));
  let half = v128.bitselect(small, normal, isSmall);
  // From the middle between the largest and the next power of two on it is infinity.
  half = v128.bitselect(i32x4.splat(0x7c00), half, i32x4.gt_s(size, i32x4.splat(0x477fefff)));
  half = v128.or(half, sign);
  return v128.bitselect(i32x4.splat(0x7e00), half, i32x4.gt_s(size, i32x4.splat(0x7f800000)));
}

/** Single precision to bfloat16, in 32-bit lanes. */
@inline
function toBfloat16(bits: v128): v128 {
  const odd = v128.and(i32x4.shr_u(bits, 16), i32x4.splat(1));
  const rounded = i32x4.shr_u(i32x4.add(i32x4.add(bits, i32x4.splat(0x7fff)), odd), 16);
  const size = v128.and(bits, i32x4.splat(0x7fffffff));
  return v128.bitselect(i32x4.splat(0x7fc0), rounded, i32x4.gt_s(size, i32x4.splat(0x7f800000)));
}

/** The lower halves of the lanes of two vectors. */
@inline
function narrowed(first: v128, second: v128): v128 {
  return i16x8.narrow_i32x4_u(first, second);
}

/** Writes `count` float16 to `to`. */
export function float32ToFloat16(from: usize, to: usize, count: i32): void {
  for (const end = from + (<usize>count << 2); from < end; from += 32, to += 16) {
    v128.store(to, narrowed(toFloat16(v128.load(from)), toFloat16(v128.load(from, 16))));
  }
}

export function float32ToBfloat16(from: usize, to: usize, count: i32): void {
  for (const end = from + (<usize>count << 2); from < end; from += 32, to += 16) {
    v128.store(to, narrowed(toBfloat16(v128.load(from)), toBfloat16(v128.load(from, 16))));
  }
}

/** float16 in 32-bit lanes to single precision. */
@inline
function fromFloat16(half: v128): v128 {
  const sign = i32x4.shl(v128.and(half, i32x4.splat(0x8000)), 16);
  const size = v128.and(half, i32x4.splat(0x7fff));
  const shifted = i32x4.shl(size, 13);
  const normal = i32x4.add(shifted, i32x4.splat(112 << 23));
  // Subnormal ones are whole multiples of 2^-24.
  const small = f32x4.mul(f32x4.convert_i32x4_s(size), f32x4.splat(5.9604644775390625e-8));
  let single = v128.bitselect(small, normal, i32x4.lt_s(size, i32x4.splat(0x0400)));
  single = v128.bitselect(i32x4.splat(0x7f800000), single, i32x4.eq(size, i32x4.splat(0x7c00)));
  single = v128.or(single, sign);
  return v128.bitselect(i32x4.splat(0x7fc00000), single, i32x4.gt_s(size, i32x4.splat(0x7c00)));
}

export function float16ToFloat32(from: usize, to: usize, count: i32): void {
  for (const end = from + (<usize>count << 1); from < end; from += 16, to += 32) {
    const halves = v128.load(from);
    v128.store(to, fromFloat16(i32x4.extend_low_i16x8_u(halves)));
    v128.store(to, fromFloat16(i32x4.extend_high_i16x8_u(halves)), 16);
  }
}

@inline
function fromBfloat16(bits: v128): v128 {
  const size = v128.and(bits, i32x4.splat(0x7fffffff));
  return v128.bitselect(i32x4.splat(0x7fc00000), bits, i32x4.gt_s(size, i32x4.splat(0x7f800000)));
}

export function bfloat16ToFloat32(from: usize, to: usize, count: i32): void {
  for (const end = from + (<usize>count << 1); from < end; from += 16, to += 32) {
    const halves = v128.load(from);
    v128.store(to, fromBfloat16(i32x4.shl(i32x4.extend_low_i16x8_u(halves), 16)));
    v128.store(to, fromBfloat16(i32x4.shl(i32x4.extend_high_i16x8_u(halves), 16)), 16);
  }
}

/** Double precision to single precision. */
export function float64ToFloat32(from: usize, to: usize, count: i32): void {
  for (const end = from + (<usize>count << 3); from < end; from += 32, to += 16) {
    const first = f32x4.demote_f64x2_zero(v128.load(from));
    const second = f32x4.demote_f64x2_zero(v128.load(from, 16));
    v128.store(to, v128.shuffle<u64>(first, second, 0, 2));
  }
}

export function float32ToFloat64(from: usize, to: usize, count: i32): void {
  for (const end = from + (<usize>count << 2); from < end; from += 8, to += 16) {
    v128.store(to, f64x2.promote_low_f32x4(v128.load64_zero(from)));
  }
}

/** Bytes with and without a sign. */
export function int8ToFloat32(from: usize, to: usize, count: i32): void {
  for (const end = from + <usize>count; from < end; from += 8, to += 32) {
    const wide = v128.load8x8_s(from);
    v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(wide)));
    v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(wide)), 16);
  }
}

export function uint8ToFloat32(from: usize, to: usize, count: i32): void {
  for (const end = from + <usize>count; from < end; from += 8, to += 32) {
    const wide = v128.load8x8_u(from);
    v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(wide)));
    v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(wide)), 16);
  }
}
