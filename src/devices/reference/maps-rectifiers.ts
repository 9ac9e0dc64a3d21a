// Rows of rectifiers and shrinkages.

import { type DType, float64 } from "../../core/dtype.ts";
import type * as rectifiers from "../../ops/rectifiers.ts";
import type {
  EluAttributes,
  IntervalAttributes,
  ShrinkAttributes,
  SoftplusAttributes,
  ThresholdAttributes,
} from "../../ops/rectifiers.ts";
import { larger, smaller } from "./lanes.ts";
import type { MapRows } from "./map.ts";

/** x + 3, held from 0 to 6. */
const ramp = (x: number): number => Math.min(Math.max(x + 3, 0), 6);

/** log(1 + exp(x)), without overflow. */
const logOnePlusExp = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

export const rectifierRows: MapRows<keyof typeof rectifiers> = {
  elu: ({ alpha, scale, inputScale }: EluAttributes) => {
    const factor = alpha * scale;
    return { real: (x) => (x <= 0 ? Math.expm1(x * inputScale) * factor : x * scale) };
  },
  softplus: ({ beta, threshold }: SoftplusAttributes) => ({
    real: (x) => (x * beta > threshold ? x : logOnePlusExp(x * beta) / beta),
  }),
  hardtanh: ({ min, max }: IntervalAttributes) => ({
    real: (x) => Math.min(Math.max(x, min), max),
    int: (x) => Math.min(Math.max(x, Math.trunc(min)), Math.trunc(max)),
    big: (x) => smaller(larger(x, BigInt(Math.trunc(min))), BigInt(Math.trunc(max))),
  }),
  hardshrink: ({ lambd }: ShrinkAttributes) => ({ real: (x) => (x >= -lambd && x <= lambd ? 0 : x) }),
  softshrink: ({ lambd }: ShrinkAttributes) => ({
    // Within, x times 0: NaN stays, and the sign of 0.
    real: (x) => (x > lambd ? x - lambd : x < -lambd ? x + lambd : x * 0),
  }),
  hardsigmoid: { real: (x) => ramp(x) / 6 },
  // PyTorch divides last: six times the result may overflow.
  hardswish: (_attributes: undefined, dtype: DType) => ({
    real: dtype === float64 ? (x) => (x * ramp(x)) / 6 : (x) => Math.fround(x * ramp(x)) / 6,
  }),
  threshold: ({ threshold, value }: ThresholdAttributes) => ({
    real: (x) => (x <= threshold ? value : x),
    int: (x) => (x <= Math.trunc(threshold) ? Math.trunc(value) : x),
    big: (x) => (x <= BigInt(Math.trunc(threshold)) ? BigInt(Math.trunc(value)) : x),
  }),
  mish: { real: (x) => x * Math.tanh(logOnePlusExp(x)) },
  prelu: { real: (x, weight) => (x > 0 ? x : weight * x) },
};
