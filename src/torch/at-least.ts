// torch.atleast_1d and its kin: tensors with at least so many axes.

import { TensorBase } from "./base.ts";
import type { Tensor } from "./tensor.ts";
import { unsqueeze } from "./views.ts";

/** One tensor gives one, several (or a list of them) give a list. */
type AtLeast = {
  (tensor: Tensor): Tensor;
  (...tensors: readonly Tensor[] | readonly [readonly Tensor[]]): Tensor[];
};

function forEach(raise: (tensor: Tensor) => Tensor): AtLeast {
  return ((...args: readonly (Tensor | readonly Tensor[])[]) => {
    if (args.length === 1 && args[0] instanceof TensorBase) return raise(args[0] as Tensor);
    return (args.flat() as Tensor[]).map(raise);
  }) as AtLeast;
}

function raised1d(tensor: Tensor): Tensor {
  return tensor.ndim === 0 ? unsqueeze(tensor, 0) : tensor;
}

function raised2d(tensor: Tensor): Tensor {
  return tensor.ndim < 2 ? unsqueeze(raised1d(tensor), 0) : tensor;
}

function raised3d(tensor: Tensor): Tensor {
  return tensor.ndim < 3 ? unsqueeze(raised2d(tensor), -1) : tensor;
}

/** At least one axis (`torch.atleast_1d`). */
export const atleast1d: AtLeast = forEach(raised1d);
/** At least two axes, new ones in front (`torch.atleast_2d`). */
export const atleast2d: AtLeast = forEach(raised2d);
/** At least three axes: a vector of n becomes 1 x n x 1, a matrix gets an axis behind (`torch.atleast_3d`). */
export const atleast3d: AtLeast = forEach(raised3d);
