// Uniform numbers, integers, coin tosses and permutations from a generator, bit for bit as PyTorch's CPU device draws
// them (ATen's distribution templates, PyTorch 2.13). Targets are filled in the order of memory. The caller counts
// the write (`storage.version`).

import { complex64, complex128, type DType, float32, float64 } from "../core/dtype.ts";
import { elements, type Operand, setterOf, toNumber } from "../core/elements.ts";
import { encoderOf } from "../core/halves.ts";
import { Layout } from "../core/layout.ts";
import {
  checkIntegers,
  checkPermutation,
  checkProbabilities,
  checkProbability,
  checkUniform,
  fullRange,
} from "./bounds.ts";
import type { Generator } from "./generator.ts";
import { fma32, fma64 } from "./rounding.ts";
import { fillElements, fillWith, forEachRun, writerOf } from "./targets.ts";

const realParts: ReadonlyMap<DType, DType> = new Map([
  [complex64, float32],
  [complex128, float64],
]);

/** A complex operand as the real one that `torch.view_as_real` gives: a last axis of real and imaginary part. */
export function asReal(target: Operand): Operand {
  const { layout, storage } = target;
  const real = realParts.get(layout.dtype);
  if (real === undefined) return target;
  const strides = [...layout.strides.map((stride) => 2 * stride), 1];
  return { storage, layout: new Layout(real, [...layout.shape, 2], strides, 2 * layout.offset) };
}

/**
 * Fills with uniform numbers from `from` to below `to` (`Tensor.uniform_`; with 0 and 1 `torch.rand`): u * (to - from) +
 * from, rounded once, in the target's type; half types go through float32. What rounds to `to` becomes `from`. Real
 * and imaginary parts of a complex target are filled alike.
 * @throws RuntimeError for bounds that the type does not hold or that are in the wrong order
 */
export function fillUniform(target: Operand, from: number, to: number, generator: Generator): void {
  const { storage, layout } = asReal(target);
  checkUniform(layout.dtype, from, to);
  if (layout.dtype === float64) {
    const array = storage.look(float64) as Float64Array;
    forEachRun(layout, (start, step, count) => uniformRun64(array, start, step, count, from, to, generator));
    return;
  }
  const low = Math.fround(from);
  const high = Math.fround(to);
  if (layout.dtype === float32) {
    const array = storage.look(float32) as Float32Array;
    forEachRun(layout, (start, step, count) => uniformRun32(array, start, step, count, low, high, generator));
    return;
  }
  const array = storage.look(layout.dtype);
  const encode = encoderOf(layout.dtype)!;
  const range = Math.fround(high - low);
  const lowBits = encode(low);
  const highBits = encode(high);
  forEachRun(layout, (start, step, count) => {
    for (let i = 0; i < count; i++) {
      const bits = encode(fma32(generator.uniform32(), range, low));
      array[start + i * step] = bits === highBits ? lowBits : bits;
    }
  });
}

/** As many numbers as are worth a call of the kernels. */
const MANY_TOGETHER = 512;

function uniformRun32(
  array: Float32Array,
  start: number,
  step: number,
  count: number,
  from: number,
  to: number,
  generator: Generator,
): void {
  const isStandard = from === 0 && to === 1;
  const range = Math.fround(to - from);
  if (step === 1 && count >= MANY_TOGETHER) {
    const run = array.subarray(start, start + count);
    if (generator.fill32(run)) {
      if (isStandard) return;
      for (let i = 0; i < count; i++) {
        const value = fma32(run[i]!, range, from);
        run[i] = value === to ? from : value;
      }
      return;
    }
  }
  if (isStandard) {
    for (let i = 0; i < count; i++) array[start + i * step] = generator.uniform32();
    return;
  }
  for (let i = 0; i < count; i++) {
    const value = fma32(generator.uniform32(), range, from);
    array[start + i * step] = value === to ? from : value;
  }
}

function uniformRun64(
  array: Float64Array,
  start: number,
  step: number,
  count: number,
  from: number,
  to: number,
  generator: Generator,
): void {
  if (from === 0 && to === 1) {
    for (let i = 0; i < count; i++) array[start + i * step] = generator.uniform64();
    return;
  }
  const range = to - from;
  for (let i = 0; i < count; i++) {
    const value = fma64(generator.uniform64(), range, from);
    array[start + i * step] = value === to ? from : value;
  }
}

/** From this range on, an integer takes 64 random bits. */
const WIDE_RANGE = 2 ** 28;

/**
 * Fills with integers from `low` to `high` - 1 (`torch.randint`, `Tensor.random_(from, to)`): the remainder of 32
 * random bits, or of 64 when the range is 2^28 or more.
 * @throws RuntimeError when `low` is not below `high` or the type does not hold them
 */
export function fillIntegers(
  target: Operand,
  low: number | bigint,
  high: number | bigint,
  generator: Generator,
): void {
  const { dtype } = target.layout;
  checkIntegers(dtype, low, high);
  const range = BigInt(high) - BigInt(low);
  if (range < WIDE_RANGE && Number.isSafeInteger(Number(low)) && Number.isSafeInteger(Number(high))) {
    const first = Number(low);
    const modulus = Number(range);
    fillWith(target, () => first + (generator.nextWord() % modulus));
    return;
  }
  const first = BigInt(low);
  const isWide = range >= WIDE_RANGE;
  const array = target.storage.look(dtype);
  const set = setterOf(dtype);
  forEachRun(target.layout, (start, step, count) => {
    for (let i = 0; i < count; i++) {
      const bits = isWide ? generator.nextWord64() : BigInt(generator.nextWord());
      set(array, start + i * step, first + (bits % range));
    }
  });
}

/**
 * Fills with integers from 0 to the greatest that the type holds, of floating types to 2^24, 2^53 and their like
 * (`Tensor.random_()`): the remainder of 32 random bits, of 64 for int64 and float64.
 * @throws NotImplementedError for a type that it does not take
 */
export function fillWholeRange(target: Operand, generator: Generator): void {
  const { dtype } = target.layout;
  const range = fullRange(dtype);
  if (dtype === float64 || dtype.compute === "big") {
    const array = target.storage.look(dtype);
    const set = setterOf(dtype);
    forEachRun(target.layout, (start, step, count) => {
      for (let i = 0; i < count; i++) set(array, start + i * step, generator.nextWord64() % range);
    });
    return;
  }
  const modulus = Number(range);
  fillWith(target, () => generator.nextWord() % modulus);
}

/**
 * Fills with 1 where a float64 uniform is below `p`, else 0 (`Tensor.bernoulli_(p)`; dropout keeps an element where
 * this gives 1 with the probability of keeping).
 * @throws RuntimeError when `p` is not from 0 to 1
 */
export function fillBernoulli(target: Operand, p: number, generator: Generator): void {
  checkProbability(p);
  fillWith(target, () => (generator.uniform64() < p ? 1 : 0));
}

/**
 * Fills with 1 where a uniform number is below the probability at the same place, else 0 (`torch.bernoulli`); the number
 * is float64 where the probabilities are, else float32.
 * @param probabilities of the target's shape
 * @throws RuntimeError when one is not from 0 to 1
 */
export function fillTosses(target: Operand, probabilities: Operand, generator: Generator): void {
  const chances = elements(probabilities).map(toNumber);
  checkProbabilities(probabilities.layout.dtype, chances);
  const isDouble = probabilities.layout.dtype === float64;
  fillElements(target, (i) =>
    (isDouble ? generator.uniform64() : generator.uniform32()) < chances[i]! ? 1 : 0,
  );
}

/** Where one word is no longer enough to choose among n, as PyTorch draws the line: (2^32 - 1) / 20. */
const MANY = Math.floor((2 ** 32 - 1) / 20);

/** The numbers 0 to n - 1 in random order (`torch.randperm`). */
export function permutation(n: number, generator: Generator): Int32Array | Float64Array {
  const order = n <= 2 ** 31 ? new Int32Array(n) : new Float64Array(n);
  if (n >= MANY) {
    for (let i = 0; i < n; i++) {
      const chosen = Number(generator.nextWord64() % BigInt(i + 1));
      order[i] = order[chosen]!;
      order[chosen] = i;
    }
    return order;
  }
  for (let i = 0; i < n; i++) order[i] = i;
  for (let i = 0; i < n - 1; i++) {
    const chosen = i + (generator.nextWord() % (n - i));
    const value = order[i]!;
    order[i] = order[chosen]!;
    order[chosen] = value;
  }
  return order;
}

/**
 * Fills a 1-d target with the numbers 0 to n - 1 in random order, n being its length (`torch.randperm`).
 * @throws RuntimeError when the type does not hold n
 */
export function fillPermutation(target: Operand, generator: Generator): void {
  const { layout, storage } = target;
  const n = layout.size;
  checkPermutation(layout.dtype, n);
  const order = permutation(n, generator);
  const write = writerOf(storage, layout.dtype);
  const stride = layout.strides[0]!;
  for (let i = 0; i < n; i++) write(layout.offset + i * stride, order[i]!);
}
