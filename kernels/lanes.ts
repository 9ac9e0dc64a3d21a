// The lanes of vectors at the end of a row, and sums over lanes.

const lanes: usize = memory.data<i32>([0, 1, 2, 3], 16);

/** All bits of the first lanes of a vector set, as many as the row has numbers behind its whole vectors. */
@inline
export function restMask(count: i32): v128 {
  return i32x4.lt_s(v128.load(lanes), i32x4.splat(count & 3));
}

/** Writes the lanes of a mask; the others stay. */
@inline
export function storeRest(at: usize, numbers: v128, mask: v128): void {
  v128.store(at, v128.bitselect(numbers, v128.load(at), mask));
}

@inline
export function endOfWhole(at: usize, count: i32): usize {
  return at + (<usize>(count & ~3) << 2);
}

/** The sum of four single-precision numbers in double precision, added to two sums. */
@inline
export function addWide(sums: v128, numbers: v128): v128 {
  const high = i8x16.shuffle(numbers, numbers, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
  return f64x2.add(sums, f64x2.add(f64x2.promote_low_f32x4(numbers), f64x2.promote_low_f32x4(high)));
}

@inline
export function total(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** The sum of four single-precision numbers in double precision. */
@inline
export function sumOfLanes(numbers: v128): f64 {
  return total(addWide(f64x2.splat(0), numbers));
}
