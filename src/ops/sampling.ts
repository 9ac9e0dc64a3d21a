// Sampling between elements: each sample is a weighted sum of some elements. Along one axis with weights that are known
// beforehand (interpolation), or anywhere in planes with weights that are operands themselves (grid sampling). The
// gradients are operations too, and each one's gradients are among the others.

import { Layout } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";

/** For each sample along an axis, which elements it takes and how much of each: `taps` entries for each sample. */
export interface ResampleAttributes {
  readonly axis: number;
  /** The length of the axis that is sampled. */
  readonly length: number;
  readonly taps: number;
  /** Positions along the axis. */
  readonly positions: Int32Array;
  readonly weights: Float64Array;
}

const sampleCount = ({ positions, taps }: ResampleAttributes): number => positions.length / taps;

/** resample(x)[..., o, ...] = sum over taps t of weights[o, t] x[..., positions[o, t], ...] along an axis. */
export const resample: Operation<ResampleAttributes> = {
  name: "resample",
  label: "Upsample",
  promotion: "none",
  infer: ([x], dtype, attributes) => [
    Layout.contiguous(dtype, x!.shape.with(attributes.axis, sampleCount(attributes))),
  ],
  gradient: ({ grads, attributes, run }) => [run(resampleGradient, [grads[0]!], attributes)],
};

/** resampleGradient(g): samples added back to the elements that `resample` takes them from, by the same weights. */
export const resampleGradient: Operation<ResampleAttributes> = {
  name: "resampleGradient",
  label: "UpsampleBackward",
  promotion: "none",
  infer: ([g], dtype, { axis, length }) => [Layout.contiguous(dtype, g!.shape.with(axis, length))],
  gradient: ({ grads, attributes, run }) => [run(resample, [grads[0]!], attributes)],
};

/**
 * sample(x[N, C, P], weights[N, K, Q], index[N, K, Q]) -> [N, C, Q]: the sum over k of weights[n, k, q]
 * x[n, c, index[n, k, q]]. The index is int64; below 0 it names nothing, which counts as 0.
 */
export const sample: Operation = {
  name: "sample",
  label: "GridSampler2D",
  promotion: "none",
  infer: ([x, weights], dtype) => [
    Layout.contiguous(dtype, [x!.shape[0]!, x!.shape[1]!, weights!.shape[2]!]),
  ],
  saves: { inputs: [0, 1, 2] },
  gradient: ({ inputs, grads, needs, run }) => {
    const [x, weights, index] = [inputs[0]!, inputs[1]!, inputs[2]!];
    const g = grads[0]!;
    const length = x.layout.shape[2]!;
    return [
      needs(0) ? run(sampleInputGradient, [g, weights, index], { length }) : undefined,
      needs(1) ? run(sampleWeightGradient, [g, x, index]) : undefined,
      undefined,
    ];
  },
};

export interface LengthAttributes {
  readonly length: number;
}

/** sampleInputGradient(g[N, C, Q], weights, index) -> [N, C, length]: what flows back to the elements sampled. */
export const sampleInputGradient: Operation<LengthAttributes> = {
  name: "sampleInputGradient",
  label: "GridSampler2DBackward",
  promotion: "none",
  infer: ([g], dtype, { length }) => [Layout.contiguous(dtype, [g!.shape[0]!, g!.shape[1]!, length])],
  saves: { inputs: [0, 1, 2] },
  gradient: ({ inputs, grads, needs, run }) => {
    const [g, weights, index] = [inputs[0]!, inputs[1]!, inputs[2]!];
    const back = grads[0]!;
    return [
      needs(0) ? run(sample, [back, weights, index]) : undefined,
      needs(1) ? run(sampleWeightGradient, [g, back, index]) : undefined,
      undefined,
    ];
  },
};

/** sampleWeightGradient(g[N, C, Q], x[N, C, P], index) -> [N, K, Q]: what flows back to the weights. */
export const sampleWeightGradient: Operation = {
  name: "sampleWeightGradient",
  label: "GridSampler2DBackward",
  promotion: "none",
  infer: ([, , index], dtype) => [Layout.contiguous(dtype, index!.shape)],
  saves: { inputs: [0, 1, 2] },
  gradient: ({ inputs, grads, needs, run }) => {
    const [g, x, index] = [inputs[0]!, inputs[1]!, inputs[2]!];
    const back = grads[0]!;
    const length = x.layout.shape[2]!;
    return [
      needs(0) ? run(sample, [x, back, index]) : undefined,
      needs(1) ? run(sampleInputGradient, [g, back, index], { length }) : undefined,
      undefined,
    ];
  },
};
