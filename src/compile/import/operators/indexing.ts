// Operators that take or write elements at given places.

import { int64 } from "../../../core/dtype.ts";
import { zeros } from "../../../torch/creation.ts";
import { indexPut } from "../../../torch/indexing.ts";
import { stack } from "../../../torch/stacking.ts";
import type { Tensor } from "../../../torch/tensor.ts";
import { type Call, int, type Operator, operator, text } from "../operator.ts";
import { axisOf, countOf, fromFront } from "./helpers.ts";

function gather(call: Call<{ readonly axis: number }>): Tensor {
  const [x, given] = [call.tensor(0), call.tensor(1)];
  const axis = axisOf(call.attributes.axis, x.ndim);
  const indices = fromFront(given, x.shape[axis]!);
  const taken = x.indexSelect(axis, indices.reshape(-1));
  return taken.reshape(...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1));
}

/** The last axis of indices as one index tensor for each axis of `x` from `batch` on. */
function columns(x: Tensor, indices: Tensor, batch: number): Tensor[] {
  const last = indices.ndim - 1;
  return Array.from({ length: indices.shape[last]! }, (_, i) =>
    fromFront(indices.select(last, i), x.shape[batch + i]!),
  );
}

function gatherND(call: Call<{ readonly batch_dims: number }>): Tensor {
  const [x, indices] = [call.tensor(0), call.tensor(1)];
  const { batch_dims: batch } = call.attributes;
  if (batch === 0) return x.at(...columns(x, indices, 0));
  const count = countOf(x.shape.slice(0, batch));
  const rows = x.reshape(count, ...x.shape.slice(batch));
  const places = indices.reshape(count, ...indices.shape.slice(batch));
  const taken = Array.from({ length: count }, (_, i) =>
    rows.select(0, i).at(...columns(rows.select(0, i), places.select(0, i), 0)),
  );
  const result = stack(taken);
  return result.reshape(...x.shape.slice(0, batch), ...result.shape.slice(1));
}

/** torch's names of what is done where something is written twice. */
const reductions: Readonly<Record<string, "sum" | "prod" | "amin" | "amax">> = {
  add: "sum",
  mul: "prod",
  min: "amin",
  max: "amax",
};

const isReduction = {
  refusal: ({ attributes: { reduction } }: { readonly attributes: { readonly reduction: string } }) =>
    reduction === "none" || reduction in reductions ? undefined : `there is no reduction ${reduction}`,
};

function scatterElements(call: Call<{ readonly axis: number; readonly reduction: string }>): Tensor {
  const [x, given, updates] = [call.tensor(0), call.tensor(1), call.tensor(2)];
  const axis = axisOf(call.attributes.axis, x.ndim);
  const indices = fromFront(given, x.shape[axis]!);
  const reduce = reductions[call.attributes.reduction];
  if (reduce === undefined) return x.scatter(axis, indices, updates);
  if (reduce === "sum") return x.scatterAdd(axis, indices, updates);
  return x.scatterReduce(axis, indices, updates, reduce);
}

function scatterND(call: Call<{ readonly reduction: string }>): Tensor {
  const [x, indices, updates] = [call.tensor(0), call.tensor(1), call.tensor(2)];
  const reduce = reductions[call.attributes.reduction];
  const places = columns(x, indices, 0);
  if (reduce === undefined) return indexPut(x, places, updates);
  if (reduce === "sum") return indexPut(x, places, updates, true);
  // Rows by their number among all, so that torch's reduction along one axis does it.
  const depth = places.length;
  const rest = countOf(x.shape.slice(depth));
  const rows = places.reduce(
    (number, place, axis) => number.mul(x.shape[axis]!).add(place),
    zeros(1, { dtype: int64 }),
  );
  const flat = rows.reshape(-1, 1).expand(-1, rest);
  const whole = x.reshape(-1, rest).scatterReduce(0, flat, updates.reshape(-1, rest), reduce);
  return whole.reshape(...x.shape);
}

function oneHot(call: Call<{ readonly axis: number }>): Tensor {
  const [given, depth, values] = [call.tensor(0), call.number(1)!, call.tensor(2)];
  const axis = axisOf(call.attributes.axis, given.ndim + 1);
  const [off, on] = [values.select(0, 0), values.select(0, 1)];
  const whole = given.to(int64).unsqueeze(axis);
  const indices = whole.where(whole.ge(0), whole.add(depth));
  const shape = indices.shape.map((_, at) => (at === axis ? depth : 1));
  const places = zeros(depth, { dtype: int64 })
    .add(1)
    .cumsum(0)
    .sub(1)
    .reshape(...shape);
  return on.where(indices.eq(places), off);
}

/** Operators that take or write elements at given places. */
export const indexingOperators: readonly Operator[] = [
  operator("Gather", { axis: int(0) }, gather),
  operator("GatherElements", { axis: int(0) }, (call) => {
    const x = call.tensor(0);
    const axis = axisOf(call.attributes.axis, x.ndim);
    return x.gather(axis, fromFront(call.tensor(1), x.shape[axis]!));
  }),
  operator("GatherND", { batch_dims: int(0) }, gatherND),
  operator("Scatter", { axis: int(0), reduction: text("none") }, scatterElements, isReduction),
  operator("ScatterElements", { axis: int(0), reduction: text("none") }, scatterElements, isReduction),
  operator("ScatterND", { reduction: text("none") }, scatterND, isReduction),
  operator("OneHot", { axis: int(-1) }, oneHot, { settings: [1, 2] }),
  operator("NonZero", {}, (call) => call.tensor(0).nonzero().t()),
  operator("Compress", { axis: int() }, (call) => {
    const { axis } = call.attributes;
    const x = axis === undefined ? call.tensor(0).reshape(-1) : call.tensor(0);
    const chosen = call.tensor(1).nonzero().reshape(-1);
    return x.indexSelect(axis === undefined ? 0 : axisOf(axis, x.ndim), chosen);
  }),
];
