// Orders and samples as NumPy draws them: shuffles from the last place down, Floyd's sampling without replacement
// (Bentley and Floyd, Communications of the ACM 30, 1987), and places in a cumulated distribution.

import type { BitStream } from "../streams/bit-stream.ts";
import { lemireWord, maskedWord } from "./integers.ts";

/** The integers 0 to n - 1. */
export function ascending(n: number): Float64Array {
  const order = new Float64Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  return order;
}

/** Exchanges each item, from the last down to the one at `first`, with one at or before it. */
function exchange(
  items: { [index: number]: unknown; readonly length: number },
  first: number,
  draw: (top: number) => number,
): void {
  for (let i = items.length - 1; i >= first; i--) {
    const chosen = draw(i);
    const item = items[i];
    items[i] = items[chosen];
    items[chosen] = item;
  }
}

/** Shuffles a list in place (`shuffle`, `permutation`, `permuted`; both generators). */
export function shuffleItems(
  items: { [index: number]: unknown; readonly length: number },
  stream: BitStream,
): void {
  exchange(items, 1, (top) => maskedWord(stream, top));
}

/** The numbers 0 to n - 1 in random order. */
export function shuffledOrder(n: number, stream: BitStream): Float64Array {
  const order = ascending(n);
  shuffleItems(order, stream);
  return order;
}

/** Populations above this are shuffled from their end when the sample is large enough. */
const LARGE_POPULATION = 10000;

/** `count` different numbers below n, in random order where `isShuffled` (`Generator.choice` without replacement). */
export function sampleOf(n: number, count: number, isShuffled: boolean, stream: BitStream): Float64Array {
  const draw = (top: number): number => lemireWord(stream, top);
  if (n > LARGE_POPULATION && count > Math.floor(n / (isShuffled ? 50 : 20))) {
    const order = ascending(n);
    exchange(order, Math.max(n - count, 1), draw);
    return order.slice(n - count);
  }
  const seen: Set<number> = new Set();
  const sample = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const last = n - count + i;
    const drawn = draw(last);
    const chosen = seen.has(drawn) ? last : drawn;
    seen.add(chosen);
    sample[i] = chosen;
  }
  if (isShuffled) exchange(sample, 1, draw);
  return sample;
}

/** Running sums divided by the last one. */
function cumulated(weights: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(weights.length);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i]!;
    sums[i] = sum;
  }
  return sums.map((value) => value / sum);
}

/** How many of the sums are at or below the value (`searchsorted`, right side). */
function placeOf(sums: Float64Array, value: number): number {
  let low = 0;
  let high = sums.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sums[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `count` numbers below the number of weights, each as likely as its weight says, one uniform for each. */
export function weightedChoices(weights: ArrayLike<number>, count: number, stream: BitStream): Float64Array {
  const sums = cumulated(weights);
  return new Float64Array(count).map(() => placeOf(sums, stream.nextUniform()));
}

/** The same without replacement: rounds of as many uniforms as are missing, found numbers weighing nothing. */
export function weightedSample(weights: ArrayLike<number>, count: number, stream: BitStream): Float64Array {
  const rest = Float64Array.from(weights);
  const found: Set<number> = new Set();
  while (found.size < count) {
    const uniforms = new Float64Array(count - found.size).map(() => stream.nextUniform());
    for (const index of found) rest[index] = 0;
    const sums = cumulated(rest);
    for (const uniform of uniforms) found.add(placeOf(sums, uniform));
  }
  return Float64Array.from(found);
}
