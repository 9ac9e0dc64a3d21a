// Matrices of the last two axes the other way round, for gradients.

import type { Operand } from "../core/elements.ts";
import type { Run } from "../core/op.ts";
import { conjugated } from "./conjugated.ts";
import { permute } from "./views.ts";

/** The matrices of the last two axes, transposed. */
export function transposed<Value extends Operand>(run: Run<Value>, value: Value): Value {
  const { rank } = value.layout;
  const axes = value.layout.shape.map((_, axis) => axis);
  axes[rank - 2] = rank - 1;
  axes[rank - 1] = rank - 2;
  return run(permute, [value], { axes });
}

/** The matrices of the last two axes, transposed and, where complex, conjugated. */
export function adjoint<Value extends Operand>(run: Run<Value>, value: Value): Value {
  return transposed(run, conjugated(run, value));
}
