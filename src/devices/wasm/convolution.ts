// Convolution on the WebAssembly device: that of float32, unrolled as on the reference device, with its products in
// single precision by the kernels.

import { float32 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import type { Kernel } from "../../core/op.ts";
import { type ConvolutionKernels, convolutionBy } from "../reference/convolution.ts";
import type { Row, Rows } from "./device.ts";
import { multiplier } from "./multiply.ts";

/** The kernels pay from less than 1,000 multiplications on. Up to here they save few microseconds, and sums stay in float64. */
const least = 16_000;

let made: ConvolutionKernels | undefined;

/** The kernels, made at their first use: convolutions need not be loaded before. */
function kernels(): ConvolutionKernels {
  made ??= convolutionBy({ workType: () => float32, multiplierOf: multiplier });
  return made;
}

type Work = (inputs: readonly Operand[], outputs: readonly Operand[]) => number;

function row(name: keyof ConvolutionKernels, work: Work): Row<never> {
  return {
    work,
    least,
    run: (inputs, outputs, attributes) => {
      if (outputs[0]!.layout.dtype !== float32) return false;
      const kernel: Kernel<never> = kernels()[name];
      kernel(inputs, outputs, attributes);
      return true;
    },
  };
}

/** Multiplications of a convolution to so many elements with this weight: one for each of a filter's elements. */
const multiplications = ({ layout: { size } }: Operand, { layout: { shape, size: all } }: Operand): number =>
  size * (all / Math.max(1, shape[0]!));

/** Rows of the convolutions. */
export const convolutionRows: Rows = {
  conv: row("conv", (inputs, outputs) => multiplications(outputs[0]!, inputs[1]!)),
  convInputGrad: row("convInputGrad", (inputs) => multiplications(inputs[0]!, inputs[1]!)),
  convWeightGrad: row("convWeightGrad", (inputs, outputs) => multiplications(inputs[0]!, outputs[0]!)),
};
