// Modified Bessel functions of the first kind, of order 0 and 1, and those scaled by exp(-|x|).

import type { Operand } from "../core/elements.ts";
import type { Operation, Run } from "../core/op.ts";
import { add, divide, multiply, subtract } from "./binary.ts";
import { elementwise, type Rules } from "./elementwise.ts";
import { greater } from "./logic.ts";
import { where } from "./ternary.ts";
import { absolute, sign } from "./unary.ts";

const torch: Rules = { rules: "torch" };

/** I0(x). */
export const besselI0: Operation = elementwise("besselI0", {
  label: "I0",
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => [run(multiply, [grads[0]!, run(besselI1, [inputs[0]!])])],
});

/** exp(-|x|) I0(x). */
export const besselI0Scaled: Operation = elementwise("besselI0Scaled", {
  label: "SpecialI0E",
  promotion: "float",
  saves: { inputs: [0], outputs: [0] },
  gradient: ({ grads, inputs, outputs, run }) => {
    const x = inputs[0]!;
    const decay = run(multiply, [run(sign, [x], torch), outputs[0]!]);
    return [run(multiply, [grads[0]!, run(subtract, [run(besselI1Scaled, [x]), decay])])];
  },
});

/** A slope that has x below a fraction: 1/2 where x is as good as 0. */
function slopeNearZero<Value extends Operand>(
  run: Run<Value>,
  x: Value,
  slope: (divisor: Value) => Value,
): Value {
  const isAway = run(greater, [run(absolute, [x]), x.layout.dtype.itemSize === 8 ? 2 ** -52 : 2 ** -23]);
  return run(where, [isAway, slope(run(where, [isAway, x, 1])), 0.5]);
}

/** I1(x). */
export const besselI1: Operation = elementwise("besselI1", {
  label: "SpecialI1",
  promotion: "float",
  saves: { inputs: [0], outputs: [0] },
  gradient: ({ grads, inputs, outputs, run }) => {
    const x = inputs[0]!;
    const slope = slopeNearZero(run, x, (divisor) =>
      run(subtract, [run(besselI0, [x]), run(divide, [outputs[0]!, divisor])]),
    );
    return [run(multiply, [grads[0]!, slope])];
  },
});

/** exp(-|x|) I1(x). */
export const besselI1Scaled: Operation = elementwise("besselI1Scaled", {
  label: "SpecialI1E",
  promotion: "float",
  saves: { inputs: [0], outputs: [0] },
  gradient: ({ grads, inputs, outputs, run }) => {
    const x = inputs[0]!;
    const slope = slopeNearZero(run, x, (divisor) => {
      const factor = run(add, [run(sign, [divisor], torch), run(divide, [1, divisor])]);
      return run(subtract, [run(besselI0Scaled, [x]), run(multiply, [outputs[0]!, factor])]);
    });
    return [run(multiply, [grads[0]!, slope])];
  },
});
