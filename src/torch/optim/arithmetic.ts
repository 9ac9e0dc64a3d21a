// The fused updates that PyTorch's optimizers are written in, with products and quotients formed and rounded in its
// order (ATen's PointwiseOpsKernel).

import { float64 } from "../../core/dtype.ts";
import * as binary from "../../ops/binary.ts";
import { runInPlace } from "../in-place.ts";
import { add_ } from "../pointwise.ts";
import { viewAsReal } from "../reshaping.ts";
import type { Tensor } from "../tensor.ts";

/** target + value * other, in place: what each step of descent is, with nothing looked at that optimizers know. */
export function addScaled(target: Tensor, other: Tensor, value: number): Tensor {
  const { dtype } = target.layout;
  if (dtype.kind !== "float" || other.layout.dtype !== dtype) return add_(target, other, { alpha: value });
  // Types below float64 are computed in float32, the factor too.
  const scale = dtype === float64 ? value : Math.fround(value);
  return runInPlace(binary.addScaled, target, [target, other], { scale });
}

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
