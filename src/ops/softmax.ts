// Softmax and its logarithm along an axis, and their gradients, which are operations because every training step of a
// classifier runs them.

import { Layout } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import { multiply, subtract } from "./binary.ts";
import { exp } from "./exponential.ts";
import type { AxisAttributes } from "./indexing.ts";
import { sum } from "./reductions.ts";
import { negative } from "./unary.ts";

/** exp(x) / sum(exp(x)) along an axis. `torch.softmax`. */
export const softmax: Operation<AxisAttributes> = {
  name: "softmax",
  label: "Softmax",
  promotion: "float",
  infer: ([x], dtype) => [Layout.contiguous(dtype, x!.shape)],
  saves: { outputs: [0] },
  gradient: ({ outputs, grads, attributes, run }) => [
    run(softmaxGradient, [grads[0]!, outputs[0]!], attributes),
  ],
};

/** softmaxGradient(g, y) = y * (g - sum(g * y)). */
export const softmaxGradient: Operation<AxisAttributes> = {
  name: "softmaxGradient",
  label: "SoftmaxBackwardData",
  promotion: "common",
  infer: ([g], dtype) => [Layout.contiguous(dtype, g!.shape)],
  saves: { inputs: [0, 1] },
  gradient: ({ inputs, grads, attributes, needs, run }) => {
    const [g, y] = [inputs[0]!, inputs[1]!];
    const back = grads[0]!;
    const along = { axes: [attributes.axis], keepdims: true };
    const first = needs(0) ? run(softmaxGradient, [back, y], attributes) : undefined;
    if (!needs(1)) return [first, undefined];
    const direct = run(multiply, [back, run(subtract, [g, run(sum, [run(multiply, [g, y])], along)])]);
    const through = run(multiply, [g, run(sum, [run(multiply, [back, y])], along)]);
    return [first, run(subtract, [direct, through])];
  },
};

/** x - log(sum(exp(x))) along an axis. `torch.log_softmax`. */
export const logSoftmax: Operation<AxisAttributes> = {
  name: "logSoftmax",
  label: "LogSoftmax",
  promotion: "float",
  infer: ([x], dtype) => [Layout.contiguous(dtype, x!.shape)],
  saves: { outputs: [0] },
  gradient: ({ outputs, grads, attributes, run }) => [
    run(logSoftmaxGradient, [grads[0]!, outputs[0]!], attributes),
  ],
};

/** logSoftmaxGradient(g, y) = g - exp(y) * sum(g). */
export const logSoftmaxGradient: Operation<AxisAttributes> = {
  name: "logSoftmaxGradient",
  label: "LogSoftmaxBackwardData",
  promotion: "common",
  infer: ([g], dtype) => [Layout.contiguous(dtype, g!.shape)],
  saves: { inputs: [0, 1] },
  gradient: ({ inputs, grads, attributes, needs, run }) => {
    const [g, y] = [inputs[0]!, inputs[1]!];
    const back = grads[0]!;
    const along = { axes: [attributes.axis], keepdims: true };
    const weighted = run(multiply, [back, run(exp, [y])]);
    return [
      needs(0) ? run(subtract, [back, run(sum, [weighted], along)]) : undefined,
      needs(1) ? run(negative, [run(multiply, [weighted, run(sum, [g], along)])]) : undefined,
    ];
  },
};
