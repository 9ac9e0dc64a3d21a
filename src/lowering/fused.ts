// Nodes that are two operations of ours at once: a product that goes into a sum alone. Programs have many of them (a weight's
// update), single operations none.

import { type DType, float32, float64 } from "../core/dtype.ts";
import type { GraphBuilder, GraphValue } from "../onnx/graph.ts";
import { add, addScaled } from "../ops/binary.ts";
import { transposedMatmul } from "../ops/products.ts";
import { known, type Lowering } from "./lowering.ts";

const floats: readonly DType[] = [float32, float64];

/** An operation of which an operand is another operation's result, which goes nowhere else and is as large as its own. */
export interface Fusion {
  readonly outer: string;
  /** Which operand it is. */
  readonly operand: number;
  readonly inner: string;
  /** The element types that there is a form of. */
  readonly types: readonly DType[];
  /** Is given the outer's other operands in order, then the inner's, and the outer's attributes. */
  readonly lowering: Lowering<never>;
}

/** c + alpha aᵀ b. */
function sumWithProduct(
  graph: GraphBuilder,
  [c, a, b]: readonly GraphValue[],
  alpha = 1,
): readonly GraphValue[] {
  const attributes = alpha === 1 ? { transA: 1 } : { transA: 1, alpha: { float: alpha } };
  return [graph.node("Gemm", [a, b, c], { dtype: c!.dtype, shape: c!.shape }, attributes)];
}

const smaller = (a: GraphValue, b: GraphValue): boolean => known(a.shape[1]) <= known(b.shape[1]);

const sums = [0, 1].map(
  (operand): Fusion => ({
    outer: add.name,
    operand,
    inner: transposedMatmul.name,
    types: floats,
    lowering: ({ graph, inputs }) => sumWithProduct(graph, inputs),
  }),
);

/** True iff a number is one that `Gemm` takes: its numbers are of single precision. */
const isTaken = (value: number, dtype: DType): boolean => dtype === float32 || Math.fround(value) === value;

/** c + scale aᵀ b. A scale that varies, or that `Gemm` would round, goes to the smaller of a and b. */
const scaled: Lowering<{ readonly scale: number }> = ({ graph, inputs, attributes, varying }) => {
  const [c, a, b] = inputs;
  const { dtype } = c!;
  if (varying?.scale === undefined && isTaken(attributes.scale, dtype))
    return sumWithProduct(graph, [c!, a!, b!], attributes.scale);
  const scale = varying?.scale ?? graph.constant(dtype, [], [attributes.scale]);
  const times = (value: GraphValue): GraphValue => graph.node("Mul", [value, scale], value);
  const operands = smaller(a!, b!) ? [c!, times(a!), b!] : [c!, a!, times(b!)];
  return sumWithProduct(graph, operands);
};

/** All of them. */
export const fusions: readonly Fusion[] = [
  ...sums,
  {
    outer: addScaled.name,
    operand: 1,
    inner: transposedMatmul.name,
    types: floats,
    lowering: scaled as Lowering<never>,
  },
];
