// Functions of probabilities: entropy, log-odds, and the normal distribution with what belongs to it.

import type { Operation } from "../core/op.ts";
import { add, divide, multiply, subtract } from "./binary.ts";
import { zerosLike } from "./copying.ts";
import { elementwise } from "./elementwise.ts";
import { exp, log, log1p } from "./exponential.ts";
import { equal, greater, less, lessEqual, logicalAnd, logicalOr } from "./logic.ts";
import { where } from "./ternary.ts";
import { negative, square } from "./unary.ts";

/** -x log(x): 0 at 0, minus infinity below. */
export const entr: Operation = elementwise("entr", {
  label: "SpecialEntr",
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => [
    run(multiply, [grads[0]!, run(subtract, [-1, run(log, [inputs[0]!])])]),
  ],
});

/** a log(1 + b), 0 where a is 0 and b is not NaN. */
export const xlog1py: Operation = elementwise("xlog1py", {
  label: "SpecialXlog1Py",
  promotion: "float",
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, run }) => {
    const [g, a, b] = [grads[0]!, inputs[0]!, inputs[1]!];
    const first = (): typeof g => {
      const flowing = run(multiply, [g, run(log1p, [b])]);
      const isNothing = run(logicalAnd, [run(equal, [a, 0]), run(lessEqual, [b, -1])]);
      return run(where, [isNothing, run(zerosLike, [flowing]), flowing]);
    };
    return [
      needs(0) ? first() : undefined,
      needs(1) ? run(divide, [run(multiply, [g, a]), run(add, [b, 1])]) : undefined,
    ];
  },
});

export interface LogitAttributes {
  /** Operands are held from eps to 1 - eps; null: they are not, and outside of 0 to 1 there is no value. */
  readonly eps: number | null;
}

/** The log-odds log(x / (1 - x)). */
export const logit: Operation<LogitAttributes> = elementwise<LogitAttributes>("logit", {
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, attributes, run }) => {
    const [g, x] = [grads[0]!, inputs[0]!];
    const eps = attributes.eps ?? 0;
    const flowing = run(divide, [g, run(multiply, [x, run(subtract, [1, x])])]);
    const isOutside = run(logicalOr, [run(less, [x, eps]), run(greater, [x, 1 - eps])]);
    return [run(where, [isOutside, attributes.eps === null ? NaN : 0, flowing])];
  },
});

/** exp(x^2) erfc(x). */
export const erfcx: Operation = elementwise("erfcx", {
  label: "SpecialErfcx",
  promotion: "float",
  saves: { inputs: [0], outputs: [0] },
  gradient: ({ grads, inputs, outputs, run }) => {
    const product = run(multiply, [run(multiply, [inputs[0]!, outputs[0]!]), 2]);
    return [run(multiply, [grads[0]!, run(subtract, [product, 2 / Math.sqrt(Math.PI)])])];
  },
});

/** The probability of less than x under the standard normal distribution. */
export const ndtr: Operation = elementwise("ndtr", {
  label: "Mul",
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => {
    const bell = run(exp, [run(multiply, [run(square, [inputs[0]!]), -0.5])]);
    return [run(multiply, [grads[0]!, run(multiply, [bell, 1 / Math.sqrt(2 * Math.PI)])])];
  },
});

/** The logarithm of `ndtr`, exact far below 0. */
export const logNdtr: Operation = elementwise("logNdtr", {
  label: "SpecialLogNdtr",
  promotion: "float",
  saves: { inputs: [0], outputs: [0] },
  gradient: ({ grads, inputs, outputs, run }) => {
    // The density over the probability, both as logarithms.
    const exponent = run(add, [outputs[0]!, run(multiply, [run(square, [inputs[0]!]), 0.5])]);
    const ratio = run(multiply, [run(exp, [run(negative, [exponent])]), 1 / Math.sqrt(2 * Math.PI)]);
    return [run(multiply, [grads[0]!, ratio])];
  },
});

/** The inverse of `ndtr`. */
export const ndtri: Operation = elementwise("ndtri", {
  label: "SpecialNdtri",
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => {
    const rise = run(exp, [run(multiply, [run(square, [outputs[0]!]), 0.5])]);
    return [run(multiply, [grads[0]!, run(multiply, [rise, Math.sqrt(2 * Math.PI)])])];
  },
});
