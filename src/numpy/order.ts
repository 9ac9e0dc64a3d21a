// In which order of memory NumPy lays a new array: as its iterator orders the axes of operands (`nditer`, order "K"),
// and as `empty_like` follows one array. In a conflict of operands row-major order wins, which is not PyTorch's rule.

import type { DType } from "../core/dtype.ts";
import {
  contiguousStrides,
  fortranStrides,
  Layout,
  memoryOrder,
  type Shape,
  stridesInOrder,
} from "../core/layout.ts";
import type { Order } from "./types.ts";

/** Steps along the axes of `shape`; 0 where the operand is stretched or has one element. */
function stepsOver(layout: Layout, shape: Shape): number[] {
  const lead = shape.length - layout.rank;
  return shape.map((_, axis) =>
    axis < lead || layout.shape[axis - lead] === 1 ? 0 : Math.abs(layout.strides[axis - lead]!),
  );
}

/** True, false, or undefined where no operand tells: whether axis `a` must go outside axis `b`, which is inside now. */
function goesOutside(steps: readonly (readonly number[])[], a: number, b: number): boolean | undefined {
  let answer: boolean | undefined;
  for (const each of steps) {
    const [outer, inner] = [each[a]!, each[b]!];
    if (outer === 0 || inner === 0) continue;
    if (inner <= outer) answer = true;
    else answer ??= false;
  }
  return answer;
}

/**
 * The axes of `shape`, outermost first, in the order in which NumPy goes through these operands.
 * @param inputs operands that broadcast to `shape`
 */
export function iterationAxes(inputs: readonly Layout[], shape: Shape): number[] {
  const steps = inputs.map((input) => stepsOver(input, shape));
  // From the innermost axis outwards: an axis moves in past those that lie outside it.
  const axes = shape.map((_, i) => shape.length - 1 - i);
  for (let i = 1; i < axes.length; i++) {
    const axis = axes[i]!;
    let place = i;
    for (let j = i - 1; j >= 0; j--) {
      const outside = goesOutside(steps, axis, axes[j]!);
      if (outside === undefined) continue;
      if (outside) break;
      place = j;
    }
    axes.splice(i, 1);
    axes.splice(place, 0, axis);
  }
  return axes.reverse();
}

/** The layout of a new result over operands that broadcast to `shape`. */
export function resultLayout(
  inputs: readonly Layout[],
  shape: Shape,
  dtype: DType,
  order: Order = "K",
): Layout {
  if (order === "F" || (order === "A" && inputs.every((input) => isOnlyFortran(input)))) {
    return new Layout(dtype, shape, fortranStrides(shape));
  }
  if (shape.length < 2 || order !== "K") return Layout.contiguous(dtype, shape);
  return new Layout(dtype, shape, stridesInOrder(shape, iterationAxes(inputs, shape)));
}

/** True iff column-major and not row-major as well. */
export function isOnlyFortran(layout: Layout): boolean {
  return layout.isFortranContiguous && !layout.isContiguous;
}

/** The layout of a new array like one that is there (`numpy.empty_like`, `copy`, `astype`). */
export function layoutLike(source: Layout, dtype: DType, order: Order): Layout {
  const { shape } = source;
  const isFortran = order === "F" || (order !== "C" && isOnlyFortran(source));
  if (isFortran) return new Layout(dtype, shape, fortranStrides(shape));
  if (order !== "K" || shape.length < 2 || source.isContiguous) {
    return new Layout(dtype, shape, contiguousStrides(shape));
  }
  return new Layout(dtype, shape, stridesInOrder(shape, memoryOrder(source)));
}

/** The layout, with strides in elements from element 0 where they count bytes: contiguity does not ask where it begins. */
export function inElements(layout: Layout): Layout {
  if (layout.isAligned) return layout;
  const { dtype, shape, strides, unit } = layout;
  return new Layout(
    dtype,
    shape,
    strides.map((stride) => (stride * unit) / dtype.itemSize),
  );
}

/** True iff the layout is as the order asks; "A" and "K" ask nothing of it. */
export function isInOrder(layout: Layout, order: Order): boolean {
  if (order === "C") return inElements(layout).isContiguous;
  return order === "F" ? inElements(layout).isFortranContiguous : true;
}

/** The layout of a new array that joins others: its axes lie as theirs do, row-major where they disagree. */
export function joinedLayout(sources: readonly Layout[], shape: Shape, dtype: DType): Layout {
  const axes = shape.map((_, axis) => axis);
  for (let i = 1; i < axes.length; i++) {
    const axis = axes[i]!;
    let place = i;
    for (let j = i - 1; j >= 0; j--) {
      const other = axes[j]!;
      const comparison = compareJoined(sources, other, axis);
      if (comparison === undefined) continue;
      if (!comparison) break;
      place = j;
    }
    axes.splice(i, 1);
    axes.splice(place, 0, axis);
  }
  return new Layout(dtype, shape, stridesInOrder(shape, axes));
}

/** True iff every array that tells has `inner` outside `outer`; undefined where none tells. */
function compareJoined(sources: readonly Layout[], outer: number, inner: number): boolean | undefined {
  let shouldSwap: boolean | undefined;
  for (const { shape, strides } of sources) {
    if (shape[outer] === 1 || shape[inner] === 1) continue;
    if (Math.abs(strides[inner]!) <= Math.abs(strides[outer]!)) shouldSwap = false;
    else shouldSwap ??= true;
  }
  return shouldSwap;
}
