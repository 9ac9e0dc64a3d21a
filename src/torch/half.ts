// Half types in compositions: computed in float32 and rounded once, as PyTorch's own kernels do.

import { float32 } from "../core/dtype.ts";
import type { GradientContext } from "../core/op.ts";
import { cast } from "../ops/copying.ts";
import { isHalf, resultType } from "./promotion.ts";
import { run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** A half tensor's values in float32, any other tensor as it is; recorded. */
export function widened(tensor: Tensor): Tensor {
  if (!isHalf(tensor.layout.dtype)) return tensor;
  return run(cast, [tensor], { dtype: float32, rules: "torch" });
}

/**
 * Computes what several operations make of tensors. Half tensors go in as float32, and a float32 result comes back in
 * the type that all of them meet in; where none is half nothing is done.
 */
export function inFloat32<Inputs extends readonly (Tensor | null)[]>(
  inputs: readonly [...Inputs],
  compute: (...inputs: Inputs) => Tensor,
): Tensor {
  const given = inputs.filter((input): input is Tensor => input !== null);
  if (!hasHalf(given)) return compute(...(inputs as readonly [...Inputs]));
  const met = resultType(given);
  const wide = inputs.map((input) => (input === null ? null : widened(input))) as unknown as Inputs;
  const result = compute(...wide);
  const isRounded = result.layout.dtype === float32 && isHalf(met);
  return isRounded ? run(cast, [result], { dtype: met, rules: "torch" }) : result;
}

/** True iff one of the values is of a half type. */
export function hasHalf(values: readonly (Tensor | undefined)[]): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value !== undefined && isHalf(value.layout.dtype)) return true;
  }
  return false;
}

/** What a gradient is given, in float32: what it computes is rounded where it is handed on. */
export function widenedContext(context: GradientContext<Tensor, unknown>): GradientContext<Tensor, unknown> {
  return {
    inputs: context.inputs.map(widened),
    outputs: context.outputs.map(widened),
    grads: context.grads.map((grad) => grad && widened(grad)),
    attributes: context.attributes,
    needs: context.needs,
    run: context.run,
  };
}
