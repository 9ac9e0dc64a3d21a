// Attributes of a tensor that are views of it: transposes and parts.

import { RuntimeError } from "../core/errors.ts";
import type { Operation } from "../core/op.ts";
import { warn } from "../core/warnings.ts";
import { negative } from "../ops/unary.ts";
import { alias } from "../ops/views.ts";
import { adjointNamed, matricesOnly } from "./adjoint.ts";
import { lazyBits } from "./base.ts";
import { conj, isConj } from "./conjugation.ts";
import { allAxes } from "./dims.ts";
import { viewAsReal } from "./reshaping.ts";
import { runView } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { permute, select, transpose } from "./views.ts";

const negativeView: Operation = { ...alias, label: "NegView", gradient: negative.gradient! };

/** All axes in reverse order. */
export function T(input: Tensor): Tensor {
  if (input.ndim !== 2) {
    warn(
      "UserWarning",
      input.ndim === 0
        ? "Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases."
        : "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an " +
            "error in a future release. Consider `x.mT` to transpose batches of matrices or `x.permute(*torch.arange(x.ndim " +
            "- 1, -1, -1))` to reverse the dimensions of a tensor.",
    );
  }
  return permute(input, allAxes(input.ndim).reverse());
}

/** The matrices of the last two axes, transposed. */
export function mT(input: Tensor): Tensor {
  if (input.ndim === 0) {
    warn(
      "UserWarning",
      "Tensor.mT is deprecated on 0-D tensors. This function is the identity in these cases.",
    );
    return input;
  }
  if (input.ndim < 2) throw matricesOnly("mT", input.ndim);
  return transpose(input, -2, -1);
}

/** The matrices of the last two axes, transposed and conjugated. */
export function mH(input: Tensor): Tensor {
  return adjointNamed(input, "mH");
}

/** A matrix transposed and conjugated. */
export function H(input: Tensor): Tensor {
  if (input.ndim === 0) {
    warn("UserWarning", "Tensor.H is deprecated on 0-D tensors. Consider using x.conj().");
    return conj(input);
  }
  if (input.ndim !== 2) {
    throw new RuntimeError(
      `tensor.H is only supported on matrices (2-D tensors). Got ${input.ndim}-D tensor.` +
        (input.ndim > 2 ? " For batches of matrices, consider using tensor.mH" : ""),
    );
  }
  return conj(transpose(input, 0, 1));
}

/** The real parts, over the same memory; a real tensor as it is. */
export function real(input: Tensor): Tensor {
  if (!input.dtype.isComplex) return input;
  return select(viewAsReal(isConj(input) ? conj(input) : input), -1, 0);
}

/** The imaginary parts, over the same memory. @throws RuntimeError for a real tensor */
export function imag(input: Tensor): Tensor {
  if (!input.dtype.isComplex) {
    throw new RuntimeError("imag is not implemented for tensors with non-complex dtypes.");
  }
  if (!isConj(input)) return select(viewAsReal(input), -1, 1);
  const parts = runView(negativeView, viewAsReal(conj(input)), undefined, "NegViewBackward0");
  parts.bits ^= lazyBits.negative;
  return select(parts, -1, 1);
}
