// What the functions of `numpy.linalg` share: types, checks and NumPy's words (numpy/linalg/_linalg.py).

import { complex64, complex128, type DType, float32, float64 } from "../../core/dtype.ts";
import { elements } from "../../core/elements.ts";
import { PythonError, PythonTypeError } from "../../core/errors.ts";
import type { Operation } from "../../core/op.ts";
import { execute } from "../../devices/index.ts";
import { withType } from "../casting.ts";
import { allocate, asArray, scalarIfZeroD } from "../make.ts";
import type { NDArray } from "../ndarray.ts";
import type { ArrayLike } from "../types.ts";
import { conjugate } from "../ufuncs.ts";

/** `numpy.linalg.LinAlgError`: a matrix that cannot be inverted or decomposed. */
export class LinAlgError extends PythonError {
  constructor(message: string) {
    super("LinAlgError", message);
  }
}

/**
 * The type of results: double precision, or single where all operands have it.
 * @throws TypeError for half precision
 */
export function commonType(...arrays: readonly NDArray[]): DType {
  let [isDouble, isComplex] = [false, false];
  for (const { dtype } of arrays) {
    if (dtype.isComplex) {
      isComplex = true;
      if (dtype === complex128) isDouble = true;
    } else if (dtype === float64 || !dtype.isFloatingPoint) isDouble = true;
    else if (dtype !== float32) {
      throw new PythonTypeError(`array type ${dtype.name} is unsupported in linalg`);
    }
  }
  if (isComplex) return isDouble ? complex128 : complex64;
  return isDouble ? float64 : float32;
}

/** @throws LinAlgError where there are not two axes */
export function checkStacked(array: NDArray): void {
  if (array.ndim >= 2) return;
  throw new LinAlgError(`${array.ndim}-dimensional array given. Array must be at least two-dimensional`);
}

/** @throws LinAlgError for an array that is no matrix */
export function checkMatrix(array: NDArray): void {
  if (array.ndim === 2) return;
  throw new LinAlgError(`${array.ndim}-dimensional array given. Array must be two-dimensional`);
}

/** @throws LinAlgError where the last two axes differ in length */
export function checkSquare(array: NDArray): void {
  checkStacked(array);
  if (array.shape.at(-1) === array.shape.at(-2)) return;
  throw new LinAlgError("Last 2 dimensions of the array must be square");
}

/** Matrices in the type of the results. @param check what is asked of their shape */
export function matrices(a: ArrayLike, check: (array: NDArray) => void): NDArray {
  const array = asArray(a);
  check(array);
  return withType(array, commonType(array));
}

/** Runs an operation on arrays of one type. */
export function computed<A>(
  operation: Operation<A>,
  inputs: readonly NDArray[],
  attributes: A,
): readonly NDArray[] {
  const layouts = operation.infer(
    inputs.map(({ layout }) => layout),
    inputs[0]!.dtype,
    attributes,
  );
  const outputs = layouts.map(allocate);
  execute(operation, inputs, outputs, attributes);
  return outputs.map(scalarIfZeroD);
}

/** @throws LinAlgError where LAPACK's numbers say that a matrix did not come through */
export function checkInfo(info: NDArray, message: string): void {
  if (elements(info).some((value) => value !== 0)) throw new LinAlgError(message);
}

/** The matrices transposed and, where complex, conjugated. */
export function adjoint(array: NDArray): NDArray {
  const turned = array.swapaxes(-1, -2);
  return array.dtype.isComplex ? conjugate(turned) : turned;
}
