// Conjugates and negatives that are only read as such: PyTorch's conjugate and negative bits. The memory stays as it
// is; operations see resolved values.

import type { Operation } from "../core/op.ts";
import { conjugate } from "../ops/unary.ts";
import { alias } from "../ops/views.ts";
import { lazyBits } from "./base.ts";
import { applyInPlace } from "./elementwise.ts";
import { resolved, run, runView } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

export { adjoint } from "./adjoint.ts";

const conjugateView: Operation = { ...alias, label: "Conj", gradient: conjugate.gradient! };

/** The conjugate of complex numbers, over the same memory; a real tensor as it is. */
export function conj(input: Tensor): Tensor {
  if (!input.dtype.isComplex) return input;
  const view = runView(conjugateView, input, undefined, "ConjBackward0");
  view.bits = input.bits ^ lazyBits.conjugate;
  return view;
}

/** The conjugate in memory of its own; a real tensor as it is. */
export function conjPhysical(input: Tensor): Tensor {
  return input.dtype.isComplex ? run(conjugate, [input], undefined, "ConjPhysicalBackward0") : input;
}

/** The conjugate, in place. */
export function conjPhysical_(input: Tensor): Tensor {
  if (!input.dtype.isComplex) return input;
  return applyInPlace(conjugate, { name: "conj_physical" }, [input], undefined, "ConjPhysicalBackward1");
}

/** The values in memory of their own where the tensor is read as a conjugate; else the tensor. */
export function resolveConj(input: Tensor): Tensor {
  return isConj(input) ? withHistory(input) : input;
}

/** The values in memory of their own where the tensor is read as a negative; else the tensor. */
export function resolveNeg(input: Tensor): Tensor {
  return isNeg(input) ? withHistory(input) : input;
}

function withHistory(input: Tensor): Tensor {
  const result = resolved(input);
  const { gradFn } = input;
  if (gradFn !== null) {
    result.node = gradFn;
    result.outputIndex = input.outputIndex;
  }
  return result;
}

/** True iff the tensor is read as the conjugate of what its memory holds. */
export function isConj(input: Tensor): boolean {
  return (input.bits & lazyBits.conjugate) !== 0;
}

/** True iff the tensor is read as the negative of what its memory holds. */
export function isNeg(input: Tensor): boolean {
  return (input.bits & lazyBits.negative) !== 0;
}

/** True iff the type is complex. */
export function isComplex(input: Tensor): boolean {
  return input.dtype.isComplex;
}

/** True iff the type is a floating one. */
export function isFloatingPoint(input: Tensor): boolean {
  return input.dtype.isFloatingPoint;
}
