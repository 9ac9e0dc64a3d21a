// Complex numbers in ONNX, which has none. A complex value of a graph is carried as pairs (`carriedAs`); operations compute with
// both parts as real values and join them in the end. What takes a joined value apart finds its parts again, so that of
// operations that follow each other no pair is made in between.

import { bool, type DType, float64, int64, partType } from "../core/dtype.ts";
import type { Operation } from "../core/op.ts";
import type { GraphBuilder, GraphValue, ResultType } from "../onnx/graph.ts";
import { chosen } from "./carried.ts";
import { zerosIn } from "./copying.ts";
import { stretchedTo } from "./lengths.ts";
import { type Lowering, type LoweringContext, type LoweringRow, row } from "./lowering.ts";
import { Nodes, stretched } from "./nodes.ts";

/** Both parts of complex numbers, of one real type. They may have to be stretched to one another. */
export interface Parts {
  readonly re: GraphValue;
  readonly im: GraphValue;
}

export const isComplex = ({ dtype }: { readonly dtype: DType }): boolean => dtype.kind === "complex";

/** What values were joined from, by their names. */
const joined: WeakMap<GraphBuilder, Map<string, Parts>> = new WeakMap();

function knownIn(graph: GraphBuilder): Map<string, Parts> {
  let known = joined.get(graph);
  if (known === undefined) {
    known = new Map();
    joined.set(graph, known);
  }
  return known;
}

/** The parts of a value, in their own type; the imaginary part of a real value is one 0. */
export function partsOf(n: Nodes, value: GraphValue): Parts {
  if (!isComplex(value)) return { re: value, im: n.number(0, value.dtype) };
  const known = knownIn(n.graph);
  let parts = known.get(value.name);
  if (parts === undefined) {
    const type = { dtype: partType(value.dtype), shape: value.shape };
    const [re, im] = [0, 1].map((index) => {
      const place = n.number(index, int64);
      return n.graph.node("Gather", [value, place], type, { axis: -1 });
    });
    parts = { re: re!, im: im! };
    known.set(value.name, parts);
  }
  return parts;
}

/** Parts as a complex value. @param result its type and lengths */
export function joinedOf(n: Nodes, { re, im }: Parts, result: ResultType): GraphValue {
  const type = partType(result.dtype);
  const parts = sameLengths(n, { re: n.cast(re, type), im: n.cast(im, type) });
  const axis = parts.re.shape.length;
  const pair = n.concat([n.unsqueeze(parts.re, [axis]), n.unsqueeze(parts.im, [axis])], axis, 2);
  const value = { name: pair.name, dtype: result.dtype, shape: result.shape };
  knownIn(n.graph).set(value.name, parts);
  return value;
}

/** Parts stretched to one another. */
function sameLengths(n: Nodes, { re, im }: Parts): Parts {
  const isSame =
    re.shape.length === im.shape.length && re.shape.every((length, axis) => length === im.shape[axis]);
  if (isSame) return { re, im };
  const shape = stretched(re.shape, im.shape);
  const whole = stretchedTo(n, re, n.shapeOf(im), shape);
  return { re: whole, im: stretchedTo(n, im, n.shapeOf(whole), shape) };
}

/** The parts in another type. */
export const castParts = (n: Nodes, { re, im }: Parts, dtype: DType): Parts => ({
  re: n.cast(re, dtype),
  im: n.cast(im, dtype),
});

/** A result in the type that is asked: parts joined; of a real value a complex number whose imaginary part is 0. */
export function delivered(n: Nodes, value: Parts | GraphValue, result: ResultType): GraphValue {
  if ("re" in value) {
    if (isComplex(result)) return joinedOf(n, value, result);
    return { ...n.cast(value.re, result.dtype), shape: result.shape };
  }
  if (!isComplex(result)) return { ...n.cast(value, result.dtype), shape: result.shape };
  const re = n.cast(value, partType(result.dtype));
  return joinedOf(n, { re, im: zerosIn(n, re, re.dtype) }, result);
}

/**
 * What a complex operation is, in terms of nodes.
 * @param context what the lowering was given
 * @returns a complex or a real value; undefined where there is none
 */
export type MakeComplex<Attributes> = (
  n: Nodes,
  operands: readonly [Parts, ...Parts[]],
  attributes: Attributes,
  context: LoweringContext<Attributes>,
) => Parts | GraphValue | undefined;

/** A row of an operation of one result, computed in double precision and rounded once. */
export function complexMade<Attributes>(
  operation: Operation<Attributes>,
  make: MakeComplex<Attributes>,
  varying: readonly (keyof Attributes & string)[] = [],
): LoweringRow {
  const lowering: Lowering<Attributes> = (context) => {
    const { graph, inputs, attributes, results } = context;
    const n = new Nodes(graph);
    const operands = inputs.map((input) => castParts(n, partsOf(n, input), float64));
    const value = make(n, operands as [Parts, ...Parts[]], attributes, context);
    return value && [delivered(n, value, results[0]!)];
  };
  return row(operation, lowering, varying);
}

/** How a lowering of real values is used for parts. */
export interface ByParts {
  /** In which type parts are computed: their own, or double precision. */
  readonly types: "own" | "double";
  /** True iff an operand, by its number, is of indices: these are given to both parts. */
  readonly isIndex: (operand: number) => boolean;
}

/** A context whose complex values are their real or imaginary parts. */
function partContext<Attributes>(
  context: LoweringContext<Attributes>,
  part: keyof Parts,
  { types, isIndex }: ByParts,
): LoweringContext<Attributes> {
  const n = new Nodes(context.graph);
  const inside = (dtype: DType): DType => (types === "double" ? float64 : partType(dtype));
  return {
    ...context,
    inputs: context.inputs.map((input, i) => {
      if (isIndex(i)) return input;
      if (isComplex(input)) return n.cast(partsOf(n, input)[part], inside(input.dtype));
      return part === "re" ? input : zerosIn(n, input, input.dtype);
    }),
    results: context.results.map((result) =>
      isComplex(result) ? { ...result, dtype: inside(result.dtype) } : result,
    ),
  };
}

/** A lowering that does to each part what is done to real values. */
export function byParts(lowering: Lowering<never>, how: ByParts): Lowering<never> {
  return (context) => {
    const n = new Nodes(context.graph);
    const re = lowering(partContext(context, "re", how));
    const im = lowering(partContext(context, "im", how));
    if (re === undefined || im === undefined) return undefined;
    return context.results.map((result, i) =>
      isComplex(result) ? joinedOf(n, { re: re[i]!, im: im[i]! }, result) : re[i]!,
    );
  };
}

/** The lowering of an operation by its row for real operands and its row for complex ones. */
export function forTypes(
  real: Lowering<never> | undefined,
  complex: Lowering<never> | undefined,
): Lowering<never> {
  return (context) => {
    const isAny = context.inputs.some(isComplex) || context.results.some(isComplex);
    return (isAny ? complex : real)?.(context);
  };
}

/** True where a number is not 0. */
export const isNotZero = (n: Nodes, { re, im }: Parts): GraphValue => n.or(n.truth(re), n.truth(im));

/** The first number where the condition holds, else the second. */
export const chosenParts = (n: Nodes, condition: GraphValue, a: Parts, b: Parts): Parts => ({
  re: chosen(n, condition, a.re, b.re),
  im: chosen(n, condition, a.im, b.im),
});

/** Truth values as they are, and of numbers whether they are not 0. */
export const truthOf = (n: Nodes, value: GraphValue): GraphValue => {
  if (value.dtype === bool) return value;
  return isComplex(value) ? isNotZero(n, partsOf(n, value)) : n.truth(value);
};
