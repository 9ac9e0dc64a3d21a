// Activation functions and rectifiers in ONNX, and the gradients of activations. Where there is a node it is taken, in single
// precision. Relu and Clip keep the sign of -0, where Math.max gives 0.

import { type DType, float32, int32, int64, uint8 } from "../core/dtype.ts";
import type { GraphValue } from "../onnx/graph.ts";
import {
  type GeluAttributes,
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
import {
  type EluAttributes,
  elu,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  mish,
  prelu,
  softplus,
  softshrink,
  threshold,
} from "../ops/rectifiers.ts";
import { type Lowering, type LoweringRow, row } from "./lowering.ts";
import { asGiven, computedIn, made, Nodes } from "./nodes.ts";
import { errorComplement, expLessOne, logOnePlusExp } from "./series.ts";

/** Integers that a choice can be made of. */
const integers: readonly DType[] = [int64, int32, uint8];

/** True iff the value is of single precision, for which there are more nodes. */
const isSingle = ({ dtype }: GraphValue): boolean => dtype === float32;

/** A lowering of one operand, of which those of integers are made in their own way. */
function withIntegers<Attributes>(
  ofIntegers: (n: Nodes, x: GraphValue, attributes: Attributes) => GraphValue,
  ofFloats: (n: Nodes, x: GraphValue, attributes: Attributes) => GraphValue,
): Lowering<Attributes> {
  const floats = computedIn<Attributes>(asGiven, ({ graph, inputs: [x], attributes }) => [
    ofFloats(new Nodes(graph), x!, attributes),
  ]);
  return (context) => {
    const { graph, inputs, attributes } = context;
    if (!integers.includes(inputs[0]!.dtype)) return floats(context);
    return [ofIntegers(new Nodes(graph), inputs[0]!, attributes)];
  };
}

/** A value held between two numbers. */
export function clip(n: Nodes, x: GraphValue, min: number, max: number): GraphValue {
  return n.graph.node("Clip", [x, n.number(min, x.dtype), n.number(max, x.dtype)], x);
}

function exactGelu(n: Nodes, x: GraphValue): GraphValue {
  return n.multiply(n.multiply(x, 0.5), errorComplement(n, n.multiply(x, -Math.SQRT1_2)));
}

function tanhGelu(n: Nodes, x: GraphValue): GraphValue {
  const inner = n.multiply(
    n.add(n.multiply(n.square(x), 0.044715), 1),
    n.multiply(x, Math.sqrt(2 / Math.PI)),
  );
  return n.multiply(n.multiply(x, 0.5), n.add(n.one("Tanh", inner), 1));
}

function geluOf(n: Nodes, x: GraphValue, { approximate }: GeluAttributes): GraphValue {
  // At infinity PyTorch's kernel of single precision has no value, and the node has infinity.
  if (isSingle(x)) return n.one("Gelu", x, { approximate });
  return approximate === "none" ? exactGelu(n, x) : tanhGelu(n, x);
}

function eluOf(n: Nodes, x: GraphValue, { alpha, scale, inputScale }: EluAttributes): GraphValue {
  if (isSingle(x)) {
    if (scale === 1 && inputScale === 1) return n.one("Elu", x, { alpha: { float: alpha } });
    if (inputScale === 1) return n.one("Selu", x, { alpha: { float: alpha }, gamma: { float: scale } });
  }
  const below = n.multiply(expLessOne(n, n.multiply(x, inputScale)), alpha * scale);
  return n.where(n.greater(x, 0), n.multiply(x, scale), below);
}

const activations: readonly LoweringRow[] = [
  row(
    relu,
    withIntegers(
      (n, x) => n.larger(x, 0),
      (n, x) => n.one("Relu", x),
    ),
  ),
  // A product with the node is made one node of single precision by the library, whatever the type.
  made(sigmoid, asGiven, (n, [x]) =>
    isSingle(x!) ? n.one("Sigmoid", x!) : n.one("Reciprocal", n.add(n.exp(n.negate(x!)), 1)),
  ),
  made(leakyRelu, asGiven, (n, [x], { negativeSlope }) =>
    isSingle(x!)
      ? n.one("LeakyRelu", x!, { alpha: { float: negativeSlope } })
      : n.where(n.greater(x!, 0), x!, n.multiply(x!, negativeSlope)),
  ),
  made(gelu, asGiven, (n, [x], attributes) => geluOf(n, x!, attributes)),
  made(silu, asGiven, (n, [x]) =>
    isSingle(x!) ? n.multiply(x!, n.one("Sigmoid", x!)) : n.divide(x!, n.add(n.exp(n.negate(x!)), 1)),
  ),
  made(logSigmoid, asGiven, (n, [x]) => {
    const turned = n.negate(x!);
    return n.negate(isSingle(x!) ? n.one("Softplus", turned) : logOnePlusExp(n, turned));
  }),
  made(reluBackward, asGiven, (n, [g, y]) => n.where(n.lessEqual(y!, 0), 0, g!)),
  made(tanhBackward, asGiven, (n, [g, y]) => n.multiply(g!, n.subtract(1, n.square(y!)))),
  made(sigmoidBackward, asGiven, (n, [g, y]) => n.multiply(n.multiply(g!, y!), n.subtract(1, y!))),
];

const rectifiers: readonly LoweringRow[] = [
  made(elu, asGiven, (n, [x], attributes) => eluOf(n, x!, attributes)),
  made(softplus, asGiven, (n, [x], { beta, threshold: bound }) => {
    // From 20 on the node's result is its operand, whatever the threshold.
    if (isSingle(x!) && beta === 1 && bound >= 20) return n.one("Softplus", x!);
    const scaled = n.multiply(x!, beta);
    const soft = n.divide(logOnePlusExp(n, scaled), beta);
    return n.where(n.greater(scaled, bound), x!, soft);
  }),
  row(
    hardtanh,
    withIntegers(
      (n, x, { min, max }) => n.smaller(n.larger(x, Math.trunc(min)), Math.trunc(max)),
      (n, x, { min, max }) => (min <= max ? clip(n, x, min, max) : n.smaller(n.larger(x, min), max)),
    ),
  ),
  made(hardshrink, asGiven, (n, [x], { lambd }) => {
    const isWithin = n.and(n.greaterEqual(x!, -lambd), n.lessEqual(x!, lambd));
    return n.where(isWithin, 0, x!);
  }),
  made(softshrink, asGiven, (n, [x], { lambd }) => {
    const below = n.where(n.less(x!, -lambd), n.add(x!, lambd), n.multiply(x!, 0));
    return n.where(n.greater(x!, lambd), n.subtract(x!, lambd), below);
  }),
  made(hardsigmoid, asGiven, (n, [x]) =>
    isSingle(x!)
      ? n.one("HardSigmoid", x!, { alpha: { float: 1 / 6 }, beta: { float: 0.5 } })
      : n.divide(clip(n, n.add(x!, 3), 0, 6), 6),
  ),
  // The product overflows as PyTorch's does, which the library's node does not: it divides first.
  made(hardswish, asGiven, (n, [x]) => n.divide(n.multiply(x!, clip(n, n.add(x!, 3), 0, 6)), 6)),
  row(
    threshold,
    withIntegers(
      (n, x, { threshold: bound, value }) =>
        n.where(n.lessEqual(x, Math.trunc(bound)), n.number(Math.trunc(value), x.dtype), x),
      (n, x, { threshold: bound, value }) => n.where(n.lessEqual(x, bound), value, x),
    ),
  ),
  made(mish, asGiven, (n, [x]) =>
    isSingle(x!) ? n.one("Mish", x!) : n.multiply(x!, n.one("Tanh", logOnePlusExp(n, x!))),
  ),
  made(prelu, asGiven, (n, [x, weight]) => n.where(n.greater(x!, 0), x!, n.multiply(weight!, x!))),
];

/** Rows of activations and rectifiers. */
export const activationLowerings: readonly LoweringRow[] = [...activations, ...rectifiers];
