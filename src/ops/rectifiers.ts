// Rectifiers and shrinkages: activation functions in pieces. At the seams the gradients are PyTorch's (ATen/native/
// Activation.cpp).

import type { Operand } from "../core/elements.ts";
import type { Operation, Run } from "../core/op.ts";
import { sigmoid } from "./activations.ts";
import { add, multiply, subtract } from "./binary.ts";
import { zerosLike } from "./copying.ts";
import { elementwise } from "./elementwise.ts";
import { exp, log1p } from "./exponential.ts";
import { greater, greaterEqual, less, lessEqual, logicalAnd, logicalOr } from "./logic.ts";
import { clampMax, where } from "./ternary.ts";
import { tanh } from "./trigonometry.ts";
import { absolute, negative, square } from "./unary.ts";

/** The gradient where a condition does not hold, else 0. */
function unless<Value extends Operand>(run: Run<Value>, condition: Value, g: Value): Value {
  return run(where, [condition, run(zerosLike, [g]), g]);
}

/** scale x above 0, else scale alpha (exp(inputScale x) - 1): ELU, CELU and SELU. */
export interface EluAttributes {
  readonly alpha: number;
  readonly scale: number;
  readonly inputScale: number;
}

export const elu: Operation<EluAttributes> = elementwise<EluAttributes>("elu", {
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, attributes: { alpha, scale, inputScale }, run }) => {
    const x = inputs[0]!;
    // Of the negative part alone: where the exponential is not used it must not overflow in the gradient.
    const below = run(exp, [run(multiply, [run(clampMax, [x, 0]), inputScale])]);
    const slope = run(where, [
      run(lessEqual, [x, 0]),
      run(multiply, [below, alpha * scale * inputScale]),
      scale,
    ]);
    return [run(multiply, [grads[0]!, slope])];
  },
});

export interface SoftplusAttributes {
  readonly beta: number;
  /** Where beta x is above it, the result is x. */
  readonly threshold: number;
}

/** log(1 + exp(beta x)) / beta. */
export const softplus: Operation<SoftplusAttributes> = elementwise<SoftplusAttributes>("softplus", {
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, attributes: { beta, threshold }, run }) => {
    const g = grads[0]!;
    const scaled = run(multiply, [inputs[0]!, beta]);
    const flowing = run(multiply, [g, run(sigmoid, [scaled])]);
    return [run(where, [run(greater, [scaled, threshold]), g, flowing])];
  },
});

export interface IntervalAttributes {
  readonly min: number;
  readonly max: number;
}

/** x, held from min to max; no gradient at the ends. */
export const hardtanh: Operation<IntervalAttributes> = elementwise<IntervalAttributes>("hardtanh", {
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, attributes: { min, max }, run }) => {
    const x = inputs[0]!;
    const isOutside = run(logicalOr, [run(lessEqual, [x, min]), run(greaterEqual, [x, max])]);
    return [unless(run, isOutside, grads[0]!)];
  },
});

/** How far from 0 a shrinkage reaches. */
export interface ShrinkAttributes {
  readonly lambd: number;
}

/** True where a shrinkage gives 0. */
function isWithin<Value extends Operand>(run: Run<Value>, x: Value, { lambd }: ShrinkAttributes): Value {
  return run(logicalAnd, [run(greaterEqual, [x, -lambd]), run(lessEqual, [x, lambd])]);
}

/** 0 within lambd of 0, else x. */
export const hardshrink: Operation<ShrinkAttributes> = elementwise<ShrinkAttributes>("hardshrink", {
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, attributes, run }) => [
    unless(run, isWithin(run, inputs[0]!, attributes), grads[0]!),
  ],
});

/** 0 within lambd of 0, else x, nearer to 0 by lambd. */
export const softshrink: Operation<ShrinkAttributes> = elementwise<ShrinkAttributes>("softshrink", {
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, attributes, run }) => [
    unless(run, isWithin(run, inputs[0]!, attributes), grads[0]!),
  ],
});

/** x + 3, held from 0 to 6, over 6. */
export const hardsigmoid: Operation = elementwise("hardsigmoid", {
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => {
    const x = inputs[0]!;
    const isSloped = run(logicalAnd, [run(greater, [x, -3]), run(less, [x, 3])]);
    const flowing = run(multiply, [grads[0]!, 1 / 6]);
    return [run(where, [isSloped, flowing, run(zerosLike, [flowing])])];
  },
});

/** x hardsigmoid(x). */
export const hardswish: Operation = elementwise("hardswish", {
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => {
    const [g, x] = [grads[0]!, inputs[0]!];
    const flowing = run(multiply, [g, run(add, [run(multiply, [x, 1 / 3]), 0.5])]);
    const upper = run(where, [run(less, [x, 3]), flowing, g]);
    return [unless(run, run(lessEqual, [x, -3]), upper)];
  },
});

export interface ThresholdAttributes {
  readonly threshold: number;
  /** What stands where x is not above the threshold. */
  readonly value: number;
}

/** x above a threshold, else a value. */
export const threshold: Operation<ThresholdAttributes> = elementwise<ThresholdAttributes>("threshold", {
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, attributes, run }) => [
    unless(run, run(lessEqual, [inputs[0]!, attributes.threshold]), grads[0]!),
  ],
});

/** x tanh(log(1 + exp(x))). */
export const mish: Operation = elementwise("mish", {
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => {
    const x = inputs[0]!;
    // log(1 + exp(x)) as max(x, 0) + log(1 + exp(-|x|)), which does not overflow.
    const rest = run(log1p, [run(exp, [run(negative, [run(absolute, [x])])])]);
    const soft = run(add, [run(negative, [run(clampMax, [run(negative, [x]), 0])]), rest]);
    const t = run(tanh, [soft]);
    const rise = run(multiply, [run(multiply, [x, run(sigmoid, [x])]), run(subtract, [1, run(square, [t])])]);
    return [run(multiply, [grads[0]!, run(add, [t, rise])])];
  },
});

/** x above 0, else weight x, of the operands x and weight. */
export const prelu: Operation = elementwise("prelu", {
  label: "PreluKernel",
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, run }) => {
    const [g, x, weight] = [grads[0]!, inputs[0]!, inputs[1]!];
    const isAbove = run(greater, [x, 0]);
    return [
      needs(0) ? run(where, [isAbove, g, run(multiply, [weight, g])]) : undefined,
      needs(1) ? unless(run, isAbove, run(multiply, [x, g])) : undefined,
    ];
  },
});
