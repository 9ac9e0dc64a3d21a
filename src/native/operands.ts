// How an operand's memory is given to ONNX Runtime, which knows row-major tensors alone: as it lies where it is row-major,
// with its axes in another order where it is dense otherwise (the graph then turns it back, which products take in), else as
// a copy.

import type { TypedArray } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import type { Layout } from "../core/layout.ts";
import { rowMajor } from "../devices/reference/move.ts";

/** An operand's memory. */
export interface Given {
  readonly data: TypedArray;
  /** The lengths of the axes in the order in which they lie. */
  readonly shape: readonly number[];
  /** For each axis of the operand where it is among those that lie there; undefined where the order is the same. */
  readonly order: readonly number[] | undefined;
}

/** The axes from the outermost in memory to the innermost, where the elements lie densely; else undefined. */
function denseOrder({ shape, strides }: Layout): number[] | undefined {
  const axes = [...shape.keys()].sort((a, b) => strides[b]! - strides[a]! || a - b);
  let step = 1;
  for (let i = axes.length - 1; i >= 0; i--) {
    const axis = axes[i]!;
    if (shape[axis] !== 1 && strides[axis] !== step) return undefined;
    step *= shape[axis]!;
  }
  return axes;
}

/** The part of a storage that a dense layout covers. */
function part({ storage, layout }: Operand): TypedArray {
  const { dtype, offset, size } = layout;
  const all = storage.view(dtype);
  const start = offset * dtype.lanes;
  const length = size * dtype.lanes;
  return start === 0 && all.length === length ? all : all.subarray(start, start + length);
}

/** True iff an operand's memory can be given as it lies. */
export const isDense = ({ layout }: Operand): boolean =>
  layout.isContiguous || layout.size === 0 || denseOrder(layout) !== undefined;

/** An operand's memory, copied only where it is not dense. */
export function given(operand: Operand): Given {
  const { layout } = operand;
  if (layout.isContiguous) return { data: part(operand), shape: layout.shape, order: undefined };
  const axes = layout.size === 0 ? undefined : denseOrder(layout);
  if (axes === undefined) {
    const copy = rowMajor(operand);
    return { data: part(copy), shape: layout.shape, order: undefined };
  }
  const order = new Array<number>(axes.length);
  axes.forEach((axis, place) => {
    order[axis] = place;
  });
  return { data: part(operand), shape: axes.map((axis) => layout.shape[axis]!), order };
}
