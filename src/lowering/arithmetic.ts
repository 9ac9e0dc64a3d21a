// Arithmetic on pairs and triples of elements in ONNX. Sums and products of products are rounded in between, in the operands'
// type.

import { type DType, float64, int32, int64 } from "../core/dtype.ts";
import type { Operation } from "../core/op.ts";
import type { GraphValue } from "../onnx/graph.ts";
import {
  add,
  addScaled,
  copysign,
  divide,
  floatPower,
  fmax,
  fmin,
  heaviside,
  maximum,
  minimum,
  multiply,
  power,
  subtract,
} from "../ops/binary.ts";
import type { Rules } from "../ops/elementwise.ts";
import { addcdiv, addcmul, clamp, clampMax, clampMin, lerp, multiplyAdd, where } from "../ops/ternary.ts";
import { bounded, chosen, each, extremeOf, floats, isReal, reals, same, wholes } from "./carried.ts";
import { withSign } from "./division.ts";
import { type LoweringRow, row } from "./lowering.ts";
import { Nodes } from "./nodes.ts";

const extreme = (operation: Operation, opType: "Max" | "Min"): LoweringRow =>
  each(operation, bounded, (nodes, [a, b]) => extremeOf(nodes, opType, a, b!));

/** The operand that is not NaN, else what the node gives. */
const unlessNaN =
  (opType: "Max" | "Min") =>
  (nodes: Nodes, [a, b]: readonly GraphValue[]): GraphValue => {
    const taken = extremeOf(nodes, opType, a!, b!);
    if (a!.dtype.kind !== "float") return taken;
    return nodes.where(nodes.isNaN(b!), a!, nodes.where(nodes.isNaN(a!), b!, taken));
  };

/** A value times a weight that is written in the graph, or one of the graph's. */
function weighed(nodes: Nodes, x: GraphValue, weight: number, given: GraphValue | undefined): GraphValue {
  if (given !== undefined) return nodes.multiply(x, nodes.cast(given, x.dtype));
  return weight === 1 ? x : nodes.multiply(x, weight);
}

/**
 * Integers to integer powers, modulo 2^64, by products of squares: the library takes them in double precision. To a negative
 * power, by NumPy's rules the run ends (there is no second element in a table of one), by PyTorch's the quotient is truncated.
 */
function wholePower(
  nodes: Nodes,
  a: GraphValue,
  b: GraphValue,
  dtype: DType,
  rules: Rules["rules"],
): GraphValue {
  const isBelow = nodes.less(b, 0);
  let rest = chosen(nodes, isBelow, 0, b);
  if (rules === "numpy" && dtype.kind === "signed") {
    const found = nodes.cast(isBelow, int64);
    const axes = b.shape.map((_, axis) => axis);
    const worst = axes.length === 0 ? found : nodes.reduce("ReduceMax", found, axes, false);
    rest = nodes.add(rest, nodes.take(nodes.numbers([0], b.dtype), 0, worst));
  }
  const isOddOf = (value: GraphValue): GraphValue => nodes.equal(nodes.two("BitwiseAnd", value, 1), 1);
  let result: GraphValue = nodes.number(1, a.dtype);
  let square = a;
  const bits = 8 * dtype.itemSize - (dtype.kind === "signed" ? 1 : 0);
  for (let bit = 0; bit < bits; bit++) {
    result = chosen(nodes, isOddOf(rest), nodes.multiply(result, square), result);
    if (bit + 1 === bits) break;
    square = nodes.multiply(square, square);
    rest = nodes.divide(rest, 2);
  }
  if (dtype.kind !== "signed") return result;
  const size = nodes.cast(nodes.equal(nodes.absolute(a), 1), a.dtype);
  const sign = chosen(nodes, isOddOf(b), a, size);
  return chosen(nodes, isBelow, nodes.multiply(size, sign), result);
}

const pairs: readonly LoweringRow[] = [
  same(add, "Add", reals),
  same(subtract, "Sub", reals),
  same(multiply, "Mul", reals),
  same(divide, "Div", floats),
  extreme(maximum, "Max"),
  extreme(minimum, "Min"),
  each(fmax, bounded, unlessNaN("Max")),
  each(fmin, bounded, unlessNaN("Min")),
  each(power, [int32, int64, ...floats], (nodes, [a, b], { rules }, dtype) =>
    a.dtype.kind === "float" ? nodes.power(a, b!) : wholePower(nodes, a, b!, dtype, rules),
  ),
  same(floatPower, "Pow", floats),
  each(copysign, floats, (nodes, [a, b]) => withSign(nodes, a, b!)),
  each(
    addScaled,
    reals,
    (nodes, [a, b], { scale }, _dtype, varying) => {
      if (a.dtype.kind !== "float" && !Number.isSafeInteger(scale)) return undefined;
      return nodes.add(a, weighed(nodes, b!, scale, varying?.scale));
    },
    ["scale"],
  ),
  each(heaviside, reals, (nodes, [a, b], attributes) => {
    const step = chosen(nodes, nodes.less(a, 0), 0, nodes.number(1, a.dtype));
    const value = chosen(nodes, nodes.equal(a, 0), b!, step);
    if (a.dtype.kind !== "float") return value;
    return nodes.where(nodes.isNaN(a), attributes?.rules === "torch" ? 0 : a, value);
  }),
];

const triples: readonly LoweringRow[] = [
  row(where, ({ graph, inputs: [condition, a, b], results }) => {
    const { dtype, shape } = results[0]!;
    if (a!.dtype !== dtype || b!.dtype !== dtype || !isReal(dtype) || !isReal(condition!.dtype))
      return undefined;
    const nodes = new Nodes(graph);
    return [{ ...chosen(nodes, nodes.truth(condition!), a!, b!), shape }];
  }),
  each(lerp, floats, (nodes, [a, b, w]) => {
    const span = nodes.subtract(b!, a);
    const near = nodes.add(a, nodes.multiply(w!, span));
    const far = nodes.subtract(b!, nodes.multiply(span, nodes.subtract(1, w!)));
    return nodes.where(nodes.less(nodes.absolute(w!), 0.5), near, far);
  }),
  // Rounded once: a product and its negative, rounded before, leave what was rounded off.
  each(multiplyAdd, [...wholes, float64], (nodes, [x, y, z]) => nodes.add(nodes.multiply(x, y!), z!)),
  each(clamp, bounded, (nodes, [x, lower, upper]) =>
    extremeOf(nodes, "Min", extremeOf(nodes, "Max", x, lower!), upper!),
  ),
  extreme(clampMin, "Max"),
  extreme(clampMax, "Min"),
  each(
    addcmul,
    reals,
    (nodes, [a, b, c], { re, im }, _dtype, varying) => {
      if (im !== 0) return undefined;
      const weight = a.dtype.kind === "float" ? re : Math.trunc(re);
      return nodes.add(a, nodes.multiply(weighed(nodes, b!, weight, varying?.re), c!));
    },
    ["re"],
  ),
  each(
    addcdiv,
    floats,
    (nodes, [a, b, c], { re, im }, _dtype, varying) => {
      if (im !== 0) return undefined;
      return nodes.add(a, nodes.divide(weighed(nodes, b!, re, varying?.re), c!));
    },
    ["re"],
  ),
];

/** Rows of arithmetic on two and three elements. */
export const arithmeticLowerings: readonly LoweringRow[] = [...pairs, ...triples];
