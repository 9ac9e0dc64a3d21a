// Neighbours and parts of floating numbers, for each floating type.

import type { DType } from "../../core/dtype.ts";
import { formatOf } from "../../core/formats.ts";

const bits: DataView = new DataView(new ArrayBuffer(8));

/** The e of |x| = m 2^e with 1 <= m < 2, for a finite x that is not 0. */
export function exponentOf(x: number): number {
  bits.setFloat64(0, x);
  const field = (bits.getUint16(0) >> 4) & 0x7ff;
  return field === 0 ? exponentOf(x * 2 ** 54) - 54 : field - 1023;
}

/** x 2^n, in steps that do not overflow while the result does not. */
export function scaleByPower(x: number, n: number): number {
  const power = Math.max(-2200, Math.min(2200, n));
  if (power > 1000) return scaleByPower(x * 2 ** 1000, power - 1000);
  // Downwards through a scale that leaves the number normal until the last step, so that it is rounded once.
  if (power < -1000 && x !== 0 && Number.isFinite(x)) {
    const exponent = exponentOf(x);
    if (exponent + power < -1080) return x < 0 ? -0 : 0;
    const first = Math.max(power, -1021 - exponent);
    return x * 2 ** (first / 2 - (first % 2) / 2) * 2 ** (first / 2 + (first % 2) / 2) * 2 ** (power - first);
  }
  return x * 2 ** power;
}

/** The distance from x to the next number away from 0. */
export function spacingOf(dtype: DType, x: number): number {
  if (!Number.isFinite(x)) return NaN;
  const { fractionBits, lowestExponent } = formatOf(dtype);
  const exponent = x === 0 ? lowestExponent : Math.max(exponentOf(x), lowestExponent);
  return 2 ** (exponent - fractionBits);
}

/** The number next to a in the direction of b. */
export function nextAfter(dtype: DType, a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return NaN;
  if (a === b) return b;
  const upwards = b > a;
  if (a === 0) return upwards ? spacingOf(dtype, 0) : -spacingOf(dtype, 0);
  if (!Number.isFinite(a)) return Math.sign(a) * formatOf(dtype).largest;
  const size = Math.abs(a);
  let step = spacingOf(dtype, a);
  const outwards = upwards === a > 0;
  // Below a power of two the numbers lie twice as close.
  if (!outwards && size === 2 ** exponentOf(a) && exponentOf(a) > formatOf(dtype).lowestExponent) step /= 2;
  return Math.sign(a) * (outwards ? size + step : size - step);
}
