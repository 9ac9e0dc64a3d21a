// `torch.finfo` and `torch.iinfo`: the limits of PyTorch's number types.

import { complex64, complex128, type DType, float8_e5m2fnuz, float32, float64 } from "../core/dtype.ts";
import { PythonTypeError } from "../core/errors.ts";
import { floatLimits, integerLimits } from "../core/limits.ts";
import { formatGeneral } from "../core/text.ts";
import { asDtype, type DtypeLike } from "./dtypes.ts";

/** The limits of a floating-point type; see `torch.finfo`. */
export class FloatInfo {
  /** The type's name. */
  readonly dtype: string;
  readonly bits: number;
  readonly eps: number;
  readonly min: number;
  readonly max: number;
  readonly tiny: number;
  readonly smallestNormal: number;
  readonly resolution: number;

  constructor(dtype: DType) {
    const limits = floatLimits(dtype);
    this.dtype = dtype.name;
    this.bits = limits.bits;
    // PyTorch 2.13 states half of this type's step from 1 to the next number.
    this.eps = dtype === float8_e5m2fnuz ? limits.eps / 2 : limits.eps;
    this.min = limits.min;
    this.max = limits.max;
    this.tiny = limits.smallestNormal;
    this.smallestNormal = limits.smallestNormal;
    this.resolution = limits.resolution;
  }

  /** `repr(torch.finfo(...))` */
  repr(): string {
    return this.toString();
  }

  toString(): string {
    const { resolution, min, max, eps, smallestNormal, tiny } = this;
    const fields = Object.entries({ resolution, min, max, eps, smallest_normal: smallestNormal, tiny });
    const texts = fields.map(([name, value]) => `${name}=${formatGeneral(value)}`);
    return `finfo(${texts.join(", ")}, dtype=${this.dtype})`;
  }
}

/** The limits of an integer type; see `torch.iinfo`. Limits that a number cannot hold exactly are bigints. */
export class IntegerInfo {
  /** The type's name. */
  readonly dtype: string;
  readonly bits: number;
  readonly min: number | bigint;
  readonly max: number | bigint;

  constructor(dtype: DType) {
    const { min, max } = integerLimits(dtype);
    const isExact = Number.isSafeInteger(Number(max));
    this.dtype = dtype.name;
    this.bits = 8 * dtype.itemSize;
    this.min = isExact || min === 0n ? Number(min) : min;
    this.max = isExact ? Number(max) : max;
  }

  /** `repr(torch.iinfo(...))` */
  repr(): string {
    return this.toString();
  }

  toString(): string {
    const [min, max] = [this.min, this.max].map((value) => formatGeneral(Number(value)));
    return `iinfo(min=${min}, max=${max}, dtype=${this.dtype})`;
  }
}

const parts: ReadonlyMap<DType, DType> = new Map([
  [complex64, float32],
  [complex128, float64],
]);

/**
 * The limits of a floating-point type, or of a complex type's parts (`torch.finfo`).
 * @throws TypeError for an integer type or bool
 */
export function finfo(dtype: DtypeLike = float32): FloatInfo {
  const type = asDtype(dtype);
  const real = parts.get(type) ?? type;
  if (!real.isFloatingPoint) {
    throw new PythonTypeError(
      "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'",
    );
  }
  return new FloatInfo(real);
}

/**
 * The limits of an integer type (`torch.iinfo`).
 * @throws TypeError for any other type
 */
export function iinfo(dtype: DtypeLike): IntegerInfo {
  const type = asDtype(dtype);
  if (type.kind === "bool") throw new PythonTypeError("torch.bool is not supported by torch.iinfo");
  if (!type.isInteger) {
    throw new PythonTypeError(
      "torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'",
    );
  }
  return new IntegerInfo(type);
}
