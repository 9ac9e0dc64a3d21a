// Activations, softmax and dropout.

import { zerosLike } from "../../../torch/creation.ts";
import {
  celu,
  dropout,
  elu,
  gelu,
  hardswish,
  leakyRelu,
  mish,
  selu,
  silu,
  softplus,
  softsign,
} from "../../../torch/nn/functional/index.ts";
import type { Tensor } from "../../../torch/tensor.ts";
import { type Call, float, int, type Operator, operator, text } from "../operator.ts";
import { axisOf, countOf } from "./helpers.ts";

/** relu(x) with a slope for each element, or each of some axes, below 0. */
function sloped(x: Tensor, slope: Tensor): Tensor {
  return x.relu().sub(x.neg().relu().mul(slope));
}

const activations: readonly Operator[] = [
  operator("Relu", { consumed_inputs: int() }, (call) => call.tensor(0).relu()),
  operator("Sigmoid", { consumed_inputs: int() }, (call) => call.tensor(0).sigmoid()),
  operator("LeakyRelu", { alpha: float(0.01), consumed_inputs: int() }, (call) =>
    leakyRelu(call.tensor(0), call.attributes.alpha),
  ),
  operator("PRelu", { consumed_inputs: int() }, (call) => {
    const [x, slope] = [call.tensor(0), call.tensor(1)];
    // Before opset 7 a vector of slopes lay along the channels.
    const isByChannel = call.version < 7 && slope.ndim === 1 && x.ndim > 2;
    return sloped(x, isByChannel ? slope.reshape(-1, ...x.shape.slice(2).map(() => 1)) : slope);
  }),
  operator("Elu", { alpha: float(1), consumed_inputs: int() }, (call) =>
    elu(call.tensor(0), call.attributes.alpha),
  ),
  operator("Celu", { alpha: float(1) }, (call) => celu(call.tensor(0), call.attributes.alpha)),
  operator(
    "Selu",
    { alpha: float(1.6732632423543772), gamma: float(1.0507009873554805), consumed_inputs: int() },
    (call) => {
      const { alpha, gamma } = call.attributes;
      const isUsual =
        Math.fround(alpha) === Math.fround(1.6732632423543772) &&
        Math.fround(gamma) === Math.fround(1.0507009873554805);
      return isUsual ? selu(call.tensor(0)) : elu(call.tensor(0), alpha).mul(gamma);
    },
  ),
  operator("HardSigmoid", { alpha: float(0.2), beta: float(0.5), consumed_inputs: int() }, (call) => {
    const { alpha, beta } = call.attributes;
    return call.tensor(0).mul(alpha).add(beta).clamp(0, 1);
  }),
  operator("HardSwish", {}, (call) => hardswish(call.tensor(0))),
  operator("Softplus", {}, (call) => softplus(call.tensor(0))),
  operator("Softsign", {}, (call) => softsign(call.tensor(0))),
  operator("Mish", {}, (call) => mish(call.tensor(0))),
  operator("Swish", { alpha: float(1) }, (call) => {
    const [x, { alpha }] = [call.tensor(0), call.attributes];
    return alpha === 1 ? silu(x) : x.mul(x.mul(alpha).sigmoid());
  }),
  operator("ThresholdedRelu", { alpha: float(1) }, (call) => {
    const x = call.tensor(0);
    return x.where(x.gt(call.attributes.alpha), zerosLike(x));
  }),
  operator("Shrink", { bias: float(0), lambd: float(0.5) }, (call) => {
    const [x, { bias, lambd }] = [call.tensor(0), call.attributes];
    const above = x.sub(bias).where(x.gt(lambd), zerosLike(x));
    return x.add(bias).where(x.lt(-lambd), above);
  }),
  operator(
    "Gelu",
    { approximate: text("none") },
    (call) => geluOf(call.tensor(0), call.attributes.approximate),
    {
      refusal: ({ attributes: { approximate } }) =>
        ["none", "tanh"].includes(approximate) ? undefined : `there is no approximation ${approximate}`,
    },
  ),
];

function geluOf(x: Tensor, approximate: string): Tensor {
  return gelu(x, { approximate: approximate === "tanh" ? "tanh" : "none" });
}

type AxisCall = Call<{ readonly axis: number | undefined }>;

/** From opset 13 on along one axis, by default the last; before over all axes from one on, by default the second. */
function along(call: AxisCall, compute: (x: Tensor, axis: number) => Tensor): Tensor {
  const x = call.tensor(0);
  if (call.version >= 13) return compute(x, call.attributes.axis ?? -1);
  const axis = call.attributes.axis ?? 1;
  const rows = x.shape.slice(0, axis < 0 ? axis + x.ndim : axis);
  return compute(x.reshape(countOf(rows), -1), 1).reshape(...x.shape);
}

/** 1 at the first largest element of each row, 0 elsewhere. */
function hardmax(x: Tensor, axis: number): Tensor {
  const at = axisOf(axis, x.ndim);
  return zerosLike(x).scatter(at, x.argmax(at, true), 1);
}

const softmaxes: readonly Operator[] = [
  operator("Softmax", { axis: int() }, (call) => along(call, (x, axis) => x.softmax(axis))),
  operator("LogSoftmax", { axis: int() }, (call) => along(call, (x, axis) => x.logSoftmax(axis))),
  operator("Hardmax", { axis: int() }, (call) => along(call, hardmax)),
];

/** Nothing is dropped unless the file says that it is being trained. */
const dropouts: readonly Operator[] = [
  operator(
    "Dropout",
    { ratio: float(0.5), seed: int(), is_test: int(), consumed_inputs: int() },
    (call) => {
      const x = call.tensor(0);
      const isTraining = call.version >= 12 && call.number(2) === 1;
      const ratio = call.version >= 12 ? (call.number(1) ?? 0.5) : call.attributes.ratio;
      const result = isTraining ? dropout(x, ratio, true) : x;
      return call.wanted[1] === true ? [result, isTraining ? result.ne(0) : zerosLike(x).eq(0)] : [result];
    },
    {
      settings: [1],
      refusal: ({ attributes, version }) =>
        version < 7 && attributes.is_test !== 1
          ? "dropout in training before opset 7 is not here"
          : undefined,
    },
  ),
];

/** Activations. */
export const activationOperators: readonly Operator[] = [...activations, ...softmaxes, ...dropouts];
