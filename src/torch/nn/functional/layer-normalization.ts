// torch.nn.functional: layer_norm, group_norm, rms_norm, local_response_norm and normalize, which need no statistics of
// the batch.

import { bind, type Signature } from "../../../core/arguments.ts";
import { float64 } from "../../../core/dtype.ts";
import { RuntimeError, ValueError, ZeroDivisionError } from "../../../core/errors.ts";
import { product, type Shape } from "../../../core/layout.ts";
import { shapeText } from "../../errors.ts";
import { functionMode } from "../../function-mode.ts";
import { inFloat32, widened } from "../../half.ts";
import { storeOut } from "../../in-place.ts";
import { named } from "../../node.ts";
import type { Dims } from "../../reduction-arguments.ts";
import { notImplemented } from "../../refusals.ts";
import type { Tensor } from "../../tensor.ts";
import { affine, normalizedGroups, statisticsType } from "./normalization.ts";
import { checkNormTypes, leadingAxes } from "./normalization-checks.ts";
import { pad } from "./padding.ts";
import { avgPool } from "./pooling.ts";

/** What `layerNorm` takes by name. */
export interface LayerNormSettings {
  readonly weight?: Tensor | null;
  readonly bias?: Tensor | null;
  readonly eps?: number;
}

/**
 * Normalisation over the last axes (torch.nn.functional.layer_norm).
 * @param input shape [..., ...normalizedShape]
 * @throws RuntimeError, NotImplementedError in PyTorch's words
 */
export function layerNorm(
  input: Tensor,
  normalizedShape: Shape,
  ...args: Signature<[weight: Tensor | null, bias: Tensor | null, eps: number], LayerNormSettings>
): Tensor {
  if (functionMode.now !== null)
    return functionMode.now.call("F.layerNorm", layerNorm, [input, normalizedShape, ...args]);
  const bound = bind<Required<LayerNormSettings>>("layer_norm", ["weight", "bias", "eps"], args, {
    weight: null,
    bias: null,
    eps: 1e-5,
  });
  const { weight, bias } = bound;
  const eps = Number(bound.eps);
  leadingAxes(input, normalizedShape, { weight, bias }, "*, ");
  checkNormTypes("LayerNormKernelImpl", input, [weight, bias]);
  const { shape, size } = input.layout;
  if (size === 0) return affine(input.clone(), weight, bias);
  const count = product(normalizedShape);
  const { result } = normalizedGroups(
    input.reshape([size / count, 1, count, 1]),
    weight?.reshape([count]) ?? null,
    bias?.reshape([count]) ?? null,
    { eps, acrossBatch: false, statistics: statisticsType(input, [weight, bias]) },
  );
  return named(result.view(shape), "NativeLayerNormBackward0");
}

/** What `groupNorm` takes by name. */
export interface GroupNormSettings {
  readonly weight?: Tensor | null;
  readonly bias?: Tensor | null;
  readonly eps?: number;
}

/** @throws RuntimeError, ValueError in PyTorch's words for channels that do not form such groups */
function checkGroups(
  input: Tensor,
  groups: number,
  parameters: Readonly<Record<string, Tensor | null>>,
): void {
  const { shape, rank } = input.layout;
  if (rank < 2)
    throw new RuntimeError(`Expected at least 2 dimensions for input tensor but received ${rank}`);
  const [batch, channels, ...rest] = shape;
  if (groups === 0) throw new ZeroDivisionError("integer division or modulo by zero");
  const rows = Math.floor((batch! * channels!) / groups);
  if (rows * product(rest) === 1) {
    throw new ValueError(
      `Expected more than 1 value per channel when training, got input size ${shapeText([rows, groups, ...rest])}`,
    );
  }
  if (groups < 0) throw new RuntimeError(`Expected num groups to be greater than 0, got ${groups}`);
  if (channels! % groups !== 0) {
    throw new RuntimeError(
      `Expected number of channels in input to be divisible by num_groups, but got input of shape ${shapeText(shape)} and num_groups=${groups}`,
    );
  }
  for (const [name, parameter] of Object.entries(parameters)) {
    if (parameter === null || (parameter.layout.rank === 1 && parameter.layout.size === channels)) continue;
    const got = name === "weight" ? parameter.layout.shape : (parameters.weight?.layout.shape ?? []);
    throw new RuntimeError(
      `Expected ${name} to be a vector of size equal to the number of channels in input, but got ${name} of shape ${shapeText(got)} and input of shape ${shapeText(shape)}`,
    );
  }
}

/**
 * Normalisation of groups of channels (torch.nn.functional.group_norm).
 * @param input shape [N, C, ...]
 * @throws RuntimeError, ValueError, NotImplementedError in PyTorch's words
 */
export function groupNorm(
  input: Tensor,
  numGroups: number,
  ...args: Signature<[weight: Tensor | null, bias: Tensor | null, eps: number], GroupNormSettings>
): Tensor {
  if (functionMode.now !== null)
    return functionMode.now.call("F.groupNorm", groupNorm, [input, numGroups, ...args]);
  const bound = bind<Required<GroupNormSettings>>("group_norm", ["weight", "bias", "eps"], args, {
    weight: null,
    bias: null,
    eps: 1e-5,
  });
  const { weight, bias } = bound;
  checkGroups(input, numGroups, { weight, bias });
  checkNormTypes("GroupNormKernelImpl", input, [weight, bias]);
  const { shape, size } = input.layout;
  const [batch, channels] = [shape[0]!, shape[1]!];
  const perChannel = shape.slice(1).map((_, axis) => (axis === 0 ? channels : 1));
  if (size === 0)
    return affine(input.clone(), weight?.view(perChannel) ?? null, bias?.view(perChannel) ?? null);
  const { result } = normalizedGroups(
    input.reshape([batch, numGroups, channels / numGroups, -1]),
    weight,
    bias,
    {
      eps: Number(bound.eps),
      acrossBatch: false,
      statistics: statisticsType(input, [weight, bias]),
    },
  );
  return named(result.view(shape), "NativeGroupNormBackward0");
}

/** The distance from 1 to the next number: of float64, and of float32, in which halves are computed. */
const epsilons = { double: 2 ** -52, single: 2 ** -23 } as const;

/** What `rmsNorm` takes by name. */
export interface RMSNormSettings {
  readonly weight?: Tensor | null;
  /** Null: the distance from 1 to the next number of the type that is computed in. */
  readonly eps?: number | null;
}

/**
 * Division by the root of the mean square over the last axes (torch.nn.functional.rms_norm).
 * @param input shape [..., ...normalizedShape]
 * @throws RuntimeError, NotImplementedError in PyTorch's words
 */
export function rmsNorm(
  input: Tensor,
  normalizedShape: Shape,
  ...args: Signature<[weight: Tensor | null, eps: number | null], RMSNormSettings>
): Tensor {
  if (functionMode.now !== null)
    return functionMode.now.call("F.rmsNorm", rmsNorm, [input, normalizedShape, ...args]);
  const bound = bind<Required<RMSNormSettings>>("rms_norm", ["weight", "eps"], args, {
    weight: null,
    eps: null,
  });
  const { weight } = bound;
  const lead = leadingAxes(input, normalizedShape, { weight }, "*");
  const { dtype } = input.layout;
  if (!dtype.isFloatingPoint && !dtype.isComplex) throw notImplemented("rms_norm", dtype);
  const isDouble = dtype === float64 || dtype.name === "complex128";
  const eps = bound.eps === null ? epsilons[isDouble ? "double" : "single"] : Number(bound.eps);
  const axes = normalizedShape.map((_, i) => lead + i);
  const result = inFloat32([input, weight], (x, scale) => {
    const inverse = x.square().mean(axes, true).add(eps).rsqrt();
    return affine(x.mul(inverse), scale, null);
  });
  return named(result, widened(input) === input ? "MulBackward0" : "ToCopyBackward0");
}

/** What `localResponseNorm` takes by name. */
export interface LocalResponseNormSettings {
  /** How many channels count together. */
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
}

/**
 * x / (k + alpha mean of squares of neighbouring channels)^beta (torch.nn.functional.local_response_norm).
 * @param input shape [N, C, ...]
 * @throws ValueError for fewer than three axes
 */
export function localResponseNorm(
  input: Tensor,
  ...args: Signature<
    [size: number, alpha: number, beta: number, k: number],
    Partial<LocalResponseNormSettings>
  >
): Tensor {
  const { size, alpha, beta, k } = bind<LocalResponseNormSettings>(
    "local_response_norm",
    ["size", "alpha", "beta", "k"],
    args,
    { alpha: 1e-4, beta: 0.75, k: 1 },
  );
  const { shape, rank } = input.layout;
  if (rank < 3) {
    // The spaces are PyTorch's.
    const gap = " ".repeat(26);
    throw new ValueError(`Expected 3D or higher dimensionality${gap}input (got ${rank} dimensions)`);
  }
  if (input.layout.size === 0) return input;
  const [before, after] = [Math.floor(size / 2), Math.floor((size - 1) / 2)];
  const means = { stride: 1, padding: 0, ceilMode: false, countIncludePad: true, divisorOverride: null };
  const squares = input.mul(input).reshape([shape[0]!, 1, shape[1]!, -1]);
  const padded = pad(squares, [0, 0, before, after]);
  const mean = avgPool(padded, 2, { ...means, kernelSize: [size, 1] }).view(shape);
  return input.div(mean.mul(Number(alpha)).add(Number(k)).pow(Number(beta)));
}

/** What `normalize` takes by name. */
export interface NormalizeSettings {
  readonly p: number;
  readonly dim: Dims;
  /** The least that is divided by. */
  readonly eps: number;
  readonly out: Tensor | null;
}

/**
 * Division by the p-norm along an axis (torch.nn.functional.normalize).
 * @throws RuntimeError for an integer tensor
 */
export function normalize(
  input: Tensor,
  ...args: Signature<[p: number, dim: Dims, eps: number], Partial<NormalizeSettings>>
): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.normalize", normalize, [input, ...args]);
  const { p, dim, eps, out } = bind<NormalizeSettings>("normalize", ["p", "dim", "eps"], args, {
    p: 2,
    dim: 1,
    eps: 1e-12,
    out: null,
  });
  const result = input.div(input.norm(Number(p), dim, true).clamp(Number(eps)).expandAs(input));
  return out === null ? result : storeOut(out, result, "div", [input]);
}
