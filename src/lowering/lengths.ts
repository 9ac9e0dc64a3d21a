// Shapes that are put together in the graph: of lengths that are written, and of others that a value has when it runs.

import { bfloat16, float32, int64 } from "../core/dtype.ts";
import type { GraphValue, Length } from "../onnx/graph.ts";
import type { Nodes } from "./nodes.ts";

/** A length: a number, or a vector of one in the graph. */
export type Extent = number | GraphValue;

/** The length of an axis. */
export function extentOf(nodes: Nodes, x: GraphValue, axis: number): Extent {
  const length = x.shape[axis]!;
  if (typeof length === "number") return length;
  return nodes.graph.node("Shape", [x], { dtype: int64, shape: [1] }, { start: axis, end: axis + 1 });
}

/** The lengths of these axes. */
export const extentsOf = (nodes: Nodes, x: GraphValue, axes: readonly number[]): Extent[] =>
  axes.map((axis) => extentOf(nodes, x, axis));

/** Lengths as a vector, which is a constant where all are written. */
export function vectorOf(nodes: Nodes, extents: readonly Extent[]): GraphValue {
  if (extents.every((extent) => typeof extent === "number")) return nodes.graph.integers(extents);
  const parts = extents.map((extent) =>
    typeof extent === "number" ? nodes.graph.integers([extent]) : extent,
  );
  return parts.length === 1 ? parts[0]! : nodes.concat(parts, 0, parts.length);
}

const lengthOf = (extent: Extent): Length => (typeof extent === "number" && extent >= 0 ? extent : "length");

/** A value in another shape; one extent may be -1. */
export function reshapedTo(nodes: Nodes, x: GraphValue, extents: readonly Extent[]): GraphValue {
  const result = { dtype: x.dtype, shape: extents.map(lengthOf) };
  // A length of 0 is one, not that of the operand.
  return nodes.graph.node("Reshape", [x, vectorOf(nodes, extents)], result, {
    allowzero: Number(!extents.includes(-1)),
  });
}

/** A value stretched to a shape that is a vector. The library does not stretch bfloat16, of which single precision is a copy. */
export function stretchedTo(
  nodes: Nodes,
  x: GraphValue,
  lengths: GraphValue,
  shape: readonly Length[],
): GraphValue {
  const type = x.dtype === bfloat16 ? float32 : x.dtype;
  const value = nodes.graph.node("Expand", [nodes.cast(x, type), lengths], { dtype: type, shape });
  return nodes.cast(value, x.dtype);
}

/** A value stretched to lengths. */
export const expandedTo = (nodes: Nodes, x: GraphValue, extents: readonly Extent[]): GraphValue =>
  stretchedTo(nodes, x, vectorOf(nodes, extents), extents.map(lengthOf));

/** Elements of an axis one by one, as an index of the value's shape says. */
export function gathered(nodes: Nodes, x: GraphValue, index: GraphValue, axis: number): GraphValue {
  const result = { dtype: x.dtype, shape: index.shape };
  return nodes.graph.node("GatherElements", [x, index], result, { axis });
}
