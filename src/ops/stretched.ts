// What a reduction gave, back under the shape of what was reduced, for gradients.

import type { Operand } from "../core/elements.ts";
import type { Run } from "../core/op.ts";
import type { ReductionAttributes } from "./reductions.ts";
import { expand, insertAxis } from "./views.ts";

/** A value of the reduction stretched back to the shape that was reduced. */
export function stretchedBack<Value extends Operand>(
  run: Run<Value>,
  value: Value,
  input: Operand,
  { axes, keepdims }: ReductionAttributes,
): Value {
  let result = value;
  if (!keepdims && result.layout.rank > 0)
    for (const axis of axes) result = run(insertAxis, [result], { axis });
  return run(expand, [result], { shape: input.layout.shape });
}
