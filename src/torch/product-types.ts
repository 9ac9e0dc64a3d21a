// Types that products of matrices take, and PyTorch's words for the others.

import { RuntimeError } from "../core/errors.ts";
import { cTypeName, scalarTypeName } from "./errors.ts";
import { lacks, type Refusals, refusals, refuse } from "./refusals.ts";
import type { Tensor } from "./tensor.ts";

const matrixRefusals: Refusals = refusals(lacks("addmm_impl_cpu_", "bool", "rare"));
const batchRefusals: Refusals = refusals(lacks("bmm", "bool", "rare"));

/** @throws RuntimeError for matrices of two types, and NotImplementedError for types without a product */
export function checkMatrixTypes(a: Tensor, b: Tensor): void {
  if (a.dtype !== b.dtype) {
    throw new RuntimeError(
      `expected m1 and m2 to have the same dtype, but got: ${cTypeName(a.dtype)} != ${cTypeName(b.dtype)}`,
    );
  }
  refuse(matrixRefusals, a.dtype);
}

/** The same for matrices in batches. */
export function checkBatchTypes(a: Tensor, b: Tensor): void {
  if (a.dtype !== b.dtype) {
    throw new RuntimeError(
      `expected scalar type ${scalarTypeName(a.dtype)} but found ${scalarTypeName(b.dtype)}`,
    );
  }
  refuse(batchRefusals, a.dtype);
}
