// Reductions in ONNX.

import { type DType, float32, float64, int32, int64 } from "../core/dtype.ts";
import type { Operation } from "../core/op.ts";
import { amax, amin, type ReductionAttributes, sum } from "../ops/reductions.ts";
import { type LoweringRow, row } from "./lowering.ts";

const floats: readonly DType[] = [float32, float64];
const numbers: readonly DType[] = [...floats, int32, int64];

const reduction = <A extends ReductionAttributes>(
  operation: Operation<A>,
  opType: string,
  types: readonly DType[],
): LoweringRow =>
  row(operation, ({ graph, inputs: [x], attributes: { axes, keepdims }, results: [result] }) => {
    if (!types.includes(x!.dtype) || x!.dtype !== result!.dtype || axes.length === 0) return undefined;
    return [graph.node(opType, [x, graph.integers(axes)], result!, { keepdims: Number(keepdims) })];
  });

/** Rows of what goes along axes. */
export const rowLowerings: readonly LoweringRow[] = [
  reduction(sum, "ReduceSum", numbers),
  reduction(amax, "ReduceMax", numbers),
  reduction(amin, "ReduceMin", numbers),
];
