// The p-norm of vectors along axes.

import type { Operand } from "../core/elements.ts";
import { Layout } from "../core/layout.ts";
import type { GradientContext, Operation } from "../core/op.ts";
import { divide, multiply, power } from "./binary.ts";
import { zerosLike } from "./copying.ts";
import { realPart } from "./elementwise.ts";
import { equal, greater, isnan, logicalAnd, logicalOr } from "./logic.ts";
import { type ReductionAttributes, sum } from "./reductions.ts";
import { stretchedBack } from "./stretched.ts";
import { where } from "./ternary.ts";
import { absolute, sign } from "./unary.ts";

export interface NormAttributes extends ReductionAttributes {
  /** Infinities give the largest and the smallest size, 0 counts what is not 0. */
  readonly order: number;
  /** Beyond this number the gradient's power of the norm is infinite: PyTorch takes it in the type of half tensors. */
  readonly largest?: number | undefined;
}

/** (sum |x|^p)^(1/p) along axes, in double precision and rounded once; real, also of complex numbers. */
export const vectorNorm: Operation<NormAttributes> = {
  name: "vectorNorm",
  label: "LinalgVectorNorm",
  promotion: "none",
  infer: ([input], dtype, { axes, keepdims }) => {
    const shape = input!.shape
      .map((length, axis) => (axes.includes(axis) ? 1 : length))
      .filter((_, axis) => keepdims || !axes.includes(axis));
    return [Layout.contiguous(realPart(dtype), shape)];
  },
  saves: { inputs: [0], outputs: [0] },
  gradient: vectorNormGradient,
};

/** PyTorch's: where the norm is 0, and for p < 1 where an element is 0, nothing flows. */
function vectorNormGradient<Value extends Operand>({
  inputs,
  outputs,
  grads,
  attributes,
  run,
}: GradientContext<Value, NormAttributes>): readonly (Value | undefined)[] {
  const x = inputs[0]!;
  const { order, axes } = attributes;
  const rules = { rules: "torch" } as const;
  if (order === 0) return [undefined];
  const g = stretchedBack(run, grads[0]!, x, attributes);
  const direction = run(sign, [x], rules);
  if (order === 1) return [run(multiply, [direction, g])];
  const norm = stretchedBack(run, outputs[0]!, x, attributes);
  if (Math.abs(order) === Number.POSITIVE_INFINITY) {
    const sizes = run(absolute, [x]);
    const areUnknown = run(logicalAnd, [run(isnan, [sizes]), run(isnan, [norm])]);
    const isTaken = run(logicalOr, [run(equal, [sizes, norm]), areUnknown]);
    const shares = run(where, [isTaken, 1, run(zerosLike, [sizes])]);
    const count = run(sum, [shares], { axes, keepdims: true });
    return [run(multiply, [direction, run(multiply, [shares, run(divide, [g, count])])])];
  }
  const zero = run(zerosLike, [norm]);
  if (order === 2) return [run(multiply, [x, run(where, [norm, run(divide, [g, norm]), zero])])];
  const sizes = run(absolute, [x]);
  if (order < 1) {
    const powers = run(where, [sizes, run(power, [sizes, order - 1], rules), zero]);
    const scale = run(multiply, [g, run(power, [norm, 1 - order], rules)]);
    return [run(multiply, [direction, run(multiply, [powers, scale])])];
  }
  let below = run(power, [norm, order - 1], rules);
  if (attributes.largest !== undefined)
    below = run(where, [run(greater, [below, attributes.largest]), Number.POSITIVE_INFINITY, below]);
  const scale = run(where, [norm, run(divide, [g, below]), zero]);
  return [run(multiply, [direction, run(multiply, [run(power, [sizes, order - 1], rules), scale])])];
}
