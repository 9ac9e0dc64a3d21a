// Normalisation.

import { float32 } from "../../../core/dtype.ts";
import {
  batchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  localResponseNorm,
} from "../../../torch/nn/functional/index.ts";
import type { Tensor } from "../../../torch/tensor.ts";
import { type Call, float, int, ints, type Operator, operator } from "../operator.ts";
import { axisOf } from "./helpers.ts";

interface BatchValues {
  readonly epsilon: number;
  readonly momentum: number;
  readonly training_mode: number;
}

function batch(call: Call<BatchValues>): Tensor[] {
  const [x, weight, bias, mean, variance] = [0, 1, 2, 3, 4].map((i) => call.tensor(i)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const { epsilon, momentum, training_mode: isTraining } = call.attributes;
  if (isTraining === 0) return [batchNorm(x, mean, variance, weight, bias, false, 0.1, epsilon)];
  const axes = [...x.shape.keys()].filter((axis) => axis !== 1);
  const own = x.detach();
  const [batchMean, batchVariance] = [own.mean(axes), own.var(axes, { correction: 0 })];
  const mixed = (before: Tensor, now: Tensor): Tensor =>
    before
      .detach()
      .mul(momentum)
      .add(now.mul(1 - momentum));
  const result = batchNorm(x, null, null, weight, bias, true, 0.1, epsilon);
  return [result, mixed(mean, batchMean), mixed(variance, batchVariance)];
}

/** Over the axes from one on; scale and bias are stretched to what they go to. */
export function layer(
  x: Tensor,
  scale: Tensor | null,
  bias: Tensor | null,
  { axis: given, epsilon }: { readonly axis: number; readonly epsilon: number },
  wantsStatistics: boolean,
): Tensor[] {
  const axis = axisOf(given, x.ndim);
  const lengths = x.shape.slice(axis);
  const fits = (value: Tensor | null): boolean => value === null || value.shape.join() === lengths.join();
  const isWhole = fits(scale) && fits(bias);
  const bare = layerNorm(x, lengths, isWhole ? scale : null, isWhole ? bias : null, epsilon);
  const scaled = isWhole || scale === null ? bare : bare.mul(scale);
  const result = isWhole || bias === null ? scaled : scaled.add(bias);
  if (!wantsStatistics) return [result];
  const axes = lengths.map((_, i) => axis + i);
  const single = x.dtype.itemSize < 4 ? x.to(float32) : x;
  return [
    result,
    single.mean(axes, true),
    single.var(axes, { correction: 0, keepdim: true }).add(epsilon).rsqrt(),
  ];
}

/** x / sqrt(mean(x^2) + epsilon), over the axes from one on. */
export function rootMeanSquare(
  x: Tensor,
  scale: Tensor | null,
  given: number,
  epsilon: number,
): [Tensor, Tensor] {
  const axis = axisOf(given, x.ndim);
  const axes = x.shape.slice(axis).map((_, i) => axis + i);
  const single = x.dtype.itemSize < 4 ? x.to(float32) : x;
  const inverse = single.square().mean(axes, true).add(epsilon).rsqrt();
  const bare = single.mul(inverse).to(x.dtype);
  return [scale === null ? bare : bare.mul(scale), inverse];
}

function group(call: Call<{ readonly epsilon: number; readonly num_groups: number }>): Tensor {
  const [x, scale, bias] = [call.tensor(0), call.tensor(1), call.tensor(2)];
  const { epsilon, num_groups: groups } = call.attributes;
  // Version 18 has a scale for each group, 21 for each channel.
  const each = (value: Tensor): Tensor =>
    value.shape[0] === x.shape[1] ? value : value.repeatInterleave(x.shape[1]! / groups);
  return groupNorm(x, groups, each(scale), each(bias), epsilon);
}

const channelsOnly = "statistics of each element apart are not here";

/** Normalisation. */
export const normalizationOperators: readonly Operator[] = [
  operator(
    "BatchNormalization",
    {
      epsilon: float(1e-5),
      momentum: float(0.9),
      training_mode: int(0),
      spatial: int(1),
      is_test: int(),
      consumed_inputs: ints(),
    },
    batch,
    {
      settings: [3, 4],
      refusal: ({ attributes: { spatial, is_test: isTest }, version }) => {
        if (version < 7 && isTest !== 1) return "normalisation in training before opset 7 is not here";
        return spatial === 1 ? undefined : channelsOnly;
      },
    },
  ),
  operator("InstanceNormalization", { epsilon: float(1e-5), consumed_inputs: ints() }, (call) =>
    instanceNorm(call.tensor(0), {
      weight: call.tensor(1),
      bias: call.tensor(2),
      eps: call.attributes.epsilon,
    }),
  ),
  operator("LayerNormalization", { axis: int(-1), epsilon: float(1e-5), stash_type: int(1) }, (call) =>
    layer(call.tensor(0), call.tensor(1), call.maybe(2), call.attributes, call.wanted.length > 1),
  ),
  operator("RMSNormalization", { axis: int(-1), epsilon: float(1e-5), stash_type: int(1) }, (call) => {
    return rootMeanSquare(call.tensor(0), call.tensor(1), call.attributes.axis, call.attributes.epsilon)[0];
  }),
  operator("GroupNormalization", { epsilon: float(1e-5), num_groups: int(1), stash_type: int(1) }, group),
  operator("LpNormalization", { axis: int(-1), p: int(2) }, (call) => {
    const [x, { axis, p }] = [call.tensor(0), call.attributes];
    const norm = p === 1 ? x.abs().sum(axis, true) : x.square().sum(axis, true).sqrt();
    return x.div(norm).where(norm.ne(0), x.mul(0));
  }),
  operator("MeanVarianceNormalization", { axes: ints([0, 2, 3]) }, (call) => {
    const x = call.tensor(0);
    const axes = [...call.attributes.axes];
    const centred = x.sub(x.mean(axes, true));
    return centred.div(centred.square().mean(axes, true).sqrt().add(1e-9));
  }),
  operator("LRN", { alpha: float(1e-4), beta: float(0.75), bias: float(1), size: int(1) }, (call) => {
    const { alpha, beta, bias, size } = call.attributes;
    return localResponseNorm(call.tensor(0), size, alpha, beta, bias);
  }),
];
