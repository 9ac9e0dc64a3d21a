// `numpy.linalg`: products of vectors and of several matrices, diagonals, transposition.

import { bind, type Signature } from "../../core/arguments.ts";
import { cheapestCuts } from "../../core/chain-order.ts";
import { ValueError } from "../../core/errors.ts";
import { assign } from "../assign.ts";
import { normalizeAxis } from "../axes.ts";
import { asArray, scalarIfZeroD } from "../make.ts";
import { roll } from "../manipulation.ts";
import type { NDArray } from "../ndarray.ts";
import { dot, matmul, outer as outerOf, tensordot } from "../products.ts";
import { trace as traceOf } from "../reductions.ts";
import type { ArrayLike, DTypeLike } from "../types.ts";
import { conjugate, multiply, subtract } from "../ufuncs.ts";
import { diagonal as diagonalOf, moveaxis } from "../views.ts";
import { checkMatrix } from "./common.ts";

export { matmul, tensordot };

interface OutOptions {
  readonly out: NDArray | null;
}

/** The product of several matrices in the cheapest order; the first and the last may be vectors (`numpy.linalg.multi_dot`). */
export function multiDot(arrays: readonly ArrayLike[], ...args: Signature<[], Partial<OutOptions>>): NDArray {
  const { out } = bind<OutOptions>("multi_dot", [], args, { out: null });
  if (arrays.length < 2) throw new ValueError("Expecting at least two arrays.");
  const given = arrays.map(asArray);
  const result = given.length === 2 ? dot(given[0]!, given[1]!) : chained(given);
  if (out === null) return result;
  assign(out, result);
  return out;
}

function chained(given: readonly NDArray[]): NDArray {
  const [first, last] = [given[0]!, given.at(-1)!];
  const chain = given.map((array, i) => {
    if (array.ndim !== 1 || (i > 0 && i < given.length - 1)) return array;
    return i === 0 ? array.reshape(1, array.size) : array.reshape(array.size, 1);
  });
  for (const array of chain) checkMatrix(array);
  const cuts = cheapestCuts([chain[0]!.shape[0]!, ...chain.map(({ shape }) => shape[1]!)]);
  const productOf = (from: number, to: number): NDArray => {
    if (from === to) return chain[from]!;
    const cut = cuts[from]![to]!;
    return dot(productOf(from, cut), productOf(cut + 1, to));
  };
  const result = productOf(0, chain.length - 1);
  const shape = [
    ...(first.ndim === 1 ? [] : [result.shape[0]!]),
    ...(last.ndim === 1 ? [] : [result.shape[1]!]),
  ];
  return shape.length === 2 ? result : scalarIfZeroD(result.reshape(shape));
}

interface AxisOptions {
  readonly axis: number;
}

/** The sum along an axis of conj(x1) * x2 (`numpy.linalg.vecdot`). */
export function vecdot(x1: ArrayLike, x2: ArrayLike, ...args: Signature<[], Partial<AxisOptions>>): NDArray {
  const { axis } = bind<AxisOptions>("vecdot", [], args, { axis: -1 });
  const [first, second] = [moveaxis(x1, axis, -1), moveaxis(x2, axis, -1)];
  const [n, other] = [first.shape.at(-1)!, second.shape.at(-1)!];
  if (n !== other) {
    throw new ValueError(
      `vecdot: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature (n),(n)->() (size ${other} ` +
        `is different from ${n})`,
    );
  }
  const left = first.dtype.isComplex ? conjugate(first) : first;
  const result = matmul(
    left.reshape([...left.shape.slice(0, -1), 1, n]),
    second.reshape([...second.shape, 1]),
  );
  return scalarIfZeroD(result.reshape(result.shape.slice(0, -2)));
}

/** The vector product along an axis of length 3 (`numpy.linalg.cross`). */
export function cross(x1: ArrayLike, x2: ArrayLike, ...args: Signature<[], Partial<AxisOptions>>): NDArray {
  const { axis } = bind<AxisOptions>("cross", [], args, { axis: -1 });
  const [a, b] = [asArray(x1), asArray(x2)];
  const [first, second] = [a.shape.at(axis), b.shape.at(axis)];
  if (first !== 3 || second !== 3) {
    throw new ValueError(
      `Both input arrays must be (arrays of) 3-dimensional vectors, but they are ${first} and ${second} dimensional instead.`,
    );
  }
  const [left, right] = [moveaxis(a, axis, -1), moveaxis(b, axis, -1)];
  const shifted = (x: NDArray, by: number): NDArray => roll(x, by, { axis: -1 });
  const result = subtract(
    multiply(shifted(left, -1), shifted(right, -2)),
    multiply(shifted(left, -2), shifted(right, -1)),
  );
  return moveaxis(result, -1, normalizeAxis(axis, result.ndim));
}

/** Products of each element of one vector with each of another (`numpy.linalg.outer`). */
export function outer(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [first, second] = [asArray(x1), asArray(x2)];
  if (first.ndim === 1 && second.ndim === 1) return outerOf(first, second);
  throw new ValueError(
    `Input arrays must be one-dimensional, but they are x1.ndim=${first.ndim} and x2.ndim=${second.ndim}.`,
  );
}

interface DiagonalOptions {
  readonly offset: number;
}

/** Diagonals of the last two axes (`numpy.linalg.diagonal`). */
export function diagonal(x: ArrayLike, ...args: Signature<[], Partial<DiagonalOptions>>): NDArray {
  const { offset } = bind<DiagonalOptions>("diagonal", [], args, { offset: 0 });
  return diagonalOf(x, offset, -2, -1);
}

interface TraceOptions extends DiagonalOptions {
  readonly dtype: DTypeLike | null;
}

/** Sums along the diagonals of the last two axes (`numpy.linalg.trace`). */
export function trace(x: ArrayLike, ...args: Signature<[], Partial<TraceOptions>>): NDArray {
  const { offset, dtype } = bind<TraceOptions>("trace", [], args, { offset: 0, dtype: null });
  return traceOf(x, offset, -2, -1, { dtype });
}

/** The last two axes exchanged: a view (`numpy.linalg.matrix_transpose`). */
export function matrixTranspose(x: ArrayLike): NDArray {
  const array = asArray(x);
  if (array.ndim >= 2) return array.swapaxes(-1, -2);
  throw new ValueError(`Input array must be at least 2-dimensional, but it is ${array.ndim}`);
}
