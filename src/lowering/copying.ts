// Copies, conversions and fillings in ONNX.

import type { DType } from "../core/dtype.ts";
import { type Scalar, setterOf } from "../core/elements.ts";
import type { GraphValue, ResultType } from "../onnx/graph.ts";
import { onnxNumber } from "../onnx/types.ts";
import { imaginaryOf } from "../ops/complex.ts";
import { cast, copy, fill, zerosLike } from "../ops/copying.ts";
import { contiguous } from "../ops/views.ts";
import { isReal } from "./carried.ts";
import { converted } from "./conversion.ts";
import { allKnown, type LoweringRow, row } from "./lowering.ts";
import { Nodes } from "./nodes.ts";

/** A shape, given as a vector, full of one value. */
export function filled(nodes: Nodes, lengths: GraphValue, value: Scalar, result: ResultType): GraphValue {
  const { dtype } = result;
  const single = new dtype.array(1);
  setterOf(dtype)(single, 0, value);
  const rawData = new Uint8Array(single.buffer);
  const tensor = { dims: [1], dataType: onnxNumber(dtype), rawData };
  return nodes.graph.node("ConstantOfShape", [lengths], result, { value: { tensor } });
}

/** Zeros in the shape of a value. */
export const zerosIn = (nodes: Nodes, x: GraphValue, dtype: DType): GraphValue =>
  filled(nodes, nodes.shapeOf(x), 0, { dtype, shape: x.shape });

/** Rows of what moves values. */
export const copyingLowerings: readonly LoweringRow[] = [
  row(copy, ({ graph, inputs: [x], results: [result] }) => {
    const value = converted(new Nodes(graph), x!, result!.dtype, "numpy");
    return value && [graph.node("Identity", [value], result!)];
  }),
  row(cast, ({ graph, inputs: [x], results: [result], attributes: { rules } }) => {
    const value = converted(new Nodes(graph), x!, result!.dtype, rules);
    return value && [{ ...value, shape: result!.shape }];
  }),
  row(contiguous, ({ graph, inputs: [x], results: [result] }) =>
    x!.dtype === result!.dtype && isReal(x!.dtype) ? [graph.node("Identity", [x], result!)] : undefined,
  ),
  row(fill, ({ graph, results: [result], attributes: { value } }) => {
    if (!isReal(result!.dtype)) return undefined;
    const nodes = new Nodes(graph);
    return [filled(nodes, graph.integers(allKnown(result!.shape)), value, result!)];
  }),
  row(zerosLike, ({ graph, inputs: [x], results: [result] }) =>
    isReal(result!.dtype) ? [zerosIn(new Nodes(graph), x!, result!.dtype)] : undefined,
  ),
  row(imaginaryOf, ({ graph, inputs: [x], results: [result] }) =>
    isReal(x!.dtype) && isReal(result!.dtype) ? [zerosIn(new Nodes(graph), x!, result!.dtype)] : undefined,
  ),
];
