// Norms along axes: what the norms of vectors, matrices and tensors rest on (ATen/native/LinearAlgebra.cpp).

import { type DType, float16 } from "../../core/dtype.ts";
import { RuntimeError } from "../../core/errors.ts";
import { floatLimits } from "../../core/limits.ts";
import { vectorNorm as vectorNormOperation } from "../../ops/norms.ts";
import { reductionAxes } from "../dims.ts";
import { asDtype, type DtypeLike } from "../dtypes.ts";
import { scalarTypeName } from "../errors.ts";
import { promoteTypes } from "../promotion.ts";
import type { Dims } from "../reduction-arguments.ts";
import { run } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { checkFloating } from "./checks.ts";

/** Asked for when it is needed: the limits of half types are read off their table. */
const largestHalf = (): number => floatLimits(float16).max;

/** A number as C++ writes it. */
export function orderText(order: number | string): string {
  if (order === Number.POSITIVE_INFINITY) return "inf";
  if (order === Number.NEGATIVE_INFINITY) return "-inf";
  return String(order);
}

/** The input in the type that a norm is asked for. */
export function inNormType(caller: string, input: Tensor, dtype: DtypeLike | null): Tensor {
  if (dtype === null) return input;
  const type: DType = asDtype(dtype);
  if (!type.isFloatingPoint && !type.isComplex) {
    throw new RuntimeError(
      `${caller}: dtype should be floating point or complex, but got ${scalarTypeName(type)}`,
    );
  }
  if (input.dtype.isComplex !== type.isComplex) {
    const [wanted, held] = input.dtype.isComplex ? ["complex", "complex"] : ["real", "real"];
    throw new RuntimeError(
      `${caller}: dtype should be ${wanted} for ${held} inputs, but got ${scalarTypeName(type)}`,
    );
  }
  if (promoteTypes(input.dtype, type) !== type) {
    throw new RuntimeError(
      `${caller}: the dtype of the input (${scalarTypeName(input.dtype)}) should be convertible without narrowing to the ` +
        `specified dtype (${scalarTypeName(type)})`,
    );
  }
  return input.to(type);
}

function checkIdentity(input: Tensor, order: number, axes: readonly number[], isWhole: boolean): void {
  if (input.layout.size > 0 || (order >= 0 && order !== Number.POSITIVE_INFINITY)) return;
  const empty = axes.find((axis) => input.shape[axis] === 0);
  if (empty === undefined && !isWhole) return;
  const where = isWhole
    ? "on an empty tensor because the operation does not have an identity"
    : `on the dimension ${empty}because this dimension is empty and the operation does not have an identity`;
  throw new RuntimeError(`linalg.vector_norm cannot compute the ${orderText(order)} norm ${where}`);
}

/** The p-norm along axes, in the type of its input. */
export function vectorNormOf(
  input: Tensor,
  order: number,
  dim: Dims,
  keepdim: boolean,
  dtype: DtypeLike | null,
): Tensor {
  checkFloating("linalg.vector_norm", input, true);
  const source = inNormType("linalg.vector_norm", input, dtype);
  const axes = reductionAxes(dim, input.ndim);
  checkIdentity(input, order, axes, dim === null || (Array.isArray(dim) && dim.length === 0));
  const largest = source.dtype === float16 ? largestHalf() : undefined;
  return run(vectorNormOperation, [source], { order, axes, keepdims: keepdim, largest });
}
