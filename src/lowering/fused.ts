// Nodes that are two operations of ours at once: a product that is scaled and goes into a sum alone. Programs have many of
// them (a weight's update), single operations none.
//
// `Gemm` could take the sum in as its third operand, but copies that to the result before it multiplies, on one thread and
// also where it lies there already. An addition of its own is done on all threads (measured, two threads, 784 x 512 and a
// batch of 128: 380 microseconds, with a third operand 500; of 32: 170 and 280; on one thread there is no difference).

import { type DType, float32, float64 } from "../core/dtype.ts";
import type { GraphValue } from "../onnx/graph.ts";
import { addScaled } from "../ops/binary.ts";
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

const smaller = (a: GraphValue, b: GraphValue): boolean => known(a.shape[1]) <= known(b.shape[1]);

/** True iff a number is one that `Gemm` takes: its numbers are of single precision. */
const isTaken = (value: number, dtype: DType): boolean => dtype === float32 || Math.fround(value) === value;

/** c + scale aᵀ b. A scale that varies, or that `Gemm` would round, goes to the smaller of a and b. */
const scaled: Lowering<{ readonly scale: number }> = ({ graph, inputs, attributes, varying }) => {
  const [c, a, b] = inputs as [GraphValue, GraphValue, GraphValue];
  const { dtype } = c;
  const sumWith = (left: GraphValue, right: GraphValue, alpha: number): GraphValue => {
    const product = graph.node("Gemm", [left, right], c, { transA: 1, alpha: { float: alpha } });
    return graph.node("Add", [c, product], c);
  };
  if (varying?.scale === undefined && isTaken(attributes.scale, dtype))
    return [sumWith(a, b, attributes.scale)];
  const scale = varying?.scale ?? graph.constant(dtype, [], [attributes.scale]);
  const times = (value: GraphValue): GraphValue => graph.node("Mul", [value, scale], value);
  return [smaller(a, b) ? sumWith(times(a), b, 1) : sumWith(a, times(b), 1)];
};

/** All of them. */
export const fusions: readonly Fusion[] = [
  {
    outer: addScaled.name,
    operand: 1,
    inner: transposedMatmul.name,
    types: floats,
    lowering: scaled as Lowering<never>,
  },
];
