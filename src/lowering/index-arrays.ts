// Indexing with several arrays of indices in ONNX, and an embedding's gradient: the axes that they point into are made one,
// of whose elements one index names each.

import { int64 } from "../core/dtype.ts";
import type { GraphValue } from "../onnx/graph.ts";
import { indexGet, indexGradient, indexPut, takeGradient } from "../ops/indexing.ts";
import { converted } from "./conversion.ts";
import { filled } from "./copying.ts";
import { isIndexed, isRounded, outside, scattered } from "./indexing.ts";
import { type Extent, expandedTo, extentOf, extentsOf, reshapedTo, vectorOf } from "./lengths.ts";
import { type LoweringRow, row } from "./lowering.ts";
import { Nodes } from "./nodes.ts";

/** A length as a value of no axes, or a number. */
const scalarOf = (nodes: Nodes, extent: Extent): GraphValue | number =>
  typeof extent === "number" ? extent : nodes.squeeze(extent, [0]);

/**
 * One index into axes of these lengths, which lie one after another, for indices into each: those below 0 count from the end,
 * and where one is outside of its axis, so is the whole.
 */
function joined(nodes: Nodes, indices: readonly GraphValue[], lengths: readonly Extent[]): GraphValue {
  let place: GraphValue | undefined;
  let isInside: GraphValue | undefined;
  indices.forEach((index, k) => {
    const length = scalarOf(nodes, lengths[k]!);
    const wide = nodes.cast(index, int64);
    const counted = nodes.where(nodes.less(wide, 0), nodes.add(wide, length), wide);
    const fits = nodes.and(nodes.greaterEqual(counted, 0), nodes.less(counted, length));
    isInside = isInside === undefined ? fits : nodes.and(isInside, fits);
    place = place === undefined ? counted : nodes.add(nodes.multiply(place, length), counted);
  });
  return nodes.where(isInside!, place!, outside);
}

/** The axes of a value that indices do not point into. */
const restOf = (rank: number, axes: readonly number[]): number[] =>
  Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis));

/** The order that puts `count` axes at `from` to where they begin at `to`, among the others. */
function movedAxes(rank: number, count: number, from: number, to: number): number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const moving = axes.splice(from, count);
  return axes.toSpliced(to, 0, ...moving);
}

/** What is written to places: lengths of the axes that are pointed into, and of the others. */
interface Target {
  readonly pointed: readonly Extent[];
  readonly rest: readonly Extent[];
}

/** Slabs written (or added) to a matrix whose rows are the places. @param slabs their index axes first */
function written(
  nodes: Nodes,
  matrix: GraphValue,
  places: GraphValue,
  slabs: GraphValue,
  adds: boolean,
): GraphValue {
  const rows = reshapedTo(nodes, places, [-1, 1]);
  const source = reshapedTo(nodes, slabs, [extentOf(nodes, rows, 0), extentOf(nodes, matrix, 1)]);
  const index = nodes.graph.node("Expand", [rows, nodes.shapeOf(source)], {
    dtype: int64,
    shape: source.shape,
  });
  return scattered(nodes, matrix, index, source, 0, adds ? "add" : "none");
}

/** A matrix of zeros, with a row for each place. */
function zeroRows(nodes: Nodes, { pointed, rest }: Target, like: GraphValue): GraphValue {
  const all = filled(nodes, vectorOf(nodes, [...pointed, ...rest]), 0, {
    dtype: like.dtype,
    shape: [...pointed, ...rest].map(() => "length"),
  });
  return asRows(nodes, all, pointed, rest);
}

/** A value whose first axes are pointed into, as a matrix. */
function asRows(
  nodes: Nodes,
  x: GraphValue,
  pointed: readonly Extent[],
  rest: readonly Extent[],
): GraphValue {
  if (rest.every((extent) => typeof extent === "number")) {
    const width = rest.reduce((product: number, length) => product * (length as number), 1);
    if (pointed.every((extent) => typeof extent === "number")) {
      const height = pointed.reduce((product: number, length) => product * (length as number), 1);
      return reshapedTo(nodes, x, [height, width]);
    }
    return reshapedTo(nodes, x, [-1, width]);
  }
  return nodes.graph.node(
    "Flatten",
    [x],
    { dtype: x.dtype, shape: ["height", "width"] },
    { axis: pointed.length },
  );
}

/** A matrix of rows as the value again, its axes where they were. */
function asBefore(nodes: Nodes, matrix: GraphValue, target: Target, axes: readonly number[]): GraphValue {
  const value = reshapedTo(nodes, matrix, [...target.pointed, ...target.rest]);
  const order = [...axes, ...restOf(value.shape.length, axes)];
  return nodes.transpose(
    value,
    order.map((_, axis) => order.indexOf(axis)),
  );
}

/** Slabs with the index axes, which begin at `position`, first. */
const indexFirst = (nodes: Nodes, slabs: GraphValue, count: number, position: number): GraphValue =>
  nodes.transpose(slabs, movedAxes(slabs.shape.length, count, position, 0));

/** Rows of indexing with arrays. */
export const indexArrayLowerings: readonly LoweringRow[] = [
  row(takeGradient, ({ graph, inputs: [g, index], attributes: { axis, length }, results: [result] }) => {
    if (!isIndexed([g!], [index!]) || isRounded(g!.dtype)) return undefined;
    const nodes = new Nodes(graph);
    const count = index!.shape.length;
    const others = restOf(
      g!.shape.length,
      Array.from({ length: count }, (_, k) => axis + k),
    );
    const target = { pointed: [length], rest: extentsOf(nodes, g!, others) };
    const wide = nodes.cast(index!, int64);
    const places = nodes.where(nodes.less(wide, 0), outside, wide);
    const zeros = zeroRows(nodes, target, g!);
    const sums = written(nodes, zeros, places, indexFirst(nodes, g!, count, axis), true);
    return [{ ...asBefore(nodes, sums, target, [axis]), shape: result!.shape }];
  }),
  row(indexGradient, ({ graph, inputs: [g, ...indices], attributes, results: [result] }) => {
    if (!isIndexed([g!], indices) || isRounded(g!.dtype)) return undefined;
    const nodes = new Nodes(graph);
    const { axes, position, shape } = attributes;
    const rest = restOf(shape.length, axes).map((axis) => shape[axis]!);
    const target = { pointed: axes.map((axis) => shape[axis]!), rest };
    const slabs = indexFirst(nodes, g!, indices[0]!.shape.length, position);
    const places = joined(nodes, indices, target.pointed);
    const sums = written(nodes, zeroRows(nodes, target, g!), places, slabs, true);
    return [{ ...asBefore(nodes, sums, target, axes), shape: result!.shape }];
  }),
  row(indexGet, ({ graph, inputs: [x, ...indices], attributes: { axes, position }, results: [result] }) => {
    if (!isIndexed([x!], indices)) return undefined;
    const nodes = new Nodes(graph);
    const count = indices[0]!.shape.length;
    const first = axes[0]!;
    let lines = x!;
    let place = indices[0]!;
    let at = first;
    if (axes.length > 1) {
      const rest = restOf(x!.shape.length, axes);
      const [lengths, others] = [extentsOf(nodes, x!, axes), extentsOf(nodes, x!, rest)];
      const turned = nodes.transpose(x!, [...axes, ...rest]);
      lines = reshapedTo(nodes, turned, [-1, ...others]);
      place = joined(nodes, indices, lengths);
      at = 0;
    } else place = nodes.cast(place, int64);
    const taken = nodes.take(lines, at, place);
    const order = movedAxes(taken.shape.length, count, at, position);
    return [{ ...nodes.transpose(taken, order), shape: result!.shape }];
  }),
  row(indexPut, ({ graph, inputs: [x, values, ...indices], attributes, results: [result] }) => {
    if (!isIndexed([x!, values!], indices)) return undefined;
    const nodes = new Nodes(graph);
    const { axes, position, accumulate } = attributes;
    if (accumulate && isRounded(x!.dtype)) return undefined;
    const rest = restOf(x!.shape.length, axes);
    const target = { pointed: extentsOf(nodes, x!, axes), rest: extentsOf(nodes, x!, rest) };
    const given = converted(nodes, values!, x!.dtype, "numpy");
    if (given === undefined) return undefined;
    const index = indices[0]!;
    const lengths = extentsOf(nodes, index, [...index.shape.keys()]);
    const slabs = expandedTo(nodes, given, target.rest.toSpliced(position, 0, ...lengths));
    const matrix = asRows(nodes, nodes.transpose(x!, [...axes, ...rest]), target.pointed, target.rest);
    const places = joined(nodes, indices, target.pointed);
    const source = indexFirst(nodes, slabs, index.shape.length, position);
    const value = written(nodes, matrix, places, source, accumulate);
    return [{ ...asBefore(nodes, value, target, axes), shape: result!.shape }];
  }),
];
