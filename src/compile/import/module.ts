// A graph of ONNX as a module: its initializers are parameters and buffers under the file's names, `forward` runs it.

import type { DType } from "../../core/dtype.ts";
import { KeyError, PythonTypeError, ValueError } from "../../core/errors.ts";
import type { ValueInfoProto } from "../../onnx/messages.ts";
import { onnxTypes } from "../../onnx/types.ts";
import { checkName } from "../../torch/nn/members.ts";
import { Module } from "../../torch/nn/module.ts";
import { Parameter } from "../../torch/nn/parameter.ts";
import { Tensor } from "../../torch/tensor.ts";
import { type Program, runProgram, valuesOf } from "./program.ts";

/** A value that the graph is given, or gives. */
export interface Port {
  readonly name: string;
  /** Undefined where the file does not say. */
  readonly dtype: DType | undefined;
  /** Lengths of axes: numbers, or names of those that may be any; undefined where not even their count is given. */
  readonly shape: readonly (number | string)[] | undefined;
}

/** An initializer that was read. */
export interface Held {
  readonly name: string;
  /** Its place among the program's values. */
  readonly place: number;
  readonly tensor: Tensor;
}

/** What `forward` takes: each of the graph's inputs in order, or one record or Map of them by name. */
export type OnnxInput = Tensor | Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>;

/** What stands between the model and its parameters, by the names' dots. */
class OnnxPart extends Module {}

/** An imported model. */
export class OnnxModule extends Module {
  /** The graph's inputs, in order. */
  readonly inputs: readonly Port[];
  /** The graph's outputs, in order. */
  readonly outputs: readonly Port[];
  readonly #program: Program;
  readonly #places: [place: number, members: Map<string, Tensor | null>, name: string][] = [];
  readonly #anyLength: boolean;

  /** @param anyLength whether inputs may have other lengths than the file says */
  constructor(
    program: Program,
    inputs: readonly Port[],
    outputs: readonly Port[],
    held: readonly Held[],
    anyLength: boolean,
  ) {
    super();
    this.inputs = inputs;
    this.outputs = outputs;
    this.#program = program;
    this.#anyLength = anyLength;
    for (const { name, place, tensor } of held) {
      const [module, own] = this.#member(name, tensor);
      const members = tensor instanceof Parameter ? module._parameters : module._buffers;
      this.#places.push([place, members as Map<string, Tensor | null>, own]);
    }
    this.eval();
  }

  /**
   * Runs the graph, as the file has it whatever the mode of training: normalisation by what was learned, no dropout, unless
   * its nodes say otherwise.
   * @param inputs the graph's inputs in order, or one record or Map of them by name
   * @returns its output; several by name
   * @throws ValueError, TypeError for inputs that the graph does not take; what an operation throws, with the node's name
   */
  override forward(...inputs: OnnxInput[]): Tensor | Record<string, Tensor> {
    const given = inOrder(this.inputs, inputs);
    const program = this.#program;
    const values = valuesOf(program);
    program.inputs.forEach((place, index) => {
      const value = given[index]!;
      checkInput(this.inputs[index]!, value, this.#anyLength);
      values[place] = value;
    });
    for (const [place, members, name] of this.#places) values[place] = members.get(name)!;
    const results = runProgram(program, values);
    if (results.length === 1) return results[0]!;
    return Object.fromEntries(this.outputs.map(({ name }, index) => [name, results[index]!]));
  }

  /** Makes a tensor a member at the place that its name says. A name that no member can have stays whole, dots and all. */
  #member(name: string, tensor: Tensor): [module: Module, name: string] {
    const path = name.split(".");
    const own = path.pop()!;
    const kind = tensor instanceof Parameter ? "parameter" : "buffer";
    try {
      const { module, made } = reached(this, path);
      checkName(module, own, kind);
      for (const [parent, part, child] of made) parent.registerModule(part, child);
      if (tensor instanceof Parameter) module.registerParameter(own, tensor);
      else module.registerBuffer(own, tensor);
      return [module, own];
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      if (tensor instanceof Parameter) this._parameters.set(name, tensor);
      else this._buffers.set(name, tensor);
      return [this, name];
    }
  }
}

/** The module at a path, and which are to be put where for it. @throws KeyError where a name on the way cannot be one */
function reached(
  root: Module,
  path: readonly string[],
): { readonly module: Module; readonly made: readonly (readonly [Module, string, Module])[] } {
  let module = root;
  const made: [Module, string, Module][] = [];
  for (const part of path) {
    const there = module._modules.get(part) ?? undefined;
    if (there === undefined) {
      checkName(module, part, "module");
      made.push([module, part, new OnnxPart()]);
    }
    module = there ?? made.at(-1)![2];
  }
  return { module, made };
}

/** The inputs in the graph's order. */
function inOrder(ports: readonly Port[], inputs: readonly OnnxInput[]): readonly Tensor[] {
  const [first] = inputs;
  const names = ports.map(({ name }) => name);
  if (inputs.length === 1 && !(first instanceof Tensor)) {
    const record = new Map(first instanceof Map ? first : Object.entries(first as Record<string, Tensor>));
    const unknown = [...record.keys()].filter((name) => !names.includes(name));
    const missing = names.filter((name) => !record.has(name));
    if (unknown.length > 0 || missing.length > 0) {
      throw new ValueError(
        `the graph takes the inputs ${names.join(", ")}, and was given ${[...record.keys()].join(", ")}`,
      );
    }
    return names.map((name) => record.get(name)!);
  }
  if (inputs.length !== ports.length) {
    throw new ValueError(
      `the graph takes ${ports.length} inputs (${names.join(", ")}), and was given ${inputs.length}`,
    );
  }
  return inputs as readonly Tensor[];
}

/** @throws TypeError, ValueError where a value is none that the input takes */
function checkInput({ name, dtype, shape }: Port, value: unknown, anyLength: boolean): void {
  if (!(value instanceof Tensor)) throw new PythonTypeError(`the input ${name} is a tensor`);
  if (dtype !== undefined && value.dtype !== dtype) {
    throw new PythonTypeError(
      `the input ${name} is of type ${dtype.name}, and was given ${value.dtype.name}`,
    );
  }
  if (shape === undefined) return;
  const isWrong = shape.some((length, axis) => typeof length === "number" && length !== value.shape[axis]);
  if (shape.length !== value.shape.length || (isWrong && !anyLength)) {
    const given = `the input ${name} has the shape [${shape.join(", ")}], and was given [${value.shape.join(", ")}]`;
    if (shape.length !== value.shape.length) throw new ValueError(given);
    const others = shape.flatMap((length, axis) =>
      typeof length === "number" && length !== value.shape[axis]
        ? [`its axis ${axis} is ${length} long, and not ${value.shape[axis]}`]
        : [],
    );
    throw new ValueError(`${given}: ${others.join(", ")}; { anyLength: true } lets the graph try`);
  }
}

/** What a file says of an input or output. */
export function portOf({ name = "", type }: ValueInfoProto): Port {
  const dtype = onnxTypes.get(type?.tensorType?.elemType ?? 0)?.dtype;
  const dims = type?.tensorType?.shape?.dim;
  const shape = dims?.map(({ dimValue, dimParam }) =>
    dimValue === undefined ? (dimParam ?? "?") : Number(dimValue),
  );
  return { name, dtype, shape: type?.tensorType?.shape === undefined ? undefined : (shape ?? []) };
}
