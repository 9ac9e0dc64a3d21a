// Normalisation and norms in ONNX. Batch statistics are those of BatchNormalization in training, the others those of
// LayerNormalization: both take the mean off before they square.

import { type DType, float32, float64 } from "../core/dtype.ts";
import type { GraphValue, Length } from "../onnx/graph.ts";
import { type NormalizeAttributes, normalize } from "../ops/normalization.ts";
import { type NormAttributes, vectorNorm } from "../ops/norms.ts";
import { known, type Lowering, type LoweringRow, row } from "./lowering.ts";
import { asGiven, computedIn, doubles, Nodes } from "./nodes.ts";

/** A number in a shape that may be known only when the graph runs: that of some axes of a value. */
function filled(nodes: Nodes, value: number, like: GraphValue, from: number, to: number): GraphValue {
  const shape = like.shape.slice(from, to);
  const { graph } = nodes;
  const isKnown = shape.every((length): length is number => typeof length === "number");
  if (isKnown) return nodes.expand(nodes.number(value, like.dtype), shape as number[]);
  const lengths = nodes.slice(nodes.shapeOf(like), 0, from, to);
  return graph.node("Expand", [nodes.number(value, like.dtype), lengths], { dtype: like.dtype, shape });
}

/** A factor or summand of each channel under x[N, G, K, L]. */
function perChannel(nodes: Nodes, value: GraphValue, x: GraphValue): GraphValue {
  const [, groups, channels] = x.shape as readonly [Length, Length, Length, Length];
  if (groups === 1) return nodes.unsqueeze(value, [0, 1, 3]);
  if (channels === 1) return nodes.unsqueeze(value, [0, 2, 3]);
  const lengths = [groups, channels].map((length) => (typeof length === "number" ? length : -1));
  if (lengths.every((length) => length === -1)) {
    const wanted = nodes.slice(nodes.shapeOf(x), 0, 1, 3);
    const shape = [groups, channels];
    return nodes.unsqueeze(
      nodes.graph.node("Reshape", [value, wanted], { dtype: value.dtype, shape }),
      [0, 3],
    );
  }
  return nodes.unsqueeze(nodes.reshape(value, lengths, [groups, channels]), [0, 3]);
}

/** What `normalize` gives: the result, means, 1 / sqrt(variance + eps) and variances. */
type Normalized = readonly [GraphValue, GraphValue, GraphValue, GraphValue];

/** x[N, C, 1, L] by the statistics of the batch. */
function acrossBatch(
  nodes: Nodes,
  x: GraphValue,
  weight: GraphValue | undefined,
  bias: GraphValue | undefined,
  eps: number,
): Normalized {
  const channels = x.shape[1]!;
  const each = { dtype: x.dtype, shape: [channels] };
  const all = (value: number): GraphValue => filled(nodes, value, x, 1, 2);
  // With a momentum of 0 the running statistics that come out are the batch's own, whatever went in. What goes in is written
  // over: operands that are equal, of other nodes of the graph too, would be one value, and all of them change.
  const own = 2 * (nodes.graph.size + 1);
  const [y, mean, variance] = nodes.graph.several(
    "BatchNormalization",
    [x, weight ?? all(1), bias ?? all(0), all(own), all(own + 1)],
    [x, each, each],
    { training_mode: 1, momentum: { float: 0 }, epsilon: { float: eps } },
  );
  const inverse = nodes.one("Reciprocal", nodes.sqrt(nodes.add(variance!, nodes.number(eps, x.dtype))));
  const [means, inverses, variances] = [mean!, inverse, variance!].map((value) =>
    nodes.unsqueeze(value, [0, 2, 3]),
  );
  return [y!, means!, inverses!, variances!];
}

/** The same of half types, in double precision: PyTorch rounds means, distances and squares to the type of the statistics. */
const roundedBatch: Lowering<NormalizeAttributes> = ({ graph, inputs, attributes: { eps, statistics } }) => {
  const nodes = new Nodes(graph);
  const [x, weight, bias] = inputs;
  const round = (value: GraphValue, dtype: DType): GraphValue =>
    nodes.cast(nodes.cast(value, dtype), x!.dtype);
  const average = (value: GraphValue): GraphValue => nodes.reduce("ReduceMean", value, [0, 2, 3], true);
  const mean = round(average(x!), statistics);
  const distance = round(nodes.subtract(x!, mean), statistics);
  const total = round(nodes.sum(round(nodes.square(distance), statistics), [0, 2, 3]), statistics);
  const [batch, , , inner] = x!.shape;
  const variance = round(nodes.divide(total, known(batch) * known(inner)), float32);
  const root = round(nodes.sqrt(round(nodes.add(variance, Math.fround(eps)), float32)), float32);
  const inverse = round(round(nodes.one("Reciprocal", root), float32), statistics);
  let result = nodes.multiply(nodes.subtract(x!, mean), inverse);
  if (weight !== undefined) result = nodes.multiply(result, perChannel(nodes, weight, x!));
  if (bias !== undefined) result = nodes.add(result, perChannel(nodes, bias, x!));
  return [result, mean, inverse, variance];
};

/** The same in double precision, in which the library's node gives no statistics. */
const inSteps: typeof eachGroup = (nodes, x, weight, bias, eps) => {
  const mean = nodes.reduce("ReduceMean", x, [2, 3], true);
  const centred = nodes.subtract(x, mean);
  const variance = nodes.reduce("ReduceMean", nodes.square(centred), [2, 3], true);
  const inverse = nodes.one("Reciprocal", nodes.sqrt(nodes.add(variance, eps)));
  let result = nodes.multiply(centred, inverse);
  if (weight !== undefined) result = nodes.multiply(result, perChannel(nodes, weight, x));
  if (bias !== undefined) result = nodes.add(result, perChannel(nodes, bias, x));
  return [result, mean, inverse, variance];
};

/** Layer normalisation along the last axis of rows[..., K], of which x[N, 1, K, 1] was made: in the shape that they have. */
function eachRow(
  nodes: Nodes,
  x: GraphValue,
  about: {
    readonly rows: GraphValue;
    readonly channels: number;
    readonly weight: GraphValue | undefined;
    readonly bias: GraphValue | undefined;
    readonly eps: number;
  },
): Normalized {
  const { rows, channels, weight, bias, eps } = about;
  const { graph } = nodes;
  const scale = weight ?? nodes.expand(nodes.number(1, x.dtype), [channels]);
  const each = { dtype: x.dtype, shape: [...rows.shape.slice(0, -1), 1], isOptional: true };
  const [y, ...statistics] = graph.several(
    "LayerNormalization",
    [rows, scale, ...(bias === undefined ? [] : [bias])],
    [rows, each, each],
    { axis: -1, epsilon: { float: eps } },
  );
  const [mean, inverse] = statistics.map((value) =>
    graph.reshaped(value, graph.integers([-1, 1, 1, 1]), [x.shape[0]!, 1, 1, 1]),
  );
  const spread = nodes.one("Reciprocal", nodes.square(inverse!));
  const result = graph.reshaped(y!, graph.integers([-1, 1, channels, 1]), x.shape);
  return [result, mean!, inverse!, nodes.subtract(spread, eps)];
}

/** x[N, G, K, L] by the statistics of each group of each instance. */
function eachGroup(
  nodes: Nodes,
  x: GraphValue,
  weight: GraphValue | undefined,
  bias: GraphValue | undefined,
  eps: number,
): Normalized {
  const [batch, groups, channels, inner] = x.shape as readonly [Length, Length, Length, Length];
  // Where each channel is one element, as in layer normalisation, the node takes weight and bias.
  const isLayer = groups === 1 && inner === 1;
  const rows = nodes.graph.originOf(x);
  if (isLayer && typeof channels === "number" && rows?.shape.at(-1) === channels) {
    return eachRow(nodes, x, { rows, channels, weight, bias, eps });
  }
  const scale = isLayer && weight !== undefined ? nodes.unsqueeze(weight, [1]) : filled(nodes, 1, x, 2, 4);
  const shift = isLayer && bias !== undefined ? [nodes.unsqueeze(bias, [1])] : [];
  const each = { dtype: x.dtype, shape: [batch, groups, 1, 1] };
  const [y, mean, inverse] = nodes.graph.several(
    "LayerNormalization",
    [x, scale, ...shift],
    [x, { ...each, isOptional: true }, { ...each, isOptional: true }],
    { axis: 2, epsilon: { float: eps } },
  );
  let result = y!;
  if (!isLayer && weight !== undefined) result = nodes.multiply(result, perChannel(nodes, weight, x));
  if (!isLayer && bias !== undefined) result = nodes.add(result, perChannel(nodes, bias, x));
  const spread = nodes.one("Reciprocal", nodes.square(inverse!));
  return [result, mean!, inverse!, nodes.subtract(spread, eps)];
}

const normalized: Lowering<NormalizeAttributes> = ({ graph, inputs: [x, weight, bias], attributes }) => {
  const { eps } = attributes;
  const groups = x!.dtype === float64 ? inSteps : eachGroup;
  const way = attributes.acrossBatch ? acrossBatch : groups;
  return way(new Nodes(graph), x!, weight, bias, eps);
};

/** The reduction that a norm of that order is of sizes of elements, with no power before or after. */
const plainNorms: ReadonlyMap<number, string> = new Map([
  [1, "ReduceL1"],
  [2, "ReduceL2"],
  [Number.POSITIVE_INFINITY, "ReduceMax"],
  [Number.NEGATIVE_INFINITY, "ReduceMin"],
]);

const norm: Lowering<NormAttributes> = ({ graph, inputs: [x], attributes: { order, axes, keepdims } }) => {
  const nodes = new Nodes(graph);
  const sizes = nodes.absolute(x!);
  const reduce = (opType: string, value: GraphValue): GraphValue =>
    axes.length === 0 ? value : nodes.reduce(opType, value, axes, keepdims);
  const plain = plainNorms.get(order);
  if (plain !== undefined) return [reduce(plain, sizes)];
  if (order === 0) {
    const isThere = nodes.not(nodes.equal(sizes, 0));
    return [reduce("ReduceSum", nodes.cast(isThere, sizes.dtype))];
  }
  return [nodes.power(reduce("ReduceSum", nodes.power(sizes, order)), 1 / order)];
};

/** Rows of normalisation and norms. */
export const normalizationLowerings: readonly LoweringRow[] = [
  row(normalize, (context) => {
    const isRounded = context.attributes.acrossBatch && context.inputs[0]!.dtype.itemSize === 2;
    return (isRounded ? computedIn(doubles, roundedBatch) : computedIn(asGiven, normalized))(context);
  }),
  row(vectorNorm, (context) => {
    const types = plainNorms.has(context.attributes.order) ? asGiven : doubles;
    return computedIn(types, norm)(context);
  }),
];
