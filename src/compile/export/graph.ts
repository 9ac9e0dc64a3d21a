// A traced call of a module as a model of ONNX whose initializers have the names of the module's state dict.

import { product, type Shape, sameShape } from "../../core/layout.ts";
import type { Storage } from "../../core/storage.ts";
import { GraphBuilder, type GraphValue, type Length } from "../../onnx/graph.ts";
import { attributeTypes, type ModelProto, type NodeProto, type TensorProto } from "../../onnx/messages.ts";
import type { Module } from "../../torch/nn/module.ts";
import type { Tensor } from "../../torch/tensor.ts";
import type { Program } from "../build.ts";
import { dynamicConstant, isDynamicConstant } from "../dynamic-constant.ts";
import { type DynamicChoice, elementsAt } from "../graph.ts";
import { ProgramLowering } from "../lower.ts";
import { type TracedCall, tensorsOf } from "../module.ts";
import type { PatternContext } from "../patterns.ts";
import type { Input, Value } from "../program.ts";
import { usedOnce } from "../stages.ts";
import { denseOrder } from "../views.ts";
import { avoidingFaults } from "./avoid.ts";

/** Names of what the graph takes and gives, in order. */
export interface PortNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** The elements of a tensor as bytes, row-major. */
function bytesOf(tensor: Tensor): Uint8Array {
  const { storage, layout } = tensor.detach().contiguous();
  const { buffer, byteOffset, byteLength } = elementsAt(storage, layout.dtype, layout.offset, layout.size);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A tensor of the module, in the graph. */
interface Weight {
  readonly name: string;
  readonly tensor: Tensor;
}

/** A traced call as it is exported. */
export interface ExportedTrace {
  readonly traced: TracedCall;
  readonly program: Program;
  /** What is known of dynamic lengths, where there are some. */
  readonly choice: DynamicChoice | undefined;
}

/** Makes the graph of one traced call. */
class Export {
  private readonly graph = new GraphBuilder();
  private readonly traced: TracedCall;
  private readonly program: Program;
  private readonly dynamic: DynamicChoice | undefined;
  private readonly weights: ReadonlyMap<Storage, readonly Weight[]>;
  private readonly inputs: readonly GraphValue[];
  /** Tensors of the module that are in the graph, whole and in the order of their memory. */
  private readonly held: Map<string, GraphValue> = new Map();

  constructor(
    { traced, program, choice }: ExportedTrace,
    weights: ReadonlyMap<Storage, readonly Weight[]>,
    names: PortNames,
  ) {
    this.traced = traced;
    this.program = program;
    this.dynamic = choice;
    this.weights = weights;
    this.graph.sharesConstants = false;
    this.inputs = names.inputs.map((name, slot) => {
      const { dtype, shape } = traced.trace.slots[slot]!.layout;
      const lengths = shape.map((length, axis): Length => {
        const place = choice?.axes.find((each) => each.argument === slot && each.axis === axis);
        return place?.name ?? length;
      });
      return this.graph.input(name, dtype, lengths);
    });
  }

  model(names: PortNames): ModelProto {
    const { graph, traced, program, dynamic } = this;
    const once = usedOnce(program.tensors);
    const lowering = new ProgramLowering(graph, {
      isUsedOnce: (value) => once.has(value),
      dynamic: dynamic?.program,
      dimension: (name) => this.dimension(name),
      input: (value, vector) => this.input(value, vector),
    });
    const computed = new Set(traced.trace.results.map(({ slot }) => traced.trace.slots[slot]!.storage));
    let next = 0;
    tensorsOf(traced.value).forEach((tensor, i) => {
      const value = computed.has(tensor.storage)
        ? lowering.lower(program.tensors[next++]!)
        : this.fixed(`output_${i}_value`, tensor);
      graph.scope = "";
      graph.output(names.outputs[i]!, value);
    });
    const model = graph.model("main");
    return { ...model, graph: avoidingFaults(model.graph!, graph.shapes) };
  }

  /** A dynamic length, as a vector of one integer. */
  private dimension(name: string): GraphValue {
    const { slot, axis } = this.dynamic!.places.get(name)!;
    return this.graph.lengthAlong(this.inputs[slot]!, axis);
  }

  private fixed(name: string, tensor: Tensor): GraphValue {
    return this.graph.initializer(name, tensor.dtype, tensor.shape, bytesOf(tensor));
  }

  /** What a value of memory that was there before is: of an argument, of a tensor of the module, or a constant. */
  private input(value: Value, vector: PatternContext["vector"]): GraphValue {
    const { slot, start } = value.maker as Input;
    const lengths = this.dynamic?.program.shapeOf(value) ?? value.shape;
    const isDynamic = lengths.some((length) => typeof length === "string");
    if (slot < this.inputs.length) {
      const argument = this.inputs[slot]!;
      return isDynamic
        ? this.graph.reshaped(argument, vector(lengths), lengths)
        : this.part(argument, value, start);
    }
    if (this.dynamic !== undefined && isDynamicConstant(this.dynamic, value))
      return dynamicConstant(this.graph, this.dynamic, value, vector);
    const { storage } = this.traced.trace.slots[slot]!;
    const size = product(value.shape);
    const weight = this.weights.get(storage)?.find(({ tensor: { layout } }) => {
      const isWithin = layout.offset <= start && start + size <= layout.offset + layout.size;
      return layout.dtype === value.dtype && isWithin && denseOrder(layout) !== undefined;
    });
    if (weight !== undefined)
      return this.part(this.whole(weight), value, start - weight.tensor.layout.offset);
    const { buffer, byteOffset, byteLength } = elementsAt(storage, value.dtype, start, size);
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    return this.graph.initializer(`fixed_${value.id}`, value.dtype, value.shape, bytes);
  }

  /** A tensor of the module, its axes in the order in which they lie in memory. */
  private whole({ name, tensor }: Weight): GraphValue {
    let value = this.held.get(name);
    if (value === undefined) {
      value = this.fixed(name, tensor);
      const order = denseOrder(tensor.layout)!;
      if (order.some((axis, i) => axis !== i)) {
        const shape = order.map((axis) => tensor.shape[axis]!);
        value = this.graph.node("Transpose", [value], { dtype: tensor.dtype, shape }, { perm: order });
      }
      this.held.set(name, value);
    }
    return value;
  }

  /** Neighbouring elements of a row-major tensor, in a shape. */
  private part(
    whole: GraphValue,
    { shape, dtype }: Pick<Value, "shape" | "dtype">,
    start: number,
  ): GraphValue {
    const { graph } = this;
    const lengths = whole.shape as Shape;
    const [size, total] = [product(shape), product(lengths)];
    const cut = (value: GraphValue, row: number): GraphValue => {
      const [from, to] = [start / row, (start + size) / row];
      const bounds = [[from], [to], [0]].map((each) => graph.integers(each));
      const rest = value.shape.slice(1);
      return graph.node("Slice", [value, ...bounds], { dtype, shape: [to - from, ...rest] });
    };
    let value = whole;
    const row = product(lengths.slice(1));
    if (size < total)
      value = start % row === 0 && size % row === 0 ? cut(whole, row) : cut(this.shaped(whole, [total]), 1);
    return this.shaped(value, shape);
  }

  private shaped(value: GraphValue, shape: Shape): GraphValue {
    if (sameShape(value.shape as Shape, shape)) return value;
    return this.graph.node("Reshape", [value, this.graph.integers(shape)], { dtype: value.dtype, shape });
  }
}

/** Parameters and buffers of a module's state dict, by their memory. */
function weightsOf(module: Module): Map<Storage, Weight[]> {
  const found = new Map<Storage, Weight[]>();
  for (const [name, tensor] of module.stateDict({ keepVars: true })) {
    const known = found.get(tensor.storage);
    if (known === undefined) found.set(tensor.storage, [{ name, tensor }]);
    else known.push({ name, tensor });
  }
  return found;
}

/** An initializer as a node: what is no tensor of the module is a constant of the graph. */
function constantNode(tensor: TensorProto): NodeProto {
  const { name = "", ...value } = tensor;
  const attribute = [{ name: "value", t: value, type: attributeTypes.tensor }];
  return { opType: "Constant", output: [name], name: `${name}/Constant`, attribute };
}

/**
 * The model of a traced call: initializers are the tensors of the module's state dict that it reads, by their names; all
 * other tensors are Constant nodes, each before the first node that takes it.
 * @throws RuntimeError where an input or output has the name of another value
 */
export function modelOf(traced: ExportedTrace, module: Module, names: PortNames): ModelProto {
  const weights = weightsOf(module);
  const model = new Export(traced, weights, names).model(names);
  const own = new Set([...weights.values()].flat().map(({ name }) => name));
  const graph = model.graph!;
  const all = graph.initializer ?? [];
  const constants = new Map(all.filter(({ name = "" }) => !own.has(name)).map((each) => [each.name!, each]));
  const nodes = (graph.node ?? []).flatMap((node) => {
    const before = node.input!.filter((name) => constants.has(name));
    const made = [...new Set(before)].map((name) => constantNode(constants.get(name)!));
    for (const name of before) constants.delete(name);
    return [...made, node];
  });
  const initializer = all.filter(({ name = "" }) => own.has(name));
  return { ...model, graph: { ...graph, node: nodes, initializer } };
}
