// What Python asks of an array or tensor where it wants a number, a truth or a length. JavaScript has no such
// questions, so their refusals stand here; what is answered comes from the API.

import { isTruthy, type Scalar } from "../../../src/core/elements.ts";
import { PythonTypeError, RuntimeError, ValueError } from "../../../src/core/errors.ts";
import { warn } from "../../../src/core/warnings.ts";
import type { NDArray } from "../../../src/numpy/index.ts";
import type { Tensor } from "../../../src/torch/index.ts";
import { isArray, isTensor } from "./host.ts";
import { isComplex } from "./values.ts";

/** True iff the value is an array of either library. */
export function isArrayOrTensor(value: unknown): value is NDArray | Tensor {
  return isArray(value) || isTensor(value);
}

/** `float(x)`, `int(x)`: the one number in it. */
export function numberIn(value: unknown): unknown {
  if (!isArrayOrTensor(value)) return value;
  if (isTensor(value)) return numberInTensor(value);
  if (value.ndim !== 0) {
    throw new PythonTypeError("only 0-dimensional arrays can be converted to Python scalars");
  }
  return value.item();
}

function numberInTensor(tensor: Tensor): unknown {
  if (tensor.layout.size !== 1) {
    throw new ValueError("only one element tensors can be converted to Python scalars");
  }
  if (tensor.requiresGrad) {
    warn(
      "UserWarning",
      "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n" +
        "Consider using tensor.detach() first.",
    );
  }
  return tensor.item();
}

/** The real number that a number is. @throws RuntimeError, TypeError for a complex one, by what it came from */
export function realNumber(number: unknown, source: unknown, type: "float" | "int"): unknown {
  if (!isComplex(number)) return number;
  if (isTensor(source)) {
    if (number.im === 0) return number.re;
    const name = type === "float" ? "double" : "int64_t";
    throw new RuntimeError(`value cannot be converted to type ${name} without overflow`);
  }
  const wanted =
    type === "float" ? "a string or a real number" : "a string, a bytes-like object or a real number";
  throw new PythonTypeError(`${type}() argument must be ${wanted}, not 'complex'`);
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
