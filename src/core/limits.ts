// How large, how small and how fine the numbers of an element type are.

import { floatFormOf } from "./digits.ts";
import type { DType } from "./dtype.ts";
import { decodeTable, encoderOf } from "./halves.ts";

/** What there is to know of a floating-point type's numbers. */
export interface FloatLimits {
  /** Bits of a number. */
  readonly bits: number;
  /** Bits of the mantissa that are stored. */
  readonly fractionBits: number;
  /** From 1 to the next larger number. */
  readonly eps: number;
  /** The least and the greatest finite number. */
  readonly min: number;
  readonly max: number;
  /** The smallest positive number with all its digits, and the smallest at all. */
  readonly smallestNormal: number;
  readonly smallestSubnormal: number;
  /** Decimal digits that every number has. */
  readonly precision: number;
  /** Ten to the power of minus `precision`. */
  readonly resolution: number;
}

/** The limits of a floating-point type, or of the parts of a complex one. */
export function floatLimits(dtype: DType): FloatLimits {
  const { fractionBits, leastExponent } = floatFormOf(dtype);
  const leastNormal = leastExponent + fractionBits;
  const precision = Math.floor(fractionBits * Math.log10(2));
  const ends = encoderOf(dtype) === undefined ? ieeeEnds(fractionBits, leastNormal) : tableEnds(dtype);
  return {
    bits: (8 * dtype.itemSize) / dtype.lanes,
    fractionBits,
    eps: 2 ** -fractionBits,
    min: ends[0],
    max: ends[1],
    smallestNormal: 2 ** leastNormal,
    smallestSubnormal: 2 ** leastExponent,
    precision,
    resolution: Number(`1e-${precision}`),
  };
}

type Ends = readonly [least: number, greatest: number];

/** In an IEEE 754 form the exponents of normal numbers lie evenly about one half. */
function ieeeEnds(fractionBits: number, leastNormal: number): Ends {
  const max = (2 - 2 ** -fractionBits) * 2 ** (1 - leastNormal);
  return [-max, max];
}

function tableEnds(dtype: DType): Ends {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const value of decodeTable(dtype)) {
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return [least, greatest];
}

/** The least and the greatest value of an integer type. */
export function integerLimits(dtype: DType): { readonly min: bigint; readonly max: bigint } {
  const bits = BigInt(8 * dtype.itemSize);
  if (dtype.kind === "unsigned") return { min: 0n, max: (1n << bits) - 1n };
  return { min: -(1n << (bits - 1n)), max: (1n << (bits - 1n)) - 1n };
}
