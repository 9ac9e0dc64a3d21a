// Constants whose lengths are dynamic: positions, causal masks, fillings, which a program has made on its way for the sizes that
// it was traced for. What they are for any size is read off what they are for some.

import type { DType, TypedArray } from "../core/dtype.ts";
import { bool, float32, int64 } from "../core/dtype.ts";
import type { GraphBuilder, GraphValue, Length } from "../onnx/graph.ts";
import { onnxNumber } from "../onnx/types.ts";

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
  | { readonly kind: "triangle"; readonly shift: number; readonly above: number; readonly below: number };

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

function linear({ shape, data }: Sample): Pattern {
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

function triangle({ shape, data }: Sample): Pattern | undefined {
  const width = shape.at(-1);
  if (shape.length < 2 || width === undefined || width < 2) return undefined;
  const below = Number(data[0]);
  const first = data.slice(0, width).findIndex((value: number | bigint) => Number(value) !== below);
  return first <= 0 ? undefined : { kind: "triangle", shift: first - 1, above: Number(data[first]), below };
}

function valueAt(pattern: Pattern, index: readonly number[]): number {
  if (pattern.kind === "linear")
    return pattern.steps.reduce((sum, step, axis) => sum + step * index[axis]!, pattern.start);
  const [row, column] = index.slice(-2);
  return column! > row! + pattern.shift ? pattern.above : pattern.below;
}

const holds = (pattern: Pattern, { shape, data }: Sample): boolean =>
  everyIndex(shape, (index, place) => Object.is(valueAt(pattern, index), Number(data[place])));

/** The pattern of which all samples are; undefined where none is known. */
export function patternOf(samples: readonly Sample[]): Pattern | undefined {
  const largest = samples.reduce((a, b) => (b.data.length > a.data.length ? b : a));
  return [linear(largest), triangle(largest)].find(
    (pattern): pattern is Pattern =>
      pattern !== undefined && samples.every((sample) => holds(pattern, sample)),
  );
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

/** The nodes of a pattern. */
export function patternNodes(pattern: Pattern, context: PatternContext): GraphValue {
  const { graph, dtype, shape, vector } = context;
  const expanded = (value: GraphValue): GraphValue =>
    graph.node("Expand", [value, vector(shape)], { dtype, shape });
  if (pattern.kind === "triangle") {
    const [row, column] = [shape.length - 2, shape.length - 1].map((axis) => indices(context, axis));
    const limit = graph.node("Add", [row, graph.constant(int64, [], [pattern.shift])], row!);
    const plane = shape.map((length, axis) => (axis < shape.length - 2 ? 1 : length));
    const isAbove = graph.node("Greater", [column, limit], { dtype: bool, shape: plane });
    const [above, below] = [pattern.above, pattern.below].map((value) => number(context, value));
    return expanded(graph.node("Where", [isAbove, above, below], { dtype, shape: plane }));
  }
  const wide = dtype === int64 ? int64 : float32;
  let sum: GraphValue = graph.constant(wide, [], [pattern.start]);
  pattern.steps.forEach((step, axis) => {
    if (step === 0) return;
    const index = indices(context, axis);
    const typed =
      wide === int64
        ? index
        : graph.node("Cast", [index], { dtype: wide, shape: index.shape }, { to: onnxNumber(wide) });
    const term = graph.node("Mul", [typed, graph.constant(wide, [], [step])], typed);
    sum = graph.node("Add", [sum, term], { dtype: wide, shape });
  });
  const cast =
    wide === dtype ? sum : graph.node("Cast", [sum], { dtype, shape: sum.shape }, { to: onnxNumber(dtype) });
  return expanded(cast);
}
