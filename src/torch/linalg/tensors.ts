// `torch.linalg`: products, powers and equations of tensors (ATen/native/LinearAlgebra.cpp).

import { bind, type Signature } from "../../core/arguments.ts";
import { RuntimeError } from "../../core/errors.ts";
import { product } from "../../core/layout.ts";
import { decompositions as operations } from "../../devices/families/decompositions.ts";
import { cross as crossOf } from "../added-products.ts";
import { eye } from "../creation.ts";
import { scalarTypeName } from "../errors.ts";
import { inFloat32 } from "../half.ts";
import { matmul } from "../products.ts";
import { cat } from "../stacking.ts";
import { run } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { diagonal as diagonalOf } from "../views.ts";
import { checkFloating, checkSquare } from "./checks.ts";
import { inv, inverseFor, solve } from "./systems.ts";

interface CrossOptions {
  readonly dim?: number;
}

/** The vector product along an axis of length 3, the last unless another is given. */
export function cross(input: Tensor, ...args: Signature<[other: Tensor], CrossOptions>): Tensor {
  type Bound = Required<CrossOptions> & { readonly other: Tensor };
  const { other, dim } = bind<Bound>("linalg_cross", ["other"], args, { dim: -1 });
  return crossOf(input, other, { dim });
}

interface DiagonalOptions {
  readonly offset?: number;
  readonly dim1?: number;
  readonly dim2?: number;
}

/** Diagonals of the plane of two axes, the last two unless others are given: a view. */
export function diagonal(A: Tensor, ...args: Signature<[], DiagonalOptions>): Tensor {
  const { offset, dim1, dim2 } = bind<Required<DiagonalOptions>>("linalg_diagonal", [], args, {
    offset: 0,
    dim1: -2,
    dim2: -1,
  });
  return diagonalOf(A, offset, dim1, dim2);
}

/** The sum along an axis of conj(x) * y. */
export function vecdot(x: Tensor, ...args: Signature<[y: Tensor], CrossOptions>): Tensor {
  type Bound = Required<CrossOptions> & { readonly y: Tensor };
  const { y, dim } = bind<Bound>("linalg_vecdot", ["y"], args, { dim: -1 });
  if (x.dtype !== y.dtype) {
    throw new RuntimeError(
      `linalg.vecdot: Expected x and y to have the same dtype, but found x of type ${scalarTypeName(x.dtype)} and y of ` +
        `type ${scalarTypeName(y.dtype)} instead`,
    );
  }
  if (x.ndim === 1 && y.ndim === 1 && (dim === 0 || dim === -1)) return x.vdot(y);
  const left = x.movedim(dim, -1).conj().unsqueeze(-2);
  const right = y.movedim(dim, -1).unsqueeze(-1);
  return matmul(left, right).squeeze(-1).squeeze(-1);
}

/** A matrix multiplied by itself so many times; a negative number is of its inverse. */
export function matrixPower(A: Tensor, ...args: Signature<[n: number], { readonly n?: number }>): Tensor {
  const { n } = bind<{ readonly n: number }>("linalg_matrix_power", ["n"], args, {});
  checkSquare("linalg.matrix_power", A);
  if (n === 0) {
    return A.clone().copy_(eye(A.shape.at(-1)!, { dtype: A.dtype }));
  }
  if (n === 1) return A.clone();
  if (n === -1) return inv(A);
  let factor = n < 0 ? inv(A) : A;
  let result: Tensor | undefined;
  for (let rest = Math.abs(n); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result === undefined ? factor : matmul(result, factor);
    if (rest > 1) factor = matmul(factor, factor);
  }
  return result!;
}

/** The exponential of square matrices. */
export function matrixExp(A: Tensor): Tensor {
  checkSquare("linalg.matrix_exp", A);
  checkFloating("linalg.matrix_exp", A, true);
  return inFloat32([A], (input) => run(operations.matrixExp, [input], undefined));
}

/** The inverse of what `tensordot` over the last axes multiplies by. @param args `ind`: how many axes come first */
export function tensorinv(A: Tensor, ...args: Signature<[ind?: number], { readonly ind?: number }>): Tensor {
  const { ind } = bind<{ readonly ind: number }>("linalg_tensorinv", ["ind"], args, { ind: 2 });
  if (ind <= 0) throw new RuntimeError(`Expected a strictly positive integer for 'ind', but got ${ind}`);
  const [first, last] = [A.shape.slice(0, ind), A.shape.slice(ind)];
  const [rows, columns] = [product(first), product(last)];
  if (rows !== columns) {
    throw new RuntimeError(
      `Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got ${columns} != ${rows}`,
    );
  }
  return inverseFor("inv", A.reshape([columns, rows])).reshape([...last, ...first]);
}

/** X with tensordot(A, X, X.ndim) = B. @param args `dims`: axes of A that are moved to the end first */
export function tensorsolve(
  A: Tensor,
  ...args: Signature<
    [B: Tensor, dims?: readonly number[] | null],
    { readonly dims?: readonly number[] | null }
  >
): Tensor {
  type Bound = { readonly B: Tensor; readonly dims: readonly number[] | null };
  const { B, dims } = bind<Bound>("linalg_tensorsolve", ["B", "dims"], args, { dims: null });
  const moved =
    dims === null
      ? A
      : A.movedim(
          dims,
          dims.map((_, i) => i - dims.length),
        );
  const shape = moved.shape.slice(B.ndim);
  const [columns, rows] = [product(shape), product(moved.shape.slice(0, B.ndim))];
  if (rows !== columns) {
    throw new RuntimeError(
      `Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got ${columns} != ${rows}`,
    );
  }
  return solve(moved.reshape([columns, columns]), B.flatten()).reshape(shape);
}

interface VanderOptions {
  readonly N?: number | null;
}

/** Powers from 0 on of each element along a last axis, so many or as many as there are elements. */
export function vander(x: Tensor, ...args: Signature<[], VanderOptions>): Tensor {
  const { N } = bind<Required<VanderOptions>>("linalg_vander", [], args, { N: null });
  const vector = x.ndim === 0 ? x.unsqueeze(-1) : x;
  const count = N ?? vector.shape.at(-1)!;
  if (count <= 1) throw new RuntimeError("N must be greater than 1.");
  const powers = vector
    .unsqueeze(-1)
    .expand([...vector.shape, count - 1])
    .cumprod(-1);
  const ones = powers.narrow(-1, 0, 1).detach().clone().fill_(1);
  return cat([ones, powers], -1);
}

export { matmul };
