// Parts of matrices between storages and the kernels' memory: whole lines at once wherever they are dense.

import type { Matrix } from "../reference/matrix.ts";

/** From this length on a line is moved as a part of the memory; below, a loop is faster. */
const shortLine = 48;

/** Lines of `length` elements, `line` apart, to dense lines in `floats` from element `at` on. */
function copyLines(
  from: Float32Array,
  start: number,
  line: number,
  step: number,
  lines: number,
  length: number,
  floats: Float32Array,
  at: number,
): void {
  if (step === 1 && (line === length || lines === 1)) {
    const isAll = start === 0 && from.length === lines * length;
    floats.set(isAll ? from : from.subarray(start, start + lines * length), at);
    return;
  }
  let to = at;
  for (let i = 0, first = start; i < lines; i++, first += line) {
    if (step === 1 && length >= shortLine) {
      floats.set(from.subarray(first, first + length), to);
      to += length;
    } else {
      for (let x = 0, p = first; x < length; x++, p += step) floats[to++] = from[p]!;
    }
  }
}

/** Dense lines in `floats` from element `at` on to lines of `length` elements, `line` apart. */
function copyLinesBack(
  floats: Float32Array,
  at: number,
  to: Float32Array,
  start: number,
  line: number,
  step: number,
  lines: number,
  length: number,
): void {
  if (step === 1 && (line === length || lines === 1)) {
    to.set(floats.subarray(at, at + lines * length), start);
    return;
  }
  let from = at;
  for (let i = 0, first = start; i < lines; i++, first += line) {
    if (step === 1 && length >= shortLine) {
      to.set(floats.subarray(from, from + length), first);
      from += length;
    } else {
      for (let x = 0, p = first; x < length; x++, p += step) to[p] = floats[from++]!;
    }
  }
}

/**
 * Copies a part of a matrix to `floats` from element `at` on: row by row, or column by column where columns are dense.
 * @returns true iff it lies there column by column
 */
export function copyIn(
  { values, start, row, column }: Matrix<Float32Array>,
  firstRow: number,
  firstColumn: number,
  rows: number,
  columns: number,
  floats: Float32Array,
  at: number,
): boolean {
  const first = start + firstRow * row + firstColumn * column;
  const isTurned = row === 1 && column !== 1;
  if (isTurned) copyLines(values, first, column, 1, columns, rows, floats, at);
  else copyLines(values, first, row, column, rows, columns, floats, at);
  return isTurned;
}

/** Copies a part of a matrix row by row, to dense rows in `floats` from element `at` on. */
export function copyRows(
  { values, start, row, column }: Matrix<Float32Array>,
  firstRow: number,
  firstColumn: number,
  rows: number,
  columns: number,
  floats: Float32Array,
  at: number,
): void {
  const first = start + firstRow * row + firstColumn * column;
  copyLines(values, first, row, column, rows, columns, floats, at);
}

/** A block of sums of which each is its bias: one for each column, or (of a product turned round) one for each row. */
export function fillBias(
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

/** Copies dense rows in `floats` from element `at` on to a part of a matrix. */
export function copyOut(
  floats: Float32Array,
  at: number,
  { values, start, row, column }: Matrix<Float32Array>,
  firstRow: number,
  firstColumn: number,
  rows: number,
  columns: number,
): void {
  const first = start + firstRow * row + firstColumn * column;
  copyLinesBack(floats, at, values, first, row, column, rows, columns);
}
