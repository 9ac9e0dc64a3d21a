// Circular and hyperbolic functions and their inverses.

import type { Operand } from "../core/elements.ts";
import type { Operation, Run } from "../core/op.ts";
import { tanhBackward } from "./activations.ts";
import { add, divide, multiply, subtract } from "./binary.ts";
import { conjugated } from "./conjugated.ts";
import { zerosLike } from "./copying.ts";
import { type ElementwiseOptions, elementwise } from "./elementwise.ts";
import { rsqrt } from "./exponential.ts";
import { equal } from "./logic.ts";
import { where } from "./ternary.ts";
import { negative } from "./unary.ts";

/** A function of one floating operand whose derivative is a function of that operand. */
function differentiable(
  name: string,
  derivative: <Value extends Operand>(run: Run<Value>, x: Value) => Value,
): Operation {
  const options: ElementwiseOptions<undefined> = {
    promotion: "float",
    saves: { inputs: [0] },
    roundsSteps: true,
    gradient: ({ grads, inputs, run }) => [
      run(multiply, [grads[0]!, conjugated(run, derivative(run, inputs[0]!))]),
    ],
  };
  return elementwise(name, options);
}

export const sin: Operation = differentiable("sin", (run, x) => run(cos, [x]));
export const cos: Operation = differentiable("cos", (run, x) => run(negative, [run(sin, [x])]));

export const tan: Operation = elementwise("tan", {
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => {
    const y = conjugated(run, outputs[0]!);
    return [run(multiply, [grads[0]!, run(add, [run(multiply, [y, y]), 1])])];
  },
});

export const asin: Operation = differentiable("asin", (run, x) =>
  run(rsqrt, [run(subtract, [1, run(multiply, [x, x])])]),
);
export const acos: Operation = differentiable("acos", (run, x) =>
  run(negative, [run(rsqrt, [run(subtract, [1, run(multiply, [x, x])])])]),
);
export const atan: Operation = differentiable("atan", (run, x) =>
  run(divide, [1, run(add, [run(multiply, [x, x]), 1])]),
);
export const sinh: Operation = differentiable("sinh", (run, x) => run(cosh, [x]));
export const cosh: Operation = differentiable("cosh", (run, x) => run(sinh, [x]));
export const asinh: Operation = differentiable("asinh", (run, x) =>
  run(rsqrt, [run(add, [run(multiply, [x, x]), 1])]),
);
export const acosh: Operation = differentiable("acosh", (run, x) => {
  if (x.layout.dtype.kind !== "complex") return run(rsqrt, [run(subtract, [run(multiply, [x, x]), 1])]);
  // Two roots, not the root of the product: right on both sides of the cut.
  return run(multiply, [run(rsqrt, [run(subtract, [x, 1])]), run(rsqrt, [run(add, [x, 1])])]);
});
export const atanh: Operation = differentiable("atanh", (run, x) =>
  run(divide, [1, run(subtract, [1, run(multiply, [x, x])])]),
);

export const tanh: Operation = elementwise("tanh", {
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => [run(tanhBackward, [grads[0]!, outputs[0]!])],
});

/** The angle of the point (second, first) in radians. */
export const atan2: Operation = elementwise("atan2", {
  promotion: "float",
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, run }) => {
    const [y, x] = [inputs[0]!, inputs[1]!];
    const squares = run(add, [run(multiply, [x, x]), run(multiply, [y, y])]);
    const scaled = run(divide, [grads[0]!, squares]);
    return [
      needs(0) ? run(multiply, [scaled, x]) : undefined,
      needs(1) ? run(multiply, [scaled, run(negative, [y])]) : undefined,
    ];
  },
});

/** The length of the hypotenuse, without overflow on the way. */
export const hypot: Operation = elementwise("hypot", {
  promotion: "float",
  saves: { inputs: [0, 1], outputs: [0] },
  gradient: ({ grads, inputs, outputs, needs, run }) =>
    [0, 1].map((k) =>
      needs(k) ? run(multiply, [grads[0]!, run(divide, [inputs[k]!, outputs[0]!])]) : undefined,
    ),
});

/** sin(pi x) / (pi x), 1 at 0. */
export const sinc: Operation = elementwise("sinc", {
  promotion: "float",
  saves: { inputs: [0], outputs: [0] },
  gradient: ({ grads, inputs, outputs, run }) => {
    const x = conjugated(run, inputs[0]!);
    const y = conjugated(run, outputs[0]!);
    const slope = run(divide, [run(subtract, [run(cos, [run(multiply, [x, Math.PI])]), y]), x]);
    const isCentre = run(equal, [x, 0]);
    return [run(multiply, [grads[0]!, run(where, [isCentre, run(zerosLike, [slope]), slope])])];
  },
});
