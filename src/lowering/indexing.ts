// Reading and writing at places that indices name, in ONNX. What is written to one place several times is written in order by
// ScatterElements; the library's ScatterND does it in any order, and adds with several threads at once.

import { bool, type DType, float32, int64, uint8 } from "../core/dtype.ts";
import type { GraphValue } from "../onnx/graph.ts";
import {
  gather,
  gatherGradient,
  type ScatterReduceAttributes,
  scatter,
  scatterAdd,
  scatterReduce,
  take,
} from "../ops/indexing.ts";
import { chosen, isReal } from "./carried.ts";
import { converted } from "./conversion.ts";
import { filled, zerosIn } from "./copying.ts";
import { gathered, reshapedTo, stretchedTo } from "./lengths.ts";
import { type LoweringRow, row } from "./lowering.ts";
import { Nodes } from "./nodes.ts";

/** An index that is outside of every axis. */
export const outside: number = 2 ** 62;

/** True iff operands are real and the index is of integers. */
export const isIndexed = (values: readonly GraphValue[], index: readonly GraphValue[]): boolean =>
  values.every(({ dtype }) => isReal(dtype)) && index.every(({ dtype }) => dtype.isInteger);

/** Indices as int64, of which those below 0 are refused when the graph runs: the library counts them from the end. */
function checked(nodes: Nodes, index: GraphValue): GraphValue {
  const wide = nodes.cast(index, int64);
  return index.dtype.kind === "unsigned" ? wide : nodes.where(nodes.less(wide, 0), outside, wide);
}

/** A value with an axis, where it has none. */
const lifted = (nodes: Nodes, x: GraphValue): GraphValue =>
  x.shape.length === 0 ? reshapedTo(nodes, x, [1]) : x;

/** A value that is written, in the shape of the index: its first elements along each axis, or its only one everywhere. */
function sourceFor(nodes: Nodes, source: GraphValue, index: GraphValue): GraphValue {
  const shape = index.shape;
  const isSame = source.shape.every((length, axis) => length === shape[axis] && typeof length === "number");
  if (source.shape.length === shape.length && isSame) return source;
  if (source.shape.length === 0) return stretchedTo(nodes, source, nodes.shapeOf(index), shape);
  const axes = shape.map((_, axis) => axis);
  const parts = [nodes.graph.integers(axes.map(() => 0)), nodes.shapeOf(index), nodes.graph.integers(axes)];
  return nodes.graph.node("Slice", [source, ...parts], { dtype: source.dtype, shape });
}

/**
 * True iff sums and products at one place are rounded here after each step; the library, which has none of half types, would
 * round them once.
 */
export const isRounded = ({ kind, itemSize }: DType): boolean => kind === "float" && itemSize === 2;

/** Elements written (or joined with what is there) where an index says. */
export function scattered(
  nodes: Nodes,
  x: GraphValue,
  index: GraphValue,
  source: GraphValue,
  axis: number,
  reduction: "none" | "add" | "mul" | "max" | "min" = "none",
): GraphValue {
  const isExtreme = reduction === "max" || reduction === "min";
  const type = isExtreme && isRounded(x.dtype) ? float32 : isExtreme && x.dtype === bool ? uint8 : x.dtype;
  const [into, from] = [nodes.cast(x, type), nodes.cast(source, type)];
  const value = nodes.graph.node("ScatterElements", [into, index, from], into, { axis, reduction });
  return nodes.cast(value, x.dtype);
}

/** What a scatter is given: with an axis each, and the source in the index's shape and the operand's type. */
function scatterOperands(
  nodes: Nodes,
  [x, index, source]: readonly GraphValue[],
): readonly [GraphValue, GraphValue, GraphValue] | undefined {
  if (!isIndexed([x!, source!], [index!])) return undefined;
  const line = lifted(nodes, x!);
  const places = checked(nodes, lifted(nodes, index!));
  const given = converted(nodes, source!, x!.dtype, "numpy");
  return given && [line, places, sourceFor(nodes, given, places)];
}

/** What changes nothing when it is joined, as a number of the type. */
function neutral({ kind, itemSize }: DType, reduce: ScatterReduceAttributes["reduce"]): number | bigint {
  if (reduce === "prod") return 1;
  if (kind === "float") return reduce === "amax" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (kind === "bool") return reduce === "amax" ? 0 : 1;
  const bits = BigInt(8 * itemSize);
  const [low, high] =
    kind === "unsigned" ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
  return reduce === "amax" ? low : high;
}

const reductions = { prod: "mul", amax: "max", amin: "min" } as const;

/** True where what is not a number was scattered, or stands where nothing gave way. */
function notNumbers(
  nodes: Nodes,
  x: GraphValue,
  index: GraphValue,
  source: GraphValue,
  { axis, includeSelf }: ScatterReduceAttributes,
): GraphValue {
  const given = nodes.isNaN(source);
  const none = zerosIn(nodes, given, bool);
  const own = nodes.isNaN(x);
  return scattered(
    nodes,
    includeSelf ? own : scattered(nodes, own, index, none, axis),
    index,
    given,
    axis,
    "add",
  );
}

/** Rows of reading and writing along an axis. */
export const indexingLowerings: readonly LoweringRow[] = [
  row(take, ({ graph, inputs: [x, index], attributes: { axis }, results: [result] }) => {
    if (!isIndexed([x!], [index!])) return undefined;
    return [graph.node("Gather", [x, checked(new Nodes(graph), index!)], result!, { axis })];
  }),
  row(gather, ({ graph, inputs: [x, index], attributes: { axis }, results: [result] }) => {
    if (!isIndexed([x!], [index!])) return undefined;
    const nodes = new Nodes(graph);
    const places = checked(nodes, index!);
    if (x!.shape.length === 0) return [graph.node("Gather", [lifted(nodes, x!), places], result!)];
    return [gathered(nodes, x!, places, axis)];
  }),
  row(gatherGradient, ({ graph, inputs: [g, index], attributes: { axis, shape }, results: [result] }) => {
    if (!isIndexed([g!], [index!]) || isRounded(g!.dtype)) return undefined;
    const nodes = new Nodes(graph);
    const type = { dtype: g!.dtype, shape: shape.length === 0 ? [1] : shape };
    const zeros = filled(nodes, graph.integers(type.shape), 0, type);
    const places = checked(nodes, lifted(nodes, index!));
    const sums = scattered(nodes, zeros, places, sourceFor(nodes, lifted(nodes, g!), places), axis, "add");
    return [{ ...(shape.length === 0 ? reshapedTo(nodes, sums, []) : sums), shape: result!.shape }];
  }),
  ...(
    [
      [scatter, "none"],
      [scatterAdd, "add"],
    ] as const
  ).map(([operation, reduction]) =>
    row(operation, ({ graph, inputs, attributes: { axis }, results: [result] }) => {
      const nodes = new Nodes(graph);
      const operands = scatterOperands(nodes, inputs);
      if (operands === undefined || (reduction === "add" && isRounded(result!.dtype))) return undefined;
      const value = scattered(nodes, ...operands, axis, reduction);
      return [
        { ...(result!.shape.length === 0 ? reshapedTo(nodes, value, []) : value), shape: result!.shape },
      ];
    }),
  ),
  row(scatterReduce, ({ graph, inputs, attributes, results: [result] }) => {
    const nodes = new Nodes(graph);
    const operands = scatterOperands(nodes, inputs);
    if (operands === undefined) return undefined;
    const [x, index, source] = operands;
    const { axis, reduce, includeSelf } = attributes;
    const { dtype } = x;
    if (reduce === "prod" && isRounded(dtype)) return undefined;
    const none = (): GraphValue =>
      filled(nodes, nodes.shapeOf(source), neutral(dtype, reduce), { dtype, shape: source.shape });
    const start = includeSelf ? x : scattered(nodes, x, index, none(), axis);
    let value = scattered(nodes, start, index, source, axis, reductions[reduce]);
    if (dtype.kind === "float" && reduce !== "prod") {
      value = chosen(nodes, notNumbers(nodes, x, index, source, attributes), Number.NaN, value);
    }
    return [{ ...(result!.shape.length === 0 ? reshapedTo(nodes, value, []) : value), shape: result!.shape }];
  }),
];
