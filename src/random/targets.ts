// The memory that random numbers go to: in which order its elements are drawn, and how one is written.

import { bool, type DType, int32 } from "../core/dtype.ts";
import { forEachPosition, type Operand } from "../core/elements.ts";
import { encoderOf } from "../core/halves.ts";
import { type Layout, memoryOrder, permute } from "../core/layout.ts";
import type { Storage } from "../core/storage.ts";

/** Elements in a row: positions `start`, `start + step`, ... */
export type Run = (start: number, step: number, count: number) => void;

/**
 * Calls `visit` with runs of the layout's positions in the order of memory, which is the order in which PyTorch fills
 * a tensor whatever its shape: the axis of the smallest stride goes fastest.
 */
export function forEachRun(layout: Layout, visit: Run): void {
  if (layout.size === 0) return;
  const ordered = layout.isContiguous ? layout : permute(layout, memoryOrder(layout));
  if (ordered.isContiguous) {
    visit(ordered.offset, 1, ordered.size);
    return;
  }
  const { shape, strides } = ordered;
  const last = ordered.rank - 1;
  const index = new Array<number>(last).fill(0);
  let start = ordered.offset;
  for (let run = ordered.size / shape[last]!; run > 0; run--) {
    visit(start, strides[last]!, shape[last]!);
    for (let axis = last - 1; axis >= 0; axis--) {
      start += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      start -= index[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
}

/** Writes a number to the element at a position. */
export type Write = (position: number, value: number) => void;

/**
 * How to write safe integers and floating numbers to a storage as elements of a real type, without an allocation for
 * each. A floating number is rounded to float32 before it is to a half type, as PyTorch converts.
 */
export function writerOf(storage: Storage, dtype: DType): Write {
  const encode = encoderOf(dtype);
  const array = storage.look(dtype);
  if (encode !== undefined) {
    return (position, value) => {
      array[position] = encode(Math.fround(value));
    };
  }
  if (dtype === bool) {
    return (position, value) => {
      array[position] = value === 0 ? 0 : 1;
    };
  }
  if (dtype.compute === "big") {
    const halves = storage.look(int32);
    return (position, value) => {
      halves[2 * position] = value;
      halves[2 * position + 1] = Math.floor(value / 2 ** 32);
    };
  }
  return (position, value) => {
    array[position] = value;
  };
}

/** Writes what `draw` gives, element after element in the order of memory. */
export function fillWith(target: Operand, draw: () => number): void {
  const write = writerOf(target.storage, target.layout.dtype);
  forEachRun(target.layout, (start, step, count) => {
    for (let i = 0; i < count; i++) write(start + i * step, draw());
  });
}

/** Writes what `draw` gives for the elements by their number in row-major order. */
export function fillElements(target: Operand, draw: (index: number) => number): void {
  const write = writerOf(target.storage, target.layout.dtype);
  let i = 0;
  forEachPosition(target.layout, (position) => write(position, draw(i++)));
}
