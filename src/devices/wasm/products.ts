// Matrix products on the WebAssembly device: those of float32, as the reference device takes them apart.

import { float32 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { swapAxes } from "../../core/layout.ts";
import { isRowsByMatrix, linearOfAny, type MultiplyBatch, multiplyAny } from "../reference/products.ts";
import type { Row, Rows } from "./device.ts";
import { multiplier, multiplyBatch32 } from "./multiply.ts";

/** The kernels pay from some 500 multiplications on. Up to here they save few microseconds, and sums stay in float64. */
const least = 4_000;

const isMade = (outputs: readonly Operand[]): boolean => outputs[0]!.layout.dtype === float32;

/** Multiplications in one product of a batch. */
function matmulWork(inputs: readonly Operand[], outputs: readonly Operand[]): number {
  const [left, right, output] = [inputs[0]!.layout, inputs[1]!.layout, outputs[0]!.layout];
  const { shape } = output;
  const k = left.shape[left.rank - 1]!;
  if (shape.length === 2 || isRowsByMatrix(left, right, output)) return output.size * k;
  return shape[shape.length - 2]! * shape[shape.length - 1]! * k;
}

const matmul: Row<undefined> = {
  work: matmulWork,
  least,
  run: (inputs, outputs) => {
    if (!isMade(outputs)) return false;
    multiplyAny(inputs, outputs, multiplier, multiplyBatch32 as MultiplyBatch);
    return true;
  },
};

const transposedMatmul: Row<undefined> = {
  work: (inputs, outputs) => outputs[0]!.layout.size * inputs[0]!.layout.shape[0]!,
  least,
  run: ([a, b], outputs) => {
    if (!isMade(outputs)) return false;
    multiplyAny([{ storage: a!.storage, layout: swapAxes(a!.layout, 0, 1) }, b!], outputs, multiplier);
    return true;
  },
};

const linear: Row<undefined> = {
  work: (inputs, outputs) => outputs[0]!.layout.size * inputs[1]!.layout.shape[1]!,
  least,
  run: (inputs, outputs) => {
    if (!isMade(outputs)) return false;
    linearOfAny(inputs, outputs, multiplier);
    return true;
  },
};

/** Rows of the matrix products. */
export const productRows: Rows = { linear, matmul, transposedMatmul };
