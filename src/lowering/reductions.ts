// Reductions in ONNX. Products are taken in double precision, as here; sums of single precision are summed in it.

import { bool, type DType, float32, float64, int8, int32, int64, uint8, uint64 } from "../core/dtype.ts";
import { product } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import type { GraphValue } from "../onnx/graph.ts";
import {
  all,
  amax,
  amin,
  any,
  argmax,
  argmin,
  type PositionAttributes,
  prod,
  productOfOthers,
  type ReductionAttributes,
  type SumAttributes,
  sum,
} from "../ops/reductions.ts";
import { carrierOf, floats, isReal } from "./carried.ts";
import { converted } from "./conversion.ts";
import { gathered, reshapedTo } from "./lengths.ts";
import { known, type LoweringRow, row } from "./lowering.ts";
import { Nodes } from "./nodes.ts";
import { scanned, shifted } from "./scans.ts";

/** The types that the library finds extremes of, and their positions. */
const ordered: readonly DType[] = [uint8, int8, int32, int64, ...floats];

/** The type that elements are summed in; undefined where there is none. */
function sumType(from: DType, to: DType): DType | undefined {
  if (!isReal(from) || to.kind === "complex" || to === bool) return undefined;
  if (to.kind !== "float") return int64;
  return from.kind !== "float" || from === float64 || to === float64 ? float64 : float32;
}

/** The type that elements are multiplied in. */
function productType(from: DType, to: DType): DType | undefined {
  const type = sumType(from, to);
  return type?.kind === "float" ? float64 : type;
}

const half = 2 ** 32;

/**
 * The sum of integers, modulo 2^64. The library sums them in double precision: what is above 32 bits is summed apart, so
 * that both sums are exact (of up to 2^21 elements).
 */
function wholeSum(nodes: Nodes, x: GraphValue, axes: readonly number[], keepdims: boolean): GraphValue {
  const sumOf = (value: GraphValue): GraphValue => nodes.reduce("ReduceSum", value, axes, keepdims);
  const low = nodes.two("BitwiseAnd", x, half - 1);
  const high = nodes.divide(nodes.subtract(x, low), half);
  return nodes.add(nodes.multiply(sumOf(high), half), sumOf(low));
}

/** The product of integers, modulo 2^64: halves of an axis by one another until one element is left. */
function wholeProduct(nodes: Nodes, x: GraphValue, axes: readonly number[], keepdims: boolean): GraphValue {
  let value = x;
  for (const axis of axes) {
    let count = known(value.shape[axis]);
    if (count === 0)
      value = nodes.pad(
        value,
        value.shape.map((_, each) => [0, each === axis ? 1 : 0]),
        1,
      );
    for (; count > 1; count = Math.ceil(count / 2)) {
      const pads = value.shape.map((_, each) => [0, each === axis ? count % 2 : 0] as const);
      const even = nodes.pad(value, pads, 1);
      const middle = Math.ceil(count / 2);
      value = nodes.multiply(nodes.slice(even, axis, 0, middle), nodes.slice(even, axis, middle, 2 * middle));
    }
  }
  return keepdims ? value : nodes.squeeze(value, axes);
}

/** The sum or product along axes, of which there is one. */
type Fold = (nodes: Nodes, x: GraphValue, axes: readonly number[], keepdims: boolean) => GraphValue;

/** Integers of few bits are summed exactly in double precision. */
const summed: Fold = (nodes, x, axes, keepdims) => nodes.reduce("ReduceSum", x, axes, keepdims);

/**
 * The sum of single precision. Over the axes that lie outermost it is a product with ones, of which the library has a kernel that
 * goes through memory once and on all threads (measured, [128, 512]: 8 microseconds, `ReduceSum` 48).
 */
const singlesSummed: Fold = (nodes, x, axes, keepdims) => {
  const outer = new Set(axes);
  const count = x.shape.findIndex((_, axis) => !outer.has(axis));
  const lengths = x.shape.filter((length) => typeof length === "number");
  const isOutermost = count === outer.size && count > 0 && lengths.length === x.shape.length;
  if (!isOutermost || lengths.includes(0)) return summed(nodes, x, axes, keepdims);
  const [terms, rest] = [product(lengths.slice(0, count)), lengths.slice(count)];
  const ones = nodes.expand(nodes.graph.constant(float32, [1, 1], [1]), [1, terms]);
  const row = nodes.matmul(ones, lengths.length === 2 ? x : nodes.reshape(x, [terms, product(rest)]));
  return nodes.reshape(row, keepdims ? [...lengths.slice(0, count).map(() => 1), ...rest] : rest);
};

const multiplied: Fold = (nodes, x, axes, keepdims) => nodes.reduce("ReduceProd", x, axes, keepdims);

/** A row of a sum or product, whose result may have another type than its operand. */
const total = (
  operation: Operation<SumAttributes>,
  typeOf: (from: DType, to: DType) => DType | undefined,
  foldOf: (from: DType, type: DType) => Fold,
): LoweringRow =>
  row(operation, ({ graph, inputs: [x], attributes: { axes, keepdims }, results: [result] }) => {
    const { dtype, shape } = result!;
    const type = typeOf(x!.dtype, dtype);
    if (type === undefined) return undefined;
    const nodes = new Nodes(graph);
    const operand = dtype.isInteger && x!.dtype.kind === "float" ? converted(nodes, x!, dtype, "torch") : x;
    const given = nodes.cast(operand!, type);
    const value = axes.length === 0 ? given : foldOf(operand!.dtype, type)(nodes, given, axes, keepdims);
    return [{ ...converted(nodes, value, dtype, "torch")!, shape }];
  });

/** The lowest number of int64, which is added to bits of uint64 so that they are ordered as numbers with a sign. */
const lowest = -(2 ** 63);

/** A value in a type in which elements are ordered as in its own. */
export function orderedAs(nodes: Nodes, x: GraphValue, types: readonly DType[]): GraphValue | undefined {
  if (x.dtype === uint64) return nodes.add(nodes.cast(x, int64), lowest);
  const type = carrierOf(x.dtype, types);
  return type && nodes.cast(x, type);
}

/** The extreme of 64-bit integers by its position, which the library finds rightly (`extremeOf` says what it does not). */
function wholeExtreme(
  nodes: Nodes,
  opType: "Max" | "Min",
  x: GraphValue,
  axes: readonly number[],
  keepdims: boolean,
): GraphValue {
  let value = x;
  for (const axis of axes) {
    const type = { dtype: int64, shape: value.shape.with(axis, 1) };
    const place = nodes.graph.node(`Arg${opType}`, [value], type, { axis, keepdims: 1 });
    value = gathered(nodes, value, place, axis);
  }
  return keepdims ? value : nodes.squeeze(value, axes);
}

const extreme = (operation: Operation<ReductionAttributes>, opType: "Max" | "Min"): LoweringRow =>
  row(operation, ({ graph, inputs: [x], attributes: { axes, keepdims }, results: [result] }) => {
    const { dtype, shape } = result!;
    const nodes = new Nodes(graph);
    if (x!.dtype !== dtype) return undefined;
    if (axes.length === 0) return isReal(dtype) ? [graph.node("Identity", [x], result!)] : undefined;
    const operand = orderedAs(nodes, x!, ordered);
    if (operand === undefined) return undefined;
    let value =
      operand.dtype === int64
        ? wholeExtreme(nodes, opType, operand, axes, keepdims)
        : nodes.reduce(`Reduce${opType}`, operand, axes, keepdims);
    if (dtype === uint64) value = nodes.add(value, lowest);
    if (dtype.kind === "float") {
      // The library passes by what is not a number.
      const flags = nodes.cast(nodes.isNaN(operand), float32);
      const found = nodes.greater(nodes.reduce("ReduceMax", flags, axes, keepdims), 0);
      value = nodes.where(found, Number.NaN, value);
    }
    return [{ ...nodes.cast(value, dtype), shape }];
  });

/** True where one along the axes is not 0. */
function isAny(nodes: Nodes, isTrue: GraphValue, { axes, keepdims }: ReductionAttributes): GraphValue {
  if (axes.length === 0) return isTrue;
  return nodes.greater(nodes.reduce("ReduceSum", nodes.cast(isTrue, float32), axes, keepdims), 0);
}

const truths = (operation: Operation<ReductionAttributes>, isAll: boolean): LoweringRow =>
  row(operation, ({ graph, inputs: [x], attributes, results: [result] }) => {
    if (!isReal(x!.dtype)) return undefined;
    const nodes = new Nodes(graph);
    const isTrue = nodes.truth(x!);
    const value = isAll
      ? nodes.not(isAny(nodes, nodes.not(isTrue), attributes))
      : isAny(nodes, isTrue, attributes);
    return [{ ...value, shape: result!.shape }];
  });

/** Numbers in double precision among which what is not a number comes first; infinities are the largest finite ones. */
export function ranked(nodes: Nodes, x: GraphValue, sign: 1 | -1): GraphValue {
  const wide = nodes.cast(x, float64);
  const finite = nodes.smaller(nodes.larger(wide, -Number.MAX_VALUE), Number.MAX_VALUE);
  return nodes.where(nodes.isNaN(wide), sign * Number.POSITIVE_INFINITY, finite);
}

const position = (operation: Operation<PositionAttributes>, opType: string, sign: 1 | -1): LoweringRow =>
  row(operation, ({ graph, inputs: [x], attributes: { axis, keepdims }, results: [result] }) => {
    const nodes = new Nodes(graph);
    const ranks = orderedAs(nodes, x!, ordered);
    if (ranks === undefined) return undefined;
    const isFlat = axis === null || x!.shape.length === 0;
    const line = isFlat ? reshapedTo(nodes, ranks, [-1]) : ranks;
    const along = isFlat ? 0 : axis;
    const options = { axis: along, keepdims: Number(!isFlat && keepdims), select_last_index: 0 };
    const type = { dtype: int64, shape: isFlat ? [] : result!.shape };
    const find = (node: string, operand: GraphValue): GraphValue =>
      graph.node(node, [operand], type, options);
    let place: GraphValue;
    if (x!.dtype === float64) {
      const isNone = nodes.isNaN(line);
      const flags = nodes.cast(isNone, float32);
      const without = nodes.where(isNone, -sign * Number.POSITIVE_INFINITY, line);
      const isFound = nodes.greater(nodes.reduce("ReduceMax", flags, [along], !isFlat && keepdims), 0);
      place = nodes.where(isFound, find("ArgMax", flags), find(opType, without));
    } else place = find(opType, x!.dtype.kind === "float" ? ranked(nodes, line, sign) : line);
    return [
      {
        ...(isFlat
          ? reshapedTo(
              nodes,
              place,
              result!.shape.map(() => 1),
            )
          : place),
        shape: result!.shape,
      },
    ];
  });

/** Rows of the reductions. */
export const reductionLowerings: readonly LoweringRow[] = [
  total(sum, sumType, ({ itemSize }, type) => {
    if (type === float32) return singlesSummed;
    return type === int64 && itemSize > 2 ? wholeSum : summed;
  }),
  total(prod, productType, (_from, type) => (type === int64 ? wholeProduct : multiplied)),
  extreme(amax, "Max"),
  extreme(amin, "Min"),
  truths(any, false),
  truths(all, true),
  position(argmax, "ArgMax", 1),
  position(argmin, "ArgMin", -1),
  // The product of the elements before each, times that of those after it.
  row(productOfOthers, ({ graph, inputs: [x], attributes: { axes }, results: [result] }) => {
    const type = productType(x!.dtype, result!.dtype);
    if (type === undefined) return undefined;
    const nodes = new Nodes(graph);
    const rest = [...x!.shape.keys()].filter((axis) => !axes.includes(axis));
    const order = [...rest, ...axes];
    const lengths = axes.map((axis) => known(x!.shape[axis]));
    const axis = rest.length;
    const kept = rest.map(() => 0);
    const count = lengths.reduce((product, length) => product * length, 1);
    const lead = order.slice(0, axis).map((each) => x!.shape[each]!);
    const turned = nodes.transpose(nodes.cast(x!, type), order);
    const line = nodes.reshape(turned, [...kept, count], [...lead, count]);
    const product = (a: GraphValue, b: GraphValue): GraphValue => nodes.multiply(a, b);
    const [before, after] = [1, -1].map((by) =>
      shifted(
        nodes,
        scanned(nodes, line, { axis, count, isReverse: by < 0, neutral: 1 }, product),
        axis,
        by,
        1,
      ),
    );
    const others = nodes.reshape(product(before!, after!), [...kept, ...lengths], [...lead, ...lengths]);
    const inverse = order.map((_, each) => order.indexOf(each));
    return [
      {
        ...converted(nodes, nodes.transpose(others, inverse), result!.dtype, "torch")!,
        shape: result!.shape,
      },
    ];
  }),
];
