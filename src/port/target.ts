// What a plan fills: the entries of a model's state dict, with the module that each belongs to, and what shapes
// alone do not tell: which Linear stands behind a Flatten, and of what.

import { nn, noGrad, Tensor } from "../torch/index.ts";
import { feeds } from "./dataflow.ts";

/** An entry of the state dict. */
export interface Target {
  readonly name: string;
  readonly tensor: Tensor;
  /** The module that has it. */
  readonly module: nn.Module;
  /** Path of that module: "encoder.layers.0", "" for the model itself. */
  readonly path: string;
  /** The class of that module: "Linear"; of a module that extends one of torch.nn, that one. */
  readonly type: string;
  /** Its name within that module: "weight". */
  readonly role: string;
  /** True iff it is a buffer: no parameter. */
  readonly isBuffer: boolean;
  /** The entry before it that is the same tensor. */
  readonly tiedTo?: string;
}

/** What a model tells of itself: what a matcher has to fill. */
export interface Model {
  readonly module: nn.Module;
  readonly targets: readonly Target[];
  readonly byName: ReadonlyMap<string, Target>;
  /** Modules that hold entries themselves, in the order of the state dict, each with its entries by role. */
  readonly layers: readonly Layer[];
  /**
   * Paths of the layers in the order in which the model calls them; undefined without an example input, or where it does
   * not run on it. A layer that is called twice stands where it was called first; one that is never called as a module
   * (its parameters are read) is left out.
   */
  readonly calls?: readonly string[];
  /**
   * Linear layers, and normalizations of a vector, whose input a flattening made, by path, with the shape [C, ...spatial]
   * that was flattened.
   */
  readonly flattened: ReadonlyMap<string, readonly number[]>;
  /** Which of these layers feed which, by path; it runs the model again. Undefined where `calls` is. */
  readonly feeds?: (paths: ReadonlySet<string>) => readonly (readonly [from: string, to: string])[];
}

/** A module that holds entries itself. */
export interface Layer {
  readonly path: string;
  readonly type: string;
  readonly module: nn.Module;
  readonly entries: ReadonlyMap<string, Target>;
}

/** A module that is described rather than written says its class. */
interface Described {
  readonly specType?: string;
}

/** The class of a module by its name in torch.nn, or its own. */
export const typeOf = (module: nn.Module): string =>
  (module as unknown as Described).specType ?? module.constructor.name;

/**
 * What a model tells of itself.
 * @param inputs example inputs: with them the order of calls and what stands behind a flattening are known
 */
export function modelOf(module: nn.Module, inputs?: readonly Tensor[]): Model {
  const targets = targetsOf(module);
  const layers = new Map<
    string,
    { path: string; type: string; module: nn.Module; entries: Map<string, Target> }
  >();
  for (const target of targets) {
    const { path, type } = target;
    const layer = layers.get(path) ?? { path, type, module: target.module, entries: new Map() };
    layer.entries.set(target.role, target);
    layers.set(path, layer);
  }
  const base = {
    module,
    targets,
    byName: new Map(targets.map((target) => [target.name, target])),
    layers: [...layers.values()],
  };
  const seen = inputs === undefined ? undefined : watch(module, inputs);
  if (seen === undefined) return { ...base, flattened: new Map() };
  const paths = new Map([...module.namedModules()].map(([path, each]) => [each, path]));
  const calls = [...seen.calls].map((each) => paths.get(each)!).filter((path) => layers.has(path));
  const flattened = new Map([...seen.flattened].map(([each, shape]) => [paths.get(each)!, shape]));
  return { ...base, calls, flattened, feeds: (paths) => feeds(module, inputs!, paths) };
}

/** A model as if it had only some of its entries. */
export function withEntries(model: Model, isKept: (name: string) => boolean): Model {
  const targets = model.targets.filter(({ name }) => isKept(name));
  const layers = model.layers.flatMap((layer) => {
    const entries = new Map([...layer.entries].filter(([, { name }]) => isKept(name)));
    return entries.size === 0 ? [] : [{ ...layer, entries }];
  });
  return { ...model, targets, layers, byName: new Map(targets.map((target) => [target.name, target])) };
}

/** What is said of entries, in the order of the state dict. */
export function inOrderOf<Item extends { readonly target: string }>(
  { targets }: Model,
  items: readonly Item[],
): Item[] {
  const order = new Map(targets.map(({ name }, i) => [name, i]));
  return items.toSorted((a, b) => order.get(a.target)! - order.get(b.target)!);
}

/** The entries of the state dict, in order. */
export function targetsOf(model: nn.Module): Target[] {
  const first = new Map<Tensor, string>();
  return [...model.stateDict({ keepVars: true })].map(([name, tensor]) => {
    const dot = name.lastIndexOf(".");
    const path = dot < 0 ? "" : name.slice(0, dot);
    const role = name.slice(dot + 1);
    const module = model.getSubmodule(path);
    const tiedTo = first.get(tensor);
    if (tiedTo === undefined) first.set(tensor, name);
    const isBuffer = module._buffers.has(role);
    const base = { name, tensor, module, path, type: typeOf(module), role, isBuffer };
    return tiedTo === undefined ? base : { ...base, tiedTo };
  });
}

/** Linear layers whose input a Flatten made, with the shape [C, ...spatial] that it flattened. */
type FlattenedInputs = ReadonlyMap<nn.Module, readonly number[]>;

/** What a run of the model shows. */
interface Seen {
  readonly calls: ReadonlySet<nn.Module>;
  readonly flattened: FlattenedInputs;
}

/** Runs the model once and sees which layers are called, and what reaches Linear layers through a flattening. */
function watch(model: nn.Module, inputs: readonly Tensor[]): Seen | undefined {
  const calls = new Set<nn.Module>();
  const found = new Map<nn.Module, readonly number[]>();
  const flattened = new WeakMap<Tensor, readonly number[]>();
  const handles = [...model.modules()].map((module) =>
    module.registerForwardHook((_, given, output) => {
      calls.add(module);
      const [first] = given as readonly unknown[];
      if (!(first instanceof Tensor) || !(output instanceof Tensor)) return undefined;
      // A view of the output by the next layer is a new object: the shape goes with the tensor that layer is given.
      if (module instanceof nn.Linear || takesVector(module)) {
        const shape = flattened.get(first) ?? flattenedBase(first);
        if (shape !== undefined) found.set(module, shape);
        if (shape !== undefined && takesVector(module)) flattened.set(output, shape);
      } else if (module instanceof nn.Flatten) {
        if (first.ndim > 2) flattened.set(output, first.shape.slice(1));
      } else if (keepsElements(module)) {
        const shape = flattened.get(first);
        if (shape !== undefined) flattened.set(output, shape);
      }
      return undefined;
    }),
  );
  const wasTraining = model.training;
  try {
    model.eval();
    noGrad(() => (model as unknown as { call(...x: readonly Tensor[]): unknown }).call(...inputs));
  } catch {
    return undefined;
  } finally {
    model.train(wasTraining);
    for (const handle of handles) handle.remove();
  }
  return { calls, flattened: found };
}

/** The shape behind a tensor that is a view [N, C * spatial] of one that is [N, C, ...spatial]: `torch.flatten(x, 1)`. */
function flattenedBase(tensor: Tensor): readonly number[] | undefined {
  const { base } = tensor;
  if (!(base instanceof Tensor) || tensor.ndim !== 2 || base.ndim <= 2) return undefined;
  return base.shape[0] === tensor.shape[0] && base.layout.size === tensor.layout.size
    ? base.shape.slice(1)
    : undefined;
}

/** Layers that leave each element in its place. */
const elementwiseLayers: readonly (abstract new (...args: never) => nn.Module)[] = [
  nn.Dropout,
  nn.ELU,
  nn.GELU,
  nn.Identity,
  nn.LeakyReLU,
  nn.ReLU,
  nn.Sigmoid,
  nn.SiLU,
  nn.Softplus,
  nn.Tanh,
];

/** Layers with a number for each element of a vector, which they leave in its place. */
const takesVector = (module: nn.Module): boolean =>
  [nn.BatchNorm1d, nn.LayerNorm, nn.RMSNorm, nn.PReLU].some((Class) => module instanceof Class);

function keepsElements(module: nn.Module): boolean {
  return elementwiseLayers.some((Class) => module instanceof Class);
}
