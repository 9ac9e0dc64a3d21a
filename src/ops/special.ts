// Special functions: the error function and its kin, the gamma function's logarithm and that one's derivatives.

import type { Operation } from "../core/op.ts";
import { multiply } from "./binary.ts";
import { elementwise } from "./elementwise.ts";
import { exp } from "./exponential.ts";
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
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => [run(multiply, [grads[0]!, run(digamma, [inputs[0]!])])],
});

/** The derivative of `lgamma`. */
export const digamma: Operation = elementwise("digamma", {
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
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, attributes, run }) => [
    run(multiply, [grads[0]!, run(polygamma, [inputs[0]!], { order: attributes.order + 1 })]),
  ],
});
