// How values that are scattered to one place are joined: sums, products, means and extremes
// (ATen/native/cpu/ScatterGatherKernel.cpp).

import * as ops from "../ops/indexing.ts";
import { onesLike, zerosLike } from "./creation.ts";
import { notImplemented } from "./refusals.ts";
import { run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** A scatter's operands, checked: the axis, the index as int64, and the source, which is a scalar or has the index's shape. */
export interface Scatter {
  readonly axis: number;
  readonly index: Tensor;
  readonly source: Tensor;
  /** True iff the index names nothing. */
  readonly isEmpty: boolean;
}

/** The part of a source that an index of as many axes reaches. */
function withinIndex(source: Tensor, index: Tensor): Tensor {
  return index.shape.reduce(
    (part, length, axis) => (part.shape[axis] === length ? part : part.narrow(axis, 0, length)),
    source.ndim === 0 && index.ndim === 1 ? source.reshape([1]) : source,
  );
}

/** How values that meet at one place are joined. */
export type Reduction = "sum" | "prod" | "mean" | "amax" | "amin";

/** Sums; where the place itself does not count, it begins at 0. */
function summed(input: Tensor, { axis, index, source }: Scatter, includeSelf: boolean): Tensor {
  const base = includeSelf ? input : run(ops.scatter, [input, index, 0], { axis });
  return run(ops.scatterAdd, [base, index, source], { axis });
}

function averaged(input: Tensor, scatter: Scatter, includeSelf: boolean): Tensor {
  const { axis, index, source } = scatter;
  if (input.dtype.kind === "bool") throw notImplemented("scatter_gather_tensor_cpu_reduce_mean", input.dtype);
  const zeros = zerosLike(input.detach());
  const ones = onesLike(source.detach());
  const begun = includeSelf ? zeros.add(1) : zeros;
  const count = run(ops.scatterAdd, [begun, index, ones], { axis });
  const sum = summed(input, scatter, includeSelf);
  const divisor = count.clamp({ min: 1 });
  return input.dtype.isInteger ? sum.div(divisor, { roundingMode: "floor" }) : sum.div(divisor);
}

/** What is scattered, joined in one of the five ways. */
export function joined(
  input: Tensor,
  { axis, index, source, isEmpty }: Scatter,
  reduce: Reduction,
  includeSelf: boolean,
): Tensor {
  if (isEmpty) return input.clone();
  const scatter = { axis, index, source: withinIndex(source, index), isEmpty };
  if (reduce === "sum") return summed(input, scatter, includeSelf);
  if (reduce === "mean") return averaged(input, scatter, includeSelf);
  if (input.dtype.isComplex && reduce !== "prod") {
    throw notImplemented(`scatter_gather_tensor_cpu_reduce_${reduce}`, input.dtype);
  }
  return run(ops.scatterReduce, [input, index, scatter.source], { axis, reduce, includeSelf });
}
