// Fused multiply-add with one rounding, which JavaScript has no instruction for. The last addition is made after its
// small part was rounded to odd (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms
// using rounding to odd", IEEE Transactions on Computers 57, 2008), so that no second rounding shows.

const scratch = new Float64Array(1);
const pattern = new BigInt64Array(scratch.buffer);

/** The double next to `value` (finite, not 0), away from zero or towards it. */
function neighbour(value: number, away: boolean): number {
  scratch[0] = value;
  pattern[0]! += away ? 1n : -1n;
  return scratch[0]!;
}

function isOdd(value: number): boolean {
  scratch[0] = value;
  return (pattern[0]! & 1n) === 1n;
}

/** a + b rounded to odd: exact where a double holds it, else that neighbour whose last bit is 1. */
function sumToOdd(a: number, b: number): number {
  const sum = a + b;
  const other = sum - a;
  const error = a - (sum - other) + (b - other);
  if (error === 0 || Number.isNaN(error) || isOdd(sum)) return sum;
  return neighbour(sum, error > 0 === sum > 0);
}

/** a * b + c for three float32 values, rounded once to float32. */
export function fma32(a: number, b: number, c: number): number {
  // The product of two float32 values is exact in a double.
  return Math.fround(sumToOdd(a * b, c));
}

const SPLITTER = 2 ** 27 + 1;
const LARGE = 2 ** 960;
const SCALE = 2 ** 64;

/**
 * a * b + c rounded once to float64. Exact as long as the low half of the product, about 2^-106 of it, is no
 * subnormal number, and `a` is of ordinary size (at most 2^960).
 */
export function fma64(a: number, b: number, c: number): number {
  if (Math.abs(b) > LARGE || Math.abs(c) > LARGE) return fma64(a, b / SCALE, c / SCALE) * SCALE;
  const product = a * b;
  if (!Number.isFinite(product)) return product + c;
  const aWide = SPLITTER * a;
  const aHigh = aWide - (aWide - a);
  const aLow = a - aHigh;
  const bWide = SPLITTER * b;
  const bHigh = bWide - (bWide - b);
  const bLow = b - bHigh;
  const productError = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  // c + productError = middle + middleError, product + middle = high + highError, all exact.
  const middle = c + productError;
  const middleOther = middle - c;
  const middleError = c - (middle - middleOther) + (productError - middleOther);
  const high = product + middle;
  const highOther = high - product;
  const highError = product - (high - highOther) + (middle - highOther);
  return high + sumToOdd(highError, middleError);
}
