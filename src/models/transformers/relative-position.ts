// Distances between tokens in buckets, as T5 learns a bias for each: near ones exactly, far ones by the logarithm
// (transformers' T5Attention).

import { arange, type Tensor } from "../../torch/index.ts";

/** How distances are put in buckets. */
export interface Buckets {
  readonly count: number;
  /** From here on all are in the last one. */
  readonly maxDistance: number;
  /** Keys are never after the query; otherwise half of the buckets are for those that are. */
  readonly isOneSided: boolean;
}

/**
 * The bucket of each query and key, shape [queries, keys].
 * @param keys how many keys there are; the queries are the last positions
 */
export function distanceBuckets(queries: number, keys: number, buckets: Buckets): Tensor {
  const { count, maxDistance, isOneSided } = buckets;
  const from = isOneSided ? keys - queries : 0;
  const ahead = arange(keys)
    .unsqueeze(0)
    .sub(arange(from, from + queries).unsqueeze(1));
  if (isOneSided) return oneSide(ahead.neg().clamp(0), count, maxDistance);
  const half = Math.floor(count / 2);
  return oneSide(ahead.abs(), half, maxDistance).add(ahead.gt(0).long().mul(half));
}

/** The bucket of distances from 0 on: the first half of them exactly, then by the logarithm. */
function oneSide(distance: Tensor, count: number, maxDistance: number): Tensor {
  const exact = Math.floor(count / 2);
  const growth = distance
    .clamp(1)
    .float()
    .div(exact)
    .log()
    .div(Math.log(maxDistance / exact));
  // Toward zero, as PyTorch's conversion to integers goes.
  const far = growth
    .mul(count - exact)
    .trunc()
    .long()
    .add(exact)
    .clamp(0, count - 1);
  return distance.where(distance.lt(exact), far);
}
