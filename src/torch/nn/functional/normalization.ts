// torch.nn.functional: batch_norm, layer_norm.

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError, ValueError } from "../../../core/errors.ts";
import { product, type Shape } from "../../../core/layout.ts";
import { shapeText, sizeText } from "../../errors.ts";
import { named } from "../../node.ts";
import { noGrad } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";

/** What `batchNorm` takes by name. */
export interface BatchNormSettings {
  /** Statistics of the batch (and running ones updated), or the running ones. */
  readonly training: boolean;
  /** Weight of the batch's statistics in the running ones. */
  readonly momentum: number;
  readonly eps: number;
}

/**
 * Batch normalisation over all axes but the second (torch.nn.functional.batch_norm).
 * @param input shape [N, C, ...]
 */
export function batchNorm(
  input: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  settings: Partial<BatchNormSettings> = {},
): Tensor {
  const { training = false, momentum = 0.1, eps = 1e-5 } = settings;
  const { shape } = input.layout;
  const channels = shape[shape.length > 1 ? 1 : 0]!;
  checkChannels(channels, { running_mean: runningMean, running_var: runningVar, weight, bias });
  const perChannel = shape.map((_, axis) => (axis === 1 ? channels : 1));
  const axes = shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  let mean = runningMean;
  let variance = runningVar;
  if (training) {
    const count = channels === 0 ? 0 : input.layout.size / channels;
    if (count === 1) {
      throw new ValueError(
        `Expected more than 1 value per channel when training, got input size ${sizeText(shape)}`,
      );
    }
    mean = input.mean(axes);
    variance = input.sub(mean.view(perChannel)).square().mean(axes);
    updateRunning(runningMean, mean, momentum, 1);
    updateRunning(runningVar, variance, momentum, count / (count - 1));
  }
  if (mean === null || variance === null) {
    throw new RuntimeError("Expected running_mean and running_var to be defined when training=False");
  }
  const scaled = input.sub(mean.view(perChannel)).mul(variance.add(eps).rsqrt().view(perChannel));
  const result = affine(scaled, weight?.view(perChannel) ?? null, bias?.view(perChannel) ?? null);
  return named(result, "NativeBatchNormBackward0");
}

function checkChannels(channels: number, tensors: Readonly<Record<string, Tensor | null>>): void {
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor !== null && tensor.layout.size !== channels) {
      throw new RuntimeError(`${name} should contain ${channels} elements not ${tensor.layout.size}`);
    }
  }
}

/** running = (1 - momentum) running + momentum * value * correction, in place. */
function updateRunning(running: Tensor | null, value: Tensor, momentum: number, correction: number): void {
  if (running === null) return;
  noGrad(() => {
    running.mul_(1 - momentum).add_(
      value
        .detach()
        .mul(momentum * correction)
        .to(running.dtype),
    );
  });
}

function affine(value: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor {
  const scaled = weight === null ? value : value.mul(weight);
  return bias === null ? scaled : scaled.add(bias);
}

/** What layer normalisation takes by name. */
export interface LayerNormSettings {
  readonly weight?: Tensor | null;
  readonly bias?: Tensor | null;
  readonly eps?: number;
}

/**
 * Normalisation over the last axes (torch.nn.functional.layer_norm).
 * @param input shape [..., ...normalizedShape]
 */
export function layerNorm(
  input: Tensor,
  normalizedShape: Shape,
  ...args: Signature<[weight: Tensor | null, bias: Tensor | null, eps: number], LayerNormSettings>
): Tensor {
  const bound = bind<Required<LayerNormSettings>>("layer_norm", ["weight", "bias", "eps"], args, {
    weight: null,
    bias: null,
    eps: 1e-5,
  });
  const { weight, bias } = bound;
  const eps = Number(bound.eps);
  const { shape, rank } = input.layout;
  const lead = rank - normalizedShape.length;
  if (lead < 0 || normalizedShape.some((length, i) => length !== shape[lead + i])) {
    const expected = ["*", ...normalizedShape].join(", ");
    throw new RuntimeError(
      `Given normalized_shape=${shapeText(normalizedShape)}, expected input with shape [${expected}], but got input of size${shapeText(shape)}`,
    );
  }
  if (product(normalizedShape) === 0) return affine(input.clone(), weight, bias);
  const axes = normalizedShape.map((_, i) => lead + i);
  const centered = input.sub(input.mean(axes, true));
  const scale = centered.square().mean(axes, true).add(eps).rsqrt();
  return named(affine(centered.mul(scale), weight, bias), "NativeLayerNormBackward0");
}
