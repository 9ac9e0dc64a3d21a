// The hypergeometric distributions as NumPy draws them (numpy/random/src/distributions and src/legacy): one item after
// the other for small samples, else by the ratio of uniforms (Stadlober, Journal of Computational and Applied
// Mathematics 31, 1990).

import { logGamma } from "./discrete.ts";
import { maskedWord } from "./integers.ts";
import type { Variates } from "./variates.ts";

/** 2 sqrt(2 / e) and 3 - 2 sqrt(3 / e). */
const WIDTH = 1.7155277699214135;
const WIDTH_OFFSET = 0.8989161620588988;

/** Up to here logarithms of factorials are sums. */
const SUMMED = 125;
const HALF_LOG_TWO_PI = 0.9189385332046728;
let logFactorials: Float64Array | undefined;

/** ln(k!) */
function logFactorial(k: number): number {
  if (logFactorials === undefined) {
    logFactorials = new Float64Array(SUMMED + 1);
    for (let i = 2; i <= SUMMED; i++) logFactorials[i] = logFactorials[i - 1]! + Math.log(i);
  }
  if (k <= SUMMED) return logFactorials[k]!;
  return (k + 0.5) * Math.log(k) - k + (HALF_LOG_TWO_PI + (1 / k) * (1 / 12 - 1 / (360 * k * k)));
}

/** How many of `sample` items, drawn without replacement, are good, as Generator draws it. */
export function hypergeometric(variates: Variates, good: number, bad: number, sample: number): number {
  return sample >= 10 && sample <= good + bad - 10
    ? byRatio(variates, good, bad, sample, Math.min(sample, good + bad - sample), logFactorial)
    : counted(variates, good, bad, sample);
}

function counted(variates: Variates, good: number, bad: number, sample: number): number {
  const total = good + bad;
  const isMost = sample > Math.floor(total / 2);
  let left = isMost ? total - sample : sample;
  let rest = total;
  let goodLeft = good;
  while (left > 0 && goodLeft > 0 && rest > goodLeft) {
    rest--;
    if (maskedWord(variates.stream, rest) < goodLeft) goodLeft--;
    left--;
  }
  if (rest === goodLeft) goodLeft -= left;
  return isMost ? goodLeft : good - goodLeft;
}

/**
 * By the ratio of uniforms.
 * @param spread the sample's size as the variance is worked out of it
 * @param logarithm ln(k!)
 */
function byRatio(
  variates: Variates,
  good: number,
  bad: number,
  sample: number,
  spread: number,
  logarithm: (k: number) => number,
): number {
  const total = good + bad;
  const drawn = Math.min(sample, total - sample);
  const less = Math.min(good, bad);
  const more = Math.max(good, bad);
  const p = less / total;
  const q = more / total;
  const a = drawn * p + 0.5;
  const c = Math.sqrt(((total - drawn) * spread * p * q) / (total - 1) + 0.5);
  const h = WIDTH * c + WIDTH_OFFSET;
  const height = (k: number): number =>
    logarithm(k) + logarithm(less - k) + logarithm(drawn - k) + logarithm(more - drawn + k);
  const top = height(Math.floor(((drawn + 1) * (less + 1)) / (total + 2)));
  const end = Math.min(Math.min(drawn, less) + 1, Math.floor(a + 16 * c));
  for (;;) {
    const u = variates.uniform();
    const v = variates.uniform();
    const x = a + (h * (v - 0.5)) / u;
    if (!(x >= 0 && x < end)) continue;
    const k = Math.floor(x);
    const t = top - height(k);
    const isTaken = u * (4 - u) - 3 <= t || (u * (u - t) < 1 && 2 * Math.log(u) <= t);
    if (!isTaken) continue;
    const found = good > bad ? drawn - k : k;
    return drawn < sample ? good - found : found;
  }
}

/** The same as RandomState draws it. */
export function legacyHypergeometric(variates: Variates, good: number, bad: number, sample: number): number {
  if (sample > 10) return byRatio(variates, good, bad, sample, sample, (k) => logGamma(k + 1));
  if (sample === 0) return 0;
  const others = bad + good - sample;
  const less = Math.min(bad, good);
  let y = less;
  for (let k = sample; y > 0 && k > 0; k--) y -= Math.floor(variates.uniform() + y / (others + k));
  return good > bad ? sample - (less - y) : less - y;
}

/**
 * How many items of each of several colors are in a sample, to `counts`, color after color (`method="marginals"`).
 * @param colors how many there are of each
 */
export function colorMarginals(
  variates: Variates,
  colors: readonly number[],
  sample: number,
  counts: { [index: number]: number },
): void {
  const total = colors.reduce((sum, count) => sum + count, 0);
  const isMost = sample > Math.floor(total / 2);
  let left = isMost ? total - sample : sample;
  let rest = total;
  const last = colors.length - 1;
  for (let i = 0; left > 0 && i < last; i++) {
    rest -= colors[i]!;
    counts[i] = hypergeometric(variates, colors[i]!, rest, left);
    left -= counts[i]!;
  }
  if (left > 0) counts[last] = left;
  if (isMost) for (let i = 0; i <= last; i++) counts[i] = colors[i]! - counts[i]!;
}

/** The same by drawing items from a list of all, which stays as it was left (`method="count"`). */
export function colorCounts(
  variates: Variates,
  colors: readonly number[],
  sample: number,
  items: number[],
  counts: { [index: number]: number },
): void {
  const total = items.length;
  const isMost = sample > Math.floor(total / 2);
  const drawn = isMost ? total - sample : sample;
  for (let i = 0; i < drawn; i++) {
    const chosen = i + maskedWord(variates.stream, total - i - 1);
    const item = items[chosen]!;
    items[chosen] = items[i]!;
    items[i] = item;
    counts[item]!++;
  }
  if (isMost) for (let i = 0; i < colors.length; i++) counts[i] = colors[i]! - counts[i]!;
}
