// A Keras model as a description of a PyTorch model: modules with their channels first, the steps of its forward pass, and
// the rules that fill its state dict from the file.

import { ValueError } from "../../../core/errors.ts";
import { JsonObject, parseJson } from "../../../files/json.ts";
import type { Opened } from "../../../files/open.ts";
import type { Rule } from "../../rules/rule.ts";
import type { ModelSpec, ModuleSpec } from "../../spec.ts";
import { activationLayers } from "./activations.ts";
import { attentionLayers } from "./attention.ts";
import { convolutionLayers } from "./convolution.ts";
import { arithmetic, coreLayers, lengthsOf } from "./core.ts";
import {
  type Argument,
  type Call,
  type Graph,
  type GraphLayer,
  graphOf,
  isModelClass,
  isReference,
  type Reference,
  referencesIn,
} from "./graph.ts";
import { normalizationLayers } from "./normalization.ts";
import { poolingLayers } from "./pooling.ts";
import { wantedAxes } from "./readers.ts";
import { innerLayer, recurrentLayers } from "./recurrent.ts";
import {
  type Dims,
  type Given,
  isValue,
  type LayerCall,
  type Maker,
  onlyInput,
  Scope,
  type Shared,
  toLast,
  type Value,
  withAxes,
} from "./scope.ts";
import { shapeOf } from "./settings.ts";

/** What a Keras file describes, as a PyTorch model. */
export interface KerasModel {
  /** What `buildModel` builds. */
  readonly spec: ModelSpec;
  /** How each entry of its state dict is made from the file's arrays; none where the file holds none. */
  readonly rules: readonly Rule[];
  /** What goes in: names, and shapes with the channels first, null where a length is open. */
  readonly inputs: readonly { readonly name: string; readonly shape: Dims }[];
  /** What differs in training. */
  readonly notes: readonly string[];
}

/** How a configuration is read. */
export interface KerasModelOptions {
  /** Shapes of the inputs without the batch, as Keras counts their axes, where the file leaves lengths open. */
  readonly inputShapes?: readonly (readonly number[])[];
}

/** What is opened, or the text of a configuration. */
export type KerasSource = Pick<Opened, "metadata" | "attributes" | "layers"> | string;

/**
 * The PyTorch model that a `.keras` or `.h5` file, or the JSON of a configuration, describes.
 * @throws ValueError naming the layer that cannot be made, and why; or telling that the file describes no model
 */
export function kerasModel(source: KerasSource, options: KerasModelOptions = {}): KerasModel {
  const json = configOf(source);
  const opened = typeof source === "string" ? undefined : source;
  const shared: Shared = {
    rules: [],
    notes: [],
    weights: opened?.layers,
    isOld: versionOf(opened, json) < 3,
  };
  const graph = graphOf(json, "the configuration");
  const scope = new Scope(shared);
  const inputs = graph.inputs.map((reference, i) =>
    inputOf(graph, reference, scope, options.inputShapes?.[i]),
  );
  const outputs = runGraph(graph, scope, inputs).map((value) =>
    value.shape.length >= 4 && value.axes === "last" ? withAxes(scope, value, "first") : value,
  );
  const names = inputs.map(({ ref }) => ref.slice(1));
  const className = String(json.get("class_name"));
  return {
    spec: {
      tree: {
        type: className === "Sequential" ? "KerasSequential" : "KerasModel",
        from: "keras",
        children: scope.children,
      },
      forward: scope.forward(names, outputs),
    },
    rules: shared.rules,
    inputs: inputs.map(({ shape, axes }, i) => ({
      name: names[i]!,
      shape: axes === "first" ? [shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)] : shape,
    })),
    notes: shared.notes,
  };
}

/** The description alone: what `buildModel` builds. @throws ValueError as `kerasModel` */
export const kerasModelSpec = (source: KerasSource, options: KerasModelOptions = {}): ModelSpec =>
  kerasModel(source, options).spec;

/** True iff a file says which layers it is made of and how they are called. */
export function hasKerasConfig(source: Exclude<KerasSource, string>): boolean {
  return configText(source) !== undefined;
}

function configText(source: Exclude<KerasSource, string>): string | undefined {
  const text = source.metadata?.get("config") ?? source.attributes?.get("/")?.get("model_config");
  return typeof text === "string" ? text : undefined;
}

function configOf(source: KerasSource): JsonObject {
  const text = typeof source === "string" ? source : configText(source);
  if (text === undefined) {
    throw new ValueError(
      "the file does not describe the model: only a .keras file, or an .h5 file that model.save wrote, has its " +
        "configuration; write the model, and port the weights into it",
    );
  }
  const json = parseJson(new TextEncoder().encode(text), "the configuration", { python: true });
  if (!(json instanceof JsonObject)) throw new ValueError("the configuration is no JSON object");
  return json;
}

/** Which Keras wrote it: 2 or 3. Configurations of Keras 3 name the modules of their classes. */
function versionOf(opened: Exclude<KerasSource, string> | undefined, json: JsonObject): number {
  const said = opened?.metadata?.get("keras_version") ?? opened?.attributes?.get("/")?.get("keras_version");
  const major = typeof said === "string" ? Number.parseInt(said, 10) : Number.NaN;
  return Number.isNaN(major) ? (json.has("module") ? 3 : 2) : major;
}

const makers: Readonly<Record<string, Maker>> = {
  ...coreLayers,
  ...activationLayers,
  ...convolutionLayers,
  ...poolingLayers,
  ...normalizationLayers,
  ...recurrentLayers,
  ...attentionLayers,
  TimeDistributed: timeDistributed,
};

/** Arithmetic that is recorded as a layer, by the last word of what is called. */
const operations: Readonly<Record<string, Maker>> = {
  add: arithmetic("operator.add"),
  subtract: arithmetic("operator.sub"),
  sub: arithmetic("operator.sub"),
  multiply: arithmetic("operator.mul"),
  mul: arithmetic("operator.mul"),
  divide: arithmetic("operator.truediv"),
  truedivide: arithmetic("operator.truediv"),
  truediv: arithmetic("operator.truediv"),
};

/** Modules of Keras itself; configurations of Keras 2, and of `.h5`, name none. */
const kerasModules = /^(keras|tf_keras|tensorflow|builtins|Keras|Functional)?($|\.)/;

/** Classes that are Keras's only where their module says so: users have their own of the same name. */
const ofApplications: ReadonlySet<string> = new Set(["LayerScale", "CustomScaleLayer", "StochasticDepth"]);

/** What makes a layer. @throws ValueError naming it where nothing does */
function makerOf(layer: GraphLayer): Maker {
  const { className, module, settings } = layer;
  const isOwn = !kerasModules.test(module) || (module === "" && ofApplications.has(className));
  if (isOwn) {
    const from = module === "" ? "" : ` of "${module}"`;
    throw settings.refusal(
      `it is a class${from} whose code is not here: write the model, and port the weights into it`,
    );
  }
  if (isModelClass(className)) return nested;
  const called =
    className === "TFOpLambda" ? settings.text("function").split(".").at(-1)! : className.toLowerCase();
  const isOperation =
    className === "TFOpLambda" || /\bops\b/.test(module) || /^(True)?Divide$/.test(className);
  const found = isOperation
    ? operations[called]
    : Object.hasOwn(makers, className)
      ? makers[className]
      : undefined;
  if (found !== undefined) return found;
  throw settings.refusal(
    className === "Lambda"
      ? "a Lambda is code of one's own, which is not run: write the model, and port the weights into it"
      : "there is no such layer here: write the model, and port the weights into it",
  );
}

/** An input of the whole model: images have their channels first. */
function inputOf(
  graph: Graph,
  { layer: name }: Reference,
  scope: Scope,
  given: readonly number[] | undefined,
): Value {
  const layer = graph.layers.get(name);
  const json = layer?.settings.json;
  const told = shapeOf(json?.get("batch_shape") ?? json?.get("batch_input_shape") ?? undefined);
  const shape = given === undefined ? told : [null, ...given];
  if (shape === undefined)
    throw new ValueError(`the shape of the input "${name}" is not told by the file: give it as inputShapes`);
  const wanted = wantedAxes(graph, name);
  const axes = wanted ?? (shape.length >= 4 ? "first" : "last");
  return { ref: `$${scope.input(name)}`, shape, axes: shape.length < 3 ? "last" : axes };
}

/** Runs the layers that the outputs need, each call once. */
function runGraph(graph: Graph, scope: Scope, inputs: readonly Value[]): readonly Value[] {
  const done = new Map<string, readonly Value[]>();
  graph.inputs.forEach(({ layer }, i) => {
    done.set(`${layer} 0`, [inputs[i]!]);
  });
  // A stack of one's own: models may be deeper than the engine's.
  const waiting = graph.outputs.toReversed().map(({ layer, call }) => ({ layer, call, isReady: false }));
  const open = new Set<string>();
  while (waiting.length > 0) {
    const { layer: name, call: index, isReady } = waiting.pop()!;
    const key = `${name} ${index}`;
    if (done.has(key)) continue;
    const layer = graph.layers.get(name);
    const call = layer?.calls[index];
    if (layer === undefined || call === undefined)
      throw new ValueError(
        `the graph of "${graph.name}" refers to call ${index} of "${name}", which is not there`,
      );
    if (isReady) {
      done.set(key, runCall(graph, layer, call, scope, done));
      continue;
    }
    if (open.has(key)) throw new ValueError(`the graph of "${graph.name}" goes in a circle at "${name}"`);
    open.add(key);
    waiting.push({ layer: name, call: index, isReady: true });
    const needed = [...call.args, ...call.kwargs.values()].flatMap(referencesIn);
    for (const each of needed.toReversed())
      waiting.push({ layer: each.layer, call: each.call, isReady: false });
  }
  return graph.outputs.map((reference) => outputOf(reference, done));
}

function outputOf({ layer, call, output }: Reference, done: ReadonlyMap<string, readonly Value[]>): Value {
  const value = done.get(`${layer} ${call}`)?.[output];
  if (value === undefined) throw new ValueError(`"${layer}" gives no output ${output}`);
  return value;
}

function runCall(
  graph: Graph,
  layer: GraphLayer,
  call: Call,
  scope: Scope,
  done: ReadonlyMap<string, readonly Value[]>,
): readonly Value[] {
  const resolve = (argument: Argument): Given => {
    if (isReference(argument)) return outputOf(argument, done);
    return Array.isArray(argument) ? (argument as readonly Argument[]).map(resolve) : (argument as Given);
  };
  const args = call.args.map(resolve);
  const inputs = args.flatMap(tensorsIn);
  const kwargs = new Map([...call.kwargs].map(([name, argument]) => [name, resolve(argument)]));
  return makerOf(layer)({ scope, graph, layer, settings: layer.settings, inputs, args, kwargs });
}

function tensorsIn(given: Given): Value[] {
  if (isValue(given)) return [given];
  return Array.isArray(given) ? (given as readonly Given[]).flatMap(tensorsIn) : [];
}

/** A model within a model: a module of its own. */
function nested(call: LayerCall): readonly Value[] {
  const { scope, layer, settings, inputs } = call;
  const graph = graphOf(settings.json, settings.place);
  if (graph.inputs.length !== inputs.length)
    throw settings.refusal(
      `it should be called with ${graph.inputs.length} tensors, and is with ${inputs.length}`,
    );
  const inner = new Scope(scope.shared, [...scope.trail, layer.name], `${scope.path}${scope.nameOf(layer)}.`);
  const given = inputs.map((value, i) => {
    const wanted = wantedAxes(graph, graph.inputs[i]!.layer);
    return wanted === "first" ? withAxes(scope, value, wanted) : value;
  });
  const starts = given.map((value, i) => {
    const { flattened: _, ...rest } = value;
    return { ...rest, ref: `$${inner.input(graph.inputs[i]!.layer)}` };
  });
  if (given.some(({ flattened }) => flattened !== undefined))
    throw settings.refusal("it begins with a Dense behind a Flatten outside of it");
  const outputs = runGraph(graph, inner, starts);
  const forward = inner.forward(
    starts.map(({ ref }) => ref.slice(1)),
    outputs,
  );
  const spec: ModuleSpec = { type: "KerasModel", from: "keras", children: inner.children, forward };
  const result = scope.call(
    scope.child(call, spec),
    given.map(({ ref }) => ref),
  );
  if (outputs.length === 1) return [{ ...outputs[0]!, ref: result }];
  return outputs.map((value, i) => ({ ...value, ref: scope.op("part", "operator.getitem", [result, i]) }));
}

/** A layer for each place of a sequence: with all places in one batch. */
function timeDistributed(call: LayerCall): readonly Value[] {
  const { scope, settings } = call;
  const input = toLast(scope, onlyInput(call));
  const inner = innerLayer(call, "layer");
  const [, ...rest] = lengthsOf(input, settings);
  const places = input.shape[1]!;
  const each = scope.op("places", "torch.flatten", [input.ref, 0, 1]);
  const start: Value = { ref: each, shape: [null, ...rest], axes: "last" };
  const layer: GraphLayer = { ...inner, name: call.layer.name };
  const made = makerOf(inner)({ ...call, layer, settings: inner.settings, inputs: [start], args: [start] });
  const [only, ...others] = made;
  if (only === undefined || others.length > 0) throw settings.refusal("its layer gives several tensors");
  const result = toLast(scope, only);
  const ref = scope.op("sequence", "Tensor.unflatten", [result.ref, 0, [-1, places]]);
  return [{ ref, shape: [input.shape[0]!, places, ...result.shape.slice(1)], axes: "last" }];
}
