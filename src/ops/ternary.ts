// Operations on three elements at a time: choice, mixture, bounds.

import type { Operand } from "../core/elements.ts";
import type { Operation, Run } from "../core/op.ts";
import { divide, multiply, subtract } from "./binary.ts";
import { conjugated } from "./conjugated.ts";
import { zerosLike } from "./copying.ts";
import { elementwise } from "./elementwise.ts";
import { greater, greaterEqual, less, lessEqual, logicalAnd, logicalOr } from "./logic.ts";
import { negative, timesI } from "./unary.ts";

/**
 * The second operand where the first is true (not 0), else the third. The first keeps its type; `dtype` in `infer` is
 * that in which the second and third met.
 */
export const where: Operation = elementwise("where", {
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, needs, run }) => {
    const g = grads[0]!;
    const condition = inputs[0]!;
    const none = run(zerosLike, [g]);
    return [
      undefined,
      needs(1) ? run(where, [condition, g, none]) : undefined,
      needs(2) ? run(where, [condition, none, g]) : undefined,
    ];
  },
});

/** a + w (b - a), from the nearer end so that both ends are exact. */
export const lerp: Operation = elementwise("lerp", {
  saves: { inputs: [0, 1, 2] },
  gradient: ({ grads, inputs, needs, run }) => {
    const [g, a, b, w] = [grads[0]!, inputs[0]!, inputs[1]!, inputs[2]!];
    const weight = conjugated(run, w);
    return [
      needs(0) ? run(multiply, [g, run(subtract, [1, weight])]) : undefined,
      needs(1) ? run(multiply, [g, weight]) : undefined,
      needs(2) ? run(multiply, [g, conjugated(run, run(subtract, [b, a]))]) : undefined,
    ];
  },
});

/** x y + z, computed in float64 and rounded once. */
export const multiplyAdd: Operation = elementwise("multiplyAdd", {
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, run }) => {
    const [g, x, y] = [grads[0]!, inputs[0]!, inputs[1]!];
    return [
      needs(0) ? run(multiply, [g, conjugated(run, y)]) : undefined,
      needs(1) ? run(multiply, [g, conjugated(run, x)]) : undefined,
      g,
    ];
  },
});

/** x, not below the lower and then not above the upper bound; NaN in any of them gives NaN. */
export const clamp: Operation = elementwise("clamp", {
  saves: { inputs: [0, 1, 2] },
  gradient: ({ grads, inputs, needs, run }) => {
    const g = grads[0]!;
    const [x, lower, upper] = [inputs[0]!, inputs[1]!, inputs[2]!];
    const none = run(zerosLike, [g]);
    const isAbove = run(greaterEqual, [x, lower]);
    const isBelow = run(lessEqual, [x, upper]);
    const passes = (): typeof g => run(logicalAnd, [isAbove, isBelow]);
    const isLow = (): typeof g => run(logicalAnd, [run(less, [x, lower]), run(less, [lower, upper])]);
    const isHigh = (): typeof g => run(logicalOr, [run(less, [upper, x]), run(less, [upper, lower])]);
    return [
      needs(0) ? run(where, [passes(), g, none]) : undefined,
      needs(1) ? run(where, [isLow(), g, none]) : undefined,
      needs(2) ? run(where, [isHigh(), g, none]) : undefined,
    ];
  },
});

/** x, not below the bound; NaN in either gives NaN. */
export const clampMin: Operation = elementwise("clampMin", {
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, run }) => {
    const g = grads[0]!;
    const none = run(zerosLike, [g]);
    return [
      needs(0) ? run(where, [run(greaterEqual, [inputs[0]!, inputs[1]!]), g, none]) : undefined,
      needs(1) ? run(where, [run(less, [inputs[0]!, inputs[1]!]), g, none]) : undefined,
    ];
  },
});

/** x, not above the bound; NaN in either gives NaN. */
export const clampMax: Operation = elementwise("clampMax", {
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, run }) => {
    const g = grads[0]!;
    const none = run(zerosLike, [g]);
    return [
      needs(0) ? run(where, [run(lessEqual, [inputs[0]!, inputs[1]!]), g, none]) : undefined,
      needs(1) ? run(where, [run(greater, [inputs[0]!, inputs[1]!]), g, none]) : undefined,
    ];
  },
});

/** What a product or quotient is multiplied by before it is added. */
export interface WeightAttributes {
  readonly re: number;
  readonly im: number;
}

/** The gradient times a weight, which is conjugated. */
function weighed<Value extends Operand>(run: Run<Value>, g: Value, { re, im }: WeightAttributes): Value {
  if (im === 0) return re === 1 ? g : run(multiply, [g, re]);
  return run(subtract, [run(multiply, [g, re]), run(multiply, [run(timesI, [g]), im])]);
}

/** a + weight b c, rounded once. */
export const addcmul: Operation<WeightAttributes> = elementwise<WeightAttributes>("addcmul", {
  saves: { inputs: [1, 2] },
  gradient: ({ grads, inputs, attributes, needs, run }) => {
    const g = grads[0]!;
    const flowing = weighed(run, g, attributes);
    return [
      g,
      needs(1) ? run(multiply, [flowing, conjugated(run, inputs[2]!)]) : undefined,
      needs(2) ? run(multiply, [flowing, conjugated(run, inputs[1]!)]) : undefined,
    ];
  },
});

/** a + weight b / c, rounded once. */
export const addcdiv: Operation<WeightAttributes> = elementwise<WeightAttributes>("addcdiv", {
  saves: { inputs: [1, 2] },
  gradient: ({ grads, inputs, attributes, needs, run }) => {
    const g = grads[0]!;
    const divisor = conjugated(run, inputs[2]!);
    const flowing = run(divide, [weighed(run, g, attributes), divisor]);
    const second = (): typeof g =>
      run(negative, [run(multiply, [flowing, run(divide, [conjugated(run, inputs[1]!), divisor])])]);
    return [g, needs(1) ? flowing : undefined, needs(2) ? second() : undefined];
  },
});
