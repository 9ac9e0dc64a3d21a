// Softmax, its logarithm, and their gradients: each line along the axis is read as float64 and worked on. Sums are kept
// in float64; the logarithm and its gradient round between steps where PyTorch does (aten/src/ATen/native/cpu/
// SoftMaxKernel.cpp works in float32 for all dtypes but float64), so that a long training run stays beside PyTorch's.

import { type DType, float32, float64, type TypedArray } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import type { Kernel } from "../../core/op.ts";
import { unsupported } from "../../core/run.ts";
import type { AxisAttributes } from "../../ops/indexing.ts";
import { loadOf, storeOf } from "./blocks.ts";
import { intoRowMajor, rowMajor } from "./move.ts";

/** Changes a line of `n` values in place; `other` is the second operand's line. Whether steps are in single precision. */
type LineFunction = (line: Float64Array, other: Float64Array, n: number, isSingle: boolean) => void;

let first = new Float64Array(64);
let second = new Float64Array(64);

/** To the precision that steps are in. */
function round(value: number, isSingle: boolean): number {
  return isSingle ? Math.fround(value) : value;
}

/** A kernel that works line by line along an axis, on one operand or two of one shape. */
function lineKernel(name: string, compute: LineFunction): Kernel<AxisAttributes> {
  return (inputs, outputs, { axis }) => {
    for (let i = 0; i < inputs.length; i++) {
      if (inputs[i]!.layout.dtype.compute === "complex") throw unsupported(name, inputs, "reference");
    }
    const x = rowMajor(inputs[0]!);
    const other = inputs.length > 1 ? rowMajor(inputs[1]!) : undefined;
    const output = outputs[0]!;
    if (output.layout.isContiguous) forEachLine(x, other, output, axis, compute);
    else intoRowMajor(output, (target) => forEachLine(x, other, target, axis, compute));
  };
}

function forEachLine(
  x: Operand,
  other: Operand | undefined,
  target: Operand,
  axis: number,
  compute: LineFunction,
): void {
  const { shape, dtype, size, offset } = x.layout;
  const rank = shape.length;
  const n = rank === 0 ? 1 : shape[axis]!;
  let inner = 1;
  for (let i = axis + 1; i < rank; i++) inner *= shape[i]!;
  if (size === 0) return;
  if (first.length < n) {
    first = new Float64Array(n);
    second = new Float64Array(n);
  }
  const isSingle = dtype !== float64;
  const source = x.storage.view(dtype);
  const out = target.storage.view(target.layout.dtype);
  const to = target.layout.offset;
  for (let start = 0; start < size; start += n * inner) {
    for (let i = start; i < start + inner; i++) {
      read(dtype, source, offset + i, inner, n, first);
      if (other !== undefined) {
        const { layout, storage } = other;
        read(layout.dtype, storage.view(layout.dtype), layout.offset + i, inner, n, second);
      }
      compute(first, second, n, isSingle);
      write(target.layout.dtype, first, n, out, to + i, inner);
    }
  }
}

/** Reads a line. That of the type that training runs on is read here: most lines are short. */
function read(
  dtype: DType,
  source: TypedArray,
  start: number,
  step: number,
  n: number,
  into: Float64Array,
): void {
  if (dtype !== float32) {
    loadOf(dtype)(source, start, step, n, into);
    return;
  }
  const floats = source as Float32Array;
  for (let i = 0, at = start; i < n; i++, at += step) into[i] = floats[at]!;
}

/** Writes a line, likewise. */
function write(
  dtype: DType,
  from: Float64Array,
  n: number,
  target: TypedArray,
  start: number,
  step: number,
): void {
  if (dtype !== float32) {
    storeOf(dtype)(from, n, target, start, step);
    return;
  }
  const floats = target as Float32Array;
  for (let i = 0, at = start; i < n; i++, at += step) floats[at] = from[i]!;
}

function largest(line: Float64Array, n: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    const value = line[i]!;
    if (value > max || Number.isNaN(value)) max = value;
  }
  return max;
}

const softmaxLine: LineFunction = (line, _other, n) => {
  const max = largest(line, n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const value = Math.exp(line[i]! - max);
    line[i] = value;
    sum += value;
  }
  for (let i = 0; i < n; i++) line[i]! /= sum;
};

const logSoftmaxLine: LineFunction = (line, _other, n, isSingle) => {
  const max = largest(line, n);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.exp(round(line[i]! - max, isSingle));
  const logarithm = round(Math.log(sum), isSingle);
  for (let i = 0; i < n; i++) line[i] = round(line[i]! - max, isSingle) - logarithm;
};

const softmaxGradientLine: LineFunction = (g, y, n) => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += g[i]! * y[i]!;
  for (let i = 0; i < n; i++) g[i] = y[i]! * (g[i]! - sum);
};

const logSoftmaxGradientLine: LineFunction = (g, y, n, isSingle) => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += g[i]!;
  const total = round(sum, isSingle);
  for (let i = 0; i < n; i++) g[i]! -= round(round(Math.exp(y[i]!), isSingle) * total, isSingle);
};

/** Kernels of the operations of `src/ops/softmax.ts`. */
export interface SoftmaxKernels {
  readonly logSoftmax: Kernel<never>;
  readonly logSoftmaxGradient: Kernel<never>;
  readonly softmax: Kernel<never>;
  readonly softmaxGradient: Kernel<never>;
}

export const softmaxes: SoftmaxKernels = {
  logSoftmax: lineKernel("logSoftmax", logSoftmaxLine),
  logSoftmaxGradient: lineKernel("logSoftmaxGradient", logSoftmaxGradientLine),
  softmax: lineKernel("softmax", softmaxLine),
  softmaxGradient: lineKernel("softmaxGradient", softmaxGradientLine),
};
