// Builds a graph of ONNX node by node: values have a name, an element type and lengths, of which some may be names
// (dimensions that are known when the graph runs).

import type { DType } from "../core/dtype.ts";
import { int64, partType } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import {
  type AttributeProto,
  attributeTypes,
  type Dimension,
  type ModelProto,
  type NodeProto,
  type OperatorSetIdProto,
  type TensorProto,
  type ValueInfoProto,
} from "./messages.ts";
import { onnxNumber } from "./types.ts";

/** The length of an axis: a number, or the name of one that is known when the graph runs. */
export type Length = number | string;

/** A value in a graph. */
export interface GraphValue {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Length[];
}

/** What a node gives: its element type and lengths. */
export interface ResultType {
  readonly dtype: DType;
  readonly shape: readonly Length[];
  /** True iff the operator can do without giving it, where nothing reads it: not every engine gives all. */
  readonly isOptional?: boolean;
}

/**
 * What a value is in ONNX. Complex numbers, which it has no operators for, are pairs of their parts: a last axis of length 2,
 * as they lie in memory. A value of a graph has the complex type and its own lengths; what is declared is what this gives.
 */
export const carriedAs = ({ dtype, shape }: ResultType): ResultType =>
  dtype.kind !== "complex" ? { dtype, shape } : { dtype: partType(dtype), shape: [...shape, 2] };

/**
 * An attribute of a node: a text, integers, floats (`{ float }`, `{ floats }`: JavaScript has one kind of numbers), texts, a
 * tensor.
 */
export type AttributeValue =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly texts: readonly string[] }
  | { readonly tensor: TensorProto };

/** The version of ai.onnx's operators that graphs are written in (ONNX 1.16; ONNX Runtime from 1.18 on runs it). */
export const operatorVersion = 21;
/** The version of the file's form that goes with it. */
export const formVersion = 10;

/** `TensorProto.dataLocation` of a tensor in another file. */
const elsewhere = 1;

/** A graph in the making. */
export class GraphBuilder {
  private readonly nodes: NodeProto[] = [];
  private readonly inputs: ValueInfoProto[] = [];
  private readonly outputs: ValueInfoProto[] = [];
  private readonly initializers: TensorProto[] = [];
  private readonly domains: Map<string, number> = new Map([["", operatorVersion]]);
  private readonly constants: Map<string, GraphValue> = new Map();
  private readonly names: Set<string> = new Set();
  /** Names of values that nodes make. */
  private readonly makers: Set<string> = new Set();
  /** Names that values have taken on as outputs. */
  private readonly renamed: Map<string, string> = new Map();
  /** Names of values that need not be given where nothing reads them. */
  private readonly optional: Set<string> = new Set();
  /** Element types of the values that it is given and that its nodes make. */
  readonly types: Set<DType> = new Set();
  /** Lengths of the values that nodes make, and of those that the graph gives. */
  readonly shapes: Map<string, readonly Length[]> = new Map();
  private count = 0;
  /** What values are in another shape. */
  private readonly origins: Map<string, GraphValue> = new Map();
  /** False where equal constants stay apart: so that which are equal says nothing of how many there are. */
  sharesConstants = true;
  /** The path of the module whose nodes are added: the nodes' names begin with it. */
  scope = "";

  /** A value that the graph is given. */
  input(name: string, dtype: DType, shape: readonly Length[]): GraphValue {
    const value = { name: this.taken(name), dtype, shape };
    this.types.add(dtype);
    this.inputs.push(valueInfo(value));
    return value;
  }

  /** Makes a value one that the graph gives, under a name of its own: the value takes it on, where it has not one yet. */
  output(name: string, { name: from, dtype, shape }: GraphValue): void {
    const value = { name: this.taken(name), dtype, shape };
    if (!this.makers.has(from) || this.renamed.has(from)) {
      this.nodes.push({ opType: "Identity", input: [from], output: [value.name], name: value.name });
    } else this.renamed.set(from, value.name);
    this.shapes.set(value.name, shape);
    this.outputs.push(valueInfo(value));
  }

  /** The nodes that something depends on, with the names that their values have taken on. */
  private finished(): NodeProto[] {
    const last = (name: string): string => this.renamed.get(name) ?? name;
    const read = new Set(this.outputs.map(({ name }) => name!));
    const kept: NodeProto[] = [];
    for (const node of this.nodes.toReversed()) {
      const input = node.input!.map(last);
      const output = node.output!.map(last);
      if (!output.some((name) => read.has(name))) continue;
      for (const name of input) read.add(name);
      while (this.optional.has(output.at(-1)!) && !read.has(output.at(-1)!)) output.pop();
      kept.push({ ...node, input, output });
    }
    return kept.reverse();
  }

  /** A tensor that is part of the graph. Equal small ones are one. @param data its elements, row-major, little-endian */
  initializer(name: string, dtype: DType, shape: readonly number[], data: Uint8Array): GraphValue {
    const value = { name: this.taken(name), dtype, shape };
    this.initializers.push({ ...declared(value), name: value.name, rawData: data });
    return value;
  }

  /**
   * A tensor that is part of the graph and whose elements lie elsewhere.
   * @param location the file, beside the graph's; or any name, where whoever runs the graph is given the elements by it
   * @param offset where they begin in the file, in bytes
   */
  external(
    name: string,
    dtype: DType,
    shape: readonly number[],
    location: string,
    offset: number | undefined = undefined,
  ): GraphValue {
    const value = { name: this.taken(name), dtype, shape };
    const length = shape.reduce((product, size) => product * size, dtype.itemSize);
    const place = { location, ...(offset !== undefined && { offset, length }) };
    this.initializers.push({
      ...declared(value),
      name: value.name,
      dataLocation: elsewhere,
      externalData: Object.entries(place).map(([key, value]) => ({ key, value: String(value) })),
    });
    return value;
  }

  /** A constant of a few numbers. */
  constant(dtype: DType, shape: readonly number[], numbers: ArrayLike<number>): GraphValue {
    const data = bytesOf(dtype, numbers);
    const key = `${dtype.name} ${shape.join()} ${data.join()}`;
    let value = this.constants.get(key);
    if (value === undefined || !this.sharesConstants) {
      value = this.initializer(this.fresh("constant"), dtype, shape, data);
      this.constants.set(key, value);
    }
    return value;
  }

  /** A vector of integers, as axes and shapes are given. */
  integers(numbers: readonly number[]): GraphValue {
    return this.constant(int64, [numbers.length], numbers);
  }

  /**
   * Adds a node.
   * @param inputs undefined for one that is left out
   * @param results what it gives, in order
   * @param domain of the operator; default: ai.onnx
   */
  several(
    opType: string,
    inputs: readonly (GraphValue | undefined)[],
    results: readonly ResultType[],
    attributes: Readonly<Record<string, AttributeValue | undefined>> = {},
    domain = "",
  ): GraphValue[] {
    if (!this.domains.has(domain)) this.domains.set(domain, 1);
    const values = results.map(({ dtype, shape }) => ({
      name: this.taken(this.fresh(opType)),
      dtype,
      shape,
    }));
    const attribute = Object.entries(attributes)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => attributeOf(name, value!));
    values.forEach(({ name, dtype, shape }, i) => {
      this.shapes.set(name, shape);
      this.makers.add(name);
      this.types.add(dtype);
      if (results[i]!.isOptional === true) this.optional.add(name);
    });
    this.nodes.push({
      opType,
      input: inputs.map((input) => input?.name ?? ""),
      output: values.map(({ name }) => name),
      name: values[0]!.name,
      ...(attribute.length > 0 && { attribute }),
      ...(domain !== "" && { domain }),
    });
    return values;
  }

  /** Adds a node with one result. */
  node(
    opType: string,
    inputs: readonly (GraphValue | undefined)[],
    result: ResultType,
    attributes: Readonly<Record<string, AttributeValue | undefined>> = {},
    domain = "",
  ): GraphValue {
    return this.several(opType, inputs, [result], attributes, domain)[0]!;
  }

  /**
   * A value in another shape. Where the value was made so of one that has that shape, it is that one.
   * @param target the shape as Reshape takes it
   */
  reshaped(value: GraphValue, target: GraphValue, shape: readonly Length[]): GraphValue {
    for (let from = this.origins.get(value.name); from !== undefined; from = this.origins.get(from.name)) {
      if (from.shape.length === shape.length && from.shape.every((length, axis) => length === shape[axis]))
        return from;
    }
    const made = this.node("Reshape", [value, target], { dtype: value.dtype, shape });
    this.origins.set(made.name, value);
    return made;
  }

  /** The length of an axis, as a vector of one integer. */
  lengthAlong(value: GraphValue, axis: number): GraphValue {
    return this.node("Shape", [value], { dtype: int64, shape: [1] }, { start: axis, end: axis + 1 });
  }

  /** How many nodes there are. */
  get size(): number {
    return this.nodes.length;
  }

  /** True iff a value is a tensor of the graph's own. */
  isConstant({ name }: GraphValue): boolean {
    return this.initializers.some((each) => each.name === name);
  }

  /** What a value was made of by `reshaped`. */
  originOf({ name }: GraphValue): GraphValue | undefined {
    return this.origins.get(name);
  }

  /** The graph as a model. */
  model(name: string): ModelProto {
    const opsetImport: OperatorSetIdProto[] = [...this.domains].map(([domain, version]) => ({
      domain,
      version,
    }));
    return {
      irVersion: formVersion,
      producerName: "weightbridge",
      graph: {
        name,
        node: this.finished(),
        initializer: this.initializers,
        input: this.inputs,
        output: this.outputs,
      },
      opsetImport,
    };
  }

  /** A name that nothing has yet. */
  private fresh(stem: string): string {
    const within = this.scope === "" ? stem : `/${this.scope.replaceAll(".", "/")}/${stem}`;
    for (;;) {
      const name = `${within}_${this.count++}`;
      if (!this.names.has(name)) return name;
    }
  }

  private taken(name: string): string {
    if (this.names.has(name)) throw new RuntimeError(`two values of a graph have the name ${name}`);
    this.names.add(name);
    return name;
  }
}

/** Numbers as the bytes of elements of a type. */
export function bytesOf(dtype: DType, numbers: ArrayLike<number>): Uint8Array {
  const array =
    dtype.compute === "big"
      ? BigInt64Array.from(Array.from(numbers, BigInt))
      : (new dtype.array(numbers.length) as Float64Array);
  if (dtype.compute !== "big") (array as Float64Array).set(numbers);
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** The element type and lengths of a tensor of a graph's own. */
function declared(value: GraphValue): Required<Pick<TensorProto, "dims" | "dataType">> {
  const { dtype, shape } = carriedAs(value);
  return { dims: shape.map(Number), dataType: onnxNumber(dtype) };
}

function valueInfo(value: GraphValue): ValueInfoProto {
  const { name } = value;
  const { dtype, shape } = carriedAs(value);
  const dim = shape.map(
    (length): Dimension => (typeof length === "number" ? { dimValue: length } : { dimParam: length }),
  );
  return { name, type: { tensorType: { elemType: onnxNumber(dtype), shape: { dim } } } };
}

function attributeOf(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === "number") return { name, i: value, type: attributeTypes.int };
  const bytes = (each: string): Uint8Array => new TextEncoder().encode(each);
  if (typeof value === "string") return { name, s: bytes(value), type: attributeTypes.string };
  if ("texts" in value) return { name, strings: value.texts.map(bytes), type: attributeTypes.strings };
  if ("float" in value) return { name, f: value.float, type: attributeTypes.float };
  if ("floats" in value) return { name, floats: [...value.floats], type: attributeTypes.floats };
  if ("tensor" in value) return { name, t: value.tensor, type: attributeTypes.tensor };
  return { name, ints: [...value], type: attributeTypes.ints };
}
