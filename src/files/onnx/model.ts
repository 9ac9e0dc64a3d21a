// ONNX models (onnx.proto of ONNX 1.23, IR version 14): the initializers of the graph and of graphs within it, tensors of
// nodes, and what the model says of itself. Nothing is run; tensors are read when they are asked for.

import { FormatError } from "../../core/errors.ts";
import { decode } from "../../onnx/decode.ts";
import {
  type AttributeProto,
  attributeTypes,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type SparseTensorProto,
  type TensorProto,
  type ValueInfoProto,
} from "../../onnx/messages.ts";
import { onnxTypes } from "../../onnx/types.ts";
import type { Contents, OpenContext } from "../format.ts";
import type { Reader } from "../reader.ts";
import { type ArrayLike, DictValue, type SparseTensor, type Value } from "../values.ts";
import { Tensors } from "./tensors.ts";

/** What is not needed to say what a model holds. */
const skipped: readonly string[] = [
  ...["valueInfo", "docString", "quantizationAnnotation", "metadataProps"].map(
    (name) => `GraphProto.${name}`,
  ),
  ...["input", "docString", "domain", "overload", "metadataProps"].map((name) => `NodeProto.${name}`),
  ...["f", "i", "s", "floats", "ints", "strings", "tp", "typeProtos", "docString", "refAttrName"].map(
    (name) => `AttributeProto.${name}`,
  ),
  ...["input", "output", "attribute", "docString", "opsetImport", "valueInfo", "metadataProps"].map(
    (name) => `FunctionProto.${name}`,
  ),
  "TensorProto.docString",
  "TensorProto.metadataProps",
  "TrainingInfoProto.initializationBinding",
  "TrainingInfoProto.updateBinding",
];

/** Letters of all names beyond those in the file: what a node is named stands in the name of every tensor in its graphs. */
const mostLetters = 2 ** 22;

/**
 * Opens a model.
 * @throws FormatError when it is damaged, nested beyond any use, or names files elsewhere
 */
export async function openOnnx(reader: Reader, context: OpenContext): Promise<Contents> {
  const model = await decode(reader, "ModelProto", { skip: skipped });
  if (model.graph === undefined) throw new FormatError("the model has no graph");
  const tensors = new Tensors(reader, context);
  const walk = new Walk(tensors, mostLetters + reader.byteLength);
  await walk.graph(model.graph, "");
  for (const [index, info] of (model.trainingInfo ?? []).entries()) {
    for (const part of ["initialization", "algorithm"] as const) {
      const graph = info[part];
      if (graph !== undefined) await walk.graph(graph, `training_info/${index}/${part}/`);
    }
  }
  for (const [index, { name, attributeProto, node }] of (model.functions ?? []).entries()) {
    const prefix = `functions/${name ?? index}/`;
    await walk.attributes(attributeProto ?? [], "default", prefix);
    await walk.nodes(node ?? [], prefix);
  }
  return {
    format: "onnx",
    tree: walk.initializers,
    notes: tensors.notes,
    constants: walk.constants,
    sparse: walk.sparse,
    nodes: (model.graph.node ?? []).map(({ opType }) => opType ?? ""),
    metadata: metadataOf(model, model.graph),
  };
}

/** Goes through graphs and collects their tensors, with the node and attribute that a graph is in before the name. */
class Walk {
  readonly initializers: DictValue = new DictValue();
  readonly constants: Map<string, ArrayLike> = new Map();
  readonly sparse: Map<string, SparseTensor> = new Map();
  private readonly tensors: Tensors;
  private readonly numbers: Map<string, number> = new Map();
  private letters: number;

  /** @param letters that all names together may have */
  constructor(tensors: Tensors, letters: number) {
    this.tensors = tensors;
    this.letters = letters;
  }

  async graph(graph: GraphProto, prefix: string): Promise<void> {
    const names = new Set<string>();
    const nameOf = (tensor: TensorProto | undefined): string => {
      const name = tensor?.name ?? "";
      if (names.has(name))
        throw new FormatError("two initializers of a graph have this name", { tensor: name });
      names.add(name);
      return prefix + name;
    };
    for (const tensor of graph.initializer ?? []) {
      const name = this.free(this.initializers, nameOf(tensor));
      this.initializers.set(name, await this.tensors.array(tensor, name));
    }
    for (const tensor of graph.sparseInitializer ?? []) await this.addSparse(tensor, nameOf(tensor.values));
    await this.nodes(graph.node ?? [], prefix);
  }

  async nodes(nodes: readonly NodeProto[], prefix: string): Promise<void> {
    for (const [index, node] of nodes.entries()) {
      const output = node.output?.[0] ?? "";
      const name = node.name ?? "";
      const called = name !== "" ? name : output !== "" ? output : `${node.opType ?? "node"} ${index}`;
      await this.attributes(node.attribute ?? [], output !== "" ? output : called, prefix, called);
    }
  }

  /** @param value the name of what the node gives; `node` its own */
  async attributes(
    attributes: readonly AttributeProto[],
    value: string,
    prefix: string,
    node: string = value,
  ): Promise<void> {
    for (const attribute of attributes) {
      const { name = "", t, tensors = [], sparseTensor, sparseTensors = [], g, graphs = [] } = attribute;
      const inside = `${prefix}${value}/${name}`;
      if (t !== undefined && is(attribute, attributeTypes.tensor)) await this.constant(t, prefix + value);
      for (const [index, tensor] of tensors.entries()) await this.constant(tensor, `${inside}/${index}`);
      if (sparseTensor !== undefined) await this.addSparse(sparseTensor, prefix + value);
      for (const [index, tensor] of sparseTensors.entries())
        await this.addSparse(tensor, `${inside}/${index}`);
      if (g !== undefined) await this.graph(g, `${prefix}${node}/${name}/`);
      for (const [index, graph] of graphs.entries())
        await this.graph(graph, `${prefix}${node}/${name}/${index}/`);
    }
  }

  private async constant(tensor: TensorProto, name: string): Promise<void> {
    const own = this.free(this.constants, name);
    this.constants.set(own, await this.tensors.array(tensor, own));
  }

  private async addSparse(tensor: SparseTensorProto, name: string): Promise<void> {
    const own = this.free(this.sparse, name);
    this.sparse.set(own, await this.tensors.sparse(tensor, own));
  }

  /** The name, or (nodes of one name are allowed) the name with a number after it. */
  private free(taken: ReadonlyMap<Value, unknown>, name: string): string {
    this.letters -= name.length;
    if (this.letters < 0) throw new FormatError("the names of its nodes make those of its tensors too long");
    if (!taken.has(name)) return name;
    let number = this.numbers.get(name) ?? 2;
    while (taken.has(`${name}#${number}`)) number++;
    this.numbers.set(name, number + 1);
    return `${name}#${number}`;
  }
}

/** True iff the attribute is of that type, or says none, as models of IR version 1 do. */
function is({ type = 0 }: AttributeProto, wanted: number): boolean {
  return type === 0 || type === wanted;
}

/** What the model says of itself. Absent fields and empty texts are left out. */
function metadataOf(model: ModelProto, graph: GraphProto): Map<string, Value> {
  const opsets = (model.opsetImport ?? []).map(({ domain = "", version = 0 }): [Value, Value] => [
    domain === "" ? "ai.onnx" : domain,
    version,
  ]);
  const properties = (model.metadataProps ?? []).map(({ key = "", value = "" }): [Value, Value] => [
    key,
    value,
  ]);
  const facts: [string, Value | undefined][] = [
    ["ir_version", model.irVersion],
    ["opset_import", new DictValue(opsets)],
    ["producer_name", model.producerName],
    ["producer_version", model.producerVersion],
    ["domain", model.domain],
    ["model_version", model.modelVersion],
    ["doc_string", model.docString],
    ["graph", graph.name],
    ["inputs", valuesOf(graph.input)],
    ["outputs", valuesOf(graph.output)],
    ["metadata_props", new DictValue(properties)],
  ];
  const isGiven = (fact: [string, Value | undefined]): fact is [string, Value] => {
    const [, value] = fact;
    return value !== undefined && value !== "" && !(value instanceof DictValue && value.size === 0);
  };
  return new Map(facts.filter(isGiven));
}

/** Inputs or outputs by name, with their types: `float32 [batch, 3]`. */
function valuesOf(values: readonly ValueInfoProto[] = []): DictValue {
  return new DictValue(values.map((value): [Value, Value] => [value.name ?? "", typeText(value)]));
}

function typeText({ type }: ValueInfoProto): string {
  const tensor = type?.tensorType ?? type?.sparseTensorType;
  if (tensor === undefined) {
    if (type?.sequenceType !== undefined) return "sequence";
    return type?.mapType !== undefined ? "map" : type?.optionalType !== undefined ? "optional" : "value";
  }
  const element = onnxTypes.get(tensor.elemType ?? 0)?.name ?? `type ${tensor.elemType ?? 0}`;
  const lengths = tensor.shape?.dim?.map(({ dimValue, dimParam }) => String(dimValue ?? dimParam ?? "?"));
  return tensor.shape === undefined ? element : `${element} [${(lengths ?? []).join(", ")}]`;
}
