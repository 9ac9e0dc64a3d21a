// A gradient brought to the shape and type of the operand it belongs to: summed over axes along which the operand
// was stretched, converted where the operand was.

import { type Layout, sameShape } from "../core/layout.ts";
import { cast } from "../ops/copying.ts";
import { sum } from "../ops/reductions.ts";
import { realView, reshape } from "../ops/views.ts";
import { run, runForGradient } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** The gradient under the operand's shape and type. */
export function sumToShape(grad: Tensor, operand: Layout): Tensor {
  let result = grad;
  if (result.layout !== operand && !sameShape(result.layout.shape, operand.shape))
    result = summed(result, operand);
  const { dtype } = operand;
  if (result.layout.dtype === dtype) return result;
  if (result.layout.dtype.isComplex && !dtype.isComplex) result = run(realView, [result], undefined);
  return result.layout.dtype === dtype ? result : run(cast, [result], { dtype, rules: "torch" });
}

function summed(grad: Tensor, operand: Layout): Tensor {
  const { shape } = grad.layout;
  if (grad.layout.size === operand.size) return reshape(runForGradient, grad, operand.shape);
  const lead = shape.length - operand.rank;
  const axes: number[] = [];
  for (let axis = 0; axis < shape.length; axis++) {
    if (axis < lead || (operand.shape[axis - lead] === 1 && shape[axis] !== 1)) axes.push(axis);
  }
  return reshape(runForGradient, run(sum, [grad], { axes, keepdims: true }), operand.shape);
}
