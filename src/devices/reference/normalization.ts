// Normalisation of groups of elements: statistics and results in float64, rounded once.

import { type DType, float32, float64 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { decodeTable, encoderOf } from "../../core/halves.ts";
import type { Kernel } from "../../core/op.ts";
import type { NormalizeAttributes } from "../../ops/normalization.ts";
import { groupSize } from "../../ops/shapes.ts";
import { loadOf, storeOf } from "./blocks.ts";
import { intoRowMajor, rowMajor } from "./move.ts";

/** All elements in row-major order as float64. */
function loaded(operand: Operand): Float64Array {
  const { storage, layout } = rowMajor(operand);
  const values = new Float64Array(layout.size);
  loadOf(layout.dtype)(storage.view(layout.dtype), layout.offset, 1, values.length, values);
  return values;
}

/** Writes values as all elements of an operand. */
function stored(values: Float64Array, output: Operand): void {
  intoRowMajor(output, ({ storage, layout }) => {
    storeOf(layout.dtype)(values, values.length, storage.view(layout.dtype), layout.offset, 1);
  });
}

/** Rounds to a floating type. */
type Rounding = (value: number) => number;

function roundingOf(dtype: DType): Rounding {
  const encode = encoderOf(dtype);
  if (encode === undefined) return dtype === float32 ? Math.fround : (value) => value;
  const table = decodeTable(dtype);
  return (value) => table[encode(value)]!;
}

/** Means, variances and 1 / sqrt(variance + eps) of groups. */
interface Statistics {
  readonly means: Float64Array;
  readonly variances: Float64Array;
  readonly inverses: Float64Array;
}

/** How the groups lie: `parts` blocks each, `step` elements apart. */
interface Groups {
  readonly count: number;
  readonly parts: number;
  readonly block: number;
  readonly step: number;
  readonly size: number;
}

/**
 * PyTorch rounds what it works with to some type: batch normalisation the mean, the distances from it and their squares
 * to the type of the statistics, layer normalisation the root alone.
 */
function statisticsOf(
  values: Float64Array,
  { count, parts, block, step, size }: Groups,
  { eps, acrossBatch, statistics }: NormalizeAttributes,
  computing: Rounding,
): Statistics {
  const [means, variances, inverses] = [
    new Float64Array(count),
    new Float64Array(count),
    new Float64Array(count),
  ];
  const round = acrossBatch ? roundingOf(statistics) : (value: number) => value;
  for (let group = 0; group < count; group++) {
    let total = 0;
    for (let part = 0, at = group * block; part < parts; part++, at += step)
      for (let i = at; i < at + block; i++) total += values[i]!;
    const mean = round(total / size);
    let squares = 0;
    for (let part = 0, at = group * block; part < parts; part++, at += step) {
      for (let i = at; i < at + block; i++) {
        const distance = round(values[i]! - mean);
        squares += round(distance * distance);
      }
    }
    means[group] = mean;
    variances[group] = computing(round(squares) / size);
    inverses[group] = computing(1 / computing(Math.sqrt(computing(variances[group]! + computing(eps)))));
  }
  return { means, variances, inverses };
}

const normalize: Kernel<NormalizeAttributes> = ([x, weight, bias], outputs, attributes) => {
  const [output, meanOutput, inverseOutput, varianceOutput] = outputs;
  const { acrossBatch } = attributes;
  const { shape, dtype } = x!.layout;
  const [batch, groups, channels, inner] = [...shape] as [number, number, number, number];
  const block = channels * inner;
  const values = loaded(x!);
  const plan: Groups = {
    count: acrossBatch ? groups : batch * groups,
    parts: acrossBatch ? batch : 1,
    block,
    step: groups * block,
    size: groupSize(shape, attributes),
  };
  const computing = roundingOf(dtype === float64 ? float64 : float32);
  const { means, variances, inverses } = statisticsOf(values, plan, attributes, computing);
  stored(means, meanOutput!);
  stored(inverses, inverseOutput!);
  stored(variances, varianceOutput!);
  const factors = acrossBatch ? loaded(inverseOutput!) : inverses;
  const scale = weight === undefined ? undefined : loaded(weight);
  const shift = bias === undefined ? undefined : loaded(bias);
  for (let n = 0, at = 0; n < batch; n++) {
    for (let channel = 0; channel < groups * channels; channel++) {
      const group = Math.floor(channel / channels) + (acrossBatch ? 0 : n * groups);
      const [centre, factor] = [means[group]!, factors[group]! * (scale?.[channel] ?? 1)];
      const summand = shift?.[channel] ?? 0;
      for (const end = at + inner; at < end; at++) values[at] = (values[at]! - centre) * factor + summand;
    }
  }
  stored(values, output!);
};

/** Kernels of the operations of `src/ops/normalization.ts`. */
export interface NormalizationKernels {
  readonly normalize: Kernel<never>;
}

export const normalization: NormalizationKernels = { normalize };
