// Gradients in one go, for little work: what each layer of a small network computes in its backward pass, where running
// several operations would cost more than their arithmetic. They are rounded as the operations' own kernels round.

import { type DType, float32, float64 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { Layout } from "../../core/layout.ts";
import type { GradientKernel, Kernel } from "../../core/op.ts";
import type { Device } from "../../core/run.ts";
import { maps } from "./maps.ts";
import { multipliesSmall } from "./products.ts";
import { softmaxes } from "./softmax.ts";

/** Up to so many multiplications in each product; beyond, other kernels are faster. */
const mostMultiplications = 4_000;
/** Below so many elements; from there on other kernels are faster. */
const mostElements = 2048;

type Floats = Float32Array | Float64Array;

/** The row-major layout of an operand's gradient: the operand's own where that is one. */
function layoutLike({ layout }: Operand): Layout {
  return layout.place >= 0 ? layout : Layout.contiguous(layout.dtype, layout.shape);
}

/** The sums over the rows of a matrix, added up in float64. */
function sumRows({ storage, layout }: Operand, into: Operand): void {
  const source = storage.view(layout.dtype) as Floats;
  const target = into.storage.view(layout.dtype) as Floats;
  const rows = layout.shape[0]!;
  const columns = layout.shape[1]!;
  const rowStep = layout.strides[0]!;
  const columnStep = layout.strides[1]!;
  for (let j = 0, from = layout.offset; j < columns; j++, from += columnStep) {
    let sum = 0;
    for (let i = 0, at = from; i < rows; i++, at += rowStep) sum += source[at]!;
    target[j] = sum;
  }
}

/** True iff the operand is a matrix of that type over whole elements. */
function isMatrix({ layout }: Operand, dtype: DType): boolean {
  return layout.dtype === dtype && layout.shape.length === 2 && layout.isAligned;
}

/** Of linear(x[M, K], weight[N, K], bias[N]?). */
const linear: GradientKernel<undefined> = ({ inputs, grads, needs }, make) => {
  const x = inputs[0]!;
  const weight = inputs[1]!;
  const bias = inputs[2];
  const g = grads[0]!;
  const { dtype } = g.layout;
  if ((dtype !== float32 && dtype !== float64) || !isMatrix(g, dtype)) return undefined;
  if (!isMatrix(x, dtype) || !isMatrix(weight, dtype)) return undefined;
  const multiplications = g.layout.size * x.layout.shape[1]!;
  if (multiplications === 0 || multiplications >= mostMultiplications) return undefined;
  if (bias !== undefined && bias.layout.size !== g.layout.shape[1]) return undefined;
  const toX = needs(0) ? make(layoutLike(x)) : undefined;
  const toWeight = needs(1) ? make(layoutLike(weight)) : undefined;
  const toBias = bias !== undefined && needs(2) ? make(layoutLike(bias)) : undefined;
  if (toX !== undefined) multipliesSmall(g, weight, undefined, toX, false, false);
  if (toWeight !== undefined) multipliesSmall(g, x, undefined, toWeight, true, false);
  if (toBias !== undefined) sumRows(g, toBias);
  return [toX, toWeight, toBias];
};

/** Of an operation whose gradient is a kernel of what flows to the result, and the result, row-major both. */
function ofResult<Attributes>(kernel: Kernel<never>): GradientKernel<Attributes> {
  return ({ outputs, grads, attributes }, make) => {
    const g = grads[0]!;
    const y = outputs[0]!;
    const { layout } = y;
    const { dtype } = layout;
    // Row-major layouts of one shape are mostly one object.
    if (g.layout !== layout || layout.place < 0 || (dtype !== float32 && dtype !== float64)) return undefined;
    if (layout.size >= mostElements) return undefined;
    const result = make(layout);
    kernel([g, y], [result], attributes as never);
    return [result];
  };
}

/** By the operation's name. */
export const gradients: NonNullable<Device["gradients"]> = {
  linear,
  logSoftmax: ofResult(softmaxes.logSoftmaxGradient),
  relu: ofResult(maps.reluBackward),
  sigmoid: ofResult(maps.sigmoidBackward),
  softmax: ofResult(softmaxes.softmaxGradient),
  tanh: ofResult(maps.tanhBackward),
};
