// Activation functions, and their gradients as operations of their own: PyTorch's `*_backward` functions, which run
// over the values once.

import type { Operand } from "../core/elements.ts";
import type { Operation, Run } from "../core/op.ts";
import { add, multiply, subtract } from "./binary.ts";
import { conjugated } from "./conjugated.ts";
import { zerosLike } from "./copying.ts";
import { elementwise } from "./elementwise.ts";
import { exp } from "./exponential.ts";
import { lessEqual } from "./logic.ts";
import { erf } from "./special.ts";
import { where } from "./ternary.ts";
import { tanh } from "./trigonometry.ts";
import { negative, square } from "./unary.ts";

export const relu: Operation = elementwise("relu", {
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => [run(reluBackward, [grads[0]!, outputs[0]!])],
});

/** The gradient where the output is not 0 or less; NaN lets it pass. */
export const reluBackward: Operation = elementwise("reluBackward", {
  label: "ThresholdBackward",
  saves: { inputs: [1] },
  gradient: ({ grads, inputs, needs, run }) => [
    run(reluBackward, [grads[0]!, inputs[1]!]),
    needs(1) ? run(zerosLike, [inputs[1]!]) : undefined,
  ],
});

/** g (1 - y^2) for y = tanh(x); of a complex y its conjugate. */
export const tanhBackward: Operation = elementwise("tanhBackward", {
  promotion: "float",
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, run }) => {
    const [g, flowing, y] = [grads[0]!, inputs[0]!, inputs[1]!];
    return [
      needs(0) ? run(tanhBackward, [g, conjugated(run, y)]) : undefined,
      needs(1)
        ? conjugateProduct(run, g, run(multiply, [run(multiply, [flowing, conjugated(run, y)]), -2]))
        : undefined,
    ];
  },
});

export const sigmoid: Operation = elementwise("sigmoid", {
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => [run(sigmoidBackward, [grads[0]!, outputs[0]!])],
});

/** g y (1 - y) for y = sigmoid(x); of a complex y its conjugate. */
export const sigmoidBackward: Operation = elementwise("sigmoidBackward", {
  promotion: "float",
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, run }) => {
    const [g, flowing, y] = [grads[0]!, inputs[0]!, inputs[1]!];
    const slope = (): typeof g => run(subtract, [1, run(multiply, [conjugated(run, y), 2])]);
    return [
      needs(0) ? run(sigmoidBackward, [g, conjugated(run, y)]) : undefined,
      needs(1) ? conjugateProduct(run, g, run(multiply, [flowing, slope()])) : undefined,
    ];
  },
});

/** The gradient of a function of conj(y), whose derivative by conj(y) is given. */
function conjugateProduct<Value extends Operand>(run: Run<Value>, g: Value, derivative: Value): Value {
  return run(multiply, [conjugated(run, g), derivative]);
}

export interface GeluAttributes {
  /** `tanh` for the approximation through the hyperbolic tangent. */
  readonly approximate: "none" | "tanh";
}

/** x times the normal distribution's probability of less than x. */
export const gelu: Operation<GeluAttributes> = elementwise<GeluAttributes>("gelu", {
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, attributes, run }) => [
    run(multiply, [grads[0]!, geluSlopes[attributes.approximate](run, inputs[0]!)]),
  ],
});

const geluSlopes = {
  /** P(x) + x p(x) of the normal distribution. */
  none: <Value extends Operand>(run: Run<Value>, x: Value): Value => {
    const below = run(multiply, [run(add, [run(erf, [run(multiply, [x, Math.SQRT1_2])]), 1]), 0.5]);
    const density = run(multiply, [
      run(exp, [run(multiply, [run(square, [x]), -0.5])]),
      1 / Math.sqrt(2 * Math.PI),
    ]);
    return run(add, [below, run(multiply, [x, density])]);
  },
  tanh: <Value extends Operand>(run: Run<Value>, x: Value): Value => {
    const factor = Math.sqrt(2 / Math.PI);
    const squared = run(square, [x]);
    const scaled = run(multiply, [run(add, [run(multiply, [squared, 0.044715]), 1]), factor]);
    const t = run(tanh, [run(multiply, [x, scaled])]);
    const inner = run(multiply, [run(add, [run(multiply, [squared, 3 * 0.044715]), 1]), factor]);
    const rise = run(multiply, [run(multiply, [x, inner]), run(subtract, [1, run(square, [t])])]);
    return run(multiply, [run(add, [run(add, [t, rise]), 1]), 0.5]);
  },
};

/** x sigmoid(x). */
export const silu: Operation = elementwise("silu", {
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => {
    const x = conjugated(run, inputs[0]!);
    const y = run(sigmoid, [x]);
    const slope = run(add, [run(multiply, [x, run(subtract, [1, y])]), 1]);
    return [run(multiply, [grads[0]!, run(multiply, [y, slope])])];
  },
});

/** log(sigmoid(x)), exact for large -x. */
export const logSigmoid: Operation = elementwise("logSigmoid", {
  label: "LogSigmoid",
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => [
    run(multiply, [grads[0]!, run(sigmoid, [run(negative, [inputs[0]!])])]),
  ],
});

/** The slope of a leaky rectifier below 0. */
export interface LeakyReluAttributes {
  readonly negativeSlope: number;
}

export const leakyRelu: Operation<LeakyReluAttributes> = elementwise<LeakyReluAttributes>("leakyRelu", {
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, attributes, run }) => {
    const g = grads[0]!;
    const below = run(multiply, [g, attributes.negativeSlope]);
    return [run(where, [run(lessEqual, [inputs[0]!, 0]), below, g])];
  },
});
