// `torch.linalg`: inverses, determinants, systems of equations and the factors that solve them.

import { bind, type Signature } from "../../core/arguments.ts";
import { int32 } from "../../core/dtype.ts";
import { elements } from "../../core/elements.ts";
import { RuntimeError } from "../../core/errors.ts";
import { broadcastShapes } from "../../core/layout.ts";
import { decompositions as ops } from "../../devices/families/decompositions.ts";
import type { TriangleAttributes } from "../../ops/decompositions.ts";
import { eye } from "../creation.ts";
import { type NamedResults, namedResults } from "../named-results.ts";
import { named } from "../node.ts";
import { broadcastError, run, runAll } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import {
  checkEquation,
  checkFloating,
  checkInfo,
  checkLapackType,
  checkMatrix,
  checkSameType,
  checkSquare,
  indefiniteMessage,
  singularMessage,
} from "./checks.ts";

/** The adjoint: a view that is transposed and, where complex, read as conjugate. */
export function adjointView(tensor: Tensor): Tensor {
  return tensor.transpose(-2, -1).conj();
}

interface CheckOptions {
  readonly checkErrors?: boolean;
}

/** The inverse, without a look at whether there is one. @param caller PyTorch's name of the function */
export function inverseAndInfo(caller: string, input: Tensor): readonly [inverse: Tensor, info: Tensor] {
  checkSquare(caller, input);
  checkFloating(caller, input);
  return runAll(ops.inverse, [input], undefined) as unknown as readonly [Tensor, Tensor];
}

/** The inverse. @throws LinAlgError for a singular matrix */
export function inv(A: Tensor): Tensor {
  return inverseFor("linalg.inv", A);
}

/** `inv` under the name that an error has. */
export function inverseFor(caller: string, input: Tensor): Tensor {
  const [inverse, info] = inverseAndInfo("linalg.inv", input);
  checkInfo(caller, info, singularMessage);
  return inverse;
}

/** The inverse, and for each matrix the place of the first zero among the pivots (0 where there is none). */
export function invEx(
  A: Tensor,
  ...args: Signature<[], CheckOptions>
): NamedResults<readonly ["inverse", "info"]> {
  const { checkErrors } = bind<Required<CheckOptions>>("linalg_inv_ex", [], args, { checkErrors: false });
  const [inverse, info] = inverseAndInfo("linalg.inv", A);
  if (checkErrors) checkInfo("linalg.inv_ex", info, singularMessage);
  return namedResults(["inverse", "info"], [inverse, info]);
}

/** The determinant. */
export function det(A: Tensor): Tensor {
  checkSquare("linalg.det", A);
  checkFloating("linalg.det", A, true);
  checkLapackType("lu_cpu", A);
  return run(ops.determinant, [A], undefined);
}

/** The determinant's sign (of modulus 1) and the logarithm of its size. */
export function slogdet(A: Tensor): NamedResults<readonly ["sign", "logabsdet"]> {
  checkSquare("linalg.slogdet", A);
  checkFloating("linalg.slogdet", A);
  const [sign, logabsdet] = runAll(ops.slogdet, [A], undefined) as unknown as readonly [Tensor, Tensor];
  return namedResults(["sign", "logabsdet"], [sign, logabsdet]);
}

interface UpperOptions {
  readonly upper?: boolean;
}

/** Cholesky's factor, without a look at whether there is one. */
export function choleskyAndInfo(caller: string, input: Tensor, upper: boolean): readonly [Tensor, Tensor] {
  checkSquare(caller, input);
  checkFloating(caller, input, true);
  checkLapackType("cholesky_cpu", input);
  const source = upper ? adjointView(input) : input;
  const [factor, info] = runAll(ops.cholesky, [source], undefined) as unknown as readonly [Tensor, Tensor];
  return [upper ? adjointView(factor) : factor, info];
}

/** Cholesky's factor under the name that an error has. */
export function choleskyFor(caller: string, input: Tensor, upper: boolean): Tensor {
  const [factor, info] = choleskyAndInfo(caller, input, upper);
  checkInfo(caller, info, indefiniteMessage);
  return factor;
}

/**
 * The lower factor L of a positive definite matrix L L^H, of which one triangle is read; or the upper one, U^H U.
 * @throws LinAlgError for a matrix that is not positive definite
 */
export function cholesky(A: Tensor, ...args: Signature<[], UpperOptions>): Tensor {
  const { upper } = bind<Required<UpperOptions>>("linalg_cholesky", [], args, { upper: false });
  return choleskyFor("linalg.cholesky", A, upper);
}

/** `cholesky`, and for each matrix the order of the leading minor that is not positive definite (0: none). */
export function choleskyEx(
  A: Tensor,
  ...args: Signature<[], UpperOptions & CheckOptions>
): NamedResults<readonly ["L", "info"]> {
  const { upper, checkErrors } = bind<Required<UpperOptions & CheckOptions>>("linalg_cholesky_ex", [], args, {
    upper: false,
    checkErrors: false,
  });
  const [factor, info] = choleskyAndInfo("linalg.cholesky", A, upper);
  if (checkErrors) checkInfo("linalg.cholesky_ex", info, indefiniteMessage);
  return namedResults(["L", "info"], [factor, info]);
}

interface LeftOptions {
  readonly left?: boolean;
}

function checkBatches(a: Tensor, b: Tensor): void {
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  if (broadcastShapes([batchA, batchB]) === undefined) throw broadcastError(batchB, batchA);
}

/** True iff B holds vectors, one for each matrix of A. */
function holdsVectors(a: Tensor, b: Tensor): boolean {
  const expected = a.shape.slice(0, -1);
  return (
    b.ndim === 1 || (a.ndim - 1 === b.ndim && expected.every((length, axis) => length === b.shape[axis]))
  );
}

function solved(A: Tensor, B: Tensor, left: boolean): readonly [result: Tensor, info: Tensor] {
  checkSquare("linalg.solve", A);
  checkFloating("linalg.solve", A, true);
  checkSameType("linalg.solve", ["A", "B"], A, B);
  const areVectors = holdsVectors(A, B);
  if (areVectors && !left) {
    throw new RuntimeError(
      "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case linalg.solve is equivalent to B / A.squeeze(-1)",
    );
  }
  const right = areVectors ? B.unsqueeze(-1) : B;
  checkEquation("linalg.solve", A, right, left);
  checkBatches(A, right);
  checkLapackType("lu_cpu", A);
  const [a, b] = left ? [A, right] : [A.transpose(-2, -1), right.transpose(-2, -1)];
  const [x, info] = runAll(ops.solve, [a, b], undefined) as unknown as readonly [Tensor, Tensor];
  const oriented = left ? x : x.transpose(-2, -1);
  return [named(areVectors ? oriented.squeeze(-1) : oriented, "LinalgSolveExBackward0"), info];
}

/**
 * X with A X = B; with `left: false` X A = B. B may hold vectors.
 * @throws LinAlgError for a singular matrix
 */
export function solve(A: Tensor, ...args: Signature<[B: Tensor], LeftOptions>): Tensor {
  const { B, left } = bind<{ readonly B: Tensor; readonly left: boolean }>("linalg_solve", ["B"], args, {
    left: true,
  });
  const [result, info] = solved(A, B, left);
  checkInfo("torch.linalg.solve", info, solverMessage);
  return result;
}

const solverMessage = (): string => "The solver failed because the input matrix is singular.";

/** `solve`, and for each matrix the place of the first zero among the pivots (0 where there is none). */
export function solveEx(
  A: Tensor,
  ...args: Signature<[B: Tensor], LeftOptions & CheckOptions>
): NamedResults<readonly ["result", "info"]> {
  type Bound = Required<LeftOptions & CheckOptions> & { readonly B: Tensor };
  const { B, left, checkErrors } = bind<Bound>("linalg_solve_ex", ["B"], args, {
    left: true,
    checkErrors: false,
  });
  const [result, info] = solved(A, B, left);
  if (checkErrors) checkInfo("torch.linalg.solve_ex", info, solverMessage);
  return namedResults(["result", "info"], [result, info]);
}

interface TriangularOptions extends LeftOptions {
  readonly upper: boolean;
  readonly unitriangular?: boolean;
}

/** X with A X = B (`left: false`: X A = B) of a triangle A; what is beside it is not read. */
export function solveTriangular(A: Tensor, ...args: Signature<[B: Tensor], TriangularOptions>): Tensor {
  type Bound = Required<TriangularOptions> & { readonly B: Tensor };
  const { B, upper, left, unitriangular } = bind<Bound>("linalg_solve_triangular", ["B", "upper"], args, {
    left: true,
    unitriangular: false,
  });
  checkSquare("linalg.solve_triangular", A);
  checkEquation("linalg.solve_triangular", A, B, left);
  checkBatches(A, B);
  checkLapackType("triangular_solve_cpu", A);
  return triangleSolved(A, B, { upper, unit: unitriangular }, left);
}

/** X with T X = B, or X T = B. */
export function triangleSolved(a: Tensor, b: Tensor, triangle: TriangleAttributes, left = true): Tensor {
  if (left) return run(ops.solveTriangular, [a, b], triangle);
  const turned = { upper: !triangle.upper, unit: triangle.unit };
  const x = run(ops.solveTriangular, [a.transpose(-2, -1), b.transpose(-2, -1)], turned);
  return named(x.transpose(-2, -1), "LinalgSolveTriangularBackward0");
}

interface PivotOptions {
  readonly pivot?: boolean;
}

function checkPivot(pivot: boolean): void {
  if (!pivot) throw new RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU");
}

/** L and U in one matrix, the rows exchanged, and info. */
export function luFactors(
  input: Tensor,
  pivot: boolean,
): readonly [LU: Tensor, pivots: Tensor, info: Tensor] {
  checkMatrix("torch.lu_factor", input);
  checkPivot(pivot);
  checkLapackType("lu_cpu", input);
  return runAll(ops.luFactor, [input], undefined) as unknown as readonly [Tensor, Tensor, Tensor];
}

/** P A = L U as one matrix and the rows exchanged, counted from 1. */
export function luFactor(
  A: Tensor,
  ...args: Signature<[], PivotOptions>
): NamedResults<readonly ["LU", "pivots"]> {
  const { pivot } = bind<Required<PivotOptions>>("linalg_lu_factor", [], args, { pivot: true });
  const [factors, pivots] = luFactors(A, pivot);
  return namedResults(["LU", "pivots"], [factors, pivots]);
}

/** `luFactor`, and for each matrix the place of the first zero on U's diagonal (0 where there is none). */
export function luFactorEx(
  A: Tensor,
  ...args: Signature<[], PivotOptions & CheckOptions>
): NamedResults<readonly ["LU", "pivots", "info"]> {
  type Bound = Required<PivotOptions & CheckOptions>;
  const { pivot, checkErrors } = bind<Bound>("linalg_lu_factor_ex", [], args, {
    pivot: true,
    checkErrors: false,
  });
  const [factors, pivots, info] = luFactors(A, pivot);
  if (checkErrors) {
    checkInfo(
      "torch.linalg.lu_factor_ex",
      info,
      (place) =>
        `U[${place},${place}] is zero and using it on lu_solve would result in a division by zero. If you still want to ` +
        "perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)",
    );
  }
  return namedResults(["LU", "pivots", "info"], [factors, pivots, info]);
}

/** Both triangles of an LU matrix, as matrices of their own. */
export function unpacked(factors: Tensor): readonly [L: Tensor, U: Tensor] {
  const [m, n] = [factors.shape.at(-2)!, factors.shape.at(-1)!];
  const count = Math.min(m, n);
  const [below, above] = [factors.narrow(-1, 0, count), factors.narrow(-2, 0, count)];
  const strict = run(ops.bandPart, [below], { low: Number.NEGATIVE_INFINITY, high: -1 });
  return [
    strict.add(eye(m, count, { dtype: factors.dtype })),
    run(ops.bandPart, [above], { low: 0, high: Number.POSITIVE_INFINITY }),
  ];
}

/** The permutation of rows exchanged, as a matrix of so many rows. */
export function permutationOf(pivots: Tensor, like: Tensor): Tensor {
  return run(ops.permutationMatrix, [pivots], { rows: like.shape.at(-2)!, dtype: like.dtype });
}

/** A = P L U. */
export function lu(A: Tensor, ...args: Signature<[], PivotOptions>): NamedResults<readonly ["P", "L", "U"]> {
  const { pivot } = bind<Required<PivotOptions>>("linalg_lu", [], args, { pivot: true });
  checkMatrix("linalg.lu", A);
  const [factors, pivots] = luFactors(A, pivot);
  const [L, U] = unpacked(factors);
  const names = "LinalgLuBackward0";
  return namedResults(["P", "L", "U"], [permutationOf(pivots, A), named(L, names), named(U, names)]);
}

function checkPivots(factors: Tensor, pivots: Tensor): void {
  if (pivots.dtype !== int32) {
    throw new RuntimeError("linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32");
  }
  checkSquare("torch.linalg.lu_solve", factors);
  const rows = factors.shape.at(-2)!;
  if (pivots.shape.at(-1) !== rows) {
    throw new RuntimeError(
      "linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix",
    );
  }
}

interface LuSolveOptions extends LeftOptions {
  readonly adjoint?: boolean;
}

/** X with A X = B (`left: false`: X A = B; `adjoint`: A^H in A's place), of A's factors as `luFactor` gives them. */
export function luSolve(LU: Tensor, ...args: Signature<[pivots: Tensor, B: Tensor], LuSolveOptions>): Tensor {
  type Bound = Required<LuSolveOptions> & { readonly pivots: Tensor; readonly B: Tensor };
  const { pivots, B, left, adjoint } = bind<Bound>("linalg_lu_solve", ["pivots", "B"], args, {
    left: true,
    adjoint: false,
  });
  checkFloating("linalg.lu_solve", LU);
  if (pivots.dtype === int32) checkSameType("linalg.lu_solve", ["LU", "B"], LU, B);
  checkPivots(LU, pivots);
  checkEquation("linalg.lu_solve", LU, B, left);
  checkBatches(LU, B);
  if (elements(pivots).some((pivot) => Number(pivot) > LU.shape.at(-2)!)) {
    throw new RuntimeError(
      "Pivots given to lu_solve must all be smaller or equal to LU.size(-2). Did you properly pass the result of lu_factor?",
    );
  }
  const result = left
    ? factorsSolved(LU, pivots, B, adjoint)
    : adjointView(factorsSolved(LU, pivots, adjointView(B), !adjoint));
  return named(result, "LinalgLuSolveBackward0");
}

/** A = P L U. */
function factorsSolved(factors: Tensor, pivots: Tensor, b: Tensor, adjoint: boolean): Tensor {
  const permutation = permutationOf(pivots, factors);
  const [lower, upper] = [
    { upper: false, unit: true },
    { upper: true, unit: false },
  ];
  if (!adjoint) {
    const inner = triangleSolved(factors, permutation.transpose(-2, -1).matmul(b), lower);
    return triangleSolved(factors, inner, upper);
  }
  const turned = adjointView(factors);
  const inner = triangleSolved(turned, b, { upper: false, unit: false });
  return permutation.matmul(triangleSolved(turned, inner, { upper: true, unit: true }));
}
