// Determinants, and the matrix of cofactors, which is their gradient and is there for singular matrices too.

import { factorLu, inverted } from "./factor.ts";
import { adjointRows, copyRows, multiplyRows, type Pair, type Rows, scaleAll, scaleRun } from "./rows.ts";
import { singular } from "./singular.ts";

/** A number of modulus 1 (or 0) and the logarithm of the size it is multiplied by. */
export interface SignAndLog {
  readonly sign: Pair;
  readonly log: number;
}

function timesInto(a: Pair, re: number, im: number): void {
  [a.re, a.im] = [a.re * re - a.im * im, a.re * im + a.im * re];
}

/** The diagonal of U and whether rows were exchanged an odd number of times. */
function factored(matrix: Rows): { readonly factors: Rows; readonly isOdd: boolean } {
  const factors = copyRows(matrix);
  const pivots = new Int32Array(matrix.rows);
  factorLu(factors, pivots);
  let isOdd = false;
  pivots.forEach((pivot, row) => {
    if (pivot !== row) isOdd = !isOdd;
  });
  return { factors, isOdd };
}

/** The determinant: the product of U's diagonal. */
export function determinant(matrix: Rows): Pair {
  const { factors, isOdd } = factored(matrix);
  const result: Pair = { re: isOdd ? -1 : 1, im: 0 };
  for (let i = 0; i < matrix.rows; i++) {
    const at = i * matrix.rows + i;
    timesInto(result, factors.re[at]!, factors.im?.[at] ?? 0);
  }
  return result;
}

/** Sign and logarithm of the determinant; 0 and minus infinity for a singular matrix. */
export function signAndLog(matrix: Rows): SignAndLog {
  const { factors, isOdd } = factored(matrix);
  const sign: Pair = { re: isOdd ? -1 : 1, im: 0 };
  let log = 0;
  for (let i = 0; i < matrix.rows; i++) {
    const at = i * matrix.rows + i;
    const [re, im] = [factors.re[at]!, factors.im?.[at] ?? 0];
    const size = Math.hypot(re, im);
    log += Math.log(size);
    if (size === 0) timesInto(sign, 0, 0);
    else timesInto(sign, re / size, im / size);
  }
  return { sign, log };
}

/** The conjugate of det(A) times the adjoint of A's inverse; by singular values where there is no inverse. */
export function cofactors(matrix: Rows): Rows {
  const n = matrix.rows;
  const { inverse, info } = inverted(matrix);
  if (info === 0) {
    const { re, im } = determinant(matrix);
    const result = adjointRows(inverse);
    if (result.im === undefined) scaleAll(result, re);
    else scaleRun(result, 0, n * n, re, -im);
    return result;
  }
  const { u, values, vh } = singular(matrix, true, false);
  const [a, b] = [determinant(u!), determinant(vh!)];
  timesInto(a, b.re, b.im);
  const scaled = copyRows(vh!);
  for (let i = 0; i < n; i++) {
    let others = 1;
    for (let j = 0; j < n; j++) if (j !== i) others *= values[j]!;
    scaleRun(scaled, i * n, n, others * a.re, -others * a.im);
  }
  return multiplyRows(u!, scaled);
}
