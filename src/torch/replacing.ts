// In-place forms of functions that are computed out of place: the result takes the place of the tensor's values, and
// its history that of the tensor.

import type { Operand } from "../core/elements.ts";
import type { GradientContext, Operation } from "../core/op.ts";
import { cast, zerosLike } from "../ops/copying.ts";
import { checkResult, checkWritable, recordWrite, snapshot, writeValues } from "./in-place.ts";
import { refuseInternalOverlap } from "./overlap.ts";
import type { Tensor } from "./tensor.ts";

/** What was there has no effect any more; the source's gradient is the target's. */
export const overwrite: Operation = {
  name: "overwrite",
  label: "Copy",
  promotion: "none",
  infer: (inputs) => inputs,
  gradient: overwriteGradient,
};

function overwriteGradient<Value extends Operand>({
  inputs,
  grads,
  needs,
  run: apply,
}: GradientContext<Value, undefined>): readonly (Value | undefined)[] {
  const g = grads[0]!;
  const source = inputs[1]?.layout.dtype;
  return [
    needs(0) ? apply(zerosLike, [g]) : undefined,
    source === undefined || !needs(1)
      ? undefined
      : source === g.layout.dtype
        ? g
        : apply(cast, [g], { dtype: source, rules: "torch" }),
  ];
}

/**
 * Writes what a function makes of a tensor into the tensor.
 * @param sources the other tensors that the function reads
 * @param compute gets the tensor as it was, with its history
 * @returns the tensor
 * @throws RuntimeError where the tensor may not be written, or the result does not fit in shape or type
 */
export function replaced(
  input: Tensor,
  sources: readonly Tensor[],
  compute: (before: Tensor) => Tensor,
): Tensor {
  const isRecorded = checkWritable(input, sources);
  const result = compute(isRecorded ? snapshot(input) : input.detach());
  refuseInternalOverlap(input);
  checkResult(input, result.layout);
  writeValues(input, result);
  if (!isRecorded) return input;
  const { node } = result;
  if (node === null || input.base !== null) {
    recordWrite(overwrite, input, [input, result], undefined, node?.name ?? "CopyBackwards");
  } else {
    input.node = node;
    input.outputIndex = result.outputIndex;
  }
  return input;
}
