// Householder reflections and the QR decomposition made of them, with the signs that LAPACK gives (larfg, geqrf).

import { reciprocal } from "./factor.ts";
import {
  addScaled,
  dot,
  identityRows,
  normOf,
  type Pair,
  type Rows,
  scaleRun,
  transposedRows,
  zeroRows,
} from "./rows.ts";

/**
 * The reflection H = I - tau v v^H, v[0] = 1, for which H^H x = (beta, 0, ...), beta real. Over `count` elements of a
 * row, v's others take x's place behind the first, which becomes beta. @param tau set to the factor
 */
export function reflection(matrix: Rows, at: number, count: number, tau: Pair): void {
  const [re, im] = [matrix.re[at]!, matrix.im?.[at] ?? 0];
  const rest = normOf(matrix, at + 1, count - 1);
  tau.re = 0;
  tau.im = 0;
  if (rest === 0 && im === 0) return;
  const length = Math.hypot(re, im, rest);
  const beta = re >= 0 ? -length : length;
  tau.re = (beta - re) / beta;
  tau.im = -im / beta;
  const inverse: Pair = { re: 0, im: 0 };
  reciprocal(re - beta, im, inverse);
  scaleRun(matrix, at + 1, count - 1, inverse.re, inverse.im);
  matrix.re[at] = beta;
  if (matrix.im !== undefined) matrix.im[at] = 0;
}

/** x := x - factor (v^H x) v for `count` elements of a row of `target`; v[0] counts as 1. */
export function reflectRun(
  v: Rows,
  vAt: number,
  target: Rows,
  at: number,
  count: number,
  factor: Pair,
  scratch: Pair,
): void {
  dot(v, vAt + 1, target, at + 1, count - 1, scratch);
  const re = scratch.re + target.re[at]!;
  const im = scratch.im + (target.im?.[at] ?? 0);
  const fr = factor.re * re - factor.im * im;
  const fi = factor.re * im + factor.im * re;
  target.re[at]! -= fr;
  if (target.im !== undefined) target.im[at]! -= fi;
  addScaled(v, vAt + 1, target, at + 1, count - 1, -fr, -fi);
}

/** Reflections that make a matrix triangular. */
export interface Reflections {
  /** Columns as rows: R's elements up to the diagonal, the reflections' vectors behind it. */
  readonly columns: Rows;
  readonly taus: readonly Pair[];
}

/** Reflects a matrix column by column until it is triangular. */
export function reflections(matrix: Rows): Reflections {
  const { rows: m, columns: n } = matrix;
  // Columns of A as rows, so that each lies together.
  const columns = transposedRows(matrix);
  const taus: Pair[] = [];
  const scratch: Pair = { re: 0, im: 0 };
  for (let k = 0; k < Math.min(m, n); k++) {
    const tau: Pair = { re: 0, im: 0 };
    const at = k * m + k;
    reflection(columns, at, m - k, tau);
    taus.push(tau);
    if (tau.re === 0 && tau.im === 0) continue;
    const adjoint = { re: tau.re, im: -tau.im };
    for (let j = k + 1; j < n; j++) reflectRun(columns, at, columns, j * m + k, m - k, adjoint, scratch);
  }
  return { columns, taus };
}

/** A = Q R: Q has `width` columns, R as many rows. */
export interface QrFactors {
  /** Undefined where it was not asked for. */
  readonly q: Rows | undefined;
  readonly r: Rows;
}

/**
 * The QR decomposition.
 * @param width how many columns of Q (and rows of R) are wanted: min(m, n), or m
 * @param wantsQ whether Q is made
 */
export function factorQr(matrix: Rows, width: number, wantsQ: boolean): QrFactors {
  const { rows: m, columns: n } = matrix;
  const { columns, taus } = reflections(matrix);
  const r = zeroRows(width, n, matrix.im !== undefined);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < n; j++) {
      const holds = j >= i;
      r.re[i * n + j] = holds ? columns.re[j * m + i]! : 0;
      if (r.im !== undefined) r.im[i * n + j] = holds ? columns.im![j * m + i]! : 0;
    }
  }
  return { q: wantsQ ? orthogonal(columns, taus, width) : undefined, r };
}

/** Q's first columns from the reflections. */
function orthogonal(columns: Rows, taus: readonly Pair[], width: number): Rows {
  const m = columns.columns;
  // Columns of Q as rows.
  const q = identityRows(width, m, columns.im !== undefined);
  const scratch: Pair = { re: 0, im: 0 };
  for (let k = taus.length - 1; k >= 0; k--) {
    const tau = taus[k]!;
    if (tau.re === 0 && tau.im === 0) continue;
    for (let j = k; j < width; j++) reflectRun(columns, k * m + k, q, j * m + k, m - k, tau, scratch);
  }
  return transposedRows(q);
}
