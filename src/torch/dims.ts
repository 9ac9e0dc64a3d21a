// Axes and sizes as arguments: negative ones count from the end, and several may be given one by one or as a list.

import { elements, type Operand, toNumber } from "../core/elements.ts";
import { IndexError, PythonTypeError, RuntimeError } from "../core/errors.ts";
import { product, type Shape } from "../core/layout.ts";
import { shapeText } from "./errors.ts";

/** Sizes or axes one by one, or as one list. */
export type Numbers = readonly number[] | readonly [readonly number[]];

/** A size as a number: arrays and tensors of one element count too. */
function wholeNumber(value: number | Operand): number {
  return typeof value === "object" ? toNumber(elements(value)[0]!) : value;
}

/** The numbers of a list of arguments. */
export function numbersOf(args: Numbers): readonly number[] {
  const first = args[0];
  const numbers = Array.isArray(first) ? (first as readonly number[]) : (args as readonly number[]);
  return numbers.some((number) => typeof number === "object") ? numbers.map(wholeNumber) : numbers;
}

/**
 * An axis from 0, of a tensor with `rank` axes; a 0-d tensor is taken to have one.
 * @throws IndexError when it is out of range
 */
export function wrapDim(dim: number, rank: number): number {
  const count = Math.max(rank, 1);
  if (typeof dim !== "number" || !Number.isInteger(dim)) {
    throw new PythonTypeError(`argument 'dim' must be int, not ${typeof dim}`);
  }
  if (dim < -count || dim >= count) {
    throw new IndexError(
      `Dimension out of range (expected to be in range of [${-count}, ${count - 1}], but got ${dim})`,
    );
  }
  return dim < 0 ? dim + count : dim;
}

/** Axes from 0, in the order given. @throws RuntimeError when one comes twice */
export function wrapDims(dims: readonly number[], rank: number): number[] {
  const result: number[] = [];
  for (const dim of dims) {
    const axis = wrapDim(dim, rank);
    if (result.includes(axis)) {
      throw new RuntimeError(`dim ${axis} appears multiple times in the list of dims`);
    }
    result.push(axis);
  }
  return result;
}

/** All axes of a tensor. */
export function allAxes(rank: number): number[] {
  const axes = new Array<number>(rank);
  for (let axis = 0; axis < rank; axis++) axes[axis] = axis;
  return axes;
}

/**
 * Which axes a reduction goes over: one, several, or all where none is given.
 * @throws RuntimeError for more than 64 axes, for one out of range, and for one that comes twice
 */
export function reductionAxes(dim: number | readonly number[] | null | undefined, rank: number): number[] {
  if (rank > 64) throw new RuntimeError("only tensors with up to 64 dims are supported");
  if (dim === null || dim === undefined) return allAxes(rank);
  const dims = typeof dim === "number" ? [dim] : dim;
  if (dims.length === 0) return allAxes(rank);
  const axes = wrapDims(dims, rank).sort((a, b) => a - b);
  return rank === 0 ? [] : axes;
}

/**
 * A shape in which -1 stands for what remains of `size` elements.
 * @throws RuntimeError when the numbers do not come out
 */
export function inferShape(shape: Shape, size: number): number[] {
  const result = shape.slice();
  let unknown = -1;
  let count = 1;
  for (let axis = 0; axis < result.length; axis++) {
    const length = result[axis]!;
    if (length === -1) {
      if (unknown >= 0) throw new RuntimeError("only one dimension can be inferred");
      unknown = axis;
    } else if (length >= 0) count *= length;
    else
      throw new RuntimeError(
        `invalid shape dimension ${length} at index ${axis} of shape ${shapeText(shape)}`,
      );
  }
  if (count !== size && !(unknown >= 0 && count > 0 && size % count === 0)) {
    throw new RuntimeError(`shape '${shapeText(shape)}' is invalid for input of size ${size}`);
  }
  if (unknown >= 0) {
    if (count === 0) {
      throw new RuntimeError(
        `cannot reshape tensor of 0 elements into shape ${shapeText(shape)} because the unspecified dimension size -1 can be any value and is ambiguous`,
      );
    }
    result[unknown] = size / count;
  }
  return result;
}

/** A shape to allocate. @throws RuntimeError for a negative length */
export function checkedShape(shape: Shape): Shape {
  for (const length of shape) {
    if (length < 0) {
      throw new RuntimeError(
        `Trying to create tensor with negative dimension ${length}: ${shapeText(shape)}`,
      );
    }
  }
  product(shape);
  return shape;
}

/** The order of axes with two of them swapped. */
export function swappedAxes(rank: number, dim0: number, dim1: number): number[] {
  const [a, b] = [wrapDim(dim0, rank), wrapDim(dim1, rank)];
  const axes = allAxes(rank);
  if (rank > 0) [axes[a], axes[b]] = [axes[b]!, axes[a]!];
  return axes;
}

/** Axes to drop: one, several, or null for all that can be. */
export type SqueezeDims = number | readonly number[] | null;

/** The axes that `squeeze` drops, and the number in PyTorch's name of the node. */
export function squeezedAxes({ layout }: Operand, dim: SqueezeDims): { axes: number[]; overload: number } {
  const { shape, rank } = layout;
  const isSingle = (axis: number): boolean => shape[axis] === 1;
  if (dim === null) return { axes: allAxes(rank).filter(isSingle), overload: 0 };
  if (typeof dim === "number") return { axes: [wrapDim(dim, rank)].filter(isSingle), overload: 1 };
  return { axes: wrapDims(dim, rank).filter(isSingle), overload: 2 };
}
