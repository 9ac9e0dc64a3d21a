// Which elements of an array are printed, and reading just those: an array of any size prints at once, because only
// what will be seen is touched.

import { getterOf, type Operand, type Scalar } from "./elements.ts";
import type { Shape } from "./layout.ts";

/** Gives the element at an index, one number for each axis. */
export type ReadItem<T> = (index: readonly number[]) => T;

/** How to read single elements of an operand, whatever its strides count. */
export function itemReader({ storage, layout }: Operand): ReadItem<Scalar> {
  const { dtype, strides, offset, unit } = layout;
  const get = getterOf(dtype);
  const positionOf = (index: readonly number[]): number =>
    index.reduce((position, along, axis) => position + along * strides[axis]!, offset);
  if (layout.isAligned) {
    const array = storage.look(dtype);
    return (index) => get(array, positionOf(index));
  }
  const bytes = storage.bytes();
  return (index) => {
    const start = positionOf(index) * unit;
    // A copy, because the element may lie at an odd address.
    return get(new dtype.array(bytes.slice(start, start + dtype.itemSize).buffer), 0);
  };
}

/** Positions along an axis that show: all, or where the axis is longer than twice `edge`, so many at either end. */
export function shownAlong(length: number, edge: number | undefined): number[] {
  if (edge === undefined || length <= 2 * edge) return Array.from({ length }, (_, at) => at);
  return Array.from({ length: 2 * edge }, (_, at) => (at < edge ? at : length - 2 * edge + at));
}

/** The items that show, in row-major order. */
export function shownItems<T>(shape: Shape, edge: number | undefined, read: ReadItem<T>): T[] {
  const axes = shape.map((length) => shownAlong(length, edge));
  const items: T[] = [];
  const index: number[] = [];
  const visit = (axis: number): void => {
    if (axis === axes.length) {
      items.push(read(index));
      return;
    }
    for (const at of axes[axis]!) {
      index[axis] = at;
      visit(axis + 1);
    }
  };
  visit(0);
  return items;
}
