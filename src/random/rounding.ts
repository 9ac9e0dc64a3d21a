// Fused multiply-add with one rounding, which JavaScript has no instruction for. The last addition is made after its
// small part was rounded to odd (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms
// using rounding to odd", IEEE Transactions on Computers 57, 2008), so that no second rounding shows.

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const LOW = isLittleEndian ? 0 : 1;
const HIGH = 1 - LOW;

/** a + b rounded to odd: exact where a double holds it, else that neighbour whose last bit is 1. */
function sumToOdd(a: number, b: number): number {
  const sum = a + b;
  const other = sum - a;
  const error = a - (sum - other) + (b - other);
  if (error === 0 || Number.isNaN(error)) return sum;
  scratch[0] = sum;
  if ((words[LOW]! & 1) === 1) return sum;
  // The last bit is 0: the neighbour away from zero has it set, the one towards zero is the bit pattern less one.
  if (error > 0 === sum > 0) words[LOW]! |= 1;
  else if (words[LOW] === 0) {
    words[LOW] = 0xffffffff;
    words[HIGH]! -= 1;
  } else words[LOW]! -= 1;
  return scratch[0]!;
}

/** a * b + c for three float32 values, rounded once to float32. */
export function fma32(a: number, b: number, c: number): number {
  // The product of two float32 values is exact in a double, so only the sum is rounded before the end.
  const product = a * b;
  const sum = product + c;
  const rounded = Math.fround(sum);
  const rest = sum - rounded;
  // Rounding twice shows only where the sum lies midway between two float32 values, `rounded` and `across`.
  const across = sum + rest;
  if (rest === 0 || Math.fround(across) !== across) return rounded;
  return Math.fround(sumToOdd(product, c));
}

const SPLITTER = 2 ** 27 + 1;

/** What a product lacks of a * b: exact for numbers of ordinary size (Dekker's product). */
export function productError(a: number, b: number, product: number): number {
  const aWide = SPLITTER * a;
  const aHigh = aWide - (aWide - a);
  const aLow = a - aHigh;
  const bWide = SPLITTER * b;
  const bHigh = bWide - (bWide - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

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
  const rest = productError(a, b, product);
  // c + rest = middle + middleError, product + middle = high + highError, all exact.
  const middle = c + rest;
  const middleOther = middle - c;
  const middleError = c - (middle - middleOther) + (rest - middleOther);
  const high = product + middle;
  const highOther = high - product;
  const highError = product - (high - highOther) + (middle - highOther);
  return high + sumToOdd(highError, middleError);
}
