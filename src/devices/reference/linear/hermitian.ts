// Eigenvalues and eigenvectors of symmetric and Hermitian matrices: Householder's reduction to a real tridiagonal
// matrix, then QL steps with implicit shifts (EISPACK's tred2 and tql2).

import { reflection, reflectRun } from "./reflect.ts";
import {
  addScaled,
  areFinite,
  dot,
  identityRows,
  type Pair,
  type Rows,
  reorderRows,
  rotateRows,
  zeroRows,
} from "./rows.ts";

/** Eigenvalues in rising order; each row of `vectors` is an eigenvector. */
export interface HermitianEigen {
  readonly values: Float64Array;
  readonly vectors: Rows | undefined;
  /** False where the steps did not settle, or the matrix is not finite. */
  readonly converged: boolean;
}

/** A matrix made tridiagonal: the diagonal, what is beside it, and columns of the transformation as rows. */
interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
  readonly vectors: Rows | undefined;
}

/** One reflection from both sides: A - v w^H - w v^H, over columns that lie as rows. */
function reflectBothSides(columns: Rows, k: number, tau: Pair, w: Rows): void {
  const n = columns.rows;
  const [first, count] = [k + 1, n - k - 1];
  const v = k * n + first;
  w.re.fill(0);
  w.im?.fill(0);
  for (let j = 0; j < count; j++) {
    const row = (first + j) * n + first;
    addScaled(columns, row, w, 0, count, columns.re[v + j]!, columns.im?.[v + j] ?? 0);
  }
  const along: Pair = { re: 0, im: 0 };
  dot(columns, v, w, 0, count, along);
  const half = -0.5 * (tau.re * tau.re + tau.im * tau.im) * along.re;
  scaleInto(w, count, tau);
  addScaled(columns, v, w, 0, count, half, 0);
  for (let j = 0; j < count; j++) {
    const row = (first + j) * n + first;
    addScaled(columns, v, columns, row, count, -w.re[j]!, w.im?.[j] ?? 0);
    addScaled(w, 0, columns, row, count, -columns.re[v + j]!, columns.im?.[v + j] ?? 0);
  }
}

function scaleInto(w: Rows, count: number, factor: Pair): void {
  for (let i = 0; i < count; i++) {
    const [re, im] = [w.re[i]!, w.im?.[i] ?? 0];
    w.re[i] = factor.re * re - factor.im * im;
    if (w.im !== undefined) w.im[i] = factor.re * im + factor.im * re;
  }
}

/** @param columns the matrix, whose columns lie as rows; it is used up */
function tridiagonal(columns: Rows, wantsVectors: boolean): Tridiagonal {
  const n = columns.rows;
  const isComplex = columns.im !== undefined;
  const [diagonal, beside] = [new Float64Array(n), new Float64Array(n)];
  const w = zeroRows(1, n, isComplex);
  const taus: Pair[] = [];
  for (let k = 0; k < n - 1; k++) {
    const at = k * n + k + 1;
    const tau: Pair = { re: 0, im: 0 };
    reflection(columns, at, n - k - 1, tau);
    taus.push(tau);
    beside[k] = columns.re[at]!;
    columns.re[at] = 1;
    if (columns.im !== undefined) columns.im[at] = 0;
    if (tau.re !== 0 || tau.im !== 0) reflectBothSides(columns, k, tau, w);
  }
  for (let k = 0; k < n; k++) diagonal[k] = columns.re[k * n + k]!;
  if (!wantsVectors) return { diagonal, beside, vectors: undefined };
  const vectors = identityRows(n, n, isComplex);
  const scratch: Pair = { re: 0, im: 0 };
  for (let k = n - 2; k >= 0; k--) {
    const tau = taus[k]!;
    if (tau.re === 0 && tau.im === 0) continue;
    for (let j = k + 1; j < n; j++) {
      reflectRun(columns, k * n + k + 1, vectors, j * n + k + 1, n - k - 1, tau, scratch);
    }
  }
  return { diagonal, beside, vectors };
}

const maxSteps = 100;

/** QL steps until the diagonal holds the eigenvalues; rows of `vectors` are turned along. @returns whether they settle */
function settle({ diagonal: d, beside: e, vectors }: Tridiagonal): boolean {
  const n = d.length;
  let [shift, largest] = [0, 0];
  for (let l = 0; l < n; l++) {
    largest = Math.max(largest, Math.abs(d[l]!) + Math.abs(e[l]!));
    let m = l;
    while (m < n - 1 && Math.abs(e[m]!) > Number.EPSILON * largest) m++;
    for (let step = 0; m > l && Math.abs(e[l]!) > Number.EPSILON * largest; step++) {
      if (step === maxSteps) return false;
      shift += stepQl(d, e, l, m, vectors);
    }
    d[l]! += shift;
    e[l] = 0;
  }
  return true;
}

/** One QL step on rows l to m. @returns the shift that was taken off the diagonal */
function stepQl(d: Float64Array, e: Float64Array, l: number, m: number, vectors: Rows | undefined): number {
  const before = d[l]!;
  let p = (d[l + 1]! - before) / (2 * e[l]!);
  const root = p < 0 ? -Math.hypot(p, 1) : Math.hypot(p, 1);
  d[l] = e[l]! / (p + root);
  d[l + 1] = e[l]! * (p + root);
  const next = d[l + 1]!;
  const shift = before - d[l]!;
  for (let i = l + 2; i < d.length; i++) d[i]! -= shift;
  p = d[m]!;
  let [c, c2, c3, s, s2] = [1, 1, 1, 0, 0];
  const besideNext = e[l + 1]!;
  for (let i = m - 1; i >= l; i--) {
    c3 = c2;
    c2 = c;
    s2 = s;
    const [g, h] = [c * e[i]!, c * p];
    const r = Math.hypot(p, e[i]!);
    e[i + 1] = s * r;
    s = e[i]! / r;
    c = p / r;
    p = c * d[i]! - s * g;
    d[i + 1] = h + s * (c * g + s * d[i]!);
    if (vectors !== undefined) rotateRows(vectors, i + 1, i, c, s);
  }
  p = (-s * s2 * c3 * besideNext * e[l]!) / next;
  e[l] = s * p;
  d[l] = c * p;
  return shift;
}

/** The eigenvalues, and eigenvectors where they are wanted. @param columns the matrix by columns; it is used up */
export function hermitianEigen(columns: Rows, wantsVectors: boolean): HermitianEigen {
  if (!areFinite(columns))
    return { values: new Float64Array(columns.rows), vectors: undefined, converged: false };
  const form = tridiagonal(columns, wantsVectors);
  const converged = settle(form);
  const order = [...form.diagonal.keys()].sort((a, b) => form.diagonal[a]! - form.diagonal[b]!);
  return {
    values: form.diagonal.slice().sort(),
    vectors: form.vectors === undefined ? undefined : reorderRows(form.vectors, order),
    converged,
  };
}
