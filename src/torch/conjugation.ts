// Conjugates and negatives that are only read as such: PyTorch's conjugate and negative bits. The memory stays as it
// is; operations see resolved values.

import { RuntimeError } from "../core/errors.ts";
import type { Operation } from "../core/op.ts";
import { conjugate, negative } from "../ops/unary.ts";
import { alias } from "../ops/views.ts";
import { lazyBits } from "./base.ts";
import { viewAsReal } from "./reshaping.ts";
import { resolved, run, runView } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { select } from "./views.ts";

const conjugateView: Operation = { ...alias, label: "Conj", gradient: conjugate.gradient! };
const negativeView: Operation = { ...alias, label: "NegView", gradient: negative.gradient! };

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

/** The real parts, over the same memory; a real tensor as it is. */
export function realPart(input: Tensor): Tensor {
  if (!input.dtype.isComplex) return input;
  return select(viewAsReal(isConj(input) ? conj(input) : input), -1, 0);
}

/** The imaginary parts, over the same memory. @throws RuntimeError for a real tensor */
export function imaginaryPart(input: Tensor): Tensor {
  if (!input.dtype.isComplex) {
    throw new RuntimeError("imag is not implemented for tensors with non-complex dtypes.");
  }
  if (!isConj(input)) return select(viewAsReal(input), -1, 1);
  const view = runView(negativeView, select(viewAsReal(conj(input)), -1, 1), undefined, "NegViewBackward0");
  view.bits ^= lazyBits.negative;
  return view;
}
