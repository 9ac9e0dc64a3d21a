// Matrices balanced before their eigenvalues are sought: rows and columns that isolate an eigenvalue are moved to the
// ends, the others scaled by powers of 2 until rows and columns are about as long (LAPACK's gebal and gebak).

import type { Rows } from "./rows.ts";

/** What was done to a matrix. */
export interface Balance {
  /** The rows that do not isolate an eigenvalue. */
  readonly low: number;
  readonly high: number;
  /** From `low` to `high` the factor of a row's vector component; else the row it was exchanged with. */
  readonly scale: Float64Array;
}

function exchange({ re, im, columns: n }: Rows, a: number, b: number, low: number, high: number): void {
  if (a === b) return;
  for (const values of im === undefined ? [re] : [re, im]) {
    for (let i = 0; i <= high; i++) {
      [values[i * n + a], values[i * n + b]] = [values[i * n + b]!, values[i * n + a]!];
    }
    for (let j = low; j < n; j++) {
      [values[a * n + j], values[b * n + j]] = [values[b * n + j]!, values[a * n + j]!];
    }
  }
}

/** True iff all elements of a row (or column) from `low` to `high` but the one on the diagonal are 0. */
function isIsolated(
  { re, im, columns: n }: Rows,
  j: number,
  low: number,
  high: number,
  isRow: boolean,
): boolean {
  for (let i = low; i <= high; i++) {
    const at = isRow ? j * n + i : i * n + j;
    if (i !== j && (re[at] !== 0 || (im !== undefined && im[at] !== 0))) return false;
  }
  return true;
}

/** Moves what isolates an eigenvalue to the ends. @returns the part between */
function permute(matrix: Rows, scale: Float64Array): { readonly low: number; readonly high: number } {
  let low = 0;
  let high = matrix.rows - 1;
  for (let j = high; j >= 0 && high > 0; j--) {
    if (!isIsolated(matrix, j, 0, high, true)) continue;
    scale[high] = j;
    exchange(matrix, j, high, low, high);
    high--;
    j = high + 1;
  }
  for (let j = low; j <= high && low < high; j++) {
    if (!isIsolated(matrix, j, low, high, false)) continue;
    scale[low] = j;
    exchange(matrix, j, low, low, high);
    low++;
    j = low - 1;
  }
  return { low, high };
}

/** Lengths of a row and a column between `low` and `high`, and their largest elements. */
function measures({ re, im, columns: n }: Rows, i: number, low: number, high: number): Measures {
  let [column, row, columnLargest, rowLargest] = [0, 0, 0, 0];
  const size = (at: number): number => Math.hypot(re[at]!, im?.[at] ?? 0);
  for (let j = low; j <= high; j++) {
    column = Math.hypot(column, size(j * n + i));
    row = Math.hypot(row, size(i * n + j));
  }
  for (let j = 0; j <= high; j++) columnLargest = Math.max(columnLargest, size(j * n + i));
  for (let j = low; j < n; j++) rowLargest = Math.max(rowLargest, size(i * n + j));
  return { column, row, columnLargest, rowLargest };
}

interface Measures {
  readonly column: number;
  readonly row: number;
  readonly columnLargest: number;
  readonly rowLargest: number;
}

const smallest = 2 ** -1022 / Number.EPSILON;
const largest = 1 / smallest;

/** The power of 2 that makes row and column about as long; 1 where little would be won. */
function factorOf({ column, row, columnLargest, rowLargest }: Measures): number {
  if (column === 0 || row === 0) return 1;
  let [c, r, ca, ra, f] = [column, row, columnLargest, rowLargest, 1];
  while (c < r / 2 && Math.max(f, c, ca) < largest / 2 && Math.min(r / 2, ra) > smallest * 2) {
    [f, c, ca, r, ra] = [f * 2, c * 2, ca * 2, r / 2, ra / 2];
  }
  while (c / 2 >= r && Math.max(r, ra) < largest / 2 && Math.min(f, c / 2, ca) > smallest * 2) {
    [f, c, ca, r, ra] = [f / 2, c / 2, ca / 2, r * 2, ra * 2];
  }
  return c + r >= 0.95 * (column + row) ? 1 : f;
}

/** Balances a square matrix in place. */
export function balance(matrix: Rows): Balance {
  const { re, im, columns: n } = matrix;
  const scale = new Float64Array(n).fill(1);
  if (n === 0) return { low: 0, high: -1, scale };
  for (let i = 0; i < n; i++) scale[i] = i;
  const { low, high } = permute(matrix, scale);
  scale.fill(1, low, high + 1);
  for (let isDone = false; !isDone; ) {
    isDone = true;
    for (let i = low; i <= high; i++) {
      const f = factorOf(measures(matrix, i, low, high));
      if (f === 1 || f * scale[i]! <= smallest || f * scale[i]! >= largest) continue;
      isDone = false;
      scale[i]! *= f;
      for (const values of im === undefined ? [re] : [re, im]) {
        for (let j = low; j < n; j++) values[i * n + j]! /= f;
        for (let j = 0; j <= high; j++) values[j * n + i]! *= f;
      }
    }
  }
  return { low, high, scale };
}

/** Turns eigenvectors (rows) of a balanced matrix into those of the given one. */
export function unbalance(vectors: Rows, { low, high, scale }: Balance): void {
  const { rows, columns: n } = vectors;
  for (const values of vectors.im === undefined ? [vectors.re] : [vectors.re, vectors.im]) {
    for (let row = 0; row < rows; row++) {
      const at = row * n;
      for (let i = low; i <= high; i++) values[at + i]! *= scale[i]!;
      const back = (i: number): void => {
        const other = at + scale[i]!;
        [values[at + i], values[other]] = [values[other]!, values[at + i]!];
      };
      for (let i = low - 1; i >= 0; i--) back(i);
      for (let i = high + 1; i < n; i++) back(i);
    }
  }
}
