// What Python asks of an array or tensor where it wants a number, a truth or a length. JavaScript has no such
// questions, so their refusals stand here; what is answered comes from the API.

import { isTruthy, type Scalar } from "../../../src/core/elements.ts";
import { PythonTypeError, RuntimeError, ValueError } from "../../../src/core/errors.ts";
import type { NDArray } from "../../../src/numpy/index.ts";
import type { Tensor } from "../../../src/torch/index.ts";
import { isArray, isTensor } from "./host.ts";

/** True iff the value is an array of either library. */
export function isArrayOrTensor(value: unknown): value is NDArray | Tensor {
  return isArray(value) || isTensor(value);
}

/** `float(x)`, `int(x)`: the one number in it. */
export function numberIn(value: unknown): unknown {
  if (!isArrayOrTensor(value)) return value;
  if (isTensor(value) && value.layout.size !== 1) {
    throw new ValueError("only one element tensors can be converted to Python scalars");
  }
  if (isArray(value) && value.ndim !== 0) {
    throw new PythonTypeError("only 0-dimensional arrays can be converted to Python scalars");
  }
  return value.item();
}

/** `bool(x)`: whether its one element is true. */
export function truthOf(value: NDArray | Tensor): boolean {
  const { size } = value.layout;
  if (size === 1) return isTruthy(value.item() as Scalar);
  if (isTensor(value)) {
    throw new RuntimeError(
      `Boolean value of Tensor with ${size === 0 ? "no values" : "more than one value"} is ambiguous`,
    );
  }
  throw new ValueError(
    size === 0
      ? "The truth value of an empty array is ambiguous. Use `array.size > 0` to check that an array is not empty."
      : "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()",
  );
}

/** `len(x)`: the length of its first axis. */
export function lengthOf(value: NDArray | Tensor): number {
  if (value.ndim > 0) return value.shape[0]!;
  throw new PythonTypeError(isTensor(value) ? "len() of a 0-d tensor" : "len() of unsized object");
}

/** Refuses to go through what has no axes. */
export function checkIterable(value: unknown): void {
  if (!isArrayOrTensor(value) || value.ndim > 0) return;
  throw new PythonTypeError(`iteration over a 0-d ${isTensor(value) ? "tensor" : "array"}`);
}
