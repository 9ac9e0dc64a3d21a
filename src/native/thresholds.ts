// From how much work on an operation pays in ONNX Runtime: measured with scripts/native-thresholds.ts on two threads of a
// processor with AVX-512, ONNX Runtime 1.30 beside the kernels of WebAssembly, and of TypeScript where there are none. A call
// of the library costs 5 microseconds. Of float32, microseconds before / in ONNX Runtime:
//
//   matmul, by multiplications              32,768: 3.4/5.7   262,144: 15/11    2,097,152: 99/20   16,777,216: 922/119
//   conv 3x3, by multiplications            36,864: 19/18     589,824: 66/39    9,437,184: 289/113
//   conv 1x1                                 4,096: 18/8       65,536: 21/13    1,048,576: 69/18
//   convInputGrad                          589,824: 64/28   9,437,184: 255/132 (64 channels); 335/412 (16 channels)
//   convWeightGrad                       9,437,184: 335/691  37,748,736: 1800/1770
//   add, relu, ... (in memory's time)       16,384: 5.5/7.0    65,536: 21/14     1,048,576: 416/102   4,194,304: 3040/625
//   less, equal, ...                        65,536: 14/14     262,144: 65/27     1,048,576: 300/85
//   copy                                    65,536: 3.0/7.9 1,048,576: 85/95
//   reluBackward (a comparison, a choice)   65,536: 25/39   1,048,576: 567/621
//   logSigmoid                              65,536: 180/411
//   exp, tanh, gelu, softmax, ...            4,096: 5/7        16,384: 18/10        65,536: 75/20
//   log                                     16,384: 21/21      65,536: 82/63
//   sum over the last axis                  16,384: 10/13      65,536: 29/12     1,048,576: 391/56
//   sum over the first axis                 65,536: 11/48   1,048,576: 190/166  4,194,304: 942/2190
//   floor, sin, leakyRelu, ... (no kernel)   1,024: 5-25/5      4,096: 26-110/5-11
//
// Of other element types, which have no kernels of WebAssembly: products 4,096: 4.6/6, 32,768: 31/7; add 4,096: 3.8/6.1,
// 16,384: 15/8.6; what TypeScript goes through in blocks, as functions, comparisons and conversions, 1,024: 14-60/5-10.

import { float32 } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import type { ReductionAttributes } from "../ops/reductions.ts";
import { isDense } from "./operands.ts";

/** How much there is to do. */
type Work = (inputs: readonly Operand[], outputs: readonly Operand[], attributes: never) => number;

/** Elements of the largest operand. */
const elements: Work = (inputs, outputs) => {
  let most = 0;
  for (let i = 0; i < inputs.length; i++) most = Math.max(most, inputs[i]!.layout.size);
  for (let i = 0; i < outputs.length; i++) most = Math.max(most, outputs[i]!.layout.size);
  return most;
};

/** Multiplications of a product: the axis of the first operand that is summed over is its last, or its first. */
const overLast: Work = ([a], [out]) => out!.layout.size * (a!.layout.shape.at(-1) ?? 1);
const overFirst: Work = ([a], [out]) => out!.layout.size * (a!.layout.shape[0] ?? 1);

/** Elements of one filter. */
const filter = ({ layout: { size, shape } }: Operand): number => size / Math.max(1, shape[0]!);

/** Elements where the last axis is among those that are summed over, else nothing. */
const alongLast = (
  inputs: readonly Operand[],
  _outputs: readonly Operand[],
  attributes: ReductionAttributes,
) => (attributes.axes.includes(inputs[0]!.layout.rank - 1) ? inputs[0]!.layout.size : 0);

/** Elements of a conversion to another element type; one to the same is a copy, which is nothing to gain by. */
const conversion: Work = ([from], [to]) => (from!.layout.dtype === to!.layout.dtype ? 0 : to!.layout.size);

/** The work of products and convolutions. */
const multiplications: Readonly<Record<string, Work>> = {
  matmul: overLast,
  linear: overLast,
  transposedMatmul: overFirst,
  conv: ([, weight], [out]) => out!.layout.size * filter(weight!),
  convInputGrad: ([g, weight]) => g!.layout.size * filter(weight!),
  convWeightGrad: ([g], [weight]) => g!.layout.size * filter(weight!),
};

/** The work of an operation, where it is not the elements of the largest operand. */
const works: Readonly<Record<string, Work>> = { ...multiplications, sum: alongLast, cast: conversion };

const never = Number.POSITIVE_INFINITY;

/** The same least for several operations. */
const all = (least: number, names: string): Readonly<Record<string, number>> =>
  Object.fromEntries(names.split(" ").map((name) => [name, least]));

/** Of float32, where there are kernels of WebAssembly. */
const withKernels: Readonly<Record<string, number>> = {
  ...all(2 ** 17, "matmul linear transposedMatmul equal notEqual less lessEqual greater greaterEqual"),
  ...all(2 ** 15, "conv"),
  ...all(2 ** 20, "convInputGrad"),
  ...all(
    2 ** 15,
    "add subtract multiply divide maximum minimum clamp clampMin clampMax where lerp multiplyAdd",
  ),
  ...all(
    2 ** 15,
    "addScaled addcmul addcdiv relu absolute negative square sqrt rsqrt log tanhBackward cast sum",
  ),
  ...all(2 ** 13, "exp tanh sigmoid silu gelu erf softmax logSoftmax amax amin"),
  // Not measured one by one: kernels that are as fast as those above.
  ...all(2 ** 15, "avgPool maxPool prod all any vectorNorm softplus"),
};

/** Whatever the element type: memory's own speed, or an operator of the library that is slow. */
const forAll: Readonly<Record<string, number>> = {
  ...all(never, "copy contiguous fill zerosLike positive conjugate realOf imaginaryOf"),
  ...all(never, "convWeightGrad reluBackward logSigmoid"),
  // As products with matrices, where the kernels here need n log n steps.
  ...all(never, "fourier hermitianFourier"),
  // A step of nodes for each row, and a session for each size.
  ...all(never, "cholesky choleskySolve inverse luFactor permutationMatrix solve solveTriangular"),
};

/** Of element types that TypeScript has short loops for. */
const byLoops: Readonly<Record<string, number>> = all(
  2 ** 13,
  "matmul linear transposedMatmul add subtract multiply divide addScaled relu sum",
);

/** What is gone through in blocks, one function a time. */
const leastByBlocks = 2 ** 10;

/** How much work an operation is: multiplications of products and convolutions, else elements. */
export const workOf = (
  operation: string,
  inputs: readonly Operand[],
  outputs: readonly Operand[],
  attributes: unknown,
): number => (works[operation] ?? elements)(inputs, outputs, attributes as never);

/**
 * Of complex numbers: four real products, against loops over pairs. What is done element by element takes the parts apart
 * first, which costs more than the loop does.
 */
const ofComplex: Readonly<Record<string, number>> = all(2 ** 15, "matmul linear transposedMatmul");

/** From how much work on an operation on operands of this element type pays. */
function leastOf(operation: string, isSingle: boolean): number {
  const kernels = isSingle ? withKernels : byLoops;
  return forAll[operation] ?? kernels[operation] ?? leastByBlocks;
}

/** True iff an operation pays at no size, whatever the element type. */
export const neverPays = (operation: string): boolean => forAll[operation] === never;

/** Why an operation does not pay; undefined where it does. */
export type WhyNot = (
  inputs: readonly Operand[],
  outputs: readonly Operand[],
  attributes: unknown,
) => string | undefined;

function isAnyComplex(inputs: readonly Operand[], outputs: readonly Operand[]): boolean {
  for (let i = 0; i < inputs.length; i++) if (inputs[i]!.layout.dtype.kind === "complex") return true;
  for (let i = 0; i < outputs.length; i++) if (outputs[i]!.layout.dtype.kind === "complex") return true;
  return false;
}

/** Tells why an operation does not pay, by its operands. @param least of all operations; default: what was measured */
export function whyNot(operation: string, least: number | undefined): WhyNot {
  const work = works[operation] ?? elements;
  const single = least ?? leastOf(operation, true);
  const others = least ?? leastOf(operation, false);
  // Products and convolutions are worth a copy of an operand; what is done in memory's time takes strides as they are.
  const isWorthCopies = least !== undefined || !(operation in withKernels) || operation in multiplications;
  const pairs = least ?? ofComplex[operation] ?? never;
  return (inputs, outputs, attributes) => {
    // The last operand: a choice's first is truth.
    const isSingle = (inputs.at(-1) ?? outputs[0])!.layout.dtype === float32;
    const bound = isSingle ? single : isAnyComplex(inputs, outputs) ? pairs : others;
    if (work(inputs, outputs, attributes as never) < bound) return "it is small";
    return isWorthCopies || !isSingle || inputs.every(isDense) ? undefined : "an operand would be copied";
  };
}
