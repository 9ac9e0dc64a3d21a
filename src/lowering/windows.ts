// Sums of chosen elements of planes: what pooling, convolution and sampling are where ONNX has no node for them, or none for
// the element type. Which elements go into which sum is a table that is known beforehand.

import { int64 } from "../core/dtype.ts";
import { product } from "../core/layout.ts";
import type { GraphValue, Length } from "../onnx/graph.ts";
import type { Nodes } from "./nodes.ts";

/** Windows over axes; one entry for each axis. */
export interface Windows {
  readonly lengths: readonly number[];
  readonly counts: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  /** Before the axis. */
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

/** For each of some results the elements that belong to it. */
export type Table = readonly (readonly number[])[];

/** Calls `visit` for each place in a box, in row-major order. */
function forEachPlace(lengths: readonly number[], visit: (place: readonly number[]) => void): void {
  const place = lengths.map(() => 0);
  for (let count = product(lengths); count > 0; count--) {
    visit(place);
    for (let axis = lengths.length - 1; axis >= 0; axis--) {
      place[axis]! += 1;
      if (place[axis]! < lengths[axis]!) break;
      place[axis] = 0;
    }
  }
}

const flat = (place: readonly number[], lengths: readonly number[]): number =>
  place.reduce((at, each, axis) => at * lengths[axis]! + each, 0);

/** For each window the positions in the plane of the kernel's places, -1 where one lies outside. */
export function windowTable({ lengths, counts, kernel, stride, padding, dilation }: Windows): Table {
  const table: number[][] = [];
  forEachPlace(counts, (window) => {
    const row: number[] = [];
    forEachPlace(kernel, (tap) => {
      const at = tap.map(
        (each, axis) => window[axis]! * stride[axis]! - padding[axis]! + each * dilation[axis]!,
      );
      const isInside = at.every((each, axis) => each >= 0 && each < lengths[axis]!);
      row.push(isInside ? flat(at, lengths) : -1);
    });
    table.push(row);
  });
  return table;
}

/** As many windows as asked, which cover the axes: for each the positions that it holds. */
export function coveringTable(lengths: readonly number[], counts: readonly number[]): Table {
  const table: number[][] = [];
  forEachPlace(counts, (window) => {
    const first = window.map((each, axis) => Math.floor((each * lengths[axis]!) / counts[axis]!));
    const spans = window.map(
      (each, axis) => Math.ceil(((each + 1) * lengths[axis]!) / counts[axis]!) - first[axis]!,
    );
    const row: number[] = [];
    forEachPlace(spans, (offset) =>
      row.push(
        flat(
          offset.map((each, axis) => first[axis]! + each),
          lengths,
        ),
      ),
    );
    table.push(row);
  });
  return table;
}

/** The table the other way round: for each element the cells of the table that name it, numbered row by row. */
export function turned(table: Table, elements: number, cell: (row: number, column: number) => number): Table {
  const result: number[][] = Array.from({ length: elements }, () => []);
  table.forEach((row, i) => {
    row.forEach((element, k) => {
      if (element >= 0) result[element]!.push(cell(i, k));
    });
  });
  return result;
}

/** Rows of a table at one width, with `filler` for what is missing. */
export function evened(
  table: Table,
  filler: (row: readonly number[]) => number,
): { cells: number[]; width: number } {
  const width = Math.max(1, ...table.map((row) => row.length));
  const cells = table.flatMap((row) => Array.from({ length: width }, (_, k) => row[k] ?? filler(row)));
  return { cells, width };
}

/** All axes but the first `lead` merged into one. */
export function flattened(n: Nodes, x: GraphValue, lead: number, size: number): GraphValue {
  const shape = [...x.shape.slice(0, lead).map(() => 0), size];
  return n.reshape(x, shape, [...x.shape.slice(0, lead), size]);
}

/** The last axis in the shape of several. The axes before stay. */
export function unfolded(n: Nodes, x: GraphValue, shape: readonly number[]): GraphValue {
  const lead = x.shape.slice(0, -1);
  return n.reshape(x, [...lead.map(() => 0), ...shape], [...lead, ...shape]);
}

/** Elements of the last axis by a table, 0 where it names none: [..., rows, width]. */
export function gathered(n: Nodes, x: GraphValue, table: Table, length: number): GraphValue {
  const last = x.shape.length - 1;
  const { cells, width } = evened(table, () => -1);
  const hasGaps = cells.includes(-1);
  // One 0 behind all elements stands for what is not there.
  const all = hasGaps ? n.pad(x, [...x.shape.slice(0, -1).map(() => [0, 0] as const), [0, 1]]) : x;
  const index = n.numbers(
    cells.map((cell) => (cell < 0 ? length : cell)),
    int64,
  );
  return unfolded(n, n.take(all, last, index), [table.length, width]);
}

/** For each row of a table the sum of the elements of the last axis that it names. */
export function sums(n: Nodes, x: GraphValue, table: Table, length: number): GraphValue {
  const parts = gathered(n, x, table, length);
  const { shape } = parts;
  if (shape.at(-1) === 1) return n.squeeze(parts, [shape.length - 1]);
  return n.sum(parts, [shape.length - 1], false);
}

/** The last axes as they are, or the shape before them. */
export const leading = (shape: readonly Length[], spatial: number): readonly Length[] =>
  shape.slice(0, shape.length - spatial);
