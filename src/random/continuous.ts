// Numbers of distributions with a density: exponential, Cauchy's, log-normal (ATen's DistributionsHelper.h, PyTorch 2.13).
// All are computed in float64 whatever the target's type, and rounded when they are written.

import type { Operand } from "../core/elements.ts";
import { exponential, tangent } from "./elementary.ts";
import type { Generator } from "./generator.ts";
import { fma64 } from "./rounding.ts";
import { fillWith } from "./targets.ts";

/** Fills with numbers of the exponential distribution (`Tensor.exponential_`): -log(1 - u) / rate. */
export function fillExponential(target: Operand, rate: number, generator: Generator): void {
  const scale = -1 / rate;
  fillWith(target, () => scale * Math.log1p(-generator.uniform64()));
}

/** Fills with numbers of Cauchy's distribution (`Tensor.cauchy_`): median + sigma tan(pi (u - 1/2)). */
export function fillCauchy(target: Operand, median: number, sigma: number, generator: Generator): void {
  fillWith(target, () => fma64(sigma, tangent(Math.PI * (generator.uniform64() - 0.5)), median));
}

/** Fills with numbers whose logarithm is normal (`Tensor.log_normal_`), of the mean and deviation given. */
export function fillLogNormal(target: Operand, mean: number, std: number, generator: Generator): void {
  fillWith(target, () => exponential(fma64(generator.normal(), std, mean)));
}
