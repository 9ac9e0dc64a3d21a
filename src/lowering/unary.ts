// Signs, rounding and bounds of single elements in ONNX.

import { type DType, float64, int8, int16, int32, int64 } from "../core/dtype.ts";
import { formatOf } from "../core/formats.ts";
import type { Operation } from "../core/op.ts";
import type { GraphValue } from "../onnx/graph.ts";
import { realOf } from "../ops/complex.ts";
import {
  absolute,
  angle,
  ceil,
  conjugate,
  degrees,
  floor,
  frac,
  fractionalPart,
  nanToNum,
  negative,
  positive,
  radians,
  reciprocal,
  round,
  sign,
  square,
  trunc,
} from "../ops/unary.ts";
import { type Build, each, floats, reals, same } from "./carried.ts";
import { truncated } from "./division.ts";
import type { LoweringRow } from "./lowering.ts";
import type { Nodes } from "./nodes.ts";

const signed: readonly DType[] = [int8, int16, int32, int64, ...floats];

const identity = (nodes: Nodes, [x]: readonly [GraphValue, ...GraphValue[]]): GraphValue =>
  nodes.one("Identity", x);

/** A row of a rounding: integers are round. */
const rounding = (operation: Operation, build: Build<undefined>): LoweringRow =>
  each(operation, reals, (nodes, operands, attributes, dtype) =>
    (operands[0].dtype.kind === "float" ? build : identity)(nodes, operands, attributes, dtype, undefined),
  );

/** A row of what is multiplied or divided by a constant in double precision. */
const scaled = (operation: Operation, opType: "Mul" | "Div", factor: number): LoweringRow =>
  each(operation, floats, (nodes, [x]) =>
    nodes.cast(nodes.two(opType, nodes.cast(x, float64), factor), x.dtype),
  );

const degree = 180 / Math.PI;

/** Rows of operations on one element. */
export const unaryLowerings: readonly LoweringRow[] = [
  each(negative, reals, (nodes, [x]) => (signed.includes(x.dtype) ? nodes.negate(x) : nodes.subtract(0, x))),
  each(positive, reals, identity),
  each(conjugate, reals, identity),
  each(realOf, reals, identity),
  same(absolute, "Abs", reals),
  each(sign, reals, (nodes, [x], attributes) => {
    const value = nodes.one("Sign", x);
    if (x.dtype.kind !== "float") return value;
    return nodes.where(nodes.isNaN(x), attributes?.rules === "torch" ? 0 : x, value);
  }),
  each(square, reals, (nodes, [x]) => nodes.multiply(x, x)),
  same(reciprocal, "Reciprocal", floats),
  each(angle, floats, (nodes, [x]) => {
    const flat = nodes.where(nodes.isNaN(x), x, 0);
    return nodes.where(nodes.less(x, 0), Math.PI, flat);
  }),
  rounding(floor, (nodes, [x]) => nodes.one("Floor", x)),
  rounding(ceil, (nodes, [x]) => nodes.one("Ceil", x)),
  rounding(trunc, (nodes, [x]) => truncated(nodes, x)),
  rounding(round, (nodes, [x]) => nodes.one("Round", x)),
  each(frac, floats, (nodes, [x]) => nodes.subtract(x, truncated(nodes, x))),
  each(fractionalPart, floats, (nodes, [x]) => {
    // So large a number has none, as an infinity.
    const bound = nodes.smaller(nodes.larger(x, -(2 ** 60)), 2 ** 60);
    return nodes.graph.node("Mod", [bound, nodes.number(1, x.dtype)], x, { fmod: 1 });
  }),
  each(nanToNum, reals, (nodes, operands, attributes, dtype) => {
    const [x] = operands;
    if (x.dtype.kind !== "float") return identity(nodes, operands);
    const { largest } = formatOf(dtype);
    const { nan, posinf = largest, neginf = -largest } = attributes;
    const low = nodes.where(nodes.equal(x, -Infinity), neginf, x);
    const high = nodes.where(nodes.equal(x, Infinity), posinf, low);
    return nodes.where(nodes.isNaN(x), nan, high);
  }),
  scaled(degrees, "Mul", degree),
  scaled(radians, "Div", degree),
];
