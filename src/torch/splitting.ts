// Views of pieces along an axis: split, chunk, unbind. The pieces of `split` and `unbind` come from one node, so they
// may not be written in place under gradients.

import { bind, type Signature } from "../core/arguments.ts";
import { int64 } from "../core/dtype.ts";
import { elements, type Operand, toNumber } from "../core/elements.ts";
import { IndexError, type PythonTypeError, RuntimeError } from "../core/errors.ts";
import type { Layout } from "../core/layout.ts";
import * as layouts from "../core/layout.ts";
import type { GradientContext, Operation } from "../core/op.ts";
import { add } from "../ops/binary.ts";
import { embedView } from "../ops/views.ts";
import { TensorBase } from "./base.ts";
import { wrapDim } from "./dims.ts";
import { scalarTypeName, shapeText } from "./errors.ts";
import { isGradEnabled, record, viewOf } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { combinationError } from "./tensor-arguments.ts";
import { narrow } from "./views.ts";

interface PiecesAttributes {
  readonly pieces: (input: Layout) => readonly Layout[];
}

/** Several views of one tensor, as one operation: what flows to each is laid into zeros, and the sum flows back. */
const pieces: Operation<PiecesAttributes> = {
  name: "pieces",
  label: "Split",
  promotion: "none",
  infer: ([input], _dtype, attributes) => attributes.pieces(input!),
  gradient: piecesGradient,
};

function piecesGradient<Value extends Operand>({
  inputs,
  grads,
  attributes,
  run,
}: GradientContext<Value, PiecesAttributes>): readonly (Value | undefined)[] {
  const { dtype, shape } = inputs[0]!.layout;
  const places = attributes.pieces(layouts.Layout.contiguous(dtype, shape));
  let total: Value | undefined;
  places.forEach(({ strides, offset }, i) => {
    const grad = grads[i];
    if (grad === undefined) return;
    const laid = run(embedView, [grad], { shape, strides, offset });
    total = total === undefined ? laid : run(add, [total, laid]);
  });
  return [total];
}

function piecesOf(input: Tensor, attributes: PiecesAttributes, label: string): Tensor[] {
  const views = attributes.pieces(input.layout).map((layout) => viewOf(input, layout));
  if (input.requiresGrad && isGradEnabled()) record(pieces, [input], views, attributes, label);
  for (const view of views) if (view.viewCreation === "plain") view.viewCreation = "several";
  return views;
}

interface SplitOptions {
  readonly splitSizeOrSections: number | readonly number[];
  readonly dim: number;
}

/** Pieces of a length, the last one perhaps shorter; or of the lengths given. */
export function split(
  input: Tensor,
  ...args: Signature<
    [splitSizeOrSections: number | readonly number[], dim?: number],
    Partial<SplitOptions> & { readonly splitSize?: number | readonly number[] }
  >
): Tensor[] {
  const names = ["splitSizeOrSections", "dim"] as const;
  const { splitSizeOrSections, dim } = bind<SplitOptions>("split", names, args, { dim: 0 });
  if (typeof splitSizeOrSections !== "number") return splitWithSizes(input, splitSizeOrSections, dim);
  return splitBySize(input, splitSizeOrSections, dim);
}

function splitBySize(input: Tensor, size: number, dim: number): Tensor[] {
  if (input.ndim === 0) throw new RuntimeError("split expects at least a 1-dimensional tensor");
  if (size < 0)
    throw new RuntimeError(`split expects split_size be non-negative, but got split_size=${size}`);
  const axis = wrapDim(dim, input.ndim);
  const length = input.shape[axis]!;
  if (size === 0 && length !== 0) {
    throw new RuntimeError(
      `split_size can only be 0 if dimension size is 0, but got dimension size of ${length}`,
    );
  }
  const count = size === 0 ? 1 : Math.max(Math.ceil(length / size), 1);
  const sizes = Array.from({ length: count }, (_, i) => (i < count - 1 ? size : length - size * (count - 1)));
  return piecesOf(input, { pieces: along(axis, sizes) }, "SplitBackward0");
}

function along(axis: number, sizes: readonly number[]): (input: Layout) => readonly Layout[] {
  return (input) => {
    let start = 0;
    return sizes.map((length) => {
      start += length;
      return layouts.slice(input, axis, start - length, 1, length);
    });
  };
}

/** Pieces of the lengths given. */
export function splitWithSizes(input: Tensor, splitSizes: readonly number[], dim = 0): Tensor[] {
  if (input.ndim === 0) throw new RuntimeError("split expects at least a 1-dimensional tensor");
  const axis = wrapDim(dim, input.ndim);
  const length = input.shape[axis]!;
  for (const size of splitSizes) {
    if (size < 0) {
      throw new RuntimeError(
        `split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=${shapeText(splitSizes)}`,
      );
    }
  }
  if (splitSizes.reduce((a, b) => a + b, 0) !== length) {
    throw new RuntimeError(
      `split_with_sizes expects split_sizes to sum exactly to ${length} (input tensor's size at dimension ${dim}), but got split_sizes=${shapeText(splitSizes)}`,
    );
  }
  return piecesOf(input, { pieces: along(axis, splitSizes) }, "SplitWithSizesBackward0");
}

/** Pieces that share memory with the tensor and yet do not count as its views: they may be written in place. */
function unsafe(pieces: readonly Tensor[]): Tensor[] {
  return pieces.map((piece) => {
    piece.base = null;
    piece.viewCreation = "plain";
    piece.counter = { version: 0 };
    return piece;
  });
}

/** `split` whose pieces may be written in place, as long as the tensor is not used any more (`torch.unsafe_split`). */
export function unsafeSplit(
  input: Tensor,
  ...args: Signature<
    [splitSize: number, dim?: number],
    { readonly splitSize?: number; readonly dim?: number }
  >
): Tensor[] {
  return unsafe(split(input, ...args));
}

/** `splitWithSizes` whose pieces may be written in place; see `unsafeSplit`. */
export function unsafeSplitWithSizes(input: Tensor, splitSizes: readonly number[], dim = 0): Tensor[] {
  return unsafe(splitWithSizes(input, splitSizes, dim));
}

/** `chunk` whose pieces may be written in place; see `unsafeSplit`. */
export function unsafeChunk(
  input: Tensor,
  ...args: Signature<[chunks: number, dim?: number], Partial<ChunkOptions>>
): Tensor[] {
  return unsafe(chunk(input, ...args));
}

interface ChunkOptions {
  readonly chunks: number;
  readonly dim: number;
}

/** At most that many pieces of equal length, the last one perhaps shorter. */
export function chunk(
  input: Tensor,
  ...args: Signature<[chunks: number, dim?: number], Partial<ChunkOptions>>
): Tensor[] {
  const { chunks, dim } = bind<ChunkOptions>("chunk", ["chunks", "dim"], args, { dim: 0 });
  if (input.ndim === 0) throw new RuntimeError("chunk expects at least a 1-dimensional tensor");
  if (chunks <= 0) throw new RuntimeError(`chunk expects \`chunks\` to be greater than 0, got: ${chunks}`);
  const axis = wrapDim(dim, input.ndim);
  const length = input.shape[axis]!;
  const size = Math.ceil(length / chunks);
  if (size === 0) return splitWithSizes(input, new Array<number>(chunks).fill(0), axis);
  return splitBySize(input, size, axis);
}

type Cuts = number | readonly number[] | Tensor;

interface TensorSplitOptions {
  readonly indicesOrSections: Cuts;
  readonly dim: number;
}

/** That many pieces whose lengths differ by one at most, or pieces cut at the positions given. */
export function tensorSplit(
  input: Tensor,
  ...args: Signature<[indicesOrSections: Cuts, dim?: number], Partial<TensorSplitOptions>>
): Tensor[] {
  const names = ["indicesOrSections", "dim"] as const;
  const { indicesOrSections, dim } = bind<TensorSplitOptions>("tensor_split", names, args, { dim: 0 });
  return cutAt(input, indicesOrSections, dim);
}

function cutAt(input: Tensor, indicesOrSections: Cuts, dim: number): Tensor[] {
  if (input.ndim === 0) {
    throw new RuntimeError(
      "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims",
    );
  }
  const axis = wrapDim(dim, input.ndim);
  const length = input.shape[axis]!;
  const given = indicesOrSections instanceof TensorBase ? numbersIn(indicesOrSections) : indicesOrSections;
  const cuts = typeof given === "number" ? evenCuts(length, given) : (given as readonly number[]);
  return [...cuts, undefined].map((stop, i) => {
    const start = clampPosition(i === 0 ? 0 : cuts[i - 1]!, length);
    const end = stop === undefined ? length : clampPosition(stop, length);
    return narrow(input, axis, start, Math.max(end - start, 0));
  });
}

/** A tensor of a number of sections, or of positions. */
function numbersIn(tensor: Tensor | TensorBase): number | readonly number[] {
  if (tensor.dtype !== int64) {
    throw new RuntimeError(
      `tensor_split expected tensor_indices_or_sections to have dtype of long, but got ${scalarTypeName(tensor.dtype)}`,
    );
  }
  if (tensor.ndim > 1) {
    throw new RuntimeError(
      "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but got a " +
        `tensor with ${tensor.ndim} dims`,
    );
  }
  const numbers = elements(tensor).map(toNumber);
  return tensor.ndim === 0 ? numbers[0]! : numbers;
}

function evenCuts(length: number, sections: number): number[] {
  if (sections <= 0) {
    throw new RuntimeError(`number of sections must be larger than 0, got ${sections}`);
  }
  const [size, longer] = [Math.floor(length / sections), length % sections];
  return Array.from({ length: sections - 1 }, (_, i) => (i + 1) * size + Math.min(i + 1, longer));
}

function clampPosition(position: number, length: number): number {
  return Math.min(Math.max(position < 0 ? position + length : position, 0), length);
}

/** How `hsplit`, `vsplit` and `dsplit` cut: along which axis, and how many there have to be. */
function splitter(name: string, rank: number, axisOf: (rank: number) => number): SplitAlong {
  return (input, indicesOrSections) => {
    if (input.ndim < rank) {
      throw new RuntimeError(
        `torch.${name} requires a tensor with at least ${rank} dimension, but got a tensor with ${input.ndim} dimensions!`,
      );
    }
    const axis = axisOf(input.ndim);
    const isList = Array.isArray(indicesOrSections);
    if (!isList && !Number.isInteger(indicesOrSections)) {
      throw invalidCombination(name, input, indicesOrSections);
    }
    const length = input.shape[axis]!;
    if (!isList && (indicesOrSections === 0 || length % (indicesOrSections as number) !== 0)) {
      throw new RuntimeError(
        `torch.${name} attempted to split along dimension ${axis}, but the size of the dimension ${length} is not divisible ` +
          `by the split_size ${String(indicesOrSections)}!`,
      );
    }
    return cutAt(input, indicesOrSections, axis);
  };
}

function invalidCombination(name: string, input: Tensor, given: unknown): PythonTypeError {
  return combinationError(
    name,
    [input, given],
    [
      ["Tensor input", "int sections"],
      ["Tensor input", "tuple of ints indices"],
    ],
  );
}

/** Pieces of equal length, as many as a number says, or pieces cut at positions. */
type SplitAlong = (input: Tensor, indicesOrSections: number | readonly number[]) => Tensor[];

/** Pieces side by side: along the second axis, or the only one (`torch.hsplit`). */
export const hsplit: SplitAlong = splitter("hsplit", 1, (rank) => (rank === 1 ? 0 : 1));

/** Pieces one below another: along the first axis (`torch.vsplit`). */
export const vsplit: SplitAlong = splitter("vsplit", 2, () => 0);

/** Pieces one behind another: along the third axis (`torch.dsplit`). */
export const dsplit: SplitAlong = splitter("dsplit", 3, () => 2);

/** The elements of an axis one by one, each without the axis. */
export function unbind(
  input: Tensor,
  ...args: Signature<[dim?: number], { readonly dim?: number }>
): Tensor[] {
  const { dim } = bind<{ readonly dim: number }>("unbind", ["dim"], args, { dim: 0 });
  const axis = wrapDim(dim, input.ndim);
  if (input.ndim === 0) throw new IndexError(`Dimension specified as ${axis} but tensor has no dimensions`);
  const places = (layout: Layout): readonly Layout[] =>
    Array.from({ length: layout.shape[axis]! }, (_, index) => layouts.select(layout, axis, index));
  return piecesOf(input, { pieces: places }, "UnbindBackward0");
}
