// The natural logarithm in float64, rounded correctly but for a few arguments in a thousand million: engines of
// JavaScript differ in the last bit of theirs, and random numbers are to be the same everywhere. x = 2^k F (1 + u) with
// F a multiple of 1/128; logarithms of F are kept in two float64 numbers each.

const scratch = new Float64Array(1);
const words = new Int32Array(scratch.buffer);

/** ln 2 in two parts; the first has 32 trailing zero bits, so that its multiples are exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** Multiples of 1/128 from 1/sqrt(2) to sqrt(2). */
const STEPS = 128;
const LEAST = 90;
const GREATEST = 182;

/** Bits behind the point in which the table is made. */
const POINT = 120n;
const ONE = 1n << POINT;

const tableHigh = new Float64Array(GREATEST + 1);
const tableLow = new Float64Array(GREATEST + 1);

/** ln(i / 128) as twice the area tangent of (i - 128) / (i + 128), by its series in whole numbers. */
for (let i = LEAST; i <= GREATEST; i++) {
  const step = (BigInt(i - STEPS) * ONE) / BigInt(i + STEPS);
  let sum = 0n;
  let power = step;
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += (2n * power) / n;
    power = (((power * step) >> POINT) * step) >> POINT;
    if (power === -1n) break;
  }
  const high = Number(sum) * 2 ** -120;
  tableHigh[i] = high;
  tableLow[i] = Number(sum - BigInt(high * 2 ** 120)) * 2 ** -120;
}

/** Splits a float64 number in two of 26 bits (Veltkamp). */
const SPLITTER = 2 ** 27 + 1;

/** The natural logarithm of a positive normal number. */
export function log64(x: number): number {
  scratch[0] = x;
  let exponent = ((words[1]! >>> 20) & 0x7ff) - 1023;
  words[1] = (words[1]! & 0x000fffff) | 0x3ff00000;
  let m = scratch[0]!;
  if (m > Math.SQRT2) {
    m /= 2;
    exponent++;
  }
  const index = Math.round(m * STEPS);
  const f = index / STEPS;
  // u = (m - f) / f, and what its rounding lost.
  const difference = m - f;
  const u = difference / f;
  const uHigh = u * SPLITTER - (u * SPLITTER - u);
  const uRest = u - uHigh;
  const uLow = (difference - uHigh * f - uRest * f) / f;
  // Half the square of u, and what its rounding lost.
  const square = u * u;
  const squareLow = uHigh * uHigh - square + 2 * uHigh * uRest + uRest * uRest;
  const half = square / 2;
  const tail =
    square * u * (1 / 3 - u * (1 / 4 - u * (1 / 5 - u * (1 / 6 - u * (1 / 7 - u * (1 / 8 - u * (1 / 9)))))));
  const start = exponent * LN2_HIGH;
  const logF = tableHigh[index]!;
  const first = start + logF;
  const firstLow = lost(start, logF, first);
  const second = first + u;
  const secondLow = lost(first, u, second);
  const third = second - half;
  const thirdLow = lost(second, -half, third);
  const rest =
    firstLow +
    secondLow +
    thirdLow +
    (exponent * LN2_LOW + tableLow[index]! + uLow - u * uLow - squareLow / 2 + tail);
  return third + rest;
}

/** What the rounding of a sum lost. */
function lost(a: number, b: number, sum: number): number {
  const part = sum - a;
  return a - (sum - part) + (b - part);
}
