// Whether numbers are finite.

import { kernels } from "./instance.ts";

/** Elements copied in at a time: they stay in the second cache. */
const blockLength = 2 ** 16;

/** True iff all numbers are finite. */
export function areFinite(values: Float32Array): boolean {
  const made = kernels();
  if (made === undefined) return Number.isFinite(sumOf(values));
  const { exports, floats, start } = made;
  for (let at = 0; at < values.length; at += blockLength) {
    const block = values.subarray(at, at + blockLength);
    floats.set(block, start >> 2);
    if (exports.isFinite32(start, block.length) === 0) return false;
  }
  return true;
}

/** The sum of all, four at a time: not finite where a number is not, since single precision cannot overflow it. */
function sumOf(values: Float32Array): number {
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    sum0 += values[i]!;
    sum1 += values[i + 1]!;
    sum2 += values[i + 2]!;
    sum3 += values[i + 3]!;
  }
  for (let i = whole; i < values.length; i++) sum0 += values[i]!;
  return sum0 + sum1 + sum2 + sum3;
}
