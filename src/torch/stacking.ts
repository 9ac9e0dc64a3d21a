// Tensors put together: along an axis there is, along a new one, side by side, as blocks (ATen/native/TensorShape.cpp).

import { bind, type Signature } from "../core/arguments.ts";
import { PythonTypeError, RuntimeError, ValueError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import { concatenate as concatenateOperation } from "../ops/join.ts";
import { atleast1d, atleast2d, atleast3d } from "./at-least.ts";
import { TensorBase } from "./base.ts";
import { wrapDim } from "./dims.ts";
import type { OutOptions } from "./elementwise.ts";
import { shapeText, typeName } from "./errors.ts";
import { functionMode } from "./function-mode.ts";
import { into } from "./in-place.ts";
import { suggestedFormat } from "./memory-format.ts";
import { named } from "./node.ts";
import { ownView } from "./own-view.ts";
import { resultType } from "./promotion.ts";
import { inFormat } from "./relaid.ts";
import { allocate, run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

interface JoinOptions extends OutOptions {
  readonly dim?: number;
}

type JoinArguments = Signature<[dim?: number], JoinOptions>;

/** @throws TypeError unless the value is a list of tensors */
function checkList(name: string, tensors: readonly Tensor[]): void {
  const list: unknown = tensors;
  if (Array.isArray(list)) return;
  throw new PythonTypeError(
    `${name}(): argument 'tensors' (position 1) must be tuple of Tensors, not ${list instanceof TensorBase ? "Tensor" : typeName(list)}`,
  );
}

/** @throws TypeError or RuntimeError unless the value is a list of at least one tensor */
function checkFilled(name: string, tensors: readonly Tensor[]): void {
  checkList(name, tensors);
  if (tensors.length === 0) throw new RuntimeError(`${name} expects a non-empty TensorList`);
}

/** Tensors one after another along an axis. Empty tensors of one axis do not count. */
export function cat(tensors: readonly Tensor[], ...args: JoinArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.cat", cat, [tensors, ...args]);
  const { dim, out } = bind<Required<JoinOptions>>("cat", ["dim"], args, { dim: 0, out: null });
  checkList("cat", tensors);
  return into(joined(tensors, dim), out, "cat", tensors);
}

function joined(tensors: readonly Tensor[], dim: number): Tensor {
  if (tensors.length === 0) throw new ValueError("torch.cat(): expected a non-empty list of Tensors");
  const other = tensors.findIndex((each) => !(each instanceof TensorBase));
  if (other >= 0) throw elementError(other, tensors[other]);
  tensors.forEach((tensor, i) => {
    if (tensor.ndim === 0) {
      throw new RuntimeError(`zero-dimensional tensor (at position ${i}) cannot be concatenated`);
    }
  });
  const dtype = resultType(tensors);
  const isSkipped = (tensor: Tensor): boolean => tensor.ndim === 1 && tensor.shape[0] === 0;
  const kept = tensors.filter((tensor) => !isSkipped(tensor));
  const first = kept[0] ?? tensors[0]!;
  const axis = wrapDim(dim, first.ndim);
  kept.forEach((tensor, i) => {
    checkJoined(first, tensor, axis, i);
  });
  // What does not count takes part without a single element, so that it gets a gradient.
  const parts = tensors.map((tensor) => {
    const part = isSkipped(tensor) && first.ndim > 1 ? tensor.reshape(first.shape.with(axis, 0)) : tensor;
    return part.dtype === dtype ? part : part.to(dtype);
  });
  const result = run(concatenateOperation, parts, { axis });
  const formats = new Set(
    (kept.length === 0 ? [first] : kept).map((tensor) => suggestedFormat(tensor.layout)),
  );
  return formats.size === 1 ? inFormat(result, [...formats][0]!) : result;
}

function elementError(place: number, value: unknown): PythonTypeError {
  return new PythonTypeError(`expected Tensor as element ${place} in argument 0, but got ${typeName(value)}`);
}

function checkJoined(first: Tensor, tensor: Tensor, axis: number, place: number): void {
  if (tensor.ndim !== first.ndim) {
    throw new RuntimeError(
      `Tensors must have same number of dimensions: got ${first.ndim} and ${tensor.ndim}`,
    );
  }
  tensor.shape.forEach((length, other) => {
    if (other === axis || length === first.shape[other]) return;
    throw new RuntimeError(
      `Sizes of tensors must match except in dimension ${axis}. Expected size ${first.shape[other]} but got size ${length} for tensor number ${place} in the list.`,
    );
  });
}

/** `cat` under another name. */
export function concat(tensors: readonly Tensor[], ...args: JoinArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.concat", concat, [tensors, ...args]);
  return cat(tensors, ...args);
}

/** `cat` under another name. */
export function concatenate(tensors: readonly Tensor[], ...args: JoinArguments): Tensor {
  return cat(tensors, ...args);
}

/** Tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], ...args: JoinArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.stack", stack, [tensors, ...args]);
  const { dim, out } = bind<Required<JoinOptions>>("stack", ["dim"], args, { dim: 0, out: null });
  checkFilled("stack", tensors);
  return into(stacked(tensors, dim), out, "stack", tensors);
}

function stacked(tensors: readonly Tensor[], dim: number): Tensor {
  const { shape } = tensors[0]!;
  const axis = wrapDim(dim, shape.length + 1);
  tensors.forEach((tensor, i) => {
    if (tensor.ndim === shape.length && tensor.shape.every((length, k) => length === shape[k])) return;
    throw new RuntimeError(
      `stack expects each tensor to be equal size, but got ${shapeText(shape)} at entry 0 and ${shapeText(tensor.shape)} at entry ${i}`,
    );
  });
  // Along an axis that there is, the tensors are put one after another, and the axis is divided.
  if (axis < shape.length) {
    return named(ownView(joined(tensors, axis), shape.toSpliced(axis, 0, tensors.length)), "StackBackward0");
  }
  const parts = tensors.map((tensor) => tensor.unsqueeze(axis));
  return named(joined(parts, axis), "StackBackward0");
}

/** Tensors of at least two axes one below another. */
export function vstack(tensors: readonly Tensor[], options: OutOptions = {}): Tensor {
  checkFilled("vstack", tensors);
  return into(joined(atleast2d(tensors), 0), options.out, "vstack", tensors);
}

/** `vstack` under another name. */
export function rowStack(tensors: readonly Tensor[], options: OutOptions = {}): Tensor {
  return vstack(tensors, options);
}

/** Tensors side by side: along the second axis, or the first of 1-D ones. */
export function hstack(tensors: readonly Tensor[], options: OutOptions = {}): Tensor {
  checkFilled("hstack", tensors);
  const whole = atleast1d(tensors);
  return into(joined(whole, whole[0]!.ndim === 1 ? 0 : 1), options.out, "hstack", tensors);
}

/** Tensors of at least three axes one behind another, along the third (`torch.dstack`). */
export function dstack(tensors: readonly Tensor[], options: OutOptions = {}): Tensor {
  checkFilled("dstack", tensors);
  return into(joined(atleast3d(tensors), 2), options.out, "dstack", tensors);
}

/** Tensors side by side, those of fewer than two axes as columns (`torch.column_stack`). */
export function columnStack(tensors: readonly Tensor[], options: OutOptions = {}): Tensor {
  checkFilled("column_stack", tensors);
  const columns = tensors.map((tensor) =>
    tensor.ndim < 2 ? tensor.reshape([tensor.layout.size, 1]) : tensor,
  );
  return into(joined(columns, 1), options.out, "column_stack", tensors);
}

/**
 * Matrices along the diagonal of one, with zeros beside them; vectors and numbers count as one row (`torch.block_diag`).
 * @throws RuntimeError for tensors of more than two axes
 */
export function blockDiag(...tensors: readonly Tensor[]): Tensor {
  const blocks = tensors.map((tensor, i) => {
    if (!(tensor instanceof TensorBase)) throw elementError(i, tensor);
    if (tensor.ndim <= 2) return tensor.ndim < 2 ? tensor.reshape([1, tensor.layout.size]) : tensor;
    throw new RuntimeError(
      `torch.block_diag: Input tensors must have 2 or fewer dimensions. Input ${i} has ${tensor.ndim} dimensions`,
    );
  });
  if (blocks.length === 0) return allocate(Layout.contiguous(resultType([0.5]), [1, 0]));
  const dtype = resultType(blocks);
  const width = blocks.reduce((sum, block) => sum + block.shape[1]!, 0);
  let before = 0;
  const bands = blocks.map((block) => {
    const [rows, columns] = block.shape as [number, number];
    const zeros = (count: number): Tensor => allocate(Layout.contiguous(dtype, [rows, count]));
    const band = joined([zeros(before), block, zeros(width - before - columns)], 1);
    before += columns;
    return band;
  });
  return named(joined(bands, 0), "BlockDiagBackward0");
}
