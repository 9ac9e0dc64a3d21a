// Special functions: the error function and its kin, the gamma function's logarithm and that one's derivatives.

import type { Operand } from "../core/elements.ts";
import { NotImplementedError } from "../core/errors.ts";
import type { Operation, Run } from "../core/op.ts";
import { add, multiply, subtract } from "./binary.ts";
import { elementwise } from "./elementwise.ts";
import { exp, log } from "./exponential.ts";
import { negative, square } from "./unary.ts";

const twoOverRootPi = 2 / Math.sqrt(Math.PI);

/** The error function: the integral of exp(-t^2) from 0 to x, times 2 / sqrt(pi). */
export const erf: Operation = elementwise("erf", {
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => {
    const bell = run(exp, [run(negative, [run(square, [inputs[0]!])])]);
    return [run(multiply, [run(multiply, [bell, twoOverRootPi]), grads[0]!])];
  },
});

/** 1 - erf(x), exact for large x. */
export const erfc: Operation = elementwise("erfc", {
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => {
    const bell = run(exp, [run(negative, [run(square, [inputs[0]!])])]);
    return [run(multiply, [run(multiply, [bell, -twoOverRootPi]), grads[0]!])];
  },
});

/** The inverse of the error function. */
export const erfinv: Operation = elementwise("erfinv", {
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => {
    const rise = run(exp, [run(square, [outputs[0]!])]);
    return [run(multiply, [run(multiply, [rise, Math.sqrt(Math.PI) / 2]), grads[0]!])];
  },
});

/** The logarithm of |gamma(x)|. */
export const lgamma: Operation = elementwise("lgamma", {
  roundsSteps: true,
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => [run(multiply, [grads[0]!, run(digamma, [inputs[0]!])])],
});

/** The derivative of `lgamma`. */
export const digamma: Operation = elementwise("digamma", {
  roundsSteps: true,
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => [
    run(multiply, [grads[0]!, run(polygamma, [inputs[0]!], { order: 1 })]),
  ],
});

export interface PolygammaAttributes {
  /** How often `digamma` is differentiated; 0 is `digamma` itself. */
  readonly order: number;
}

export const polygamma: Operation<PolygammaAttributes> = elementwise<PolygammaAttributes>("polygamma", {
  roundsSteps: true,
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, attributes, run }) => [
    run(multiply, [grads[0]!, run(polygamma, [inputs[0]!], { order: attributes.order + 1 })]),
  ],
});

/** What is thrown where PyTorch has no derivative by an operand. */
function withoutDerivative(operand: string): never {
  throw new NotImplementedError(`the derivative for '${operand}' is not implemented.`);
}

/** Hurwitz's zeta function: the sum of (q + n)^-s over n = 0, 1, ... of the operands s and q. */
export const zeta: Operation = elementwise("zeta", {
  label: "SpecialZeta",
  promotion: "float",
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, run }) => {
    const [s, q] = [inputs[0]!, inputs[1]!];
    if (needs(0)) withoutDerivative("zeta");
    const next = run(zeta, [run(add, [s, 1]), q]);
    return [
      undefined,
      needs(1) ? run(multiply, [grads[0]!, run(multiply, [run(negative, [s]), next])]) : undefined,
    ];
  },
});

export interface MultivariateAttributes {
  /** How many dimensions. */
  readonly p: number;
}

/** The logarithm of the gamma function of p dimensions: the sum of lgamma(x - j / 2) over j < p, and a constant. */
export const mvlgamma: Operation<MultivariateAttributes> = elementwise<MultivariateAttributes>("mvlgamma", {
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, attributes, run }) => {
    let slope = run(digamma, [inputs[0]!]);
    for (let j = 1; j < attributes.p; j++)
      slope = run(add, [slope, run(digamma, [run(subtract, [inputs[0]!, j / 2])])]);
    return [run(multiply, [grads[0]!, slope])];
  },
});

/** The lower incomplete gamma function P(a, x), regularised: the integral of t^(a-1) exp(-t) up to x over gamma(a). */
export const igamma: Operation = elementwise("igamma", {
  promotion: "float",
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, run }) => {
    if (needs(0)) withoutDerivative("igamma: input");
    return [
      undefined,
      needs(1) ? run(multiply, [grads[0]!, gammaDensity(run, inputs[0]!, inputs[1]!)]) : undefined,
    ];
  },
});

/** The upper incomplete gamma function Q(a, x) = 1 - P(a, x). */
export const igammac: Operation = elementwise("igammac", {
  promotion: "float",
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, run }) => {
    if (needs(0)) withoutDerivative("igammac: input");
    const density = gammaDensity(run, inputs[0]!, inputs[1]!);
    return [undefined, needs(1) ? run(negative, [run(multiply, [grads[0]!, density])]) : undefined];
  },
});

/** x^(a - 1) exp(-x) / gamma(a). */
function gammaDensity<Value extends Operand>(run: Run<Value>, a: Value, x: Value): Value {
  const power = run(multiply, [run(subtract, [a, 1]), run(log, [x])]);
  return run(exp, [run(subtract, [run(subtract, [power, x]), run(lgamma, [a])])]);
}
