// Constants that are others for other sizes: positions, causal masks, fillings, numbers reckoned from lengths, which a program
// has made on its way for the sizes that it was traced for. What they are for any size is read off what they are for some.

import type { DType, TypedArray } from "../core/dtype.ts";
import { bool, float32, float64, int32, int64 } from "../core/dtype.ts";
import type { GraphBuilder, GraphValue, Length } from "../onnx/graph.ts";
import { onnxNumber } from "../onnx/types.ts";
import type { Lengths } from "./expressions.ts";

/** A constant as it came out for one size. */
export interface Sample {
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** What a constant is for any size. */
export type Pattern =
  /** start + Σ steps[axis] · index[axis] */
  | { readonly kind: "linear"; readonly start: number; readonly steps: readonly number[] }
  /** `above` where the last index is greater than the one before it plus `shift`, else `below`. */
  | { readonly kind: "triangle"; readonly shift: number; readonly above: number; readonly below: number }
  /** A vector: its index modulo a period, or how many periods lie before it. */
  | { readonly kind: "cycle"; readonly period: Length; readonly counts: boolean }
  /** Element by element a function of a length. */
  | { readonly kind: "lengths"; readonly lengths: readonly Length[]; readonly form: LengthForm };

/** A function of a length: the length that gives a number, and the nodes that give the number of it. */
interface LengthForm {
  readonly lengthOf: (value: number) => number;
  readonly of: (length: number) => number;
  readonly nodes: readonly string[];
}

const lengthForms: readonly LengthForm[] = [
  { lengthOf: (value) => value, of: (length) => length, nodes: [] },
  { lengthOf: (value) => 1 / value, of: (length) => 1 / length, nodes: ["Reciprocal"] },
  { lengthOf: (value) => value ** 2, of: Math.sqrt, nodes: ["Sqrt"] },
  {
    lengthOf: (value) => 1 / value ** 2,
    of: (length) => 1 / Math.sqrt(length),
    nodes: ["Sqrt", "Reciprocal"],
  },
];

/** Element types whose numbers are told from lengths. */
const lengthTypes: readonly DType[] = [float32, float64, int32, int64];
/** More numbers than that are no lengths. */
const mostLengths = 64;

/** Calls `visit` with each index and its place. @returns false at the first that `visit` says no to */
function everyIndex(
  shape: readonly number[],
  visit: (index: readonly number[], place: number) => boolean,
): boolean {
  const index = shape.map(() => 0);
  const size = shape.reduce((product, length) => product * length, 1);
  for (let place = 0; place < size; place++) {
    if (!visit(index, place)) return false;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return true;
}

function linear({ shape, data }: Sample): Located {
  const numbers = (place: number): number => Number(data[place]);
  const start = numbers(0);
  let stride = 1;
  const steps = shape.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis]! > 1) steps[axis] = numbers(stride) - start;
    stride *= shape[axis]!;
  }
  return { kind: "linear", start, steps };
}

function triangle({ shape, data }: Sample): Located | undefined {
  const width = shape.at(-1);
  if (shape.length < 2 || width === undefined || width < 2) return undefined;
  const below = Number(data[0]);
  const first = data.slice(0, width).findIndex((value: number | bigint) => Number(value) !== below);
  return first <= 0 ? undefined : { kind: "triangle", shift: first - 1, above: Number(data[first]), below };
}

type Located = Extract<Pattern, { readonly kind: "linear" | "triangle" }>;

function valueAt(pattern: Located, index: readonly number[]): number {
  if (pattern.kind === "linear")
    return pattern.steps.reduce((sum, step, axis) => sum + step * index[axis]!, pattern.start);
  const [row, column] = index.slice(-2);
  return column! > row! + pattern.shift ? pattern.above : pattern.below;
}

const holds = (pattern: Located, { shape, data }: Sample): boolean =>
  everyIndex(shape, (index, place) => Object.is(valueAt(pattern, index), Number(data[place])));

/** A vector of whole numbers that go round, or that stay for a period each. */
function cycle(samples: readonly Sample[], dtype: DType, lengths: Lengths): Pattern | undefined {
  if (dtype !== int64 || samples.some(({ shape }) => shape.length !== 1)) return undefined;
  const numbers = samples.map(({ data }) => Array.from(data as BigInt64Array, Number));
  for (const counts of [false, true]) {
    // A period ends where 0 comes again, or where it is no more.
    const periods = numbers.map((each) => {
      const end = each.findIndex((value, i) => i > 0 && (value === 0) !== counts);
      return end < 0 ? each.length : end;
    });
    const value = (i: number, period: number): number => (counts ? Math.floor(i / period) : i % period);
    if (numbers.every((each, trial) => each.every((number, i) => number === value(i, periods[trial]!))))
      return { kind: "cycle", period: lengths.of(periods), counts };
  }
  return undefined;
}

/** Numbers each of which is a function of a length. */
function reckoned(samples: readonly Sample[], dtype: DType, lengths: Lengths): Pattern | undefined {
  const [first] = samples;
  const { length } = first!.data;
  const isAlike = samples.every(({ data }) => data.length === length);
  if (!isAlike || length > mostLengths || !lengthTypes.includes(dtype)) return undefined;
  const stored = (number: number): number => (dtype === float32 ? Math.fround(number) : number);
  for (const form of lengthForms) {
    const found: Length[] = [];
    for (let i = 0; i < length; i++) {
      const values = samples.map(({ data }) => Number(data[i]));
      const numbers = values.map((value) => Math.round(form.lengthOf(value)));
      if (!numbers.every((number, trial) => Object.is(stored(form.of(number)), values[trial]))) break;
      const known = lengths.of(numbers);
      if (typeof known === "string" && lengths.expression(known) === undefined) break;
      found.push(known);
    }
    if (found.length === length) return { kind: "lengths", lengths: found, form };
  }
  return undefined;
}

/**
 * The pattern of which all samples are; undefined where none is known.
 * @param lengths what is known of lengths in the trials that the samples are of
 */
export function patternOf(samples: readonly Sample[], dtype: DType, lengths: Lengths): Pattern | undefined {
  const largest = samples.reduce((a, b) => (b.data.length > a.data.length ? b : a));
  const located = [linear(largest), triangle(largest)].find(
    (pattern): pattern is Located =>
      pattern !== undefined && samples.every((sample) => holds(pattern, sample)),
  );
  return located ?? reckoned(samples, dtype, lengths) ?? cycle(samples, dtype, lengths);
}

/** What building a pattern is given. */
export interface PatternContext {
  readonly graph: GraphBuilder;
  readonly dtype: DType;
  readonly shape: readonly Length[];
  readonly vector: (lengths: readonly Length[]) => GraphValue;
}

/** The indices along an axis, as a tensor of one axis that is longer than 1. */
function indices({ graph, shape, vector }: PatternContext, axis: number): GraphValue {
  const scalar = { dtype: int64, shape: [] };
  const length = graph.node("Squeeze", [vector([shape[axis]!])], scalar);
  const [zero, one] = [0, 1].map((number) => graph.constant(int64, [], [number]));
  const range = graph.node("Range", [zero, length, one], { dtype: int64, shape: [shape[axis]!] });
  const lengths = shape.map((_, other) => (other === axis ? -1 : 1));
  const result = { dtype: int64, shape: shape.map((each, other) => (other === axis ? each : 1)) };
  return graph.node("Reshape", [range, graph.integers(lengths)], result);
}

/** A number of the constant's type; bool is told by 0 and 1. */
function number({ graph, dtype }: PatternContext, value: number): GraphValue {
  return graph.constant(dtype, [], [value]);
}

function cast(graph: GraphBuilder, value: GraphValue, dtype: DType): GraphValue {
  if (value.dtype === dtype) return value;
  return graph.node("Cast", [value], { dtype, shape: value.shape }, { to: onnxNumber(dtype) });
}

function expanded({ graph, dtype, shape, vector }: PatternContext, value: GraphValue): GraphValue {
  return graph.node("Expand", [value, vector(shape)], { dtype, shape });
}

type NodesOf<Kind extends Pattern["kind"]> = (
  pattern: Extract<Pattern, { readonly kind: Kind }>,
  context: PatternContext,
) => GraphValue;

/** The nodes of each kind of pattern. */
const nodesOf: { readonly [kind in Pattern["kind"]]: NodesOf<kind> } = {
  triangle: ({ shift, above, below }, context) => {
    const { graph, dtype, shape } = context;
    const [row, column] = [shape.length - 2, shape.length - 1].map((axis) => indices(context, axis));
    const limit = graph.node("Add", [row, graph.constant(int64, [], [shift])], row!);
    const plane = shape.map((length, axis) => (axis < shape.length - 2 ? 1 : length));
    const isAbove = graph.node("Greater", [column, limit], { dtype: bool, shape: plane });
    const values = [above, below].map((value) => number(context, value));
    return expanded(context, graph.node("Where", [isAbove, ...values], { dtype, shape: plane }));
  },
  linear: ({ start, steps }, context) => {
    const { graph, dtype, shape } = context;
    const wide = dtype === int64 ? int64 : float32;
    let sum: GraphValue = graph.constant(wide, [], [start]);
    steps.forEach((step, axis) => {
      if (step === 0) return;
      const index = cast(graph, indices(context, axis), wide);
      const term = graph.node("Mul", [index, graph.constant(wide, [], [step])], index);
      sum = graph.node("Add", [sum, term], { dtype: wide, shape });
    });
    return expanded(context, cast(graph, sum, dtype));
  },
  cycle: ({ period, counts }, context) => {
    const { graph, dtype, vector } = context;
    const index = indices(context, 0);
    return cast(graph, graph.node(counts ? "Div" : "Mod", [index, vector([period])], index), dtype);
  },
  lengths: ({ lengths, form }, { graph, dtype, shape, vector }) => {
    const typed = cast(graph, vector(lengths), dtype);
    const made = form.nodes.reduce((value, opType) => graph.node(opType, [value], typed), typed);
    return graph.node("Reshape", [made, graph.integers(shape as number[])], { dtype, shape });
  },
};

/** The nodes of a pattern. */
export const patternNodes = (pattern: Pattern, context: PatternContext): GraphValue =>
  (nodesOf[pattern.kind] as NodesOf<Pattern["kind"]>)(pattern as never, context);
