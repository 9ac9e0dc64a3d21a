// Nodes of ONNX as calls, with the element type and lengths of what they give; and in which type an operation is computed
// where the library has no kernel for that of its operands.

import { bool, type DType, float32, float64, int64 } from "../core/dtype.ts";
import type { Operation } from "../core/op.ts";
import type { AttributeValue, GraphBuilder, GraphValue, Length, ResultType } from "../onnx/graph.ts";
import { onnxNumber } from "../onnx/types.ts";
import { type Lowering, type LoweringRow, row } from "./lowering.ts";

/** A value, or a number that becomes a constant of the other operand's type. */
export type Term = GraphValue | number;

/** The shape that shapes stretch to. Of two names it is not known which is longer: the first one is kept. */
export function stretched(a: readonly Length[], b: readonly Length[]): Length[] {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const lead = long.length - short.length;
  return long.map((length, axis) => {
    const other = axis < lead ? 1 : short[axis - lead]!;
    if (length === 1) return other;
    return typeof length === "string" && typeof other === "number" && other !== 1 ? other : length;
  });
}

/** Nodes of a graph as calls. */
export class Nodes {
  readonly graph: GraphBuilder;

  constructor(graph: GraphBuilder) {
    this.graph = graph;
  }

  /** A number as a value of a type. */
  number(value: number, dtype: DType): GraphValue {
    return this.graph.constant(dtype, [], [value]);
  }

  /** A vector of numbers of a type, or an array of them in a shape. */
  numbers(values: ArrayLike<number>, dtype: DType, shape: readonly number[] = [values.length]): GraphValue {
    return this.graph.constant(dtype, shape, values);
  }

  /** The value in another element type. */
  cast(value: GraphValue, dtype: DType): GraphValue {
    if (value.dtype === dtype) return value;
    return this.graph.node("Cast", [value], { dtype, shape: value.shape }, { to: onnxNumber(dtype) });
  }

  /** True where the value is not 0. */
  truth(value: GraphValue): GraphValue {
    return this.cast(value, bool);
  }

  /** A node of one operand whose result is like it. */
  one(opType: string, x: GraphValue, attributes?: Readonly<Record<string, AttributeValue>>): GraphValue {
    return this.graph.node(opType, [x], x, attributes);
  }

  /** A node of two operands that are stretched to one another. */
  two(opType: string, a: Term, b: Term, result?: DType): GraphValue {
    const [x, y] = this.pair(a, b);
    const type = { dtype: result ?? x.dtype, shape: stretched(x.shape, y.shape) };
    return this.graph.node(opType, [x, y], type);
  }

  private pair(a: Term, b: Term): [GraphValue, GraphValue] {
    if (typeof a !== "number") return [a, typeof b === "number" ? this.number(b, a.dtype) : b];
    if (typeof b === "number") throw new TypeError("a node of two numbers");
    return [this.number(a, b.dtype), b];
  }

  add(a: Term, b: Term): GraphValue {
    return this.two("Add", a, b);
  }

  subtract(a: Term, b: Term): GraphValue {
    return this.two("Sub", a, b);
  }

  multiply(a: Term, b: Term): GraphValue {
    return this.two("Mul", a, b);
  }

  divide(a: Term, b: Term): GraphValue {
    return this.two("Div", a, b);
  }

  power(a: Term, b: Term): GraphValue {
    return this.two("Pow", a, b);
  }

  /** The larger; NaN when either is. */
  larger(a: Term, b: Term): GraphValue {
    return this.two("Max", a, b);
  }

  /** The smaller; NaN when either is. */
  smaller(a: Term, b: Term): GraphValue {
    return this.two("Min", a, b);
  }

  less(a: Term, b: Term): GraphValue {
    return this.two("Less", a, b, bool);
  }

  lessEqual(a: Term, b: Term): GraphValue {
    return this.two("LessOrEqual", a, b, bool);
  }

  greater(a: Term, b: Term): GraphValue {
    return this.two("Greater", a, b, bool);
  }

  greaterEqual(a: Term, b: Term): GraphValue {
    return this.two("GreaterOrEqual", a, b, bool);
  }

  equal(a: Term, b: Term): GraphValue {
    return this.two("Equal", a, b, bool);
  }

  and(a: GraphValue, b: GraphValue): GraphValue {
    return this.two("And", a, b);
  }

  or(a: GraphValue, b: GraphValue): GraphValue {
    return this.two("Or", a, b);
  }

  not(a: GraphValue): GraphValue {
    return this.one("Not", a);
  }

  isNaN(x: GraphValue): GraphValue {
    return this.graph.node("IsNaN", [x], { dtype: bool, shape: x.shape });
  }

  /** True where the operand is infinite. */
  isInfinite(x: GraphValue): GraphValue {
    return this.graph.node("IsInf", [x], { dtype: bool, shape: x.shape });
  }

  /**
   * The second operand where the condition holds, else the third. The library adds what is chosen to 0, and so makes 0 of -0.
   */
  where(condition: GraphValue, a: Term, b: Term): GraphValue {
    const [x, y] = this.pair(a, b);
    const shape = stretched(condition.shape, stretched(x.shape, y.shape));
    return this.graph.node("Where", [condition, x, y], { dtype: x.dtype, shape });
  }

  negate(x: GraphValue): GraphValue {
    return this.one("Neg", x);
  }

  absolute(x: GraphValue): GraphValue {
    return this.one("Abs", x);
  }

  exp(x: GraphValue): GraphValue {
    return this.one("Exp", x);
  }

  log(x: GraphValue): GraphValue {
    return this.one("Log", x);
  }

  sqrt(x: GraphValue): GraphValue {
    return this.one("Sqrt", x);
  }

  square(x: GraphValue): GraphValue {
    return this.multiply(x, x);
  }

  /** A polynomial by its coefficients, the constant one first. */
  polynomial(coefficients: readonly number[], x: GraphValue): GraphValue {
    let total: Term = coefficients.at(-1)!;
    for (let k = coefficients.length - 2; k >= 0; k--)
      total = this.add(this.multiply(x, total), coefficients[k]!);
    return typeof total === "number" ? this.number(total, x.dtype) : total;
  }

  /** A reduction along axes. */
  reduce(opType: string, x: GraphValue, axes: readonly number[], keepdims: boolean): GraphValue {
    const shape = x.shape
      .map((length, axis): Length => (axes.includes(axis) ? 1 : length))
      .filter((_, axis) => keepdims || !axes.includes(axis));
    const options = { keepdims: Number(keepdims) };
    return this.graph.node(opType, [x, this.graph.integers(axes)], { dtype: x.dtype, shape }, options);
  }

  /** The sum along axes. */
  sum(x: GraphValue, axes: readonly number[], keepdims = true): GraphValue {
    return axes.length === 0 ? x : this.reduce("ReduceSum", x, axes, keepdims);
  }

  /** Axes in another order. */
  transpose(x: GraphValue, axes: readonly number[]): GraphValue {
    if (axes.every((axis, i) => axis === i)) return x;
    const shape = axes.map((axis) => x.shape[axis]!);
    return this.graph.node("Transpose", [x], { dtype: x.dtype, shape }, { perm: axes });
  }

  /** The value in another shape; -1 stands for the one length that follows. @param lengths its lengths where -1 is given */
  reshape(x: GraphValue, shape: readonly number[], lengths: readonly Length[] = shape): GraphValue {
    return this.graph.node("Reshape", [x, this.graph.integers(shape)], { dtype: x.dtype, shape: lengths });
  }

  /** With axes of length 1 put in at these places of the result. */
  unsqueeze(x: GraphValue, axes: readonly number[]): GraphValue {
    const shape: Length[] = [...x.shape];
    for (const axis of axes.toSorted((a, b) => a - b)) shape.splice(axis, 0, 1);
    return this.graph.node("Unsqueeze", [x, this.graph.integers(axes)], { dtype: x.dtype, shape });
  }

  /** Without these axes, which have length 1. */
  squeeze(x: GraphValue, axes: readonly number[]): GraphValue {
    const shape = x.shape.filter((_, axis) => !axes.includes(axis));
    return this.graph.node("Squeeze", [x, this.graph.integers(axes)], { dtype: x.dtype, shape });
  }

  /** Elements from `start` up to `end` along an axis. @param step default: 1 */
  slice(x: GraphValue, axis: number, start: number, end: number, step = 1): GraphValue {
    const shape = x.shape.map((length, i) => (i === axis ? Math.ceil((end - start) / step) : length));
    const parts = [[start], [end], [axis], [step]].map((numbers) => this.graph.integers(numbers));
    return this.graph.node("Slice", [x, ...parts], { dtype: x.dtype, shape });
  }

  /** Values side by side along an axis. @param length of the axis of the result */
  concat(values: readonly GraphValue[], axis: number, length: Length): GraphValue {
    const { dtype, shape } = values[0]!;
    return this.graph.node("Concat", values, { dtype, shape: shape.with(axis, length) }, { axis });
  }

  /** Elements of an axis by a vector of indices. */
  take(x: GraphValue, axis: number, index: GraphValue): GraphValue {
    const shape = x.shape.toSpliced(axis, 1, ...index.shape);
    return this.graph.node("Gather", [x, index], { dtype: x.dtype, shape }, { axis });
  }

  /** The product of matrices of the last two axes. */
  matmul(a: GraphValue, b: GraphValue): GraphValue {
    const lead = stretched(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const shape = [...lead, a.shape.at(-2)!, b.shape.at(-1)!];
    return this.graph.node("MatMul", [a, b], { dtype: a.dtype, shape });
  }

  /** The value stretched to a shape. */
  expand(x: GraphValue, shape: readonly number[]): GraphValue {
    return this.graph.node("Expand", [x, this.graph.integers(shape)], { dtype: x.dtype, shape });
  }

  /** A number around. @param pads for each axis, before and after */
  pad(x: GraphValue, pads: readonly (readonly [number, number])[], filler = 0): GraphValue {
    if (pads.every(([before, after]) => before === 0 && after === 0)) return x;
    const shape = x.shape.map((length, axis): Length => {
      const more = pads[axis]![0] + pads[axis]![1];
      return typeof length === "number" ? length + more : more === 0 ? length : `${length}+${more}`;
    });
    const all = [...pads.map(([before]) => before), ...pads.map(([, after]) => after)];
    const around = filler === 0 ? [] : [this.number(filler, x.dtype)];
    return this.graph.node("Pad", [x, this.graph.integers(all), ...around], { dtype: x.dtype, shape });
  }

  /** The lengths of a value as a vector of int64. */
  shapeOf(x: GraphValue): GraphValue {
    return this.graph.node("Shape", [x], { dtype: int64, shape: [x.shape.length] });
  }
}

/** A type in which an operation is computed, for each of the types that arithmetic is done in. */
export interface ComputeTypes {
  /** For half types. */
  readonly half: DType | undefined;
  readonly single: DType | undefined;
  readonly double: DType | undefined;
}

/** Half types in single precision; the others as they are. */
export const asGiven: ComputeTypes = { half: float32, single: float32, double: float64 };
/** All in single precision; not those of double precision. */
export const singles: ComputeTypes = { half: float32, single: float32, double: undefined };
/** All in double precision, rounded once. */
export const doubles: ComputeTypes = { half: float64, single: float64, double: float64 };

/** The type in which an operand's type is computed; undefined for what there is none for. */
function computeType({ half, single, double }: ComputeTypes, dtype: DType): DType | undefined {
  if (dtype === float64) return double;
  if (dtype === float32) return single;
  return dtype.kind === "float" && dtype.itemSize === 2 ? half : undefined;
}

/**
 * A lowering over floating operands, computed in other types where they are not the operands' own. Operands that are not
 * floating stay as they are.
 */
export function computedIn<Attributes>(
  types: ComputeTypes,
  lowering: Lowering<Attributes>,
): Lowering<Attributes> {
  return ({ graph, inputs, attributes, results }) => {
    let work: DType | undefined;
    for (const { dtype } of inputs) {
      if (dtype.kind !== "float") continue;
      const type = computeType(types, dtype);
      if (type === undefined) return undefined;
      if (work !== float64) work = type;
    }
    if (work === undefined) return undefined;
    const type = work;
    const nodes = new Nodes(graph);
    const inside = (dtype: DType): DType => (dtype.kind === "float" ? type : dtype);
    const given = inputs.map((input) => nodes.cast(input, inside(input.dtype)));
    const wanted = results.map(({ dtype, shape }): ResultType => ({ dtype: inside(dtype), shape }));
    const values = lowering({ graph, inputs: given, attributes, results: wanted });
    return values?.map((value, i) => nodes.cast(value, results[i]!.dtype));
  };
}

/**
 * A row for an operation of one result that is made of its operands.
 * @param make is told which type the first operand had before it was put in another
 */
export function made<Attributes>(
  operation: Operation<Attributes>,
  types: ComputeTypes,
  make: (
    nodes: Nodes,
    operands: readonly GraphValue[],
    attributes: Attributes,
    given: DType,
  ) => GraphValue | undefined,
): LoweringRow {
  return row(operation, (context) => {
    const given = context.inputs[0]!.dtype;
    const lowering = computedIn<Attributes>(types, ({ graph, inputs, attributes }) => {
      const result = make(new Nodes(graph), inputs, attributes, given);
      return result === undefined ? undefined : [result];
    });
    return lowering(context);
  });
}
