// Live modules from the tree of a description. Parameters have no initial values: nothing is drawn.

import { dtypeByName } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import { camelCase } from "../../core/names.ts";
import { empty, nn, type Tensor } from "../../torch/index.ts";
import { checkModuleSpec, isJsonObject, type ModuleSpec, shownJson } from "../spec.ts";
import { DescribedModule, nameClass } from "./described.ts";

type ModuleClass = new (...args: readonly unknown[]) => nn.Module;

/** The classes of torch.nn by name. */
export const classes: ReadonlyMap<string, ModuleClass> = new Map(
  Object.entries(nn).filter(
    (entry): entry is [string, ModuleClass] =>
      typeof entry[1] === "function" && entry[1].prototype instanceof nn.Module,
  ),
);

/** Classes that hold what they are given. */
const containers: ReadonlySet<string> = new Set(["Sequential", "ModuleList", "ModuleDict"]);

/** Called with every module once its children are there. */
export type Finish = (module: nn.Module, spec: ModuleSpec, path: string) => void;

/**
 * Builds the modules of a tree.
 * @param path where in the description the module stands, for errors
 * @throws ValueError naming the place, what was found and what there is
 */
export function buildTree(spec: unknown, path: string, finish: Finish): nn.Module {
  const checked = checkModuleSpec(spec, path);
  const module = classOf(checked, path);
  for (const [name, child] of Object.entries(checked.children ?? {})) {
    const place = `${path}.${name}`;
    // What a class of torch.nn makes itself (the output of an attention) is there already, as its arguments say.
    if (module._modules.has(name) && !(module instanceof DescribedModule)) {
      checkModuleSpec(child, place);
      continue;
    }
    const built = buildTree(child, place, finish);
    at(place, () => module.registerModule(name, built));
  }
  finish(module, checked, path);
  return module;
}

/** The module without its children. */
function classOf(spec: ModuleSpec, path: string): nn.Module {
  const { type, args = {}, parameters, buffers } = spec;
  const base = spec.extends;
  const isOwn = parameters === undefined && buffers === undefined;
  if (spec.from === undefined && classes.has(type)) return construct(type, argumentsOf(spec, path), path);
  if (base !== undefined && !classes.has(base)) throw unknown(base, path);
  if (base !== undefined && containers.has(base) && isOwn) {
    const module = construct(base, {}, path);
    nameClass(module, type, base);
    return module;
  }
  if (spec.from === undefined) checkSpelling(spec, path);
  const module = new DescribedModule(type, base);
  // Where a class that extends one of torch.nn does not say what it has, it has what that one has.
  if (base !== undefined && isOwn && !containers.has(base)) {
    const model = construct(base, argumentsOf({ ...spec, args }, path), path);
    for (const [name, each] of model._parameters) module.registerParameter(name, each);
    for (const [name, each] of model._buffers) module.registerBuffer(name, each);
    for (const [name, each] of model._modules) module.registerModule(name, each);
  }
  for (const [name, entry] of Object.entries(parameters ?? {})) {
    const place = `${path}.parameters.${name}`;
    const tensor = entryTensor(entry, place);
    at(place, () => module.registerParameter(name, parameterOf(tensor)));
  }
  for (const [name, entry] of Object.entries(buffers ?? {})) {
    const place = `${path}.buffers.${name}`;
    const tensor = entryTensor(entry, place);
    at(place, () => module.registerBuffer(name, tensor, entry.persistent ?? true));
  }
  return module;
}

/** A parameter over a tensor; gradients are recorded of what can have one. */
export const parameterOf = (tensor: Tensor): nn.Parameter =>
  new nn.Parameter(tensor, tensor.dtype.isFloatingPoint || tensor.dtype.isComplex);

/** @throws ValueError for a name that is one of torch.nn's but for its capitals, or that has arguments and nothing else */
function checkSpelling(spec: ModuleSpec, path: string): void {
  const meant = [...classes.keys()].find((name) => name.toLowerCase() === spec.type.toLowerCase());
  const isLayer = ["children", "parameters", "buffers", "extends", "forward"].every((key) => !(key in spec));
  if (meant !== undefined) {
    throw new ValueError(
      `${path}: there is no module ${spec.type} here, there is ${meant}; a class of that name of another library ` +
        'says "from"',
    );
  }
  if (isLayer && spec.args !== undefined) throw unknown(spec.type, path);
}

const unknown = (type: string, path: string): ValueError =>
  new ValueError(
    `${path}: there is no module ${type} here; there are ${[...classes.keys()].sort().join(", ")}`,
  );

/** Memory for a parameter or buffer. */
function entryTensor(entry: unknown, path: string): Tensor {
  const { shape, dtype = "float32" } = isJsonObject(entry) ? entry : {};
  const isShape =
    Array.isArray(shape) && shape.every((length) => Number.isSafeInteger(length) && (length as number) >= 0);
  const found = dtypeByName(String(dtype));
  if (!isShape || found === undefined)
    throw new ValueError(`${path}: expected {"shape": [...], "dtype": "float32"}, got ${shownJson(entry)}`);
  return empty(shape as number[], { dtype: found });
}

/** Layers of which a class of torch.nn makes copies of its own, as its arguments say: given there, or as its children. */
const copied: Readonly<Record<string, string>> = {
  TransformerEncoder: "encoder_layer",
  TransformerDecoder: "decoder_layer",
};

/** The arguments of a class, by their names here; a description of a module among them is built. */
function argumentsOf(spec: ModuleSpec, path: string): Record<string, unknown> {
  const layer = Object.hasOwn(copied, spec.type) ? copied[spec.type]! : undefined;
  const layers = spec.children?.layers?.children;
  const given =
    layer === undefined || layers === undefined
      ? {}
      : { [layer]: layers["0"], num_layers: Object.keys(layers).length, norm: spec.children?.norm ?? null };
  return Object.fromEntries(
    Object.entries({ ...given, ...spec.args }).map(([name, value]) => [
      camelCase(name),
      isJsonObject(value) && typeof value.type === "string"
        ? buildTree(value, `${path}.args.${name}`, () => {})
        : value,
    ]),
  );
}

function construct(type: string, options: Readonly<Record<string, unknown>>, path: string): nn.Module {
  const Class = classes.get(type)!;
  return at(path, () =>
    containers.has(type) ? nn.utils.skipInit(Class) : nn.utils.skipInit(Class, options),
  );
}

/** Names the place where something fails. */
function at<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new ValueError(`${path}: ${(error as Error).message}`);
  }
}
