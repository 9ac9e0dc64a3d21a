// A model as a description in JSON: the tree of PyTorch modules with their arguments as they are called in Python, and
// how they are called.
//
//   {"type": "Sequential", "children": {"0": {"type": "Linear", "args": {"in_features": 4, "out_features": 7}}}}

import { ValueError } from "../core/errors.ts";

/** A parameter or buffer that a described module has itself. */
export interface EntrySpec {
  readonly shape: readonly number[];
  /** "float32" where it is not given. */
  readonly dtype?: string;
  /** Of buffers: whether state dicts hold it. */
  readonly persistent?: boolean;
}

/** A module and what it is made with. */
export interface ModuleSpec {
  /** The class: one of torch.nn by its name, or any other. */
  readonly type: string;
  /** The library that has the class, where it is not torch.nn. */
  readonly from?: string;
  /** The class of torch.nn that it extends. */
  readonly extends?: string;
  /** Arguments by PyTorch's names. */
  readonly args?: Readonly<Record<string, unknown>>;
  /** Parameters that a class other than torch.nn's has itself. */
  readonly parameters?: Readonly<Record<string, EntrySpec>>;
  /** Buffers that a class other than torch.nn's has itself. */
  readonly buffers?: Readonly<Record<string, EntrySpec>>;
  /** Submodules by name. */
  readonly children?: Readonly<Record<string, ModuleSpec>>;
  /** What a class other than torch.nn's computes. */
  readonly forward?: "sequential" | ForwardSpec;
}

/** One step of a forward pass: it sets a name to what a submodule, an operation or an entry of the state dict gives. */
export interface StepSpec {
  readonly set: string;
  /** Path of the submodule that is called. */
  readonly module?: string;
  /** Name of the entry that is read. */
  readonly get?: string;
  /** The operation: "F.relu", "torch.flatten", "operator.add", "Tensor.view", "aten.linear.default". */
  readonly op?: string;
  /** "$x" is a value, "@a.b" an entry of the state dict, "#c" a constant. */
  readonly in?: readonly unknown[];
  readonly kw?: Readonly<Record<string, unknown>>;
}

/** An array in a description: its bytes, little-endian, in base64. */
export interface ConstantSpec {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: string;
}

/** A forward pass. */
export interface ForwardSpec {
  readonly inputs: readonly string[];
  readonly steps: readonly StepSpec[];
  readonly outputs: readonly unknown[];
  readonly constants?: Readonly<Record<string, unknown>>;
}

/** An entry of the state dict, as far as a description says it. */
export interface StateSpec {
  readonly name: string;
  readonly shape?: readonly number[];
  readonly dtype?: string;
  /** The entry before it that is the same tensor. */
  readonly tied_to?: string;
}

/** A whole model. */
export interface ModelSpec {
  readonly tree: ModuleSpec;
  /** "sequential": the children in a row. Left out where only the tree is known: such a model is loaded, not run. */
  readonly forward?: "sequential" | ForwardSpec;
  /** Entries of the state dict: what they have to be, and which are one tensor with another. */
  readonly state_dict?: readonly StateSpec[];
}

type JsonObject = Readonly<Record<string, unknown>>;

/** True iff the value is an object of JSON. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Text of a value that is not as it should be. */
export const shownJson = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
};

/** @throws ValueError naming the place, where the value is no description of a module */
export function checkModuleSpec(spec: unknown, path: string): ModuleSpec {
  if (!isJsonObject(spec) || typeof spec.type !== "string") {
    throw new ValueError(
      `${path}: expected {"type": "...", "args": {...}, "children": {...}}, got ${shownJson(spec)}`,
    );
  }
  for (const key of ["args", "children", "parameters", "buffers"]) {
    if (spec[key] !== undefined && !isJsonObject(spec[key]))
      throw new ValueError(`${path}: "${key}" must be an object, got ${shownJson(spec[key])}`);
  }
  for (const key of ["from", "extends"]) {
    if (spec[key] !== undefined && typeof spec[key] !== "string")
      throw new ValueError(`${path}: "${key}" must be a name, got ${shownJson(spec[key])}`);
  }
  if (spec.forward !== undefined) checkForward(spec.forward, `${path}.forward`);
  return spec as unknown as ModuleSpec;
}

/** @throws ValueError naming the place, where the value is no description of a forward pass */
export function checkForward(forward: unknown, path: string): asserts forward is "sequential" | ForwardSpec {
  if (forward === "sequential") return;
  if (!isJsonObject(forward)) {
    throw new ValueError(
      `${path}: expected "sequential" or {"inputs": [...], "steps": [...], "outputs": [...]}, got ${shownJson(forward)}`,
    );
  }
  for (const key of ["inputs", "steps", "outputs"]) {
    if (!Array.isArray(forward[key]))
      throw new ValueError(`${path}: "${key}" must be a list, got ${shownJson(forward[key])}`);
  }
  const { inputs, steps } = forward as unknown as ForwardSpec;
  const bad = inputs.findIndex((name) => typeof name !== "string");
  if (bad >= 0)
    throw new ValueError(`${path}.inputs[${bad}]: expected a name, got ${shownJson(inputs[bad])}`);
  steps.forEach((step: unknown, i) => {
    checkStep(step, `${path}.steps[${i}]`);
  });
}

function checkStep(step: unknown, path: string): void {
  if (!isJsonObject(step) || typeof step.set !== "string")
    throw new ValueError(
      `${path}: expected {"set": name, "module" or "op" or "get": ...}, got ${shownJson(step)}`,
    );
  const said = ["module", "get", "op"].filter((key) => step[key] !== undefined);
  if (said.length !== 1 || typeof step[said[0]!] !== "string")
    throw new ValueError(`${path}: expected one name of "module", "op" or "get", got ${shownJson(step)}`);
  if (step.in !== undefined && !Array.isArray(step.in))
    throw new ValueError(`${path}: "in" must be a list, got ${shownJson(step.in)}`);
  if (step.kw !== undefined && !isJsonObject(step.kw))
    throw new ValueError(`${path}: "kw" must be an object, got ${shownJson(step.kw)}`);
}

/**
 * What a JSON file says: a whole model, or the tree alone. A tree whose root is a class of torch.nn runs as it is.
 * @throws ValueError where it is neither
 */
export function modelSpecOf(json: unknown): ModelSpec {
  if (!isJsonObject(json) || !("tree" in json)) return { tree: checkModuleSpec(json, "model") };
  const { tree, forward, state_dict } = json;
  checkModuleSpec(tree, "model");
  if (forward !== undefined) checkForward(forward, "forward");
  const isState = (each: unknown): boolean => isJsonObject(each) && typeof each.name === "string";
  if (state_dict !== undefined && !(Array.isArray(state_dict) && state_dict.every(isState)))
    throw new ValueError(`state_dict: expected a list of {"name": ...}, got ${shownJson(state_dict)}`);
  return json as unknown as ModelSpec;
}
