// `torch.linalg`: eigenvalues, singular values, QR, and what follows from them: ranks, pseudo-inverses, least squares.

import { bind, type Signature } from "../../core/arguments.ts";
import { RuntimeError } from "../../core/errors.ts";
import { floatLimits } from "../../core/limits.ts";
import { decompositions as ops } from "../../devices/families/decompositions.ts";
import { TensorBase } from "../base.ts";
import { scalarTensor, zeros } from "../creation.ts";
import { scalarTypeName } from "../errors.ts";
import { type NamedResults, namedResults } from "../named-results.ts";
import type { Numeric } from "../nn/text.ts";
import { named } from "../node.ts";
import { isGradEnabled, runAll } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import {
  checkFloating,
  checkInfo,
  checkLapackType,
  checkMatrix,
  checkSquare,
  unsettledMessage,
} from "./checks.ts";

type Three = readonly [Tensor, Tensor, Tensor];

/** True iff a gradient may be asked for, which needs vectors beside values. */
function wantsGradient(input: Tensor): boolean {
  return isGradEnabled() && input.requiresGrad;
}

interface UploOptions {
  readonly UPLO?: string;
}

type UploArguments = Signature<[UPLO?: string], UploOptions>;

function hermitian(
  caller: string,
  A: Tensor,
  args: readonly unknown[],
  vectors: boolean,
): readonly [Tensor, Tensor] {
  const { UPLO } = bind<Required<UploOptions>>(caller, ["UPLO"], args, { UPLO: "L" });
  checkSquare("linalg.eigh", A);
  const which = UPLO.toUpperCase();
  if (which !== "L" && which !== "U") {
    throw new RuntimeError(`Expected UPLO argument to be 'L' or 'U', but got ${UPLO}`);
  }
  checkLapackType("linalg_eigh_cpu", A);
  const attributes = { upper: which === "U", vectors: vectors || wantsGradient(A) };
  const [values, eigenvectors, info] = runAll(ops.eigh, [A], attributes) as unknown as Three;
  checkInfo("linalg.eigh", info, unsettledMessage);
  return [values, eigenvectors];
}

/**
 * Eigenvalues in rising order and eigenvectors (columns) of Hermitian matrices, of which one triangle is read.
 * @throws LinAlgError where the steps do not settle
 */
export function eigh(
  A: Tensor,
  ...args: UploArguments
): NamedResults<readonly ["eigenvalues", "eigenvectors"]> {
  return namedResults(["eigenvalues", "eigenvectors"], hermitian("linalg_eigh", A, args, true));
}

/** Eigenvalues of Hermitian matrices in rising order. */
export function eigvalsh(A: Tensor, ...args: UploArguments): Tensor {
  return hermitian("linalg_eigvalsh", A, args, false)[0];
}

function general(caller: string, A: Tensor, vectors: boolean): readonly [Tensor, Tensor] {
  checkSquare(caller, A);
  if (!A.dtype.isFloatingPoint && !A.dtype.isComplex) {
    throw new RuntimeError(`Unknown Complex ScalarType for ${scalarTypeName(A.dtype)}`);
  }
  checkLapackType("linalg_eig_out_cpu", A);
  if (!A.detach().isfinite().all().item()) {
    throw new RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.");
  }
  const attributes = { vectors: vectors || wantsGradient(A) };
  const [values, eigenvectors, info] = runAll(ops.eig, [A], attributes) as unknown as Three;
  checkInfo(caller, info, unsettledMessage);
  return [values, eigenvectors];
}

/** Eigenvalues and eigenvectors (columns, of length 1) of square matrices; always complex. */
export function eig(A: Tensor): NamedResults<readonly ["eigenvalues", "eigenvectors"]> {
  return namedResults(["eigenvalues", "eigenvectors"], general("linalg.eig", A, true));
}

/** Eigenvalues of square matrices; always complex. */
export function eigvals(A: Tensor): Tensor {
  return general("linalg.eigvals", A, false)[0];
}

interface DriverOptions {
  readonly driver?: string | null;
}

/** U, S and V^H. @throws LinAlgError for what is not finite */
export function singularParts(A: Tensor, full: boolean, vectors: boolean): Three {
  checkMatrix("linalg.svd", A);
  checkFloating("linalg.svd", A, true);
  checkLapackType("linalg_svd_cpu", A);
  const [U, S, Vh, info] = runAll(ops.svd, [A], { full, vectors }) as unknown as readonly [...Three, Tensor];
  checkInfo(
    "linalg.svd",
    info,
    () => "The algorithm failed to converge because the input matrix contained non-finite values.",
  );
  return [U, S, Vh];
}

function checkDriver(driver: string | null): void {
  if (driver === null) return;
  throw new RuntimeError(
    "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend.",
  );
}

interface SvdOptions extends DriverOptions {
  readonly fullMatrices?: boolean;
}

/** A = U diag(S) V^H, S in falling order; U and V are square unless `fullMatrices` is false. */
export function svd(
  A: Tensor,
  ...args: Signature<[fullMatrices?: boolean], SvdOptions>
): NamedResults<readonly ["U", "S", "Vh"]> {
  const { fullMatrices, driver } = bind<Required<SvdOptions>>("linalg_svd", ["fullMatrices"], args, {
    fullMatrices: true,
    driver: null,
  });
  checkDriver(driver);
  return namedResults(["U", "S", "Vh"], singularParts(A, fullMatrices, true));
}

/** Singular values in falling order. */
export function svdvals(A: Tensor, ...args: Signature<[], DriverOptions>): Tensor {
  const { driver } = bind<Required<DriverOptions>>("linalg_svdvals", [], args, { driver: null });
  checkDriver(driver);
  return singularValues(A);
}

/** Singular values; vectors are computed where a gradient may need them. */
export function singularValues(A: Tensor): Tensor {
  return singularParts(A, false, wantsGradient(A))[1];
}

interface QrOptions {
  readonly mode?: string;
}

/** A = Q R. @param args `mode`: "reduced", "complete" (Q square), or "r" (Q is not made) */
export function qr(
  A: Tensor,
  ...args: Signature<[mode?: string], QrOptions>
): NamedResults<readonly ["Q", "R"]> {
  const { mode } = bind<Required<QrOptions>>("linalg_qr", ["mode"], args, { mode: "reduced" });
  checkMatrix("linalg.qr", A);
  checkFloating("linalg.qr", A, true);
  if (mode !== "reduced" && mode !== "complete" && mode !== "r") {
    throw new RuntimeError(
      `qr received unrecognized mode '${mode}' but expected one of 'reduced' (default), 'r', or 'complete'`,
    );
  }
  checkLapackType("geqrf_cpu", A);
  return namedResults(["Q", "R"], runAll(ops.qr, [A], { mode }) as unknown as readonly [Tensor, Tensor]);
}

type Bound = Numeric | Tensor | null;

interface BoundOptions {
  readonly atol?: Bound;
  readonly rtol?: Bound;
  readonly hermitian?: boolean;
}

/** The relative bound where none is given: the distance of 1 to the next number, times the longer side. */
function usualBound({ dtype, shape }: Tensor): number {
  return floatLimits(dtype).eps * Math.max(shape.at(-2)!, shape.at(-1)!);
}

function boundTensor(input: Tensor, bound: Numeric | Tensor): Tensor {
  const real = input.dtype.isComplex ? input.real.dtype : input.dtype;
  return bound instanceof TensorBase
    ? (bound as Tensor).detach().to(real)
    : scalarTensor(Number(bound), { dtype: real });
}

/** Absolute and relative bounds below which a singular value counts as 0. */
function bounds(input: Tensor, atol: Bound, rtol: Bound): readonly [Tensor, Tensor] {
  const absolute = boundTensor(input, atol ?? 0);
  if (rtol !== null) return [absolute, boundTensor(input, rtol)];
  const relative = boundTensor(input, usualBound(input));
  return [absolute, relative.mul(absolute.le(0))];
}

/** Moore and Penrose's inverse. @param relative the bound for singular values beside the largest one */
export function pseudoInverse(input: Tensor, atol: Bound, rtol: Bound, hermitian: boolean): Tensor {
  const { dtype, shape, ndim } = input;
  if (ndim < 2 || (!dtype.isFloatingPoint && !dtype.isComplex)) {
    throw new RuntimeError(
      `linalg.pinv(${scalarTypeName(dtype)}{[${shape.join(", ")}]}): expected a tensor with 2 or more dimensions of ` +
        "float, double, cfloat or cdouble types",
    );
  }
  if (hermitian) checkSquare("linalg.eigh", input);
  checkLapackType(hermitian ? "linalg_eigh_cpu" : "linalg_svd_cpu", input);
  const operands = [input, ...bounds(input, atol, rtol)];
  const [result, info] = runAll(ops.pseudoInverse, operands, { hermitian }) as unknown as readonly [
    Tensor,
    Tensor,
  ];
  checkInfo(
    "linalg.svd",
    info,
    () => "The algorithm failed to converge because the input matrix contained non-finite values.",
  );
  return result;
}

/**
 * Moore and Penrose's inverse. Singular values up to max(atol, rtol * the largest) count as 0.
 * @param args `rcond` is `rtol` under its older name
 */
export function pinv(
  A: Tensor,
  ...args: Signature<[rcond?: Bound, hermitian?: boolean], BoundOptions & { readonly rcond?: Bound }>
): Tensor {
  type All = Required<BoundOptions> & { readonly rcond: Bound };
  const { rcond, hermitian, atol, rtol } = bind<All>("linalg_pinv", ["rcond", "hermitian"], args, {
    rcond: null,
    hermitian: false,
    atol: null,
    rtol: null,
  });
  return pseudoInverse(A, rcond === null ? atol : 0, rtol ?? rcond, hermitian);
}

/** How many singular values are above max(atol, rtol * the largest); `tol` is `atol` under its older name. */
export function matrixRank(
  A: Tensor,
  ...args: Signature<[tol?: Bound, hermitian?: boolean], BoundOptions & { readonly tol?: Bound }>
): Tensor {
  type All = Required<BoundOptions> & { readonly tol: Bound };
  const { tol, hermitian, atol, rtol } = bind<All>("linalg_matrix_rank", ["tol", "hermitian"], args, {
    tol: null,
    hermitian: false,
    atol: null,
    rtol: null,
  });
  checkMatrix("linalg.matrix_rank", A);
  const input = A.detach();
  const sizes = hermitian ? eigvalsh(input).abs() : singularValues(input);
  const [absolute, relative] = bounds(input, tol ?? atol, tol === null ? rtol : 0);
  if (sizes.shape.at(-1) === 0) return sizes.sum(-1).long();
  const bound = absolute.maximum(relative.mul(sizes.amax(-1)));
  return sizes.gt(bound.unsqueeze(-1)).sum(-1);
}

interface LstsqOptions {
  readonly rcond?: Numeric | null;
  readonly driver?: string | null;
}

type LstsqNames = readonly ["solution", "residuals", "rank", "singularValues"];

const drivers = ["gels", "gelsy", "gelsd", "gelss"];

function checkLstsq(A: Tensor, B: Tensor, driver: string): void {
  const refuse = (message: string): never => {
    throw new RuntimeError(`torch.linalg.lstsq: ${message}`);
  };
  if (A.ndim < 2) refuse("input must have at least 2 dimensions.");
  if (B.ndim < 1) refuse("other must have at least 1 dimension.");
  if (A.dtype !== B.dtype) {
    refuse(
      `Expected input and other to have the same dtype, but got input's dtype ${scalarTypeName(A.dtype)} and other's ` +
        `dtype ${scalarTypeName(B.dtype)}`,
    );
  }
  if (!drivers.includes(driver)) {
    refuse("parameter `driver` should be one of (gels, gelsy, gelsd, gelss)");
  }
}

/**
 * Least squares: the X of smallest norm among those that minimise the norm of A X - B.
 * @returns solution; sums of squares of what is left, where A has more rows than columns and full rank; the rank (not
 * by the driver "gels"); singular values (by "gelsd" and "gelss")
 */
export function lstsq(
  A: Tensor,
  ...args: Signature<[B: Tensor, rcond?: Numeric | null], LstsqOptions>
): NamedResults<LstsqNames> {
  type All = Required<LstsqOptions> & { readonly B: Tensor };
  const {
    B,
    rcond,
    driver: given,
  } = bind<All>("linalg_lstsq", ["B", "rcond"], args, { rcond: null, driver: null });
  const driver = given ?? "gelsy";
  checkLstsq(A, B, driver);
  const areVectors =
    A.ndim - 1 === B.ndim && A.shape.slice(0, -1).every((length, i) => length === B.shape[i]);
  const right = areVectors ? B.unsqueeze(-1) : B;
  if (right.ndim < 2 || A.shape.at(-2) !== right.shape.at(-2)) {
    throw new RuntimeError("torch.linalg.lstsq: input.size(-2) should match other.size(-2)");
  }
  checkLapackType("linalg_lstsq_cpu", A);
  const [m, n] = [A.shape.at(-2)!, A.shape.at(-1)!];
  const relative = rcond === null ? usualBound(A) : Number(rcond);
  // In double precision, so that the product of the pseudo-inverse is as good as a solution of its own.
  const wide = A.dtype.isComplex ? A.cdouble() : A.double();
  const wideRight = right.to(wide.dtype);
  const wideSolution = pseudoInverse(wide, 0, relative, false).matmul(wideRight);
  const solution = wideSolution.to(A.dtype);
  const sizes = singularValues(A.detach());
  const bound = sizes.shape.at(-1) === 0 ? sizes.sum(-1) : sizes.amax(-1).mul(relative);
  const rank = sizes.gt(bound.unsqueeze(-1)).sum(-1);
  const isFull = driver === "gels" || rank.eq(n).all().item() === true;
  const empty = zeros([0], { dtype: sizes.dtype });
  const left = wide.matmul(wideSolution).sub(wideRight).abs();
  const hasResiduals = m > n && driver !== "gelsy" && isFull;
  // Even where there are none they stand in the graph, as PyTorch's do.
  const residuals = (hasResiduals ? left.mul(left).sum(-2) : left.flatten().narrow(0, 0, 0)).to(sizes.dtype);
  return namedResults(
    ["solution", "residuals", "rank", "singularValues"],
    [
      named(areVectors ? solution.squeeze(-1) : solution, "LinalgLstsqBackward0"),
      residuals,
      driver === "gels" ? zeros([0], { dtype: rank.dtype }) : rank,
      driver === "gelsd" || driver === "gelss" ? sizes : empty,
    ],
  );
}
