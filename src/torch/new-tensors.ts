// Methods that make a new tensor of a tensor's type: new_zeros and its kin (torch/csrc/utils/tensor_new.cpp).

import { PythonTypeError, RuntimeError } from "../core/errors.ts";
import type { Shape } from "../core/layout.ts";
import { emptyStrided, full, type ShapeArguments, shapeArguments, zeros } from "./creation.ts";
import type { CreationOptions } from "./creation-options.ts";
import { typeName } from "./errors.ts";
import { type TensorOptions, tensor } from "./interop.ts";
import type { ScalarLike } from "./promotion.ts";
import type { TensorData } from "./sequences.ts";
import type { Tensor } from "./tensor.ts";

/** The options of a call, with the tensor's type where none is given. */
function typed<Options extends CreationOptions>(input: Tensor, options: Options): Options {
  return { ...options, dtype: options.dtype ?? input.dtype };
}

/** Zeros of the tensor's type. */
export function newZeros(input: Tensor, ...size: ShapeArguments<CreationOptions>): Tensor {
  const { shape, options } = shapeArguments<CreationOptions>(size);
  return zeros(shape, typed(input, options));
}

/** Memory to be written, of the tensor's type. Here it is zero. */
export function newEmpty(input: Tensor, ...size: ShapeArguments<CreationOptions>): Tensor {
  return newZeros(input, ...size);
}

/** Ones of the tensor's type. */
export function newOnes(input: Tensor, ...size: ShapeArguments<CreationOptions>): Tensor {
  const { shape, options } = shapeArguments<CreationOptions>(size);
  return full(shape, 1, typed(input, options));
}

/** One value in a shape, of the tensor's type. */
export function newFull(
  input: Tensor,
  size: Shape,
  fillValue: ScalarLike,
  options: CreationOptions = {},
): Tensor {
  if (!Array.isArray(size)) {
    throw new PythonTypeError(
      `new_full(): argument 'size' (position 1) must be tuple of ints, not ${typeName(size)}`,
    );
  }
  return full(size, fillValue, typed(input, options));
}

/** Memory to be written, of the tensor's type, with strides given. */
export function newEmptyStrided(
  input: Tensor,
  size: Shape,
  stride: readonly number[],
  options: CreationOptions = {},
): Tensor {
  if (size.length !== stride.length) throw new RuntimeError("mismatch in length of strides and shape");
  return emptyStrided(size, stride, typed(input, options));
}

/** A new tensor of values, of the tensor's type. */
export function newTensor(input: Tensor, data: TensorData, options: TensorOptions = {}): Tensor {
  return tensor(data, { ...options, dtype: options.dtype ?? input.dtype });
}
