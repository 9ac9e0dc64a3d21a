// Operators of the domain com.microsoft, which ONNX Runtime puts in the place of others when it makes a graph faster.

import { gelu } from "../../../torch/nn/functional/index.ts";
import type { Tensor } from "../../../torch/tensor.ts";
import { type Call, float, floats, int, microsoft, type Operator, operator, text } from "../operator.ts";
import { convolved, gemm } from "./convolutions.ts";
import { layer, rootMeanSquare } from "./normalizations.ts";
import { convolutionAttributes, windowRefusal } from "./windows.ts";

const domain = { domain: microsoft };

/** Activations that are fused into what comes before them. */
const activations: Readonly<Record<string, (x: Tensor, numbers: readonly number[]) => Tensor>> = {
  "": (x) => x,
  Relu: (x) => x.relu(),
  Sigmoid: (x) => x.sigmoid(),
  Tanh: (x) => x.tanh(),
  LeakyRelu: (x, [slope = 0.01]) => x.relu().sub(x.neg().relu().mul(slope)),
  Clip: (x, [low, high]) => x.clamp(low ?? null, high ?? null),
  HardSigmoid: (x, [alpha = 0.2, beta = 0.5]) => x.mul(alpha).add(beta).clamp(0, 1),
};

interface Activated {
  readonly attributes: { readonly activation: string };
}

const activationRefusal = ({ attributes: { activation } }: Activated): string | undefined =>
  activation in activations ? undefined : `the activation ${activation} is not here`;

interface MatrixValues {
  readonly alpha: number;
  readonly transA: number;
  readonly transB: number;
  readonly transBatchA: number;
  readonly transBatchB: number;
}

const turned = (x: Tensor, isTurned: boolean): Tensor => (isTurned && x.ndim > 1 ? x.transpose(-1, -2) : x);

function matrices(call: Call<MatrixValues>): Tensor {
  const { alpha, transA, transB } = call.attributes;
  const product = turned(call.tensor(0), transA === 1).matmul(turned(call.tensor(1), transB === 1));
  return alpha === 1 ? product : product.mul(alpha);
}

interface SkipValues {
  readonly epsilon: number;
}

/** The sum of an input, what skipped a layer, and a bias. */
function summed(call: Call<SkipValues>, biasAt: number): Tensor {
  const sum = call.tensor(0).add(call.tensor(1));
  const bias = call.maybe(biasAt);
  return bias === null ? sum : sum.add(bias);
}

/** Outputs 1 and 2, statistics, are for training alone; output 3 is the sum. */
function placed(call: Call<SkipValues>, result: Tensor, sum: Tensor): Tensor[] {
  return call.wanted.length > 3 ? [result, sum, sum, sum] : [result];
}

/** Fused products and convolutions. */
const fused: readonly Operator[] = [
  operator(
    "FusedMatMul",
    { alpha: float(1), transA: int(0), transB: int(0), transBatchA: int(0), transBatchB: int(0) },
    matrices,
    {
      ...domain,
      refusal: ({ attributes: { transBatchA: a, transBatchB: b } }) =>
        a === 1 || b === 1 ? "transposed batches are not here" : undefined,
    },
  ),
  operator(
    "FusedGemm",
    {
      alpha: float(1),
      beta: float(1),
      transA: int(0),
      transB: int(0),
      activation: text(""),
      activation_alpha: float(),
      activation_beta: float(),
      activation_gamma: float(),
    },
    (call) => {
      const { activation, activation_alpha: alpha, activation_beta: beta } = call.attributes;
      const numbers = [alpha, beta].filter((each) => each !== undefined);
      return activations[activation]!(gemm(call), numbers);
    },
    { ...domain, refusal: activationRefusal },
  ),
  operator(
    "FusedConv",
    { ...convolutionAttributes, activation: text(""), activation_params: floats([]) },
    (call) => {
      const { activation, activation_params: numbers } = call.attributes;
      const added = call.maybe(3);
      const result = convolved(call);
      return activations[activation]!(added === null ? result : result.add(added), numbers);
    },
    {
      ...domain,
      refusal: (facts) => windowRefusal.refusal(facts) ?? activationRefusal(facts),
    },
  ),
];

const activated: readonly Operator[] = [
  operator("Gelu", {}, (call) => gelu(call.tensor(0)), domain),
  operator("BiasGelu", {}, (call) => gelu(call.tensor(0).add(call.tensor(1))), domain),
  operator(
    "FastGelu",
    {},
    (call) => {
      const bias = call.maybe(1);
      return gelu(bias === null ? call.tensor(0) : call.tensor(0).add(bias), { approximate: "tanh" });
    },
    domain,
  ),
  operator(
    "QuickGelu",
    { alpha: float(1.702) },
    (call) => call.tensor(0).mul(call.tensor(0).mul(call.attributes.alpha).sigmoid()),
    domain,
  ),
];

const normalizations: readonly Operator[] = [
  operator(
    "SkipLayerNormalization",
    { epsilon: float(1e-12) },
    (call) => {
      const sum = summed(call, 4);
      const { epsilon } = call.attributes;
      const [result] = layer(sum, call.tensor(2), call.maybe(3), { axis: -1, epsilon }, false);
      return placed(call, result!, sum);
    },
    domain,
  ),
  operator(
    "SkipSimplifiedLayerNormalization",
    { epsilon: float(1e-12) },
    (call) => {
      const sum = summed(call, 3);
      return placed(call, rootMeanSquare(sum, call.tensor(2), -1, call.attributes.epsilon)[0], sum);
    },
    domain,
  ),
];

/** ONNX Runtime has this one in ai.onnx's own domain. */
const simplified = operator(
  "SimplifiedLayerNormalization",
  { axis: int(-1), epsilon: float(1e-5), stash_type: int(1) },
  (call) => rootMeanSquare(call.tensor(0), call.tensor(1), call.attributes.axis, call.attributes.epsilon),
);

/** Operators of ONNX Runtime's own. */
export const microsoftOperators: readonly Operator[] = [
  ...fused,
  ...activated,
  ...normalizations,
  simplified,
];
