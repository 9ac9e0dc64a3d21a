// The fused updates that PyTorch's optimizers are written in, with products and quotients formed and rounded in its
// order (ATen's PointwiseOpsKernel).

import { viewAsReal } from "../reshaping.ts";
import type { Tensor } from "../tensor.ts";

/** target + value * a * b, in place. */
export function addProduct(target: Tensor, a: Tensor, b: Tensor, value: number): Tensor {
  return target.add_(a.mul(value).mul_(b));
}

/** target + value * a / b, in place. */
export function addQuotient(target: Tensor, a: Tensor, b: Tensor, value: number): Tensor {
  return target.add_(a.mul(value).div_(b));
}

/**
 * The root of a mean square, and a little more, which is divided by.
 * @param isRecorded whether gradients flow through the step: then the root, which its own gradient reads, is left alone
 */
export function rootOf(square: Tensor, eps: number, isRecorded: boolean): Tensor {
  const root = square.sqrt();
  return isRecorded ? root.add(eps) : root.add_(eps);
}

/** A complex tensor as pairs of real numbers over the same memory; any other as it is. */
export function real(tensor: Tensor): Tensor {
  return tensor.dtype.isComplex ? viewAsReal(tensor) : tensor;
}
