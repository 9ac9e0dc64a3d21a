// What ONNX Runtime does wrong with some graphs (onnx/faults.ts) is kept from happening by settings where graphs are run here.
// Whoever opens a file has no such settings: here those graphs are written another way, with the same values.

import { float64 } from "../../core/dtype.ts";
import { product } from "../../core/layout.ts";
import { moving } from "../../onnx/faults.ts";
import type { Length } from "../../onnx/graph.ts";
import type { GraphProto, NodeProto, TensorProto } from "../../onnx/messages.ts";
import { onnxTypes } from "../../onnx/types.ts";

/** Lengths of a graph's values, by name. */
export type Shapes = ReadonlyMap<string, readonly Length[]>;

/** Values that a MatMul takes, or that it gives, whatever moves them on the way. */
function aroundProducts(nodes: readonly NodeProto[]): { taken: Set<string>; given: Set<string> } {
  const [taken, given] = [new Set<string>(), new Set<string>()];
  for (const { opType = "", input, output } of nodes) {
    if (opType === "MatMul" || (moving.has(opType) && given.has(input![0]!))) given.add(output![0]!);
  }
  for (const { opType = "", input, output } of nodes.toReversed()) {
    if (opType === "MatMul") for (const name of input!) taken.add(name);
    else if (moving.has(opType) && taken.has(output![0]!)) taken.add(input![0]!);
  }
  return { taken, given };
}

/** The nodes that only move elements, from what is moved first to the value. */
function movesTo(name: string, makers: ReadonlyMap<string, NodeProto>): NodeProto[] {
  const moves: NodeProto[] = [];
  for (let node = makers.get(name); node !== undefined; node = makers.get(node.input![0]!)) {
    if (!moving.has(node.opType!)) break;
    moves.unshift(node);
  }
  return moves;
}

/** What is transposed and then cast for a MatMul is cast and then transposed. */
function castsFirst(nodes: readonly NodeProto[]): NodeProto[] {
  const { taken } = aroundProducts(nodes);
  const makers = new Map(nodes.flatMap((node) => node.output!.map((name) => [name, node] as const)));
  return nodes.flatMap((node) => {
    const [result] = node.output!;
    const moves = node.opType === "Cast" && taken.has(result!) ? movesTo(node.input![0]!, makers) : [];
    if (!moves.some(({ opType }) => opType === "Transpose")) return [node];
    let last = `${result}/cast`;
    const cast = { ...node, name: last, input: [moves[0]!.input![0]!], output: [last] };
    const moved = moves.map((move, i) => {
      const input = [last, ...move.input!.slice(1)];
      last = i === moves.length - 1 ? result! : `${result}/moved_${i}`;
      return { ...move, name: i === moves.length - 1 ? node.name! : last, input, output: [last] };
    });
    return [cast, ...moved];
  });
}

/** The nodes that outputs depend on. */
function needed(nodes: readonly NodeProto[], outputs: readonly string[]): NodeProto[] {
  const read = new Set(outputs);
  const kept = nodes.toReversed().filter(({ input, output }) => {
    if (!output!.some((name) => read.has(name))) return false;
    for (const name of input!) read.add(name);
    return true;
  });
  return kept.reverse();
}

/** The operators whose factor a MatMul may take in. */
const scaling: ReadonlySet<string> = new Set(["Mul", "Div"]);

/** One number of double precision. */
interface Scalar {
  readonly tensor: TensorProto;
  readonly bytes: Uint8Array;
}

/** A tensor that is one number of double precision, with its bytes; undefined for any other. */
function scalarOf(tensor: TensorProto): Scalar | undefined {
  const { dims = [], dataType = 0, rawData } = tensor;
  const isDouble = onnxTypes.get(dataType)?.dtype === float64 && product(dims.map(Number)) === 1;
  return isDouble && rawData instanceof Uint8Array ? { tensor, bytes: rawData } : undefined;
}

/** The number once for each place along an axis of a shape. */
function alongAxis(
  { tensor, bytes: one }: Scalar,
  name: string,
  shape: readonly Length[],
  axis: number,
): TensorProto {
  const length = shape[axis] as number;
  const bytes = new Uint8Array(length * one.byteLength);
  for (let i = 0; i < length; i++) bytes.set(one, i * one.byteLength);
  return { ...tensor, name, dims: [length, ...shape.slice(axis + 1).map(() => 1)], rawData: bytes };
}

/** A factor of double precision beside a MatMul, which would be taken into it as a float32, is not one number but a vector. */
function widened(graph: GraphProto, shapes: Shapes): GraphProto {
  const { taken, given } = aroundProducts(graph.node!);
  const scalars = new Map<string, Scalar>();
  for (const tensor of graph.initializer ?? []) {
    const scalar = scalarOf(tensor);
    if (scalar !== undefined) scalars.set(tensor.name!, scalar);
  }
  const added = new Map<string, TensorProto>();
  const node = graph.node!.map((each) => {
    const isBeside = taken.has(each.output![0]!) || each.input!.some((name) => given.has(name));
    const shape = shapes.get(each.output![0]!) ?? [];
    const axis = shape.findLastIndex((length) => typeof length === "number" && length > 1);
    if (!scaling.has(each.opType!) || !isBeside || axis < 0) return each;
    const input = each.input!.map((name) => {
      const scalar = scalars.get(name);
      if (scalar === undefined) return name;
      const wide = `${name}/${shape[axis]}_along_${axis - shape.length}`;
      if (!added.has(wide)) added.set(wide, alongAxis(scalar, wide, shape, axis));
      return wide;
    });
    return { ...each, input };
  });
  const read = new Set(node.flatMap(({ input }) => input!));
  const kept = graph.initializer!.filter(({ name }) => !scalars.has(name!) || read.has(name!));
  return { ...graph, node, initializer: [...kept, ...added.values()] };
}

/** A graph that ONNX Runtime does right with, whatever its settings. */
export function avoidingFaults(graph: GraphProto, shapes: Shapes): GraphProto {
  const outputs = (graph.output ?? []).map(({ name = "" }) => name);
  const node = needed(castsFirst(graph.node ?? []), outputs);
  return widened({ ...graph, node, initializer: graph.initializer ?? [] }, shapes);
}
