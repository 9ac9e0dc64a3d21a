// Poisson's numbers of large means by transformed rejection, as PyTorch and NumPy both draw them (Hoermann, "The
// transformed rejection method for generating Poisson random variables", 1993, algorithm PTRS).

import { logarithm } from "./elementary.ts";

/** Means from which on the method is used. */
export const LARGE_MEAN = 10;

/**
 * A number of events of which `mean`, 10 or more, are expected.
 * @param uniform gives numbers from 0 to below 1, of which two are taken at a time
 * @param logFactorial log(k!)
 */
export function largePoisson(
  mean: number,
  uniform: () => number,
  logFactorial: (k: number) => number,
): number {
  const logMean = logarithm(mean);
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const accepted = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = uniform() - 0.5;
    const v = uniform();
    const margin = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / margin + b) * u + mean + 0.43);
    if (margin >= 0.07 && v <= accepted) return k;
    if (k < 0 || (margin < 0.013 && v > margin)) continue;
    const height = logarithm(v) + logarithm(inverseAlpha) - logarithm(a / (margin * margin) + b);
    if (height <= -mean + k * logMean - logFactorial(k)) return k;
  }
}
