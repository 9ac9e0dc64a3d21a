// Element types that ONNX Runtime's processor kernels take, and for those that they do not take the types that carry their
// values exactly: what is computed there and cast back is what the type itself gives.

import {
  bfloat16,
  bool,
  type DType,
  float16,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
} from "../core/dtype.ts";
import type { Operation } from "../core/op.ts";
import type { GraphValue } from "../onnx/graph.ts";
import { type Lowering, type LoweringContext, type LoweringRow, row } from "./lowering.ts";
import { Nodes, type Term } from "./nodes.ts";

export const floats: readonly DType[] = [float32, float64];
export const wholes: readonly DType[] = [uint8, int8, uint16, int16, uint32, int32, uint64, int64];
/** The types that arithmetic and comparisons take. */
export const reals: readonly DType[] = [...wholes, ...floats];
/** The types that `Max`, `Min` and `Pad` take. */
export const bounded: readonly DType[] = [uint8, int8, uint32, int32, uint64, int64, ...floats];
/** The types that `Where` takes. */
const chosenTypes: readonly DType[] = [uint8, int32, int64, ...floats];

const small: readonly DType[] = [int32, int64];

/** Types that hold all values of another, the first choice first. */
const carriers: ReadonlyMap<DType, readonly DType[]> = new Map([
  [bool, [uint8, int32, float32]],
  [uint8, small],
  [int8, small],
  [uint16, small],
  [int16, small],
  [uint32, [int64]],
  [float16, floats],
  [bfloat16, floats],
  [float32, [float64]],
]);

/** The first of `types` that carries the values of a type: itself where it is among them. */
export function carrierOf(dtype: DType, types: readonly DType[]): DType | undefined {
  if (types.includes(dtype)) return dtype;
  return carriers.get(dtype)?.find((type) => types.includes(type));
}

/** As `carrierOf`; the bits of uint64 are carried by int64, for what is moved or computed modulo 2^64. */
export function bitCarrierOf(dtype: DType, types: readonly DType[]): DType | undefined {
  return carrierOf(dtype, types) ?? (dtype === uint64 && types.includes(int64) ? int64 : undefined);
}

/** True iff an element type is a real one that is computed with. */
export const isReal = ({ kind, itemSize }: DType): boolean =>
  kind !== "complex" && !(kind === "float" && itemSize === 1);

/** The first value where the condition holds, else the second, of any type. The library gives 0 for -0. */
export function chosen(nodes: Nodes, condition: GraphValue, a: Term, b: Term): GraphValue {
  const { dtype } = (typeof a === "number" ? b : a) as GraphValue;
  const type = bitCarrierOf(dtype, chosenTypes) ?? dtype;
  const inside = (term: Term): Term => (typeof term === "number" ? term : nodes.cast(term, type));
  return nodes.cast(nodes.where(condition, inside(a), inside(b)), dtype);
}

/**
 * The larger (`Max`) or smaller (`Min`) of two values of one type. Of 64-bit integers the library's nodes compare the lower
 * halves as numbers with a sign (2^32 - 1 is less than 7).
 */
export function extremeOf(nodes: Nodes, opType: "Max" | "Min", a: GraphValue, b: GraphValue): GraphValue {
  if (a.dtype.compute !== "big") return nodes.two(opType, a, b);
  return chosen(nodes, opType === "Max" ? nodes.greaterEqual(a, b) : nodes.lessEqual(a, b), a, b);
}

/**
 * What an elementwise operation is, in terms of nodes.
 * @param dtype the operands' own type, where they are carried by another
 * @param varying values of attributes, as in `LoweringContext`
 * @returns a value of the operands' type or of the result's; undefined where there is none
 */
export type Build<Attributes> = (
  nodes: Nodes,
  operands: readonly [GraphValue, ...GraphValue[]],
  attributes: Attributes,
  dtype: DType,
  varying: LoweringContext<Attributes>["varying"],
) => GraphValue | undefined;

/** A row of an elementwise operation of operands of one type, computed in one of `types` that carries it. */
export function each<Attributes>(
  operation: Operation<Attributes>,
  types: readonly DType[],
  build: Build<Attributes>,
  varying: readonly (keyof Attributes & string)[] = [],
): LoweringRow {
  const lowering: Lowering<Attributes> = ({ graph, inputs, attributes, results, varying: values }) => {
    const { dtype } = inputs[0]!;
    const type = carrierOf(dtype, types);
    if (type === undefined) return undefined;
    // A half type meets single precision where a number is among the operands: both are carried by it.
    const isCarried = (other: DType): boolean =>
      other === dtype ||
      (other.kind === "float" && dtype.kind === "float" && carrierOf(other, types) === type);
    if (!inputs.every((input) => isCarried(input.dtype))) return undefined;
    const nodes = new Nodes(graph);
    const operands = inputs.map((input) => nodes.cast(input, type));
    const value = build(nodes, operands as [GraphValue, ...GraphValue[]], attributes, dtype, values);
    if (value === undefined) return undefined;
    const { dtype: wanted, shape } = results[0]!;
    // What is true or false may go to memory of any type.
    if (value.dtype !== wanted && value.dtype !== bool && (value.dtype !== type || !isCarried(wanted)))
      return undefined;
    return [{ ...nodes.cast(value, wanted), shape }];
  };
  return row(operation, lowering, varying);
}

/** A row of an operation that is one node, of operands and a result of one type. */
export function same<Attributes>(
  operation: Operation<Attributes>,
  opType: string,
  types: readonly DType[],
): LoweringRow {
  return each(operation, types, (nodes, operands) =>
    nodes.graph.node(opType, operands, { dtype: operands[0].dtype, shape: operands[0].shape }),
  );
}
