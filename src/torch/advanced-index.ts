// Indexing with tensors: masks become positions, positions are stretched to one another, and the axes they name give
// way to their common shape (ATen/native/IndexingUtils, TensorAdvancedIndexing).

import { bool, int32, int64, uint8 } from "../core/dtype.ts";
import { elements, isTruthy, toNumber } from "../core/elements.ts";
import { IndexError } from "../core/errors.ts";
import { broadcastShapes, broadcastTo, contiguousStrides, Layout, type Shape } from "../core/layout.ts";
import { reshapeStrides } from "../core/layout-reshape.ts";
import { elementwiseLayout } from "../core/order.ts";
import { warn } from "../core/warnings.ts";
import { execute } from "../devices/index.ts";
import { type IndexAttributes, indexGet } from "../ops/indexing.ts";
import { indexedShape } from "../ops/shapes.ts";
import { makeTensor } from "./base.ts";
import { shapeText } from "./errors.ts";
import { allocate, converted, isGradEnabled, record, resolved, unwritten } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** Indices of one shape, and which axes they stand for. */
export interface AdvancedIndex {
  readonly indices: readonly Tensor[];
  readonly attributes: IndexAttributes;
  /** The shape of the indices. */
  readonly shape: Shape;
}

/** The positions of true elements along each axis of a mask. */
export function nonzeroColumns(mask: Tensor): Tensor[] {
  const { shape } = mask.layout;
  const found: number[] = [];
  elements(mask).forEach((value, position) => {
    if (isTruthy(value)) found.push(position);
  });
  const steps = Layout.contiguous(bool, shape).strides;
  return shape.map((length, axis) => {
    const column = allocate(Layout.contiguous(int64, [found.length]));
    const array = column.storage.view(int64) as BigInt64Array;
    found.forEach((position, i) => {
      array[i] = BigInt(Math.floor(position / steps[axis]!) % Math.max(length, 1));
    });
    return column;
  });
}

/** Prepares indices for a tensor: undefined stands for an axis that is taken whole. */
export function prepareIndices(input: Tensor, given: readonly (Tensor | undefined)[]): AdvancedIndex {
  const byAxis: (Tensor | undefined)[] = [];
  for (const index of Array.from(given)) {
    if (index === undefined) byAxis.push(undefined);
    else if (index.dtype === bool || index.dtype === uint8)
      byAxis.push(...expandMask(input, index, byAxis.length));
    else if (index.dtype === int64 || index.dtype === int32) byAxis.push(index);
    else throw new IndexError("tensors used as indices must be long, int, byte or bool tensors");
  }
  if (byAxis.length > input.ndim) {
    throw new IndexError(`too many indices for tensor of dimension ${input.ndim} (got ${byAxis.length})`);
  }
  const axes = byAxis.flatMap((index, axis) => (index === undefined ? [] : [axis]));
  const chosen = axes.map((axis) => byAxis[axis]!);
  const shape = broadcastShapes(chosen.map((index) => index.shape));
  if (shape === undefined) {
    throw new IndexError(
      `shape mismatch: indexing tensors could not be broadcast together with shapes ${chosen.map((index) => shapeText(index.shape)).join(", ")}`,
    );
  }
  const indices = chosen.map((index) => {
    const whole = index.dtype === int64 ? index : converted(index, int64);
    return makeTensor(whole.storage, broadcastTo(whole.layout, shape)!);
  });
  const isAdjacent = axes.every((axis, i) => i === 0 || axis === axes[i - 1]! + 1);
  return { indices, attributes: { axes, position: isAdjacent ? (axes[0] ?? 0) : 0 }, shape };
}

function expandMask(input: Tensor, mask: Tensor, first: number): Tensor[] {
  if (mask.dtype === uint8) {
    warn(
      "UserWarning",
      "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.",
    );
  }
  mask.shape.forEach((length, axis) => {
    if (length === input.shape[first + axis]) return;
    throw new IndexError(
      `The shape of the mask ${shapeText(mask.shape)} at index ${axis} does not match the shape of the indexed tensor ${shapeText(input.shape)} at index ${first + axis}`,
    );
  });
  return nonzeroColumns(mask);
}

/** @throws IndexError for an index outside its axis, unless nothing is read, or what indexes is not known yet */
export function checkRange(input: Tensor, { indices, attributes, shape }: AdvancedIndex): void {
  const isEmptyAxis = attributes.axes.some((axis) => input.shape[axis] === 0);
  if (isEmptyAxis && !shape.includes(0)) {
    throw new IndexError("index is out of bounds for dimension with size 0");
  }
  if (indexedShape(input.shape, shape, attributes).includes(0)) return;
  if (indices.some(({ storage }) => !storage.hasValues)) return;
  const values = indices.map((index) => elements(index));
  values[0]?.forEach((_, at) => {
    values.forEach((each, k) => {
      const value = toNumber(each[at]!);
      const length = input.shape[attributes.axes[k]!]!;
      if (value < -length || value >= length) {
        throw new IndexError(`index ${value} is out of bounds for dimension ${k} with size ${length}`);
      }
    });
  });
}

/** `x[indices]`: the result lies in the order of memory of what is read. */
export function indexTensor(input: Tensor, given: readonly (Tensor | undefined)[]): Tensor {
  const prepared = prepareIndices(input, given);
  checkRange(input, prepared);
  const { indices, attributes, shape } = prepared;
  const source = input.bits === 0 ? input : resolved(input);
  const result = unwritten(resultLayout(source.layout, indices, attributes, shape));
  if (result.layout.size > 0) execute(indexGet, [source, ...indices], [result], attributes);
  if (isGradEnabled() && input.requiresGrad) {
    record(indexGet, [input, ...indices], [result], attributes, "IndexBackward0");
  }
  return result;
}

/** The layout that a loop over source and indices gives the result. */
function resultLayout(
  source: Layout,
  indices: readonly Tensor[],
  attributes: IndexAttributes,
  shape: Shape,
): Layout {
  const { axes, position } = attributes;
  const full = indexedShape(source.shape, shape, attributes);
  const rest = source.strides.filter((_, axis) => !axes.includes(axis));
  const still = shape.map(() => 0);
  const walked = [new Layout(source.dtype, full, rest.toSpliced(position, 0, ...still))];
  const alone = rest.map(() => 1).toSpliced(position, 0, ...shape);
  for (const { layout } of indices) {
    // The loop sees the indices with axes of length 1 where the source goes on, which count in the order.
    const strides = reshapeStrides(layout, alone) ?? contiguousStrides(alone);
    walked.push(new Layout(layout.dtype, alone, strides));
  }
  return elementwiseLayout(walked, source.dtype)!;
}
