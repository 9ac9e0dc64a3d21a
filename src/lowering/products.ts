// Matrix products in ONNX. A transposed operand is a Transpose node, which ONNX Runtime takes into the product.

import { type DType, int8, int16, int32, int64, uint8, uint32 } from "../core/dtype.ts";
import { linear, matmul, transposedMatmul } from "../ops/products.ts";
import { type Lowering, type LoweringRow, row } from "./lowering.ts";
import { asGiven, computedIn, Nodes } from "./nodes.ts";

/** The integers in which products of integers are taken: those of less bits wrap around as well when they are cast back. */
const carriers: ReadonlyMap<DType, DType> = new Map([
  [int64, int64],
  [int32, int32],
  [int16, int32],
  [int8, int32],
  [uint8, int32],
  [uint32, uint32],
]);

/** A lowering of floating operands, and of integers in the types that the library multiplies. */
function alsoIntegers<Attributes>(lowering: Lowering<Attributes>): Lowering<Attributes> {
  const floats = computedIn(asGiven, lowering);
  return (context) => {
    const { inputs, results, graph } = context;
    const carrier = carriers.get(inputs[0]!.dtype);
    if (carrier === undefined) return floats(context);
    const n = new Nodes(graph);
    const values = lowering({
      ...context,
      inputs: inputs.map((input) => n.cast(input, carrier)),
      results: results.map(({ shape }) => ({ dtype: carrier, shape })),
    });
    return values?.map((value, i) => n.cast(value, results[i]!.dtype));
  };
}

/** Rows of the products. */
export const productLowerings: readonly LoweringRow[] = [
  row(
    matmul,
    alsoIntegers(({ graph, inputs, results }) => [graph.node("MatMul", inputs, results[0]!)]),
  ),
  row(
    linear,
    alsoIntegers(({ graph, inputs, results: [result] }) => {
      const [x, weight, bias] = inputs;
      const isFloat = x!.dtype.kind === "float";
      // A weight that is part of the graph is turned once, when the graph is made ready.
      const isGiven = !graph.isConstant(weight!);
      if (isFloat && isGiven && x!.shape.length === 2)
        return [graph.node("Gemm", inputs, result!, { transB: 1 })];
      const n = new Nodes(graph);
      const product = graph.node("MatMul", [x, n.transpose(weight!, [1, 0])], result!);
      return [bias === undefined ? product : graph.node("Add", [product, bias], result!)];
    }),
  ),
  row(
    transposedMatmul,
    alsoIntegers(({ graph, inputs, results: [result] }) => {
      const [a, b] = inputs;
      if (a!.dtype.kind === "float") return [graph.node("Gemm", inputs, result!, { transA: 1 })];
      return [graph.node("MatMul", [new Nodes(graph).transpose(a!, [1, 0]), b], result!)];
    }),
  ),
];
