// `numpy.linalg`: what of it does not need a decomposition.

import { bind, type Signature } from "../core/arguments.ts";
import { float64 } from "../core/dtype.ts";
import { ValueError } from "../core/errors.ts";
import { normalizeAxes } from "./axes.ts";
import { eye } from "./creation.ts";
import { asArray } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { matmul } from "./products.ts";
import { amax, amin, sum } from "./reductions.ts";
import type { ArrayLike, Axes } from "./types.ts";
import { absolute, add, multiply, notEqual, power, sqrt, square } from "./ufuncs.ts";

interface NormOptions {
  readonly ord: number | string | null;
  readonly axis: Axes | null;
  readonly keepdims: boolean;
}

/** A vector's norm along one axis, or a matrix's over two (`numpy.linalg.norm`). */
function norm(
  x: ArrayLike,
  ...args: Signature<
    [ord: number | string | null, axis: Axes | null, keepdims: boolean],
    Partial<NormOptions>
  >
): NDArray {
  const { ord, axis, keepdims } = bind<NormOptions>("norm", ["ord", "axis", "keepdims"], args, {
    ord: null,
    axis: null,
    keepdims: false,
  });
  const given = asArray(x);
  const array = given.dtype.isInteger || given.dtype.kind === "bool" ? given.astype(float64) : given;
  if (
    axis === null &&
    (ord === null || (ord === "fro" && array.ndim === 2) || (ord === 2 && array.ndim === 1))
  ) {
    return sqrt(sum(squares(array), { axis: null, keepdims }));
  }
  const axes = normalizeAxes(axis, array.ndim);
  if (axes.length === 1) return vectorNorm(array, ord, axes[0]!, keepdims);
  if (axes.length === 2) return matrixNorm(array, ord, axes as [number, number], keepdims);
  throw new ValueError("Improper number of dimensions to norm.");
}

/** |x|^2, real. */
function squares(array: NDArray): NDArray {
  return array.dtype.isComplex ? add(square(array.real), square(array.imag)) : square(array);
}

function vectorNorm(array: NDArray, ord: number | string | null, axis: number, keepdims: boolean): NDArray {
  const options = { axis, keepdims };
  if (ord === null || ord === 2) return sqrt(sum(squares(array), options));
  if (typeof ord === "string") throw new ValueError(`Invalid norm order '${ord}' for vectors`);
  const sizes = absolute(array);
  if (ord === Number.POSITIVE_INFINITY) return amax(sizes, options);
  if (ord === Number.NEGATIVE_INFINITY) return amin(sizes, options);
  if (ord === 0) return sum(notEqual(array, 0).astype(sizes.dtype), options);
  if (ord === 1) return sum(sizes, options);
  return power(sum(power(sizes, ord), options), 1 / ord);
}

function matrixNorm(
  array: NDArray,
  ord: number | string | null,
  [rows, columns]: readonly [number, number],
  keepdims: boolean,
): NDArray {
  if (ord === null || ord === "fro") return sqrt(sum(squares(array), { axis: [rows, columns], keepdims }));
  if (typeof ord === "string" || ![1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].includes(ord)) {
    throw new ValueError(`Invalid norm order for matrices: ${ord} needs singular values`);
  }
  const [within, across] = Math.abs(ord) === 1 ? [rows, columns] : [columns, rows];
  const sums = sum(absolute(array), { axis: within, keepdims: true });
  const extreme = (ord > 0 ? amax : amin)(sums, { axis: across, keepdims: true });
  return keepdims ? extreme : extreme.squeeze([rows, columns]);
}

/** A square matrix multiplied by itself so many times (`numpy.linalg.matrix_power`). */
function matrixPower(a: ArrayLike, n: number): NDArray {
  const array = asArray(a);
  if (n < 0) throw new ValueError("matrix_power: negative powers need an inverse, which is not here");
  const identity = multiply(
    eye(array.shape[array.ndim - 1]!, { dtype: array.dtype }),
    asArray(1).astype(array.dtype),
  );
  let result = identity;
  let factor = array;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = matmul(result, factor);
    factor = matmul(factor, factor);
  }
  return result;
}

/** `numpy.linalg` */
export const linalg: { readonly norm: typeof norm; readonly matrixPower: typeof matrixPower } = {
  norm,
  matrixPower,
};
