// Logarithm, sine, cosine, tangent and exponential in float64, rounded to the nearest number in all but a very few cases:
// sums of two doubles carry some 106 bits through series and Cody and Waite's reduction of the argument. The C library
// that PyTorch and NumPy call rounds these correctly for 999 arguments in 1000; `Math` does for 91 to 97 in 100.
// (Dekker, "A floating-point technique for extending the available precision", Numerische Mathematik 18, 1971.)

import { productError } from "./rounding.ts";

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const HIGH = isLittleEndian ? 1 : 0;

/** The high part of ln 2: 42 bits, so that its product with an exponent is exact. */
const LN2_HIGH = 0.6931471805598903;
const LN2_LOW = 5.497923018708371e-14;
const THIRD = 1 / 3;
const THIRD_LOW = 1.850371707708594e-17;

/** 1 / 5, 1 / 7, ...: the series of the inverse hyperbolic tangent behind its second term, the last one first. */
const TAIL: Float64Array = Float64Array.from({ length: 13 }, (_, i) => 1 / (29 - 2 * i));

const smallestNormal = 2 ** -1022;

/** The natural logarithm. */
export function logarithm(x: number): number {
  if (!(x >= smallestNormal && x < Number.POSITIVE_INFINITY)) return Math.log(x);
  // x = m 2^k with m from sqrt(1/2) to sqrt(2), and log m = 2 artanh(s), s = (m - 1) / (m + 1).
  scratch[0] = x;
  const high = words[HIGH]!;
  const k = (high - 0x3fe6a09e) >> 20;
  words[HIGH] = high - (k << 20);
  const m = scratch[0]!;
  const below = m - 1;
  const above = m + 1;
  const aboveLow = m - (above - 1);
  const s = below / above;
  const product = s * above;
  const sLow = (below - product - productError(s, above, product) - s * aboveLow) / above;
  const z = s * s;
  const zLow = productError(s, s, z) + 2 * s * sLow;
  let tail = TAIL[0]!;
  for (let i = 1; i < TAIL.length; i++) tail = tail * z + TAIL[i]!;
  tail *= z * z;
  const third = z * THIRD;
  const thirdLow = productError(z, THIRD, third) + z * THIRD_LOW + zLow * THIRD;
  const series = third + tail;
  const seriesLow = tail - (series - third) + thirdLow;
  const more = s * series;
  const moreLow = productError(s, series, more) + s * seriesLow + sLow * series;
  const half = s + more;
  const halfLow = more - (half - s) + moreLow + sLow;
  const shift = k * LN2_HIGH;
  const sum = shift + 2 * half;
  const other = sum - shift;
  const sumLow = shift - (sum - other) + (2 * half - other);
  return sum + (sumLow + 2 * halfLow + k * LN2_LOW);
}

// pi / 2 in parts of 33 bits, the products of which with a small integer are exact, and what is left.
const QUARTER_A = 1.5707963267341256;
const QUARTER_B = 6.077100506303966e-11;
const QUARTER_C = 2.0222662487959506e-21;

/** The sine and cosine of the angle that was last given to `turnBy`, each as a double and what it lacks. */
const turned = { sin: 0, sinLow: 0, cos: 0, cosLow: 0 };

const SIN_TERMS: Float64Array = Float64Array.from(
  [21, 19, 17, 15, 13, 11, 9, 7],
  (n) => (n % 4 === 1 ? 1 : -1) / factorial(n),
);
const COS_TERMS: Float64Array = Float64Array.from(
  [22, 20, 18, 16, 14, 12, 10, 8, 6],
  (n) => (n % 4 === 0 ? 1 : -1) / factorial(n),
);
const SIXTH = 1 / 6;
const SIXTH_LOW = 9.25185853854297e-18;
const ONE_OF_120 = 1 / 120;
const ONE_OF_120_LOW = 1.1564823173178714e-19;
const ONE_OF_24 = 1 / 24;
const ONE_OF_24_LOW = 2.3129646346357427e-18;

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

/** Computes sine and cosine of an angle of a few turns at most. */
function turnBy(angle: number): void {
  const quarters = Math.round(angle * (2 / Math.PI));
  const first = angle - quarters * QUARTER_A;
  const second = quarters * QUARTER_B;
  const rough = first - second;
  const roughLow = first - rough - second - quarters * QUARTER_C;
  const x = rough + roughLow;
  const xLow = roughLow - (x - rough);
  const z = x * x;
  const zLow = productError(x, x, z) + 2 * x * xLow;
  sineOf(x, xLow, z, zLow);
  cosineOf(z, zLow);
  const { sin, sinLow, cos, cosLow } = turned;
  const isSwapped = (quarters & 1) !== 0;
  const sinSign = (quarters & 2) === 0 ? 1 : -1;
  const cosSign = ((quarters + 1) & 2) === 0 ? 1 : -1;
  turned.sin = sinSign * (isSwapped ? cos : sin);
  turned.sinLow = sinSign * (isSwapped ? cosLow : sinLow);
  turned.cos = cosSign * (isSwapped ? sin : cos);
  turned.cosLow = cosSign * (isSwapped ? sinLow : cosLow);
}

/** x - x^3 (1 / 6 - z (1 / 120 + tail)), z = x^2. */
function sineOf(x: number, xLow: number, z: number, zLow: number): void {
  let tail = 0;
  for (let i = 0; i < SIN_TERMS.length; i++) tail = tail * z + SIN_TERMS[i]!;
  tail *= z;
  const inner = ONE_OF_120 + tail;
  const innerLow = tail - (inner - ONE_OF_120) + ONE_OF_120_LOW;
  const scaled = z * inner;
  const scaledLow = productError(z, inner, scaled) + z * innerLow + zLow * inner;
  const outer = scaled - SIXTH;
  const outerLow = scaled - (outer + SIXTH) + scaledLow - SIXTH_LOW;
  const factor = z * outer;
  const factorLow = productError(z, outer, factor) + z * outerLow + zLow * outer;
  const more = x * factor;
  const moreLow = productError(x, factor, more) + x * factorLow + xLow * factor;
  turned.sin = x + more;
  turned.sinLow = more - (turned.sin - x) + (moreLow + xLow);
}

/** 1 - z / 2 + z^2 (1 / 24 + tail). */
function cosineOf(z: number, zLow: number): void {
  let tail = 0;
  for (let i = 0; i < COS_TERMS.length; i++) tail = tail * z + COS_TERMS[i]!;
  tail *= z;
  const inner = ONE_OF_24 + tail;
  const innerLow = tail - (inner - ONE_OF_24) + ONE_OF_24_LOW;
  const scaled = z * inner;
  const scaledLow = productError(z, inner, scaled) + z * innerLow + zLow * inner;
  const outer = scaled - 0.5;
  const outerLow = scaled - (outer + 0.5) + scaledLow;
  const more = z * outer;
  const moreLow = productError(z, outer, more) + z * outerLow + zLow * outer;
  turned.cos = 1 + more;
  turned.cosLow = more - (turned.cos - 1) + moreLow;
}

/** The sine and cosine of an angle of a few turns at most, as `{ sin, cos }` in `result`. */
export function sineAndCosine(angle: number, result: { sin: number; cos: number }): void {
  turnBy(angle);
  result.sin = turned.sin + turned.sinLow;
  result.cos = turned.cos + turned.cosLow;
}

/** The tangent of an angle of a few turns at most. */
export function tangent(angle: number): number {
  turnBy(angle);
  const { sin, sinLow, cos, cosLow } = turned;
  const quotient = sin / cos;
  const product = quotient * cos;
  return quotient + (sin - product - productError(quotient, cos, product) + sinLow - quotient * cosLow) / cos;
}

/** Beyond these, and near 0, `Math.exp` is taken: the result is not normal, or 1 and a little. */
const LARGEST = 700;
const EXP_TERMS: Float64Array = Float64Array.from(
  [17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5],
  (n) => 1 / factorial(n),
);

/** e to the power of a number. */
export function exponential(x: number): number {
  if (!(Math.abs(x) < LARGEST)) return Math.exp(x);
  const k = Math.round(x / Math.LN2);
  const first = x - k * LN2_HIGH;
  const second = k * LN2_LOW;
  const r = first - second;
  const rLow = first - r - second;
  let tail = 0;
  for (let i = 0; i < EXP_TERMS.length; i++) tail = tail * r + EXP_TERMS[i]!;
  tail *= r;
  // 1 + r (1 + r (1 / 2 + r (1 / 6 + r (1 / 24 + tail)))), each step with what it lacks.
  let sum = ONE_OF_24 + tail;
  let low = tail - (sum - ONE_OF_24) + ONE_OF_24_LOW;
  for (let i = 0; i < EXP_HEAD.length; i++) {
    const term = EXP_HEAD[i]!;
    const product = r * sum;
    const productLow = productError(r, sum, product) + r * low + rLow * sum;
    sum = term + product;
    low = product - (sum - term) + productLow + EXP_HEAD_LOW[i]!;
  }
  return (sum + low) * 2 ** k;
}

const EXP_HEAD: Float64Array = Float64Array.of(SIXTH, 0.5, 1, 1);
const EXP_HEAD_LOW: Float64Array = Float64Array.of(SIXTH_LOW, 0, 0, 0);
