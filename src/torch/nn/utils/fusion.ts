// torch.nn.utils: batch normalisation folded into the layer in front of it (fusion).

import { AssertionError } from "../../../core/errors.ts";
import { deepcopy } from "../../copy.ts";
import { onesLike, zerosLike } from "../../creation.ts";
import type { Tensor } from "../../tensor.ts";
import type { Linear } from "../linear.ts";
import type { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";

/** What fusion reads of a batch normalisation. */
interface Normalisation extends Module {
  readonly runningMean: Tensor | null;
  readonly runningVar: Tensor | null;
  readonly eps: unknown;
  readonly numFeatures: number;
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
}

/** A layer with weight and bias. */
interface Weighted extends Module {
  weight: Parameter;
  bias: Parameter | null;
}

function statistics(layer: Module, bn: Normalisation): readonly [mean: Tensor, variance: Tensor] {
  if (layer.training || bn.training) throw new AssertionError("Fusion only for eval!");
  if (bn.runningMean === null || bn.runningVar === null)
    throw new AssertionError("bn.running_mean and bn.running_var must not be None");
  return [bn.runningMean, bn.runningVar];
}

/** A copy of a convolution that computes what it and a batch normalisation behind it compute (fuse_conv_bn_eval). */
export function fuseConvBnEval<Conv extends Weighted>(
  conv: Conv,
  bn: Normalisation,
  transpose: boolean | { readonly transpose?: boolean } = false,
): Conv {
  const [mean, variance] = statistics(conv, bn);
  const isTransposed = typeof transpose === "boolean" ? transpose : (transpose.transpose ?? false);
  const fused = deepcopy(conv);
  const { weight, bias } = fused;
  [fused.weight, fused.bias] = fuseConvBnWeights(
    weight,
    bias,
    mean,
    variance,
    Number(bn.eps),
    bn.weight,
    bn.bias,
    isTransposed,
  );
  return fused;
}

/** Weight and bias of a convolution with a batch normalisation folded in (fuse_conv_bn_weights). */
export function fuseConvBnWeights(
  weight: Tensor,
  bias: Tensor | null,
  runningMean: Tensor,
  runningVar: Tensor,
  eps: number,
  bnWeight: Tensor | null,
  bnBias: Tensor | null,
  transpose = false,
): [Parameter, Parameter] {
  const offset = bias ?? zerosLike(runningMean);
  const scale = bnWeight ?? onesLike(runningMean);
  const deviation = runningVar.add(eps).rsqrt();
  const outputs = transpose ? [1, -1] : [-1, 1];
  const shape = [...outputs, ...new Array<number>(weight.ndim - 2).fill(1)];
  const fusedWeight = weight.mul(scale.mul(deviation).reshape(shape)).to(weight.dtype);
  const shifted = offset.sub(runningMean).mul(deviation).mul(scale);
  const fusedBias = shifted.add(bnBias ?? zerosLike(runningMean)).to((bias ?? weight).dtype);
  return [
    new Parameter(fusedWeight.detach(), weight.requiresGrad),
    new Parameter(fusedBias.detach(), offset.requiresGrad),
  ];
}

/** A copy of a linear layer that computes what it and a batch normalisation behind it compute (fuse_linear_bn_eval). */
export function fuseLinearBnEval(linear: Linear, bn: Normalisation): Linear {
  const [mean, variance] = statistics(linear, bn);
  const { outFeatures } = linear;
  if (outFeatures !== bn.numFeatures && bn.numFeatures !== 1) {
    throw new AssertionError(
      "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got " +
        `linear.out_features=${outFeatures} and bn.num_features=${bn.numFeatures}`,
    );
  }
  const fused = deepcopy(linear);
  const scale = bn.weight ?? onesLike(mean);
  const shift = bn.bias ?? zerosLike(mean);
  [fused.weight, fused.bias] = fuseLinearBnWeights(
    fused.weight,
    fused.bias,
    mean,
    variance,
    Number(bn.eps),
    scale,
    shift,
  );
  return fused;
}

/** Weight and bias of a linear layer with a batch normalisation folded in (fuse_linear_bn_weights). */
export function fuseLinearBnWeights(
  weight: Tensor,
  bias: Tensor | null,
  runningMean: Tensor,
  runningVar: Tensor,
  eps: number,
  bnWeight: Tensor,
  bnBias: Tensor,
): [Parameter, Parameter] {
  const offset = bias ?? zerosLike(runningMean);
  const scale = bnWeight.mul(runningVar.add(eps).rsqrt());
  const fusedWeight = weight.mul(scale.unsqueeze(-1).to(weight.dtype));
  const fusedBias = offset
    .sub(runningMean)
    .mul(scale)
    .add(bnBias)
    .to((bias ?? weight).dtype);
  return [
    new Parameter(fusedWeight.detach(), weight.requiresGrad),
    new Parameter(fusedBias.detach(), offset.requiresGrad),
  ];
}
