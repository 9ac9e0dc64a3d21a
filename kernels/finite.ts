// Whether all numbers are finite: an exponent of all ones is an infinity or no number (IEEE 754).

/** The exponent's bits of single precision, and the one which added to all of them carries into the sign's place. */
const exponent: i32 = 0x7f800000;
const carry: i32 = 0x00800000;

/** 1 where each of `count` single-precision numbers from `start` on is finite, else 0. */
export function isFinite32(start: usize, count: i32): i32 {
  let even = i32x4.splat(0);
  let odd = i32x4.splat(0);
  let at = start;
  for (const end = start + ((<usize>count & ~15) << 2); at < end; at += 64) {
    even = v128.or(even, carried(v128.load(at)));
    odd = v128.or(odd, carried(v128.load(at, 16)));
    even = v128.or(even, carried(v128.load(at, 32)));
    odd = v128.or(odd, carried(v128.load(at, 48)));
  }
  let rest = 0;
  for (const end = start + (<usize>count << 2); at < end; at += 4) {
    rest |= (load<i32>(at) & exponent) + carry;
  }
  return i32(i32x4.bitmask(v128.or(even, odd)) == 0 && rest >= 0);
}

/** The sign's bit is set where the exponent is all ones. */
@inline
function carried(numbers: v128): v128 {
  return i32x4.add(v128.and(numbers, i32x4.splat(exponent)), i32x4.splat(carry));
}
