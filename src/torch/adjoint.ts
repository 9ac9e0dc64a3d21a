// Matrices transposed and conjugated, under the names that PyTorch has for that.

import { RuntimeError } from "../core/errors.ts";
import { warn } from "../core/warnings.ts";
import { conj } from "./conjugation.ts";
import type { Tensor } from "./tensor.ts";
import { transpose } from "./views.ts";

/**
 * The matrices of the last two axes, transposed and conjugated, over the same memory (`torch.adjoint`).
 * @throws RuntimeError for a tensor of one axis
 */
export function adjoint(input: Tensor): Tensor {
  return adjointNamed(input, "adjoint()", "");
}

/** `adjoint` under the name that a message has for it. */
export function adjointNamed(input: Tensor, name: string, owner = "Tensor."): Tensor {
  if (input.ndim === 0) {
    warn("UserWarning", `${owner}${name} is deprecated on 0-D tensors. Consider using x.conj().`);
    return conj(input);
  }
  if (input.ndim < 2) throw matricesOnly(name, input.ndim);
  return conj(transpose(input, -2, -1));
}

/** The error for what needs matrices. */
export function matricesOnly(name: string, rank: number): RuntimeError {
  return new RuntimeError(
    `tensor.${name} is only supported on matrices or batches of matrices. Got ${rank}-D tensor.`,
  );
}
