// torch.nn.utils.parametrizations.orthogonal: matrices with orthonormal columns or rows, as exponentials, Cayley
// transforms or products of reflections (Lezcano-Casado, 2019; reflectors as LAPACK's geqrf has them).

import { NotImplementedError, ValueError } from "../../../core/errors.ts";
import type { Shape } from "../../../core/layout.ts";
import { eye, zeros, zerosLike } from "../../creation.ts";
import { sizeText } from "../../errors.ts";
import { matrixExp } from "../../factors.ts";
import { tensor } from "../../interop.ts";
import { finfo } from "../../limits.ts";
import { solve } from "../../linalg/systems.ts";
import { randn } from "../../random.ts";
import { cat, stack } from "../../stacking.ts";
import { noGrad } from "../../tape.ts";
import { Tensor } from "../../tensor.ts";
import { Module } from "../module.ts";
import { registerParametrization } from "./parametrize.ts";

/** How a matrix without constraints becomes an orthogonal one. */
export type OrthogonalMap = "matrix_exp" | "cayley" | "householder";

/** Reflectors below the diagonal, the triangular factor above, and the reflectors' factors: geqrf of [..., n, k]. */
function reflectors(input: Tensor): readonly [Tensor, Tensor] {
  if (input.ndim > 2) {
    const pairs = input.unbind(0).map(reflectors);
    return [stack(pairs.map(([factors]) => factors)), stack(pairs.map(([, taus]) => taus))];
  }
  const rows = input.double().tolist() as number[][];
  const taus = Array.from({ length: input.shape[1]! }, (_, column) => reflect(rows, column));
  const { dtype } = input;
  return [tensor(rows, { dtype }), tensor(taus, { dtype })];
}

/** Makes a column zero below the diagonal by a reflection of all columns from there on. @returns the factor tau */
function reflect(rows: number[][], column: number): number {
  const below = rows.slice(column + 1);
  const length = Math.hypot(...below.map((row) => row[column]!));
  if (length === 0) return 0;
  const pivot = rows[column]!;
  const alpha = pivot[column]!;
  const beta = alpha < 0 ? Math.hypot(alpha, length) : -Math.hypot(alpha, length);
  const tau = (beta - alpha) / beta;
  for (const row of below) row[column]! /= alpha - beta;
  for (let j = column + 1; j < pivot.length; j++) {
    const share = tau * below.reduce((sum, row) => sum + row[column]! * row[j]!, pivot[j]!);
    pivot[j]! -= share;
    for (const row of below) row[j]! -= share * row[column]!;
  }
  pivot[column] = beta;
  return tau;
}

/** The first columns of the product of reflections: householder_product of [..., n, k] and [..., k]. */
function reflectionProduct(factors: Tensor, taus: Tensor): Tensor {
  const [n, k] = factors.shape.slice(-2) as [number, number];
  const identity = eye(n, k, { dtype: factors.dtype });
  const vectors = factors.tril(-1).add(identity);
  let product = identity.expand(...factors.shape);
  for (let i = k - 1; i >= 0; i--) {
    const vector = vectors.narrow(-1, i, 1);
    const tau = taus.narrow(-1, i, 1).unsqueeze(-1);
    product = product.sub(vector.mul(tau).matmul(vector.mT.matmul(product)));
  }
  return product;
}

/** The orthogonal factor of a matrix, with the signs that make the triangular one positive. */
function orthogonalFactor(input: Tensor): Tensor {
  const [factors, taus] = reflectors(input);
  return reflectionProduct(factors, taus).mul(diagonalOf(factors).sgn().unsqueeze(-2));
}

function diagonalOf(matrix: Tensor): Tensor {
  return matrix.diagonal(0, -2, -1);
}

/** True iff the columns are orthonormal within rounding. */
function isOrthogonal(matrix: Tensor): boolean {
  const [n, k] = matrix.shape.slice(-2) as [number, number];
  const identity = eye(k, { dtype: matrix.dtype });
  const limit = identity.mul(1e-5).add(10 * n * Number(finfo(matrix.dtype).eps));
  return matrix.mT.matmul(matrix).sub(identity).abs().le(limit).all().item() === true;
}

/** The parametrization: from any matrix to one with orthonormal columns, or rows where there are more columns. */
class _Orthogonal extends Module {
  readonly shape: Shape;
  readonly orthogonalMap: OrthogonalMap;
  /** Whether the result is a turn of `base`, so that it may be assigned. */
  private readonly hasBase: boolean;
  declare base: Tensor | null;

  constructor(weight: Tensor, orthogonalMap: OrthogonalMap, useTrivialization: boolean) {
    super();
    if (weight.dtype.isComplex && orthogonalMap === "householder")
      throw new ValueError("The householder parametrization does not support complex tensors.");
    if (weight.dtype.isComplex)
      throw new NotImplementedError(`orthogonal: ${weight.dtype.name} weights are not supported`);
    this.shape = weight.shape;
    this.orthogonalMap = orthogonalMap;
    this.hasBase = useTrivialization;
    if (useTrivialization) this.registerBuffer("base", null);
  }

  override forward(input: Tensor): Tensor {
    const [rows, columns] = input.shape.slice(-2) as [number, number];
    const isWide = rows < columns;
    const tall = isWide ? input.mT : input;
    const free = this.orthogonalMap === "householder" ? this.reflected(tall) : this.turned(tall);
    const result = this.hasBase ? this.base!.matmul(free) : free;
    return isWide ? result.mT : result;
  }

  /** By an exponential or a Cayley transform of a skew-symmetric matrix. */
  private turned(tall: Tensor): Tensor {
    const [n, k] = tall.shape.slice(-2) as [number, number];
    const { dtype } = tall;
    const lower = tall.tril();
    const batch = tall.shape.slice(0, -2);
    const square = n === k ? lower : cat([lower, zeros([...batch, n, n - k], { dtype })], -1);
    const skew = square.sub(square.mT);
    const identity = eye(n, { dtype });
    const turn =
      this.orthogonalMap === "matrix_exp"
        ? matrixExp(skew)
        : solve(identity.sub(skew.mul(0.5)), identity.add(skew.mul(0.5)));
    return n === k ? turn : turn.narrow(-1, 0, k);
  }

  /** By the reflections whose vectors stand below the diagonal. */
  private reflected(tall: Tensor): Tensor {
    const vectors = tall.tril(-1);
    const taus = vectors.mul(vectors).sum(-2).add(1).reciprocal().mul(2);
    return reflectionProduct(vectors, taus).mul(diagonalOf(tall).int().unsqueeze(-2));
  }

  rightInverse(value: Tensor): Tensor {
    if (sizeText(value.shape) !== sizeText(this.shape)) {
      throw new ValueError(
        `Expected a matrix or batch of matrices of shape ${sizeText(this.shape)}. Got a tensor of shape ${sizeText(value.shape)}.`,
      );
    }
    return noGrad(() => (this.hasBase ? this.fromBase(value) : this.withoutBase(value)));
  }

  private withoutBase(value: Tensor): Tensor {
    if (this.orthogonalMap !== "householder") {
      throw new NotImplementedError(
        "It is not possible to assign to the matrix exponential or the Cayley parametrizations when use_trivialization=False.",
      );
    }
    const isWide = value.shape.at(-2)! < value.shape.at(-1)!;
    const [factors, taus] = reflectors(isWide ? value.mT : value);
    const signs = diagonalOf(factors).sign();
    diagonalOf(factors).copy_(signs.mul(taus.ne(0).mul(2).sub(1)));
    return isWide ? factors.mT : factors;
  }

  /** Keeps the value as the base, which the identity, as it is computed from what is given back, leaves as it is. */
  private fromBase(value: Tensor): Tensor {
    const isWide = value.shape.at(-2)! < value.shape.at(-1)!;
    const tall = isWide ? value.mT : value;
    const [n, k] = tall.shape.slice(-2) as [number, number];
    if (n === k) this.base = isOrthogonal(tall) ? tall.clone() : orthogonalFactor(tall);
    else {
      const more = randn(...tall.shape.slice(0, -2), n, n - k, { dtype: tall.dtype });
      this.base = orthogonalFactor(cat([tall, more], -1));
    }
    const result = zerosLike(value);
    diagonalOf(result).fill_(-1);
    return result;
  }
}

/** What `orthogonal` takes by name. */
export interface OrthogonalOptions {
  readonly name?: string;
  /** Null: the exponential for square matrices, else reflections. */
  readonly orthogonalMap?: OrthogonalMap | null;
  /** Whether the matrix may be assigned, at the cost of a matrix more that is kept. */
  readonly useTrivialization?: boolean;
}

/**
 * Computes a parameter as a matrix with orthonormal columns, or rows where it has more columns
 * (torch.nn.utils.parametrizations.orthogonal).
 * @throws ValueError for what is no matrix or batch of matrices, and for an unknown map
 */
export function orthogonal<M extends Module>(
  module: M,
  name: string | OrthogonalOptions = "weight",
  orthogonalMap: OrthogonalMap | null | OrthogonalOptions = null,
  options: OrthogonalOptions = {},
): M {
  const settings: OrthogonalOptions = {
    ...(typeof name === "string" ? { name } : name),
    ...(typeof orthogonalMap === "string" ? { orthogonalMap } : orthogonalMap),
    ...options,
  };
  const place = settings.name ?? "weight";
  const weight = (module as unknown as Record<string, unknown>)[place];
  if (!(weight instanceof Tensor))
    throw new ValueError(`Module '${module}' has no parameter or buffer with name '${place}'`);
  if (weight.ndim < 2) {
    throw new ValueError(
      `Expected a matrix or batch of matrices. Got a tensor of ${weight.ndim} dimensions.`,
    );
  }
  const isSquare = weight.shape.at(-2) === weight.shape.at(-1) || weight.dtype.isComplex;
  const map = settings.orthogonalMap ?? (isSquare ? "matrix_exp" : "householder");
  if (!["matrix_exp", "cayley", "householder"].includes(map)) {
    throw new ValueError(
      `orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: ${map}`,
    );
  }
  const parametrization = new _Orthogonal(weight, map, settings.useTrivialization ?? true);
  return registerParametrization(module, place, parametrization, { unsafe: true });
}
