// Whole loops of the most used operations, once for each array type: a loop that has seen two kinds of arrays is several
// times slower, so these are written out, and kept to what every training step is made of.

import type { Loop } from "./map.ts";

export const add32: Loop<Float32Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  let k = 0;
  if (oStep === 1 && iStep === 1 && jStep === 1) {
    // Four at a time: half the time of one at a time.
    for (; k + 3 < n; k += 4, o += 4, i += 4, j += 4) {
      out[o] = a[i]! + b[j]!;
      out[o + 1] = a[i + 1]! + b[j + 1]!;
      out[o + 2] = a[i + 2]! + b[j + 2]!;
      out[o + 3] = a[i + 3]! + b[j + 3]!;
    }
  }
  for (; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i]! + b[j]!;
};

export const add64: Loop<Float64Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  let k = 0;
  if (oStep === 1 && iStep === 1 && jStep === 1) {
    // Four at a time: half the time of one at a time.
    for (; k + 3 < n; k += 4, o += 4, i += 4, j += 4) {
      out[o] = a[i]! + b[j]!;
      out[o + 1] = a[i + 1]! + b[j + 1]!;
      out[o + 2] = a[i + 2]! + b[j + 2]!;
      out[o + 3] = a[i + 3]! + b[j + 3]!;
    }
  }
  for (; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i]! + b[j]!;
};

export const addInt64: Loop<BigInt64Array> = (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = BigInt.asIntN(64, a[i]! + b[j]!);
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

export const tanh32: Loop<Float32Array> = (n, out, o, oStep, a, i, iStep) => {
  for (let k = 0; k < n; k++, o += oStep, i += iStep) out[o] = Math.tanh(a[i]!);
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
