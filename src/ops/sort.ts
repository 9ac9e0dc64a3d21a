// Sorting along an axis.

import { int64 } from "../core/dtype.ts";
import type { Operation } from "../core/op.ts";
import { zerosLike } from "./copying.ts";
import { resultLayout } from "./elementwise.ts";
import { scatterAdd } from "./indexing.ts";

export interface SortAttributes {
  readonly axis: number;
  readonly descending: boolean;
  /** Equal elements keep their order; the reference device always keeps it. */
  readonly stable: boolean;
}

/**
 * Sorted values, and where each was (int64). NaN counts as larger than everything; complex numbers are ordered by
 * real, then imaginary part.
 */
export const sort: Operation<SortAttributes> = {
  name: "sort",
  label: "Sort",
  promotion: "none",
  infer: (inputs, dtype) => [resultLayout(inputs, dtype), resultLayout(inputs, int64)],
  saves: { outputs: [1] },
  gradient: ({ inputs, outputs, grads, attributes: { axis }, run }) =>
    grads[0] === undefined
      ? [undefined]
      : [run(scatterAdd, [run(zerosLike, [inputs[0]!]), outputs[1]!, grads[0]], { axis })],
};
