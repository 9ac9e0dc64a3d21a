// State dicts: what a module holds, by dotted name, and how it is put back (torch.nn.Module.state_dict,
// load_state_dict).

import { PythonTypeError, RuntimeError } from "../../core/errors.ts";
import { sizeText, typeName } from "../errors.ts";
import { Tensor } from "../tensor.ts";
import type { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** Tensors by dotted name, in order. The names are the contract with the file. */
export type StateDict = Map<string, Tensor>;

/** How a state dict is loaded. */
export interface LoadOptions {
  /** Names that are missing or unexpected are an error. Default true. */
  readonly strict?: boolean;
  /** The given tensors become the parameters, dtype and memory included. Default false: values are copied. */
  readonly assign?: boolean;
}

/** Names that did not match. */
export class IncompatibleKeys {
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];

  constructor(missingKeys: readonly string[], unexpectedKeys: readonly string[]) {
    this.missingKeys = missingKeys;
    this.unexpectedKeys = unexpectedKeys;
  }

  toString(): string {
    if (this.missingKeys.length === 0 && this.unexpectedKeys.length === 0)
      return "<All keys matched successfully>";
    const list = (keys: readonly string[]) => `[${keys.map((key) => `'${key}'`).join(", ")}]`;
    return `_IncompatibleKeys(missing_keys=${list(this.missingKeys)}, unexpected_keys=${list(this.unexpectedKeys)})`;
  }
}

/** Parameters and persistent buffers of a module and all below it. */
export function stateDict(
  module: Module,
  options: { readonly prefix?: string; readonly keepVars?: boolean } = {},
): StateDict {
  const { prefix = "", keepVars = false } = options;
  const result: StateDict = new Map();
  for (const [path, each] of module.namedModules({ removeDuplicate: false })) {
    for (const [name, tensor] of ownState(each)) {
      result.set(`${prefix}${path === "" ? "" : `${path}.`}${name}`, keepVars ? tensor : tensor.detach());
    }
  }
  return result;
}

/** A module's own entries: parameters, then persistent buffers. */
function* ownState(module: Module): IterableIterator<[string, Tensor]> {
  for (const [name, parameter] of module._parameters) if (parameter !== null) yield [name, parameter];
  for (const [name, buffer] of module._buffers) {
    if (buffer !== null && !module._nonPersistentBuffers.has(name)) yield [name, buffer];
  }
}

/** Loads a state dict into a module. Called without gradients being recorded. */
export function loadStateDict(
  module: Module,
  state: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>,
  options: LoadOptions,
): IncompatibleKeys {
  const { strict = true, assign = false } = options;
  const given = entriesOf(state);
  const missing: string[] = [];
  const errors: string[] = [];
  const known = new Set<string>();
  for (const [path, each] of module.namedModules({ removeDuplicate: false })) {
    for (const [name, tensor] of ownState(each)) {
      const key = path === "" ? name : `${path}.${name}`;
      known.add(key);
      const source = given.get(key);
      if (source === undefined) {
        if (!isOptional(each, name)) missing.push(key);
        continue;
      }
      const problem = loadOne(each, name, tensor, source, key, assign);
      if (problem !== undefined) errors.push(problem);
    }
  }
  const unexpected = [...given.keys()].filter((key) => !known.has(key));
  if (strict) {
    const list = (keys: readonly string[]) => keys.map((key) => `"${key}"`).join(", ");
    if (missing.length > 0) errors.unshift(`Missing key(s) in state_dict: ${list(missing)}. `);
    if (unexpected.length > 0) {
      errors.splice(missing.length > 0 ? 1 : 0, 0, `Unexpected key(s) in state_dict: ${list(unexpected)}. `);
    }
  }
  if (errors.length > 0) {
    throw new RuntimeError(
      `Error(s) in loading state_dict for ${module.constructor.name}:\n\t${errors.join("\n\t")}`,
    );
  }
  return new IncompatibleKeys(missing, unexpected);
}

function entriesOf(state: unknown): ReadonlyMap<string, unknown> {
  if (state instanceof Map) return state as ReadonlyMap<string, unknown>;
  if (typeof state !== "object" || state === null || Array.isArray(state) || state instanceof Tensor) {
    throw new PythonTypeError(`Expected state_dict to be dict-like, got <class '${typeName(state)}'>.`);
  }
  return new Map(Object.entries(state));
}

/** True iff files may lack the entry: those from before PyTorch 0.4.1 have no count of batches. */
function isOptional(module: Module, name: string): boolean {
  return "optionalState" in module && (module.optionalState as readonly string[]).includes(name);
}

/** Loads one entry. @returns what was wrong, if anything */
function loadOne(
  module: Module,
  name: string,
  target: Tensor,
  source: unknown,
  key: string,
  assign: boolean,
): string | undefined {
  if (!(source instanceof Tensor)) {
    return `While copying the parameter named "${key}", expected torch.Tensor or Tensor-like object from checkpoint but received <class '${typeName(source)}'>`;
  }
  const [from, to] = [source.shape, target.shape];
  const fits = from.length === to.length && from.every((length, axis) => length === to[axis]);
  // Before PyTorch 0.4 a scalar was saved with one axis.
  const isOldScalar = to.length === 0 && from.length === 1 && from[0] === 1;
  if (!fits && !isOldScalar) {
    return `size mismatch for ${key}: copying a param with shape ${sizeText(from)} from checkpoint, the shape in current model is ${sizeText(to)}.`;
  }
  const value = fits ? source : source.at(0);
  if (!assign) target.copy_(value);
  else if (target instanceof Parameter) {
    const isParameter = value instanceof Parameter;
    module._parameters.set(name, isParameter ? value : new Parameter(value, target.requiresGrad));
  } else module._buffers.set(name, value);
  return undefined;
}
