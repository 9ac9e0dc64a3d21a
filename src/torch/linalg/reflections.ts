// Householder's reflections as LAPACK keeps them: below the diagonal of a matrix, with a factor for each.

import { bind, type Signature } from "../../core/arguments.ts";
import { RuntimeError } from "../../core/errors.ts";
import { decompositions as ops } from "../../devices/families/decompositions.ts";
import { eye } from "../creation.ts";
import { scalarTypeName } from "../errors.ts";
import { type NamedResults, namedResults } from "../named-results.ts";
import { named } from "../node.ts";
import { run, runAll } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { checkLapackType } from "./checks.ts";

/** R on and above the diagonal, the reflections below it, and their factors (`torch.geqrf`). */
export function geqrf(input: Tensor): NamedResults<readonly ["a", "tau"]> {
  if (input.ndim < 2) throw new RuntimeError("torch.geqrf: input must have at least 2 dimensions.");
  checkLapackType("geqrf_cpu", input);
  const [a, tau] = runAll(ops.householder, [input.detach()], undefined) as unknown as readonly [
    Tensor,
    Tensor,
  ];
  return namedResults(["a", "tau"], [a, tau]);
}

/** H1 H2 ... Hk times a matrix, or the adjoint of the product. */
function reflected(reflections: Tensor, tau: Tensor, matrix: Tensor, isAdjoint: boolean): Tensor {
  const [rows, count] = [reflections.shape.at(-2)!, tau.shape.at(-1)!];
  const below = run(ops.bandPart, [reflections.narrow(-1, 0, count)], {
    low: Number.NEGATIVE_INFINITY,
    high: -1,
  });
  const vectors = below.add(eye(rows, count, { dtype: reflections.dtype }));
  const factors = isAdjoint ? tau.conj() : tau;
  let result = matrix;
  for (let i = 0; i < count; i++) {
    const k = isAdjoint ? i : count - 1 - i;
    const v = vectors.narrow(-1, k, 1);
    const along = v.mH.matmul(result);
    result = result.sub(v.mul(factors.narrow(-1, k, 1).unsqueeze(-1)).matmul(along));
  }
  return result;
}

function checkReflections(caller: string, A: Tensor, tau: Tensor): void {
  if (A.ndim < 2) throw new RuntimeError(`${caller}: input must have at least 2 dimensions.`);
  const [rows, columns] = [A.shape.at(-2)!, A.shape.at(-1)!];
  if (rows < columns) {
    throw new RuntimeError(`${caller}: input.shape[-2] must be greater than or equal to input.shape[-1]`);
  }
  if (columns < tau.shape.at(-1)!) {
    throw new RuntimeError(`${caller}: input.shape[-1] must be greater than or equal to tau.shape[-1]`);
  }
  if (A.dtype !== tau.dtype) {
    const [held, wanted] = [scalarTypeName(tau.dtype), scalarTypeName(A.dtype)];
    throw new RuntimeError(`${caller}: tau dtype ${held} does not match input dtype ${wanted}`);
  }
  checkLapackType("orgqr_cpu", A);
}

/** The first columns of Q = H1 H2 ... Hk (`torch.linalg.householder_product`). */
export function householderProduct(A: Tensor, tau: Tensor): Tensor {
  checkReflections("torch.linalg.householder_product", A, tau);
  const identity = eye(A.shape.at(-2)!, A.shape.at(-1)!, { dtype: A.dtype }).expand(A.shape);
  return named(reflected(A, tau, identity, false), "LinalgHouseholderProductBackward0");
}

/** `torch.linalg.householder_product` under its LAPACK name. */
export function orgqr(input: Tensor, tau: Tensor): Tensor {
  return householderProduct(input, tau);
}

interface OrmqrOptions {
  readonly left?: boolean;
  readonly transpose?: boolean;
}

/** Q C, or C Q (`left: false`), of the whole Q = H1 H2 ... Hk; with `transpose` its adjoint in Q's place. */
export function ormqr(
  input: Tensor,
  ...args: Signature<[tau: Tensor, other: Tensor, left?: boolean, transpose?: boolean], OrmqrOptions>
): Tensor {
  type Bound = Required<OrmqrOptions> & { readonly tau: Tensor; readonly other: Tensor };
  const { tau, other, left, transpose } = bind<Bound>("ormqr", ["tau", "other", "left", "transpose"], args, {
    left: true,
    transpose: false,
  });
  checkLapackType("ormqr_cpu", input);
  const result = left
    ? reflected(input, tau, other, transpose)
    : reflected(input, tau, other.mH, !transpose).mH;
  return named(result, "OrmqrBackward0");
}
