// What PyTorch says of the operands of batch, instance, group and layer normalisation (aten/src/ATen/native/
// Normalization.cpp, mixed_data_type.h; torch/nn/functional.py).

import { float32 } from "../../../core/dtype.ts";
import { RuntimeError, ValueError } from "../../../core/errors.ts";
import { product, type Shape } from "../../../core/layout.ts";
import { shapeText, sizeText } from "../../errors.ts";
import { isHalf } from "../../promotion.ts";
import { notImplemented } from "../../refusals.ts";
import type { Tensor } from "../../tensor.ts";

/**
 * Statistics and parameters have the input's type, or float32 beside a half input.
 * @param kernel PyTorch's name of the kernel, which an error names
 * @throws NotImplementedError for an input that is not floating, RuntimeError for other types beside it
 */
export function checkNormTypes(kernel: string, input: Tensor, others: readonly (Tensor | null)[]): void {
  const { dtype } = input.layout;
  if (!dtype.isFloatingPoint) throw notImplemented(kernel, dtype);
  const types = others.flatMap((other) => (other === null ? [] : [other.layout.dtype]));
  if (types.every((type) => type === dtype)) return;
  if (isHalf(dtype) && types.every((type) => type === float32)) return;
  throw new RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float");
}

/** @throws ValueError when a channel has one value alone, whose variance says nothing */
export function checkBatch(shape: Shape): void {
  if (shape[0]! * product(shape.slice(2)) !== 1) return;
  throw new ValueError(
    `Expected more than 1 value per channel when training, got input size ${sizeText(shape)}`,
  );
}

/** @throws ValueError when a channel of an instance has one value alone */
export function checkSpatial(shape: Shape): void {
  if (product(shape.slice(2)) !== 1) return;
  throw new ValueError(
    `Expected more than 1 spatial element when training, got input size ${sizeText(shape)}`,
  );
}

/** @throws RuntimeError for a tensor of another count of elements than there are channels */
export function checkChannels(channels: number, tensors: Readonly<Record<string, Tensor | null>>): void {
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor !== null && tensor.layout.size !== channels)
      throw new RuntimeError(`${name} should contain ${channels} elements not ${tensor.layout.size}`);
  }
}

/**
 * The number of axes in front of the normalised ones.
 * @param leadText what stands for those axes in the message
 * @throws RuntimeError when the last axes are others, or a parameter has another shape
 */
export function leadingAxes(
  input: Tensor,
  normalizedShape: Shape,
  parameters: Readonly<Record<string, Tensor | null>>,
  leadText: string,
): number {
  const { shape, rank } = input.layout;
  const wanted = shapeText(normalizedShape);
  if (normalizedShape.length === 0) {
    throw new RuntimeError(
      `Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = ${wanted}`,
    );
  }
  for (const [name, parameter] of Object.entries(parameters)) {
    if (parameter !== null && `${parameter.layout.shape}` !== `${normalizedShape}`) {
      throw new RuntimeError(
        `Expected ${name} to be of same shape as normalized_shape, but got ${name} of shape ${shapeText(parameter.layout.shape)} and normalized_shape = ${wanted}`,
      );
    }
  }
  const lead = rank - normalizedShape.length;
  if (lead < 0 || normalizedShape.some((length, i) => length !== shape[lead + i])) {
    throw new RuntimeError(
      `Given normalized_shape=${wanted}, expected input with shape [${leadText}${normalizedShape.join(", ")}], but got input of size${shapeText(shape)}`,
    );
  }
  return lead;
}
