// Comparisons, truth values and bits in ONNX.

import { bool, uint64 } from "../core/dtype.ts";
import type { Operation } from "../core/op.ts";
import type { GraphValue } from "../onnx/graph.ts";
import {
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  equal,
  greater,
  greaterEqual,
  isfinite,
  isinf,
  isnan,
  leftShift,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  notEqual,
  rightShift,
  signbit,
} from "../ops/logic.ts";
import { type Build, chosen, each, isReal, reals, wholes } from "./carried.ts";
import { isNegative } from "./division.ts";
import { type LoweringRow, row } from "./lowering.ts";
import { Nodes, stretched } from "./nodes.ts";

const comparison = (
  operation: Operation,
  compare: (nodes: Nodes, a: GraphValue, b: GraphValue) => GraphValue,
): LoweringRow => each(operation, reals, (nodes, [a, b]) => compare(nodes, a, b!));

/** A row of a test of floating numbers, which has one answer for all integers: the comparison of each with itself. */
const test = (
  operation: Operation,
  ofFloat: (nodes: Nodes, x: GraphValue) => GraphValue,
  ofWhole: (nodes: Nodes, x: GraphValue) => GraphValue,
): LoweringRow =>
  each(operation, reals, (nodes, [x]) => (x.dtype.kind === "float" ? ofFloat : ofWhole)(nodes, x));

const never = (nodes: Nodes, x: GraphValue): GraphValue => nodes.less(x, x);

/** A row of a connective of truth values. */
const connective = (operation: Operation, opType: string): LoweringRow =>
  row(operation, ({ graph, inputs, results }) => {
    if (inputs.some(({ dtype }) => !isReal(dtype))) return undefined;
    const nodes = new Nodes(graph);
    const { dtype, shape } = results[0]!;
    const truths = inputs.map((input) => nodes.truth(input));
    return [nodes.cast(graph.node(opType, truths, { dtype: bool, shape }), dtype)];
  });

/** A row of an operation on bits, which of truth values is another one. */
const bits = (operation: Operation, ofWholes: string, ofBools: string): LoweringRow =>
  each(operation, [bool, ...wholes], (nodes, operands) =>
    nodes.graph.node(operands[0].dtype === bool ? ofBools : ofWholes, operands, operands[0]),
  );

/** Bits of uint64 moved by an amount below 64. */
function moved(nodes: Nodes, x: GraphValue, amount: GraphValue, direction: "LEFT" | "RIGHT"): GraphValue {
  const operands = [nodes.cast(x, uint64), nodes.cast(amount, uint64)];
  const shape = stretched(x.shape, amount.shape);
  const value = nodes.graph.node("BitShift", operands, { dtype: uint64, shape }, { direction });
  return nodes.cast(value, x.dtype);
}

/** True where an amount is less than a type's width and not below 0. */
function isWithin(nodes: Nodes, amount: GraphValue): GraphValue {
  const isLess = nodes.less(amount, 8 * amount.dtype.itemSize);
  return amount.dtype.kind === "signed" ? nodes.and(isLess, nodes.greaterEqual(amount, 0)) : isLess;
}

const shiftLeft: Build<undefined> = (nodes, [x, amount]) => {
  const isInside = isWithin(nodes, amount!);
  const value = moved(nodes, x, chosen(nodes, isInside, amount!, 0), "LEFT");
  return chosen(nodes, isInside, value, 0);
};

/** A negative number is shifted as its complement, which is not negative. */
const shiftRight: Build<undefined> = (nodes, [x, amount]) => {
  const isInside = isWithin(nodes, amount!);
  if (x.dtype.kind !== "signed") {
    const value = moved(nodes, x, chosen(nodes, isInside, amount!, 0), "RIGHT");
    return chosen(nodes, isInside, value, 0);
  }
  const mask = chosen(nodes, nodes.less(x, 0), -1, nodes.number(0, x.dtype));
  const far = chosen(nodes, isInside, amount!, 8 * x.dtype.itemSize - 1);
  const value = moved(nodes, nodes.two("BitwiseXor", x, mask), far, "RIGHT");
  return nodes.two("BitwiseXor", value, mask);
};

/** Rows of what answers true or false, and of operations on bits. */
export const logicLowerings: readonly LoweringRow[] = [
  each(equal, [bool, ...reals], (nodes, [a, b]) => nodes.equal(a, b!)),
  each(notEqual, [bool, ...reals], (nodes, [a, b]) => nodes.not(nodes.equal(a, b!))),
  comparison(less, (nodes, a, b) => nodes.less(a, b)),
  comparison(lessEqual, (nodes, a, b) => nodes.lessEqual(a, b)),
  comparison(greater, (nodes, a, b) => nodes.greater(a, b)),
  comparison(greaterEqual, (nodes, a, b) => nodes.greaterEqual(a, b)),
  test(isnan, (nodes, x) => nodes.isNaN(x), never),
  test(isinf, (nodes, x) => nodes.isInfinite(x), never),
  test(
    isfinite,
    (nodes, x) => nodes.equal(nodes.subtract(x, x), 0),
    (nodes, x) => nodes.equal(x, x),
  ),
  test(signbit, isNegative, (nodes, x) => nodes.less(x, 0)),
  connective(logicalNot, "Not"),
  connective(logicalAnd, "And"),
  connective(logicalOr, "Or"),
  connective(logicalXor, "Xor"),
  bits(bitwiseNot, "BitwiseNot", "Not"),
  bits(bitwiseAnd, "BitwiseAnd", "And"),
  bits(bitwiseOr, "BitwiseOr", "Or"),
  bits(bitwiseXor, "BitwiseXor", "Xor"),
  each(leftShift, wholes, shiftLeft),
  each(rightShift, wholes, shiftRight),
];
