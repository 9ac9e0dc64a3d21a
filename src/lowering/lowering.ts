// What an operation is in ONNX: nodes that compute its results from its operands. The native device runs them one operation at
// a time, a compiled program all at once.

import type { DType } from "../core/dtype.ts";
import type { Shape } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import type { AttributeValue, GraphBuilder, GraphValue, Length, ResultType } from "../onnx/graph.ts";

/** What a lowering is given. */
export interface LoweringContext<Attributes> {
  readonly graph: GraphBuilder;
  readonly inputs: readonly GraphValue[];
  readonly attributes: Attributes;
  /** Element types and lengths of the results, as the operation's declaration infers them. */
  readonly results: readonly ResultType[];
  /** Values for attributes that are numbers known only when the graph runs (`varying` in the row), by name. */
  readonly varying?: Readonly<Record<string, GraphValue>>;
}

/**
 * Adds an operation's nodes to a graph.
 * @returns its results; undefined where ONNX has nothing for these element types or attributes
 * @throws UnknownLength when the nodes depend on a length that is a name
 */
export type Lowering<Attributes> = (
  context: LoweringContext<Attributes>,
) => readonly GraphValue[] | undefined;

/** Lowerings by the operation's name. */
export type Lowerings = Readonly<Record<string, Lowering<never>>>;

/** A lowering needs a length that is known only when the graph runs. */
export class UnknownLength extends Error {
  constructor(length: string) {
    super(`the length ${length} is known only when the graph runs`);
    this.name = "UnknownLength";
  }
}

/** A length as a number. @throws UnknownLength when it is a name */
export function known(length: Length | undefined): number {
  if (typeof length === "number") return length;
  throw new UnknownLength(String(length));
}

/** Lengths as numbers. @throws UnknownLength when one is a name */
export const allKnown = (shape: readonly Length[]): number[] => shape.map(known);

/** Attributes that hold lengths, said without them: what is the same for operands of all sizes is one graph. */
export type Sizeless<Attributes> = (attributes: Attributes, shapes: readonly Shape[]) => Attributes;

/** A row of a table: the operation, what it is, and what of its attributes may be another at each run. */
export type LoweringRow = readonly [
  name: string,
  lowering: Lowering<never>,
  varying?: readonly string[],
  sizeless?: Sizeless<never> | undefined,
];

/**
 * A row for an operation, whose attributes the lowering is given.
 * @param varying names of those that may be values of the graph
 * @param sizeless where some hold lengths: the lowering is given what this gives where operands may be of any size
 */
export function row<Attributes>(
  operation: Operation<Attributes>,
  lowering: Lowering<Attributes>,
  varying: readonly (keyof Attributes & string)[] = [],
  sizeless?: Sizeless<Attributes>,
): LoweringRow {
  return [operation.name, lowering as Lowering<never>, varying, sizeless as Sizeless<never> | undefined];
}

/** A row for an operation that is one node of all its operands, for these element types. */
export function one<Attributes>(
  operation: Operation<Attributes>,
  opType: string,
  types?: readonly DType[],
  attributes?: Readonly<Record<string, AttributeValue>>,
): LoweringRow {
  return row(operation, ({ graph, inputs, results }) => {
    if (types !== undefined && inputs.some(({ dtype }) => !types.includes(dtype))) return undefined;
    return [graph.node(opType, inputs, results[0]!, attributes)];
  });
}
