// What rows of several families need.

import type { DType } from "../../../core/dtype.ts";
import { int64 } from "../../../core/dtype.ts";
import { NotImplementedError, ValueError } from "../../../core/errors.ts";
import { onnxTypes } from "../../../onnx/types.ts";
import { tensor } from "../../../torch/interop.ts";
import type { Tensor } from "../../../torch/tensor.ts";

/** The element type of a number in `TensorProto.dataType`. @throws NotImplementedError where no tensor here has it */
export function dtypeOf(number: number): DType {
  const dtype = onnxTypes.get(number)?.dtype;
  if (dtype === undefined) {
    throw new NotImplementedError(`no tensor here has the type ${onnxTypes.get(number)?.name ?? number}`);
  }
  return dtype;
}

/** What stands in the way of casting to a type; undefined where nothing does. */
export function typeRefusal(number: number | undefined): string | undefined {
  if (number === undefined || onnxTypes.get(number)?.dtype !== undefined) return undefined;
  return `the type ${onnxTypes.get(number)?.name ?? number} is not here`;
}

/** An axis counted from the front. @throws ValueError where there is none */
export function axisOf(axis: number, rank: number): number {
  const place = axis < 0 ? axis + rank : axis;
  if (place < 0 || place >= Math.max(rank, 1)) throw new ValueError(`there is no axis ${axis} of ${rank}`);
  return place;
}

/** A vector of int64. */
export const vector = (numbers: readonly number[]): Tensor => tensor([...numbers], { dtype: int64 });

/** `x` on all axes but one, as an index has it: everything, and a part of that axis. */
export const part = (x: Tensor, axis: number, index: string): Tensor =>
  x.at(...x.shape.map((_, at) => (at === axis ? index : ":")));

/** Indices that count from the back where they are negative, as they count from the front. */
export function fromFront(indices: Tensor, length: number): Tensor {
  const whole = indices.to(int64);
  return whole.where(whole.ge(0), whole.add(length));
}

/** The product of lengths. */
export const countOf = (shape: readonly number[]): number => shape.reduce((all, length) => all * length, 1);
