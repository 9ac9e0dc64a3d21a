// Softmax, its logarithm, and their gradients: each line along the axis is read as float64 and worked on. Sums are kept
// in float64; the logarithm and its gradient round between steps where PyTorch does (aten/src/ATen/native/cpu/
// SoftMaxKernel.cpp works in float32 for all dtypes but float64), so that a long training run stays beside PyTorch's.

import { float64 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import type { Kernel } from "../../core/op.ts";
import { unsupported } from "../../core/run.ts";
import type { AxisAttributes } from "../../ops/indexing.ts";
import { loadOf, storeOf } from "./blocks.ts";
import { intoRowMajor, rowMajor } from "./move.ts";

/** To the precision a dtype is worked on in. */
type Rounding = (value: number) => number;

/** Changes a line of `n` values in place; `other` is the second operand's line. */
type LineFunction = (line: Float64Array, other: Float64Array, n: number, round: Rounding) => void;

let first = new Float64Array(64);
let second = new Float64Array(64);

const exact: Rounding = (value) => value;
const toFloat32: Rounding = Math.fround;

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
  const round = dtype === float64 ? exact : toFloat32;
  const [load, store] = [loadOf(dtype), storeOf(target.layout.dtype)];
  const source = x.storage.view(dtype);
  const out = target.storage.view(target.layout.dtype);
  const to = target.layout.offset;
  const loadOther = other === undefined ? load : loadOf(other.layout.dtype);
  const otherSource = other === undefined ? source : other.storage.view(other.layout.dtype);
  for (let start = 0; start < size; start += n * inner) {
    for (let i = start; i < start + inner; i++) {
      load(source, offset + i, inner, n, first);
      if (other !== undefined) loadOther(otherSource, other.layout.offset + i, inner, n, second);
      compute(first, second, n, round);
      store(first, n, out, to + i, inner);
    }
  }
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

const logSoftmaxLine: LineFunction = (line, _other, n, round) => {
  const max = largest(line, n);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.exp(round(line[i]! - max));
  const logarithm = round(Math.log(sum));
  for (let i = 0; i < n; i++) line[i] = round(line[i]! - max) - logarithm;
};

const softmaxGradientLine: LineFunction = (g, y, n) => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += g[i]! * y[i]!;
  for (let i = 0; i < n; i++) g[i] = y[i]! * (g[i]! - sum);
};

const logSoftmaxGradientLine: LineFunction = (g, y, n, round) => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += g[i]!;
  for (let i = 0; i < n; i++) g[i]! -= round(round(Math.exp(y[i]!)) * round(sum));
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
