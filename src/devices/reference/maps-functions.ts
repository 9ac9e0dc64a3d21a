// Rows of the functions of one element: exponentials, circular and hyperbolic functions, activations.

import { type DType, float32, float64 } from "../../core/dtype.ts";
import { decodeTable, encoderOf } from "../../core/halves.ts";
import type * as activations from "../../ops/activations.ts";
import type { GeluAttributes, LeakyReluAttributes } from "../../ops/activations.ts";
import type * as exponential from "../../ops/exponential.ts";
import type * as trigonometry from "../../ops/trigonometry.ts";
import * as complex from "./complex-functions.ts";
import { larger } from "./lanes.ts";
import * as loops from "./loops.ts";
import type { ComplexFunction, MapRow, MapRows } from "./map.ts";
import { erfc, sinPi } from "./special-functions.ts";

/** log(exp(a) + exp(b)) in a base whose logarithm is `unit`. */
function logSum(a: number, b: number, unit: number): number {
  if (a === b) return a + Math.LN2 / unit;
  const distance = a - b;
  if (distance > 0) return a + Math.log1p(Math.exp(-distance * unit)) / unit;
  if (distance <= 0) return b + Math.log1p(Math.exp(distance * unit)) / unit;
  return distance;
}

const scaledBy =
  (factor: number, then: complex.ComplexUnary): ComplexFunction =>
  (out, o, a, ai) =>
    then(out, o, a * factor, ai * factor);

const logarithm =
  (unit: number): ComplexFunction =>
  (out, o, a, ai) => {
    complex.complexLog(out, o, a, ai);
    out[o]! /= unit;
    out[o + 1]! /= unit;
  };

/** 1 / sqrt(a); of half types the root is rounded, as in PyTorch. */
function rsqrtOf(dtype: DType): (a: number) => number {
  const encode = dtype.itemSize === 2 ? encoderOf(dtype) : undefined;
  if (encode === undefined) return (a) => 1 / Math.sqrt(a);
  const values = decodeTable(dtype);
  return (a) => 1 / values[encode(Math.sqrt(a))]!;
}

export const exponentialRows: MapRows<keyof typeof exponential> = {
  sqrt: { real: Math.sqrt, complex: complex.complexSqrt },
  rsqrt: (_attributes: undefined, dtype: DType) => ({
    real: rsqrtOf(dtype),
    complex: (out, o, a, ai) => {
      complex.complexSqrt(out, o, a, ai);
      complex.complexDivide(out, o, 1, 0, out[o]!, out[o + 1]!);
    },
  }),
  cbrt: { real: Math.cbrt },
  exp: { real: Math.exp, complex: complex.complexExp },
  exp2: { real: (a) => 2 ** a, complex: scaledBy(Math.LN2, complex.complexExp) },
  expm1: {
    real: Math.expm1,
    complex: (out, o, a, ai) => {
      // exp(a) cos(b) - 1 without cancellation near 0.
      const half = Math.sin(ai / 2);
      out[o] = Math.expm1(a) * Math.cos(ai) - 2 * half * half;
      out[o + 1] = Math.exp(a) * Math.sin(ai);
    },
  },
  log: { real: Math.log, complex: complex.complexLog },
  log2: { real: Math.log2, complex: logarithm(Math.LN2) },
  log10: { real: Math.log10, complex: logarithm(Math.LN10) },
  log1p: {
    real: Math.log1p,
    complex: (out, o, a, ai) => {
      const angle = Math.atan2(ai, a + 1);
      const isNear = Math.abs(a) < 0.5 && Math.abs(ai) < 0.5;
      out[o] = isNear ? 0.5 * Math.log1p(a * (2 + a) + ai * ai) : Math.log(Math.hypot(a + 1, ai));
      out[o + 1] = angle;
    },
  },
  logaddexp: { real: (a, b) => logSum(a, b, 1) },
  logaddexp2: { real: (a, b) => logSum(a, b, Math.LN2) },
  xlogy: { real: (a, b) => (Number.isNaN(b) ? b : a === 0 ? 0 : a * Math.log(b)) },
  binaryCrossEntropy: {
    real: (x, t) => (t - 1) * Math.max(Math.log1p(-x), -100) - t * Math.max(Math.log(x), -100),
  },
};

/** sin(pi a) / (pi a); NaN where the product overflows, as in PyTorch. */
function sinc(a: number): number {
  if (a === 0) return 1;
  return Number.isFinite(Math.PI * a) ? sinPi(a) / (Math.PI * a) : NaN;
}

export const trigonometryRows: MapRows<keyof typeof trigonometry> = {
  sin: { real: Math.sin, complex: complex.complexSin },
  cos: { real: Math.cos, complex: complex.complexCos },
  tan: { real: Math.tan, complex: complex.complexTan },
  asin: { real: Math.asin, complex: complex.complexAsin },
  acos: { real: Math.acos, complex: complex.complexAcos },
  atan: { real: Math.atan, complex: complex.complexAtan },
  sinh: { real: Math.sinh, complex: complex.complexSinh },
  cosh: { real: Math.cosh, complex: complex.complexCosh },
  asinh: { real: Math.asinh, complex: complex.complexAsinh },
  acosh: { real: Math.acosh, complex: complex.complexAcosh },
  atanh: { real: Math.atanh, complex: complex.complexAtanh },
  tanh: { real: Math.tanh, complex: complex.complexTanh, loop32: loops.tanh32, loop64: loops.tanh64 },
  atan2: { real: Math.atan2 },
  hypot: { real: (a, b) => Math.hypot(a, b) },
  sinc: (_attributes: undefined, dtype: DType) => ({
    real: dtype === float64 ? sinc : (a) => (Number.isFinite(Math.fround(Math.PI * a)) ? sinc(a) : NaN),
    complex: (out, o, a, ai) => {
      if (a === 0 && ai === 0) {
        out[o] = 1;
        out[o + 1] = 0;
        return;
      }
      complex.complexSin(out, o, Math.PI * a, Math.PI * ai);
      complex.complexDivide(out, o, out[o]!, out[o + 1]!, Math.PI * a, Math.PI * ai);
    },
  }),
};

/** 1 / (1 + exp(-x)), through the exponential that does not overflow. */
function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const rise = Math.exp(x);
  return rise / (1 + rise);
}

/** 1 / (1 + exp(-z)), from the side on which the exponential does not overflow. */
const complexSigmoid: ComplexFunction = (out, o, a, ai) => {
  const isPositive = a >= 0;
  complex.complexExp(out, o, isPositive ? -a : a, isPositive ? -ai : ai);
  const [re, im] = [out[o]!, out[o + 1]!];
  if (isPositive) complex.complexDivide(out, o, 1, 0, 1 + re, im);
  else complex.complexDivide(out, o, re, im, 1 + re, im);
};

/** The product of two complex numbers. */
function product(out: Float64Array, o: number, a: number, ai: number, b: number, bi: number): void {
  out[o] = a * b - ai * bi;
  out[o + 1] = a * bi + ai * b;
}

const geluRows: Readonly<Record<GeluAttributes["approximate"] | "single", MapRow>> = {
  none: { real: (x) => 0.5 * x * erfc(-x * Math.SQRT1_2) },
  // PyTorch's float32 kernel (oneDNN) halves last, so that twice the result may overflow, and has no value at infinity.
  single: { real: (x) => (x === Infinity ? NaN : 0.5 * Math.fround(x * erfc(-x * Math.SQRT1_2))) },
  tanh: {
    real: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
  },
};

export const activationRows: MapRows<keyof typeof activations> = {
  relu: {
    real: (a) => Math.max(a, 0),
    big: (a) => larger(a, 0n),
    loop32: loops.relu32,
    loop64: loops.relu64,
  },
  reluBackward: {
    real: (g, y) => (y <= 0 ? 0 : g),
    loop32: loops.reluBackward32,
    loop64: loops.reluBackward64,
  },
  tanhBackward: {
    real: (g, y) => g * (1 - y * y),
    // The conjugate of 1 - y^2.
    complex: (out, o, g, gi, y, yi) => product(out, o, g, gi, 1 - (y * y - yi * yi), 2 * y * yi),
    loop32: loops.tanhBackward32,
    loop64: loops.tanhBackward64,
  },
  sigmoid: { real: sigmoid, complex: complexSigmoid },
  sigmoidBackward: {
    real: (g, y) => g * y * (1 - y),
    // The conjugate of y - y^2.
    complex: (out, o, g, gi, y, yi) => product(out, o, g, gi, y - (y * y - yi * yi), 2 * y * yi - yi),
  },
  gelu: ({ approximate }: GeluAttributes, dtype: DType) =>
    geluRows[approximate === "none" && dtype === float32 ? "single" : approximate],
  silu: {
    real: (a) => a * sigmoid(a),
    complex: (out, o, a, ai, b, bi, c, ci) => {
      complexSigmoid(out, o, a, ai, b, bi, c, ci);
      product(out, o, a, ai, out[o]!, out[o + 1]!);
    },
  },
  logSigmoid: { real: (a) => Math.min(a, 0) - Math.log1p(Math.exp(-Math.abs(a))) },
  leakyRelu: ({ negativeSlope }: LeakyReluAttributes) => ({ real: (a) => (a > 0 ? a : a * negativeSlope) }),
};
