// Factors of matrices, determinants and inverses under the names that PyTorch has outside `torch.linalg`.

import { bind, type Signature } from "../core/arguments.ts";
import { int32 } from "../core/dtype.ts";
import { elements } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import { decompositions as ops } from "../devices/families/decompositions.ts";
import { zeros } from "./creation.ts";
import { scalarTypeName } from "./errors.ts";
import { checkInfo, checkLapackType, checkSquare, singularMessage } from "./linalg/checks.ts";
import * as spectra from "./linalg/spectra.ts";
import * as systems from "./linalg/systems.ts";
import * as tensors from "./linalg/tensors.ts";
import { type NamedResults, namedResults } from "./named-results.ts";
import { named } from "./node.ts";
import { isHalf } from "./promotion.ts";
import { run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

interface UpperOptions {
  readonly upper?: boolean;
}

export { geqrf, orgqr, ormqr } from "./linalg/reflections.ts";

/** `torch.linalg.cholesky`, with `upper` by position too. */
export function cholesky(input: Tensor, ...args: Signature<[upper?: boolean], UpperOptions>): Tensor {
  const { upper } = bind<Required<UpperOptions>>("cholesky", ["upper"], args, { upper: false });
  return systems.choleskyFor("cholesky", input, upper);
}

function checkSolvable(B: Tensor, A: Tensor): void {
  if (B.dtype !== A.dtype) {
    throw new RuntimeError(
      `Expected b and A to have the same dtype, but found b of type ${scalarTypeName(B.dtype)} and A of type ` +
        `${scalarTypeName(A.dtype)} instead.`,
    );
  }
  for (const [name, { ndim }] of [
    ["b", B],
    ["A", A],
  ] as const) {
    if (ndim < 2)
      throw new RuntimeError(`${name} should have at least 2 dimensions, but has ${ndim} dimensions instead`);
  }
  const [rows, columns] = [A.shape.at(-2), A.shape.at(-1)];
  if (rows !== columns) {
    throw new RuntimeError(
      `A must be batches of square matrices, but they are ${rows} by ${columns} matrices`,
    );
  }
  if (rows !== B.shape.at(-2)) {
    throw new RuntimeError(
      `Incompatible matrix sizes for cholesky_solve: each A matrix is ${rows} by ${rows} but each b matrix is ` +
        `${B.shape.at(-2)} by ${B.shape.at(-1)}`,
    );
  }
}

/** X with A X = B, of Cholesky's factor L of A (with `upper` of U, A = U^H U). */
export function choleskySolve(
  input: Tensor,
  ...args: Signature<[L: Tensor, upper?: boolean], UpperOptions>
): Tensor {
  type Bound = Required<UpperOptions> & { readonly L: Tensor };
  const { L, upper } = bind<Bound>("cholesky_solve", ["L", "upper"], args, { upper: false });
  checkSolvable(input, L);
  checkLapackType("cholesky_solve_cpu", L);
  return run(ops.choleskySolve, [input, L], { upper });
}

/** The inverse of A, of Cholesky's factor. @throws LinAlgError where the factor's diagonal has a zero */
export function choleskyInverse(input: Tensor, ...args: Signature<[upper?: boolean], UpperOptions>): Tensor {
  const { upper } = bind<Required<UpperOptions>>("cholesky_inverse", ["upper"], args, { upper: false });
  checkSquare("cholesky_inverse", input);
  checkLapackType("cholesky_inverse_out_cpu", input);
  const isZero = input.detach().diagonal(0, -2, -1).eq(0);
  if (isZero.storage.hasValues && isZero.any().item() === true) {
    const places = isZero.int().mul(isZero.int().cumsum(-1).eq(1));
    checkInfo("cholesky_inverse", places.argmax(-1).add(1).mul(isZero.any(-1)).to(int32), singularMessage);
  }
  const identity = run(ops.bandPart, [input.detach().clone().fill_(1)], { low: 0, high: 0 });
  return run(ops.choleskySolve, [identity, input], { upper }, "CholeskyInverseBackward0");
}

/** `torch.linalg.inv`. */
export function inverse(input: Tensor): Tensor {
  return systems.inv(input);
}

/** `torch.linalg.det`. */
export function det(input: Tensor): Tensor {
  return systems.det(input);
}

/** `torch.linalg.slogdet`. */
export function slogdet(input: Tensor): NamedResults<readonly ["sign", "logabsdet"]> {
  return systems.slogdet(input);
}

/** The logarithm of the determinant; NaN of a negative one, unless the type is complex. */
export function logdet(input: Tensor): Tensor {
  checkSquare("logdet", input);
  const { sign, logabsdet } = systems.slogdet(input);
  if (input.dtype.isComplex) return sign.log().add(logabsdet);
  return logabsdet.where(sign.ne(-1), Number.NaN);
}

/** `torch.linalg.matrix_exp`. */
export function matrixExp(input: Tensor): Tensor {
  return tensors.matrixExp(input);
}

/** `torch.linalg.matrix_power`. */
export function matrixPower(input: Tensor, n: number): Tensor {
  return tensors.matrixPower(input, n);
}

/** `torch.linalg.pinv`, with a bound for small singular values that is 1e-15 of the largest. */
export function pinverse(
  input: Tensor,
  ...args: Signature<[rcond?: number], { readonly rcond?: number }>
): Tensor {
  const { rcond } = bind<{ readonly rcond: number }>("pinverse", ["rcond"], args, { rcond: 1e-15 });
  return spectra.pseudoInverse(input, 0, rcond, false);
}

interface QrOptions {
  readonly some?: boolean;
}

/** `torch.linalg.qr`; with `some` false in mode "complete". */
export function qr(
  input: Tensor,
  ...args: Signature<[some?: boolean], QrOptions>
): NamedResults<readonly ["Q", "R"]> {
  const { some } = bind<Required<QrOptions>>("qr", ["some"], args, { some: true });
  return spectra.qr(input, some ? "reduced" : "complete");
}

interface SvdOptions extends QrOptions {
  readonly computeUv?: boolean;
}

/** A = U diag(S) V^H: U, S and V itself; without `computeUv` zeros in place of U and V. */
export function svd(
  input: Tensor,
  ...args: Signature<[some?: boolean, computeUv?: boolean], SvdOptions>
): NamedResults<readonly ["U", "S", "V"]> {
  const names = ["some", "computeUv"] as const;
  const { some, computeUv } = bind<Required<SvdOptions>>("svd", names, args, { some: true, computeUv: true });
  if (computeUv) {
    const [U, S, Vh] = spectra.singularParts(input, !some, true);
    return namedResults(["U", "S", "V"], [U, S, systems.adjointView(Vh)]);
  }
  const S = spectra.singularValues(input);
  const [m, n] = [input.shape.at(-2)!, input.shape.at(-1)!];
  const batch = input.shape.slice(0, -2);
  const square = (length: number): Tensor => zeros([...batch, length, length], { dtype: input.dtype });
  return namedResults(["U", "S", "V"], [square(m), S, square(n)]);
}

interface LuOptions {
  readonly pivot?: boolean;
  readonly getInfos?: boolean;
}

/** `torch.linalg.lu_factor`; with `getInfos` also for each matrix the place of the first zero pivot. */
export function lu(
  A: Tensor,
  ...args: Signature<[pivot?: boolean, getInfos?: boolean], LuOptions>
): readonly Tensor[] {
  const names = ["pivot", "getInfos"] as const;
  const { pivot, getInfos } = bind<Required<LuOptions>>("lu", names, args, { pivot: true, getInfos: false });
  const [factors, pivots, info] = systems.luFactors(A, pivot);
  return getInfos ? [factors, pivots, info] : [factors, pivots];
}

/** `torch.linalg.lu_solve`, the right side first. */
export function luSolve(
  b: Tensor,
  ...args: Signature<[LUData: Tensor, LUPivots: Tensor], Record<never, never>>
): Tensor {
  type Bound = { readonly LUData: Tensor; readonly LUPivots: Tensor };
  const { LUData, LUPivots } = bind<Bound>("lu_solve", ["LUData", "LUPivots"], args, {});
  return systems.luSolve(LUData, LUPivots, b);
}

interface UnpackOptions {
  readonly unpackData?: boolean;
  readonly unpackPivots?: boolean;
}

/** P, L and U of `lu`'s results; what is not asked for is empty. */
export function luUnpack(
  LUData: Tensor,
  ...args: Signature<[LUPivots: Tensor, unpackData?: boolean, unpackPivots?: boolean], UnpackOptions>
): NamedResults<readonly ["P", "L", "U"]> {
  type Bound = Required<UnpackOptions> & { readonly LUPivots: Tensor };
  const { LUPivots, unpackData, unpackPivots } = bind<Bound>(
    "lu_unpack",
    ["LUPivots", "unpackData", "unpackPivots"],
    args,
    { unpackData: true, unpackPivots: true },
  );
  if (LUData.ndim < 2) {
    throw new RuntimeError(
      `torch.lu_unpack: Expected tensor with 2 or more dimensions. Got size: [${LUData.shape.join(", ")}] instead`,
    );
  }
  if (unpackPivots) checkPivots(LUData, LUPivots);
  const empty = zeros([0], { dtype: LUData.dtype });
  const permutation = unpackPivots ? systems.permutationOf(LUPivots, LUData) : empty;
  const [L, U] = unpackData ? systems.unpacked(LUData) : [empty, empty];
  return namedResults(
    ["P", "L", "U"],
    [permutation, named(L, "LuUnpackBackward0"), named(U, "LuUnpackBackward0")],
  );
}

function checkPivots(factors: Tensor, pivots: Tensor): void {
  if (pivots.dtype !== int32) {
    throw new RuntimeError(
      "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\nNote: this function is " +
        "intended to be used with the output produced by torch.linalg.lu_factor",
    );
  }
  const rows = factors.shape.at(-2)!;
  if (elements(pivots).every((pivot) => Number(pivot) >= 1 && Number(pivot) <= rows)) return;
  throw new RuntimeError(
    "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive.Did you properly pass the result of lu_factor?",
  );
}

interface TriangularOptions {
  readonly upper?: boolean;
  readonly transpose?: boolean;
  readonly unitriangular?: boolean;
}

/** X with A X = b of a triangle A (`transpose`: A^T in its place), and a copy of A. */
export function triangularSolve(
  b: Tensor,
  ...args: Signature<
    [A: Tensor, upper?: boolean, transpose?: boolean, unitriangular?: boolean],
    TriangularOptions
  >
): NamedResults<readonly ["solution", "clonedCoefficient"]> {
  type Bound = Required<TriangularOptions> & { readonly A: Tensor };
  const names = ["A", "upper", "transpose", "unitriangular"] as const;
  const { A, upper, transpose, unitriangular } = bind<Bound>("triangular_solve", names, args, {
    upper: true,
    transpose: false,
    unitriangular: false,
  });
  checkSolvable(b, A);
  if (isHalf(A.dtype) || A.dtype.isInteger) checkLapackType("triangular_solve_cpu", A);
  const triangle = transpose ? A.transpose(-2, -1) : A;
  const which = { upper: upper !== transpose, unit: unitriangular };
  const solution = named(systems.triangleSolved(triangle, b, which), "TriangularSolveBackward0");
  return namedResults(["solution", "clonedCoefficient"], [solution, A.clone()]);
}
