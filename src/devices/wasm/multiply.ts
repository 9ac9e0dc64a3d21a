// One single-precision matrix product over strides, out[i, j] = bias[j] + sum over k of a[i, k] * b[k, j], by the kernels
// of kernels/product.ts and kernels/vector.ts. Blocks are copied into their memory and out of it; sums are kept in single
// precision, in the order of k within blocks of it, as PyTorch's CPU keeps them.

import { type Kernels, kernels } from "../../kernels/instance.ts";
import type { Matrix, MatrixProduct } from "../reference/matrix.ts";
import type { MultiplierOf } from "../reference/products.ts";
import { copyIn, copyOut } from "./matrices.ts";

type Product = MatrixProduct<Float32Array>;

/** The largest blocks that are copied in at once: 8 MiB of each operand, 4 MiB of sums. */
const blockRows = 1024;
const blockColumns = 1024;
const blockDepth = 2048;

/** Up to so many rows a matrix is read as it lies. */
const fewRows = 4;
/** Sizes of what is copied in for few rows, in elements: a part of the matrix, and lengths of the rows and the sums. */
const partSize = 2 ** 16;
const partDepth = 2 ** 15;

/** The product of float32 matrices, of any sizes and strides. */
export function multiplyFloat32(product: Product): void {
  const made = kernels()!;
  const { m, n, out } = product;
  if (m === 0 || n === 0) return;
  const isTurned =
    n <= fewRows ? m > fewRows || Math.abs(out.row) === 1 : m > fewRows && out.row === 1 && out.column !== 1;
  const work = isTurned ? turned(product) : product;
  if (work.m <= fewRows) multiplyFewRows(made, work);
  else multiplyBlocks(made, work);
}

/** All matrices as float32 ones: for kernels that are given no others. */
export const multiplier: MultiplierOf = () => multiplyFloat32 as (product: MatrixProduct) => void;

/** The same product seen the other way round: out.T = b.T @ a.T. */
function turned({ m, n, k, a, b, out, bias }: Product): Product {
  return {
    m: n,
    n: m,
    k,
    a: transposed(b),
    b: transposed(a),
    out: transposed(out),
    bias: bias === undefined ? undefined : { ...transposed(bias), column: 0 },
  };
}

const transposed = ({ values, start, row, column }: Matrix<Float32Array>): Matrix<Float32Array> => ({
  values,
  start,
  row: column,
  column: row,
});

function multiplyBlocks(made: Kernels, { m, n, k, a, b, out, bias }: Product): void {
  const { exports } = made;
  const [rows, columns] = [Math.min(m, blockRows), Math.min(n, blockColumns)];
  const depth = Math.max(1, Math.min(k, blockDepth));
  const [sizeA, sizeB, sizeOut] = [rows * depth, depth * columns, rows * columns];
  const startA = made.scratch((sizeA + sizeB + sizeOut) * 4 + exports.productWorkspace()) >> 2;
  const [startB, startOut] = [startA + sizeA, startA + sizeA + sizeB];
  const { floats } = made;
  for (let j = 0; j < n; j += columns) {
    const width = Math.min(columns, n - j);
    for (let x = 0; x === 0 || x < k; x += depth) {
      const length = Math.min(depth, k - x);
      const isTurnedB = copyIn(b, x, j, length, width, floats, startB);
      for (let i = 0; i < m; i += rows) {
        const height = Math.min(rows, m - i);
        const isTurnedA = copyIn(a, i, x, height, length, floats, startA);
        const isAdded = x > 0 || bias !== undefined;
        if (x > 0) copyIn(out, i, j, height, width, floats, startOut);
        else if (bias !== undefined) fillBias(bias, i, j, height, width, floats, startOut);
        else if (k === 0) floats.fill(0, startOut, startOut + sizeOut);
        exports.product32(
          startA * 4,
          isTurnedA ? 4 : length * 4,
          isTurnedA ? height * 4 : 4,
          startB * 4,
          isTurnedB ? 4 : width * 4,
          isTurnedB ? length * 4 : 4,
          startOut * 4,
          width * 4,
          height,
          width,
          length,
          isAdded ? 1 : 0,
          (startOut + sizeOut) * 4,
        );
        copyOut(floats, startOut, out, i, j, height, width);
      }
    }
  }
}

/** A block of sums of which each is its bias: one for each column, or (of a product turned round) one for each row. */
function fillBias(
  { values, start, row, column }: Matrix<Float32Array>,
  firstRow: number,
  firstColumn: number,
  rows: number,
  columns: number,
  floats: Float32Array,
  at: number,
): void {
  let from = start + firstRow * row + firstColumn * column;
  if (row === 0) {
    for (let j = 0; j < columns; j++, from += column) floats[at + j] = values[from]!;
    for (let i = 1; i < rows; i++) floats.copyWithin(at + i * columns, at, at + columns);
    return;
  }
  for (let i = 0; i < rows; i++, from += row) {
    floats.fill(values[from]!, at + i * columns, at + (i + 1) * columns);
  }
}

/** Few rows: parts of the matrix pass through the second cache, and are read as they lie. */
function multiplyFewRows(made: Kernels, { m, n, k, a, b, out, bias }: Product): void {
  const { exports } = made;
  const isByColumns = b.row === 1 && b.column !== 1;
  const columns = Math.min(n, partSize);
  const depth = Math.min(k, partDepth);
  const startA = made.scratch((m * (depth + columns) + partSize) * 4) >> 2;
  const [startOut, startB] = [startA + m * depth, startA + m * (depth + columns)];
  const multiply = isByColumns ? exports.rowsByColumns32 : exports.rowsByRows32;
  const { floats } = made;
  for (let j = 0; j < n; j += columns) {
    const width = Math.min(columns, n - j);
    if (bias === undefined) floats.fill(0, startOut, startOut + m * width);
    else fillBias(bias, 0, j, m, width, floats, startOut);
    for (let x = 0; x < k; x += depth) {
      const length = Math.min(depth, k - x);
      copyRows(a, x, m, length, floats, startA);
      const most = Math.max(1, Math.floor(partSize / (isByColumns ? length : width)));
      const parts = isByColumns ? width : length;
      for (let first = 0; first < parts; first += most) {
        const count = Math.min(most, parts - first);
        const [partRow, partColumn] = isByColumns ? [x, j + first] : [x + first, j];
        const [height, across] = isByColumns ? [length, count] : [count, width];
        copyIn(b, partRow, partColumn, height, across, floats, startB);
        multiply(
          (startA + (isByColumns ? 0 : first)) * 4,
          length * 4,
          m,
          startB * 4,
          (isByColumns ? length : width) * 4,
          height,
          across,
          (startOut + (isByColumns ? first : 0)) * 4,
          width * 4,
        );
      }
    }
    copyOut(floats, startOut, out, 0, j, m, width);
  }
}

/** Rows from a column on, dense in either order of the matrix. */
function copyRows(
  a: Matrix<Float32Array>,
  firstColumn: number,
  rows: number,
  length: number,
  floats: Float32Array,
  at: number,
): void {
  for (let i = 0; i < rows; i++) copyIn(a, i, firstColumn, 1, length, floats, at + i * length);
}
