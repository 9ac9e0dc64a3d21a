// A live model from a description in JSON: the tree of modules, which entries are one tensor, and how they are called.

import { dtypeByName } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { ValueError } from "../../core/errors.ts";
import { Layout } from "../../core/layout.ts";
import { Storage } from "../../core/storage.ts";
import { empty, nn, Tensor } from "../../torch/index.ts";
import {
  checkForward,
  type ForwardSpec,
  isJsonObject,
  type ModelSpec,
  type ModuleSpec,
  modelSpecOf,
  type StateSpec,
  shownJson,
} from "../spec.ts";
import { DescribedModule, giveForward } from "./described.ts";
import { compileForward } from "./steps.ts";
import { buildTree, parameterOf } from "./tree.ts";

export type { ForwardSpec, ModelSpec, StepSpec } from "../spec.ts";

type Constants = ReadonlyMap<string, Operand>;

/**
 * Builds the model. Its parameters are not initialised.
 * @param spec the whole description, or the tree alone
 * @param constants arrays of the forward pass, by name, beside those that it holds itself
 * @throws ValueError naming the place in the description, what was found and what there is
 */
export function buildModel(spec: ModelSpec | ModuleSpec, constants: Constants = new Map()): nn.Module {
  const { tree, forward, state_dict = [] } = modelSpecOf(spec);
  const model = buildTree(tree, "model", (module, { forward: own, ...rest }, path) => {
    const extended = rest.extends ?? rest.type;
    if (own !== undefined) attach(module, own, `${path}.forward`, constants);
    else if (extended === "Sequential" && module instanceof DescribedModule)
      attach(module, "sequential", path, constants);
  });
  for (const entry of state_dict) settle(model, entry);
  if (forward !== undefined) attach(model, forward, "forward", constants);
  return model;
}

/**
 * Builds the modules of a tree.
 * @throws ValueError naming the place, what was found and what there is
 */
export function buildModule(spec: unknown): nn.Module {
  return buildModel(modelSpecOf(spec));
}

/** Makes a module compute what a forward pass says. */
function attach(
  module: nn.Module,
  forward: "sequential" | ForwardSpec,
  path: string,
  given: Constants,
): void {
  checkForward(forward, path);
  if (forward === "sequential") {
    if (module instanceof DescribedModule && module._modules.size > 0) module.computes = inARow(module);
    return;
  }
  const constants = new Map(
    [...given].map(([name, { storage, layout }]) => [name, new Tensor(storage, layout)]),
  );
  for (const [name, value] of Object.entries(forward.constants ?? {}))
    constants.set(name, constantOf(value, `${path}.constants.${name}`));
  giveForward(module, compileForward(forward, { module, constants, path }));
}

/** The children in a row: the output of one is the input of the next. */
function inARow(module: nn.Module): (...inputs: readonly unknown[]) => unknown {
  return (...inputs) => {
    let values = inputs;
    for (const child of module._modules.values()) {
      values = [(child as unknown as { call(...inputs: readonly unknown[]): unknown }).call(...values)];
    }
    return values[0];
  };
}

/** An array that a description holds. */
export function constantOf(value: unknown, path: string): Tensor {
  const { dtype, shape, data } = isJsonObject(value) ? value : {};
  const type = dtypeByName(String(dtype));
  const isShape =
    Array.isArray(shape) && shape.every((length) => Number.isSafeInteger(length) && length >= 0);
  if (type === undefined || !isShape || typeof data !== "string") {
    throw new ValueError(
      `${path}: expected {"dtype": ..., "shape": [...], "data": base64}, got ${shownJson(value)}`,
    );
  }
  const text = bytesOf(data, path);
  const layout = Layout.contiguous(type, shape as number[]);
  if (text.length !== layout.size * type.itemSize)
    throw new ValueError(`${path}: expected ${layout.size * type.itemSize} bytes, got ${text.length}`);
  return new Tensor(new Storage(text), layout);
}

function bytesOf(base64: string, path: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    throw new ValueError(`${path}.data: expected base64`);
  }
}

/** Where an entry stands in a model. */
interface Place {
  readonly members: Map<string, Tensor | null>;
  readonly role: string;
  readonly tensor: Tensor;
}

function submodule(model: nn.Module, path: string): nn.Module | undefined {
  try {
    return model.getSubmodule(path);
  } catch {
    return undefined;
  }
}

function placeOf(model: nn.Module, name: string): Place {
  const dot = name.lastIndexOf(".");
  const role = name.slice(dot + 1);
  const owner = submodule(model, name.slice(0, Math.max(dot, 0)));
  const all = owner === undefined ? [] : [owner._parameters as Map<string, Tensor | null>, owner._buffers];
  for (const members of all) {
    const tensor = members.get(role);
    if (tensor !== undefined && tensor !== null) return { members, role, tensor };
  }
  throw new ValueError(`state_dict: the tree of modules has no entry "${name}"`);
}

/** Makes an entry what the description says of it: its shape, its type, and with which it is one. */
function settle(model: nn.Module, { name, shape, dtype, tied_to }: StateSpec): void {
  const { members, role, tensor } = placeOf(model, name);
  if (shape !== undefined && String(shape) !== String(tensor.shape)) {
    throw new ValueError(
      `state_dict: "${name}" is [${shape.join(", ")}], the tree gives [${tensor.shape.join(", ")}]`,
    );
  }
  if (tied_to !== undefined) {
    const other = placeOf(model, tied_to).tensor;
    if (String(other.shape) !== String(tensor.shape)) {
      throw new ValueError(
        `state_dict: "${name}" and "${tied_to}" cannot be one tensor: their shapes differ`,
      );
    }
    members.set(role, other);
    return;
  }
  if (dtype === undefined || dtype === tensor.dtype.name) return;
  const type = dtypeByName(dtype);
  if (type === undefined) throw new ValueError(`state_dict: "${name}": "${dtype}" is not an element type`);
  const other = empty(tensor.shape, { dtype: type });
  members.set(role, tensor instanceof nn.Parameter ? parameterOf(other) : other);
}
