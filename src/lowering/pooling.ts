// Pooling in ONNX: windows that slide by its nodes, in single precision; others as sums of chosen elements. A window that holds
// NaN has the largest of its other elements, as ONNX Runtime has it.

import { float32, int64 } from "../core/dtype.ts";
import { product } from "../core/layout.ts";
import type { GraphValue, Length } from "../onnx/graph.ts";
import {
  type AveragePoolAttributes,
  adaptiveAvgPool,
  adaptiveAvgPoolGradient,
  adaptiveMaxPool,
  avgPool,
  avgPoolGradient,
  type MaxPoolAttributes,
  maxPool,
  type WindowAttributes,
} from "../ops/pooling.ts";
import { allKnown, type Lowering, type LoweringRow, row } from "./lowering.ts";
import { asGiven, computedIn, made, Nodes } from "./nodes.ts";
import {
  coveringTable,
  evened,
  flattened,
  gathered,
  sums,
  type Table,
  turned,
  unfolded,
  type Windows,
  windowTable,
} from "./windows.ts";

/** x[..., spatial axes] as [N, C, spatial axes], and back. */
function asImages(
  n: Nodes,
  x: GraphValue,
  spatial: number,
): { images: GraphValue; back: (value: GraphValue) => GraphValue } {
  const lead = x.shape.length - spatial;
  if (lead === 2) return { images: x, back: (value) => value };
  const added = Array.from({ length: Math.max(0, 2 - lead) }, (_, axis) => axis);
  if (lead < 2) return { images: n.unsqueeze(x, added), back: (value) => n.squeeze(value, added) };
  const shape = allKnown(x.shape);
  const first = shape.slice(0, lead - 1);
  const images = n.reshape(x, [product(first), ...shape.slice(lead - 1)]);
  return { images, back: (value) => n.reshape(value, [...first, ...allKnown(value.shape.slice(1))]) };
}

/** Padding on both sides: behind, as much as the last window reaches beyond the axis. */
function padsOf(
  { kernel, stride, padding, ceilMode }: WindowAttributes,
  dilation: readonly number[] | undefined,
  x: readonly Length[],
  result: readonly Length[],
): number[] | undefined {
  const after = [...padding];
  if (ceilMode) {
    const [lengths, counts] = [allKnown(x.slice(-kernel.length)), allKnown(result.slice(-kernel.length))];
    kernel.forEach((length, k) => {
      const reach = (dilation?.[k] ?? 1) * (length - 1) + 1;
      after[k] = Math.max(padding[k]!, (counts[k]! - 1) * stride[k]! + reach - lengths[k]! - padding[k]!);
    });
  }
  // The library wants padding that is less than the kernel.
  return [...padding, ...after].every((pad, i) => pad < kernel[i % kernel.length]!)
    ? [...padding, ...after]
    : undefined;
}

const maxPoolOf: Lowering<MaxPoolAttributes> = ({ graph, inputs: [x], attributes, results }) => {
  const { kernel, stride, dilation } = attributes;
  const n = new Nodes(graph);
  const spatial = kernel.length;
  const pads = padsOf(attributes, dilation, x!.shape, results[0]!.shape);
  if (pads === undefined) return undefined;
  const { images, back } = asImages(n, x!, spatial);
  const shape = [...images.shape.slice(0, 2), ...results[0]!.shape.slice(-spatial)];
  const [values, places] = graph.several(
    "MaxPool",
    [images],
    [
      { dtype: x!.dtype, shape },
      { dtype: int64, shape, isOptional: true },
    ],
    { kernel_shape: kernel, strides: stride, dilations: dilation, pads },
  );
  // ONNX counts through all planes.
  const rank = images.shape.length;
  const plane = n.reduce("ReduceProd", n.slice(n.shapeOf(images), 0, 2, rank), [0], true);
  return [back(values!), back(n.two("Mod", places!, plane))];
};

/** The windows of a pooling over lengths. */
const windowsOf = (
  { kernel, stride, padding }: WindowAttributes,
  lengths: readonly number[],
  counts: readonly number[],
): Windows => ({ lengths, counts, kernel, stride, padding, dilation: kernel.map(() => 1) });

/** One over what the sum of each window is divided by. */
function shares(
  { kernel, stride, padding, countIncludePad, divisorOverride }: AveragePoolAttributes,
  lengths: readonly number[],
  counts: readonly number[],
): number[] {
  let result = [1];
  counts.forEach((count, k) => {
    const sizes = Array.from({ length: count }, (_, i) => {
      const start = i * stride[k]! - padding[k]!;
      const end = start + kernel[k]!;
      const [length, more] = [lengths[k]!, padding[k]!];
      return countIncludePad
        ? Math.min(end, length + more) - start
        : Math.min(end, length) - Math.max(start, 0);
    });
    result = result.flatMap((before) => sizes.map((size) => before * size));
  });
  return result.map((size) => 1 / (divisorOverride ?? size));
}

const avgPoolOf: Lowering<AveragePoolAttributes> = ({ graph, inputs: [x], attributes, results }) => {
  const { kernel, stride, ceilMode, countIncludePad, divisorOverride } = attributes;
  const n = new Nodes(graph);
  const spatial = kernel.length;
  const pads = x!.dtype === float32 ? padsOf(attributes, undefined, x!.shape, results[0]!.shape) : undefined;
  if (pads !== undefined) {
    const isPlain = !ceilMode && divisorOverride === undefined;
    const { images, back } = asImages(n, x!, spatial);
    const shape = [...images.shape.slice(0, 2), ...results[0]!.shape.slice(-spatial)];
    const means = graph.node(
      "AveragePool",
      [images],
      { dtype: x!.dtype, shape },
      {
        kernel_shape: kernel,
        strides: stride,
        pads,
        count_include_pad: Number(isPlain ? countIncludePad : true),
      },
    );
    if (isPlain) return [back(means)];
    const counts = allKnown(shape.slice(2));
    const factors = shares(attributes, allKnown(x!.shape.slice(-spatial)), counts);
    const size = product(kernel);
    const scale = n.numbers(
      factors.map((share) => share * size),
      x!.dtype,
      [1, 1, ...counts],
    );
    return [back(n.multiply(means, scale))];
  }
  const lengths = allKnown(x!.shape.slice(-spatial));
  const counts = allKnown(results[0]!.shape.slice(-spatial));
  const plane = flattened(n, x!, x!.shape.length - spatial, product(lengths));
  const total = sums(n, plane, windowTable(windowsOf(attributes, lengths, counts)), product(lengths));
  return [unfolded(n, n.multiply(total, n.numbers(shares(attributes, lengths, counts), x!.dtype)), counts)];
};

/** What flows back from means: each share of a window's to the elements of the window. */
function spreadBack(
  n: Nodes,
  g: GraphValue,
  table: Table,
  factors: readonly number[],
  lengths: readonly number[],
): GraphValue {
  const spatial = lengths.length;
  const scaled = n.multiply(
    flattened(n, g, g.shape.length - spatial, table.length),
    n.numbers(factors, g.dtype),
  );
  const back = turned(table, product(lengths), (window) => window);
  return unfolded(n, sums(n, scaled, back, table.length), lengths);
}

const isGlobal = (size: readonly number[]): boolean => size.every((length) => length === 1);

/** The last axes of a value, counted from its rank. */
const lastAxes = ({ shape }: GraphValue, spatial: number): number[] =>
  Array.from({ length: spatial }, (_, k) => shape.length - spatial + k);

const adaptiveMaxPoolOf: Lowering<{ readonly size: readonly number[] }> = ({
  graph,
  inputs: [x],
  attributes: { size },
}) => {
  const n = new Nodes(graph);
  const lengths = allKnown(x!.shape.slice(-size.length));
  const plane = flattened(n, x!, x!.shape.length - size.length, product(lengths));
  // A window that holds less than others names its first element again.
  const { cells, width } = evened(coveringTable(lengths, size), (row) => row[0]!);
  const rows = Array.from({ length: cells.length / width }, (_, i) =>
    cells.slice(i * width, (i + 1) * width),
  );
  const parts = gathered(n, plane, rows, product(lengths));
  const axis = parts.shape.length - 1;
  const values = n.reduce("ReduceMax", parts, [axis], false);
  const first = graph.node("ArgMax", [parts], { dtype: int64, shape: values.shape }, { axis, keepdims: 0 });
  const starts = n.numbers(
    rows.map((_, i) => i * width),
    int64,
  );
  const places = n.take(n.numbers(cells, int64), 0, n.add(first, starts));
  return [unfolded(n, values, size), unfolded(n, places, size)];
};

/** The mean of each plane, as a plane of one element; the library's node for it is of one type, and of batches alone. */
function globalAverage(n: Nodes, x: GraphValue, spatial: number): GraphValue {
  if (x.dtype !== float32 || x.shape.length !== spatial + 2)
    return n.reduce("ReduceMean", x, lastAxes(x, spatial), true);
  const shape = x.shape.map((length, axis) => (axis < 2 ? length : 1));
  return n.graph.node("GlobalAveragePool", [x], { dtype: x.dtype, shape });
}

/** Rows of pooling. */
export const poolingLowerings: readonly LoweringRow[] = [
  row(maxPool, computedIn(asGiven, maxPoolOf)),
  row(avgPool, computedIn(asGiven, avgPoolOf)),
  made(avgPoolGradient, asGiven, (n, [g], attributes) => {
    const spatial = attributes.kernel.length;
    const lengths = attributes.shape.slice(-spatial);
    const counts = allKnown(g!.shape.slice(-spatial));
    const table = windowTable(windowsOf(attributes, lengths, counts));
    return spreadBack(n, g!, table, shares(attributes, lengths, counts), lengths);
  }),
  made(adaptiveAvgPool, asGiven, (n, [x], { size }) => {
    if (isGlobal(size)) return globalAverage(n, x!, size.length);
    const lengths = allKnown(x!.shape.slice(-size.length));
    const table = coveringTable(lengths, size);
    const plane = flattened(n, x!, x!.shape.length - size.length, product(lengths));
    const factors = n.numbers(
      table.map((positions) => 1 / positions.length),
      x!.dtype,
    );
    return unfolded(n, n.multiply(sums(n, plane, table, product(lengths)), factors), size);
  }),
  made(adaptiveAvgPoolGradient, asGiven, (n, [g], { size, shape }) => {
    const lengths = shape.slice(-size.length);
    if (isGlobal(size)) return n.expand(n.multiply(g!, 1 / product(lengths)), shape);
    const table = coveringTable(lengths, size);
    const factors = table.map((positions) => 1 / positions.length);
    return spreadBack(n, g!, table, factors, lengths);
  }),
  row(adaptiveMaxPool, computedIn(asGiven, adaptiveMaxPoolOf)),
];
