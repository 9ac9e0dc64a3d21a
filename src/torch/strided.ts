// What `as_strided` checks of shape, strides and offset (ATen/native/TensorShape.cpp, ATen/native/Resize.h).

import { bind } from "../core/arguments.ts";
import { RuntimeError } from "../core/errors.ts";
import type { StridedAttributes } from "../ops/views.ts";
import { shapeText } from "./errors.ts";
import type { Tensor } from "./tensor.ts";

/** Shape, strides and offset counted from the beginning of the storage: what `asStrided` takes. */
export interface AsStridedOptions {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly storageOffset: number | null;
}

/** The layout that a call asks for. @throws RuntimeError when it reaches outside the storage */
export function stridedAttributes(name: string, input: Tensor, args: readonly unknown[]): StridedAttributes {
  const names = ["size", "stride", "storageOffset"] as const;
  const { size, stride, storageOffset } = bind<AsStridedOptions>(name, names, args, {
    storageOffset: null,
  });
  if (size.length !== stride.length) throw new RuntimeError("mismatch in length of strides and shape");
  if (stride.some((step) => step < 0)) {
    throw new RuntimeError(
      `as_strided: Negative strides are not supported at the moment, got strides: ${shapeText(stride)}`,
    );
  }
  const offset = storageOffset ?? input.layout.offset;
  if (offset < 0) throw new RuntimeError(`Tensor: invalid storage offset ${offset}`);
  checkBounds(input, size, stride, offset);
  return { shape: size, strides: stride, offset };
}

function checkBounds(
  input: Tensor,
  size: readonly number[],
  stride: readonly number[],
  offset: number,
): void {
  if (size.includes(0)) return;
  const { itemSize } = input.dtype;
  const last = size.reduce((sum, length, axis) => sum + (length - 1) * stride[axis]!, 0);
  const needed = (offset + last + 1) * itemSize;
  if (needed <= input.storage.byteLength) return;
  throw new RuntimeError(
    `setStorage: sizes ${shapeText(size)}, strides ${shapeText(stride)}, storage offset ${offset}, and itemsize ` +
      `${itemSize} requiring a storage size of ${needed} are out of bounds for storage of size ${input.storage.byteLength}`,
  );
}
