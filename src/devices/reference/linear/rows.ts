// Matrices in double scratch for the decompositions, and what is done with their rows. A row lies together in memory;
// complex matrices keep their imaginary parts beside the real ones, real matrices have none.

/** A matrix in row-major order. */
export interface Rows {
  readonly rows: number;
  readonly columns: number;
  readonly re: Float64Array;
  /** Undefined for a real matrix. */
  readonly im: Float64Array | undefined;
}

/** A complex number that results are written to. */
export interface Pair {
  re: number;
  im: number;
}

/** A matrix of zeros. */
export function zeroRows(rows: number, columns: number, isComplex: boolean): Rows {
  const size = rows * columns;
  return {
    rows,
    columns,
    re: new Float64Array(size),
    im: isComplex ? new Float64Array(size) : undefined,
  };
}

/** The identity in the upper left part, zeros elsewhere. */
export function identityRows(rows: number, columns: number, isComplex: boolean): Rows {
  const result = zeroRows(rows, columns, isComplex);
  for (let i = 0; i < Math.min(rows, columns); i++) result.re[i * columns + i] = 1;
  return result;
}

/** A copy. */
export function copyRows({ rows, columns, re, im }: Rows): Rows {
  return { rows, columns, re: re.slice(), im: im?.slice() };
}

/** The transposed matrix. */
export function transposedRows(matrix: Rows): Rows {
  return turned(matrix, 1);
}

/** The transposed matrix, conjugated. */
export function adjointRows(matrix: Rows): Rows {
  return turned(matrix, -1);
}

function turned({ rows, columns, re, im }: Rows, sign: 1 | -1): Rows {
  const result = zeroRows(columns, rows, im !== undefined);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      result.re[j * rows + i] = re[i * columns + j]!;
      if (im !== undefined) result.im![j * rows + i] = sign * im[i * columns + j]!;
    }
  }
  return result;
}

/** True iff every element is finite. */
export function areFinite({ re, im }: Rows): boolean {
  for (let i = 0; i < re.length; i++) {
    if (!Number.isFinite(re[i]!) || (im !== undefined && !Number.isFinite(im[i]!))) return false;
  }
  return true;
}

/** The largest absolute value of a real or imaginary part. */
export function largestPart({ re, im }: Rows): number {
  let largest = 0;
  for (let i = 0; i < re.length; i++) {
    const size = Math.abs(re[i]!);
    if (size > largest) largest = size;
    if (im !== undefined && Math.abs(im[i]!) > largest) largest = Math.abs(im[i]!);
  }
  return largest;
}

/** Multiplies every element by a real number. */
export function scaleAll({ re, im }: Rows, factor: number): void {
  for (let i = 0; i < re.length; i++) re[i]! *= factor;
  if (im !== undefined) for (let i = 0; i < im.length; i++) im[i]! *= factor;
}

/** to[toAt + i] += (re + i im) * from[fromAt + i] for `count` elements. */
export function addScaled(
  from: Rows,
  fromAt: number,
  to: Rows,
  toAt: number,
  count: number,
  re: number,
  im: number,
): void {
  const [x, y] = [from.re, to.re];
  if (from.im === undefined) {
    for (let i = 0; i < count; i++) y[toAt + i]! += re * x[fromAt + i]!;
    return;
  }
  const [xi, yi] = [from.im, to.im!];
  for (let i = 0; i < count; i++) {
    const [a, b] = [x[fromAt + i]!, xi[fromAt + i]!];
    y[toAt + i]! += re * a - im * b;
    yi[toAt + i]! += re * b + im * a;
  }
}

/** The sum of conj(a[aAt + i]) * b[bAt + i] over `count` elements. */
export function dot(a: Rows, aAt: number, b: Rows, bAt: number, count: number, result: Pair): void {
  let re = 0;
  let im = 0;
  if (a.im === undefined) {
    for (let i = 0; i < count; i++) re += a.re[aAt + i]! * b.re[bAt + i]!;
  } else {
    for (let i = 0; i < count; i++) {
      const [ar, ai] = [a.re[aAt + i]!, a.im[aAt + i]!];
      const [br, bi] = [b.re[bAt + i]!, b.im![bAt + i]!];
      re += ar * br + ai * bi;
      im += ar * bi - ai * br;
    }
  }
  result.re = re;
  result.im = im;
}

/** Multiplies `count` elements by a complex number. */
export function scaleRun(matrix: Rows, at: number, count: number, re: number, im: number): void {
  const x = matrix.re;
  if (matrix.im === undefined) {
    for (let i = 0; i < count; i++) x[at + i]! *= re;
    return;
  }
  const y = matrix.im;
  for (let i = 0; i < count; i++) {
    const [a, b] = [x[at + i]!, y[at + i]!];
    x[at + i] = re * a - im * b;
    y[at + i] = re * b + im * a;
  }
}

/** The 2-norm of `count` elements, safe from overflow. */
export function normOf(matrix: Rows, at: number, count: number): number {
  let largest = 0;
  for (let i = 0; i < count; i++) {
    largest = Math.max(largest, Math.abs(matrix.re[at + i]!));
    if (matrix.im !== undefined) largest = Math.max(largest, Math.abs(matrix.im[at + i]!));
  }
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let total = 0;
  for (let i = 0; i < count; i++) {
    const re = matrix.re[at + i]! / largest;
    const im = matrix.im === undefined ? 0 : matrix.im[at + i]! / largest;
    total += re * re + im * im;
  }
  return largest * Math.sqrt(total);
}

function swapIn(values: Float64Array, a: number, b: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const kept = values[a + i]!;
    values[a + i] = values[b + i]!;
    values[b + i] = kept;
  }
}

/** Exchanges two rows. */
export function swapRows({ re, im, columns }: Rows, a: number, b: number): void {
  if (a === b) return;
  swapIn(re, a * columns, b * columns, columns);
  if (im !== undefined) swapIn(im, a * columns, b * columns, columns);
}

function rotateIn(values: Float64Array, a: number, b: number, count: number, c: number, s: number): void {
  for (let i = 0; i < count; i++) {
    const [x, y] = [values[a + i]!, values[b + i]!];
    values[a + i] = c * x + s * y;
    values[b + i] = c * y - s * x;
  }
}

/** Rows a and b become c a + s b and c b - s a. */
export function rotateRows({ re, im, columns }: Rows, a: number, b: number, c: number, s: number): void {
  rotateIn(re, a * columns, b * columns, columns, c, s);
  if (im !== undefined) rotateIn(im, a * columns, b * columns, columns, c, s);
}

/** Rows of a matrix in another order: row i of the result is row `order[i]`. */
export function reorderRows(matrix: Rows, order: readonly number[]): Rows {
  const { columns } = matrix;
  const result = zeroRows(order.length, columns, matrix.im !== undefined);
  order.forEach((from, to) => {
    result.re.set(matrix.re.subarray(from * columns, (from + 1) * columns), to * columns);
    result.im?.set(matrix.im!.subarray(from * columns, (from + 1) * columns), to * columns);
  });
  return result;
}

/** The product of two matrices. */
export function multiplyRows(a: Rows, b: Rows): Rows {
  const result = zeroRows(a.rows, b.columns, a.im !== undefined);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      const at = i * a.columns + k;
      addScaled(b, k * b.columns, result, i * b.columns, b.columns, a.re[at]!, a.im?.[at] ?? 0);
    }
  }
  return result;
}
