// Half and quarter precision: bit patterns to numbers and back, rounded once to the nearest, ties to even.
// IEEE 754 binary16; bfloat16 (the upper half of binary32); the 8-bit forms of "FP8 Formats for Deep Learning"
// (arXiv:2209.05433) and of its `fnuz` variants (arXiv:2206.02915); e8m0 of the OCP Microscaling specification.

import {
  bfloat16,
  type DType,
  float8_e4m3fn,
  float8_e4m3fnuz,
  float8_e5m2,
  float8_e5m2fnuz,
  float8_e8m0fnu,
  float16,
} from "./dtype.ts";

/** The shape of a small floating format. */
interface SmallFloat {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  /** True iff the highest exponent means infinity and NaN as in IEEE 754. */
  readonly hasInfinity: boolean;
  /** The bit pattern that NaN is written as, without sign. */
  readonly nan: number;
  /** True iff the sign bit alone is the only NaN and there is no -0 (`fnuz`). */
  readonly unsignedZero: boolean;
  /** What a value beyond the largest becomes: infinity, or NaN where there is none. */
  readonly overflow: number;
}

const forms: ReadonlyMap<DType, SmallFloat> = new Map<DType, SmallFloat>([
  [
    float16,
    {
      exponentBits: 5,
      mantissaBits: 10,
      bias: 15,
      hasInfinity: true,
      nan: 0x7e00,
      unsignedZero: false,
      overflow: 0x7c00,
    },
  ],
  [
    bfloat16,
    {
      exponentBits: 8,
      mantissaBits: 7,
      bias: 127,
      hasInfinity: true,
      nan: 0x7fc0,
      unsignedZero: false,
      overflow: 0x7f80,
    },
  ],
  [
    float8_e5m2,
    {
      exponentBits: 5,
      mantissaBits: 2,
      bias: 15,
      hasInfinity: true,
      nan: 0x7f,
      unsignedZero: false,
      overflow: 0x7c,
    },
  ],
  [
    float8_e4m3fn,
    {
      exponentBits: 4,
      mantissaBits: 3,
      bias: 7,
      hasInfinity: false,
      nan: 0x7f,
      unsignedZero: false,
      overflow: 0x7f,
    },
  ],
  [
    float8_e5m2fnuz,
    {
      exponentBits: 5,
      mantissaBits: 2,
      bias: 16,
      hasInfinity: false,
      nan: 0x80,
      unsignedZero: true,
      overflow: 0x80,
    },
  ],
  [
    float8_e4m3fnuz,
    {
      exponentBits: 4,
      mantissaBits: 3,
      bias: 8,
      hasInfinity: false,
      nan: 0x80,
      unsignedZero: true,
      overflow: 0x80,
    },
  ],
]);

function decodePattern(form: SmallFloat, bits: number): number {
  const { exponentBits, mantissaBits, bias } = form;
  const signBit = 1 << (exponentBits + mantissaBits);
  const magnitude = bits & (signBit - 1);
  const sign = bits & signBit ? -1 : 1;
  const exponent = magnitude >> mantissaBits;
  const mantissa = magnitude & ((1 << mantissaBits) - 1);
  if (form.unsignedZero) {
    if (bits === signBit) return Number.NaN;
  } else if (form.hasInfinity) {
    if (exponent === (1 << exponentBits) - 1)
      return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  } else if (magnitude === form.nan) return Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias - mantissaBits);
  return sign * (1 + mantissa / (1 << mantissaBits)) * 2 ** (exponent - bias);
}

function encodeNumber(form: SmallFloat, value: number): number {
  const { exponentBits, mantissaBits, bias } = form;
  const signBit = 1 << (exponentBits + mantissaBits);
  if (Number.isNaN(value)) return form.nan;
  const negative = value < 0 || Object.is(value, -0);
  const sign = negative ? signBit : 0;
  const magnitude = Math.abs(value);
  if (magnitude === 0) return form.unsignedZero ? 0 : sign;
  const overflow = form.overflow === signBit ? signBit : sign | form.overflow;
  if (magnitude === Number.POSITIVE_INFINITY) return overflow;
  const exponent = Math.max(exponentOf(magnitude), 1 - bias);
  // A quantum is the distance of neighbours there; the division is exact.
  const quotient = roundHalfEven(magnitude / 2 ** (exponent - mantissaBits));
  if (quotient === 0) return form.unsignedZero ? 0 : sign;
  const pattern = quotient + (exponent + bias - 1) * (1 << mantissaBits);
  return pattern > largestPattern(form) ? overflow : sign | pattern;
}

function largestPattern(form: SmallFloat): number {
  const all = (1 << (form.exponentBits + form.mantissaBits)) - 1;
  if (form.unsignedZero) return all;
  return form.hasInfinity ? form.overflow - 1 : form.nan - 1;
}

const float64Scratch = new Float64Array(1);
const wordScratch = new Uint32Array(float64Scratch.buffer);
const highWord = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** floor(log2(x)) of a positive finite normal double; -1023 for a subnormal one. */
function exponentOf(x: number): number {
  float64Scratch[0] = x;
  return ((wordScratch[highWord]! >>> 20) & 0x7ff) - 1023;
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

const tables: Map<DType, Float64Array> = new Map();

/** A table from bit pattern to value for a half or 8-bit type (65,536 or 256 entries, made at first use). */
export function decodeTable(dtype: DType): Float64Array {
  let table = tables.get(dtype);
  if (table === undefined) {
    const form = forms.get(dtype);
    table = Float64Array.from({ length: 1 << (8 * dtype.itemSize) }, (_, bits) =>
      form !== undefined ? decodePattern(form, bits) : bits === 255 ? Number.NaN : 2 ** (bits - 127),
    );
    tables.set(dtype, table);
  }
  return table;
}

const float32Scratch = new Float32Array(1);
const float32Bits = new Uint32Array(float32Scratch.buffer);

/** The float16 nearest to a number, as a bit pattern. */
export function toFloat16(value: number): number {
  const magnitude = Math.abs(value);
  // Inside the normal range a double's rounding to 11 bits can be done by adding and subtracting.
  if (magnitude >= 6.103515625e-5 && magnitude < 65504) {
    const exponent = exponentOf(magnitude);
    const big = magnitude + 2 ** (exponent + 42);
    const rounded = big - 2 ** (exponent + 42);
    const carried = exponentOf(rounded);
    const pattern = (carried + 15) * 1024 + (rounded / 2 ** (carried - 10) - 1024);
    return value < 0 ? pattern | 0x8000 : pattern;
  }
  return encodeNumber(forms.get(float16)!, value);
}

/** The bfloat16 nearest to a number, as a bit pattern. The number is rounded to float32 first, as PyTorch does. */
export function toBfloat16(value: number): number {
  float32Scratch[0] = value;
  const bits = float32Bits[0]!;
  if ((bits & 0x7fffffff) > 0x7f800000) return 0x7fc0;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function toE8m0(value: number): number {
  if (!(value > 0) || value === Number.POSITIVE_INFINITY) return 255;
  const exponent = exponentOf(value);
  // e8m0 holds powers of two alone: the nearest by exponent, ties to the even mantissa, which is the lower power.
  const up = value / 2 ** exponent > 1.5 ? 1 : 0;
  return Math.min(Math.max(exponent + 127 + up, 0), 255);
}

const encoders: ReadonlyMap<DType, (value: number) => number> = new Map<DType, (value: number) => number>([
  [float16, toFloat16],
  [bfloat16, toBfloat16],
  [float8_e8m0fnu, toE8m0],
  ...[float8_e4m3fn, float8_e4m3fnuz, float8_e5m2, float8_e5m2fnuz].map(
    (dtype): [DType, (value: number) => number] => {
      const form = forms.get(dtype)!;
      return [dtype, (value) => encodeNumber(form, value)];
    },
  ),
]);

/** The encoder of a half or 8-bit type: a number to its bit pattern. Undefined for other types. */
export function encoderOf(dtype: DType): ((value: number) => number) | undefined {
  return encoders.get(dtype);
}
