// Operations on pairs of elements.

import type { Operation } from "../core/op.ts";
import { boolean, elementwise } from "./elementwise.ts";
import { conjugate, log, negative } from "./unary.ts";

export const add: Operation = elementwise("add", { gradient: ({ grads }) => [grads[0], grads[0]] });

export const subtract: Operation = elementwise("subtract", {
  label: "Sub",
  gradient: ({ grads, needs, run }) => [grads[0], needs(1) ? run(negative, [grads[0]!]) : undefined],
});

export const multiply: Operation = elementwise("multiply", {
  label: "Mul",
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, run }) => {
    const g = grads[0]!;
    return [
      needs(0) ? run(multiply, [g, run(conjugate, [inputs[1]!])]) : undefined,
      needs(1) ? run(multiply, [g, run(conjugate, [inputs[0]!])]) : undefined,
    ];
  },
});

/** True division: the quotient of integers is floating. */
export const divide: Operation = elementwise("divide", {
  label: "Div",
  promotion: "float",
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, run }) => {
    const g = grads[0]!;
    const divisor = run(conjugate, [inputs[1]!]);
    const first = run(divide, [g, divisor]);
    if (!needs(1)) return [first, undefined];
    const quotient = run(conjugate, [run(divide, [inputs[0]!, inputs[1]!])]);
    return [first, run(negative, [run(multiply, [first, quotient])])];
  },
});

export const power: Operation = elementwise("power", {
  label: "Pow",
  saves: { inputs: [0, 1], outputs: [0] },
  gradient: ({ grads, inputs, outputs, needs, run }) => {
    const g = grads[0]!;
    const [base, exponent] = [inputs[0]!, inputs[1]!];
    const lower = () => run(power, [base, run(subtract, [exponent, 1])]);
    return [
      needs(0) ? run(multiply, [g, run(multiply, [exponent, lower()])]) : undefined,
      needs(1) ? run(multiply, [g, run(multiply, [outputs[0]!, run(log, [base])])]) : undefined,
    ];
  },
});

export const equal: Operation = elementwise("equal", { result: boolean });
