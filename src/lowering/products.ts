// Matrix products and convolutions in ONNX. A transposed operand is a Transpose node, which ONNX Runtime takes into the
// product.

import { type DType, float32, float64 } from "../core/dtype.ts";
import type { GraphBuilder, GraphValue, Length } from "../onnx/graph.ts";
import { type ConvolutionAttributes, conv, convInputGrad, convWeightGrad } from "../ops/convolution.ts";
import { linear, matmul, transposedMatmul } from "../ops/products.ts";
import { allKnown, known, type LoweringRow, one, row } from "./lowering.ts";

const floats: readonly DType[] = [float32, float64];

const areFloats = (values: readonly GraphValue[]): boolean =>
  values.every(({ dtype }) => floats.includes(dtype));

/** Axes in another order. */
function permuted(graph: GraphBuilder, value: GraphValue, axes: readonly number[]): GraphValue {
  const shape = axes.map((axis) => value.shape[axis]!);
  return graph.node("Transpose", [value], { dtype: value.dtype, shape }, { perm: axes });
}

/** An operand in another shape. */
function reshaped(graph: GraphBuilder, value: GraphValue, shape: readonly number[]): GraphValue {
  return graph.node("Reshape", [value, graph.integers(shape)], { dtype: value.dtype, shape });
}

const products: readonly LoweringRow[] = [
  one(matmul, "MatMul", floats),
  row(linear, ({ graph, inputs, results: [result] }) => {
    const [x, weight, bias] = inputs;
    if (!areFloats(inputs)) return undefined;
    if (x!.shape.length === 2) return [graph.node("Gemm", inputs, result!, { transB: 1 })];
    const product = graph.node("MatMul", [x, permuted(graph, weight!, [1, 0])], result!);
    return [bias === undefined ? product : graph.node("Add", [product, bias], result!)];
  }),
  row(transposedMatmul, ({ graph, inputs, results }) =>
    areFloats(inputs) ? [graph.node("Gemm", inputs, results[0]!, { transA: 1 })] : undefined,
  ),
];

/** ONNX's attributes of a convolution. */
function attributesOf({ stride, padding, dilation, groups }: ConvolutionAttributes) {
  const pads = [...padding.map(([before]) => before), ...padding.map(([, after]) => after)];
  return { strides: stride, pads, dilations: dilation, group: groups };
}

/** The first two axes exchanged. */
const exchanged = (graph: GraphBuilder, value: GraphValue): GraphValue =>
  permuted(
    graph,
    value,
    [1, 0, ...value.shape.keys()].filter((axis, i) => i < 2 || axis > 1),
  );

/** How much longer the input is than what a transposed convolution of these lengths gives. */
function missing(
  { stride, padding, dilation }: ConvolutionAttributes,
  shape: readonly number[],
  lengths: readonly Length[],
  kernel: readonly Length[],
): number[] {
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

const convolutions: readonly LoweringRow[] = [
  row(conv, ({ graph, inputs, attributes, results }) => {
    if (inputs.some(({ dtype }) => dtype !== float32)) return undefined;
    return [graph.node("Conv", inputs, results[0]!, attributesOf(attributes))];
  }),
  row(convInputGrad, ({ graph, inputs, attributes }) => {
    const [g, weight] = inputs;
    if (inputs.some(({ dtype }) => dtype !== float32)) return undefined;
    const { stride, padding, shape } = attributes;
    const more = missing(attributes, shape, g!.shape, weight!.shape);
    if (more.some((length) => length < 0)) return undefined;
    // What is cut off behind is given back first; ONNX Runtime adds less than a stride; the rest is zeros.
    const rest = more.map((length, i) => Math.max(0, length - padding[i]![1]));
    const cut = padding.map(([before, after], i) => [before, Math.max(0, after - more[i]!)] as const);
    const added = rest.map((length, i) => Math.min(length, stride[i]! - 1));
    const zeros = rest.map((length, i) => length - added[i]!);
    const result = {
      dtype: float32,
      shape: shape.map((length, axis) => (axis < 2 ? length : length - zeros[axis - 2]!)),
    };
    const options = { ...attributesOf({ ...attributes, padding: cut }), output_padding: added };
    return [lengthened(graph, graph.node("ConvTranspose", inputs, result, options), zeros)];
  }),
  // The gradient of a weight is a convolution of the input, its instances as channels, with what flows back as the weight:
  // stride and dilation change places. What lies beyond the kernel's lengths is cut off.
  row(convWeightGrad, ({ graph, inputs: [g, x], attributes, results: [result] }) => {
    if (g!.dtype !== float32) return undefined;
    const { stride, padding, dilation, groups, shape } = attributes;
    const [instances, channels, ...plane] = allKnown(x!.shape);
    const each = channels! / groups;
    let image = x!;
    if (groups > 1) {
      const apart = reshaped(graph, x!, [instances!, groups, each, ...plane]);
      const turned = permuted(graph, apart, [2, 1, 0, ...plane.map((_, axis) => axis + 3)]);
      image = reshaped(graph, turned, [each, groups * instances!, ...plane]);
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
];

/** Rows of the products. */
export const productLowerings: readonly LoweringRow[] = [...products, ...convolutions];
