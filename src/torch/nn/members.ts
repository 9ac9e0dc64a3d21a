// Members of modules: parameters, buffers and submodules by name, as properties, and at dotted paths.

import { AttributeError, KeyError, PythonTypeError, ValueError } from "../../core/errors.ts";
import { camelCase } from "../../core/names.ts";
import { typeName } from "../errors.ts";
import { Tensor } from "../tensor.ts";
import type { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** What a member is. */
export type Kind = "parameter" | "buffer" | "module";

/** True iff the value is a module. (The class itself is above this file.) */
export function isModule(value: unknown): value is Module {
  return typeof value === "object" && value !== null && "_modules" in value && "namedModules" in value;
}

/** The members of a kind by name. */
export function membersOf(module: Module, kind: Kind): Map<string, unknown> {
  const members = { parameter: module._parameters, buffer: module._buffers, module: module._modules };
  return members[kind] as Map<string, unknown>;
}

/** @throws KeyError for a name that is taken, empty or dotted */
export function checkName(module: Module, name: string, kind: Kind): void {
  const quoted = (text: string) => `'${text.replaceAll("'", "\\'")}'`;
  if ((name in module || camelCase(name) in module) && !membersOf(module, kind).has(name))
    throw new KeyError(`"attribute '${name}' already exists"`);
  if (name.includes(".")) {
    throw new KeyError(
      kind === "module"
        ? quoted(`module name can't contain ".", got: ${name}`)
        : quoted(`${kind} name can't contain "."`),
    );
  }
  if (name === "") throw new KeyError(quoted(`${kind} name can't be empty string ""`));
}

/** Defines a property under a member's name; `running_mean` goes by `runningMean` too. */
export function defineMember(object: object, name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(object, name, descriptor);
  const camel = camelCase(name);
  if (camel !== name) Object.defineProperty(object, camel, { ...descriptor, enumerable: false });
}

/** Makes `module.name` read and write the member. */
export function expose(module: Module, name: string, kind: Kind): void {
  defineMember(module, name, accessor(kind, name));
}

/** Takes a member away, as Python's `del module.name` does. @throws AttributeError where there is none */
export function removeMember(module: Module, name: string): void {
  const found = (["parameter", "buffer", "module"] as const).some((kind) =>
    membersOf(module, kind).delete(name),
  );
  if (!found && !Object.hasOwn(module, name))
    throw new AttributeError(`'${module.constructor.name}' object has no attribute '${name}'`);
  module._nonPersistentBuffers.delete(name);
  Reflect.deleteProperty(module, name);
  Reflect.deleteProperty(module, camelCase(name));
}

/** Puts a value that is no member under a name that was one's. */
export function setPlain(module: Module, name: string, value: unknown): void {
  defineMember(module, name, { configurable: true, enumerable: true, writable: true, value });
}

const accessors: Map<string, PropertyDescriptor> = new Map();

/** The accessor through which `module.name` reads and writes a member. One for each name: objects stay of one shape. */
function accessor(kind: Kind, name: string): PropertyDescriptor {
  const key = `${kind} ${name}`;
  let descriptor = accessors.get(key);
  if (descriptor === undefined) {
    descriptor = { configurable: true, enumerable: true, ...accessorsOf[kind](name) };
    accessors.set(key, descriptor);
  }
  return descriptor;
}

const accessorsOf: Readonly<Record<Kind, (name: string) => PropertyDescriptor & ThisType<Module>>> = {
  parameter: (name) => ({
    get() {
      return this._parameters.get(name);
    },
    set(value: unknown) {
      if (value !== null && !(value instanceof Parameter)) {
        throw new PythonTypeError(
          `cannot assign '${typeName(value)}' as parameter '${name}' (torch.nn.Parameter or None expected)`,
        );
      }
      this._parameters.set(name, value);
    },
  }),
  buffer: (name) => ({
    get() {
      return this._buffers.get(name);
    },
    set(value: unknown) {
      if (value !== null && !(value instanceof Tensor)) {
        throw new PythonTypeError(
          `cannot assign '${typeName(value)}' as buffer '${name}' (torch.nn.Buffer, torch.Tensor or None expected)`,
        );
      }
      this._buffers.set(name, value);
    },
  }),
  module: (name) => ({
    get() {
      return this._modules.get(name);
    },
    set(value: unknown) {
      if (value !== null && !isModule(value)) {
        throw new PythonTypeError(
          `cannot assign '${typeName(value)}' as child module '${name}' (torch.nn.Module or None expected)`,
        );
      }
      this._modules.set(name, value);
    },
  }),
};

/** Members of a module and those below it with their dotted names; a shared one comes once unless duplicates are asked. */
export function* namedMembers<Member extends Tensor>(
  root: Module,
  members: (module: Module) => ReadonlyMap<string, Member | null>,
  options: { readonly prefix?: string; readonly recurse?: boolean; readonly removeDuplicate?: boolean },
): IterableIterator<[string, Member]> {
  const { prefix = "", recurse = true, removeDuplicate = true } = options;
  const seen = new Set<Member>();
  for (const [path, module] of root.namedModules({ prefix, removeDuplicate })) {
    for (const [name, member] of members(module)) {
      if (member === null || seen.has(member)) continue;
      if (removeDuplicate) seen.add(member);
      yield [path === "" ? name : `${path}.${name}`, member];
    }
    if (!recurse) return;
  }
}

/** Fields that were assigned become members when modules are looked at. */
function lookedAt(module: Module): Module {
  module.namedChildren().next();
  return module;
}

/** The submodule at a dotted path; "" is the module itself. @throws AttributeError */
export function submoduleAt(root: Module, target: string): Module {
  let module = root;
  for (const name of target === "" ? [] : target.split(".")) {
    const next: Module | null | undefined = lookedAt(module)._modules.get(name);
    if (next === undefined || next === null) throw missing(module, name, "an nn.Module");
    module = next;
  }
  return module;
}

/** The parameter or buffer at a dotted path. @throws AttributeError */
export function memberAt<K extends "parameter" | "buffer">(
  root: Module,
  target: string,
  kind: K,
): K extends "parameter" ? Parameter : Tensor {
  const dot = target.lastIndexOf(".");
  const module = lookedAt(submoduleAt(root, dot < 0 ? "" : target.slice(0, dot)));
  const name = target.slice(dot + 1);
  const member = membersOf(module, kind).get(name);
  if (member === undefined || member === null)
    throw missing(module, name, kind === "parameter" ? "an nn.Parameter" : "a buffer");
  return member as K extends "parameter" ? Parameter : Tensor;
}

/** Puts a module at a dotted path. @throws ValueError, AttributeError */
export function placeSubmodule(root: Module, target: string, module: Module, isStrict: boolean): void {
  if (target === "") throw new ValueError("Cannot set the submodule without a target name!");
  if (!isModule(module)) {
    throw new ValueError(`\`module\` is not an nn.Module, found <class '${typeName(module)}'>`);
  }
  const dot = target.lastIndexOf(".");
  const parent = lookedAt(submoduleAt(root, dot < 0 ? "" : target.slice(0, dot)));
  const name = target.slice(dot + 1);
  const isThere = parent._modules.has(name);
  if (!isThere && (name in parent || isStrict)) throw missing(parent, name, "an nn.Module");
  if (isThere) parent._modules.set(name, module);
  else parent.registerModule(name, module);
}

function missing(module: Module, name: string, kind: string): AttributeError {
  const isOther = name in module && (module as unknown as Record<string, unknown>)[name] !== undefined;
  return new AttributeError(
    isOther ? `\`${name}\` is not ${kind}` : `${module.constructor.name} has no attribute \`${name}\``,
  );
}

/** Gives the parameters and buffers of a module and those below it other values. The Parameter objects stay. */
export function convertMembers(root: Module, change: (tensor: Tensor) => Tensor): void {
  for (const module of root.modules()) {
    for (const parameter of module._parameters.values()) {
      if (parameter === null) continue;
      parameter.data = change(parameter.data);
      if (parameter.grad !== null) parameter.grad = change(parameter.grad);
    }
    for (const [name, buffer] of module._buffers) {
      if (buffer !== null) module._buffers.set(name, change(buffer));
    }
  }
}
