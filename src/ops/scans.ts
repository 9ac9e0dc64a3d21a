// Scans: running sums, products and extremes along an axis.

import { type DType, int64 } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { Layout } from "../core/layout.ts";
import type { GradientContext, Operation } from "../core/op.ts";
import { add, divide, multiply, subtract } from "./binary.ts";
import { conjugated } from "./conjugated.ts";
import { zerosLike } from "./copying.ts";
import { exp, log } from "./exponential.ts";
import { scatterAdd } from "./indexing.ts";
import { equal, greater, less, logicalAnd } from "./logic.ts";
import { sum } from "./reductions.ts";
import { where } from "./ternary.ts";
import { negative } from "./unary.ts";

export interface ScanAttributes {
  readonly axis: number;
  /** The type of the result; the operand's when it is not given. */
  readonly dtype?: DType | undefined;
  /** From the last element to the first. */
  readonly reverse?: boolean | undefined;
}

/** Running sums. */
export const cumsum: Operation<ScanAttributes> = {
  name: "cumsum",
  label: "Cumsum",
  promotion: "none",
  infer: (inputs, dtype, attributes) => [Layout.contiguous(attributes.dtype ?? dtype, inputs[0]!.shape)],
  gradient: ({ grads, attributes: { axis, reverse }, run }) => [
    run(cumsum, [grads[0]!], { axis, reverse: reverse !== true }),
  ],
};

/** Running products. */
export const cumprod: Operation<ScanAttributes> = {
  name: "cumprod",
  label: "Cumprod",
  promotion: "none",
  infer: (inputs, dtype, attributes) => [Layout.contiguous(attributes.dtype ?? dtype, inputs[0]!.shape)],
  saves: { inputs: [0], outputs: [0] },
  gradient: cumprodGradient,
};

/**
 * Up to the first zero the sum of all later products, divided by the element; at the zero the products are taken
 * without it; after it they all have it as a factor. (Second derivatives hold with one zero along the axis.)
 */
function cumprodGradient<Value extends Operand>({
  inputs,
  outputs,
  grads,
  attributes: { axis, reverse },
  run,
}: GradientContext<Value, ScanAttributes>): readonly Value[] {
  const [x, g] = [inputs[0]!, grads[0]!];
  const gathered = (products: Value): Value =>
    run(cumsum, [run(multiply, [g, conjugated(run, products)])], { axis, reverse: reverse !== true });
  const none = run(zerosLike, [x]);
  const isZero = run(equal, [x, 0]);
  const zeros = run(cumsum, [run(where, [isZero, 1, none])], { axis, reverse });
  const isBefore = run(equal, [zeros, 0]);
  const isFirst = run(logicalAnd, [isZero, run(equal, [zeros, 1])]);
  const divisor = conjugated(run, run(where, [isZero, 1, x]));
  const before = run(divide, [gathered(outputs[0]!), divisor]);
  const without = gathered(run(cumprod, [run(where, [isFirst, 1, x])], { axis, reverse }));
  const zero = run(sum, [run(where, [isFirst, x, none])], { axes: [axis], keepdims: true });
  const after = run(multiply, [run(divide, [without, divisor]), conjugated(run, zero)]);
  return [run(where, [isBefore, before, run(where, [isFirst, without, after])])];
}

/**
 * Running logarithms of sums of exponentials: log(sum exp x). What flows to an element is exp(x) times the sum, over
 * the places from it on, of g / exp(out), which is computed by logarithms too, apart for each sign of g.
 */
export const logcumsumexp: Operation<ScanAttributes> = {
  name: "logcumsumexp",
  label: "Logcumsumexp",
  promotion: "none",
  infer: (inputs, dtype) => [Layout.contiguous(dtype, inputs[0]!.shape)],
  saves: { inputs: [0], outputs: [0] },
  gradient: ({ inputs, outputs, grads, attributes: { axis, reverse }, run }) => {
    const [x, result, g] = [inputs[0]!, outputs[0]!, grads[0]!];
    const flowing = (logarithm: typeof g): typeof g => {
      const summed = run(logcumsumexp, [run(subtract, [logarithm, result])], {
        axis,
        reverse: reverse !== true,
      });
      return run(exp, [run(add, [summed, x])]);
    };
    if (g.layout.dtype.isComplex) return [conjugated(run, flowing(run(log, [conjugated(run, g)])))];
    const part = (isPart: typeof g, value: typeof g): typeof g =>
      flowing(run(where, [isPart, run(log, [run(where, [isPart, value, 1])]), nothing]));
    const positive = part(run(greater, [g, 0]), g);
    return [run(subtract, [positive, part(run(less, [g, 0]), run(negative, [g]))])];
  },
};

/** A logarithm whose exponential is 0, and which is still finite when another number is taken from it. */
const nothing = -1e30;

export interface AxisAttributes {
  readonly axis: number;
}

/** The gradient goes to the elements that the positions name. */
function toPositions<Value extends Operand>({
  inputs,
  outputs,
  grads,
  attributes: { axis },
  run,
}: GradientContext<Value, AxisAttributes>): readonly (Value | undefined)[] {
  if (grads[0] === undefined) return [undefined];
  return [run(scatterAdd, [run(zerosLike, [inputs[0]!]), outputs[1]!, grads[0]], { axis })];
}

/** The largest so far and its position (int64; the last of equal ones). NaN stays once it came. */
export const cummax: Operation<AxisAttributes> = {
  name: "cummax",
  label: "Cummax",
  promotion: "none",
  infer: (inputs, dtype) => [
    Layout.contiguous(dtype, inputs[0]!.shape),
    Layout.contiguous(int64, inputs[0]!.shape),
  ],
  saves: { outputs: [1] },
  gradient: toPositions,
};

/** The smallest so far and its position (int64; the last of equal ones). NaN stays once it came. */
export const cummin: Operation<AxisAttributes> = {
  name: "cummin",
  label: "Cummin",
  promotion: "none",
  infer: (inputs, dtype) => [
    Layout.contiguous(dtype, inputs[0]!.shape),
    Layout.contiguous(int64, inputs[0]!.shape),
  ],
  saves: { outputs: [1] },
  gradient: toPositions,
};
