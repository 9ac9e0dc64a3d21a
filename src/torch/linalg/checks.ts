// What `torch.linalg` refuses, in PyTorch's words (ATen/native/LinearAlgebraUtils.h, ATen/native/BatchLinearAlgebra.cpp).

import { elements } from "../../core/elements.ts";
import { RuntimeError } from "../../core/errors.ts";
import { LinAlgError, scalarTypeName } from "../errors.ts";
import { isHalf } from "../promotion.ts";
import { lacks, type Refusals, refusals, refuse } from "../refusals.ts";
import type { Tensor } from "../tensor.ts";

/** @throws RuntimeError where there are not two axes */
export function checkMatrix(caller: string, tensor: Tensor, argument = "A"): void {
  if (tensor.ndim >= 2) return;
  throw new RuntimeError(`${caller}: The input tensor ${argument} must have at least 2 dimensions.`);
}

/** @throws RuntimeError where the last two axes differ in length */
export function checkSquare(caller: string, tensor: Tensor, argument = "A"): void {
  checkMatrix(caller, tensor, argument);
  const [rows, columns] = [tensor.shape.at(-2), tensor.shape.at(-1)];
  if (rows === columns) return;
  throw new RuntimeError(
    `${caller}: ${argument} must be batches of square matrices, but they are ${rows} by ${columns} matrices`,
  );
}

/** @throws RuntimeError for integers, and for half types where they have no place */
export function checkFloating(caller: string, { dtype }: Tensor, takesHalf = false): void {
  if (!dtype.isFloatingPoint && !dtype.isComplex) {
    throw new RuntimeError(
      `${caller}: Expected a floating point or complex tensor as input. Got ${scalarTypeName(dtype)}`,
    );
  }
  if (takesHalf || !isHalf(dtype)) return;
  throw new RuntimeError(`${caller}: Low precision dtypes not supported. Got ${scalarTypeName(dtype)}`);
}

/** @throws NotImplementedError for types that LAPACK has no routines for */
export function checkLapackType(kernel: string, { dtype }: Tensor): void {
  const rules: Refusals = refusals(lacks(kernel, "bool", "rare", "whole"));
  refuse(rules, dtype);
  if (isHalf(dtype)) refuse(refusals(lacks(kernel, "floating")), dtype);
}

/** @throws RuntimeError for operands of two types */
export function checkSameType(caller: string, names: readonly [string, string], a: Tensor, b: Tensor): void {
  if (a.dtype === b.dtype) return;
  throw new RuntimeError(
    `${caller}: Expected ${names[0]} and ${names[1]} to have the same dtype, but found ${names[0]} of type ` +
      `${scalarTypeName(a.dtype)} and ${names[1]} of type ${scalarTypeName(b.dtype)} instead`,
  );
}

/** @throws RuntimeError where A X = B (or X A = B) does not come out */
export function checkEquation(caller: string, a: Tensor, b: Tensor, isLeft: boolean): void {
  checkMatrix(caller, b, "B");
  if (a.shape.at(-2) === b.shape.at(isLeft ? -2 : -1)) return;
  const size = (tensor: Tensor): string => `${tensor.shape.at(-2)}x${tensor.shape.at(-1)}`;
  throw new RuntimeError(
    `${caller}: Incompatible shapes of A and B for the equation ${isLeft ? "AX = B" : "XA = B"} (${size(a)} and ${size(b)})`,
  );
}

/**
 * Reads what LAPACK says of each matrix, where it is known.
 * @param message of a number other than 0 @throws LinAlgError for the first matrix that has one
 */
export function checkInfo(caller: string, info: Tensor, message: (info: number) => string): void {
  // While a program is traced nothing is computed yet.
  if (!info.storage.hasValues) return;
  const values = elements(info);
  const place = values.findIndex((value) => value !== 0);
  if (place < 0) return;
  const which = info.ndim === 0 ? "" : `(Batch element ${place}): `;
  throw new LinAlgError(`${caller}: ${which}${message(Number(values[place]))}`);
}

/** Of an inverse. */
export const singularMessage = (info: number): string =>
  `The diagonal element ${info} is zero, the inversion could not be completed because the input matrix is singular.`;

/** Of Cholesky's factor. */
export const indefiniteMessage = (info: number): string =>
  "The factorization could not be completed because the input is not positive-definite (the leading minor of order " +
  `${info} is not positive-definite).`;

/** Of eigenvalues. */
export const unsettledMessage = (info: number): string =>
  "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated eigenvalues " +
  `(error code: ${info}).`;
