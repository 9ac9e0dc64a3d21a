// Distances between vectors: cosine_similarity, pairwise_distance (torch.nn.functional; ATen/native/Distance.cpp).

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { float } from "../../../core/python.ts";
import { scalarTypeName } from "../../errors.ts";
import { broadcastTensors } from "../../grids.ts";
import { inFloat32 } from "../../half.ts";
import { resultType } from "../../promotion.ts";
import { noGrad } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import type { Numeric } from "../text.ts";

/** What `cosineSimilarity` takes by name. */
export interface CosineOptions {
  /** The axis along which the vectors lie. Default 1. */
  readonly dim?: number;
  /** Norms are not below it. Default 1e-8. */
  readonly eps?: Numeric;
}

/** A norm that is at least `eps`; the gradient is as if it were not bounded. */
function boundedNorm(input: Tensor, dim: number, eps: number): Tensor {
  const norm = input.norm(2, dim, true).clone();
  noGrad(() => norm.clamp_({ min: eps }));
  return norm;
}

/**
 * The cosine of the angle between vectors (torch.nn.functional.cosine_similarity).
 * @returns the stretched shape of the two without the axis
 */
export function cosineSimilarity(
  x1: Tensor,
  x2: Tensor,
  ...args: Signature<[dim?: number, eps?: Numeric], CosineOptions>
): Tensor {
  const { dim, eps } = bind<Required<CosineOptions>>("cosine_similarity", ["dim", "eps"], args, {
    dim: 1,
    eps: 1e-8,
  });
  const dtype = resultType([x1, x2]);
  if (!dtype.isFloatingPoint) {
    throw new RuntimeError(
      `expected common dtype to be floating point, yet common dtype is ${scalarTypeName(dtype)}`,
    );
  }
  const floating = (x: Tensor): Tensor => (x.dtype.isFloatingPoint ? x : x.to(dtype));
  const [first, second] = broadcastTensors(floating(x1), floating(x2)) as [Tensor, Tensor];
  return inFloat32([first, second], (a, b) => {
    const least = Number(eps);
    const unit = (x: Tensor): Tensor => x.div(boundedNorm(x, dim, least));
    return unit(a).mul(unit(b)).sum(dim);
  });
}

/** What `pairwiseDistance` takes by name. */
export interface PairwiseOptions {
  /** Which norm of the difference. Default 2. */
  readonly p?: Numeric;
  /** Is added to each difference. Default 1e-6. */
  readonly eps?: Numeric;
  readonly keepdim?: boolean;
}

/** The p-norm of the difference along the last axis (torch.nn.functional.pairwise_distance). */
export function pairwiseDistance(
  x1: Tensor,
  x2: Tensor,
  ...args: Signature<[p?: Numeric, eps?: Numeric, keepdim?: boolean], PairwiseOptions>
): Tensor {
  const bound = bind<Required<PairwiseOptions>>("pairwise_distance", ["p", "eps", "keepdim"], args, {
    p: 2,
    eps: 1e-6,
    keepdim: false,
  });
  return distance(x1, x2, Number(bound.p), Number(bound.eps), bound.keepdim);
}

/** `pairwiseDistance` of settings that are numbers. */
export function distance(x1: Tensor, x2: Tensor, p: number, eps: number, keepdim = false): Tensor {
  return inFloat32([x1, x2], (a, b) => a.sub(b).add(float(eps)).norm(p, -1, keepdim));
}
