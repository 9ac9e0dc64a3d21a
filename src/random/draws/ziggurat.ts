// Standard normal and exponential numbers by the ziggurat method, bit for bit as NumPy's Generator draws them
// (numpy/random/src/distributions, NumPy 2.4). float32 numbers are worked out in float32 throughout.

import type { BitStream } from "../streams/bit-stream.ts";
import { exponential32, exponential64, normal32, normal64 } from "./ziggurat-tables.ts";

/** Where the normal distribution's tail begins, and one over it. */
const NORMAL_TAIL = 3.654152885361009;
const NORMAL_TAIL_INVERSE = 0.2736612373297583;
const EXPONENTIAL_TAIL = 7.69711747013105;

const { fround } = Math;
const NORMAL_TAIL_32 = fround(NORMAL_TAIL);
const NORMAL_TAIL_INVERSE_32 = fround(NORMAL_TAIL_INVERSE);
const EXPONENTIAL_TAIL_32 = fround(EXPONENTIAL_TAIL);

/** A standard normal number in float64. */
export function standardNormal(stream: BitStream): number {
  const { inside, width, density } = normal64;
  for (;;) {
    stream.next64();
    const { high, low } = stream;
    const layer = low & 0xff;
    const whole = (high & 0x1fffffff) * 2 ** 23 + (low >>> 9);
    const x = low & 0x100 ? -whole * width[layer]! : whole * width[layer]!;
    if (whole < inside[layer]!) return x;
    if (layer === 0) return normalTail(stream, (low & 0x20000) !== 0);
    const edge = density[layer]!;
    if ((density[layer - 1]! - edge) * stream.nextUniform() + edge < Math.exp(-0.5 * x * x)) return x;
  }
}

function normalTail(stream: BitStream, isNegative: boolean): number {
  for (;;) {
    const x = -NORMAL_TAIL_INVERSE * Math.log1p(-stream.nextUniform());
    const y = -Math.log1p(-stream.nextUniform());
    if (y + y > x * x) return isNegative ? -(NORMAL_TAIL + x) : NORMAL_TAIL + x;
  }
}

/** A standard normal number in float32. */
export function standardNormal32(stream: BitStream): number {
  const { inside, width, density } = normal32;
  for (;;) {
    const word = stream.nextWord();
    const layer = word & 0xff;
    const whole = word >>> 9;
    const size = fround(whole * width[layer]!);
    const x = word & 0x100 ? -size : size;
    if (whole < inside[layer]!) return x;
    if (layer === 0) return normalTail32(stream, (word & 0x20000) !== 0);
    const edge = density[layer]!;
    const height = fround(fround(fround(density[layer - 1]! - edge) * stream.nextFloat()) + edge);
    if (height < Math.exp(-0.5 * x * x)) return x;
  }
}

function normalTail32(stream: BitStream, isNegative: boolean): number {
  for (;;) {
    const x = fround(-NORMAL_TAIL_INVERSE_32 * fround(Math.log1p(-stream.nextFloat())));
    const y = fround(-Math.log1p(-stream.nextFloat()));
    if (fround(y + y) > fround(x * x)) {
      const far = fround(NORMAL_TAIL_32 + x);
      return isNegative ? -far : far;
    }
  }
}

/** A number of the exponential distribution of rate 1 in float64. */
export function standardExponential(stream: BitStream): number {
  const { inside, width, density } = exponential64;
  for (;;) {
    stream.next64();
    const { high, low } = stream;
    const layer = (low >>> 3) & 0xff;
    const whole = (high >>> 0) * 2 ** 21 + (low >>> 11);
    const x = whole * width[layer]!;
    if (whole < inside[layer]!) return x;
    if (layer === 0) return EXPONENTIAL_TAIL - Math.log1p(-stream.nextUniform());
    const edge = density[layer]!;
    if ((density[layer - 1]! - edge) * stream.nextUniform() + edge < Math.exp(-x)) return x;
  }
}

/** A number of the exponential distribution of rate 1 in float32. */
export function standardExponential32(stream: BitStream): number {
  const { inside, width, density } = exponential32;
  for (;;) {
    const word = stream.nextWord();
    const layer = (word >>> 1) & 0xff;
    const whole = word >>> 9;
    const x = fround(whole * width[layer]!);
    if (whole < inside[layer]!) return x;
    if (layer === 0) return fround(EXPONENTIAL_TAIL_32 - fround(Math.log1p(-stream.nextFloat())));
    const edge = density[layer]!;
    const height = fround(fround(fround(density[layer - 1]! - edge) * stream.nextFloat()) + edge);
    if (height < fround(Math.exp(-x))) return x;
  }
}

/** The same distribution by inverting its distribution function (`method="inv"`), in float64. */
export function invertedExponential(stream: BitStream): number {
  return -Math.log1p(-stream.nextUniform());
}

/** The same in float32. */
export function invertedExponential32(stream: BitStream): number {
  return fround(-Math.log1p(-stream.nextFloat()));
}
