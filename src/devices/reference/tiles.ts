// Copies between layouts whose dense axes differ, as a transposed matrix's from a row-major one: by tiles, so that every
// cache line that is fetched is used up, or by the kernels, which move the same bits.

import type { Storage } from "../../core/storage.ts";
import { transposeLines } from "../../kernels/transpose.ts";
import { forEachRun, type Walk } from "./walk.ts";
import type { Words } from "./words.ts";

/** Tiles go along so much of the target's dense axis, and of the source's. */
const tileRows = 16;
const tileColumns = 64;

/** Memory that a copy is made from or to, in words. */
interface Side {
  readonly storage: Storage;
  readonly words: Words;
}

/** The outer axis along which the source's elements lie nearest to each other, where nearer than along the run; else -1. */
function crossAxis({ shape, strides, steps }: Walk): number {
  let found = -1;
  let least = Math.abs(steps[1]!);
  for (let axis = 0; axis < shape.length; axis++) {
    const step = Math.abs(strides[1]![axis]!);
    if (step === 0 || step >= least) continue;
    found = axis;
    least = step;
  }
  return found;
}

const without = <Value>(values: readonly Value[], axis: number): Value[] =>
  values.filter((_, each) => each !== axis);

/**
 * Copies along a walk whose operands are target and source, if their dense axes differ.
 * @param words how many words an element takes
 * @returns false, with nothing done, if they do not
 */
export function moveTiles(walk: Walk, target: Side, source: Side, words: number): boolean {
  const axis = crossAxis(walk);
  if (axis < 0 || walk.run <= 1) return false;
  const columns = walk.shape[axis]!;
  const outer: Walk = {
    ...walk,
    shape: without(walk.shape, axis),
    strides: walk.strides.map((each) => without(each, axis)),
  };
  const [toRow, fromRow] = [walk.steps[0]!, walk.steps[1]!];
  const [toColumn, fromColumn] = [walk.strides[0]![axis]!, walk.strides[1]![axis]!];
  const isDense = toRow === 1 && fromColumn === 1 && fromRow > 0 && toColumn > 0;
  const itemSize = words * source.words.BYTES_PER_ELEMENT;
  const [from, to] = [source.storage.bytes(), target.storage.bytes()];
  forEachRun(outer, (at) => {
    const [o, a] = [at[0]!, at[1]!];
    if (isDense) {
      const lines = { bytes: from, start: a * itemSize, step: fromRow * itemSize };
      const turned = { bytes: to, start: o * itemSize, step: toColumn * itemSize };
      if (transposeLines(lines, turned, walk.run, columns, itemSize)) return;
    }
    const steps = [fromRow * words, fromColumn * words, toRow * words, toColumn * words] as const;
    moveMatrix(source.words, a * words, target.words, o * words, steps, walk.run, columns, words);
  });
  return true;
}

/** Steps in words along rows and columns of the source, then of the target. */
type Steps = readonly [fromRow: number, fromColumn: number, toRow: number, toColumn: number];

/** The copy of `rows` times `columns` elements in tiles, without kernels. */
export function moveMatrix(
  from: Words,
  fromStart: number,
  to: Words,
  toStart: number,
  [fromRow, fromColumn, toRow, toColumn]: Steps,
  rows: number,
  columns: number,
  words: number,
): void {
  // Of a few rows, each is gone along by itself.
  if (rows < tileRows / 2 && columns > rows) {
    for (let i = 0; i < rows; i++) {
      const [a, o] = [fromStart + i * fromRow, toStart + i * toRow];
      moveLine(from, a, fromColumn, to, o, toColumn, columns, words);
    }
    return;
  }
  for (let i = 0; i < rows; i += tileRows) {
    const n = Math.min(tileRows, rows - i);
    for (let j = 0; j < columns; j += tileColumns) {
      const end = Math.min(columns, j + tileColumns);
      for (let k = j; k < end; k++) {
        const [a, o] = [fromStart + i * fromRow + k * fromColumn, toStart + i * toRow + k * toColumn];
        moveLine(from, a, fromRow, to, o, toRow, n, words);
      }
    }
  }
}

/** Elements in a line, four at a time where they are words. Steps are words. */
function moveLine(
  from: Words,
  fromStart: number,
  fromStep: number,
  to: Words,
  toStart: number,
  toStep: number,
  count: number,
  words: number,
): void {
  let [a, o, i] = [fromStart, toStart, 0];
  if (words === 1) {
    for (; i + 3 < count; i += 4, a += 4 * fromStep, o += 4 * toStep) {
      to[o] = from[a]!;
      to[o + toStep] = from[a + fromStep]!;
      to[o + 2 * toStep] = from[a + 2 * fromStep]!;
      to[o + 3 * toStep] = from[a + 3 * fromStep]!;
    }
  }
  for (; i < count; i++, a += fromStep, o += toStep) {
    for (let word = 0; word < words; word++) to[o + word] = from[a + word]!;
  }
}
