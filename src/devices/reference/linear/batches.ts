// Batches of matrices: operands' leading axes stretched to one another, single matrices read into double scratch and
// written back rounded once.

import type { DType } from "../../../core/dtype.ts";
import { forEachPosition, type Operand } from "../../../core/elements.ts";
import { Layout, product, type Shape } from "../../../core/layout.ts";
import { stretched } from "../walk.ts";
import { type Rows, zeroRows } from "./rows.ts";

/** Where an operand's matrices begin, for each place of the batch. */
export function startsOf({ layout }: Operand, coreRank: number, batch: Shape): readonly number[] {
  const { dtype, shape, strides, offset, rank } = layout;
  const leading = new Layout(
    dtype,
    shape.slice(0, rank - coreRank),
    strides.slice(0, rank - coreRank),
    offset,
  );
  const starts: number[] = [];
  forEachPosition(new Layout(dtype, batch, stretched(leading, batch), offset), (at) => starts.push(at));
  return starts;
}

/** The leading axes of an operand whose values are matrices (2), vectors (1) or numbers (0). */
export function batchOf({ layout }: Operand, coreRank: number): Shape {
  return layout.shape.slice(0, layout.rank - coreRank);
}

/** Reads the matrix of the last two axes at a place; a conjugate or a transposed one where that is asked for. */
export function readMatrix({ storage, layout }: Operand, start: number, isTransposed = false): Rows {
  const { dtype, shape, strides, rank } = layout;
  const values = storage.view(dtype) as Float64Array;
  const axes = isTransposed ? [rank - 1, rank - 2] : [rank - 2, rank - 1];
  const [rows, columns] = [shape[axes[0]!]!, shape[axes[1]!]!];
  const [down, along] = [strides[axes[0]!]!, strides[axes[1]!]!];
  const isComplex = dtype.kind === "complex";
  const result = zeroRows(rows, columns, isComplex);
  for (let i = 0, to = 0; i < rows; i++) {
    for (let j = 0, at = start + i * down; j < columns; j++, at += along, to++) {
      if (isComplex) {
        result.re[to] = values[2 * at]!;
        result.im![to] = values[2 * at + 1]!;
      } else result.re[to] = values[at]!;
    }
  }
  return result;
}

/** Writes a matrix to the last two axes at a place. */
export function writeMatrix(
  { storage, layout }: Operand,
  start: number,
  { re, im, columns, rows }: Rows,
): void {
  const { dtype, strides, rank } = layout;
  const values = storage.view(dtype) as Float64Array;
  const [down, along] = [strides[rank - 2]!, strides[rank - 1]!];
  for (let i = 0, from = 0; i < rows; i++) {
    for (let j = 0, at = start + i * down; j < columns; j++, at += along, from++) {
      if (dtype.kind === "complex") {
        values[2 * at] = re[from]!;
        values[2 * at + 1] = im?.[from] ?? 0;
      } else values[at] = re[from]!;
    }
  }
}

/** Writes numbers along the last axis at a place. */
export function writeVector(
  { storage, layout }: Operand,
  start: number,
  re: ArrayLike<number>,
  im?: ArrayLike<number>,
): void {
  const values = storage.view(layout.dtype) as Float64Array;
  const step = layout.strides[layout.rank - 1]!;
  for (let i = 0, at = start; i < re.length; i++, at += step) {
    if (layout.dtype.kind === "complex") {
      values[2 * at] = re[i]!;
      values[2 * at + 1] = im?.[i] ?? 0;
    } else values[at] = re[i]!;
  }
}

/** Writes one number at a place. */
export function writeNumber({ storage, layout }: Operand, at: number, re: number, im = 0): void {
  const values = storage.view(layout.dtype) as Float64Array;
  if (layout.dtype.kind === "complex") {
    values[2 * at] = re;
    values[2 * at + 1] = im;
  } else values[at] = re;
}

/** A real number at a place. */
export function readNumber({ storage, layout }: Operand, at: number): number {
  return (storage.view(layout.dtype) as Float64Array)[at]!;
}

/** True iff a type's matrices can be decomposed here: single and double precision, real and complex. */
export function isDecomposable(dtype: DType): boolean {
  return dtype.kind === "complex" || (dtype.kind === "float" && dtype.itemSize >= 4);
}

/** How many matrices a batch has. */
export function countOf(batch: Shape): number {
  return product(batch);
}
