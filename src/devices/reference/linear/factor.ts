// Factorisations of square systems: LU with partial pivoting, Cholesky, and substitution with triangles.

import { addScaled, copyRows, dot, identityRows, type Pair, type Rows, scaleRun, swapRows } from "./rows.ts";

/** 1 / (re + i im). */
export function reciprocal(re: number, im: number, result: Pair): void {
  if (im === 0) {
    result.re = 1 / re;
    result.im = 0;
    return;
  }
  // Smith's quotient, which neither overflows nor underflows early.
  if (Math.abs(re) >= Math.abs(im)) {
    const ratio = im / re;
    const below = re + im * ratio;
    result.re = 1 / below;
    result.im = -ratio / below;
    return;
  }
  const ratio = re / im;
  const below = re * ratio + im;
  result.re = ratio / below;
  result.im = -1 / below;
}

/** The row at or below the diagonal whose element of a column is the largest, as LAPACK measures it. */
function pivotOf({ re, im, rows, columns }: Rows, column: number): number {
  let best = column;
  let largest = -1;
  for (let row = column; row < rows; row++) {
    const at = row * columns + column;
    const size = Math.abs(re[at]!) + (im === undefined ? 0 : Math.abs(im[at]!));
    if (size > largest) {
      largest = size;
      best = row;
    }
  }
  return best;
}

/**
 * P A = L U in place: L below the diagonal with ones on it, U above. LAPACK's getrf.
 * @param pivots which row was exchanged with row i, from 0
 * @returns 0, or the place from 1 of the first zero on U's diagonal
 */
export function factorLu(matrix: Rows, pivots: Int32Array): number {
  const { re, im, rows, columns } = matrix;
  let info = 0;
  const inverse: Pair = { re: 0, im: 0 };
  for (let k = 0; k < Math.min(rows, columns); k++) {
    const pivot = pivotOf(matrix, k);
    pivots[k] = pivot;
    swapRows(matrix, k, pivot);
    const at = k * columns + k;
    if (re[at] === 0 && (im === undefined || im[at] === 0)) {
      if (info === 0) info = k + 1;
      continue;
    }
    reciprocal(re[at]!, im?.[at] ?? 0, inverse);
    for (let row = k + 1; row < rows; row++) {
      const left = row * columns + k;
      if (re[left] === 0 && (im === undefined || im[left] === 0)) continue;
      scaleRun(matrix, left, 1, inverse.re, inverse.im);
      const [fr, fi] = [re[left]!, im?.[left] ?? 0];
      addScaled(matrix, at + 1, matrix, left + 1, columns - k - 1, -fr, -fi);
    }
  }
  return info;
}

/** Which triangle of a matrix is used, and whether its diagonal is taken to be ones. */
export interface Triangle {
  readonly upper: boolean;
  readonly unit: boolean;
}

/** Solves T X = B in place in B by substitution. */
export function substitute(triangle: Rows, b: Rows, { upper, unit }: Triangle): void {
  const n = triangle.rows;
  const inverse: Pair = { re: 1, im: 0 };
  for (let step = 0; step < n; step++) {
    const row = upper ? n - 1 - step : step;
    const at = row * b.columns;
    const [first, last] = upper ? [row + 1, n] : [0, row];
    for (let k = first; k < last; k++) {
      const from = row * n + k;
      addScaled(b, k * b.columns, b, at, b.columns, -triangle.re[from]!, -(triangle.im?.[from] ?? 0));
    }
    if (unit) continue;
    const diagonal = row * n + row;
    if (triangle.im === undefined) {
      const pivot = triangle.re[diagonal]!;
      for (let i = 0; i < b.columns; i++) b.re[at + i]! /= pivot;
      continue;
    }
    reciprocal(triangle.re[diagonal]!, triangle.im[diagonal]!, inverse);
    scaleRun(b, at, b.columns, inverse.re, inverse.im);
  }
}

/** Solves A X = B in place in B. @returns as `factorLu`; where that is not 0 nothing is solved */
export function solveInPlace(matrix: Rows, b: Rows): number {
  const pivots = new Int32Array(matrix.rows);
  const factors = copyRows(matrix);
  const info = factorLu(factors, pivots);
  if (info !== 0) return info;
  pivots.forEach((pivot, row) => {
    swapRows(b, row, pivot);
  });
  substitute(factors, b, { upper: false, unit: true });
  substitute(factors, b, { upper: true, unit: false });
  return 0;
}

/** The inverse, and as `factorLu` whether there is one. */
export function inverted(matrix: Rows): { readonly inverse: Rows; readonly info: number } {
  const inverse = identityRows(matrix.rows, matrix.rows, matrix.im !== undefined);
  return { info: solveInPlace(matrix, inverse), inverse };
}

/**
 * The lower factor of a positive definite matrix, of which the lower triangle is read, in place; zeros above.
 * @returns 0, or the order of the leading minor that is not positive definite
 */
export function factorCholesky(matrix: Rows): number {
  const { re, im, rows: n } = matrix;
  const sum: Pair = { re: 0, im: 0 };
  let info = 0;
  for (let j = 0; j < n && info === 0; j++) {
    const row = j * n;
    dot(matrix, row, matrix, row, j, sum);
    const square = re[row + j]! - sum.re;
    if (!(square > 0)) {
      info = j + 1;
      break;
    }
    const pivot = Math.sqrt(square);
    re[row + j] = pivot;
    if (im !== undefined) im[row + j] = 0;
    for (let i = j + 1; i < n; i++) {
      // sum of conj(L[j, k]) L[i, k]
      dot(matrix, row, matrix, i * n, j, sum);
      re[i * n + j] = (re[i * n + j]! - sum.re) / pivot;
      if (im !== undefined) im[i * n + j] = (im[i * n + j]! - sum.im) / pivot;
    }
  }
  for (let i = 0; i < n; i++) {
    re.fill(0, i * n + i + 1, (i + 1) * n);
    im?.fill(0, i * n + i + 1, (i + 1) * n);
  }
  return info;
}
