// Sizes of windows: one number for all axes, or one for each.

import { RuntimeError, ValueError } from "../../core/errors.ts";

/** One number for all spatial axes, or one for each. */
export type Size = number | readonly number[];

/** `size` as one number for each of `count` axes; one number, in an array or not, is meant for all. */
export function sizes(size: Size, count: number): readonly number[] {
  if (typeof size === "number") return new Array<number>(count).fill(size);
  return size.length === 1 ? new Array<number>(count).fill(size[0]!) : size;
}

/** A name of how the border is padded: nothing, so that the output is as large as the input, or numbers. */
export type Padding = Size | "valid" | "same";

/**
 * Checks the name of a padding, whose numbers are known once the kernel is.
 * @throws ValueError (of a layer), RuntimeError (of a function) for a name that is none, or that strides rule out
 */
export function checkPadding(padding: Padding, stride: readonly number[], of: "layer" | "function"): void {
  if (typeof padding !== "string") return;
  const refuse = (message: string): never => {
    throw of === "layer" ? new ValueError(message) : new RuntimeError(message);
  };
  if (padding !== "valid" && padding !== "same") {
    const name = String(padding);
    refuse(
      of === "layer"
        ? `Invalid padding string '${name}', should be one of {'valid', 'same'}`
        : `Invalid padding string: '${name}'`,
    );
  }
  if (padding === "same" && stride.some((step) => step !== 1)) {
    refuse("padding='same' is not supported for strided convolutions");
  }
}

/**
 * Zeros before and after each axis for 'same' at stride 1: their sum is dilation * (kernel - 1), the odd one at the
 * end.
 */
export function samePadding(kernel: readonly number[], dilation: readonly number[]): [number, number][] {
  return kernel.map((length, axis) => {
    const total = dilation[axis]! * (length - 1);
    const before = Math.floor(total / 2);
    return [before, total - before];
  });
}

/** @throws RuntimeError when a size has another number of entries than there are axes */
export function checkCount(name: string, size: readonly number[], count: number): void {
  if (size.length !== count && size.length !== 1) {
    throw new RuntimeError(
      `expected ${name} to be a single integer value or a list of ${count} values to match the convolution dimensions, but got ${name}=[${size.join(", ")}]`,
    );
  }
}
