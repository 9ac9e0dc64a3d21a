// Zeros into which a value is added through a window (`embedView`), in ONNX: the gradients of slices and of other views.
// A window that keeps the order of axes is padded, which reads and writes each element once; others are scattered.

import { int64 } from "../core/dtype.ts";
import { contiguousStrides, product, type Shape } from "../core/layout.ts";
import type { GraphValue } from "../onnx/graph.ts";
import { embedView, type StridedAttributes } from "../ops/views.ts";
import { isReal } from "./carried.ts";
import { filled } from "./copying.ts";
import { isRounded, scattered } from "./indexing.ts";
import { reshapedTo } from "./lengths.ts";
import { allKnown, type LoweringRow, row } from "./lowering.ts";
import { Nodes } from "./nodes.ts";

/** Where a window's elements lie along an axis of the whole: from `start`, `step` apart. */
interface Part {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/**
 * A window as a part of each axis of the whole, in order, where it is one: each axis of the window that is longer than 1 steps
 * along one axis of the whole.
 */
function partsOf(window: Shape, { shape, strides, offset }: StridedAttributes): readonly Part[] | undefined {
  if (shape.includes(0) || window.includes(0) || offset < 0) return undefined;
  const whole = contiguousStrides(shape);
  const axes = [...window.keys()].filter((axis) => window[axis] !== 1);
  let at = axes.length - 1;
  const parts = new Array<Part>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const start = Math.floor(offset / whole[axis]!) % shape[axis]!;
    const own = at >= 0 ? axes[at]! : -1;
    const step = own < 0 ? 0 : strides[own]! / whole[axis]!;
    const length = own < 0 ? 1 : window[own]!;
    const fits = Number.isInteger(step) && step > 0 && start + (length - 1) * step < shape[axis]!;
    parts[axis] = fits ? { start, step, length } : { start, step: 1, length: 1 };
    if (fits) at--;
  }
  return at < 0 && offset < product(shape) ? parts : undefined;
}

/** A value whose elements lie `step` apart along an axis, with zeros between. */
function spread(nodes: Nodes, x: GraphValue, axis: number, step: number): GraphValue {
  if (step === 1) return x;
  const lengths = allKnown(x.shape);
  const apart = nodes.unsqueeze(x, [axis + 1]);
  const pads = apart.shape.map((_, each) => [0, each === axis + 1 ? step - 1 : 0] as const);
  return reshapedTo(nodes, nodes.pad(apart, pads), lengths.with(axis, lengths[axis]! * step));
}

/** Zeros around the parts of each axis. */
function padded(nodes: Nodes, x: GraphValue, parts: readonly Part[], shape: Shape): GraphValue {
  let value = reshapedTo(
    nodes,
    x,
    parts.map(({ length }) => length),
  );
  parts.forEach(({ step, length }, axis) => {
    value = spread(nodes, value, axis, length === 1 ? 1 : step);
  });
  // What is spread ends with zeros, which may reach beyond the end.
  const pads = parts.map(
    ({ start }, axis) => [start, shape[axis]! - start - (value.shape[axis] as number)] as const,
  );
  if (pads.every(([before, after]) => before === 0 && after === 0)) return value;
  return nodes.graph.node(
    "Pad",
    [value, nodes.graph.integers([...pads.map(([before]) => before), ...pads.map(([, after]) => after)])],
    { dtype: x.dtype, shape },
  );
}

/** The positions of a window's elements in row-major order. */
function positionsOf(window: Shape, { strides, offset }: StridedAttributes): number[] {
  let positions = [offset];
  window.forEach((length, axis) => {
    positions = positions.flatMap((start) => Array.from({ length }, (_, i) => start + i * strides[axis]!));
  });
  return positions;
}

/** Row of the embedding of views. */
export const embeddingLowerings: readonly LoweringRow[] = [
  row(embedView, ({ graph, inputs: [x], attributes, results: [result] }) => {
    if (!isReal(x!.dtype)) return undefined;
    const nodes = new Nodes(graph);
    const { shape } = attributes;
    const window = allKnown(x!.shape);
    const isPaddable = !["int16", "uint16", "bfloat16"].includes(x!.dtype.name);
    const parts = isPaddable ? partsOf(window, attributes) : undefined;
    if (parts !== undefined) return [{ ...padded(nodes, x!, parts, shape), shape: result!.shape }];
    const size = product(shape);
    const positions = positionsOf(window, attributes);
    const inside = positions.flatMap((position, i) => (position >= 0 && position < size ? [i] : []));
    const places = inside.map((i) => positions[i]!);
    const isOnce = new Set(places).size === places.length;
    if (!isOnce && isRounded(x!.dtype)) return undefined;
    const line = reshapedTo(nodes, x!, [-1]);
    const given =
      inside.length === positions.length ? line : nodes.take(line, 0, nodes.numbers(inside, int64));
    const zeros = filled(nodes, graph.integers([size]), 0, { dtype: x!.dtype, shape: [size] });
    const sums = scattered(nodes, zeros, nodes.numbers(places, int64), given, 0, isOnce ? "none" : "add");
    return [{ ...reshapedTo(nodes, sums, shape), shape: result!.shape }];
  }),
];
