// torch.nn.functional: batch_norm and instance_norm.

import { bind, type Signature } from "../../../core/arguments.ts";
import type { DType } from "../../../core/dtype.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { type NormalizeAttributes, normalize } from "../../../ops/normalization.ts";
import { functionMode } from "../../function-mode.ts";
import { inFloat32 } from "../../half.ts";
import { named } from "../../node.ts";
import { noGrad, runAll } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkBatch, checkChannels, checkNormTypes, checkSpatial } from "./normalization-checks.ts";

/** What `batchNorm` takes by name. */
export interface BatchNormSettings {
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  /** Statistics of the batch (and running ones updated), or the running ones. */
  readonly training: boolean;
  /** Weight of the batch's statistics in the running ones. */
  readonly momentum: number;
  readonly eps: number;
}

interface BatchNormBound extends BatchNormSettings {
  readonly input: Tensor;
  readonly runningMean: Tensor | null;
  readonly runningVar: Tensor | null;
}

type BatchNormArguments = Signature<
  [
    input: Tensor,
    runningMean: Tensor | null,
    runningVar: Tensor | null,
    weight: Tensor | null,
    bias: Tensor | null,
    training: boolean,
    momentum: number,
    eps: number,
  ],
  Partial<BatchNormBound>
>;

/**
 * Batch normalisation over all axes but the second (torch.nn.functional.batch_norm).
 * @param args `input` of shape [N, C, ...], `runningMean`, `runningVar`, `weight`, `bias` of shape [C] or null,
 *   `training`, `momentum`, `eps`
 * @throws ValueError, RuntimeError, NotImplementedError in PyTorch's words
 */
export function batchNorm(...args: BatchNormArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.batchNorm", batchNorm, args);
  const bound = bind<BatchNormBound>(
    "batch_norm",
    ["input", "runningMean", "runningVar", "weight", "bias", "training", "momentum", "eps"],
    args,
    { weight: null, bias: null, training: false, momentum: 0.1, eps: 1e-5 },
  );
  if (bound.training) checkBatch(bound.input.layout.shape);
  return normalized(bound, bound.training);
}

/** Normalised by channel, with what the running statistics hold or, in training, by the batch's own. */
function normalized(bound: BatchNormBound, training: boolean): Tensor {
  const { input, runningMean, runningVar, weight, bias } = bound;
  const { shape, size } = input.layout;
  if (size === 0) return emptyNormalized(bound);
  const channels = shape.length > 1 ? shape[1]! : 0;
  for (const [name, statistic] of [
    ["running_mean", runningMean],
    ["running_var", runningVar],
  ] as const) {
    checkChannels(channels, { [name]: statistic });
    if (statistic === null && !training) throw new RuntimeError(`${name} must be defined in evaluation mode`);
  }
  checkChannels(channels, { weight, bias });
  checkNormTypes("batch_norm", input, [weight, bias, runningMean, runningVar]);
  const result = training ? byBatch(bound, channels) : byRunning(bound, channels);
  return named(result, "NativeBatchNormBackward0");
}

/** Normalised by the batch's own statistics, which go into the running ones. */
function byBatch(bound: BatchNormBound, channels: number): Tensor {
  const { input, runningMean, runningVar, weight, bias, momentum, eps } = bound;
  const { shape, size } = input.layout;
  const given = input.reshape([shape[0]!, channels, 1, -1]);
  const { result, mean, variance } = normalizedGroups(given, weight, bias, {
    eps,
    acrossBatch: true,
    statistics: statisticsType(input, [weight, bias, runningMean, runningVar]),
  });
  const count = size / channels;
  updateRunning(runningMean, mean.view(channels), momentum, 1);
  updateRunning(runningVar, variance.view(channels), momentum, count / (count - 1));
  return result.view(shape);
}

/**
 * Normalised by the running statistics: a factor and a summand for each channel, as PyTorch has it, so that the elements are gone
 * through once.
 */
function byRunning(bound: BatchNormBound, channels: number): Tensor {
  const { input, runningMean, runningVar, weight, bias, eps } = bound;
  const perChannel = input.layout.shape.map((_, axis) => (axis === 1 ? channels : 1));
  return inFloat32([input, runningMean!, runningVar!, weight, bias], (x, mean, variance, scale, shift) => {
    const inverse = variance.add(eps).rsqrt();
    const factor = scale === null ? inverse : inverse.mul(scale);
    const taken = mean.mul(factor);
    const summand = shift === null ? taken.neg() : shift.sub(taken);
    return x.mul(factor.view(perChannel)).add(summand.view(perChannel));
  });
}

/** The type in which statistics are kept: that of the parameters, else the input's. */
export function statisticsType(input: Tensor, parameters: readonly (Tensor | null)[]): DType {
  return (parameters.find((parameter) => parameter !== null) ?? input).layout.dtype;
}

/**
 * Groups of x[N, G, K, L] normalised, with a weight and a bias for each channel, of which both may be absent.
 * @returns the result, and the groups' means and variances
 */
export function normalizedGroups(
  x: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  attributes: NormalizeAttributes,
): { result: Tensor; mean: Tensor; variance: Tensor } {
  const parameters = weight === null ? [] : bias === null ? [weight] : [weight, bias];
  const [result, mean, , variance] = runAll(normalize, [x, ...parameters], attributes);
  if (weight !== null || bias === null) return { result: result!, mean: mean!, variance: variance! };
  const perChannel = bias.view(1, x.shape[1]!, x.shape[2]!, 1);
  return {
    result: inFloat32([result!, perChannel], (y, shift) => y.add(shift)),
    mean: mean!,
    variance: variance!,
  };
}

/** Of nothing: a copy, which depends on the parameters as far as there are any. */
function emptyNormalized({ input, weight, bias }: BatchNormBound): Tensor {
  const first = (parameter: Tensor | null): Tensor | null =>
    parameter === null || parameter.layout.size === 0 ? null : parameter.select(0, 0);
  return affine(input.clone(), first(weight), first(bias));
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

/** value weight + bias, as far as those are there. */
export function affine(value: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor {
  const scaled = weight === null ? value : value.mul(weight);
  return bias === null ? scaled : scaled.add(bias);
}

interface InstanceNormBound extends Omit<BatchNormBound, "training"> {
  readonly useInputStats: boolean;
}

type InstanceNormArguments = Signature<
  [
    input: Tensor,
    runningMean: Tensor | null,
    runningVar: Tensor | null,
    weight: Tensor | null,
    bias: Tensor | null,
    useInputStats: boolean,
    momentum: number,
    eps: number,
  ],
  Partial<InstanceNormBound>
>;

/**
 * Normalisation of each channel of each instance (torch.nn.functional.instance_norm).
 * @param args `input` of shape [N, C, ...], `runningMean`, `runningVar`, `weight`, `bias` of shape [C] or null,
 *   `useInputStats` (else the running statistics are taken), `momentum`, `eps`
 * @throws ValueError, RuntimeError, NotImplementedError in PyTorch's words
 */
export function instanceNorm(...args: InstanceNormArguments): Tensor {
  const bound = bind<InstanceNormBound>(
    "instance_norm",
    ["input", "runningMean", "runningVar", "weight", "bias", "useInputStats", "momentum", "eps"],
    args,
    {
      runningMean: null,
      runningVar: null,
      weight: null,
      bias: null,
      useInputStats: true,
      momentum: 0.1,
      eps: 1e-5,
    },
  );
  const { input, runningMean, runningVar, useInputStats } = bound;
  if (useInputStats) checkSpatial(input.layout.shape);
  if (!useInputStats && (runningMean === null || runningVar === null)) {
    throw new RuntimeError(
      "Expected running_mean and running_var to be defined when use_input_stats is false",
    );
  }
  const { shape } = input.layout;
  const [batch, channels] = [shape[0]!, shape[1]!];
  // Each instance's channels are channels of one batch.
  const each = (tensor: Tensor | null): Tensor | null => (tensor === null ? null : tensor.repeat(batch));
  const [mean, variance] = noGrad(() => [each(runningMean), each(runningVar)]);
  const result = normalized(
    {
      ...bound,
      input: input.reshape([1, batch * channels, ...shape.slice(2)]),
      runningMean: mean!,
      runningVar: variance!,
      weight: each(bound.weight),
      bias: each(bound.bias),
      training: useInputStats,
    },
    useInputStats,
  );
  noGrad(() => {
    runningMean?.copy_(mean!.view(batch, channels).mean(0));
    runningVar?.copy_(variance!.view(batch, channels).mean(0));
  });
  return result.view(shape);
}
