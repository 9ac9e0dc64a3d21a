// Elementwise operations in ONNX. Operands are stretched to one another there as here.

import { bool, type DType, float32, float64 } from "../core/dtype.ts";
import type { GraphBuilder, GraphValue } from "../onnx/graph.ts";
import {
  gelu,
  leakyRelu,
  logSigmoid,
  relu,
  reluBackward,
  sigmoid,
  sigmoidBackward,
  silu,
  tanhBackward,
} from "../ops/activations.ts";
import { exp, log, rsqrt, sqrt } from "../ops/exponential.ts";
import { erf } from "../ops/special.ts";
import { cos, sin, tanh } from "../ops/trigonometry.ts";
import { type LoweringRow, one, row } from "./lowering.ts";

const floats: readonly DType[] = [float32, float64];
const single: readonly DType[] = [float32];

/** A number as a constant of an element type. */
const scalar = (graph: GraphBuilder, value: number, { dtype }: GraphValue): GraphValue =>
  graph.constant(dtype, [], [value]);

const isFloat = ({ dtype }: GraphValue): boolean => floats.includes(dtype);

/** Activations that ONNX has no node for, and the gradients of others. */
const activations: readonly LoweringRow[] = [
  one(relu, "Relu", floats),
  one(sigmoid, "Sigmoid", floats),
  one(tanh, "Tanh", floats),
  row(leakyRelu, ({ graph, inputs, results, attributes }) => {
    if (inputs[0]!.dtype !== float32) return undefined;
    return [graph.node("LeakyRelu", inputs, results[0]!, { alpha: { float: attributes.negativeSlope } })];
  }),
  row(gelu, ({ graph, inputs, results, attributes }) => {
    if (inputs[0]!.dtype !== float32) return undefined;
    return [graph.node("Gelu", inputs, results[0]!, { approximate: attributes.approximate })];
  }),
  row(silu, ({ graph, inputs: [x], results: [result] }) => {
    if (!isFloat(x!)) return undefined;
    return [graph.node("Mul", [x, graph.node("Sigmoid", [x], result!)], result!)];
  }),
  row(logSigmoid, ({ graph, inputs: [x], results: [result] }) => {
    if (x!.dtype !== float32) return undefined;
    return [graph.node("Neg", [graph.node("Softplus", [graph.node("Neg", [x], result!)], result!)], result!)];
  }),
  row(reluBackward, ({ graph, inputs: [g, y], results: [result] }) => {
    if (!isFloat(g!)) return undefined;
    const zero = scalar(graph, 0, y!);
    const isOff = graph.node("LessOrEqual", [y, zero], { dtype: bool, shape: y!.shape });
    return [graph.node("Where", [isOff, scalar(graph, 0, g!), g], result!)];
  }),
  row(tanhBackward, ({ graph, inputs: [g, y], results: [result] }) => {
    if (!isFloat(g!)) return undefined;
    const slope = graph.node("Sub", [scalar(graph, 1, y!), graph.node("Mul", [y, y], y!)], y!);
    return [graph.node("Mul", [g, slope], result!)];
  }),
  row(sigmoidBackward, ({ graph, inputs: [g, y], results: [result] }) => {
    if (!isFloat(g!)) return undefined;
    const rest = graph.node("Sub", [scalar(graph, 1, y!), y], y!);
    return [graph.node("Mul", [g, graph.node("Mul", [y!, rest], y!)], result!)];
  }),
];

/** Operations of one operand. */
const unary: readonly LoweringRow[] = [
  one(exp, "Exp", floats),
  one(log, "Log", floats),
  one(sqrt, "Sqrt", floats),
  one(erf, "Erf", single),
  one(sin, "Sin", floats),
  one(cos, "Cos", floats),
  row(rsqrt, ({ graph, inputs: [x], results: [result] }) =>
    isFloat(x!) ? [graph.node("Reciprocal", [graph.node("Sqrt", [x], result!)], result!)] : undefined,
  ),
];

/** Rows of the elementwise operations. */
export const elementwiseLowerings: readonly LoweringRow[] = [...activations, ...unary];
