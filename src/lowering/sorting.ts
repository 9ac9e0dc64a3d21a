// Sorting and joining in ONNX. The library's TopK leaves equal elements in their order; what is not a number has no place in
// it, and is given one.

import { type DType, float64, int8, int16, int32, int64, uint8 } from "../core/dtype.ts";
import type { GraphValue } from "../onnx/graph.ts";
import { concatenate } from "../ops/join.ts";
import { type SortAttributes, sort } from "../ops/sort.ts";
import { floats, isReal } from "./carried.ts";
import { zerosIn } from "./copying.ts";
import { extentOf, gathered, vectorOf } from "./lengths.ts";
import { type LoweringRow, row } from "./lowering.ts";
import { Nodes } from "./nodes.ts";
import { orderedAs, ranked } from "./reductions.ts";

/** The types that the library sorts. */
const sortable: readonly DType[] = [uint8, int8, int16, int32, int64, ...floats];

/** Where the elements come from along an axis that is sorted. */
function order(nodes: Nodes, x: GraphValue, { axis, descending }: SortAttributes): GraphValue {
  const count = vectorOf(nodes, [extentOf(nodes, x, axis)]);
  const options = { axis, largest: Number(descending), sorted: 1 };
  return nodes.graph.several("TopK", [x, count], [x, { dtype: int64, shape: x.shape }], options)[1]!;
}

/** Double precision: sorted with infinities for what is not a number, and that moved behind them. */
function orderOfDoubles(nodes: Nodes, x: GraphValue, attributes: SortAttributes): GraphValue {
  const isNone = nodes.isNaN(x);
  const first = order(nodes, nodes.where(isNone, Number.POSITIVE_INFINITY, x), attributes);
  const flags = gathered(nodes, nodes.cast(isNone, int32), first, attributes.axis);
  return gathered(nodes, first, order(nodes, flags, attributes), attributes.axis);
}

/** Rows of what sorts and joins. */
export const sortingLowerings: readonly LoweringRow[] = [
  row(sort, ({ graph, inputs: [x], attributes, results }) => {
    const nodes = new Nodes(graph);
    if (!isReal(x!.dtype)) return undefined;
    if (x!.shape.length === 0) return [nodes.one("Identity", x!), zerosIn(nodes, x!, int64)];
    let places: GraphValue;
    if (x!.dtype === float64) places = orderOfDoubles(nodes, x!, attributes);
    else if (x!.dtype.kind === "float") places = order(nodes, ranked(nodes, x!, 1), attributes);
    else places = order(nodes, orderedAs(nodes, x!, sortable)!, attributes);
    const values = gathered(nodes, x!, places, attributes.axis);
    return [
      { ...values, shape: results[0]!.shape },
      { ...places, shape: results[1]!.shape },
    ];
  }),
  row(concatenate, ({ graph, inputs, attributes: { axis }, results: [result] }) =>
    isReal(result!.dtype) && inputs.every(({ dtype }) => dtype === result!.dtype)
      ? [graph.node("Concat", inputs, result!, { axis })]
      : undefined,
  ),
];
