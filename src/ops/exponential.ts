// Powers of e, 2 and 10, their logarithms, and roots.

import type { Operation } from "../core/op.ts";
import { add, divide, multiply, subtract } from "./binary.ts";
import { conjugated } from "./conjugated.ts";
import { zerosLike } from "./copying.ts";
import { elementwise } from "./elementwise.ts";
import { equal } from "./logic.ts";
import { clampMin, where } from "./ternary.ts";

export const sqrt: Operation = elementwise("sqrt", {
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => [
    run(divide, [grads[0]!, run(multiply, [conjugated(run, outputs[0]!), 2])]),
  ],
});

/** 1 / sqrt(x). */
export const rsqrt: Operation = elementwise("rsqrt", {
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => {
    const y = conjugated(run, outputs[0]!);
    const cubed = run(multiply, [y, run(multiply, [y, y])]);
    return [run(multiply, [run(multiply, [grads[0]!, cubed]), -0.5])];
  },
});

/** The cube root, negative of a negative number. */
export const cbrt: Operation = elementwise("cbrt", {
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => {
    const y = outputs[0]!;
    return [run(divide, [grads[0]!, run(multiply, [run(multiply, [y, y]), 3])])];
  },
});

export const exp: Operation = elementwise("exp", {
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => [run(multiply, [grads[0]!, conjugated(run, outputs[0]!)])],
});

export const exp2: Operation = elementwise("exp2", {
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => [
    run(multiply, [run(multiply, [grads[0]!, conjugated(run, outputs[0]!)]), Math.LN2]),
  ],
});

/** exp(x) - 1, exact near 0. */
export const expm1: Operation = elementwise("expm1", {
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => [
    run(multiply, [grads[0]!, run(add, [conjugated(run, outputs[0]!), 1])]),
  ],
});

export const log: Operation = elementwise("log", {
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => [run(divide, [grads[0]!, conjugated(run, inputs[0]!)])],
});

export const log2: Operation = elementwise("log2", {
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => [
    run(divide, [grads[0]!, run(multiply, [conjugated(run, inputs[0]!), Math.LN2])]),
  ],
});

export const log10: Operation = elementwise("log10", {
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => [
    run(divide, [grads[0]!, run(multiply, [conjugated(run, inputs[0]!), Math.LN10])]),
  ],
});

/** log(1 + x), exact near 0. */
export const log1p: Operation = elementwise("log1p", {
  label: "Log1P",
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => [
    run(divide, [grads[0]!, run(add, [conjugated(run, inputs[0]!), 1])]),
  ],
});

/** log(exp(a) + exp(b)), without overflow on the way. */
export const logaddexp: Operation = elementwise("logaddexp", {
  promotion: "float",
  saves: { inputs: [0, 1], outputs: [0] },
  gradient: ({ grads, inputs, outputs, needs, run }) =>
    [0, 1].map((k) =>
      needs(k) ? run(multiply, [grads[0]!, run(exp, [run(subtract, [inputs[k]!, outputs[0]!])])]) : undefined,
    ),
});

/** log2(2^a + 2^b). */
export const logaddexp2: Operation = elementwise("logaddexp2", {
  promotion: "float",
  saves: { inputs: [0, 1], outputs: [0] },
  gradient: ({ grads, inputs, outputs, needs, run }) =>
    [0, 1].map((k) =>
      needs(k)
        ? run(multiply, [grads[0]!, run(exp2, [run(subtract, [inputs[k]!, outputs[0]!])])])
        : undefined,
    ),
});

/** a log(b), 0 where a is 0 and b is not NaN. */
export const xlogy: Operation = elementwise("xlogy", {
  promotion: "float",
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, run }) => {
    const [g, a, b] = [grads[0]!, inputs[0]!, inputs[1]!];
    const first = (): typeof g => {
      const flowing = run(multiply, [g, run(log, [b])]);
      const isNothing = run(equal, [a, 0]);
      return run(where, [isNothing, run(zerosLike, [flowing]), flowing]);
    };
    return [needs(0) ? first() : undefined, needs(1) ? run(divide, [run(multiply, [g, a]), b]) : undefined];
  },
});

/**
 * -(t log(x) + (1 - t) log(1 - x)) of probabilities, logarithms not below -100.
 * `torch.nn.functional.binary_cross_entropy`.
 */
export const binaryCrossEntropy: Operation = elementwise("binaryCrossEntropy", {
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, run }) => {
    const [g, x, t] = [grads[0]!, inputs[0]!, inputs[1]!];
    const rest = run(subtract, [1, x]);
    const ofInput = (): typeof g => {
      const spread = run(clampMin, [run(multiply, [rest, x]), 1e-12]);
      return run(divide, [run(multiply, [g, run(subtract, [x, t])]), spread]);
    };
    const ofTarget = (): typeof g => run(multiply, [g, run(subtract, [run(log, [rest]), run(log, [x])])]);
    return [needs(0) ? ofInput() : undefined, needs(1) ? ofTarget() : undefined];
  },
});
