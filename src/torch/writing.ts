// Writing into a tensor: copies, fillings, masks, and sizes.

import { bind, type Signature } from "../core/arguments.ts";
import type { Operand, Scalar } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import { broadcastShapes, broadcastTo, contiguousStrides, Layout } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import { makeTensor, placeTensor, TensorBase } from "./base.ts";
import { warnDiscarded } from "./converted.ts";
import { filled } from "./creation.ts";
import { checkedShape, type Numbers, numbersOf } from "./dims.ts";
import { cTypeName } from "./errors.ts";
import { checkWritable, recordWrite, writeValues } from "./in-place.ts";
import { copyError, fillMasked } from "./masked-fill.ts";
import { named } from "./node.ts";
import { isSamePlace, refuseInternalOverlap, refusePartialOverlap } from "./overlap.ts";
import { isScalar, plainScalar, type ScalarLike } from "./promotion.ts";
import { overwrite } from "./replacing.ts";
import { checkFilling, isOperand } from "./sequences.ts";
import { broadcastError, scalarOperand } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { checkTensor } from "./tensor-arguments.ts";

/** Values copied into the tensor, stretched to its shape and converted to its type. */
export function copy_(input: Tensor, src: Tensor): Tensor {
  checkTensor("copy_", "other", 2, src);
  const source: Tensor = src;
  const isRecorded = checkWritable(input, [source]);
  warnDiscarded(source.dtype, input.dtype);
  if (source === input) return input;
  if (isSameData(input, source)) input.bump();
  else {
    refuseInternalOverlap(input);
    refusePartialOverlap(input, source);
    if (broadcastTo(source.layout, input.shape) === undefined) throw copyError(input, source);
    writeValues(input, source, false);
  }
  if (isRecorded) recordWrite(overwrite, input, [input, source], undefined, "CopyBackwards");
  return input;
}

function isSameData(a: Tensor, b: Tensor): boolean {
  return a.storage === b.storage && a.bits === b.bits && isSamePlace(a.layout, b.layout);
}

interface FillOptions {
  readonly value: ScalarLike | Operand;
}

/** One value for all elements: a number, or a 0-d tensor. */
export function fill_(input: Tensor, ...args: Signature<[value: ScalarLike | Operand], FillOptions>): Tensor {
  const { value } = bind<FillOptions>("fill_", ["value"], args, {});
  if (isOperand(value) && value.layout.rank > 0) {
    throw new RuntimeError(
      `fill_ only supports 0-dimension value tensor but got tensor with ${value.layout.rank} dimensions.`,
    );
  }
  const tensor = value instanceof TensorBase ? (value as Tensor) : undefined;
  const isRecorded = checkWritable(input, tensor === undefined ? [] : [tensor]);
  if (isScalar(value)) {
    const plain = plainScalar(value);
    checkFilling(plain, input.dtype);
    fillWith(input, plain);
  } else {
    const source = tensor ?? makeTensor(value.storage, value.layout);
    warnDiscarded(source.dtype, input.dtype);
    refuseInternalOverlap(input);
    writeValues(input, source, false);
  }
  if (isRecorded) {
    const inputs = tensor === undefined ? [input] : [input, tensor];
    const label = tensor === undefined ? "FillBackward2" : "FillBackward3";
    recordWrite(overwrite, input, inputs, undefined, label);
  }
  return input;
}

/** Writes one value, also into what is read as a conjugate or a negative, and counts the write. */
function fillWith(input: Tensor, value: Scalar): void {
  if (input.bits !== 0) writeValues(input, scalarOperand(value, input.dtype));
  else {
    filled(input, value);
    input.bump();
  }
}

/** One value in a tensor's shape and type (`torch.fill`). */
export function fill(input: Tensor, ...args: Signature<[value: ScalarLike | Operand], FillOptions>): Tensor {
  const { value } = bind<FillOptions>("fill", ["value"], args, {});
  return named(fill_(input.clone(), value), value instanceof TensorBase ? "FillBackward1" : "FillBackward0");
}

/** Zeros for all elements. */
export function zero_(input: Tensor): Tensor {
  const isRecorded = checkWritable(input);
  fillWith(input, 0);
  if (isRecorded) recordWrite(overwrite, input, [input], undefined, "ZeroBackward0");
  return input;
}

/** The value where the mask is true, in place. */
export function maskedFill_(input: Tensor, mask: Tensor, value: ScalarLike | Tensor): Tensor {
  return fillMasked(input, mask, value, `MaskedFillBackward${value instanceof TensorBase ? 1 : 0}`);
}

/** The value where the mask is true. */
export function maskedFill(input: Tensor, mask: Tensor, value: ScalarLike | Tensor): Tensor {
  if (mask.dtype.kind === "bool" && broadcastShapes([mask.shape, input.shape]) === undefined) {
    throw broadcastError(mask.shape, input.shape);
  }
  const shape = broadcastShapes([input.shape, mask.shape]);
  if (shape === undefined) throw broadcastError(input.shape, mask.shape);
  return maskedFill_(copyInShape(input, shape), mask, value);
}

function copyInShape(input: Tensor, shape: readonly number[]): Tensor {
  return input.shape.length === shape.length && input.shape.every((length, axis) => length === shape[axis])
    ? input.clone()
    : input.expand(shape).contiguous().clone();
}

/**
 * Another shape over the same storage, row-major; the storage grows where it is too small. What new elements hold is
 * not defined (here 0).
 */
export function resize_(input: Tensor, ...size: Numbers): Tensor {
  if (input.requiresGrad) throw new RuntimeError("cannot resize variables that require grad");
  const shape = checkedShape(numbersOf(size));
  const { dtype, layout } = input;
  if (shape.length === layout.rank && shape.every((length, axis) => length === layout.shape[axis]))
    return input;
  const next = new Layout(dtype, shape, contiguousStrides(shape), layout.offset);
  const needed = (next.offset + next.size) * dtype.itemSize;
  let { storage } = input;
  if (needed > storage.byteLength) {
    if (storage.isLent) throw new RuntimeError("Trying to resize storage that is not resizable");
    const grown = Storage.allocate(dtype, next.offset + next.size);
    grown.bytes().set(storage.bytes());
    storage = grown;
    input.counter = { version: input.counter.version };
  }
  placeTensor(input, storage, next);
  return input;
}

/** `resize_` to another tensor's shape. */
export function resizeAs_(input: Tensor, theTemplate: Tensor): Tensor {
  return resize_(input, theTemplate.shape);
}

/** Gives the tensor the memory and shape of another (`Tensor.set_`). @throws RuntimeError for one of another type */
export function set_(input: Tensor, source: Tensor): Tensor {
  if (source.dtype !== input.dtype) {
    throw new RuntimeError(
      `Could not set tensor of type ${cTypeName(source.dtype)} to a tensor of type ${cTypeName(input.dtype)}`,
    );
  }
  checkWritable(input, [source]);
  placeTensor(input, source.storage, source.layout);
  input.bump();
  return input;
}
