// Descriptions of live modules: those of torch.nn with their arguments, those of other classes with what they hold.

import { ValueError } from "../../core/errors.ts";
import { camelCase } from "../../core/names.ts";
import { PyFloat } from "../../core/python.ts";
import { TupleValue, type Value } from "../../files/values.ts";
import { nn, type Tensor } from "../../torch/index.ts";
import { argumentNames, ownModule } from "../../torch/nn/rebuild.ts";
import { SavedModule } from "../../torch/nn/saved-module.ts";
import type { EntrySpec, ModelSpec, ModuleSpec, StateSpec } from "../spec.ts";
import { classes } from "./tree.ts";

/** Classes that hold what they are given. */
const containers: ReadonlySet<string> = new Set(["Sequential", "ModuleList", "ModuleDict"]);

type Fields = Readonly<Record<string, unknown>>;

/** A field as JSON has it. */
function plain(value: unknown): unknown {
  if (value instanceof PyFloat) return value.value;
  return Array.isArray(value) ? value.map(plain) : value;
}

/** What the constructor was given for an argument; a bias is there or not. */
function argumentOf(module: nn.Module, name: string): unknown {
  if (name === "bias" && !(typeof (module as unknown as Fields).bias === "boolean"))
    return (module._parameters.get("bias") ?? module._parameters.get("in_proj_bias") ?? null) !== null;
  return plain((module as unknown as Fields)[camelCase(name)]);
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The arguments that a module of torch.nn has to be made with, and those that differ from what they are by default. */
function argumentsOf(module: nn.Module, type: string): Record<string, unknown> | undefined {
  const names = argumentNames(type);
  if (names === undefined) return undefined;
  const all = names
    .map((name) => [name, argumentOf(module, name)] as const)
    .filter(([, value]) => value !== undefined);
  const Class = classes.get(type)!;
  for (let count = 0; count <= all.length; count++) {
    const needed = all.slice(0, count);
    try {
      const other = nn.utils.skipInit(
        Class,
        Object.fromEntries(needed.map(([name, value]) => [camelCase(name), value])),
      );
      const unlike = all.slice(count).filter(([name, value]) => !isSame(value, argumentOf(other, name)));
      return Object.fromEntries([...needed, ...unlike]);
    } catch {
      // It needs more than that.
    }
  }
  return undefined;
}

const entryOf = ({ shape, dtype }: Tensor): EntrySpec => ({ shape: [...shape], dtype: dtype.name });

/** Parameters and buffers that a module has itself. */
function entriesOf({ _parameters, _buffers, _nonPersistentBuffers }: nn.Module): Partial<ModuleSpec> {
  const parameters = [..._parameters].flatMap(([name, each]) =>
    each === null ? [] : [[name, entryOf(each)] as const],
  );
  const buffers = [..._buffers].flatMap(([name, each]) => {
    if (each === null) return [];
    const persistent = _nonPersistentBuffers.has(name) ? { persistent: false } : {};
    return [[name, { ...entryOf(each), ...persistent }] as const];
  });
  return {
    ...(parameters.length === 0 ? {} : { parameters: Object.fromEntries(parameters) }),
    ...(buffers.length === 0 ? {} : { buffers: Object.fromEntries(buffers) }),
  };
}

function childrenOf(module: nn.Module, path: string): Partial<ModuleSpec> {
  // Fields become children when they are asked for.
  [...module.children()];
  const children = [...module._modules].flatMap(([name, child]) =>
    child === null ? [] : [[name, specOfModule(child, `${path}.${name}`)] as const],
  );
  return children.length === 0 ? {} : { children: Object.fromEntries(children) };
}

/** A transformer's layer is made with what its parts have. */
function transformerLayer(module: nn.Module): Record<string, unknown> | undefined {
  const { selfAttn, linear1, dropout, norm1, normFirst, activation } = module as unknown as Record<
    string,
    Fields
  >;
  if (selfAttn === undefined || linear1 === undefined) return undefined;
  const named = typeof activation === "function" ? (activation as { name: string }).name : undefined;
  return {
    d_model: selfAttn.embedDim,
    nhead: selfAttn.numHeads,
    dim_feedforward: linear1.outFeatures,
    dropout: plain(dropout?.p),
    ...(named === "gelu" ? { activation: "gelu" } : {}),
    layer_norm_eps: plain(norm1?.eps),
    batch_first: selfAttn.batchFirst,
    norm_first: normFirst,
  };
}

/** Arguments that change nothing of what is computed, or that the parameters tell. */
const untold: ReadonlySet<string> = new Set(["bias", "inplace"]);

/**
 * A layer of a TorchScript archive, `__torch__.torch.nn.modules.linear.Linear`, where the archive tells all that it was
 * made with: scripted ones do, traced ones do not.
 */
function scriptedLayer(module: SavedModule, path: string): ModuleSpec | undefined {
  const name = module.className.replace(/^__torch__\./, "").replace(/___torch_mangle_\d+\./g, "");
  const type = ownModule.exec(name)?.[1];
  if (type === undefined || !classes.has(type)) return undefined;
  if (containers.has(type)) return { type, ...childrenOf(module, path) };
  const names = argumentNames(type);
  const { settings } = module;
  if (names === undefined || !names.every((each) => untold.has(each) || settings.has(each))) return undefined;
  const plainSetting = (value: Value): unknown => (value instanceof TupleValue ? [...value.items] : value);
  const given = names
    .filter((each) => settings.has(each))
    .map((each) => [each, plainSetting(settings.get(each)!)]);
  const bias = names.includes("bias") && !module._parameters.get("bias") ? { bias: false } : {};
  const args = { ...Object.fromEntries(given), ...bias };
  return Object.keys(args).length === 0 ? { type } : { type, args };
}

/** A module whose class is a saved one: what the file tells of it. */
function savedSpec(module: SavedModule, path: string): ModuleSpec {
  const layer = scriptedLayer(module, path);
  if (layer !== undefined) return layer;
  const [library] = module.className
    .replace(/^__torch__\./, "")
    .replace(/___torch_mangle_\d+\./g, "")
    .split(".");
  const isOwn =
    (library === "__main__" || library === module.printedName) && !classes.has(module.printedName);
  const from = isOwn ? {} : { from: library! };
  return { type: module.printedName, ...from, ...entriesOf(module), ...childrenOf(module, path) };
}

/** True iff the module's class is one of torch.nn, and no other that extends it. */
export const isLayerOf = (module: nn.Module): boolean =>
  classes.get(module.constructor.name) === module.constructor;

/**
 * The description of a live module.
 * @param path where it stands in its model, for errors
 * @throws ValueError for a module of a class that is not torch.nn's, or whose arguments it does not tell
 */
export function specOfModule(module: nn.Module, path = "model"): ModuleSpec {
  if (module instanceof SavedModule) return savedSpec(module, path);
  const type = module.constructor.name;
  if (!isLayerOf(module)) {
    throw new ValueError(
      `${path}: ${type} is a class of your own: what it computes stands in its source, not in the module; a model of ` +
        "torch.nn's modules can be described",
    );
  }
  if (containers.has(type)) return { type, ...childrenOf(module, path) };
  if (type === "TransformerEncoderLayer" || type === "TransformerDecoderLayer") {
    const args = transformerLayer(module);
    if (args !== undefined) return { type, args };
  }
  if (type === "TransformerEncoder" || type === "TransformerDecoder")
    return { type, ...childrenOf(module, path) };
  const args = argumentsOf(module, type);
  if (args === undefined) throw new ValueError(`${path}: a ${type} does not tell what it was made with`);
  return Object.keys(args).length === 0 ? { type } : { type, args };
}

/** The entries of a module's state dict, with those that are one tensor. */
function stateOfModule(module: nn.Module): StateSpec[] {
  const first = new Map<Tensor, string>();
  return [...module.stateDict({ keepVars: true })].map(([name, tensor]) => {
    const tied = first.get(tensor);
    if (tied === undefined) first.set(tensor, name);
    const base = { name, shape: [...tensor.shape], dtype: tensor.dtype.name };
    return tied === undefined ? base : { ...base, tied_to: tied };
  });
}

/**
 * The description of a live model. One whose class the file does not hold has a tree and no forward pass.
 * @throws ValueError for a module of a class that is not torch.nn's
 */
export function specOfModel(module: nn.Module): ModelSpec {
  const tree = specOfModule(module);
  // A layer that is described with what it holds has no forward pass, nor has a class that is not here.
  const isLive = (spec: ModuleSpec): boolean =>
    spec.from === undefined && classes.has(spec.type) && Object.values(spec.children ?? {}).every(isLive);
  const runs = isLive(tree) && tree.type !== "ModuleList" && tree.type !== "ModuleDict";
  return { tree, ...(runs ? { forward: "sequential" } : {}), state_dict: stateOfModule(module) };
}
