// Convolutions in ONNX: Conv and ConvTranspose in single precision, with the gradient of the weight a convolution too; in other
// types products with the elements under the kernel.

import { float32, int64 } from "../core/dtype.ts";
import { product } from "../core/layout.ts";
import type { GraphBuilder, GraphValue, Length } from "../onnx/graph.ts";
import {
  type ConvolutionAttributes,
  type ConvolutionGradientAttributes,
  conv,
  convInputGrad,
  convWeightGrad,
} from "../ops/convolution.ts";
import { allKnown, known, type Lowering, type LoweringRow, row } from "./lowering.ts";
import { asGiven, computedIn, Nodes } from "./nodes.ts";
import { gathered, sums, turned, windowTable } from "./windows.ts";

/** ONNX's attributes of a convolution. */
function attributesOf({ stride, padding, dilation, groups }: ConvolutionAttributes) {
  const pads = [...padding.map(([before]) => before), ...padding.map(([, after]) => after)];
  return { strides: stride, pads, dilations: dilation, group: groups };
}

/** The first two axes exchanged. */
const exchanged = (graph: GraphBuilder, value: GraphValue): GraphValue =>
  new Nodes(graph).transpose(
    value,
    [1, 0, ...value.shape.keys()].filter((axis, i) => i < 2 || axis > 1),
  );

/** A transposed convolution: how much longer the input is than the shortest that such a result comes of. */
interface TransposedAttributes extends ConvolutionGradientAttributes {
  readonly more?: readonly number[];
}

/** How much longer the input is than what a transposed convolution of these lengths gives. */
function missing(
  { stride, padding, dilation, shape, more }: TransposedAttributes,
  lengths: readonly Length[],
  kernel: readonly Length[],
): readonly number[] {
  if (more !== undefined) return more;
  return stride.map((step, i) => {
    const reach = dilation[i]! * (known(kernel[i + 2]) - 1) + 1;
    const [before, after] = padding[i]!;
    return shape[i + 2]! - ((known(lengths[i + 2]) - 1) * step - before - after + reach);
  });
}

/** Zeros behind the spatial axes. */
function lengthened(graph: GraphBuilder, value: GraphValue, more: readonly number[]): GraphValue {
  if (more.every((length) => length === 0)) return value;
  const shape = value.shape.map((length, axis) => (axis < 2 ? length : known(length) + more[axis - 2]!));
  const pads = graph.integers([...shape.map(() => 0), 0, 0, ...more]);
  return graph.node("Pad", [value, pads], { dtype: value.dtype, shape });
}

/** Sizes of a convolution of known lengths, and for each window the elements under the kernel. */
function planOf(
  { stride, padding, dilation, groups }: ConvolutionAttributes,
  x: readonly number[],
  weight: readonly number[],
  out: readonly number[],
) {
  const [lengths, kernel, counts] = [x.slice(2), weight.slice(2), out.slice(2)];
  const before = padding.map(([first]) => first);
  const table = windowTable({ lengths, counts, kernel, stride, padding: before, dilation });
  return {
    batch: x[0]!,
    groups,
    channels: weight[1]!,
    filters: weight[0]! / groups,
    taps: product(kernel),
    plane: product(lengths),
    places: product(counts),
    table,
  };
}

type Plan = ReturnType<typeof planOf>;

/** The elements under the kernel at each place: [N, G, places, channels * taps]. */
function columnsOf(
  n: Nodes,
  x: GraphValue,
  { batch, groups, channels, taps, plane, places, table }: Plan,
): GraphValue {
  const cells = gathered(n, n.reshape(x, [batch, groups * channels, plane]), table, plane);
  const apart = n.reshape(cells, [batch, groups, channels, places, taps]);
  return n.reshape(n.transpose(apart, [0, 1, 3, 2, 4]), [batch, groups, places, channels * taps]);
}

/** A convolution as a product with the elements under the kernel. */
const byWindows: Lowering<ConvolutionAttributes> = ({
  graph,
  inputs: [x, weight, bias],
  attributes,
  results,
}) => {
  const n = new Nodes(graph);
  const shape = allKnown(results[0]!.shape);
  const plan = planOf(attributes, allKnown(x!.shape), allKnown(weight!.shape), shape);
  const { groups, filters, channels, taps } = plan;
  const factors = n.reshape(weight!, [groups, filters, channels * taps]);
  const made = n.matmul(columnsOf(n, x!, plan), n.transpose(factors, [0, 2, 1]));
  const result = n.reshape(n.transpose(made, [0, 1, 3, 2]), shape);
  if (bias === undefined) return [result];
  return [n.add(result, n.reshape(bias, [shape[1]!, ...shape.slice(2).map(() => 1)]))];
};

const inputGradByWindows: Lowering<ConvolutionGradientAttributes> = ({
  graph,
  inputs: [g, weight],
  attributes,
}) => {
  const n = new Nodes(graph);
  const { shape } = attributes;
  const plan = planOf(attributes, shape, allKnown(weight!.shape), allKnown(g!.shape));
  const { batch, groups, filters, channels, taps, plane, places, table } = plan;
  const flow = n.transpose(n.reshape(g!, [batch, groups, filters, places]), [0, 1, 3, 2]);
  const columns = n.matmul(flow, n.reshape(weight!, [groups, filters, channels * taps]));
  const apart = n.transpose(n.reshape(columns, [batch, groups, places, channels, taps]), [0, 1, 3, 2, 4]);
  const cells = n.reshape(apart, [batch, groups * channels, places * taps]);
  const back = turned(table, plane, (window, tap) => window * taps + tap);
  return [n.reshape(sums(n, cells, back, places * taps), shape)];
};

const weightGradByWindows: Lowering<ConvolutionGradientAttributes> = ({
  graph,
  inputs: [g, x],
  attributes,
}) => {
  const n = new Nodes(graph);
  const { shape } = attributes;
  const plan = planOf(attributes, allKnown(x!.shape), shape, allKnown(g!.shape));
  const { batch, groups, filters, places } = plan;
  const flow = n.reshape(g!, [batch, groups, filters, places]);
  return [n.reshape(n.sum(n.matmul(flow, columnsOf(n, x!, plan)), [0], false), shape)];
};

/** The library's convolutions are of single precision; those of other types are made of products. */
function inEveryType<Attributes>(
  others: Lowering<Attributes>,
  singles: Lowering<Attributes>,
): Lowering<Attributes> {
  const floats = computedIn<Attributes>(asGiven, (context) =>
    (context.inputs[0]!.dtype === float32 ? singles : others)(context),
  );
  return (context) => (context.inputs[0]!.dtype === int64 ? others : floats)(context);
}

/** Rows of convolutions. */
export const convolutionLowerings: readonly LoweringRow[] = [
  row(
    conv,
    inEveryType(byWindows, ({ graph, inputs, attributes, results }) => {
      return [graph.node("Conv", inputs, results[0]!, attributesOf(attributes))];
    }),
  ),
  row(
    convInputGrad,
    inEveryType<TransposedAttributes>(inputGradByWindows, ({ graph, inputs, attributes, results }) => {
      const [g, weight] = inputs;
      const { stride, padding } = attributes;
      const { shape } = results[0]!;
      const more = missing(attributes, g!.shape, weight!.shape);
      if (more.some((length) => length < 0)) return undefined;
      // What is cut off behind is given back first; ONNX Runtime adds less than a stride; the rest is zeros.
      const rest = more.map((length, i) => Math.max(0, length - padding[i]![1]));
      const cut = padding.map(([before, after], i) => [before, Math.max(0, after - more[i]!)] as const);
      const added = rest.map((length, i) => Math.min(length, stride[i]! - 1));
      const zeros = rest.map((length, i) => length - added[i]!);
      const result = {
        dtype: float32,
        shape: shape.map((length, axis) => {
          const rest = zeros[axis - 2] ?? 0;
          return rest === 0 ? length : known(length) - rest;
        }),
      };
      const options = { ...attributesOf({ ...attributes, padding: cut }), output_padding: added };
      return [lengthened(graph, graph.node("ConvTranspose", inputs, result, options), zeros)];
    }),
    [],
    (attributes: TransposedAttributes, [g, weight]): TransposedAttributes => ({
      ...attributes,
      shape: [],
      more: missing(attributes, g!, weight!),
    }),
  ),
  // The gradient of a weight is a convolution of the input, its instances as channels, with what flows back as the weight:
  // stride and dilation change places. What lies beyond the kernel's lengths is cut off.
  row(
    convWeightGrad,
    inEveryType(weightGradByWindows, ({ graph, inputs: [g, x], attributes, results: [result] }) => {
      const { stride, padding, dilation, groups, shape } = attributes;
      const [instances, channels, ...plane] = allKnown(x!.shape);
      const each = channels! / groups;
      let image = x!;
      if (groups > 1) {
        const apart = new Nodes(graph).reshape(x!, [instances!, groups, each, ...plane]);
        const turned = new Nodes(graph).transpose(apart, [2, 1, 0, ...plane.map((_, axis) => axis + 3)]);
        image = new Nodes(graph).reshape(turned, [each, groups * instances!, ...plane]);
      } else image = exchanged(graph, x!);
      const kernel = exchanged(graph, g!);
      const lengths = plane.map((length, i) => {
        const [before, after] = padding[i]!;
        const reach = stride[i]! * (known(g!.shape[i + 2]) - 1) + 1;
        return Math.floor((length + before + after - reach) / dilation[i]!) + 1;
      });
      const whole = { dtype: result!.dtype, shape: [each, shape[0]!, ...lengths] };
      const made = graph.node(
        "Conv",
        [image, kernel],
        whole,
        attributesOf({ stride: dilation, padding, dilation: stride, groups }),
      );
      const cut = { dtype: result!.dtype, shape: [each, shape[0]!, ...shape.slice(2)] };
      const axes = lengths.map((_, i) => i + 2);
      const parts = [axes.map(() => 0), shape.slice(2), axes].map((numbers) => graph.integers(numbers));
      const isCut = lengths.some((length, i) => length !== shape[i + 2]);
      return [exchanged(graph, isCut ? graph.node("Slice", [made, ...parts], cut) : made)];
    }),
  ),
];
