// What a Keras model becomes while it is read: modules, steps, and rules for the weights; and the tensors that go from
// layer to layer. A tensor has the axes that Keras says, and lies in memory either so or with its channels first.

import type { ValueError } from "../../../core/errors.ts";
import { camelCase } from "../../../core/names.ts";
import type { LayerWeights } from "../../../files/format.ts";
import type { JsonValue } from "../../../files/json.ts";
import { nn } from "../../../torch/index.ts";
import type { Rule } from "../../rules/rule.ts";
import type { Step } from "../../rules/steps.ts";
import type { ConstantSpec, ForwardSpec, ModuleSpec, StepSpec } from "../../spec.ts";
import type { Graph, GraphLayer } from "./graph.ts";
import type { Settings } from "./settings.ts";

/** Lengths of axes, null where one is open. */
export type Dims = readonly (number | null)[];

/**
 * How the axes lie: "last" as Keras counts them; "first" with the last of them, the channels, moved to the place behind the
 * batch; "native" as Keras counts them, where Keras has the channels first.
 */
export type Axes = "last" | "first" | "native";

/** A tensor between layers. */
export interface Value {
  /** How steps refer to it: "$conv". */
  readonly ref: string;
  /** Its shape as Keras says it, the batch included. */
  readonly shape: Dims;
  readonly axes: Axes;
  /** [C, ...spatial] where it is the flattening of an image with its channels first, which Keras has last. */
  readonly flattened?: readonly number[];
}

/** What is the same for a model and the models in it. */
export interface Shared {
  readonly rules: Rule[];
  readonly notes: string[];
  /** The file's layers, with which array each weight is. */
  readonly weights: readonly LayerWeights[] | undefined;
  /** True iff the file is one of Keras 2. */
  readonly isOld: boolean;
}

/** One call of a layer: what a maker is given. */
export interface LayerCall {
  readonly scope: Scope;
  readonly graph: Graph;
  readonly layer: GraphLayer;
  readonly settings: Settings;
  /** The tensors it is called with, those in lists included. */
  readonly inputs: readonly Value[];
  /** Everything by position: tensors, lists of them, and plain values. */
  readonly args: readonly Given[];
  readonly kwargs: ReadonlyMap<string, Given>;
}

/** An argument of a call. */
export type Given = Value | readonly Given[] | { readonly value: JsonValue };

/** True iff an argument is a tensor. */
export const isValue = (given: Given): given is Value => "ref" in given;

/** Makes modules and steps of a call, and tells what comes out. */
export type Maker = (call: LayerCall) => readonly Value[];

/** The letters of a name that a module can have. */
const plainName = (name: string): string => name.replaceAll(/[^A-Za-z0-9_]/g, "_") || "layer";

/** What every module has under a name of its own. */
const blank = new nn.Module();

/** A model, or one within it. */
export class Scope {
  readonly shared: Shared;
  /** Names of the models that it is in, as Keras has them. */
  readonly trail: readonly string[];
  /** Path of its module, with a dot behind; "" for the whole model. */
  readonly path: string;
  readonly children: Record<string, ModuleSpec> = {};
  readonly steps: StepSpec[] = [];
  readonly constants: Record<string, ConstantSpec> = {};
  private readonly names = new Set<string>();
  /** Names of children by those of Keras's layers. */
  private readonly childNames = new Map<string, string>();

  constructor(shared: Shared, trail: readonly string[] = [], path = "") {
    this.shared = shared;
    this.trail = trail;
    this.path = path;
  }

  /** A name that nothing has yet. */
  private fresh(name: string): string {
    const base = plainName(name);
    let found = base;
    for (let i = 1; this.names.has(found); i++) found = `${base}_${i}`;
    this.names.add(found);
    return found;
  }

  /**
   * The name of a layer's module: the layer's own, changed where a module cannot have it, or where another one is read
   * under the same name (`Conv_1` is also `Conv1`).
   */
  nameOf({ name }: GraphLayer): string {
    const known = this.childNames.get(name);
    if (known !== undefined) return known;
    const taken = new Set([...this.childNames.values()].flatMap((each) => [each, camelCase(each)]));
    let found = plainName(name);
    while (found in blank || camelCase(found) in blank || taken.has(found) || taken.has(camelCase(found)))
      found += "_";
    this.childNames.set(name, found);
    return found;
  }

  /** The name of an input. */
  input(name: string): string {
    return this.fresh(name);
  }

  /** A step that calls an operation; how its result is referred to. */
  op(name: string, op: string, args: readonly unknown[], kw?: Readonly<Record<string, unknown>>): string {
    const set = this.fresh(name);
    this.steps.push(kw === undefined ? { set, op, in: args } : { set, op, in: args, kw });
    return `$${set}`;
  }

  /** A step that calls a child; how its result is referred to. */
  call(child: string, args: readonly unknown[], kw?: Readonly<Record<string, unknown>>): string {
    const set = this.fresh(child);
    this.steps.push(
      kw === undefined ? { set, module: child, in: args } : { set, module: child, in: args, kw },
    );
    return `$${set}`;
  }

  /**
   * The child of a layer: made at the first call, the same at every other.
   * @returns its name
   * @throws ValueError where another call would need another module
   */
  child({ layer, settings }: LayerCall, spec: ModuleSpec): string {
    const name = this.nameOf(layer);
    const known = this.children[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(spec))
      throw settings.refusal("it is called several times, with inputs that need different modules");
    this.children[name] = spec;
    return name;
  }

  /** An array of numbers that steps can read. */
  constant(name: string, values: readonly number[], shape: readonly number[]): string {
    const key = this.fresh(name);
    const bytes = new Uint8Array(new Float32Array(values).buffer);
    const data = btoa(String.fromCharCode(...bytes));
    this.constants[key] = { dtype: "float32", shape, data };
    return `#${key}`;
  }

  /** The forward pass of these steps. */
  forward(inputs: readonly string[], outputs: readonly Value[]): ForwardSpec {
    const { steps, constants } = this;
    const result = outputs.map(({ ref }) => ref);
    const base = { inputs, steps, outputs: result };
    return Object.keys(constants).length === 0 ? base : { ...base, constants };
  }

  /**
   * Says how an entry of a layer's module is filled.
   * @param entry its name below the module: "weight", "depthwise.weight"
   * @param weights the ends of the weights' names in Keras: ["kernel"]; none where it is filled with one number
   */
  bind(
    call: LayerCall,
    entry: string,
    weights: readonly string[],
    rest: Omit<Rule, "target" | "from"> & {
      readonly partOps?: readonly (readonly Step[])[];
    },
  ): void {
    const target = `${this.path}${this.nameOf(call.layer)}.${entry}`;
    const { rules, weights: known } = this.shared;
    if (known === undefined || rules.some((rule) => rule.target === target)) return;
    const { partOps, ...rule } = rest;
    const from = weights.map((end, i) => {
      const ops = partOps?.[i] ?? [];
      const name = this.arrayOf(call, end);
      return ops.length === 0 ? { name } : { name, ops };
    });
    rules.push({ target, from, ...rule });
  }

  /** True iff the file has such a weight of the layer. */
  hasWeight(call: LayerCall, end: string): boolean {
    return this.found(call, end).length > 0;
  }

  private found({ layer }: LayerCall, end: string): readonly (readonly [string, string])[] {
    const trail = [...this.trail, layer.name];
    const owner = this.shared.weights?.find(({ name }) => name === trail[0]);
    const fitting = (owner?.weights ?? []).filter(([weight]) => weight === end || weight.endsWith(`/${end}`));
    if (trail.length === 1 || fitting.length <= 1) return fitting;
    // Models within models may leave the names of the outer ones out.
    const near = fitting.filter(([weight]) => weight.split("/").includes(layer.name));
    if (near.length <= 1) return near;
    return near.filter(([weight]) => isInOrder(trail, weight.split("/")));
  }

  private arrayOf(call: LayerCall, end: string): string {
    const found = this.found(call, end);
    if (found.length === 1) return found[0]![1];
    throw call.settings.refusal(
      found.length === 0
        ? `the file has no weight "${end}" of it`
        : `several weights of the file may be its "${end}": ${found.map(([weight]) => weight).join(", ")}`,
    );
  }
}

/** True iff the names occur among the others in their order. */
function isInOrder(names: readonly string[], among: readonly string[]): boolean {
  let at = 0;
  for (const each of among) if (each === names[at]) at++;
  return at === names.length;
}

/** Where an axis of Keras lies in memory. */
export function placeOf({ shape, axes }: Value, axis: number): number {
  const rank = shape.length;
  const at = axis < 0 ? axis + rank : axis;
  if (axes !== "first" || at === 0) return at;
  return at === rank - 1 ? 1 : at + 1;
}

/** The same tensor with its axes as Keras counts them. */
export function toLast(scope: Scope, value: Value): Value {
  if (value.axes !== "first") return value;
  const rank = value.shape.length;
  const order = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
  const ref = scope.op("channels_last", "Tensor.permute", [value.ref, order]);
  return { ref, shape: value.shape, axes: "last" };
}

/** The same tensor with its channels, the last axis of Keras, behind the batch. */
export function toFirst(scope: Scope, value: Value): Value {
  const rank = value.shape.length;
  if (value.axes === "first" || rank < 3) return value;
  const order = [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
  const ref = scope.op("channels_first", "Tensor.permute", [value.ref, order]);
  return { ref, shape: value.shape, axes: "first" };
}

/** The same tensor with its axes in that order. */
export const withAxes = (scope: Scope, value: Value, axes: Axes): Value =>
  axes === "first" ? toFirst(scope, value) : toLast(scope, value);

/** The only input of a layer. @throws ValueError where there are none or several */
export function onlyInput({ inputs, settings }: LayerCall): Value {
  const [input] = inputs;
  if (input === undefined || inputs.length !== 1)
    throw settings.refusal(`it should be called with one tensor, and is with ${inputs.length}`);
  return input;
}

/** A length that has to be known. */
export function known(length: number | null | undefined, settings: Settings, what: string): number {
  if (typeof length === "number") return length;
  throw openLength(settings, what);
}

const openLength = (settings: Settings, what: string): ValueError =>
  settings.refusal(`${what} is left open by the file: give the shape of the input`);
