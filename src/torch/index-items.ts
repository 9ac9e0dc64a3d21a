// What stands between the brackets of `x[...]`: integers, slices, "...", null, and tensors of indices or truth values.

import { bool, int64, uint8 } from "../core/dtype.ts";
import { elements, type Operand, type Scalar, toNumber } from "../core/elements.ts";
import { IndexError, PythonTypeError, ValueError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import { PyFloat } from "../core/python.ts";
import * as ops from "../ops/views.ts";
import { makeTensor, TensorBase } from "./base.ts";
import { fromSequence, isOperand, type TensorData } from "./sequences.ts";
import { allocate, converted, runView } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { unsqueeze } from "./views.ts";

/** One item of an index: an integer, a slice "start:stop:step", "...", null (a new axis), or an array of indices. */
export type IndexItem =
  | number
  | bigint
  | boolean
  | string
  | null
  | undefined
  | Operand
  | readonly TensorData[];

interface Slice {
  readonly start: number | undefined;
  readonly stop: number | undefined;
  readonly step: number;
}

const slicePattern = /^\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?$/;

/** A slice from its text. @throws ValueError for a step of 0 or less, TypeError for other text */
export function parseSlice(text: string): Slice {
  const match = slicePattern.exec(text);
  if (match === null) {
    throw new PythonTypeError(
      `"${text}" is not an index: give an integer, "start:stop:step", "...", null, or a tensor`,
    );
  }
  const [start, stop, step] = match.slice(1).map((part) => (part === undefined ? undefined : Number(part)));
  if (step === 0) throw new ValueError("slice step cannot be zero");
  if (step !== undefined && step < 0) throw new ValueError("step must be greater than zero");
  return { start, stop, step: step ?? 1 };
}

/** Slices an axis. A slice of the whole axis gives the tensor itself unless a view is wanted anyway. */
function applySlice(input: Tensor, axis: number, { start, stop, step }: Slice, always: boolean): Tensor {
  if (input.ndim === 0) throw new IndexError("slice() cannot be applied to a 0-dim tensor.");
  const length = input.shape[axis]!;
  const bound = (position: number): number =>
    Math.min(Math.max(position < 0 ? position + length : position, 0), length);
  const from = bound(start ?? 0);
  const to = Math.max(bound(stop ?? length), from);
  // As PyTorch looks at it: before the bounds are cut to the length.
  const isWhole = (start ?? 0) === 0 && (stop ?? length) >= length && step === 1;
  if (!always && isWhole) return input;
  const attributes = { axis, start: from, step, length: Math.ceil((to - from) / step) };
  return runView(ops.slice, input, attributes, "SliceBackward0");
}

function applySelect(input: Tensor, axis: number, index: number, place: number): Tensor {
  if (input.ndim === 0) {
    throw new IndexError(
      "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number",
    );
  }
  const length = input.shape[axis]!;
  if (index < -length || index >= length) {
    throw new IndexError(`index ${index} is out of bounds for dimension ${place} with size ${length}`);
  }
  return runView(ops.select, input, { axis, index: index < 0 ? index + length : index }, "SelectBackward0");
}

/** A view by the plain items, and the tensors of indices with the axes of the view that they stand for. */
export interface Sliced {
  readonly view: Tensor;
  readonly indices: readonly (Tensor | undefined)[];
}

/** Applies the plain items of an index. @param slicesWhole whether a slice of a whole axis makes a view as well */
export function applyItems(input: Tensor, items: readonly IndexItem[], slicesWhole: boolean): Sliced {
  const prepared = items.map(prepare);
  const specified = prepared.reduce<number>((count, item) => count + axesOf(item), 0);
  if (specified > input.ndim) {
    if (input.ndim === 0 && prepared.length === 1 && typeof prepared[0] === "number") {
      return { view: applySelect(input, 0, prepared[0], 0), indices: [] };
    }
    throw new IndexError(`too many indices for tensor of dimension ${input.ndim}`);
  }
  const indices: (Tensor | undefined)[] = [];
  let view = input;
  let axis = 0;
  prepared.forEach((item, place) => {
    if (item === null) view = unsqueeze(view, axis++);
    else if (item === "...") axis += input.ndim - specified;
    else if (typeof item === "number") view = applySelect(view, axis, item, place);
    else if (typeof item === "boolean") {
      view = unsqueeze(view, axis);
      indices[axis++] = positions(item);
    } else if (item instanceof TensorBase) indices[axis++] = item as Tensor;
    else view = applySlice(view, axis++, item, slicesWhole);
  });
  return { view, indices };
}

/** The index [0] for true, none for false. */
function positions(value: boolean): Tensor {
  return allocate(Layout.contiguous(int64, [value ? 1 : 0]));
}

type Prepared = number | boolean | null | "..." | Slice | Tensor;

function prepare(item: IndexItem): Prepared {
  if (item === null || item === undefined) return null;
  if (typeof item === "number" || item instanceof PyFloat) {
    if (typeof item === "number" && Number.isInteger(item)) return item;
    throw new IndexError(
      "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got float)",
    );
  }
  if (typeof item === "bigint") return Number(item);
  if (typeof item === "boolean") return item;
  if (typeof item === "string") return item.trim() === "..." ? "..." : parseSlice(item);
  return prepareTensor(isOperand(item) ? item : fromSequence(item, item.length === 0 ? int64 : undefined));
}

function prepareTensor(operand: Operand): Prepared {
  const { dtype, rank } = operand.layout;
  if (rank === 0 && dtype.isInteger && dtype !== uint8) return toNumber(elements(operand)[0] as Scalar);
  if (rank === 0 && dtype === bool) return elements(operand)[0] === true;
  return operand instanceof TensorBase ? (operand as Tensor) : fromOperand(operand);
}

function fromOperand(operand: Operand): Tensor {
  const tensor = makeTensor(operand.storage, operand.layout);
  // An array of floats is read as a sequence of numbers is.
  return operand.layout.dtype.isFloatingPoint ? converted(tensor, int64) : tensor;
}

function axesOf(item: Prepared): number {
  if (item === null || item === "..." || typeof item === "boolean") return 0;
  if (item instanceof TensorBase && (item.dtype === bool || item.dtype === uint8)) return item.ndim;
  return 1;
}
