// `numpy.linalg`: eigenvalues, singular values, QR, and what follows from them.

import { bind, type Signature } from "../../core/arguments.ts";
import { int64 } from "../../core/dtype.ts";
import { elements, isTruthy, toComplex } from "../../core/elements.ts";
import { ValueError } from "../../core/errors.ts";
import { floatLimits } from "../../core/limits.ts";
import { type NamedValues, namedValues } from "../../core/named-results.ts";
import { warn } from "../../core/warnings.ts";
import { decompositions as ops } from "../../devices/families/decompositions.ts";
import { withType } from "../casting.ts";
import { quietly } from "../floating-errors.ts";
import { allocateShape, asArray, fromValues, scalarIfZeroD, singleElement } from "../make.ts";
import type { NDArray } from "../ndarray.ts";
import { amax, countNonzero } from "../reductions.ts";
import type { ArrayLike } from "../types.ts";
import { add, divide, greater, isfinite, multiply } from "../ufuncs.ts";
import { expandDims } from "../views.ts";
import { adjoint, checkInfo, checkSquare, checkStacked, computed, LinAlgError, matrices } from "./common.ts";
import { normOf } from "./norms.ts";

interface UploOptions {
  readonly UPLO: string;
}

type UploArguments = Signature<[UPLO: string], Partial<UploOptions>>;

function hermitian(
  caller: string,
  a: ArrayLike,
  args: readonly unknown[],
  vectors: boolean,
): readonly NDArray[] {
  const { UPLO } = bind<UploOptions>(caller, ["UPLO"], args, { UPLO: "L" });
  const which = UPLO.toUpperCase();
  if (which !== "L" && which !== "U") throw new ValueError("UPLO argument must be 'L' or 'U'");
  const [values, eigenvectors, info] = computed(ops.eigh, [matrices(a, checkSquare)], {
    upper: which === "U",
    vectors,
  });
  checkInfo(info!, "Eigenvalues did not converge");
  return [values!, eigenvectors!];
}

type EigenResult = NamedValues<readonly ["eigenvalues", "eigenvectors"], NDArray>;

/** Eigenvalues in rising order and eigenvectors (columns) of Hermitian matrices, of which one triangle is read (`numpy.linalg.eigh`). */
export function eigh(a: ArrayLike, ...args: UploArguments): EigenResult {
  const [values, vectors] = hermitian("eigh", a, args, true);
  return namedValues(["eigenvalues", "eigenvectors"], [values!, vectors!]);
}

/** Eigenvalues of Hermitian matrices in rising order (`numpy.linalg.eigvalsh`). */
export function eigvalsh(a: ArrayLike, ...args: UploArguments): NDArray {
  return hermitian("eigvalsh", a, args, false)[0]!;
}

function general(a: ArrayLike, vectors: boolean): readonly [values: NDArray, vectors: NDArray] {
  const array = matrices(a, checkSquare);
  if (!elements(isfinite(array)).every(isTruthy)) {
    throw new LinAlgError("Array must not contain infs or NaNs");
  }
  const [values, eigenvectors, info] = computed(ops.eig, [array], { vectors });
  checkInfo(info!, "Eigenvalues did not converge");
  const isReal = !array.dtype.isComplex && elements(values!).every((value) => toComplex(value).im === 0);
  return isReal ? [values!.real.copy(), eigenvectors!.real.copy()] : [values!, eigenvectors!];
}

/** Eigenvalues and eigenvectors (columns, of length 1) of square matrices; real where all are (`numpy.linalg.eig`). */
export function eig(a: ArrayLike): EigenResult {
  return namedValues(["eigenvalues", "eigenvectors"], general(a, true));
}

/** Eigenvalues of square matrices; real where all are (`numpy.linalg.eigvals`). */
export function eigvals(a: ArrayLike): NDArray {
  return general(a, false)[0];
}

/** Hermitian matrices from their lower triangles. */
function mirrored(array: NDArray): NDArray {
  const [lower] = computed(ops.bandPart, [array], { low: Number.NEGATIVE_INFINITY, high: 0 });
  const [below] = computed(ops.bandPart, [array], { low: Number.NEGATIVE_INFINITY, high: -1 });
  return add(lower!, adjoint(below!));
}

function singularParts(array: NDArray, full: boolean, vectors: boolean): readonly NDArray[] {
  const [u, s, vh, info] = computed(ops.svd, [array], { full, vectors });
  checkInfo(info!, "SVD did not converge");
  return [u!, s!, vh!];
}

/** Singular values in falling order. */
export function singularValues(a: ArrayLike, isHermitian = false): NDArray {
  const array = matrices(a, isHermitian ? checkSquare : checkStacked);
  return singularParts(isHermitian ? mirrored(array) : array, false, false)[1]!;
}

interface SvdOptions {
  readonly fullMatrices: boolean;
  readonly computeUv: boolean;
  readonly hermitian: boolean;
}

type SvdArguments = Signature<
  [fullMatrices: boolean, computeUv: boolean, hermitian: boolean],
  Partial<SvdOptions>
>;

/** What `svd` gives: U, S and V^H, or S alone. */
export type SvdResult = NamedValues<readonly ["U", "S", "Vh"], NDArray>;

/** `numpy.linalg.svd`: singular values alone where vectors are not asked for. */
export interface SvdFunction {
  (a: ArrayLike, options: Partial<SvdOptions> & { readonly computeUv: false }): NDArray;
  (a: ArrayLike, fullMatrices: boolean, computeUv: false, hermitian?: boolean): NDArray;
  (a: ArrayLike, ...args: SvdArguments): SvdResult;
}

/** a = U diag(S) V^H, S in falling order; U and V are square unless `fullMatrices` is false (`numpy.linalg.svd`). */
export const svd: SvdFunction = ((a: ArrayLike, ...args: readonly unknown[]): NDArray | SvdResult => {
  const names = ["fullMatrices", "computeUv", "hermitian"] as const;
  const options = bind<SvdOptions>("svd", names, args, {
    fullMatrices: true,
    computeUv: true,
    hermitian: false,
  });
  if (!options.computeUv) return singularValues(a, options.hermitian);
  const array = matrices(a, options.hermitian ? checkSquare : checkStacked);
  const [u, s, vh] = singularParts(options.hermitian ? mirrored(array) : array, options.fullMatrices, true);
  return namedValues(["U", "S", "Vh"], [u!, s!, vh!]);
}) as SvdFunction;

/** Singular values in falling order (`numpy.linalg.svdvals`). */
export function svdvals(x: ArrayLike): NDArray {
  return singularValues(x);
}

interface QrOptions {
  readonly mode: string;
}

/** Q and R. */
export type QrResult = NamedValues<readonly ["Q", "R"], NDArray>;

/** `numpy.linalg.qr`: R alone in mode "r". */
export interface QrFunction {
  (a: ArrayLike, mode: "r"): NDArray;
  (a: ArrayLike, options: { readonly mode: "r" }): NDArray;
  (a: ArrayLike, mode: "raw"): readonly [h: NDArray, tau: NDArray];
  (a: ArrayLike, ...args: Signature<[mode: string], Partial<QrOptions>>): QrResult;
}

/** a = Q R in mode "reduced" or "complete" (Q square); "raw" gives LAPACK's reflections (`numpy.linalg.qr`). */
export const qr: QrFunction = ((a: ArrayLike, ...args: readonly unknown[]): unknown => {
  const { mode: given } = bind<QrOptions>("qr", ["mode"], args, { mode: "reduced" });
  const mode = qrMode(given);
  const array = matrices(a, checkStacked);
  if (mode === "raw") {
    const [h, tau] = computed(ops.householder, [array], undefined);
    return [h!.swapaxes(-1, -2), tau!];
  }
  const [q, r] = computed(ops.qr, [array], { mode });
  return mode === "r" ? r : namedValues(["Q", "R"], [q!, r!]);
}) as QrFunction;

function qrMode(mode: string): "reduced" | "complete" | "r" | "raw" {
  if (mode === "reduced" || mode === "complete" || mode === "r" || mode === "raw") return mode;
  if (mode === "f" || mode === "full") {
    warn(
      "DeprecationWarning",
      "The 'full' option is deprecated in favor of 'reduced'.\nFor backward compatibility let mode default.",
    );
    return "reduced";
  }
  throw new ValueError(`Unrecognized mode '${mode}'`);
}

type Bound = ArrayLike | null;

interface PinvOptions {
  readonly rcond: Bound;
  readonly hermitian: boolean;
  readonly rtol: Bound | undefined;
}

/** Moore and Penrose's inverse; singular values up to rcond times the largest count as 0 (`numpy.linalg.pinv`). */
export function pinv(
  a: ArrayLike,
  ...args: Signature<[rcond: Bound, hermitian: boolean], Partial<PinvOptions>>
): NDArray {
  const options = bind<PinvOptions>("pinv", ["rcond", "hermitian"], args, {
    rcond: null,
    hermitian: false,
    rtol: undefined,
  });
  const { rcond, rtol } = options;
  if (rcond !== null && rtol !== undefined && rtol !== null) {
    throw new ValueError("`rtol` and `rcond` can't be both set.");
  }
  const array = matrices(a, options.hermitian ? checkSquare : checkStacked);
  const usual = floatLimits(array.dtype).eps * Math.max(array.shape.at(-1)!, array.shape.at(-2)!);
  const bound = rcond ?? (rtol === undefined ? 1e-15 : (rtol ?? usual));
  const real = array.dtype.isComplex ? array.real.dtype : array.dtype;
  const bounds = [singleElement(real, 0), withType(asArray(bound), real)];
  const [result, info] = computed(ops.pseudoInverse, [array, ...bounds], { hermitian: options.hermitian });
  checkInfo(info!, "SVD did not converge");
  return result!;
}

interface RankOptions {
  readonly tol: Bound;
  readonly hermitian: boolean;
  readonly rtol: Bound;
}

/** How many singular values are above a bound (`numpy.linalg.matrix_rank`); of a vector whether one element is not 0. */
export function matrixRank(
  A: ArrayLike,
  ...args: Signature<[tol: Bound, hermitian: boolean], Partial<RankOptions>>
): NDArray {
  const {
    tol,
    hermitian: isHermitian,
    rtol,
  } = bind<RankOptions>("matrix_rank", ["tol", "hermitian"], args, {
    tol: null,
    hermitian: false,
    rtol: null,
  });
  if (tol !== null && rtol !== null) throw new ValueError("`tol` and `rtol` can't be both set.");
  const array = asArray(A);
  if (array.ndim < 2) {
    return scalarIfZeroD(fromValues(int64, [], [elements(array).some(isTruthy) ? 1n : 0n]));
  }
  const values = singularValues(array, isHermitian);
  if (values.shape.at(-1) === 0) return scalarIfZeroD(allocateShape(int64, values.shape.slice(0, -1)));
  const usual = floatLimits(values.dtype).eps * Math.max(array.shape.at(-1)!, array.shape.at(-2)!);
  const relative = rtol === null ? usual : expandDims(rtol, -1);
  const bound =
    tol === null
      ? multiply(amax(values, { axis: -1, keepdims: true }), withType(asArray(relative), values.dtype))
      : expandDims(tol, -1);
  return scalarIfZeroD(asArray(countNonzero(greater(values, bound), -1)));
}

/** The condition number (`numpy.linalg.cond`): the norm times the inverse's; for 2 (taken for none) and -2 by singular values. */
export function cond(
  x: ArrayLike,
  ...args: Signature<[p: number | string | null], { readonly p?: number | string | null }>
): NDArray {
  const { p } = bind<{ readonly p: number | string | null }>("cond", ["p"], args, { p: null });
  const array = asArray(x);
  if (array.size === 0 && array.ndim >= 2) throw new LinAlgError("cond is not defined on empty arrays");
  if (p === null || p === 2 || p === -2) {
    const values = singularValues(array);
    const [largest, smallest] = [values.at("...", 0), values.at("...", -1)] as [NDArray, NDArray];
    return quietly(() => filledQuotient(p === -2 ? [smallest, largest] : [largest, smallest]));
  }
  const square = matrices(array, checkSquare);
  return quietly(() => {
    const [inverse] = computed(ops.inverse, [square], undefined);
    const size = (matrix: NDArray): NDArray => normOf(matrix, p, [-2, -1], false);
    return withInfinities(multiply(size(square), size(inverse!)), square);
  });
}

function filledQuotient([above, below]: readonly [NDArray, NDArray]): NDArray {
  return withInfinities(divide(above, below), above);
}

/** Where NaN came of numbers the matrix is singular: its condition number is infinite. */
function withInfinities(result: NDArray, source: NDArray): NDArray {
  const values = elements(result);
  const perResult = source.size / Math.max(values.length, 1);
  const given = elements(isfinite(source));
  const filled = values.map((value, i) => {
    if (!Number.isNaN(value)) return value;
    const isKnown = given.slice(i * perResult, (i + 1) * perResult).every(isTruthy);
    return isKnown ? Number.POSITIVE_INFINITY : value;
  });
  return scalarIfZeroD(fromValues(result.dtype, result.shape, filled));
}
