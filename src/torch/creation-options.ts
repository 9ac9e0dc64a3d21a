// What every function that makes a tensor takes by name, apart from where it is made: `torch.tensor` needs no more of it.

import type { DType } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { asDtype, type DtypeLike } from "./dtypes.ts";
import type { Tensor } from "./tensor.ts";

/** What every function that makes a tensor takes by name. */
export interface CreationOptions {
  readonly dtype?: DtypeLike | null;
  readonly device?: string | null;
  readonly requiresGrad?: boolean;
  readonly out?: Tensor | null;
}

/** The type asked for, or another. */
export function dtypeOr(options: CreationOptions, dtype: DType): DType {
  return options.dtype === undefined || options.dtype === null ? dtype : asDtype(options.dtype);
}

/** Applies `requiresGrad`. */
export function finish(tensor: Tensor, options: CreationOptions): Tensor {
  if (options.requiresGrad !== true) return tensor;
  if (!tensor.dtype.isFloatingPoint && !tensor.dtype.isComplex) {
    throw new RuntimeError("Only Tensors of floating point and complex dtype can require gradients");
  }
  tensor.requiresGrad = true;
  return tensor;
}
