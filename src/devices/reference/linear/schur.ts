// Eigenvalues and eigenvectors of any complex matrix: Householder's reduction to Hessenberg form, QR steps with one
// shift to Schur form, back substitution (Golub and Van Loan, Matrix Computations, 4th edition, chapter 7).

import { balance, unbalance } from "./balance.ts";
import { reciprocal } from "./factor.ts";
import { reflection } from "./reflect.ts";
import {
  addScaled,
  copyRows,
  dot,
  identityRows,
  normOf,
  type Pair,
  type Rows,
  scaleRun,
  transposedRows,
  zeroRows,
} from "./rows.ts";

/** Eigenvalues; each row of `vectors` is an eigenvector of length 1. */
export interface Eigen {
  readonly values: { readonly re: Float64Array; readonly im: Float64Array };
  readonly vectors: Rows | undefined;
  readonly converged: boolean;
}

const maxSteps = 60;

/** A complex matrix in place to Hessenberg form H = Q^H A Q. @returns Q */
function hessenberg(a: Rows): Rows {
  const n = a.rows;
  const q = identityRows(n, n, true);
  const v = zeroRows(1, n, true);
  const tau: Pair = { re: 0, im: 0 };
  for (let k = 0; k < n - 1; k++) {
    const count = n - k - 1;
    for (let i = 0; i < count; i++) {
      v.re[i] = a.re[(k + 1 + i) * n + k]!;
      v.im![i] = a.im![(k + 1 + i) * n + k]!;
    }
    reflection(v, 0, count, tau);
    if (tau.re === 0 && tau.im === 0) continue;
    v.re[0] = 1;
    reflectRows(a, k + 1, v, count, { re: tau.re, im: -tau.im });
    reflectColumns(a, k + 1, v, count, tau);
    reflectColumns(q, k + 1, v, count, tau);
  }
  return q;
}

/** Rows from `first` on: A - factor v (v^H A). */
function reflectRows(a: Rows, first: number, v: Rows, count: number, factor: Pair): void {
  const n = a.columns;
  const along = zeroRows(1, n, true);
  for (let i = 0; i < count; i++) addScaled(a, (first + i) * n, along, 0, n, v.re[i]!, -v.im![i]!);
  for (let i = 0; i < count; i++) {
    const re = factor.re * v.re[i]! - factor.im * v.im![i]!;
    const im = factor.re * v.im![i]! + factor.im * v.re[i]!;
    addScaled(along, 0, a, (first + i) * n, n, -re, -im);
  }
}

/** Columns from `first` on: A - factor (A v) v^H. */
function reflectColumns(a: Rows, first: number, v: Rows, count: number, factor: Pair): void {
  const turned = zeroRows(1, count, true);
  for (let i = 0; i < count; i++) {
    turned.re[i] = v.re[i]!;
    turned.im![i] = -v.im![i]!;
  }
  const sum: Pair = { re: 0, im: 0 };
  for (let row = 0; row < a.rows; row++) {
    const at = row * a.columns + first;
    dot(turned, 0, a, at, count, sum);
    const re = factor.re * sum.re - factor.im * sum.im;
    const im = factor.re * sum.im + factor.im * sum.re;
    addScaled(turned, 0, a, at, count, -re, -im);
  }
}

/** Wilkinson's shift: the eigenvalue of the last two rows' block that is nearer to its last element. */
function shiftOf({ re, im, columns: n }: Rows, high: number, result: Pair): void {
  const at = (i: number, j: number): number => (high - 1 + i) * n + high - 1 + j;
  const [ar, ai] = [re[at(0, 0)]!, im![at(0, 0)]!];
  const [dr, di] = [re[at(1, 1)]!, im![at(1, 1)]!];
  const [br, bi] = [re[at(0, 1)]!, im![at(0, 1)]!];
  const [cr, ci] = [re[at(1, 0)]!, im![at(1, 0)]!];
  const [hr, hi] = [(ar - dr) / 2, (ai - di) / 2];
  const [pr, pi] = [br * cr - bi * ci, br * ci + bi * cr];
  const [sr, si] = [hr * hr - hi * hi + pr, 2 * hr * hi + pi];
  const size = Math.hypot(sr, si);
  let rootRe = Math.sqrt(Math.max(0, (size + sr) / 2));
  let rootIm = Math.sqrt(Math.max(0, (size - sr) / 2)) * (si < 0 ? -1 : 1);
  if (hr * rootRe + hi * rootIm > 0) {
    rootRe = -rootRe;
    rootIm = -rootIm;
  }
  result.re = dr + hr + rootRe;
  result.im = di + hi + rootIm;
}

/** Rows i, i + 1 from a column on become [c, s; -conj(s), c] of them. */
function turnRows(a: Rows, i: number, from: number, c: number, s: Pair): void {
  const n = a.columns;
  for (let j = from; j < n; j++) {
    const [p, q] = [i * n + j, (i + 1) * n + j];
    const [xr, xi, yr, yi] = [a.re[p]!, a.im![p]!, a.re[q]!, a.im![q]!];
    a.re[p] = c * xr + s.re * yr - s.im * yi;
    a.im![p] = c * xi + s.re * yi + s.im * yr;
    a.re[q] = c * yr - s.re * xr - s.im * xi;
    a.im![q] = c * yi - s.re * xi + s.im * xr;
  }
}

/** Columns i, i + 1 down to a row: the adjoint of that turn from the right. */
function turnColumns(a: Rows, i: number, to: number, c: number, s: Pair): void {
  const n = a.columns;
  for (let row = 0; row <= to; row++) {
    const p = row * n + i;
    const [xr, xi, yr, yi] = [a.re[p]!, a.im![p]!, a.re[p + 1]!, a.im![p + 1]!];
    a.re[p] = c * xr + s.re * yr + s.im * yi;
    a.im![p] = c * xi + s.re * yi - s.im * yr;
    a.re[p + 1] = c * yr - s.re * xr + s.im * xi;
    a.im![p + 1] = c * yi - s.re * xi - s.im * xr;
  }
}

/** One QR step with a shift on rows low to high of a Hessenberg matrix. */
function stepQr(h: Rows, q: Rows, low: number, high: number, shift: Pair): void {
  const n = h.columns;
  let [xr, xi] = [h.re[low * n + low]! - shift.re, h.im![low * n + low]! - shift.im];
  let [yr, yi] = [h.re[(low + 1) * n + low]!, h.im![(low + 1) * n + low]!];
  for (let k = low; k < high; k++) {
    const [sizeX, sizeY] = [Math.hypot(xr, xi), Math.hypot(yr, yi)];
    const length = Math.hypot(sizeX, sizeY);
    if (length > 0) {
      // c x + s y = length * x / |x|, and -conj(s) x + c y = 0
      const c = sizeX / length;
      const s: Pair =
        sizeX === 0
          ? { re: yr / length, im: -yi / length }
          : {
              re: (xr * yr + xi * yi) / (sizeX * length),
              im: (xi * yr - xr * yi) / (sizeX * length),
            };
      turnRows(h, k, Math.max(0, k - 1), c, s);
      turnColumns(h, k, Math.min(k + 2, high), c, s);
      turnColumns(q, k, n - 1, c, s);
    }
    if (k < high - 1) {
      [xr, xi] = [h.re[(k + 1) * n + k]!, h.im![(k + 1) * n + k]!];
      [yr, yi] = [h.re[(k + 2) * n + k]!, h.im![(k + 2) * n + k]!];
    }
  }
}

/** A Hessenberg matrix in place to triangular form. @returns whether it settled */
function triangularize(h: Rows, q: Rows): boolean {
  const n = h.columns;
  const size = (at: number): number => Math.abs(h.re[at]!) + Math.abs(h.im![at]!);
  const shift: Pair = { re: 0, im: 0 };
  for (let high = n - 1, step = 0; high > 0; ) {
    let low = high;
    while (low > 0) {
      const around = size((low - 1) * n + low - 1) + size(low * n + low);
      if (size(low * n + low - 1) <= Number.EPSILON * around || size(low * n + low - 1) < 1e-300) break;
      low--;
    }
    if (low > 0) {
      h.re[low * n + low - 1] = 0;
      h.im![low * n + low - 1] = 0;
    }
    if (low === high) {
      high--;
      step = 0;
      continue;
    }
    if (step++ === maxSteps) return false;
    shiftOf(h, high, shift);
    // An exceptional shift, where the usual one goes round in circles.
    if (step % 11 === 0) shift.re += size(high * n + high - 1);
    stepQr(h, q, low, high, shift);
  }
  return true;
}

/** Eigenvectors of the triangular matrix, each as a row. */
function triangularVectors(t: Rows): Rows {
  const n = t.rows;
  const result = zeroRows(n, n, true);
  const inverse: Pair = { re: 0, im: 0 };
  const smallest = Number.EPSILON * Math.max(normOf(t, 0, n * n), Number.MIN_VALUE);
  for (let k = 0; k < n; k++) {
    const at = k * n;
    result.re[at + k] = 1;
    for (let i = k - 1; i >= 0; i--) {
      let [re, im] = [0, 0];
      for (let j = i + 1; j <= k; j++) {
        const [tr, ti] = [t.re[i * n + j]!, t.im![i * n + j]!];
        re += tr * result.re[at + j]! - ti * result.im![at + j]!;
        im += tr * result.im![at + j]! + ti * result.re[at + j]!;
      }
      let [dr, di] = [t.re[k * n + k]! - t.re[i * n + i]!, t.im![k * n + k]! - t.im![i * n + i]!];
      if (Math.abs(dr) + Math.abs(di) < smallest) [dr, di] = [smallest, 0];
      reciprocal(dr, di, inverse);
      result.re[at + i] = re * inverse.re - im * inverse.im;
      result.im![at + i] = re * inverse.im + im * inverse.re;
    }
  }
  return result;
}

/**
 * Rows brought to length 1 with their largest element real, as LAPACK's geev gives them.
 * @param keepsSign whether that element keeps the sign of its real part, as in dgeev; else it is positive, as in zgeev
 */
export function normalizeVectors(vectors: Rows, keepsSign = false): void {
  const n = vectors.columns;
  for (let row = 0; row < vectors.rows; row++) {
    const length = normOf(vectors, row * n, n);
    if (length > 0) scaleRun(vectors, row * n, n, 1 / length, 0);
    let [largest, place] = [-1, 0];
    for (let j = 0; j < n; j++) {
      const size = Math.hypot(vectors.re[row * n + j]!, vectors.im![row * n + j]!);
      if (size > largest) [largest, place] = [size, row * n + j];
    }
    if (!(largest > 0) || vectors.im![place] === 0) continue;
    const signed = keepsSign && vectors.re[place]! < 0 ? -largest : largest;
    scaleRun(vectors, row * n, n, vectors.re[place]! / signed, -vectors.im![place]! / signed);
    vectors.im![place] = 0;
  }
}

/** Eigenvalues and eigenvectors of a complex matrix. */
export function complexEigen(matrix: Rows, wantsVectors: boolean): Eigen {
  const n = matrix.rows;
  const h = copyRows(matrix);
  const balanced = balance(h);
  const q = hessenberg(h);
  const converged = triangularize(h, q);
  const values = { re: new Float64Array(n), im: new Float64Array(n) };
  for (let i = 0; i < n; i++) {
    values.re[i] = h.re[i * n + i]!;
    values.im[i] = h.im![i * n + i]!;
  }
  if (!wantsVectors || !converged) return { values, vectors: undefined, converged };
  const inSchur = triangularVectors(h);
  const vectors = zeroRows(n, n, true);
  // Q x: rows of the transposed Q, weighted.
  const columns = transposedRows(q);
  for (let row = 0; row < n; row++) {
    for (let j = 0; j <= row; j++) {
      addScaled(columns, j * n, vectors, row * n, n, inSchur.re[row * n + j]!, inSchur.im![row * n + j]!);
    }
  }
  unbalance(vectors, balanced);
  normalizeVectors(vectors);
  return { values, vectors, converged };
}
