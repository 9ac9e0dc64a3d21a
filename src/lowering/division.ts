// Quotients and remainders in ONNX. Of integers the library's division by zero, and that of the lowest number by -1, ends the
// process: such divisors are replaced beforehand.

import { float64, int64 } from "../core/dtype.ts";
import type { GraphValue } from "../onnx/graph.ts";
import { divideTrunc, floorDivide, fmod, remainder } from "../ops/binary.ts";
import type { Rules } from "../ops/elementwise.ts";
import { type Build, chosen, each, reals } from "./carried.ts";
import type { LoweringRow } from "./lowering.ts";
import type { Nodes } from "./nodes.ts";

/** True where the sign bit is set. */
export const isNegative = (nodes: Nodes, x: GraphValue): GraphValue =>
  nodes.or(nodes.less(x, 0), nodes.less(nodes.divide(1, x), 0));

/**
 * The magnitude of the first with the sign of the second. By a product, since the library's `Where` makes 0 of -0.
 */
export function withSign(nodes: Nodes, x: GraphValue, sign: GraphValue): GraphValue {
  const factor = nodes.where(isNegative(nodes, sign), -1, nodes.number(1, x.dtype));
  return nodes.multiply(nodes.absolute(x), factor);
}

/** Towards zero. */
export const truncated = (nodes: Nodes, x: GraphValue): GraphValue =>
  withSign(nodes, nodes.one("Floor", nodes.absolute(x)), x);

/** C's fmod of floating operands: it has the dividend's sign. */
function rest(nodes: Nodes, a: GraphValue, b: GraphValue): GraphValue {
  const { dtype, shape } = nodes.subtract(a, b);
  return nodes.graph.node("Mod", [a, b], { dtype, shape }, { fmod: 1 });
}

/** True where something remains whose sign is not the divisor's. */
function isAcross(nodes: Nodes, remains: GraphValue, b: GraphValue): GraphValue {
  const signs = nodes.two("Xor", nodes.less(b, 0), nodes.less(remains, 0));
  return nodes.and(signs, nodes.not(nodes.equal(remains, 0)));
}

/** Integers to be divided, with the divisors that must not come replaced by 1. */
interface Division {
  readonly a: GraphValue;
  readonly b: GraphValue;
  readonly safe: GraphValue;
  readonly isZero: GraphValue;
}

/**
 * Prepares a division of integers. By PyTorch's rules a divisor of 0 is an error, which the run ends with: there is no
 * second element in a table of one.
 */
function division(nodes: Nodes, a: GraphValue, b: GraphValue, { rules }: Rules): Division {
  const isZero = nodes.equal(b, 0);
  const isUnsafe = b.dtype.kind === "signed" ? nodes.or(isZero, nodes.equal(b, -1)) : isZero;
  const safe = chosen(nodes, isUnsafe, 1, b);
  if (rules === "numpy") return { a, b, safe, isZero };
  const found = nodes.cast(isZero, int64);
  const axes = b.shape.map((_, axis) => axis);
  const worst = axes.length === 0 ? found : nodes.reduce("ReduceMax", found, axes, false);
  const table = nodes.numbers([0], a.dtype);
  return { a: nodes.add(a, nodes.take(table, 0, worst)), b, safe, isZero };
}

/** The quotient towards zero; of a divisor of 0 it is 0. */
function quotient(nodes: Nodes, { a, b, safe, isZero }: Division): GraphValue {
  const whole = nodes.divide(a, safe);
  const negated =
    b.dtype.kind === "signed" ? chosen(nodes, nodes.equal(b, -1), opposite(nodes, a), whole) : whole;
  return chosen(nodes, isZero, 0, negated);
}

/** 0 - x, which wraps. */
const opposite = (nodes: Nodes, x: GraphValue): GraphValue => nodes.subtract(0, x);

/** What remains of integers after the quotient towards zero, or after the one rounded down; 0 for a divisor of 0. */
function wholeRest(nodes: Nodes, { a, b, safe, isZero }: Division, isDown: boolean): GraphValue {
  const remains = nodes.subtract(a, nodes.multiply(nodes.divide(a, safe), safe));
  const moved =
    isDown && b.dtype.kind === "signed"
      ? chosen(nodes, isAcross(nodes, remains, b), nodes.add(remains, b), remains)
      : remains;
  return chosen(nodes, isZero, 0, moved);
}

/** The quotient of floating operands rounded down, from the remainder, which is exact. */
function floorQuotient(nodes: Nodes, a: GraphValue, b: GraphValue): GraphValue {
  const remains = rest(nodes, a, b);
  const plain = nodes.divide(a, b);
  const near = nodes.divide(nodes.subtract(a, remains), b);
  const across = nodes.where(isAcross(nodes, remains, b), nodes.subtract(near, 1), near);
  const down = nodes.one("Floor", across);
  const rounded = nodes.where(nodes.greater(nodes.subtract(across, down), 0.5), nodes.add(down, 1), down);
  return withSign(nodes, nodes.where(nodes.equal(b, 0), plain, rounded), plain);
}

const floorDivision: Build<Rules> = (nodes, [a, b], attributes) => {
  if (a.dtype.kind === "float") {
    // The quotient may need more bits than float32 has.
    const [x, y] = [nodes.cast(a, float64), nodes.cast(b!, float64)];
    return nodes.cast(floorQuotient(nodes, x, y), a.dtype);
  }
  const parts = division(nodes, a, b!, attributes);
  const whole = quotient(nodes, parts);
  if (a.dtype.kind !== "signed") return whole;
  const remains = wholeRest(nodes, parts, false);
  return chosen(nodes, isAcross(nodes, remains, b!), nodes.subtract(whole, 1), whole);
};

const truncDivision: Build<Rules> = (nodes, [a, b], attributes) =>
  a.dtype.kind === "float"
    ? truncated(nodes, nodes.divide(a, b!))
    : quotient(nodes, division(nodes, a, b!, attributes));

const modulo: Build<Rules> = (nodes, [a, b], attributes) => {
  if (a.dtype.kind !== "float") return wholeRest(nodes, division(nodes, a, b!, attributes), true);
  const remains = rest(nodes, a, b!);
  // What is taken away is 0 where nothing is, which leaves -0 as it is.
  const moved = nodes.subtract(remains, nodes.where(isAcross(nodes, remains, b!), nodes.negate(b!), 0));
  return attributes.rules === "torch" ? moved : withSign(nodes, moved, b!);
};

const cRemainder: Build<Rules> = (nodes, [a, b], attributes) =>
  a.dtype.kind === "float" ? rest(nodes, a, b!) : wholeRest(nodes, division(nodes, a, b!, attributes), false);

/** Rows of the divisions that are rounded, and of what they leave. */
export const divisionLowerings: readonly LoweringRow[] = [
  each(floorDivide, reals, floorDivision),
  each(divideTrunc, reals, truncDivision),
  each(remainder, reals, modulo),
  each(fmod, reals, cRemainder),
];
