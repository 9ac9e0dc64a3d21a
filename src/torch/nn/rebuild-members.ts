// A module from the file: made by its class's constructor, and given the tensors and children that were saved.

import { FormatError, PythonError } from "../../core/errors.ts";
import type { ModuleParts, ObjectValue } from "../../files/values.ts";
import { defaultGenerator } from "../../random/index.ts";
import type { Tensor } from "../tensor.ts";
import { expose, type Kind } from "./members.ts";
import type { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";
import { moduleClassOf, ownModule } from "./rebuild.ts";
import { type Attach, hooksIn } from "./rebuild-hooks.ts";
import { checkSizes } from "./rebuild-sizes.ts";

/** The tensors of a saved module, by name. */
export interface ModuleTensors {
  readonly parameters: Map<string, Parameter | null>;
  readonly buffers: Map<string, Tensor | null>;
}

/** What is to be done once a module that has hooks has its tensors. */
const waiting: WeakMap<Module, readonly (() => void)[]> = new WeakMap();

/**
 * A new module of the class that was saved, without its tensors.
 * @returns undefined where the class is not here, or the file has other members than it
 * @throws FormatError when its settings do not go together with its tensors
 */
export function rebuilt(
  { className, attributes }: ObjectValue,
  parts: ModuleParts,
  tensors: ModuleTensors,
): Module | undefined {
  const name = ownModule.exec(className)?.[1];
  if (name !== undefined) checkSizes(name, parts);
  const make = moduleClassOf(className, parts);
  const hooks = hooksIn(attributes);
  if (make === undefined || hooks === undefined) return undefined;
  const module = made(className, make, hooks);
  const kinds = [
    [module._parameters, tensors.parameters],
    [module._buffers, tensors.buffers],
  ] as const;
  for (const [own, saved] of kinds) {
    for (const [name, tensor] of own) {
      // Older PyTorch counted no batches.
      if (name === "num_batches_tracked" && !saved.has(name)) continue;
      const given = saved.get(name) ?? null;
      if (given === null && tensor !== null) return undefined;
      checkShape(`${className}.${name}`, tensor, given);
    }
  }
  return module;
}

function checkShape(name: string, own: Tensor | null, saved: Tensor | null): void {
  // Containers of parameters are made with empty ones.
  if (own === null || saved === null || own.layout.size === 0) return;
  if (own.shape.join() !== saved.shape.join()) {
    throw new FormatError(
      `the module's settings make ${name} a tensor of shape (${own.shape.join(", ")}), and the file has one of (${saved.shape.join(", ")})`,
    );
  }
}

/** Makes a module whose initial values are thrown away, without moving the random stream on. */
function made(className: string, make: () => Module, hooks: readonly Attach[]): Module {
  const goBack = defaultGenerator().keep();
  try {
    const module = make();
    waiting.set(
      module,
      hooks.map((attach) => attach(module)),
    );
    return module;
  } catch (error) {
    if (!(error instanceof PythonError || error instanceof RangeError)) throw error;
    throw new FormatError(`a ${className} cannot be made with the settings in the file: ${error.message}`);
  } finally {
    goBack();
  }
}

/** Gives a module what was saved of it. */
export function fill(
  module: Module,
  parts: ModuleParts,
  { parameters, buffers }: ModuleTensors,
  children: ReadonlyMap<string, Module | null>,
): void {
  module.training = parts.training;
  put(module, "module", module._modules, children);
  put(module, "parameter", module._parameters, parameters);
  put(module, "buffer", module._buffers, buffers);
  for (const name of parts.nonPersistentBuffers) module._nonPersistentBuffers.add(name);
  for (const finish of waiting.get(module) ?? []) finish();
}

/** Sets members; a name that the class has otherwise is no property of the module, and stays in its map. */
function put<T>(module: Module, kind: Kind, own: Map<string, T>, saved: ReadonlyMap<string, T>): void {
  for (const [name, value] of saved) {
    const isNew = !own.has(name) && !(name in module);
    own.set(name, value);
    if (isNew) expose(module, name, kind);
  }
}
