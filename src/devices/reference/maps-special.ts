// Rows of the special functions: the error function's and the gamma function's kin, Bessel functions, probabilities.

import { type DType, float64 } from "../../core/dtype.ts";
import type * as bessel from "../../ops/bessel.ts";
import type * as distribution from "../../ops/distribution.ts";
import type { LogitAttributes } from "../../ops/distribution.ts";
import type * as special from "../../ops/special.ts";
import type { MultivariateAttributes, PolygammaAttributes } from "../../ops/special.ts";
import { besselI0, besselI0Scaled, besselI1, besselI1Scaled } from "./bessel-functions.ts";
import { lowerGamma, upperGamma } from "./incomplete-gamma.ts";
import type { MapRows } from "./map.ts";
import { erfcx, logNdtr, ndtr, ndtri } from "./normal-functions.ts";
import { digamma, erf, erfc, erfinv, lgamma, polygamma, zeta } from "./special-functions.ts";

/**
 * The first derivative of digamma. Below 1/2 reflected as PyTorch does it, with pi x rounded: near the poles, and in float32
 * far below 0, that tells.
 */
function trigamma(x: number, isDouble: boolean): number {
  if (!(x < 0.5)) return x === Infinity ? 0 : polygamma(1, x);
  const sine = Math.sin(isDouble ? Math.PI * x : Math.fround(Math.fround(Math.PI) * x));
  return (Math.PI / sine) ** 2 - polygamma(1, 1 - x);
}

/** The logarithm of the normal distribution in float32: its square is rounded as in PyTorch, whose gradient takes it off. */
function logNdtrSingle(x: number): number {
  const t = Math.fround(x * Math.fround(Math.SQRT1_2));
  return x < -1 ? Math.log(erfcx(-t) / 2) - Math.fround(t * t) : logNdtr(x);
}

function multivariateLgamma(p: number, x: number): number {
  let total = ((p * (p - 1)) / 4) * Math.log(Math.PI);
  for (let j = 0; j < p; j++) total += lgamma(x - j / 2);
  return total;
}

/** log(x / (1 - x)), exact at 1/2. */
function logOdds(x: number): number {
  return x > 0.25 && x < 0.75 ? Math.log1p((2 * x - 1) / (1 - x)) : Math.log(x / (1 - x));
}

export const specialRows: MapRows<keyof typeof special> = {
  erf: { real: erf },
  erfc: { real: erfc },
  erfinv: { real: erfinv },
  lgamma: { real: lgamma },
  digamma: { real: digamma },
  polygamma: ({ order }: PolygammaAttributes, dtype: DType) => ({
    real: order === 1 ? (a) => trigamma(a, dtype === float64) : (a) => polygamma(order, a),
  }),
  zeta: { real: zeta },
  mvlgamma: ({ p }: MultivariateAttributes) => ({ real: (a) => multivariateLgamma(p, a) }),
  igamma: { real: lowerGamma },
  igammac: { real: upperGamma },
};

export const besselRows: MapRows<keyof typeof bessel> = {
  besselI0: { real: besselI0 },
  besselI0Scaled: { real: besselI0Scaled },
  besselI1: { real: besselI1 },
  besselI1Scaled: { real: besselI1Scaled },
};

export const distributionRows: MapRows<keyof typeof distribution> = {
  entr: { real: (a) => (a > 0 ? -a * Math.log(a) : a === 0 ? 0 : Number.isNaN(a) ? a : -Infinity) },
  xlog1py: { real: (a, b) => (Number.isNaN(b) ? b : a === 0 ? 0 : a * Math.log1p(b)) },
  logit: ({ eps }: LogitAttributes) => ({
    real: eps === null ? logOdds : (a) => logOdds(a < eps ? eps : Math.min(a, 1 - eps)),
  }),
  erfcx: { real: erfcx },
  ndtr: { real: ndtr },
  logNdtr: (_attributes: undefined, dtype: DType) => ({
    real: dtype === float64 ? logNdtr : logNdtrSingle,
  }),
  ndtri: { real: ndtri },
};
