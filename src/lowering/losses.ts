// Losses in ONNX: the negative log likelihood and the margins of several labels, with their gradients. The loss of connectionist
// temporal classification goes through as many steps as the input has, each on the one before, which ONNX has no node for.

import { int64 } from "../core/dtype.ts";
import type { GraphValue } from "../onnx/graph.ts";
import { multilabelMargin, multilabelMarginGradient, nllLoss, nllLossGradient } from "../ops/losses.ts";
import { known, type LoweringRow } from "./lowering.ts";
import { asGiven, made, type Nodes } from "./nodes.ts";

/** Targets: which class each names, whether it does not count, and its weight, which then is 0. */
interface Targets {
  readonly places: GraphValue;
  readonly isIgnored: GraphValue;
  readonly weights: GraphValue;
}

function targetsOf(
  n: Nodes,
  target: GraphValue,
  weight: GraphValue | undefined,
  ignoreIndex: number,
  like: GraphValue,
): Targets {
  const labels = n.cast(target, int64);
  const isIgnored = n.equal(labels, ignoreIndex);
  // From behind is no class either: a number beyond all classes is refused.
  const checked = n.where(n.less(labels, 0), 2 ** 40, labels);
  const places = n.where(isIgnored, 0, checked);
  const one = n.number(1, like.dtype);
  return { places, isIgnored, weights: n.where(isIgnored, 0, weight ? n.take(weight, 0, places) : one) };
}

/** The sum of all elements, as a value without axes. */
function total(n: Nodes, x: GraphValue): GraphValue {
  return n.sum(x, [...x.shape.keys()], false);
}

/** Which class is a label, which labels of a row hold, and by how much each class lacks under each label. */
function marginsOf(n: Nodes, x: GraphValue, target: GraphValue) {
  const labels = n.cast(target, int64);
  const classes = known(x.shape[1]);
  const isOver = n.cast(n.less(labels, 0), x.dtype);
  const before = n.graph.node("CumSum", [isOver, n.number(1, int64)], isOver);
  const holds = n.unsqueeze(n.equal(before, 0), [2]);
  const numbers = n.numbers(
    Array.from({ length: classes }, (_, i) => i),
    int64,
    [1, 1, classes],
  );
  const isNamed = n.cast(n.and(n.equal(n.unsqueeze(labels, [2]), numbers), holds), x.dtype);
  const isLabel = n.reduce("ReduceMax", isNamed, [1], true);
  const type = { dtype: x.dtype, shape: labels.shape };
  const wanted = n.graph.node("GatherElements", [x, n.larger(labels, 0)], type, { axis: 1 });
  const lacking = n.add(n.subtract(1, n.unsqueeze(wanted, [2])), n.unsqueeze(x, [1]));
  const counts = n.and(n.and(holds, n.equal(isLabel, 0)), n.greater(lacking, 0));
  return { classes, isNamed, lacking, counts };
}

/** Rows of losses. */
export const lossLowerings: readonly LoweringRow[] = [
  made(nllLoss, asGiven, (n, [x, target, weight], { reduction, ignoreIndex }) => {
    const { places, isIgnored, weights } = targetsOf(n, target!, weight, ignoreIndex, x!);
    const axis = x!.shape.length === 1 ? 0 : 1;
    const index = n.unsqueeze(places, [axis]);
    const type = { dtype: x!.dtype, shape: index.shape };
    const taken = n.squeeze(n.graph.node("GatherElements", [x, index], type, { axis }), [axis]);
    const losses = n.where(isIgnored, 0, n.negate(n.multiply(taken, weights)));
    if (reduction === "none") return losses;
    return reduction === "sum" ? total(n, losses) : n.divide(total(n, losses), total(n, weights));
  }),
  made(nllLossGradient, asGiven, (n, [g, target, weight], { reduction, ignoreIndex, shape }) => {
    const { places, isIgnored, weights } = targetsOf(n, target!, weight, ignoreIndex, g!);
    const axis = shape.length === 1 ? 0 : 1;
    const flow = n.negate(
      n.multiply(weights, g!.shape.length === places.shape.length ? g! : n.reshape(g!, [])),
    );
    const each = n.where(isIgnored, 0, reduction === "mean" ? n.divide(flow, total(n, weights)) : flow);
    const zeros = n.expand(n.number(0, g!.dtype), shape);
    const parts = [zeros, n.unsqueeze(places, [axis]), n.unsqueeze(each, [axis])];
    return n.graph.node("ScatterElements", parts, zeros, { axis });
  }),
  made(multilabelMargin, asGiven, (n, [x, target]) => {
    const { classes, lacking, counts } = marginsOf(n, x!, target!);
    return n.divide(n.sum(n.where(counts, lacking, 0), [1, 2], false), classes);
  }),
  made(multilabelMarginGradient, asGiven, (n, [g, x, target]) => {
    const { classes, isNamed, counts } = marginsOf(n, x!, target!);
    const pairs = n.cast(counts, x!.dtype);
    const taken = n.sum(n.multiply(isNamed, n.sum(pairs, [2])), [1], false);
    const slopes = n.subtract(n.sum(pairs, [1], false), taken);
    return n.multiply(slopes, n.divide(n.reshape(g!, [-1, 1], [x!.shape[0]!, 1]), classes));
  }),
];
