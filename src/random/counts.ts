// Numbers of events: geometric, Poisson's and binomial (ATen/native/Distributions.h, PyTorch 2.13). Small means are counted
// out; large ones go by transformed rejection (transformed-rejection.ts, and Hoermann, "The generation of binomial random variates", 1993).

import type { Operand } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import { exponential, logarithm } from "./elementary.ts";
import type { Generator } from "./generator.ts";
import { fillWith } from "./targets.ts";
import { LARGE_MEAN, largePoisson } from "./transformed-rejection.ts";

/** Fills with numbers of trials up to the first success (`Tensor.geometric_`): ceil(log u / log(1 - p)). */
export function fillGeometric(target: Operand, p: number, generator: Generator): void {
  const failure = logarithm(1 - p);
  fillWith(target, () => Math.ceil(logarithm(generator.uniform64()) / failure));
}

/** log(k!) by Stirling's series, for small k by its logarithm of factors. */
function logFactorial(k: number): number {
  if (k < 10) {
    let product = 1;
    for (let i = 2; i <= k; i++) product *= i;
    return logarithm(product);
  }
  const x = k + 1;
  const inverse = 1 / (x * x);
  const series =
    1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse * (1 / 1188))));
  return (x - 0.5) * logarithm(x) - x + 0.9189385332046728 + series / x;
}

/**
 * A number of events of which `rate` are expected (`torch.poisson`).
 * @throws RuntimeError for a negative rate
 */
export function poissonNumber(rate: number, generator: Generator): number {
  if (!(rate >= 0)) throw new RuntimeError("invalid Poisson rate, expected rate to be non-negative");
  if (rate >= LARGE_MEAN) return largePoisson(rate, () => generator.uniform64(), logFactorial);
  if (rate === 0) return 0;
  const limit = exponential(-rate);
  let count = 0;
  for (let product = generator.uniform64(); product > limit; product *= generator.uniform64()) count++;
  return count;
}

/** A number of successes in `count` trials that succeed with probability `p` (`torch.binomial`). */
export function binomialNumber(count: number, p: number, generator: Generator): number {
  if (!(count > 0) || !(p > 0)) return 0;
  if (p >= 1) return count;
  return p <= 0.5 ? successes(count, p, generator) : count - successes(count, 1 - p, generator);
}

const successes = (count: number, p: number, generator: Generator): number =>
  count * p >= LARGE_MEAN ? largeBinomial(count, p, generator) : smallBinomial(count, p, generator);

/** Counts the successes by the trials between them, which are geometric. */
function smallBinomial(count: number, p: number, generator: Generator): number {
  const failure = Math.log1p(-p);
  let found = 0;
  for (let trials = 0; ; found++) {
    trials += Math.ceil(logarithm(generator.uniform64()) / failure);
    if (trials > count) return found;
  }
}

/** What Stirling's formula leaves of log(k!), for 0 to 9 as Hoermann tables it. */
const STIRLING: readonly number[] = [
  0.08106146679532726, 0.04134069595540929, 0.02767792568499834, 0.02079067210376509, 0.01664469118982119,
  0.01387612882307075, 0.01189670994589177, 0.01041126526197209, 0.009255462182712733, 0.008330563433362871,
];

function stirlingRest(k: number): number {
  if (k <= 9) return STIRLING[k]!;
  const square = (k + 1) * (k + 1);
  return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1);
}

function largeBinomial(count: number, p: number, generator: Generator): number {
  const deviation = Math.sqrt(count * p * (1 - p));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const center = count * p + 0.5;
  const accepted = 0.92 - 4.2 / b;
  const odds = p / (1 - p);
  const alpha = (2.83 + 5.1 / b) * deviation;
  const mode = Math.floor((count + 1) * p);
  for (;;) {
    const u = generator.uniform64() - 0.5;
    const v = generator.uniform64();
    const margin = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / margin + b) * u + center);
    if (margin >= 0.07 && v <= accepted) return k;
    if (k < 0 || k > count) continue;
    const left = logarithm((v * alpha) / (a / (margin * margin) + b));
    const right =
      (mode + 0.5) * logarithm((mode + 1) / (odds * (count - mode + 1))) +
      (count + 1) * logarithm((count - mode + 1) / (count - k + 1)) +
      (k + 0.5) * logarithm((odds * (count - k + 1)) / (k + 1)) +
      stirlingRest(mode) +
      stirlingRest(count - mode) -
      stirlingRest(k) -
      stirlingRest(count - k);
    if (left <= right) return k;
  }
}
