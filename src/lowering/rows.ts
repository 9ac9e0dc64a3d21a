// Reductions and softmax in ONNX.

import { type DType, float32, float64, int32, int64 } from "../core/dtype.ts";
import type { Operation } from "../core/op.ts";
import type { GraphBuilder, GraphValue } from "../onnx/graph.ts";
import type { AxisAttributes } from "../ops/indexing.ts";
import { amax, amin, type ReductionAttributes, sum } from "../ops/reductions.ts";
import { logSoftmax, logSoftmaxGradient, softmax, softmaxGradient } from "../ops/softmax.ts";
import { type LoweringRow, row } from "./lowering.ts";

const floats: readonly DType[] = [float32, float64];
const numbers: readonly DType[] = [...floats, int32, int64];

/** The sum along an axis, which stays. */
function sumAlong(graph: GraphBuilder, value: GraphValue, axis: number): GraphValue {
  const shape = value.shape.map((length, i) => (i === axis ? 1 : length));
  const type = { dtype: value.dtype, shape };
  return graph.node("ReduceSum", [value, graph.integers([axis])], type, { keepdims: 1 });
}

const reduction = <A extends ReductionAttributes>(
  operation: Operation<A>,
  opType: string,
  types: readonly DType[],
): LoweringRow =>
  row(operation, ({ graph, inputs: [x], attributes: { axes, keepdims }, results: [result] }) => {
    if (!types.includes(x!.dtype) || x!.dtype !== result!.dtype || axes.length === 0) return undefined;
    return [graph.node(opType, [x, graph.integers(axes)], result!, { keepdims: Number(keepdims) })];
  });

const softmaxes = (operation: Operation<AxisAttributes>, opType: string): LoweringRow =>
  row(operation, ({ graph, inputs: [x], attributes: { axis }, results: [result] }) =>
    floats.includes(x!.dtype) && x!.shape.length > 0
      ? [graph.node(opType, [x], result!, { axis })]
      : undefined,
  );

/** Rows of what goes along axes. */
export const rowLowerings: readonly LoweringRow[] = [
  reduction(sum, "ReduceSum", numbers),
  reduction(amax, "ReduceMax", numbers),
  reduction(amin, "ReduceMin", numbers),
  softmaxes(softmax, "Softmax"),
  softmaxes(logSoftmax, "LogSoftmax"),
  row(softmaxGradient, ({ graph, inputs: [g, y], attributes: { axis }, results: [result] }) => {
    if (!floats.includes(g!.dtype) || g!.shape.length === 0) return undefined;
    const total = sumAlong(graph, graph.node("Mul", [g, y], result!), axis);
    return [graph.node("Mul", [y, graph.node("Sub", [g, total], result!)], result!)];
  }),
  row(logSoftmaxGradient, ({ graph, inputs: [g, y], attributes: { axis }, results: [result] }) => {
    if (!floats.includes(g!.dtype) || g!.shape.length === 0) return undefined;
    const part = graph.node("Mul", [graph.node("Exp", [y], result!), sumAlong(graph, g!, axis)], result!);
    return [graph.node("Sub", [g, part], result!)];
  }),
];
