// State dicts: what a module holds, by dotted name, and how it is put back (torch.nn.Module.state_dict,
// load_state_dict).

import { AssertionError, PythonTypeError, RuntimeError } from "../../core/errors.ts";
import { sizeText, typeName } from "../errors.ts";
import { withForm } from "../python-forms.ts";
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

/** What `stateDict` takes by name. */
export interface StateDictOptions {
  readonly prefix?: string;
  /** The parameters themselves instead of tensors outside the graph of gradients. */
  readonly keepVars?: boolean;
  /** A state dict to which the entries are added. */
  readonly destination?: StateDict;
}

/** Names that did not match. Hooks may change the lists. */
export class IncompatibleKeys {
  readonly missingKeys: string[];
  readonly unexpectedKeys: string[];

  constructor(missingKeys: string[], unexpectedKeys: string[]) {
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

const extraState = "_extra_state";

/** Metadata of one module in a state dict; there are none here. */
const noMetadata: Readonly<Record<string, unknown>> = Object.freeze({});

/** Parameters and persistent buffers of a module and all below it. */
export function stateDict(module: Module, options: StateDictOptions = {}): StateDict {
  const { prefix = "", keepVars = false, destination = new Map() } = options;
  lookAtAll(module);
  save(module, destination, prefix, keepVars);
  const metadata = metadataOf(module, prefix.replace(/\.$/, ""));
  withForm(destination, { className: orderedDict, attributes: new Map([["_metadata", metadata]]) });
  return destination;
}

const orderedDict = "collections.OrderedDict";

/** What PyTorch keeps beside a state dict: for each module, by its dotted name, which version of its class wrote it. */
function metadataOf(module: Module, name: string): Map<string, Map<string, number>> {
  const versions = withForm(new Map<string, Map<string, number>>(), { className: orderedDict });
  // A module in two places is in the metadata under both names, as its entries are in the dict.
  const note = (each: Module, dotted: string): void => {
    versions.set(dotted, new Map([["version", "_version" in each ? Number(each._version) : 1]]));
    for (const [own, child] of each._modules) {
      if (child !== null) note(child, dotted === "" ? own : `${dotted}.${own}`);
    }
  };
  note(module, name);
  return versions;
}

/** Fields that were assigned become members when modules are gone through. */
function lookAtAll(module: Module): void {
  for (const _ of module.modules());
}

function save(module: Module, destination: StateDict, prefix: string, keepVars: boolean): void {
  for (const hook of module._hooks?.statePre ?? []) hook(module, prefix, keepVars);
  for (const [name, tensor] of ownState(module))
    destination.set(prefix + name, keepVars ? tensor : tensor.detach());
  if (hasOwnExtraState(module, "getExtraState"))
    destination.set(prefix + extraState, module.getExtraState() as Tensor);
  for (const [name, child] of module._modules) {
    if (child !== null) save(child, destination, `${prefix}${name}.`, keepVars);
  }
  for (const hook of module._hooks?.statePost ?? []) {
    const result = hook(module, destination, prefix, noMetadata);
    if (result !== undefined && result !== null)
      throw new RuntimeError("state_dict post-hook must return None");
  }
}

/** True iff the class has extra state of its own, which `Module` has not. */
function hasOwnExtraState(module: Module, method: "getExtraState" | "setExtraState"): boolean {
  let root = Object.getPrototypeOf(module) as object;
  while (!Object.hasOwn(root, "namedModules")) {
    if (Object.hasOwn(root, method)) return true;
    root = Object.getPrototypeOf(root) as object;
  }
  return false;
}

/** A module's own entries: parameters, then persistent buffers. */
function* ownState(module: Module): IterableIterator<[string, Tensor]> {
  for (const [name, parameter] of module._parameters) if (parameter !== null) yield [name, parameter];
  for (const [name, buffer] of module._buffers) {
    if (buffer !== null && !module._nonPersistentBuffers.has(name)) yield [name, buffer];
  }
}

/** What loading has found so far. */
interface Loading {
  readonly assign: boolean;
  readonly missing: string[];
  readonly unexpected: string[];
  readonly errors: string[];
}

/** Loads a state dict into a module. Called without gradients being recorded. */
export function loadStateDict(
  module: Module,
  state: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>,
  options: LoadOptions,
): IncompatibleKeys {
  const { strict = true, assign = false } = options;
  const loading: Loading = { assign, missing: [], unexpected: [], errors: [] };
  const given = entriesOf(state);
  lookAtAll(module);
  loadModule(module, new Map(given), "", loading);
  const { missing, unexpected, errors } = loading;
  if (strict) {
    const list = (keys: readonly string[]) => keys.map((key) => `"${key}"`).join(", ");
    if (unexpected.length > 0) errors.unshift(`Unexpected key(s) in state_dict: ${list(unexpected)}. `);
    if (missing.length > 0) errors.unshift(`Missing key(s) in state_dict: ${list(missing)}. `);
  }
  if (errors.length > 0) {
    throw new RuntimeError(
      `Error(s) in loading state_dict for ${module.constructor.name}:\n\t${errors.join("\n\t")}`,
    );
  }
  return new IncompatibleKeys(missing, unexpected);
}

/** Loads a module and those below it. @param state the entries whose names begin with the prefix */
function loadModule(module: Module, state: Map<string, unknown>, prefix: string, loading: Loading): void {
  const { missing, unexpected, errors, assign } = loading;
  for (const hook of module._hooks?.loadPre ?? [])
    hook(module, state, prefix, noMetadata, true, missing, unexpected, errors);
  const own = new Set<string>();
  for (const [name, tensor] of [...ownState(module)]) {
    own.add(name);
    const key = prefix + name;
    if (!state.has(key)) {
      if (!isOptional(module, name)) missing.push(key);
      continue;
    }
    const problem = loadOne(module, name, tensor, state.get(key), key, assign);
    if (problem !== undefined) errors.push(problem);
  }
  if (hasOwnExtraState(module, "setExtraState")) {
    if (state.has(prefix + extraState)) module.setExtraState(state.get(prefix + extraState));
    else missing.push(prefix + extraState);
    own.add(extraState);
  }
  for (const key of state.keys()) {
    // Of models that were imported, names may have dots in them.
    if (own.has(key.slice(prefix.length))) continue;
    const [name, ...rest] = key.slice(prefix.length).split(".");
    if (rest.length === 0 || !module._modules.has(name!)) unexpected.push(key);
  }
  for (const [name, child] of module._modules) {
    if (child === null) continue;
    const inner = `${prefix}${name}.`;
    loadModule(child, entriesBelow(state, inner, prefix, own), inner, loading);
  }
  const keys = new IncompatibleKeys(missing, unexpected);
  for (const hook of module._hooks?.loadPost ?? []) {
    const result = hook(module, keys);
    if (result === undefined || result === null) continue;
    throw new AssertionError(
      "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new values, if " +
        "incompatible_keys need to be modified, it should be done inplace.",
    );
  }
}

/** The entries of a module below, without those that are this one's own for all the dots in their names. */
function entriesBelow(
  state: ReadonlyMap<string, unknown>,
  inner: string,
  prefix: string,
  own: ReadonlySet<string>,
): Map<string, unknown> {
  return new Map([...state].filter(([key]) => key.startsWith(inner) && !own.has(key.slice(prefix.length))));
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
