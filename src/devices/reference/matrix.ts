// One matrix product over strides: out[i, j] = bias[j] + sum over k of a[i, k] * b[k, j]. Sums are kept in float64 and
// rounded once. Small products are dot products where the operands lie; large ones go through packed panels.

import type { TypedArray } from "../../core/dtype.ts";
import { type Dots, dots32, dots64 } from "./dots.ts";

/** A matrix in memory: where it begins, and its steps along rows and columns, in elements. */
export interface Matrix<Values extends TypedArray = TypedArray> {
  readonly values: Values;
  start: number;
  readonly row: number;
  readonly column: number;
}

type Floats = Float32Array | Float64Array;

/** Sizes and operands of a product. The starts may be moved between calls: a batch is one object. */
export interface MatrixProduct<Values extends TypedArray = TypedArray> {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Matrix<Values>;
  readonly b: Matrix<Values>;
  readonly out: Matrix<Values>;
  /** Added to each row; its `row` step does not count. */
  readonly bias: Matrix<Values> | undefined;
}

/** Where the matrices of each product of a batch begin, in elements. */
export interface Starts {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly out: readonly number[];
}

/** From how many multiplications on packing pays. */
const packedSize = 10_000;
/** Rows and columns of a block: what is packed at a time. */
const blockRows = 64;
const blockColumns = 256;

/** True iff a product of these sizes is best taken where the operands lie, as dot products. */
export function isSmall(m: number, n: number, k: number): boolean {
  return m * n * k < packedSize;
}

/** The product of float32, or of float64, matrices. */
export function multiplyFloats(product: MatrixProduct<Floats>): void {
  const { m, n, k, a, b, out, bias } = product;
  const isLarge = !isSmall(m, n, k) && k > 1;
  if (isLarge && m >= 3 && n >= 3) {
    multiplyPacked(product);
    return;
  }
  if (isLarge && Math.abs(b.row) > Math.abs(b.column)) {
    multiplyByRows(product);
    return;
  }
  const dots = (out.values instanceof Float32Array ? dots32 : dots64) as Dots<Floats>;
  const added = bias ?? out;
  const from = [a.values, a.start, a.row, a.column, b.values, b.start, b.row, b.column] as const;
  const to = [out.values, out.start, out.row, out.column] as const;
  dots(m, n, k, ...from, ...to, bias?.values, added.start, added.column);
}

let sums = new Float64Array(0);
let panelsA = new Float64Array(0);
let panelsB = new Float64Array(0);

const atLeast = (scratch: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> =>
  scratch.length >= length ? scratch : new Float64Array(length);

/** Few rows against a matrix whose rows lie together: b is read once, row by row. */
function multiplyByRows({ m, n, k, a, b, out, bias }: MatrixProduct<Floats>): void {
  sums = atLeast(sums, n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) sums[j] = bias === undefined ? 0 : bias.values[bias.start + j * bias.column]!;
    for (let x = 0; x < k; x++) {
      const factor = a.values[a.start + i * a.row + x * a.column]!;
      addScaledRow(sums, factor, b.values, b.start + x * b.row, b.column, n);
    }
    for (let j = 0; j < n; j++) out.values[out.start + i * out.row + j * out.column] = sums[j]!;
  }
}

function addScaledRow(
  into: Float64Array,
  factor: number,
  from: Floats,
  start: number,
  step: number,
  n: number,
): void {
  for (let j = 0, at = start; j < n; j++, at += step) into[j]! += factor * from[at]!;
}

/** A large product, block by block: both operands are packed as float64 panels whose rows run along k. */
function multiplyPacked(product: MatrixProduct<Floats>): void {
  const { m, n, k, a, b } = product;
  panelsA = atLeast(panelsA, Math.min(m, blockRows) * k);
  panelsB = atLeast(panelsB, Math.min(n, blockColumns) * k);
  for (let j = 0; j < n; j += blockColumns) {
    const columns = Math.min(blockColumns, n - j);
    pack(panelsB, b.values, b.start + j * b.column, b.column, b.row, columns, k);
    for (let i = 0; i < m; i += blockRows) {
      const rows = Math.min(blockRows, m - i);
      pack(panelsA, a.values, a.start + i * a.row, a.row, a.column, rows, k);
      multiplyPanels(product, i, rows, j, columns);
    }
  }
}

/** Lines of `k` elements one after another, as float64; the loop goes along whichever step is the shorter. */
function pack(
  into: Float64Array,
  from: Floats,
  start: number,
  line: number,
  step: number,
  lines: number,
  k: number,
): void {
  if (from instanceof Float32Array) pack32(into, from, start, line, step, lines, k);
  else pack64(into, from, start, line, step, lines, k);
}

function pack32(
  into: Float64Array,
  from: Float32Array,
  start: number,
  line: number,
  step: number,
  lines: number,
  k: number,
): void {
  if (Math.abs(step) <= Math.abs(line)) {
    for (let i = 0, o = 0; i < lines; i++) {
      for (let x = 0, at = start + i * line; x < k; x++, at += step) into[o++] = from[at]!;
    }
    return;
  }
  for (let x = 0; x < k; x++) {
    for (let i = 0, at = start + x * step, o = x; i < lines; i++, at += line, o += k) into[o] = from[at]!;
  }
}

function pack64(
  into: Float64Array,
  from: Float64Array,
  start: number,
  line: number,
  step: number,
  lines: number,
  k: number,
): void {
  if (Math.abs(step) <= Math.abs(line)) {
    for (let i = 0, o = 0; i < lines; i++) {
      for (let x = 0, at = start + i * line; x < k; x++, at += step) into[o++] = from[at]!;
    }
    return;
  }
  for (let x = 0; x < k; x++) {
    for (let i = 0, at = start + x * step, o = x; i < lines; i++, at += line, o += k) into[o] = from[at]!;
  }
}

/** The product of the packed panels, in tiles of 3 x 4 sums; what is left over at the edges one by one. */
function multiplyPanels(
  { k, out, bias }: MatrixProduct<Floats>,
  firstRow: number,
  rows: number,
  firstColumn: number,
  columns: number,
): void {
  const tiledRows = rows - (rows % 3);
  const tiledColumns = columns - (columns % 4);
  for (let j = 0; j < tiledColumns; j += 4) {
    for (let i = 0; i < tiledRows; i += 3) {
      tile(panelsA, i * k, panelsB, j * k, k);
      for (let r = 0; r < 3; r++) {
        for (let c = 0; c < 4; c++) {
          put(out, bias, firstRow + i + r, firstColumn + j + c, tileSums[4 * r + c]!);
        }
      }
    }
  }
  for (let i = 0; i < rows; i++) {
    for (let j = i < tiledRows ? tiledColumns : 0; j < columns; j++) {
      put(out, bias, firstRow + i, firstColumn + j, dot(panelsA, i * k, panelsB, j * k, k));
    }
  }
}

function put(out: Matrix<Floats>, bias: Matrix<Floats> | undefined, i: number, j: number, sum: number): void {
  const added = bias === undefined ? 0 : bias.values[bias.start + j * bias.column]!;
  out.values[out.start + i * out.row + j * out.column] = sum + added;
}

function dot(a: Float64Array, p: number, b: Float64Array, q: number, k: number): number {
  let sum = 0;
  for (let x = 0; x < k; x++) sum += a[p + x]! * b[q + x]!;
  return sum;
}

const tileSums: Float64Array = new Float64Array(12);

/** Twelve dot products at once: three lines of a with four lines of b. */
function tile(a: Float64Array, start: number, b: Float64Array, otherStart: number, k: number): void {
  let [s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const [k2, k3] = [2 * k, 3 * k];
  for (let p = start, q = otherStart, end = start + k; p < end; p++, q++) {
    const [b0, b1, b2, b3] = [b[q]!, b[q + k]!, b[q + k2]!, b[q + k3]!];
    const a0 = a[p]!;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    const a1 = a[p + k]!;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
    const a2 = a[p + k2]!;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s22 += a2 * b2;
    s23 += a2 * b3;
  }
  tileSums[0] = s00;
  tileSums[1] = s01;
  tileSums[2] = s02;
  tileSums[3] = s03;
  tileSums[4] = s10;
  tileSums[5] = s11;
  tileSums[6] = s12;
  tileSums[7] = s13;
  tileSums[8] = s20;
  tileSums[9] = s21;
  tileSums[10] = s22;
  tileSums[11] = s23;
}

/** The product of integer matrices of 32 bits or less, which wraps as C's does. */
export function multiplyIntegers({ m, n, k, a, b, out, bias }: MatrixProduct): void {
  const [av, bv, ov] = [a.values as Int32Array, b.values as Int32Array, out.values as Int32Array];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = bias === undefined ? 0 : Number(bias.values[bias.start + j * bias.column]!);
      for (let x = 0; x < k; x++) {
        const left = av[a.start + i * a.row + x * a.column]!;
        sum = (sum + Math.imul(left, bv[b.start + x * b.row + j * b.column]!)) | 0;
      }
      ov[out.start + i * out.row + j * out.column] = sum;
    }
  }
}

/** The product of matrices of bool: true where some pair is. */
export function multiplyBools({ m, n, k, a, b, out, bias }: MatrixProduct): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let any = bias !== undefined && bias.values[bias.start + j * bias.column] !== 0;
      for (let x = 0; x < k && !any; x++) {
        const left = a.values[a.start + i * a.row + x * a.column];
        any = left !== 0 && b.values[b.start + x * b.row + j * b.column] !== 0;
      }
      out.values[out.start + i * out.row + j * out.column] = any ? 1 : 0;
    }
  }
}

/** The product of 64-bit integer matrices, which wraps when stored. */
export function multiplyBigs({ m, n, k, a, b, out, bias }: MatrixProduct): void {
  const [av, bv, ov] = [a.values as BigInt64Array, b.values as BigInt64Array, out.values as BigInt64Array];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = bias === undefined ? 0n : (bias.values as BigInt64Array)[bias.start + j * bias.column]!;
      for (let x = 0; x < k; x++) {
        sum += av[a.start + i * a.row + x * a.column]! * bv[b.start + x * b.row + j * b.column]!;
      }
      ov[out.start + i * out.row + j * out.column] = sum;
    }
  }
}

/** The product of complex matrices, whose elements lie as pairs. */
export function multiplyComplex({ m, n, k, a, b, out, bias }: MatrixProduct): void {
  const [av, bv, ov] = [a.values as Float64Array, b.values as Float64Array, out.values as Float64Array];
  const added = bias?.values as Float64Array | undefined;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const from = bias === undefined ? 0 : 2 * (bias.start + j * bias.column);
      let re = added?.[from] ?? 0;
      let im = added?.[from + 1] ?? 0;
      for (let x = 0; x < k; x++) {
        const p = 2 * (a.start + i * a.row + x * a.column);
        const q = 2 * (b.start + x * b.row + j * b.column);
        const [are, aim, bre, bim] = [av[p]!, av[p + 1]!, bv[q]!, bv[q + 1]!];
        re += are * bre - aim * bim;
        im += are * bim + aim * bre;
      }
      const o = 2 * (out.start + i * out.row + j * out.column);
      ov[o] = re;
      ov[o + 1] = im;
    }
  }
}
