// The fused updates that PyTorch's optimizers are written in, with products and quotients formed and rounded in its
// order (ATen's PointwiseOpsKernel).

import { float64 } from "../../core/dtype.ts";
import { executeAligned } from "../../devices/index.ts";
import { prepared } from "../../devices/prepared.ts";
import * as binary from "../../ops/binary.ts";
import { runInPlace } from "../in-place.ts";
import { add_ } from "../pointwise.ts";
import { viewAsReal } from "../reshaping.ts";
import { isGradEnabled } from "../tape.ts";
import type { Tensor } from "../tensor.ts";

/** target + value * other, in place: what each step of descent is, with nothing looked at that optimizers know. */
export function addScaled(target: Tensor, other: Tensor, value: number): Tensor {
  const { dtype } = target.layout;
  if (dtype.kind !== "float" || other.layout.dtype !== dtype) return add_(target, other, { alpha: value });
  // Types below float64 are computed in float32, the factor too.
  const scale = dtype === float64 ? value : Math.fround(value);
  if (factor.scale !== scale) factor = { scale };
  if (!isPlainSum(target, other)) return runInPlace(binary.addScaled, target, [target, other], factor);
  executeAligned(prepared(binary.addScaled), [target, other], [target], factor);
  target.bump();
  return target;
}

/** The last factor: an optimizer adds to all parameters with one. */
let factor: binary.ScaleAttributes = { scale: 1 };

/** True where nothing can be in the way of a sum in place: two row-major tensors of one shape, and nothing to be recorded. */
function isPlainSum(target: Tensor, other: Tensor): boolean {
  const { layout } = target;
  // Row-major layouts of one shape are mostly one object.
  if (other.layout !== layout || layout.place < 0 || isGradEnabled()) return false;
  return target.bits === 0 && other.bits === 0 && !target.isForInference && target.storage !== other.storage;
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
