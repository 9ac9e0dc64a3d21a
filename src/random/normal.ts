// Normal numbers from a generator as PyTorch's CPU device draws them on a processor with AVX2 or AVX-512
// (`Tensor.normal_`, `torch.randn`, PyTorch 2.13): one by one for small or strided targets, else in blocks of 16.

import { float32, float64 } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { checkNormal } from "./bounds.ts";
import { asReal } from "./distributions.ts";
import { logarithm, sineAndCosine } from "./elementary.ts";
import type { Generator } from "./generator.ts";
import { fma32, fma64 } from "./rounding.ts";
import { fillWith, writerOf } from "./targets.ts";
import { log32, sincos32 } from "./vector-math.ts";

const BLOCK = 16;
const HALF = BLOCK / 2;

/** Turns 16 uniform numbers from `at` on into 16 normal ones. */
type Transform = (numbers: Float64Array, at: number, mean: number, std: number) => void;

const turn = { sin: 0, cos: 0 };

const blockDouble: Transform = (numbers, at, mean, std) => {
  for (let i = at; i < at + HALF; i++) {
    const radius = Math.sqrt(-2 * logarithm(1 - numbers[i]!));
    sineAndCosine(2 * Math.PI * numbers[i + HALF]!, turn);
    numbers[i] = fma64(radius * turn.cos, std, mean);
    numbers[i + HALF] = fma64(radius * turn.sin, std, mean);
  }
};

const TWO_PI = Math.fround(2 * Math.PI);

const blockSingle: Transform = (numbers, at, mean, std) => {
  const { fround } = Math;
  for (let i = at; i < at + HALF; i++) {
    const radius = fround(Math.sqrt(fround(-2 * log32(fround(1 - numbers[i]!)))));
    sincos32(fround(TWO_PI * numbers[i + HALF]!), turn);
    numbers[i] = fma32(fround(radius * turn.cos), std, mean);
    numbers[i + HALF] = fma32(fround(radius * turn.sin), std, mean);
  }
};

/**
 * Fills with normal numbers of the mean and standard deviation given (`Tensor.normal_`; 0 and 1: `torch.randn`). Real
 * and imaginary parts of a complex target are filled alike, each with half the variance and the whole mean.
 * @throws RuntimeError when `std` is negative
 */
export function fillNormal(target: Operand, mean: number, std: number, generator: Generator): void {
  const real = asReal(target);
  checkNormal(real.layout.dtype, std);
  fillReal(real, mean, real === target ? std : std / Math.SQRT2, generator);
}

function fillReal(target: Operand, mean: number, std: number, generator: Generator): void {
  const { storage, layout } = target;
  const { size, dtype, offset } = layout;
  if (size < BLOCK || !layout.isContiguous) {
    fillWith(target, () => fma64(generator.normal(), std, mean));
    return;
  }
  if (dtype === float32 && size >= MANY_TOGETHER) {
    const numbers = (storage.look(float32) as Float32Array).subarray(offset, offset + size);
    if (fillTogether(numbers, mean, std, generator)) return;
  }
  const isDouble = dtype === float64;
  // A half type's incomplete last block is drawn once; the wider types draw its uniforms, then 16 new ones.
  const drawn = dtype.itemSize === 2 ? size - (size % BLOCK) : size;
  const numbers = new Float64Array(size);
  for (let i = 0; i < drawn; i++) numbers[i] = isDouble ? generator.uniform64() : generator.uniform32();
  const transform = isDouble ? blockDouble : blockSingle;
  const center = isDouble ? mean : Math.fround(mean);
  const spread = isDouble ? std : Math.fround(std);
  for (let i = 0; i + BLOCK <= size; i += BLOCK) transform(numbers, i, center, spread);
  if (size % BLOCK !== 0) {
    const tail = size - BLOCK;
    for (let i = tail; i < size; i++) numbers[i] = isDouble ? generator.uniform64() : generator.uniform32();
    transform(numbers, tail, center, spread);
  }
  const write = writerOf(storage, dtype);
  for (let i = 0; i < size; i++) write(offset + i, numbers[i]!);
}

/** As many numbers as are worth a call of the kernels. */
const MANY_TOGETHER = 512;

/** The blocks by the kernels, the last ones anew where they are not whole. @returns false where there are no kernels */
function fillTogether(numbers: Float32Array, mean: number, std: number, generator: Generator): boolean {
  const [center, spread] = [Math.fround(mean), Math.fround(std)];
  const deviation = center === 0 ? spread : 1;
  if (!generator.fill32(numbers, deviation)) return false;
  if (numbers.length % BLOCK !== 0) generator.fill32(numbers.subarray(numbers.length - BLOCK), deviation);
  if (center === 0) return true;
  for (let i = 0; i < numbers.length; i++) numbers[i] = fma32(numbers[i]!, spread, center);
  return true;
}
