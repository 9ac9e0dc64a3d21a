// Reductions, positions of extremes, sorting and running sums. The axes are an attribute in older opsets and an input in newer.

import { cat } from "../../../torch/stacking.ts";
import type { Tensor } from "../../../torch/tensor.ts";
import { type Call, int, ints, type Operator, operator } from "../operator.ts";
import { axisOf } from "./helpers.ts";

type Reduce = (x: Tensor, axes: number[], keepdim: boolean) => Tensor;

const attributes = { axes: ints(), keepdims: int(1), noop_with_empty_axes: int(0) };

const reduction = (name: string, reduce: Reduce, each?: (x: Tensor) => Tensor): Operator =>
  operator(name, attributes, (call) => {
    const x = call.tensor(0);
    const given = call.attributes.axes ?? call.maybeNumbers(1) ?? [];
    // Without axes, what is done to each element is done, and nothing is reduced.
    if (given.length === 0 && call.attributes.noop_with_empty_axes === 1)
      return each === undefined ? x : each(x);
    const axes = given.length === 0 ? [...x.shape.keys()] : given.map((axis) => axisOf(axis, x.ndim));
    return x.ndim === 0 ? reduce(x.reshape(1), [0], false) : reduce(x, axes, call.attributes.keepdims === 1);
  });

function product(x: Tensor, axes: readonly number[], keepdim: boolean): Tensor {
  const kept = axes.reduce((result, axis) => result.prod(axis, true), x);
  return (keepdim ? kept : dropped(kept, axes)).to(x.dtype);
}

/** Without axes of length 1. */
function dropped(x: Tensor, axes: readonly number[]): Tensor {
  return x.reshape(...x.shape.filter((_, axis) => !axes.includes(axis)));
}

const total: Reduce = (x, axes, keepdim) => x.sum(axes, keepdim).to(x.dtype);

const reductions: readonly Operator[] = [
  reduction("ReduceSum", total),
  reduction("ReduceMean", (x, axes, keepdim) => x.mean(axes, keepdim)),
  reduction("ReduceMax", (x, axes, keepdim) => x.amax(axes, keepdim)),
  reduction("ReduceMin", (x, axes, keepdim) => x.amin(axes, keepdim)),
  reduction("ReduceProd", product),
  reduction(
    "ReduceL1",
    (x, axes, keepdim) => total(x.abs(), axes, keepdim),
    (x) => x.abs(),
  ),
  reduction(
    "ReduceL2",
    (x, axes, keepdim) => total(x.square(), axes, keepdim).sqrt().to(x.dtype),
    (x) => x.square().sqrt(),
  ),
  reduction(
    "ReduceSumSquare",
    (x, axes, keepdim) => total(x.square(), axes, keepdim),
    (x) => x.square(),
  ),
  reduction(
    "ReduceLogSum",
    (x, axes, keepdim) => total(x, axes, keepdim).log(),
    (x) => x.log(),
  ),
  reduction("ReduceLogSumExp", (x, axes, keepdim) => x.logsumexp(axes, keepdim)),
];

interface PositionAttributes {
  readonly axis: number;
  readonly keepdims: number;
  readonly select_last_index: number;
}

function position(
  call: Call<PositionAttributes>,
  find: (x: Tensor, axis: number, keepdim: boolean) => Tensor,
): Tensor {
  const x = call.tensor(0);
  const { keepdims, select_last_index: isLast } = call.attributes;
  const axis = axisOf(call.attributes.axis, x.ndim);
  if (isLast === 0) return find(x, axis, keepdims === 1);
  return find(x.flip(axis), axis, keepdims === 1)
    .neg()
    .add(x.shape[axis]! - 1);
}

const positionAttributes = { axis: int(0), keepdims: int(1), select_last_index: int(0) };

const orders: readonly Operator[] = [
  operator("ArgMax", positionAttributes, (call) =>
    position(call, (x, axis, keepdim) => x.argmax(axis, keepdim)),
  ),
  operator("ArgMin", positionAttributes, (call) =>
    position(call, (x, axis, keepdim) => x.argmin(axis, keepdim)),
  ),
  operator("TopK", { k: int(), axis: int(-1), largest: int(1), sorted: int(1) }, (call) => {
    const x = call.tensor(0);
    const k = call.attributes.k ?? call.number(1) ?? 0;
    const axis = axisOf(call.attributes.axis, x.ndim);
    // Equal elements come in their order, which a stable sort keeps and torch.topk does not promise.
    const [values, indices] = x.sort(axis, call.attributes.largest === 1, { stable: true });
    return [values.narrow(axis, 0, k), indices.narrow(axis, 0, k)];
  }),
  operator("CumSum", { exclusive: int(0), reverse: int(0) }, (call) =>
    running(call, (x, axis) => x.cumsum(axis).to(x.dtype), 0),
  ),
  operator("CumProd", { exclusive: int(0), reverse: int(0) }, (call) =>
    running(call, (x, axis) => x.cumprod(axis).to(x.dtype), 1),
  ),
];

/** A scan along an axis. @param start what stands in front of it where each element itself is left out */
function running(
  call: Call<{ readonly exclusive: number; readonly reverse: number }>,
  scan: (x: Tensor, axis: number) => Tensor,
  start: number,
): Tensor {
  const { exclusive, reverse } = call.attributes;
  const given = call.tensor(0);
  const axis = axisOf(call.number(1) ?? 0, given.ndim);
  const x = reverse === 1 ? given.flip(axis) : given;
  let result = scan(x, axis);
  if (exclusive === 1) {
    const before = [...x.shape];
    before[axis] = 1;
    const rest = result.narrow(axis, 0, x.shape[axis]! - 1);
    result = cat([x.newFull(before, start), rest], axis);
  }
  return reverse === 1 ? result.flip(axis) : result;
}

/** Reductions and what goes along an axis. */
export const reductionOperators: readonly Operator[] = [...reductions, ...orders];
