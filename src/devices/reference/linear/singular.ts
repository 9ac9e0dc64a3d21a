// The singular value decomposition: QR, then Jacobi's rotations from one side on the adjoint of R (Demmel and
// Veselic, 1992; Drmac and Veselic, 2008), which finds small singular values as accurately as large ones.

import { factorQr } from "./reflect.ts";
import {
  addScaled,
  adjointRows,
  copyRows,
  dot,
  identityRows,
  largestPart,
  multiplyRows,
  normOf,
  type Pair,
  type Rows,
  reorderRows,
  rotateRows,
  scaleAll,
  scaleRun,
  transposedRows,
  zeroRows,
} from "./rows.ts";

/** A = U diag(values) V^H, values in falling order. */
export interface Singular {
  readonly u: Rows | undefined;
  readonly values: Float64Array;
  /** V^H. */
  readonly vh: Rows | undefined;
}

const maxSweeps = 60;
const nearlyOrthogonal = 1e-15;

/** Lengths of two rows squared, and their inner product, in one go. */
interface Products {
  first: number;
  second: number;
  readonly inner: Pair;
}

/** Squares below this have lost digits: lengths are then taken with care. */
const tooSmall = 1e-260;

function productsOf(rows: Rows, p: number, q: number, result: Products): void {
  const { columns, re, im } = rows;
  const [a, b] = [p * columns, q * columns];
  let [first, second, inner] = [0, 0, 0];
  if (im === undefined) {
    for (let i = 0; i < columns; i++) {
      const x = re[a + i]!;
      const y = re[b + i]!;
      first += x * x;
      second += y * y;
      inner += x * y;
    }
    result.inner.re = inner;
    result.inner.im = 0;
  } else {
    for (let i = 0; i < columns; i++) {
      first += re[a + i]! ** 2 + im[a + i]! ** 2;
      second += re[b + i]! ** 2 + im[b + i]! ** 2;
    }
    dot(rows, a, rows, b, columns, result.inner);
  }
  result.first = first;
  result.second = second;
}

/** The same of rows whose squares underflow: lengths with care, and the inner product of the rows brought to length 1. */
function smallProducts(rows: Rows, p: number, q: number, a: number, b: number, inner: Pair): void {
  const { columns, re, im } = rows;
  inner.re = 0;
  inner.im = 0;
  if (a === 0 || b === 0) return;
  for (let i = 0; i < columns; i++) {
    const [xr, yr] = [re[p * columns + i]! / a, re[q * columns + i]! / b];
    const [xi, yi] = im === undefined ? [0, 0] : [im[p * columns + i]! / a, im[q * columns + i]! / b];
    inner.re += xr * yr + xi * yi;
    inner.im += xr * yi - xi * yr;
  }
}

/** Makes two rows orthogonal by a rotation, which `along` takes part in. @returns whether they were not yet so */
function orthogonalize(rows: Rows, p: number, q: number, along: Rows | undefined, found: Products): boolean {
  const { columns } = rows;
  productsOf(rows, p, q, found);
  const { inner } = found;
  let [a, b] = [Math.sqrt(found.first), Math.sqrt(found.second)];
  if (found.first < tooSmall || found.second < tooSmall) {
    a = normOf(rows, p * columns, columns);
    b = normOf(rows, q * columns, columns);
    smallProducts(rows, p, q, a, b, inner);
  } else {
    inner.re /= a * b;
    inner.im /= a * b;
  }
  const cosine = Math.hypot(inner.re, inner.im);
  if (!(cosine > nearlyOrthogonal)) return false;
  if (rows.im !== undefined) {
    // The second row is turned so that the inner product is real.
    scaleRun(rows, q * columns, columns, inner.re / cosine, -inner.im / cosine);
    if (along !== undefined)
      scaleRun(along, q * along.columns, along.columns, inner.re / cosine, -inner.im / cosine);
  }
  const slope = (b / a - a / b) / (2 * (rows.im === undefined ? inner.re : cosine));
  const t = (slope >= 0 ? 1 : -1) / (Math.abs(slope) + Math.hypot(1, slope));
  const c = 1 / Math.hypot(1, t);
  rotateRows(rows, p, q, c, -c * t);
  if (along !== undefined) rotateRows(along, p, q, c, -c * t);
  return true;
}

/** Turns rows until all are orthogonal. */
function sweep(rows: Rows, along: Rows | undefined): void {
  const found: Products = { first: 0, second: 0, inner: { re: 0, im: 0 } };
  for (let turn = 0; turn < maxSweeps; turn++) {
    let isTurned = false;
    for (let p = 0; p < rows.rows - 1; p++) {
      for (let q = p + 1; q < rows.rows; q++) {
        if (orthogonalize(rows, p, q, along, found)) isTurned = true;
      }
    }
    if (!isTurned) return;
  }
}

/** Rows brought to length 1; those of length 0 become what is orthogonal to all others. */
function normalize(rows: Rows, lengths: Float64Array): void {
  const { columns } = rows;
  let unit = 0;
  for (let i = 0; i < rows.rows; i++) {
    if (lengths[i]! > 0) {
      scaleRun(rows, i * columns, columns, 1 / lengths[i]!, 0);
      continue;
    }
    while (unit < columns && !complete(rows, i, unit++));
  }
}

/** Makes row i of a unit vector, less what lies along the rows before. @returns false where little is left of it */
function complete(rows: Rows, i: number, unit: number): boolean {
  const { columns, re, im } = rows;
  const at = i * columns;
  re.fill(0, at, at + columns);
  im?.fill(0, at, at + columns);
  re[at + unit] = 1;
  const inner: Pair = { re: 0, im: 0 };
  for (let pass = 0; pass < 2; pass++) {
    for (let k = 0; k < i; k++) {
      dot(rows, k * columns, rows, at, columns, inner);
      addScaled(rows, k * columns, rows, at, columns, -inner.re, -inner.im);
    }
  }
  const length = normOf(rows, at, columns);
  if (length < 0.5 / Math.sqrt(columns)) return false;
  scaleRun(rows, at, columns, 1 / length, 0);
  return true;
}

/**
 * The decomposition of a finite matrix.
 * @param isFull whether U and V are square
 */
export function singular(matrix: Rows, wantsVectors: boolean, isFull: boolean): Singular {
  if (matrix.rows < matrix.columns) {
    const { u, values, vh } = tall(adjointRows(matrix), wantsVectors, isFull);
    return { u: vh && adjointRows(vh), values, vh: u && adjointRows(u) };
  }
  return tall(matrix, wantsVectors, isFull);
}

/** The decomposition of a matrix with no more columns than rows. */
function tall(given: Rows, wantsVectors: boolean, isFull: boolean): Singular {
  const { rows: m, columns: n } = given;
  const isComplex = given.im !== undefined;
  const scale = largestPart(given);
  const matrix = copyRows(given);
  if (scale > 0) scaleAll(matrix, 1 / scale);
  const width = isFull ? m : n;
  const { q, r } = factorQr(matrix, wantsVectors ? width : n, wantsVectors);
  // The columns of R^H are R's rows, conjugated.
  const rows = transposedRows(adjointRows(n < r.rows ? topRows(r, n) : r));
  const turned = wantsVectors ? identityRows(n, n, isComplex) : undefined;
  sweep(rows, turned);
  const lengths = Array.from({ length: n }, (_, i) => normOf(rows, i * n, n));
  const order = [...lengths.keys()].sort((a, b) => lengths[b]! - lengths[a]!);
  const values = Float64Array.from(order, (i) => lengths[i]! * scale);
  if (q === undefined || turned === undefined) return { u: undefined, values, vh: undefined };
  const right = reorderRows(rows, order);
  normalize(
    right,
    Float64Array.from(order, (i) => lengths[i]!),
  );
  const left = transposedRows(reorderRows(turned, order));
  return { u: besideIdentity(q, left), values, vh: adjointRows(transposedRows(right)) };
}

function topRows({ columns, re, im }: Rows, count: number): Rows {
  return { rows: count, columns, re: re.slice(0, count * columns), im: im?.slice(0, count * columns) };
}

/** Q times a square matrix, in as many of Q's columns; the others stay. */
function besideIdentity(q: Rows, square: Rows): Rows {
  const n = square.rows;
  if (q.columns === n) return multiplyRows(q, square);
  const wide = zeroRows(q.columns, q.columns, q.im !== undefined);
  for (let i = 0; i < q.columns; i++) {
    if (i >= n) {
      wide.re[i * q.columns + i] = 1;
      continue;
    }
    wide.re.set(square.re.subarray(i * n, (i + 1) * n), i * q.columns);
    wide.im?.set(square.im!.subarray(i * n, (i + 1) * n), i * q.columns);
  }
  return multiplyRows(q, wide);
}
