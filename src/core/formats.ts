// What the floating types can hold (IEEE 754, and bfloat16).

import { bfloat16, type DType, float16, float32 } from "./dtype.ts";

/** Bits after the point, exponent of the smallest normal number, and the largest finite number. */
export interface FloatingFormat {
  readonly fractionBits: number;
  readonly lowestExponent: number;
  readonly largest: number;
}

const double: FloatingFormat = { fractionBits: 52, lowestExponent: -1022, largest: Number.MAX_VALUE };
const formats: ReadonlyMap<DType, FloatingFormat> = new Map([
  [float16, { fractionBits: 10, lowestExponent: -14, largest: 65504 }],
  [bfloat16, { fractionBits: 7, lowestExponent: -126, largest: (2 - 2 ** -7) * 2 ** 127 }],
  [float32, { fractionBits: 23, lowestExponent: -126, largest: (2 - 2 ** -23) * 2 ** 127 }],
]);

/** The format of a floating type; of others that of float64. */
export function formatOf(dtype: DType): FloatingFormat {
  return formats.get(dtype) ?? double;
}
