// One single-precision matrix product over strides, out[i, j] = bias[j] + sum over k of a[i, k] * b[k, j], by the kernels
// of kernels/product.ts and kernels/vector.ts. What lies elsewhere is copied into their memory and out of it; sums are kept in
// single precision, in the order of k within blocks of it, as PyTorch's CPU keeps them.

import { kernels } from "../../kernels/use.ts";
import type { Matrix, MatrixProduct, Starts } from "../reference/matrix.ts";
import { type MultiplierOf, multiplyEach } from "../reference/products.ts";
import { bringPart, bringRows, fillBias, takeRows } from "./matrices.ts";
import { multiplyPanels } from "./panels.ts";

type Product = MatrixProduct<Float32Array>;

/** Up to so many rows a matrix is read as it lies. */
const fewRows = 4;
/** Matrices of so many elements are worth threads of their own. */
const largestOfBatch = 2 ** 18;
/** Sizes of what is copied in for few rows, in elements: a part of the matrix, and lengths of the rows and the sums. */
const partSize = 2 ** 16;
const partDepth = 2 ** 15;

/** The product of float32 matrices, of any sizes and strides. */
export function multiplyFloat32(product: Product): void {
  const { m, n, out } = product;
  if (m === 0 || n === 0) return;
  const isTurned =
    n <= fewRows ? m > fewRows || Math.abs(out.row) === 1 : m > fewRows && out.row === 1 && out.column !== 1;
  const work = isTurned ? turned(product) : product;
  if (work.m <= fewRows) multiplyFewRows(work);
  else multiplyPanels(work, { a: [work.a.start], b: [work.b.start], out: [work.out.start] });
}

/** All matrices as float32 ones: for kernels that are given no others. */
export const multiplier: MultiplierOf = () => multiplyFloat32 as (product: MatrixProduct) => void;

/**
 * Float32 products of a batch. Large ones are taken one by one, and so are those of few rows or columns, which are read
 * where they lie.
 */
export function multiplyBatch32(product: Product, starts: Starts): void {
  const { m, n, k } = product;
  if (Math.min(m, n) <= fewRows || Math.max(m * k, k * n, m * n) > largestOfBatch) {
    multiplyEach(multiplyFloat32 as (product: MatrixProduct) => void, product, starts);
  } else {
    multiplyPanels(product, starts);
  }
}

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

/** Few rows: parts of the matrix are read where they lie, or pass through the second cache. */
function multiplyFewRows({ m, n, k, a, b, out, bias }: Product): void {
  const made = kernels(a.values, b.values, out.values)!;
  const { exports } = made;
  const isByColumns = b.row === 1 && b.column !== 1;
  const isSeen = made.sees(b.values) && (isByColumns || b.column === 1);
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
      bringRows(made, a, 0, x, m, length, startA);
      const most = Math.max(1, Math.floor(partSize / (isByColumns ? length : width)));
      const parts = isByColumns ? width : length;
      for (let first = 0; first < parts; first += most) {
        const count = Math.min(most, parts - first);
        const [partRow, partColumn] = isByColumns ? [x, j + first] : [x + first, j];
        const [height, across] = isByColumns ? [length, count] : [count, width];
        if (!isSeen) bringPart(made, b, partRow, partColumn, height, across, startB);
        const place = b.values.byteOffset + 4 * (b.start + partRow * b.row + partColumn * b.column);
        const line = isByColumns ? b.column : b.row;
        multiply(
          (startA + (isByColumns ? 0 : first)) * 4,
          length * 4,
          m,
          isSeen ? place : startB * 4,
          (isSeen ? line : isByColumns ? length : width) * 4,
          height,
          across,
          (startOut + (isByColumns ? first : 0)) * 4,
          width * 4,
        );
      }
    }
    takeRows(made, startOut, out, 0, j, m, width);
  }
}
