// `numpy.finfo` and `numpy.iinfo`: the limits of NumPy's number types.

import { complex64, complex128, type DType, float32, float64 } from "../core/dtype.ts";
import { ValueError } from "../core/errors.ts";
import { floatLimits, integerLimits } from "../core/limits.ts";
import { formatExponent } from "../core/text.ts";
import { scalarStr } from "./print.ts";
import { type DTypeLike, dtype as dtypeOf } from "./types.ts";

const rule = "-".repeat(63);

/** The limits of a floating-point type; see `numpy.finfo`. */
export class FloatInfo {
  readonly dtype: DType;
  readonly bits: number;
  readonly eps: number;
  /** From 1 to the next smaller number. */
  readonly epsneg: number;
  readonly min: number;
  readonly max: number;
  readonly tiny: number;
  readonly smallestNormal: number;
  readonly smallestSubnormal: number;
  readonly precision: number;
  readonly resolution: number;
  /** Bits of mantissa and exponent. */
  readonly nmant: number;
  readonly nexp: number;
  readonly iexp: number;
  /** `eps` and `epsneg` as exponents of two. */
  readonly machep: number;
  readonly negep: number;
  /** The exponents of two of the smallest normal number, and of the first power that is too large. */
  readonly minexp: number;
  readonly maxexp: number;

  constructor(dtype: DType) {
    const limits = floatLimits(dtype);
    this.dtype = dtype;
    this.bits = limits.bits;
    this.eps = limits.eps;
    this.epsneg = limits.eps / 2;
    this.min = limits.min;
    this.max = limits.max;
    this.tiny = limits.smallestNormal;
    this.smallestNormal = limits.smallestNormal;
    this.smallestSubnormal = limits.smallestSubnormal;
    this.precision = limits.precision;
    this.resolution = limits.resolution;
    this.nmant = limits.fractionBits;
    this.minexp = Math.round(Math.log2(limits.smallestNormal));
    this.maxexp = 2 - this.minexp;
    this.nexp = limits.bits - 1 - limits.fractionBits;
    this.iexp = this.nexp;
    this.machep = -limits.fractionBits;
    this.negep = this.machep - 1;
  }

  /** `repr(np.finfo(...))` */
  repr(): string {
    const digits = Math.max(this.precision + 1, 5);
    const limit = (value: number): string => formatExponent(value, digits);
    const resolution = scalarStr(this.resolution, this.dtype);
    return `finfo(resolution=${resolution}, min=${limit(this.min)}, max=${limit(this.max)}, dtype=${this.dtype.name})`;
  }

  /** `str(np.finfo(...))`: a table. */
  toString(): string {
    const text = (value: number): string => scalarStr(value, this.dtype);
    return [
      `Machine parameters for ${this.dtype.name}`,
      rule,
      `precision = ${this.precision}   resolution = ${text(this.resolution)}`,
      `machep = ${this.machep}   eps =        ${text(this.eps)}`,
      `negep =  ${this.negep}   epsneg =     ${text(this.epsneg)}`,
      `minexp = ${this.minexp}   tiny =       ${text(this.tiny)}`,
      `maxexp = ${this.maxexp}   max =        ${text(this.max)}`,
      `nexp =   ${this.nexp}   min =        -max`,
      `smallest_normal = ${text(this.smallestNormal)}   smallest_subnormal = ${text(this.smallestSubnormal)}`,
      `${rule}\n`,
    ].join("\n");
  }
}

/** The limits of an integer type; see `numpy.iinfo`. Limits that a number cannot hold exactly are bigints. */
export class IntegerInfo {
  readonly dtype: DType;
  readonly bits: number;
  readonly kind: "i" | "u";
  readonly min: number | bigint;
  readonly max: number | bigint;

  constructor(dtype: DType) {
    const { min, max } = integerLimits(dtype);
    const isExact = Number.isSafeInteger(Number(max));
    this.dtype = dtype;
    this.bits = 8 * dtype.itemSize;
    this.kind = dtype.kind === "unsigned" ? "u" : "i";
    this.min = isExact || min === 0n ? Number(min) : min;
    this.max = isExact ? Number(max) : max;
  }

  /** `repr(np.iinfo(...))` */
  repr(): string {
    return `iinfo(min=${this.min}, max=${this.max}, dtype=${this.dtype.name})`;
  }

  /** `str(np.iinfo(...))`: a table. */
  toString(): string {
    const lines = [
      `Machine parameters for ${this.dtype.name}`,
      rule,
      `min = ${this.min}`,
      `max = ${this.max}`,
    ];
    return `${lines.join("\n")}\n${rule}\n`;
  }
}

const parts: ReadonlyMap<DType, DType> = new Map([
  [complex64, float32],
  [complex128, float64],
]);

/**
 * The limits of a floating-point type, or of a complex type's parts (`numpy.finfo`).
 * @throws ValueError for an integer type or bool
 */
export function finfo(dtype: DTypeLike): FloatInfo {
  const type = dtypeOf(dtype);
  const real = parts.get(type) ?? type;
  if (!real.isFloatingPoint) throw new ValueError(`data type <class 'numpy.${type.name}'> not inexact`);
  return new FloatInfo(real);
}

/**
 * The limits of an integer type (`numpy.iinfo`).
 * @throws ValueError for any other type
 */
export function iinfo(dtype: DTypeLike): IntegerInfo {
  const type = dtypeOf(dtype);
  if (!type.isInteger) throw new ValueError(`Invalid integer data type '${type.name[0]}'.`);
  return new IntegerInfo(type);
}
