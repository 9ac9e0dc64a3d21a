// In which order of memory a computed result lies: NumPy's order "K" and PyTorch's TensorIterator both follow the
// operands, so that a result of column-major operands is column-major.

import type { DType } from "./dtype.ts";
import { broadcastShapes, contiguousStrides, Layout, type Shape, sameShape } from "./layout.ts";

/** True iff all layouts have that shape and lie in row-major order, or are single values, which order nothing. */
function allContiguous(inputs: readonly Layout[], shape: Shape): boolean {
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]!;
    if (i === 0 ? input.place >= 0 : input === inputs[0]) continue;
    if (input.shape.length !== shape.length) {
      if (input.size === 1 && input.rank === 0) continue;
      return false;
    }
    if (input.isOne && sameShape(input.shape, shape)) continue;
    let step = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (input.shape[axis] !== shape[axis]) return false;
      if (input.strides[axis] !== step) return false;
      step *= shape[axis]!;
    }
  }
  return true;
}

function hasShape(input: Layout, shape: Shape): boolean {
  return input.rank === shape.length && input.shape.every((length, axis) => length === shape[axis]);
}

/**
 * The layout of a new result of an elementwise operation: the broadcast shape, laid in the order of memory of the
 * operands.
 * @returns undefined when the shapes do not broadcast
 */
export function elementwiseLayout(inputs: readonly Layout[], dtype: DType): Layout | undefined {
  const first = inputs[0]!;
  if (allContiguous(inputs, first.shape)) {
    const isResult = first.dtype === dtype && first.offset === 0 && first.isContiguous;
    return isResult ? first : Layout.contiguous(dtype, first.shape);
  }
  const shape = broadcastShapes(inputs.map((input) => input.shape));
  if (shape === undefined) return undefined;
  if (inputs.every((input) => input.isContiguous && hasShape(input, shape)))
    return Layout.contiguous(dtype, shape);
  return new Layout(dtype, shape, operandOrderStrides(inputs, shape), 0);
}

/**
 * Strides without gaps for `shape` in the operands' order of memory. Two axes are ordered by the first operand in
 * which both have a stride other than 0; axes that no operand orders stay as they are (row-major). In an order that is
 * not row-major, strides outside an axis of length 0 are 0, as PyTorch's are.
 */
export function operandOrderStrides(inputs: readonly Layout[], shape: Shape): number[] {
  if (shape.length < 2) return contiguousStrides(shape);
  const full = inputs.map((input) => {
    const lead = shape.length - input.rank;
    return shape.map((length, axis) =>
      axis < lead || input.shape[axis - lead] !== length ? 0 : input.strides[axis - lead]!,
    );
  });
  // Insertion sort from the innermost axis, as both libraries do it: the comparison is not transitive.
  const order = shape.map((_, i) => shape.length - 1 - i);
  for (let i = 1; i < order.length; i++) {
    let at = i;
    for (let j = i - 1; j >= 0; j--) {
      const comparison = compareAxes(full, shape, order[j]!, order[at]!);
      if (comparison > 0) {
        [order[j], order[at]] = [order[at]!, order[j]!];
        at = j;
      } else if (comparison < 0) break;
    }
  }
  if (order.every((axis, i) => axis === shape.length - 1 - i)) return contiguousStrides(shape);
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (const axis of order) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}

/** Positive when the first axis lies outside the second, negative when inside, 0 when undecided. */
function compareAxes(strides: readonly (readonly number[])[], shape: Shape, a: number, b: number): number {
  for (const each of strides) {
    const strideA = Math.abs(each[a]!);
    const strideB = Math.abs(each[b]!);
    if (strideA === 0 || strideB === 0) continue;
    if (strideA < strideB) return -1;
    if (strideA > strideB) return 1;
    if (shape[a]! > shape[b]!) return 1;
  }
  return 0;
}
