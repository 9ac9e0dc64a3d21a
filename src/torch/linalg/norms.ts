// `torch.linalg`: norms of vectors and matrices, and condition numbers (ATen/native/LinearAlgebra.cpp).

import { bind, type Signature } from "../../core/arguments.ts";
import { PythonTypeError, RuntimeError } from "../../core/errors.ts";
import { wrapDim } from "../dims.ts";
import type { DtypeLike } from "../dtypes.ts";
import { typeName } from "../errors.ts";
import { into } from "../in-place.ts";
import type { Numeric } from "../nn/text.ts";
import { named } from "../node.ts";
import type { Dims } from "../reduction-arguments.ts";
import type { Tensor } from "../tensor.ts";
import { checkFloating, checkMatrix, checkSquare } from "./checks.ts";
import { singularValues } from "./spectra.ts";
import { inverseAndInfo } from "./systems.ts";
import { inNormType, orderText, vectorNormOf } from "./vector-norms.ts";

/** What norms take by name. */
export interface NormOptions {
  readonly ord?: Numeric | string | null;
  readonly dim?: Dims;
  readonly keepdim?: boolean;
  readonly dtype?: DtypeLike | null;
  readonly out?: Tensor | null;
}

type NormBound = Required<NormOptions>;

function orderOf(order: Numeric | string): number | string {
  return typeof order === "string" ? order : Number(order);
}

const normNames = ["ord", "dim", "keepdim"] as const;
type NormArguments = Signature<[ord?: Numeric | string | null, dim?: Dims, keepdim?: boolean], NormOptions>;

/** The p-norm of all elements, or along axes: (sum |x|^ord)^(1/ord); 2 where none is given. */
export function vectorNorm(x: Tensor, ...args: NormArguments): Tensor {
  const { ord, dim, keepdim, dtype, out } = bind<NormBound>("linalg_vector_norm", normNames, args, {
    ord: 2,
    dim: null,
    keepdim: false,
    dtype: null,
    out: null,
  });
  if (ord === null || typeof ord === "string") {
    throw new PythonTypeError(
      `linalg_vector_norm(): argument 'ord' (position 2) must be Number, not ${typeName(ord)}`,
    );
  }
  return into(vectorNormOf(x, Number(ord), dim, keepdim, dtype), out, "linalg_vector_norm", [x]);
}

function matrixAxes(input: Tensor, dim: Dims): readonly [number, number] {
  const dims = typeof dim === "number" ? [dim] : (dim ?? []);
  if (dims.length !== 2) {
    throw new RuntimeError(`linalg.matrix_norm: dim must be a 2-tuple. Got ${dims.join(" ")}`);
  }
  const [rows, columns] = dims.map((each) => wrapDim(each, input.ndim)) as [number, number];
  if (rows === columns) {
    throw new RuntimeError(`linalg.matrix_norm: dims must be different. Got (${dims[0]}, ${dims[1]})`);
  }
  return [rows, columns];
}

/** A matrix norm over two axes. */
export function matrixNormOf(
  input: Tensor,
  order: number | string,
  dim: Dims,
  keepdim: boolean,
  dtype: DtypeLike | null,
): Tensor {
  checkMatrix("linalg.matrix_norm", input);
  const [rows, columns] = matrixAxes(input, dim);
  const size = typeof order === "number" ? Math.abs(order) : order;
  if (size === "fro") {
    checkFloating("linalg.matrix_norm", input, true);
    const source = inNormType("linalg.matrix_norm", input, dtype);
    return vectorNormOf(source, 2, [rows, columns], keepdim, null);
  }
  if (![1, 2, Number.POSITIVE_INFINITY, "nuc"].includes(size)) {
    throw new RuntimeError(`linalg.matrix_norm: Order ${orderText(order)} not supported.`);
  }
  checkFloating("linalg.matrix_norm", input);
  const source = inNormType("linalg.matrix_norm", input, dtype);
  if (size === 2 || size === "nuc") {
    const values = singularValues(source.movedim([rows, columns], [-2, -1]));
    const result =
      order === "nuc"
        ? values.sum(-1)
        : order === -2
          ? extremeOf(values, -1, false)
          : extremeOf(values, -1, true);
    if (!keepdim) return result;
    return [rows, columns].sort((a, b) => a - b).reduce((value, axis) => value.unsqueeze(axis), result);
  }
  const [within, across] = size === 1 ? [rows, columns] : [columns, rows];
  const sums = vectorNormOf(source, 1, within, true, null);
  const result = extremeOf(sums, across, (order as number) > 0, true);
  return keepdim ? result : result.squeeze([rows, columns]);
}

/** The largest or smallest along an axis; the largest of nothing is 0. */
function extremeOf(values: Tensor, axis: number, isLargest: boolean, keepdim = false): Tensor {
  if (!isLargest) return values.amin(axis, keepdim);
  return values.shape.at(axis) === 0 ? values.sum(axis, keepdim) : values.amax(axis, keepdim);
}

/** "fro", "nuc", or 1, 2, infinity and their negatives, over two axes. */
export function matrixNorm(A: Tensor, ...args: NormArguments): Tensor {
  const { ord, dim, keepdim, dtype, out } = bind<NormBound>("linalg_matrix_norm", normNames, args, {
    ord: "fro",
    dim: [-2, -1],
    keepdim: false,
    dtype: null,
    out: null,
  });
  return into(matrixNormOf(A, orderOf(ord!), dim, keepdim, dtype), out, "linalg_matrix_norm", [A]);
}

/** `vectorNorm` or `matrixNorm`, as the axes (or the number of axes of A) say; the 2-norm of all where no order is given. */
export function norm(A: Tensor, ...args: NormArguments): Tensor {
  const { ord, dim, keepdim, dtype, out } = bind<NormBound>("linalg_norm", normNames, args, {
    ord: null,
    dim: null,
    keepdim: false,
    dtype: null,
    out: null,
  });
  const dims = typeof dim === "number" ? [dim] : dim;
  if (dims !== null && dims.length !== 1 && dims.length !== 2) {
    throw new RuntimeError(
      `linalg.norm: If dim is specified, it must be of length 1 or 2. Got [${dims.join(", ")}]`,
    );
  }
  if (dims === null && ord !== null && A.ndim !== 1 && A.ndim !== 2) {
    throw new RuntimeError(
      `linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got ${A.ndim}D.`,
    );
  }
  const isMatrix = typeof ord === "string" || (ord !== null && (dims === null ? A.ndim : dims.length) === 2);
  const result = isMatrix
    ? matrixNormOf(A, orderOf(ord!), dims ?? [0, 1], keepdim, dtype)
    : vectorNormOf(A, Number(ord ?? 2), dims, keepdim, dtype);
  return into(result, out, "linalg_norm", [A]);
}

/** The condition number: the norm times the inverse's; for 2 (taken where none is given) and -2 by singular values. */
export function cond(
  A: Tensor,
  ...args: Signature<[p?: Numeric | string | null], { readonly p?: Numeric | string | null }>
): Tensor {
  const bound = bind<{ readonly p: Numeric | string | null }>("linalg_cond", ["p"], args, { p: null });
  const p = bound.p === null ? null : orderOf(bound.p);
  if (A.ndim < 2) throw new RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.");
  if (typeof p === "string" && p !== "fro" && p !== "nuc") {
    throw new RuntimeError(`linalg.cond got an invalid norm type: ${p}`);
  }
  if (p === null || p === 2 || p === -2) {
    checkFloating("linalg.svd", A, true);
    const values = singularValues(A);
    const count = values.shape.at(-1)!;
    if (count === 0) return values.sum(-1);
    const [largest, smallest] = [values.select(-1, 0), values.select(-1, count - 1)];
    return p === -2 ? smallest.div(largest) : largest.div(smallest);
  }
  checkSquare(`linalg.cond(ord=${orderText(p)})`, A);
  if (A.layout.size === 0) return matrixNormOf(A, "fro", [-2, -1], false, null);
  if (p === "nuc") {
    const values = singularValues(A);
    return values.sum(-1).mul(values.reciprocal().sum(-1));
  }
  const [inverse, info] = inverseAndInfo("linalg.inv", A);
  const whole = inverse.maskedFill(info.ne(0).unsqueeze(-1).unsqueeze(-1), Number.POSITIVE_INFINITY);
  const size = (tensor: Tensor): Tensor => matrixNormOf(tensor, p, [-2, -1], false, null);
  return named(size(A).mul(size(whole)), "MulBackward0");
}
