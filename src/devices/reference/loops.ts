// Whole loops of the most used operations, once for each array type: a loop that has seen two kinds of arrays is several
// times slower, so these are written out, and kept to what every training step is made of.

import type { Loop } from "./map.ts";

/** From this many elements on, a loop over views that begin at 0, four at a time, takes half the time. */
const longRun = 512;

export const add32: Loop<Float32Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  if (n >= longRun && oStep === 1 && iStep === 1 && jStep === 1) {
    addRun32(n, out.subarray(o, o + n), a.subarray(i, i + n), b.subarray(j, j + n));
    return;
  }
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i]! + b[j]!;
};

function addRun32(n: number, out: Float32Array, a: Float32Array, b: Float32Array): void {
  let k = 0;
  for (; k + 3 < n; k += 4) {
    out[k] = a[k]! + b[k]!;
    out[k + 1] = a[k + 1]! + b[k + 1]!;
    out[k + 2] = a[k + 2]! + b[k + 2]!;
    out[k + 3] = a[k + 3]! + b[k + 3]!;
  }
  for (; k < n; k++) out[k] = a[k]! + b[k]!;
}

export const add64: Loop<Float64Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  if (n >= longRun && oStep === 1 && iStep === 1 && jStep === 1) {
    addRun64(n, out.subarray(o, o + n), a.subarray(i, i + n), b.subarray(j, j + n));
    return;
  }
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i]! + b[j]!;
};

function addRun64(n: number, out: Float64Array, a: Float64Array, b: Float64Array): void {
  let k = 0;
  for (; k + 3 < n; k += 4) {
    out[k] = a[k]! + b[k]!;
    out[k + 1] = a[k + 1]! + b[k + 1]!;
    out[k + 2] = a[k + 2]! + b[k + 2]!;
    out[k + 3] = a[k + 3]! + b[k + 3]!;
  }
  for (; k < n; k++) out[k] = a[k]! + b[k]!;
}

export const addInt64: Loop<BigInt64Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = BigInt.asIntN(64, a[i]! + b[j]!);
};

/** A loop with a number that the second operand is multiplied by. */
type ScaledLoop<Values extends Float32Array | Float64Array> = (
  scale: number,
  ...run: Parameters<Loop<Values>>
) => void;

export const addScaled32: ScaledLoop<Float32Array> = (scale, n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i]! + scale * b[j]!;
};

export const addScaled64: ScaledLoop<Float64Array> = (scale, n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i]! + scale * b[j]!;
};

export const subtract32: Loop<Float32Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i]! - b[j]!;
};

export const subtract64: Loop<Float64Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i]! - b[j]!;
};

export const subtractInt64: Loop<BigInt64Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = BigInt.asIntN(64, a[i]! - b[j]!);
};

export const multiply32: Loop<Float32Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i]! * b[j]!;
};

export const multiply64: Loop<Float64Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i]! * b[j]!;
};

export const multiplyInt64: Loop<BigInt64Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = BigInt.asIntN(64, a[i]! * b[j]!);
};

export const divide32: Loop<Float32Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i]! / b[j]!;
};

export const divide64: Loop<Float64Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i]! / b[j]!;
};

export const negative32: Loop<Float32Array> = (n, out, o, oStep, a, i, iStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep) out[o] = -a[i]!;
};

export const negative64: Loop<Float64Array> = (n, out, o, oStep, a, i, iStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep) out[o] = -a[i]!;
};

export const relu32: Loop<Float32Array> = (n, out, o, oStep, a, i, iStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep) out[o] = Math.max(a[i]!, 0);
};

export const relu64: Loop<Float64Array> = (n, out, o, oStep, a, i, iStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep) out[o] = Math.max(a[i]!, 0);
};

/**
 * The hyperbolic tangent to 4e-12 of itself, which is far below what float32 can tell; Math.tanh takes half as long again.
 * Near 0 it is the first terms of its series, x - x^3/3 + 2x^5/15, since the other form cancels there.
 */
function tanhSingle(x: number): number {
  const square = x * x;
  if (square < 4e-4) return x * (1 - square * (1 / 3 - square * (2 / 15)));
  return 1 - 2 / (Math.exp(x + x) + 1);
}

export const tanh32: Loop<Float32Array> = (n, out, o, oStep, a, i, iStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep) out[o] = tanhSingle(a[i]!);
};

export const tanh64: Loop<Float64Array> = (n, out, o, oStep, a, i, iStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep) out[o] = Math.tanh(a[i]!);
};

export const tanhBackward32: Loop<Float32Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i]! * (1 - b[j]! * b[j]!);
};

export const tanhBackward64: Loop<Float64Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i]! * (1 - b[j]! * b[j]!);
};

export const reluBackward32: Loop<Float32Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = b[j]! <= 0 ? 0 : a[i]!;
};

export const reluBackward64: Loop<Float64Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = b[j]! <= 0 ? 0 : a[i]!;
};
