// Decimal digits of binary floating-point numbers, exact for every form from float8 to float64. One generator serves
// the shortest digits that tell a number from its neighbours and digits to a place, rounded half to even:
// Steele and White, "How to print floating-point numbers accurately" (1990), over bigints.

import {
  bfloat16,
  complex64,
  complex128,
  type DType,
  float8_e4m3fn,
  float8_e4m3fnuz,
  float8_e5m2,
  float8_e5m2fnuz,
  float8_e8m0fnu,
  float16,
  float32,
  float64,
} from "./dtype.ts";

/** How far apart neighbouring numbers of a floating form are. */
export interface FloatForm {
  /** Bits of the mantissa that are stored. */
  readonly fractionBits: number;
  /** The distance of neighbours next to zero is two to this power. */
  readonly leastExponent: number;
}

/** IEEE 754 binary64. */
export const binary64: FloatForm = { fractionBits: 52, leastExponent: -1074 };
const binary32: FloatForm = { fractionBits: 23, leastExponent: -149 };

const forms: ReadonlyMap<DType, FloatForm> = new Map<DType, FloatForm>([
  [float64, binary64],
  [complex128, binary64],
  [float32, binary32],
  [complex64, binary32],
  [float16, { fractionBits: 10, leastExponent: -24 }],
  [bfloat16, { fractionBits: 7, leastExponent: -133 }],
  [float8_e4m3fn, { fractionBits: 3, leastExponent: -9 }],
  [float8_e4m3fnuz, { fractionBits: 3, leastExponent: -10 }],
  [float8_e5m2, { fractionBits: 2, leastExponent: -16 }],
  [float8_e5m2fnuz, { fractionBits: 2, leastExponent: -17 }],
  [float8_e8m0fnu, { fractionBits: 0, leastExponent: -127 }],
]);

/** The form of a floating type's numbers, or of a complex type's parts; float64's for the others. */
export function floatFormOf(dtype: DType): FloatForm {
  return forms.get(dtype) ?? binary64;
}

/** Digits d1 d2 d3 ... of the number d1.d2d3... times ten to the power `exponent`. */
export interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

/** Which digits are wanted. Without `unique` there must be a `most`. */
export interface DigitRule {
  /** True: no more digits than tell the number from its neighbours; false: all digits of its exact value. */
  readonly unique: boolean;
  /** Counts `most` and `least` from the decimal point, else from the first digit. */
  readonly fractional: boolean;
  /** The last digit that may be given, rounded half to even. */
  readonly most?: number | undefined;
  /** Digits to give although fewer would be unique; they are the exact value's. */
  readonly least?: number | undefined;
}

/** A number and half the way to its neighbours, as fractions of `scale`. */
interface Scaled {
  numerator: bigint;
  low: bigint;
  high: bigint;
  scale: bigint;
  readonly isEven: boolean;
}

const scratch = new DataView(new ArrayBuffer(8));

/**
 * The digits of a number that is not negative and is finite. One with more bits than the form has is taken for the
 * nearest number of the form.
 */
export function decimalDigits(value: number, form: FloatForm, rule: DigitRule): Decimal {
  if (value === 0) return { digits: "0", exponent: 0 };
  const scaled = scale(value, form);
  if (scaled.numerator === 0n) return { digits: "0", exponent: 0 };
  let place = firstPlace(value, scaled);
  if (rule.fractional && rule.most !== undefined) place = Math.max(place, -rule.most);
  if (place >= 0) scaled.scale *= 10n ** BigInt(place);
  else multiply(scaled, 10n ** BigInt(-place));
  return generate(scaled, place, rule);
}

function generate(scaled: Scaled, first: number, rule: DigitRule): Decimal {
  const placeOf = (count: number): number => (rule.fractional ? -count : first + 1 - count);
  const lastPlace = rule.most === undefined ? Number.NEGATIVE_INFINITY : placeOf(rule.most);
  const leastPlace = rule.least === undefined ? first : Math.min(placeOf(rule.least), first);
  const digits: number[] = [];
  for (let place = first; ; place--) {
    digits.push(Number(scaled.numerator / scaled.scale));
    scaled.numerator %= scaled.scale;
    const { numerator, low, high, scale, isEven } = scaled;
    let isLow = false;
    let isHigh = false;
    if (rule.unique) {
      isLow = isEven ? numerator <= low : numerator < low;
      isHigh = isEven ? numerator + high >= scale : numerator + high > scale;
    }
    const isEnough = rule.unique ? (isLow || isHigh) && place <= leastPlace : numerator === 0n;
    if (isEnough || place <= lastPlace) {
      const isUp = isLow === isHigh ? isUpperHalf(scaled, digits.at(-1)!) : isHigh;
      return finish(digits, first, isUp);
    }
    multiply(scaled, 10n);
  }
}

function isUpperHalf({ numerator, scale }: Scaled, digit: number): boolean {
  const twice = 2n * numerator;
  return twice === scale ? digit % 2 === 1 : twice > scale;
}

function finish(digits: number[], exponent: number, isUp: boolean): Decimal {
  if (!isUp) return { digits: digits.join(""), exponent };
  let at = digits.length - 1;
  while (at >= 0 && digits[at] === 9) digits[at--] = 0;
  if (at >= 0) {
    digits[at]!++;
    return { digits: digits.join(""), exponent };
  }
  return { digits: `1${digits.slice(1).join("")}`, exponent: exponent + 1 };
}

function multiply(scaled: Scaled, factor: bigint): void {
  scaled.numerator *= factor;
  scaled.low *= factor;
  scaled.high *= factor;
}

/** The exponent of two of the highest bit. */
function binaryExponent(value: number): number {
  scratch.setFloat64(0, value);
  const field = (scratch.getUint16(0) >> 4) & 0x7ff;
  return field === 0 ? binaryExponent(value * 2 ** 64) - 64 : field - 1023;
}

function scale(value: number, form: FloatForm): Scaled {
  const exponent = Math.max(binaryExponent(value) - form.fractionBits, form.leastExponent);
  // Two steps, because two to the power 1074 is not a number; both are exact.
  const half = Math.trunc(exponent / 2);
  const mantissa = BigInt(Math.round(value / 2 ** half / 2 ** (exponent - half)));
  // Below a power of two, numbers lie twice as close as above it.
  const isBoundary = mantissa === 1n << BigInt(form.fractionBits) && exponent > form.leastExponent;
  const shift = isBoundary ? 2n : 1n;
  const up = BigInt(Math.max(exponent, 0));
  const low = 1n << up;
  return {
    numerator: mantissa << (up + shift),
    low,
    high: isBoundary ? low << 1n : low,
    scale: 1n << (BigInt(Math.max(-exponent, 0)) + shift),
    isEven: mantissa % 2n === 0n,
  };
}

/** The exponent of ten of the first digit: the logarithm, put right where it is off by one. */
function firstPlace(value: number, { numerator, scale }: Scaled): number {
  const isReached = (place: number): boolean =>
    place >= 0 ? numerator >= scale * 10n ** BigInt(place) : numerator * 10n ** BigInt(-place) >= scale;
  let place = Math.floor(Math.log10(value));
  while (!isReached(place)) place--;
  while (isReached(place + 1)) place++;
  return place;
}
