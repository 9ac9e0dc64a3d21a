// The graph of layers that a Keras configuration describes (Sequential and Functional; Keras 2 and 3): which layers there
// are, and how each is called. keras/src/models/functional.py and sequential.py, Keras 3.15.

import { ValueError } from "../../../core/errors.ts";
import { JsonObject, type JsonValue } from "../../../files/json.ts";
import { classOfConfig } from "../../../files/keras/classes.ts";
import { listOf, numberOf, objectOf, Settings, shapeOf } from "./settings.ts";

/** One of the tensors that a call of a layer gives. */
export interface Reference {
  readonly layer: string;
  /** Which call of that layer. */
  readonly call: number;
  /** Which of what the call gives. */
  readonly output: number;
}

/** An argument: a tensor, several, or anything else. */
export type Argument = Reference | readonly Argument[] | { readonly value: JsonValue };

/** A call of a layer. */
export interface Call {
  readonly args: readonly Argument[];
  readonly kwargs: ReadonlyMap<string, Argument>;
}

/** The module that has a class: of one that is registered, what stands before its name, `mine>Dense`. */
export function moduleOfClass(json: JsonObject): string {
  const [name, module] = [json.get("class_name"), json.get("module")];
  if (typeof name === "string" && name.includes(">")) return name.slice(0, name.lastIndexOf(">"));
  return typeof module === "string" ? module : "";
}

/** A layer and how it is called. */
export interface GraphLayer {
  readonly name: string;
  readonly className: string;
  /** The module that has the class: "keras.layers", "keras.src.ops.numpy". */
  readonly module: string;
  readonly settings: Settings;
  /** The shape of its input, where the file tells it. */
  readonly inputShape: readonly (number | null)[] | undefined;
  readonly calls: readonly Call[];
}

/** A model: its layers by name, and which tensors go in and come out. */
export interface Graph {
  readonly name: string;
  readonly layers: ReadonlyMap<string, GraphLayer>;
  readonly inputs: readonly Reference[];
  readonly outputs: readonly Reference[];
}

/** True iff the argument is a tensor of a layer. */
export const isReference = (argument: Argument): argument is Reference => "layer" in argument;

/** All tensors in an argument, in order. */
export function referencesIn(argument: Argument): Reference[] {
  if (isReference(argument)) return [argument];
  return Array.isArray(argument) ? argument.flatMap(referencesIn) : [];
}

const modelClasses: ReadonlySet<string> = new Set(["Sequential", "Functional", "Model"]);

/** True iff a class is that of a model made of layers. */
export const isModelClass = (className: string): boolean => modelClasses.has(className);

/** The class that a configuration names. */
function classNameOf(json: JsonObject): string {
  const name = json.get("class_name");
  return typeof name === "string" ? classOfConfig(name) : "";
}

/**
 * The graph of a model.
 * @param json the model: {"class_name": ..., "config": ...}
 * @param path where it stands, for errors
 * @throws ValueError for what is no Sequential or Functional model, or where the graph does not fit together
 */
export function graphOf(json: JsonObject, path: string): Graph {
  const className = classNameOf(json);
  const config = json.get("config");
  const settings = objectOf(config);
  const name = settings?.get("name") ?? json.get("name");
  // Before Keras 2.2.3 the configuration of a Sequential was the list of its layers.
  const list = listOf(config) ?? listOf(settings?.get("layers"));
  if (!isModelClass(className) || list === undefined) {
    throw new ValueError(
      `${path}: the configuration of a ${className === "" ? "model without a class" : className} does not tell its layers ` +
        "(a model that is a class of one's own has them in its code): write the model, and port the weights into it",
    );
  }
  const label = typeof name === "string" ? name : className.toLowerCase();
  return className === "Sequential" && settings?.has("input_layers") !== true
    ? sequentialGraph(label, list, settings, path)
    : functionalGraph(label, list, settings!, path);
}

function layerOf(json: JsonValue, path: string, calls: readonly Call[]): GraphLayer {
  const object = objectOf(json);
  const config = objectOf(object?.get("config")) ?? new JsonObject();
  const className = object === undefined ? "" : classNameOf(object);
  const name = config.get("name") ?? object?.get("name");
  if (object === undefined || className === "" || typeof name !== "string")
    throw new ValueError(`${path}: a layer has no name or no class`);
  const isModel = isModelClass(className);
  return {
    name,
    className,
    module: moduleOfClass(object),
    // Of a model within a model the whole object is kept: it is a graph of its own.
    settings: new Settings(isModel ? object : config, `${path}: layer "${name}" (${className})`),
    inputShape: shapeOf(objectOf(object.get("build_config"))?.get("input_shape")),
    calls,
  };
}

function sequentialGraph(
  name: string,
  list: readonly JsonValue[],
  settings: JsonObject | undefined,
  path: string,
): Graph {
  const layers = new Map<string, GraphLayer>();
  let last: Reference | undefined;
  const chain = list.map((json) => {
    const isInput = objectOf(json)?.get("class_name") === "InputLayer";
    const calls = isInput ? [] : [{ args: last === undefined ? [] : [last], kwargs: new Map() }];
    const layer = layerOf(json, path, calls);
    last = { layer: layer.name, call: 0, output: 0 };
    return layer;
  });
  if (chain.length === 0 || last === undefined) throw new ValueError(`${path}: the model has no layers`);
  const first = chain[0]!;
  const input: Reference = { layer: inputName(chain), call: 0, output: 0 };
  if (first.className !== "InputLayer") {
    const shape = sequentialShape(first, settings);
    const json = new JsonObject([["batch_shape", shape]]);
    const place = `${path}: the input of "${first.name}"`;
    layers.set(input.layer, {
      name: input.layer,
      className: "InputLayer",
      module: "keras.layers",
      settings: new Settings(json, place),
      inputShape: undefined,
      calls: [],
    });
    chain[0] = { ...first, calls: [{ args: [input], kwargs: new Map() }] };
  }
  for (const layer of chain) {
    if (layers.has(layer.name)) throw new ValueError(`${path}: two layers are called "${layer.name}"`);
    layers.set(layer.name, layer);
  }
  return { name, layers, inputs: [input], outputs: [last] };
}

const inputName = (chain: readonly GraphLayer[]): string =>
  chain[0]!.className === "InputLayer" ? chain[0]!.name : `${chain[0]!.name}_input`;

/** The shape of what goes into a Sequential that has no input layer. */
function sequentialShape(first: GraphLayer, settings: JsonObject | undefined): JsonValue {
  const { json } = first.settings;
  const found =
    json.get("batch_input_shape") ??
    settings?.get("build_input_shape") ??
    (first.inputShape as JsonValue | undefined);
  if (found !== undefined && found !== null) return found;
  const length = json.get("input_dim");
  return length === undefined || length === null ? null : [null, length];
}

function functionalGraph(
  name: string,
  list: readonly JsonValue[],
  settings: JsonObject,
  path: string,
): Graph {
  const layers = new Map<string, GraphLayer>();
  for (const json of list) {
    const nodes = listOf(objectOf(json)?.get("inbound_nodes")) ?? [];
    const given = objectOf(json)?.get("name");
    const layer = layerOf(json, path, nodes.map(callOf));
    // The graph's own name of a layer is the one that references use.
    layers.set(typeof given === "string" ? given : layer.name, layer);
  }
  const inputs = historiesIn(settings.get("input_layers"));
  const outputs = historiesIn(settings.get("output_layers"));
  recount(layers, outputs);
  if (inputs.length === 0 || outputs.length === 0)
    throw new ValueError(`${path}: the model does not tell its inputs and outputs`);
  return { name, layers, inputs, outputs };
}

/**
 * Models within a model count their calls from 1 where the one by which they were made themselves is the first: in Keras 2
 * everywhere, in Keras 3 (of Functional models) only where the outputs are told. Here calls are counted from 0.
 */
function recount(layers: Map<string, GraphLayer>, outputs: Reference[]): void {
  const calls = [...layers.values()].flatMap((layer) => layer.calls);
  const read = calls.flatMap(({ args, kwargs }) => [...args, ...kwargs.values()].flatMap(referencesIn));
  const reaches = (references: readonly Reference[], name: string): boolean =>
    references.some(({ layer, call }) => layer === name && call >= layers.get(name)!.calls.length);
  for (const [name, layer] of layers) {
    if (!isModelClass(layer.className)) continue;
    const [inside, outside] = [reaches(read, name), reaches([...read, ...outputs], name)];
    const isNamed = layer.module !== "" && layer.className === "Functional";
    if (outside || isNamed) {
      outputs.forEach((each, i) => {
        if (each.layer === name && each.call > 0) outputs[i] = { ...each, call: each.call - 1 };
      });
    }
    if (!inside) continue;
    for (const [key, reader] of layers)
      layers.set(key, { ...reader, calls: reader.calls.map((call) => shifted(call, name)) });
  }
}

/** The same call with what it reads of a layer counted one less. */
function shifted({ args, kwargs }: Call, name: string): Call {
  const shift = (argument: Argument): Argument => {
    if (isReference(argument))
      return argument.layer === name ? { ...argument, call: argument.call - 1 } : argument;
    return Array.isArray(argument) ? (argument as readonly Argument[]).map(shift) : argument;
  };
  return {
    args: args.map(shift),
    kwargs: new Map([...kwargs].map(([key, argument]) => [key, shift(argument)])),
  };
}

/** ["conv", 0, 0] as a reference. */
function historyOf(value: JsonValue | undefined): Reference | undefined {
  const list = listOf(value);
  const [layer, call, output] = list ?? [];
  const [callIndex, outputIndex] = [numberOf(call), numberOf(output)];
  return typeof layer === "string" && callIndex !== undefined && outputIndex !== undefined
    ? { layer, call: callIndex, output: outputIndex }
    : undefined;
}

/** References in lists, or in objects by name, within one another. */
function historiesIn(value: JsonValue | undefined): Reference[] {
  const own = historyOf(value);
  if (own !== undefined) return [own];
  if (Array.isArray(value)) return value.flatMap(historiesIn);
  return value instanceof JsonObject ? [...value.values()].flatMap(historiesIn) : [];
}

/** A call of Keras 3, {"args": [...], "kwargs": {...}}, or of Keras 2, [["conv", 0, 0, {}], ...]. */
function callOf(node: JsonValue): Call {
  const object = objectOf(node);
  if (object !== undefined) {
    return {
      args: (listOf(object.get("args")) ?? []).map(argumentOf),
      kwargs: kwargsOf(objectOf(object.get("kwargs")), argumentOf),
    };
  }
  const list = listOf(node) ?? [];
  const entries = historyOf(list) === undefined ? list : [list];
  const tensors = entries.map((entry) => historyOf(entry) ?? { value: entry });
  const kwargs = entries.map((entry) => objectOf(listOf(entry)?.[3]));
  const merged = new Map(kwargs.flatMap((each) => [...kwargsOf(each, oldArgumentOf)]));
  return { args: tensors.length === 1 ? tensors : [tensors], kwargs: merged };
}

function kwargsOf(
  object: JsonObject | undefined,
  read: (value: JsonValue) => Argument,
): Map<string, Argument> {
  return new Map([...(object ?? new JsonObject())].map(([name, value]) => [name, read(value)]));
}

function argumentOf(value: JsonValue): Argument {
  if (Array.isArray(value)) return value.map(argumentOf);
  const object = objectOf(value);
  const history = historyOf(objectOf(object?.get("config"))?.get("keras_history"));
  return object?.get("class_name") === "__keras_tensor__" && history !== undefined ? history : { value };
}

/** In Keras 2 a list of a name and two numbers is a tensor. */
function oldArgumentOf(value: JsonValue): Argument {
  const history = historyOf(value);
  if (history !== undefined) return history;
  return Array.isArray(value) ? value.map(oldArgumentOf) : { value };
}
