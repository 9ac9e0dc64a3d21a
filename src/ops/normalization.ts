// Normalisation of groups of elements to mean 0 and variance 1, with a factor and a summand for each channel: what batch,
// instance, group and layer normalisation share.

import type { DType } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { Layout, type Shape } from "../core/layout.ts";
import type { GradientContext, Operation, Run } from "../core/op.ts";
import { add, multiply, subtract } from "./binary.ts";
import { sum } from "./reductions.ts";
import { groupSize } from "./shapes.ts";
import { multiplyAdd } from "./ternary.ts";
import { negative } from "./unary.ts";
import { reshape } from "./views.ts";

export interface NormalizeAttributes {
  /** Added to the variance. */
  readonly eps: number;
  /** A group has its elements in all instances of the batch, and statistics are used as they are kept, rounded. */
  readonly acrossBatch: boolean;
  /** The type in which the statistics are kept. */
  readonly statistics: DType;
}

const axesOf = ({ acrossBatch }: NormalizeAttributes): readonly number[] =>
  acrossBatch ? [0, 2, 3] : [2, 3];

/**
 * normalize(x[N, G, K, L], weight[G K]?, bias[G K]?) -> x normalised over K and L (and N), times the weight, plus the
 * bias; and the means, 1 / sqrt(variance + eps) and variances of the groups, of shape [N or 1, G, 1, 1].
 */
export const normalize: Operation<NormalizeAttributes> = {
  name: "normalize",
  label: "NativeLayerNorm",
  promotion: "none",
  infer: ([x], dtype, { acrossBatch, statistics }) => {
    const { shape } = x!;
    const kept = Layout.contiguous(statistics, [acrossBatch ? 1 : shape[0]!, shape[1]!, 1, 1]);
    return [Layout.contiguous(dtype, shape), kept, kept, kept];
  },
  saves: { inputs: [0, 1], outputs: [1, 2] },
  gradient: (context) => {
    const { inputs, grads, needs, run } = context;
    const g = grads[0];
    const needsWeight = g !== undefined && inputs.length > 1 && needs(1);
    const needsBias = g !== undefined && inputs.length > 2 && needs(2);
    return [
      needs(0) ? inputGradient(context) : undefined,
      needsWeight ? perChannel(run, run(multiply, [g, unscaled(context)])) : undefined,
      needsBias ? perChannel(run, g) : undefined,
    ];
  },
};

/** The normalised elements as PyTorch has them in this place: x / deviation - mean / deviation, rounded once. */
function unscaled<Value extends Operand>({
  inputs,
  outputs,
  run,
}: GradientContext<Value, NormalizeAttributes>): Value {
  const [mean, inverse] = [outputs[1]!, outputs[2]!];
  return run(multiplyAdd, [inputs[0]!, inverse, run(negative, [run(multiply, [mean, inverse])])]);
}

/** What flows back to x: from the result, and from the statistics where those are used in a further gradient. */
function inputGradient<Value extends Operand>(
  context: GradientContext<Value, NormalizeAttributes>,
): Value | undefined {
  const { inputs, outputs, grads, attributes, run } = context;
  const { shape } = inputs[0]!.layout;
  const share = 1 / groupSize(shape, attributes);
  const [mean, inverse] = [outputs[1]!, outputs[2]!];
  const centred = run(subtract, [inputs[0]!, mean]);
  const parts: Value[] = [];
  if (grads[0] !== undefined) {
    const g = inputs.length > 1 ? run(multiply, [grads[0], spread(run, inputs[1]!, shape)]) : grads[0];
    const average = (value: Value): Value =>
      run(multiply, [run(sum, [value], { axes: axesOf(attributes), keepdims: true }), share]);
    const slope = run(multiply, [average(run(multiply, [g, centred])), run(multiply, [inverse, inverse])]);
    const flow = run(subtract, [run(subtract, [g, average(g)]), run(multiply, [centred, slope])]);
    parts.push(run(multiply, [flow, inverse]));
  }
  if (grads[1] !== undefined) {
    const zeros = run(multiply, [centred, 0]);
    parts.push(run(add, [zeros, run(multiply, [grads[1], share])]));
  }
  if (grads[2] !== undefined) {
    const cube = run(multiply, [run(multiply, [inverse, inverse]), inverse]);
    parts.push(run(multiply, [centred, run(multiply, [run(multiply, [grads[2], cube]), -share])]));
  }
  return parts.length === 0 ? undefined : parts.reduce((total, part) => run(add, [total, part]));
}

/** The sums of all elements of each channel. */
function perChannel<Value extends Operand>(run: Run<Value>, value: Value): Value {
  const [, groups, channels] = value.layout.shape as readonly [number, number, number, number];
  return reshape(run, run(sum, [value], { axes: [0, 3], keepdims: false }), [groups * channels]);
}

/** A factor of each channel, as it goes with x. */
function spread<Value extends Operand>(run: Run<Value>, weight: Value, shape: Shape): Value {
  return reshape(run, weight, [1, shape[1]!, shape[2]!, 1]);
}
