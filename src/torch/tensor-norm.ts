// The norm of a tensor: of all elements or along axes.

import { bind, type Signature } from "../core/arguments.ts";
import { RuntimeError } from "../core/errors.ts";
import { allAxes } from "./dims.ts";
import type { DtypeLike } from "./dtypes.ts";
import { into } from "./in-place.ts";
import type { matrixNormOf } from "./linalg/norms.ts";
import { vectorNormOf } from "./linalg/vector-norms.ts";
import type { Numeric } from "./nn/text.ts";
import type { Dims } from "./reduction-arguments.ts";
import type { Tensor } from "./tensor.ts";

type MatrixNorm = typeof matrixNormOf;

/** What `norm` takes by name. */
export interface NormOptions {
  readonly p?: Numeric | string | null;
  readonly dim?: Dims;
  readonly keepdim?: boolean;
  readonly out?: Tensor | null;
  readonly dtype?: DtypeLike | null;
}

/** Arguments of `norm` behind the tensor. */
export type NormArguments = Signature<
  [p?: Numeric | string | null, dim?: Dims, keepdim?: boolean, out?: Tensor | null, dtype?: DtypeLike | null],
  NormOptions
>;

/** `norm`, given what computes a matrix norm. */
export function normOf(matrixNormOf: MatrixNorm, input: Tensor, args: NormArguments): Tensor {
  const names = ["p", "dim", "keepdim", "out", "dtype"] as const;
  const { p, dim, keepdim, out, dtype } = bind<Required<NormOptions>>("norm", names, args, {
    p: "fro",
    dim: null,
    keepdim: false,
    out: null,
    dtype: null,
  });
  const isMatrix = typeof p === "string" && (p !== "fro" || (Array.isArray(dim) && dim.length > 2));
  const result = isMatrix
    ? matrixNormOf(input, p, dim ?? allAxes(input.ndim), keepdim, dtype)
    : vectorNormOf(input, p === null || typeof p === "string" ? 2 : Number(p), dim, keepdim, dtype);
  return into(result, out, "norm", [input]);
}

const noMatrixNorm: MatrixNorm = (_, order) => {
  throw new RuntimeError(
    `norm: the order ${order} needs linear algebra, which weightbridge/torch/core leaves to functions: call norm(x, ...), ` +
      "or import weightbridge/torch.",
  );
};

/** The norm as a method, where no matrix norm is asked for. @throws RuntimeError where one is */
export function plainNorm(input: Tensor, ...args: NormArguments): Tensor {
  return normOf(noMatrixNorm, input, args);
}
