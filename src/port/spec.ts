// A model from a description in JSON: the tree of PyTorch modules with their arguments, as they are called in Python.
//
//   {"type": "Sequential", "children": {"0": {"type": "Linear", "args": {"in_features": 4, "out_features": 7}}}}

import { ValueError } from "../core/errors.ts";
import { camelCase } from "../core/names.ts";
import { nn } from "../torch/index.ts";

/** A module and what it is made with. */
export interface ModuleSpec {
  /** The class, by its name in torch.nn. */
  readonly type: string;
  /** Keyword arguments, by PyTorch's names. */
  readonly args?: Readonly<Record<string, unknown>>;
  /** Submodules by name, for Sequential, ModuleList and ModuleDict. */
  readonly children?: Readonly<Record<string, ModuleSpec>>;
}

type ModuleClass = new (...args: readonly unknown[]) => nn.Module;

/** The classes that a description may name. */
const classes: ReadonlyMap<string, ModuleClass> = new Map(
  Object.entries(nn).filter(
    (entry): entry is [string, ModuleClass] =>
      typeof entry[1] === "function" && entry[1].prototype instanceof nn.Module,
  ),
);

/**
 * Builds the model.
 * @param path where in the description the module stands, for errors
 * @throws ValueError naming the place, what was found and what there is
 */
export function buildModule(spec: unknown, path = "model"): nn.Module {
  const { type, args = {}, children } = checkSpec(spec, path);
  const Class = classes.get(type);
  if (Class === undefined) {
    throw new ValueError(
      `${path}: there is no module ${type} here; there are ${[...classes.keys()].sort().join(", ")}`,
    );
  }
  const options = Object.fromEntries(Object.entries(args).map(([name, value]) => [camelCase(name), value]));
  if (children === undefined) return construct(() => new Class(options), path);
  const module = construct(() => new Class(), path);
  for (const [name, child] of Object.entries(children)) {
    module.registerModule(name, buildModule(child, `${path}.${name}`));
  }
  return module;
}

function construct(make: () => nn.Module, path: string): nn.Module {
  try {
    return make();
  } catch (error) {
    throw new ValueError(`${path}: ${(error as Error).message}`);
  }
}

function checkSpec(spec: unknown, path: string): ModuleSpec {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject(spec) || typeof spec.type !== "string") {
    throw new ValueError(
      `${path}: expected {"type": "...", "args": {...}, "children": {...}}, got ${JSON.stringify(spec)}`,
    );
  }
  for (const key of ["args", "children"]) {
    if (spec[key] !== undefined && !isObject(spec[key])) {
      throw new ValueError(`${path}: "${key}" must be an object, got ${JSON.stringify(spec[key])}`);
    }
  }
  return spec as unknown as ModuleSpec;
}
