// `numpy.linalg`: norms of vectors and matrices.

import { bind, type Signature } from "../../core/arguments.ts";
import { float64 } from "../../core/dtype.ts";
import { PythonTypeError, ValueError } from "../../core/errors.ts";
import { normalizeAxis } from "../axes.ts";
import { asArray } from "../make.ts";
import type { NDArray } from "../ndarray.ts";
import { amax, amin, sum } from "../reductions.ts";
import type { ArrayLike, Axes } from "../types.ts";
import { absolute, add, notEqual, power, sqrt, square } from "../ufuncs.ts";
import { moveaxis } from "../views.ts";
import { singularValues } from "./spectra.ts";

type NormOrder = number | string | null;

interface NormOptions {
  readonly ord: NormOrder;
  readonly axis: Axes | null;
  readonly keepdims: boolean;
}

/** A vector's norm along one axis, or a matrix's over two (`numpy.linalg.norm`); of all elements where no order is given. */
export function norm(
  x: ArrayLike,
  ...args: Signature<[ord: NormOrder, axis: Axes | null, keepdims: boolean], Partial<NormOptions>>
): NDArray {
  const { ord, axis, keepdims } = bind<NormOptions>("norm", ["ord", "axis", "keepdims"], args, {
    ord: null,
    axis: null,
    keepdims: false,
  });
  return normOf(asArray(x), ord, axis, keepdims);
}

/** `norm` of an array. */
export function normOf(given: NDArray, ord: NormOrder, axis: Axes | null, keepdims: boolean): NDArray {
  const isExact = given.dtype.isInteger || given.dtype.kind === "bool";
  const array = isExact ? given.astype(float64) : given;
  const { ndim } = array;
  const isEuclidean =
    ord === null || ((ord === "fro" || ord === "f") && ndim === 2) || (ord === 2 && ndim === 1);
  if (axis === null && isEuclidean) return sqrt(sum(squares(array), { axis: null, keepdims }));
  const axes = axesOf(axis, ndim);
  if (axes.length === 1) return alongAxis(array, ord, axes[0]!, keepdims);
  if (axes.length === 2) return overAxes(array, ord, axes as [number, number], keepdims);
  throw new ValueError("Improper number of dimensions to norm.");
}

function axesOf(axis: Axes | null, ndim: number): number[] {
  if (axis === null) return Array.from({ length: ndim }, (_, each) => each);
  if (typeof axis === "number" && !Number.isInteger(axis)) return [normalizeAxis(Math.trunc(axis), ndim)];
  if (typeof axis !== "number" && !Array.isArray(axis)) {
    throw new PythonTypeError("'axis' must be None, an integer or a tuple of integers");
  }
  const axes = typeof axis === "number" ? [axis] : axis;
  if (axes.length > 2) throw new ValueError("Improper number of dimensions to norm.");
  return axes.map((each) => normalizeAxis(each, ndim));
}

/** |x|^2, real. */
function squares(array: NDArray): NDArray {
  return array.dtype.isComplex ? add(square(array.real), square(array.imag)) : square(array);
}

function alongAxis(array: NDArray, ord: NormOrder, axis: number, keepdims: boolean): NDArray {
  const options = { axis, keepdims };
  if (ord === null || ord === 2) return sqrt(sum(squares(array), options));
  if (typeof ord === "string") throw new ValueError(`Invalid norm order '${ord}' for vectors`);
  const sizes = absolute(array);
  if (ord === Number.POSITIVE_INFINITY) {
    return array.shape[axis] === 0 ? sum(sizes, options) : amax(sizes, options);
  }
  if (ord === Number.NEGATIVE_INFINITY) return amin(sizes, options);
  if (ord === 0) return sum(notEqual(array, 0).astype(sizes.dtype), options);
  if (ord === 1) return sum(sizes, options);
  return power(sum(power(sizes, ord), options), 1 / ord);
}

function overAxes(
  array: NDArray,
  ord: NormOrder,
  [rows, columns]: readonly [number, number],
  keepdims: boolean,
): NDArray {
  if (rows === columns) throw new ValueError("Duplicate axes given.");
  if (ord === null || ord === "fro" || ord === "f")
    return sqrt(sum(squares(array), { axis: [rows, columns], keepdims }));
  if (ord === 2 || ord === -2 || ord === "nuc") {
    const values = singularValues(moveaxis(array, [rows, columns], [-2, -1]));
    const axis = -1;
    const result =
      ord === "nuc" || (ord === 2 && values.shape.at(-1) === 0)
        ? sum(values, { axis })
        : (ord === 2 ? amax : amin)(values, { axis });
    if (!keepdims) return result;
    return result.reshape(
      array.shape.map((length, each) => (each === rows || each === columns ? 1 : length)),
    );
  }
  const size = typeof ord === "number" ? Math.abs(ord) : ord;
  if (size !== 1 && size !== Number.POSITIVE_INFINITY) {
    throw new ValueError("Invalid norm order for matrices.");
  }
  const [within, across] = size === 1 ? [rows, columns] : [columns, rows];
  const sums = sum(absolute(array), { axis: within, keepdims: true });
  const isLargest = (ord as number) > 0;
  const extreme =
    isLargest && sums.shape[across] === 0
      ? sum(sums, { axis: across, keepdims: true })
      : (isLargest ? amax : amin)(sums, { axis: across, keepdims: true });
  return keepdims ? extreme : extreme.squeeze([rows, columns]);
}

interface VectorNormOptions {
  readonly axis: Axes | null;
  readonly keepdims: boolean;
  readonly ord: number;
}

/** The norm of all elements as one vector, or along axes (`numpy.linalg.vector_norm`). */
export function vectorNorm(x: ArrayLike, ...args: Signature<[], Partial<VectorNormOptions>>): NDArray {
  const { axis, keepdims, ord } = bind<VectorNormOptions>("vector_norm", [], args, {
    axis: null,
    keepdims: false,
    ord: 2,
  });
  const array = asArray(x);
  if (typeof axis === "number") return normOf(array, ord, axis, keepdims);
  const axes =
    axis === null ? array.shape.map((_, each) => each) : axis.map((each) => normalizeAxis(each, array.ndim));
  const rest = array.shape.map((_, each) => each).filter((each) => !axes.includes(each));
  const lengths = rest.map((each) => array.shape[each]!);
  const count = axes.reduce((size, each) => size * array.shape[each]!, 1);
  const flat = array.transpose([...axes, ...rest]).reshape([count, ...lengths]);
  const result = normOf(flat, ord, 0, false);
  if (!keepdims) return result;
  return result.reshape(array.shape.map((length, each) => (axes.includes(each) ? 1 : length)));
}

interface MatrixNormOptions {
  readonly keepdims: boolean;
  readonly ord: NormOrder;
}

/** The norm of the matrices of the last two axes (`numpy.linalg.matrix_norm`). */
export function matrixNorm(x: ArrayLike, ...args: Signature<[], Partial<MatrixNormOptions>>): NDArray {
  const { keepdims, ord } = bind<MatrixNormOptions>("matrix_norm", [], args, { keepdims: false, ord: "fro" });
  return normOf(asArray(x), ord, [-2, -1], keepdims);
}
