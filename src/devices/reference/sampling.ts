// Sampling between elements, each sum in float64 and rounded once.

import { float64 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { product } from "../../core/layout.ts";
import type { Kernel } from "../../core/op.ts";
import type { LengthAttributes, ResampleAttributes } from "../../ops/sampling.ts";
import { loadOf, storeOf } from "./blocks.ts";
import { integers, intoRowMajor, rowMajor } from "./move.ts";

/**
 * Goes over slabs: the axis and all axes behind it. `compute` fills a slab of zeros of the output from one of the
 * input.
 */
function forEachSlab(
  x: Operand,
  output: Operand,
  axis: number,
  compute: (from: Float64Array, to: Float64Array, inner: number) => void,
): void {
  if (output.layout.size === 0) return;
  const { storage, layout } = rowMajor(x);
  const slab = product(layout.shape.slice(axis));
  const inner = product(layout.shape.slice(axis + 1));
  const outSlab = product(output.layout.shape.slice(axis));
  const from = new Float64Array(slab);
  const to = new Float64Array(outSlab);
  const load = loadOf(layout.dtype);
  const source = storage.view(layout.dtype);
  intoRowMajor(output, (target) => {
    const { dtype, offset, size } = target.layout;
    const store = storeOf(dtype);
    const out = target.storage.view(dtype);
    for (let p = 0; p * outSlab < size; p++) {
      load(source, layout.offset + p * slab, 1, slab, from);
      to.fill(0);
      compute(from, to, inner);
      store(to, outSlab, out, offset + p * outSlab, 1);
    }
  });
}

const resample: Kernel<ResampleAttributes> = ([x], [output], { axis, taps, positions, weights }) => {
  forEachSlab(x!, output!, axis, (from, to, inner) => {
    for (let cell = 0; cell < positions.length; cell++) {
      const weight = weights[cell]!;
      if (weight === 0) continue;
      const at = positions[cell]! * inner;
      const out = Math.floor(cell / taps) * inner;
      for (let i = 0; i < inner; i++) to[out + i]! += weight * from[at + i]!;
    }
  });
};

const resampleGradient: Kernel<ResampleAttributes> = ([g], [output], { axis, taps, positions, weights }) => {
  forEachSlab(g!, output!, axis, (from, to, inner) => {
    for (let cell = 0; cell < positions.length; cell++) {
      const weight = weights[cell]!;
      if (weight === 0) continue;
      const at = positions[cell]! * inner;
      const out = Math.floor(cell / taps) * inner;
      for (let i = 0; i < inner; i++) to[at + i]! += weight * from[out + i]!;
    }
  });
};

/** Lengths of a sampling, and where each tap of each sample lies. */
interface Plan {
  readonly batch: number;
  readonly channels: number;
  readonly plane: number;
  readonly taps: number;
  readonly samples: number;
  readonly positions: Int32Array;
}

function planOf(channels: number, plane: number, index: Operand): Plan {
  const moved = rowMajor(index);
  const [batch, taps, samples] = [...index.layout.shape] as [number, number, number];
  const positions = new Int32Array(moved.layout.size);
  const read = integers(moved);
  for (let i = 0; i < positions.length; i++) positions[i] = read(moved.layout.offset + i);
  return { batch, channels, plane, taps, samples, positions };
}

/** A row-major operand as float64 from element 0 on. */
function working(operand: Operand): Float64Array {
  const { storage, layout } = rowMajor(operand, float64);
  return (storage.view(float64) as Float64Array).subarray(layout.offset);
}

/** Lets `compute` fill zeros, which are rounded into the output. */
function intoFloat64(output: Operand, compute: (values: Float64Array) => void): void {
  const values = new Float64Array(output.layout.size);
  compute(values);
  intoRowMajor(output, ({ storage, layout }) => {
    storeOf(layout.dtype)(values, values.length, storage.view(layout.dtype), layout.offset, 1);
  });
}

/** Calls `visit` for each tap that names an element, with where the element, the sample and the weight lie. */
function forEachTap(
  { batch, channels, plane, taps, samples, positions }: Plan,
  visit: (element: number, sample: number, weight: number) => void,
): void {
  for (let n = 0; n < batch; n++) {
    for (let k = 0; k < taps; k++) {
      const weights = (n * taps + k) * samples;
      for (let q = 0; q < samples; q++) {
        const position = positions[weights + q]!;
        if (position < 0) continue;
        for (let c = 0; c < channels; c++) {
          const line = n * channels + c;
          visit(line * plane + position, line * samples + q, weights + q);
        }
      }
    }
  }
}

const sample: Kernel<undefined> = ([x, weights, index], [output]) => {
  const [input, weight] = [working(x!), working(weights!)];
  const plan = planOf(x!.layout.shape[1]!, x!.layout.shape[2]!, index!);
  intoFloat64(output!, (out) => {
    forEachTap(plan, (element, at, tap) => {
      out[at]! += weight[tap]! * input[element]!;
    });
    spoil(out, weight, plan);
  });
};

/** What is taken of nothing counts as 0, unless the weight is no finite number: then the sample is none either. */
function spoil(out: Float64Array, weights: Float64Array, { batch, channels, taps, samples }: Plan): void {
  for (let tap = 0; tap < weights.length; tap++) {
    if (Number.isFinite(weights[tap])) continue;
    const n = Math.floor(tap / (taps * samples));
    for (let c = 0; c < channels && n < batch; c++)
      out[(n * channels + c) * samples + (tap % samples)] = Number.NaN;
  }
}

const sampleInputGradient: Kernel<LengthAttributes> = ([g, weights, index], [output], { length }) => {
  const [flow, weight] = [working(g!), working(weights!)];
  const plan = planOf(g!.layout.shape[1]!, length, index!);
  intoFloat64(output!, (out) => {
    forEachTap(plan, (element, at, tap) => {
      out[element]! += weight[tap]! * flow[at]!;
    });
  });
};

const sampleWeightGradient: Kernel<undefined> = ([g, x, index], [output]) => {
  const [flow, input] = [working(g!), working(x!)];
  const plan = planOf(x!.layout.shape[1]!, x!.layout.shape[2]!, index!);
  intoFloat64(output!, (out) => {
    forEachTap(plan, (element, at, tap) => {
      out[tap]! += flow[at]! * input[element]!;
    });
  });
};

/** Kernels of the operations of `src/ops/sampling.ts`. */
export interface SamplingKernels {
  readonly resample: Kernel<never>;
  readonly resampleGradient: Kernel<never>;
  readonly sample: Kernel<never>;
  readonly sampleInputGradient: Kernel<never>;
  readonly sampleWeightGradient: Kernel<never>;
}

export const sampling: SamplingKernels = {
  resample,
  resampleGradient,
  sample,
  sampleInputGradient,
  sampleWeightGradient,
};
