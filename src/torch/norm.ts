// Norms (torch/functional.py).

import { matrixNormOf } from "./linalg/norms.ts";
import type { Tensor } from "./tensor.ts";
import { type NormArguments, normOf } from "./tensor-norm.ts";

/**
 * The p-norm of all elements or along axes: 2 ("fro") unless another is given; infinities give extremes, "nuc" the sum of
 * singular values.
 */
export function norm(input: Tensor, ...args: NormArguments): Tensor {
  return normOf(matrixNormOf, input, args);
}
