// Matrices of one size that begin at different places of one storage: into the kernels' memory, and out of it.

import { copyIn, copyOut } from "../../kernels/copy.ts";
import type { Kernels } from "../../kernels/instance.ts";
import type { Matrix } from "../reference/matrix.ts";
import { bringPart, takeRows } from "./matrices.ts";

/** Matrices at different places of one storage. */
export interface Stack {
  readonly matrix: Matrix<Float32Array>;
  /** Where each begins, in elements. */
  readonly starts: readonly number[];
}

/** Which matrices of a stack, and which rows and columns of each. */
export interface Part {
  readonly first: number;
  readonly count: number;
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

/** So much more than its elements are may be copied for a part at once, as it lies. */
const most = 1.25;

/** How many elements there must be room for where so many are brought in. */
export const roomFor = (elements: number): number => Math.ceil(elements * most);

/** The smallest and the largest number of a part of a list. */
function limits(numbers: readonly number[], first: number, count: number): [number, number] {
  let [least, largest] = [numbers[first]!, numbers[first]!];
  for (let i = first + 1; i < first + count; i++) {
    least = Math.min(least, numbers[i]!);
    largest = Math.max(largest, numbers[i]!);
  }
  return [least, largest];
}

/**
 * Brings a part where kernels find it: where it lies, or to element `at` of their memory on, all at once as it lies where that
 * is hardly more than its elements, else matrix by matrix in dense rows or columns.
 * @param place is told each matrix's number from 0 on and where its part begins, in elements
 * @returns the steps along rows and columns there, in elements
 */
export function bring(
  made: Kernels,
  { matrix, starts }: Stack,
  { first, count, row, rows, column, columns }: Part,
  at: number,
  place: (index: number, at: number) => void,
): [number, number] {
  const { values } = matrix;
  const corner = row * matrix.row + column * matrix.column;
  if (made.sees(values)) {
    const base = values.byteOffset / 4 + corner;
    for (let i = 0; i < count; i++) place(i, base + starts[first + i]!);
    return [matrix.row, matrix.column];
  }
  if (matrix.row >= 0 && matrix.column >= 0) {
    const [least, largest] = limits(starts, first, count);
    const span = largest - least + (rows - 1) * matrix.row + (columns - 1) * matrix.column + 1;
    if (span <= count * rows * columns * most) {
      copyIn(made, 4 * at, values, least + corner, span);
      for (let i = 0; i < count; i++) place(i, at + starts[first + i]! - least);
      return [matrix.row, matrix.column];
    }
  }
  let isTurned = false;
  for (let i = 0, to = at; i < count; i++, to += rows * columns) {
    const one = { ...matrix, start: starts[first + i]! };
    isTurned = bringPart(made, one, row, column, rows, columns, to);
    place(i, to);
  }
  return isTurned ? [1, rows] : [columns, 1];
}

/** Copies dense matrices in the kernels' memory from element `at` on to a part of a stack. */
export function takeOut(
  made: Kernels,
  { matrix, starts }: Stack,
  { first, count, row, rows, column, columns }: Part,
  at: number,
): void {
  const size = rows * columns;
  const isDense = matrix.column === 1 && (matrix.row === columns || rows === 1);
  let isOne = isDense;
  for (let i = 1; i < count && isOne; i++) isOne = starts[first + i]! === starts[first]! + i * size;
  if (isOne) {
    copyOut(made, matrix.values, starts[first]! + row * matrix.row + column, 4 * at, count * size);
    return;
  }
  for (let i = 0, from = at; i < count; i++, from += size) {
    takeRows(made, from, { ...matrix, start: starts[first + i]! }, row, column, rows, columns);
  }
}
