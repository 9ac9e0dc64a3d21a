// `numpy.linalg`: inverses, determinants and systems of equations.

import { bind, type Signature } from "../../core/arguments.ts";
import { int32 } from "../../core/dtype.ts";
import { PythonTypeError, ValueError } from "../../core/errors.ts";
import { broadcastShapes, product } from "../../core/layout.ts";
import { floatLimits } from "../../core/limits.ts";
import { type NamedValues, namedValues } from "../../core/named-results.ts";
import { decompositions as ops } from "../../devices/families/decompositions.ts";
import { shapeText } from "../assign.ts";
import { withType } from "../casting.ts";
import { eye } from "../creation.ts";
import { allocateShape, asArray, fromValues, scalarIfZeroD, singleElement } from "../make.ts";
import type { NDArray } from "../ndarray.ts";
import { matmul } from "../products.ts";
import { sum } from "../reductions.ts";
import type { ArrayLike } from "../types.ts";
import { absolute, multiply, square, subtract } from "../ufuncs.ts";
import { moveaxis, ravel } from "../views.ts";
import {
  adjoint,
  checkInfo,
  checkMatrix,
  checkSquare,
  commonType,
  computed,
  LinAlgError,
  matrices,
} from "./common.ts";

/** The inverse (`numpy.linalg.inv`). @throws LinAlgError for a singular matrix */
export function inv(a: ArrayLike): NDArray {
  const [inverse, info] = computed(ops.inverse, [matrices(a, checkSquare)], undefined);
  checkInfo(info!, "Singular matrix");
  return inverse!;
}

/** The determinant (`numpy.linalg.det`). */
export function det(a: ArrayLike): NDArray {
  return computed(ops.determinant, [matrices(a, checkSquare)], undefined)[0]!;
}

/** The determinant's sign (of modulus 1) and the logarithm of its size (`numpy.linalg.slogdet`). */
export function slogdet(a: ArrayLike): NamedValues<readonly ["sign", "logabsdet"], NDArray> {
  const [sign, logabsdet] = computed(ops.slogdet, [matrices(a, checkSquare)], undefined);
  return namedValues(["sign", "logabsdet"], [sign!, logabsdet!]);
}

/** @throws ValueError where b does not fit A */
function checkRight(a: NDArray, b: NDArray): void {
  const rows = a.shape.at(-1)!;
  const [name, signature] = b.ndim === 1 ? ["solve1", "(m,m),(m)->(m)"] : ["solve", "(m,m),(m,n)->(m,n)"];
  if (b.ndim === 0) {
    throw new ValueError(
      `solve: Input operand 1 does not have enough dimensions (has 0, gufunc core with signature ${signature} requires 2)`,
    );
  }
  const length = b.shape[b.ndim === 1 ? 0 : b.ndim - 2]!;
  if (length !== rows) {
    throw new ValueError(
      `${name}: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature ${signature} (size ${length} ` +
        `is different from ${rows})`,
    );
  }
  const [first, second] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  if (b.ndim === 1 || broadcastShapes([first, second]) !== undefined) return;
  throw new ValueError(
    `operands could not be broadcast together with remapped shapes [original->remapped]: ${shapeText(a.shape)}->` +
      `(${first.join(",")},newaxis,newaxis) ${shapeText(b.shape)}->(${second.join(",")},newaxis,newaxis)  and requested ` +
      `shape (${b.shape.at(-2)},${b.shape.at(-1)})`,
  );
}

/**
 * x with a x = b (`numpy.linalg.solve`); a vector b is taken as one, all others hold matrices.
 * @throws LinAlgError for a singular matrix
 */
export function solve(a: ArrayLike, b: ArrayLike): NDArray {
  const [left, right] = [asArray(a), asArray(b)];
  checkSquare(left);
  const dtype = commonType(left, right);
  checkRight(left, right);
  const columns = right.ndim === 1 ? right.reshape(right.size, 1) : right;
  const [x, info] = computed(ops.solve, [withType(left, dtype), withType(columns, dtype)], undefined);
  checkInfo(info!, "Singular matrix");
  return right.ndim === 1 ? x!.reshape(x!.shape.slice(0, -1)) : x!;
}

interface CholeskyOptions {
  readonly upper: boolean;
}

/**
 * The lower factor L of a positive definite matrix L L^H, or the upper one (`numpy.linalg.cholesky`); that triangle is
 * read. @throws LinAlgError for a matrix that is not positive definite
 */
export function cholesky(a: ArrayLike, ...args: Signature<[], Partial<CholeskyOptions>>): NDArray {
  const { upper } = bind<CholeskyOptions>("cholesky", [], args, { upper: false });
  const array = matrices(a, checkSquare);
  const [factor, info] = computed(ops.cholesky, [upper ? adjoint(array) : array], undefined);
  checkInfo(info!, "Matrix is not positive definite");
  return upper ? adjoint(factor!) : factor!;
}

/** The inverse of what `tensordot` over the last axes multiplies by (`numpy.linalg.tensorinv`). */
export function tensorinv(
  a: ArrayLike,
  ...args: Signature<[ind: number], { readonly ind?: number }>
): NDArray {
  const { ind } = bind<{ readonly ind: number }>("tensorinv", ["ind"], args, { ind: 2 });
  const array = asArray(a);
  if (ind <= 0) throw new ValueError("Invalid ind argument.");
  const [first, last] = [array.shape.slice(0, ind), array.shape.slice(ind)];
  const count = product(last);
  const rows = count === 0 ? 0 : array.size / count;
  return inv(array.reshape(count, rows)).reshape([...last, ...first]);
}

interface TensorsolveOptions {
  readonly axes: readonly number[] | null;
}

/** x with tensordot(a, x, x.ndim) = b (`numpy.linalg.tensorsolve`). */
export function tensorsolve(
  a: ArrayLike,
  b: ArrayLike,
  ...args: Signature<[axes: readonly number[] | null], Partial<TensorsolveOptions>>
): NDArray {
  const { axes } = bind<TensorsolveOptions>("tensorsolve", ["axes"], args, { axes: null });
  const [given, right] = [asArray(a), asArray(b)];
  const array =
    axes === null
      ? given
      : moveaxis(
          given,
          axes,
          axes.map((_, i) => given.ndim - axes.length + i),
        );
  const shape = array.shape.slice(right.ndim);
  const count = product(shape);
  if (array.size !== count ** 2) {
    throw new LinAlgError(
      "Input arrays must satisfy the requirement             prod(a.shape[b.ndim:]) == prod(a.shape[:b.ndim])",
    );
  }
  return solve(array.reshape(count, count), ravel(right)).reshape(shape);
}

interface LstsqOptions {
  readonly rcond: number | null;
}

type LeastSquares = readonly [x: NDArray, residuals: NDArray, rank: NDArray, s: NDArray];

/**
 * Least squares (`numpy.linalg.lstsq`): the x of smallest norm among those that minimise the norm of a x - b.
 * @param args `rcond`: singular values up to that much of the largest count as 0
 * @returns x, sums of squares of what is left (where a has more rows than columns and full rank), rank, singular values
 */
export function lstsq(
  a: ArrayLike,
  b: ArrayLike,
  ...args: Signature<[rcond: number | null], Partial<LstsqOptions>>
): LeastSquares {
  const { rcond } = bind<LstsqOptions>("lstsq", ["rcond"], args, { rcond: null });
  const [left, given] = [asArray(a), asArray(b)];
  const isVector = given.ndim === 1;
  const right = isVector ? given.reshape(given.size, 1) : given;
  checkMatrix(left);
  checkMatrix(right);
  const [m, n] = [left.shape[0]!, left.shape[1]!];
  if (m !== right.shape[0]) throw new LinAlgError("Incompatible dimensions");
  const dtype = commonType(left, right);
  const [matrix, columns] = [withType(left, dtype), withType(right, dtype)];
  const { eps } = floatLimits(dtype);
  const relative = rcond === null ? eps * Math.max(m, n) : rcond < 0 ? 2 ** -52 : rcond;
  const [, values, , info] = computed(ops.svd, [matrix], { full: false, vectors: false });
  checkInfo(info!, "SVD did not converge in Linear Least Squares");
  const real = values!.dtype;
  const bounds = [singleElement(real, 0), singleElement(real, relative)];
  const [inverse] = computed(ops.pseudoInverse, [matrix, ...bounds], { hermitian: false });
  const x = matmul(inverse!, columns);
  const sizes = values!.tolist() as number[];
  const rank = sizes.filter((size) => size > relative * sizes[0]!).length;
  const left0 = subtract(matmul(matrix, x), columns);
  const residuals =
    rank === n && m > n ? sum(square(absolute(left0)), { axis: 0 }) : allocateShape(real, [0]);
  return [isVector ? x.reshape(n) : x, residuals, scalarIfZeroD(fromValues(int32, [], [rank])), values!];
}

/** A square matrix multiplied by itself so many times; a negative number is of its inverse (`numpy.linalg.matrix_power`). */
export function matrixPower(a: ArrayLike, n: number): NDArray {
  const array = asArray(a);
  checkSquare(array);
  if (!Number.isInteger(n)) throw new PythonTypeError("exponent must be an integer");
  if (n === 0) {
    const identity = eye(array.shape.at(-1)!, { dtype: array.dtype });
    const result = allocateShape(array.dtype, array.shape);
    return multiply(identity, result.fill(1) ?? result);
  }
  let factor = n < 0 ? inv(array) : array;
  let result: NDArray | undefined;
  for (let rest = Math.abs(n); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result === undefined ? factor : matmul(result, factor);
    if (rest > 1) factor = matmul(factor, factor);
  }
  return result === array ? array.copy() : result!;
}
