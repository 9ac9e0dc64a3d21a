// Convolution on the WebAssembly device: that of float32, and its gradients.

import { float32 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import type { Kernels } from "../../kernels/instance.ts";
import { kernels, parallelKernels } from "../../kernels/use.ts";
import type { ConvolutionAttributes, ConvolutionGradientAttributes } from "../../ops/convolution.ts";
import { intoRowMajor } from "../reference/move.ts";
import { type Convolution, convolveByWeight, convolveDirectly, type WeightGradient } from "./convolve.ts";
import { convolveDepthwise, convolveDepthwiseByWeight, isDepthwise } from "./depthwise.ts";
import type { Row, Rows } from "./device.ts";
import { imagesOf, valuesOf } from "./images.ts";
import { backwardPhases, forwardPhase, threeAxes, windowsOf } from "./windows.ts";
import { convolveByWinograd, isWinograd } from "./winograd.ts";

/** The kernels pay from less than 1,000 multiplications on. Up to here they save few microseconds, and sums stay in float64. */
const least = 16_000;
/** From so many multiplications on several threads pay. */
const leastShared = 2_000_000;

/** True iff the kernels are made for the operands: numbers of single precision, of one to three axes, and not none. */
function isMade(inputs: readonly Operand[], output: Operand): boolean {
  const { rank, size } = output.layout;
  const all = [...inputs, output];
  return rank <= 5 && size > 0 && all.every(({ layout }) => layout.dtype === float32 && layout.size > 0);
}

function kernelsFor(work: number, ...arrays: readonly Float32Array[]): Kernels {
  return (work < leastShared ? kernels(...arrays) : parallelKernels(...arrays))!;
}

function convolve(work: Convolution, multiplications: number): void {
  const made = kernelsFor(multiplications, work.source.values, work.weight, work.target);
  if (isWinograd(work) && convolveByWinograd(made, work)) return;
  if (isDepthwise(work.filters, work.phases)) convolveDepthwise(made, work);
  else convolveDirectly(made, work);
}

/** Multiplications of a convolution to so many elements with this weight: one for each of a filter's elements. */
const multiplications = ({ layout: { size } }: Operand, { layout: { shape, size: all } }: Operand): number =>
  size * (all / Math.max(1, shape[0]!));

const valuesAndStart = ({ storage, layout }: Operand): { target: Float32Array; start: number } => ({
  target: storage.view(float32) as Float32Array,
  start: layout.offset,
});

const conv: Row<ConvolutionAttributes> = {
  work: (inputs, outputs) => multiplications(outputs[0]!, inputs[1]!),
  least,
  run: (inputs, [output], attributes) => {
    const [x, weight, bias] = inputs as [Operand, Operand, Operand?];
    if (!isMade(inputs, output!)) return false;
    const { groups } = attributes;
    const { shape } = weight.layout;
    const lengths = threeAxes(output!.layout.shape.slice(2));
    const windows = windowsOf(shape.slice(2), attributes);
    const taps = weight.layout.size / (shape[0]! * shape[1]!);
    intoRowMajor(output!, (result) => {
      const work: Convolution = {
        source: imagesOf(x),
        groups,
        channels: shape[1]!,
        filters: shape[0]! / groups,
        phases: [forwardPhase(windows, lengths)],
        kernel: windows.kernel,
        weight: valuesOf(weight),
        filterStep: shape[1]! * taps,
        channelStep: taps,
        bias: bias === undefined ? undefined : valuesOf(bias),
        ...valuesAndStart(result),
        lengths,
      };
      convolve(work, multiplications(output!, weight));
    });
    return true;
  },
};

const convInputGrad: Row<ConvolutionGradientAttributes> = {
  work: (inputs) => multiplications(inputs[0]!, inputs[1]!),
  least,
  run: (inputs, [output], attributes) => {
    const [g, weight] = inputs as [Operand, Operand];
    if (!isMade(inputs, output!)) return false;
    const { groups } = attributes;
    const { shape } = weight.layout;
    const lengths = threeAxes(output!.layout.shape.slice(2));
    const windows = windowsOf(shape.slice(2), attributes);
    const taps = weight.layout.size / (shape[0]! * shape[1]!);
    intoRowMajor(output!, (result) => {
      const work: Convolution = {
        source: imagesOf(g),
        groups,
        channels: shape[0]! / groups,
        filters: shape[1]!,
        phases: backwardPhases(windows, lengths),
        kernel: windows.kernel,
        weight: valuesOf(weight),
        filterStep: taps,
        channelStep: shape[1]! * taps,
        bias: undefined,
        ...valuesAndStart(result),
        lengths,
      };
      convolve(work, multiplications(g, weight));
    });
    return true;
  },
};

const convWeightGrad: Row<ConvolutionGradientAttributes> = {
  work: (inputs, outputs) => multiplications(inputs[0]!, outputs[0]!),
  least,
  run: (inputs, [output], attributes) => {
    const [g, x] = inputs as [Operand, Operand];
    if (!isMade(inputs, output!)) return false;
    const { groups } = attributes;
    const { shape } = output!.layout;
    const windows = windowsOf(shape.slice(2), attributes);
    intoRowMajor(output!, (result) => {
      const work: WeightGradient = {
        flow: imagesOf(g),
        source: imagesOf(x),
        groups,
        channels: shape[1]!,
        filters: shape[0]! / groups,
        phase: forwardPhase(windows, threeAxes(g.layout.shape.slice(2))),
        ...valuesAndStart(result),
      };
      const { flow, source, target } = work;
      const made = kernelsFor(multiplications(g, output!), flow.values, source.values, target);
      if (isDepthwise(work.filters, [work.phase])) convolveDepthwiseByWeight(made, work);
      else convolveByWeight(made, work);
    });
    return true;
  },
};

/** Rows of the convolutions. */
export const convolutionRows: Rows = {
  conv: conv as Row<never>,
  convInputGrad: convInputGrad as Row<never>,
  convWeightGrad: convWeightGrad as Row<never>,
};
