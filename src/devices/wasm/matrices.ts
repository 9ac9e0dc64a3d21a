// Parts of matrices between storages and the kernels' memory: whole lines at once wherever they are dense.

import { copyIn, copyLines, copyOut } from "../../kernels/copy.ts";
import type { Kernels } from "../../kernels/instance.ts";
import type { Matrix } from "../reference/matrix.ts";

/** From this length on a line is moved as a part of the memory; below, a loop is faster. */
const shortLine = 48;

/** Lines of `length` elements, `line` apart, to dense lines in the kernels' memory from element `at` on. */
function bringLines(
  made: Kernels,
  from: Float32Array,
  start: number,
  line: number,
  step: number,
  lines: number,
  length: number,
  at: number,
): void {
  if (step === 1 && (line === length || lines === 1)) {
    copyIn(made, 4 * at, from, start, lines * length);
    return;
  }
  if (step === 1 && length >= shortLine) {
    copyLines(made, 4 * at, from, start, line, lines, length);
    return;
  }
  const { floats } = made;
  let to = at;
  for (let i = 0, first = start; i < lines; i++, first += line) {
    for (let x = 0, p = first; x < length; x++, p += step) floats[to++] = from[p]!;
  }
}

/**
 * Copies a part of a matrix to the kernels' memory from element `at` on: row by row, or column by column where columns are
 * dense.
 * @returns true iff it lies there column by column
 */
export function bringPart(
  made: Kernels,
  { values, start, row, column }: Matrix<Float32Array>,
  firstRow: number,
  firstColumn: number,
  rows: number,
  columns: number,
  at: number,
): boolean {
  const first = start + firstRow * row + firstColumn * column;
  const isTurned = row === 1 && column !== 1;
  if (isTurned) bringLines(made, values, first, column, 1, columns, rows, at);
  else bringLines(made, values, first, row, column, rows, columns, at);
  return isTurned;
}

/** Copies a part of a matrix row by row, to dense rows in the kernels' memory from element `at` on. */
export function bringRows(
  made: Kernels,
  { values, start, row, column }: Matrix<Float32Array>,
  firstRow: number,
  firstColumn: number,
  rows: number,
  columns: number,
  at: number,
): void {
  const first = start + firstRow * row + firstColumn * column;
  bringLines(made, values, first, row, column, rows, columns, at);
}

/**
 * A block of sums of which each is its bias: one for each column, or (of a product turned round) one for each row.
 * @param step elements from row to row of the block
 */
export function fillBias(
  { values, start, row, column }: Matrix<Float32Array>,
  firstRow: number,
  firstColumn: number,
  rows: number,
  columns: number,
  into: Float32Array,
  at: number,
  step: number = columns,
): void {
  let from = start + firstRow * row + firstColumn * column;
  if (row === 0) {
    for (let j = 0; j < columns; j++, from += column) into[at + j] = values[from]!;
    for (let i = 1; i < rows; i++) into.copyWithin(at + i * step, at, at + columns);
    return;
  }
  for (let i = 0; i < rows; i++, from += row) {
    into.fill(values[from]!, at + i * step, at + i * step + columns);
  }
}

/** Copies dense rows in the kernels' memory from element `at` on to a part of a matrix. */
export function takeRows(
  made: Kernels,
  at: number,
  { values, start, row, column }: Matrix<Float32Array>,
  firstRow: number,
  firstColumn: number,
  rows: number,
  columns: number,
): void {
  const first = start + firstRow * row + firstColumn * column;
  if (column === 1 && (row === columns || rows === 1)) {
    copyOut(made, values, first, 4 * at, rows * columns);
    return;
  }
  const { floats } = made;
  let from = at;
  for (let i = 0, line = first; i < rows; i++, line += row) {
    if (column === 1 && columns >= shortLine) {
      copyOut(made, values, line, 4 * from, columns);
      from += columns;
    } else {
      for (let x = 0, p = line; x < columns; x++, p += column) values[p] = floats[from++]!;
    }
  }
}
