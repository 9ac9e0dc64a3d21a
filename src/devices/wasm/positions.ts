// Positions of extremes of float32 elements: of rows, or of lines side by side.

import { float32, int64 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { permute, product } from "../../core/layout.ts";
import { copyLines, placeToRead } from "../../kernels/copy.ts";
import type { Kernels } from "../../kernels/instance.ts";
import { kernels } from "../../kernels/use.ts";
import type { PositionAttributes } from "../../ops/reductions.ts";
import { rowMajor } from "../reference/move.ts";
import type { Row, Rows } from "./device.ts";

/** Elements copied in at a time: they stay in the second cache. */
const blockLength = 2 ** 16;
/** Shorter lines are turned into rows by a copy. */
const shortLine = 32;

/** The first extreme of `length` elements from `from` on, or the first NaN: counted from there. */
function placeInRow(
  made: Kernels,
  isLargest: boolean,
  values: Float32Array,
  from: number,
  length: number,
): number {
  const { exports, start } = made;
  let best = 0;
  let place = -1;
  for (let done = 0; done < length; done += blockLength) {
    const n = Math.min(blockLength, length - done);
    const at = placeToRead(made, values, from + done, n, start);
    const most = isLargest ? exports.largest32(at, n) : exports.smallest32(at, n);
    if (Number.isNaN(most)) return done + exports.place32(at, n, most);
    if (place >= 0 && (isLargest ? most <= best : most >= best)) continue;
    best = most;
    place = done + exports.place32(at, n, most);
  }
  return place;
}

/** Positions in each row of `length` elements. */
function placesInRows(isLargest: boolean, plain: Operand, length: number, places: BigInt64Array): void {
  const { offset, size } = plain.layout;
  const values = plain.storage.view(float32) as Float32Array;
  const made = kernels(values)!;
  made.scratch(4 * blockLength);
  for (let from = offset, to = 0; from < offset + size; from += length, to++) {
    places[to] = BigInt(placeInRow(made, isLargest, values, from, length));
  }
}

/** Positions in each column of `lines` lines of `columns` elements. */
function placesInLines(
  isLargest: boolean,
  values: Float32Array,
  lines: number,
  columns: number,
  places: BigInt64Array,
): void {
  const made = kernels(values)!;
  const width = Math.min(columns, blockLength / 4);
  const height = Math.max(1, Math.floor(blockLength / width));
  const into = made.scratch(4 * width * height + 8 * (width + 4)) + 4 * width * height;
  const { exports, floats, bytes, start } = made;
  const kernel = isLargest ? exports.lineLargestPlaces32 : exports.lineSmallestPlaces32;
  const worst = isLargest ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  for (let j = 0; j < columns; j += width) {
    const n = Math.min(width, columns - j);
    const whole = (n + 3) & ~3;
    floats.fill(worst, into >> 2, (into >> 2) + whole);
    const found = new Int32Array(bytes.buffer, into + 4 * whole, whole).fill(0);
    for (let r = 0; r < lines; r += height) {
      const count = Math.min(height, lines - r);
      copyLines(made, start, values, r * columns + j, columns, count, n);
      kernel(start, count, n, into, r);
    }
    for (let i = 0; i < n; i++) places[j + i] = BigInt(found[i]!);
  }
}

function positionRow(isLargest: boolean): Row<never> {
  const row: Row<PositionAttributes> = {
    work: ([input]) => input!.layout.size,
    least: 1024,
    run: ([input], [output], { axis }) => {
      const { dtype, rank, shape, size, offset, isContiguous } = input!.layout;
      if (dtype !== float32 || size === 0 || !output!.layout.isContiguous) return false;
      const { offset: to, size: count } = output!.layout;
      const places = (output!.storage.view(int64) as BigInt64Array).subarray(to, to + count);
      if (axis === null || rank === 0) {
        placesInRows(isLargest, rowMajor(input!), size, places);
        return true;
      }
      const lines = shape[axis]!;
      const columns = product(shape.slice(axis + 1));
      if (isContiguous && columns >= shortLine) {
        const values = input!.storage.view(float32) as Float32Array;
        const each = lines * columns;
        for (let i = 0, from = offset; i * columns < count; i++, from += each) {
          const part = values.subarray(from, from + each);
          placesInLines(isLargest, part, lines, columns, places.subarray(i * columns, (i + 1) * columns));
        }
        return true;
      }
      const order = [...shape.keys()].filter((each) => each !== axis).concat(axis);
      const layout = axis === rank - 1 ? input!.layout : permute(input!.layout, order);
      placesInRows(isLargest, rowMajor({ storage: input!.storage, layout }), lines, places);
      return true;
    },
  };
  return row as Row<never>;
}

export const positionRows: Rows = { argmax: positionRow(true), argmin: positionRow(false) };
