// The exponential of a matrix: scaled down by a power of two, Taylor's series, squared back up (Higham, Functions of
// Matrices, 2008, chapter 10).

import { areFinite, copyRows, identityRows, multiplyRows, type Rows, scaleAll, zeroRows } from "./rows.ts";

/** Terms of the series: with a norm of at most 1/2 the next one is below 1e-20. */
const degree = 16;

/** The largest sum of absolute values in a column. */
function columnNorm({ rows, columns, re, im }: Rows): number {
  let largest = 0;
  for (let j = 0; j < columns; j++) {
    let total = 0;
    for (let i = 0; i < rows; i++) total += Math.hypot(re[i * columns + j]!, im?.[i * columns + j] ?? 0);
    largest = Math.max(largest, total);
  }
  return largest;
}

/** exp(A). What is not finite gives NaN. */
export function exponential(matrix: Rows): Rows {
  const n = matrix.rows;
  const isComplex = matrix.im !== undefined;
  if (!areFinite(matrix)) {
    const unknown = zeroRows(n, n, isComplex);
    unknown.re.fill(Number.NaN);
    unknown.im?.fill(Number.NaN);
    return unknown;
  }
  const size = columnNorm(matrix);
  const halvings = size > 0.5 ? Math.ceil(Math.log2(size / 0.5)) : 0;
  const scaled = copyRows(matrix);
  scaleAll(scaled, 2 ** -halvings);
  let result = identityRows(n, n, isComplex);
  for (let k = degree; k > 0; k--) {
    result = multiplyRows(scaled, result);
    scaleAll(result, 1 / k);
    for (let i = 0; i < n; i++) result.re[i * n + i]! += 1;
  }
  for (let k = 0; k < halvings; k++) result = multiplyRows(result, result);
  return result;
}
