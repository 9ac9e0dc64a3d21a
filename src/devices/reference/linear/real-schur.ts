// Eigenvalues of any real matrix, so that real ones come out real and the others in conjugate pairs: Householder's
// reduction to Hessenberg form and QR steps with two shifts at once (EISPACK's orthes and hqr2).

import { balance, unbalance } from "./balance.ts";
import { reflection, reflectRun } from "./reflect.ts";
import {
  addScaled,
  copyRows,
  identityRows,
  normOf,
  type Pair,
  type Rows,
  scaleRun,
  zeroRows,
} from "./rows.ts";
import { type Eigen, normalizeVectors } from "./schur.ts";

const maxSteps = 60;

/** A real matrix in place to Hessenberg form. @returns columns of the transformation as rows */
function hessenberg(a: Rows): Rows {
  const n = a.rows;
  const q = identityRows(n, n, false);
  const v = zeroRows(1, n, false);
  const along = zeroRows(1, n, false);
  const [tau, scratch]: [Pair, Pair] = [
    { re: 0, im: 0 },
    { re: 0, im: 0 },
  ];
  for (let k = 0; k < n - 2; k++) {
    const count = n - k - 1;
    for (let i = 0; i < count; i++) v.re[i] = a.re[(k + 1 + i) * n + k]!;
    reflection(v, 0, count, tau);
    if (tau.re === 0) continue;
    v.re[0] = 1;
    along.re.fill(0);
    for (let i = 0; i < count; i++) addScaled(a, (k + 1 + i) * n, along, 0, n, v.re[i]!, 0);
    for (let i = 0; i < count; i++) addScaled(along, 0, a, (k + 1 + i) * n, n, -tau.re * v.re[i]!, 0);
    for (let row = 0; row < n; row++) reflectRun(v, 0, a, row * n + k + 1, count, tau, scratch);
    // Rows of the transposed Q turn as columns of Q do.
    along.re.fill(0);
    for (let i = 0; i < count; i++) addScaled(q, (k + 1 + i) * n, along, 0, n, v.re[i]!, 0);
    for (let i = 0; i < count; i++) addScaled(along, 0, q, (k + 1 + i) * n, n, -tau.re * v.re[i]!, 0);
  }
  for (let i = 2; i < n; i++) a.re.fill(0, i * n, i * n + i - 1);
  return q;
}

/** What a run of QR steps works on. */
interface Work {
  readonly h: Float64Array;
  readonly n: number;
  /** Columns of the transformation as rows. */
  readonly q: Float64Array;
  /** Elements below this are taken for 0. */
  readonly norm: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Where the block that is not yet split off begins. */
function blockStart({ h, n, norm }: Work, high: number): number {
  let low = high;
  while (low > 0) {
    let around = Math.abs(h[(low - 1) * n + low - 1]!) + Math.abs(h[low * n + low]!);
    if (around === 0) around = norm;
    if (Math.abs(h[low * n + low - 1]!) <= Number.EPSILON * around) break;
    low--;
  }
  return low;
}

/** Turns rows and columns a and a + 1 by a plane rotation, and the transformation along. */
function turnPlane({ h, n, q }: Work, a: number, c: number, s: number): void {
  for (let j = 0; j < n; j++) {
    const [x, y] = [h[a * n + j]!, h[(a + 1) * n + j]!];
    h[a * n + j] = c * x + s * y;
    h[(a + 1) * n + j] = c * y - s * x;
  }
  for (let i = 0; i < n; i++) {
    const at = i * n + a;
    const [x, y] = [h[at]!, h[at + 1]!];
    h[at] = c * x + s * y;
    h[at + 1] = c * y - s * x;
    const [u, v] = [q[a * n + i]!, q[(a + 1) * n + i]!];
    q[a * n + i] = c * u + s * v;
    q[(a + 1) * n + i] = c * v - s * u;
  }
}

/** Turns a block with a conjugate pair so that its diagonal elements are equal (LAPACK's lanv2). @param p half their difference */
function evenDiagonal(work: Work, low: number, p: number): void {
  const { h, n } = work;
  const high = low + 1;
  const sum = h[low * n + high]! + h[high * n + low]!;
  const length = Math.hypot(sum, 2 * p);
  const c = Math.sqrt(0.5 * (1 + Math.abs(sum) / length));
  const s = -(p / (length * c)) * (sum < 0 ? -1 : 1);
  turnPlane(work, low, c, s);
  const mean = (h[low * n + low]! + h[high * n + high]!) / 2;
  h[low * n + low] = mean;
  h[high * n + high] = mean;
}

/** The eigenvalues of a block of two rows that is split off; real ones make it triangular. */
function splitPair(work: Work, high: number): void {
  const { h, n, re, im } = work;
  const low = high - 1;
  const x = h[high * n + high]!;
  const p = (h[low * n + low]! - x) / 2;
  const w = h[high * n + low]! * h[low * n + high]!;
  const square = p * p + w;
  const root = Math.sqrt(Math.abs(square));
  if (square < 0) {
    evenDiagonal(work, low, p);
    re[low] = x + p;
    re[high] = x + p;
    im[low] = root;
    im[high] = -root;
    return;
  }
  const z = p >= 0 ? p + root : p - root;
  re[low] = x + z;
  re[high] = z === 0 ? x : x - w / z;
  const below = h[high * n + low]!;
  const length = Math.hypot(below, z);
  turnPlane(work, low, length === 0 ? 1 : z / length, length === 0 ? 0 : below / length);
  h[high * n + low] = 0;
}

/** The shifts of a step: sum and product of two eigenvalues, as x, y and w of EISPACK's hqr. */
interface Shifts {
  readonly x: number;
  readonly y: number;
  readonly w: number;
}

/** The eigenvalues of the last two rows' block; of real ones that nearer to its last element twice, as LAPACK has it. */
function shiftsOf({ h, n }: Work, high: number): Shifts {
  const [x, y] = [h[high * n + high]!, h[(high - 1) * n + high - 1]!];
  const w = h[high * n + high - 1]! * h[(high - 1) * n + high]!;
  const [mean, half] = [(x + y) / 2, (y - x) / 2];
  const square = half * half + w;
  if (square < 0) return { x, y, w };
  const root = Math.sqrt(square);
  const nearer = Math.abs(mean + root - x) <= Math.abs(mean - root - x) ? mean + root : mean - root;
  return { x: nearer, y: nearer, w: 0 };
}

/** A reflection of three rows (two at the end), as p, q, r with the first element x. */
function doubleStep(work: Work, low: number, high: number, { x, y, w }: Shifts): void {
  const { h, n } = work;
  let [p, q, r] = [0, 0, 0];
  let m = high - 2;
  for (; m >= low; m--) {
    const z = h[m * n + m]!;
    const [rest, other] = [x - z, y - z];
    p = (rest * other - w) / h[(m + 1) * n + m]! + h[m * n + m + 1]!;
    q = h[(m + 1) * n + m + 1]! - z - rest - other;
    r = h[(m + 2) * n + m + 1]!;
    const size = Math.abs(p) + Math.abs(q) + Math.abs(r);
    [p, q, r] = [p / size, q / size, r / size];
    if (m === low) break;
    const left = Math.abs(h[m * n + m - 1]!) * (Math.abs(q) + Math.abs(r));
    const around = Math.abs(h[(m - 1) * n + m - 1]!) + Math.abs(z) + Math.abs(h[(m + 1) * n + m + 1]!);
    if (left < Number.EPSILON * Math.abs(p) * around) break;
  }
  for (let i = m + 2; i <= high; i++) {
    h[i * n + i - 2] = 0;
    if (i > m + 2) h[i * n + i - 3] = 0;
  }
  for (let k = m; k < high; k++) {
    const isLast = k === high - 1;
    if (k > m) {
      [p, q, r] = [h[k * n + k - 1]!, h[(k + 1) * n + k - 1]!, isLast ? 0 : h[(k + 2) * n + k - 1]!];
    }
    const size = Math.abs(p) + Math.abs(q) + Math.abs(r);
    if (size === 0) continue;
    [p, q, r] = [p / size, q / size, r / size];
    const length = p < 0 ? -Math.hypot(p, q, r) : Math.hypot(p, q, r);
    if (k > m) h[k * n + k - 1] = -length * size;
    else if (low !== m) h[k * n + k - 1] = -h[k * n + k - 1]!;
    p += length;
    reflectThree(work, k, isLast, high, [p / length, q / length, r / length, q / p, r / p]);
  }
}

type Reflector = readonly [x: number, y: number, z: number, q: number, r: number];

function reflectThree(
  { h, n, q: turned }: Work,
  k: number,
  isLast: boolean,
  high: number,
  by: Reflector,
): void {
  const [x, y, z, q, r] = by;
  for (let j = k; j < n; j++) {
    let sum = h[k * n + j]! + q * h[(k + 1) * n + j]!;
    if (!isLast) {
      sum += r * h[(k + 2) * n + j]!;
      h[(k + 2) * n + j]! -= sum * z;
    }
    h[k * n + j]! -= sum * x;
    h[(k + 1) * n + j]! -= sum * y;
  }
  const last = Math.min(high, k + 3);
  for (let i = 0; i <= last; i++) {
    const at = i * n + k;
    let sum = x * h[at]! + y * h[at + 1]!;
    if (!isLast) {
      sum += z * h[at + 2]!;
      h[at + 2]! -= sum * r;
    }
    h[at]! -= sum;
    h[at + 1]! -= sum * q;
  }
  for (let i = 0; i < n; i++) {
    const at = k * n + i;
    let sum = x * turned[at]! + y * turned[at + n]!;
    if (!isLast) {
      sum += z * turned[at + 2 * n]!;
      turned[at + 2 * n]! -= sum * r;
    }
    turned[at]! -= sum;
    turned[at + n]! -= sum * q;
  }
}

/** QR steps until the matrix falls into blocks of one and two rows. @returns whether it does */
function settle(work: Work): boolean {
  const { h, n, re, im } = work;
  let shifted = 0;
  for (let high = n - 1, step = 0; high >= 0; ) {
    const low = blockStart(work, high);
    if (low > 0) h[low * n + low - 1] = 0;
    if (low >= high - 1) {
      for (let i = low; i <= high; i++) h[i * n + i]! += shifted;
      if (low === high) [re[high], im[high]] = [h[high * n + high]!, 0];
      else splitPair(work, high);
      high = low - 1;
      step = 0;
      continue;
    }
    if (step++ === maxSteps) return false;
    let shifts = shiftsOf(work, high);
    if (step % 10 === 0) {
      // Wilkinson's exceptional shift.
      const last = h[high * n + high]!;
      shifted += last;
      for (let i = 0; i <= high; i++) h[i * n + i]! -= last;
      const size = Math.abs(h[high * n + high - 1]!) + Math.abs(h[(high - 1) * n + high - 2]!);
      shifts = { x: 0.75 * size, y: 0.75 * size, w: -0.4375 * size * size };
    }
    doubleStep(work, low, high, shifts);
  }
  return true;
}

/** Solves (T - lambda) x = 0 upwards from x[k], blocks of two rows together, in complex numbers. */
function backSubstitute({ h, n, re, im, norm }: Work, k: number, x: Rows, at: number): void {
  const smallest = Number.EPSILON * (norm === 0 ? 1 : norm);
  const [lr, li] = [re[k]!, im[k]!];
  const right = (i: number): Pair => {
    const sum = { re: 0, im: 0 };
    for (let j = i + 1; j < n; j++) {
      sum.re -= h[i * n + j]! * x.re[at + j]!;
      sum.im -= h[i * n + j]! * x.im![at + j]!;
    }
    return sum;
  };
  const start = im[k]! === 0 ? k - 1 : im[k]! > 0 ? k - 1 : k - 2;
  for (let i = start; i >= 0; i--) {
    if (im[i]! >= 0) {
      const sum = right(i);
      const quotient = divided(sum, { re: h[i * n + i]! - lr, im: -li }, smallest);
      x.re[at + i] = quotient.re;
      x.im![at + i] = quotient.im;
      continue;
    }
    // Rows i - 1 and i are a block of a conjugate pair.
    const [a, b] = [right(i - 1), right(i)];
    const [p, q] = [h[(i - 1) * n + i - 1]! - lr, h[i * n + i]! - lr];
    const [up, down] = [h[(i - 1) * n + i]!, h[i * n + i - 1]!];
    const below = { re: p * q - li * li - up * down, im: -li * (p + q) };
    const first = { re: a.re * q + a.im * li - up * b.re, im: a.im * q - a.re * li - up * b.im };
    const second = { re: b.re * p + b.im * li - down * a.re, im: b.im * p - b.re * li - down * a.im };
    const [u, v] = [divided(first, below, smallest * smallest), divided(second, below, smallest * smallest)];
    x.re[at + i - 1] = u.re;
    x.im![at + i - 1] = u.im;
    x.re[at + i] = v.re;
    x.im![at + i] = v.im;
    i--;
  }
}

/** a / b, where b is not taken smaller than a bound. */
function divided(a: Pair, b: Pair, smallest: number): Pair {
  const { re, im } = Math.abs(b.re) + Math.abs(b.im) < smallest ? { re: smallest, im: 0 } : b;
  const size = re * re + im * im;
  return { re: (a.re * re + a.im * im) / size, im: (a.im * re - a.re * im) / size };
}

/** Eigenvectors as rows: in the Schur form first, then turned back. */
function vectorsOf(work: Work, q: Rows): Rows {
  const { h, n, im } = work;
  const inSchur = zeroRows(n, n, true);
  const vectors = zeroRows(n, n, true);
  const base: Rows = { ...q, im: new Float64Array(n * n) };
  for (let k = 0; k < n; k++) {
    const at = k * n;
    if (im[k] === 0) inSchur.re[at + k] = 1;
    else {
      // The pair's rows k and k + 1 (or k - 1 and k): (T - lambda) x = 0 within the block.
      const first = im[k]! > 0 ? k : k - 1;
      const [up, down] = [h[first * n + first + 1]!, h[(first + 1) * n + first]!];
      const isUpper = Math.abs(up) >= Math.abs(down);
      // Of equal diagonal elements; the second of a pair is the conjugate of the first.
      const size = Math.abs(im[k]!);
      inSchur.re[at + first] = isUpper ? 1 : -size / down;
      inSchur.im![at + first + 1] = (isUpper ? size / up : 1) * Math.sign(im[k]!);
    }
    backSubstitute(work, k, inSchur, at);
    const length = normOf(inSchur, at, n);
    if (length > 0) scaleRun(inSchur, at, n, 1 / length, 0);
    for (let j = 0; j < n; j++) {
      const [xr, xi] = [inSchur.re[at + j]!, inSchur.im![at + j]!];
      if (xr !== 0 || xi !== 0) addScaled(base, j * n, vectors, at, n, xr, xi);
    }
  }
  return vectors;
}

/** Eigenvalues and eigenvectors of a real matrix. */
export function realEigen(matrix: Rows, wantsVectors: boolean): Eigen {
  const n = matrix.rows;
  const h = copyRows(matrix);
  const balanced = balance(h);
  const q = hessenberg(h);
  let norm = 0;
  for (let i = 0; i < n; i++) {
    for (let j = Math.max(i - 1, 0); j < n; j++) norm += Math.abs(h.re[i * n + j]!);
  }
  const values = { re: new Float64Array(n), im: new Float64Array(n) };
  const work: Work = { h: h.re, n, q: q.re, norm, ...values };
  const converged = settle(work);
  const vectors = wantsVectors && converged ? vectorsOf(work, q) : undefined;
  if (vectors !== undefined) {
    unbalance(vectors, balanced);
    normalizeVectors(vectors, true);
  }
  return { values, vectors, converged };
}
