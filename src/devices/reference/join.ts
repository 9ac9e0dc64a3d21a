// Arrays put one after another: each is moved to its part of the output.

import { slice } from "../../core/layout.ts";
import type { Kernel } from "../../core/op.ts";
import type { AxisAttributes } from "../../ops/indexing.ts";
import { moveElements } from "./move.ts";

const concatenate: Kernel<AxisAttributes> = (inputs, [output], { axis }) => {
  const { storage, layout } = output!;
  let start = 0;
  for (const input of inputs) {
    const length = input.layout.shape[axis]!;
    moveElements(input, { storage, layout: slice(layout, axis, start, 1, length) });
    start += length;
  }
};

/** Kernels of the operations of `src/ops/join.ts`. */
export interface JoinKernels {
  readonly concatenate: Kernel<never>;
}

export const join: JoinKernels = { concatenate };
