// torch.nn.Sequential, ModuleList, ModuleDict, ParameterList.

import { IndexError, KeyError } from "../../core/errors.ts";
import { typeName } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** A module that takes one tensor and gives one. */
interface Layer {
  call(input: Tensor): Tensor;
}

function position(index: number, length: number): number {
  if (index < -length || index >= length) throw new IndexError(`index ${index} is out of range`);
  return index < 0 ? index + length : index;
}

/** Modules as an indexed run: what Sequential and ModuleList have in common. */
class Indexed extends Module {
  /** Number of modules. */
  get length(): number {
    return this._modules.size;
  }

  /** The module at a position; a negative one counts from the end. */
  at(index: number): Module {
    return [...this._modules.values()][position(index, this.length)]!;
  }

  /** Replaces the module at a position. */
  set(index: number | readonly [number], module: Module): void {
    const at = typeof index === "number" ? index : index[0];
    this._modules.set([...this._modules.keys()][position(at, this.length)]!, module);
  }

  *[Symbol.iterator](): IterableIterator<Module> {
    yield* this._modules.values() as IterableIterator<Module>;
  }

  /** Adds a module at the end. */
  append(module: Module): this {
    this.registerModule(String(this.length), module);
    return this;
  }

  /** Adds modules at the end. */
  extend(modules: Iterable<Module>): this {
    for (const module of modules) this.append(module);
    return this;
  }

  /** Puts a module before a position. */
  insert(index: number, module: Module): this {
    const all = [...this];
    all.splice(index < 0 ? index + all.length : index, 0, module);
    this._modules.clear();
    all.forEach((each, i) => {
      this._modules.set(String(i), each);
    });
    this.registerModule(String(all.length - 1), all.at(-1)!);
    return this;
  }
}

/** Modules in a row: the output of one is the input of the next (torch.nn.Sequential). */
export class Sequential extends Indexed {
  /** @param modules the modules, or one map (or object) from names to modules */
  constructor(
    ...modules: readonly (Module | ReadonlyMap<string, Module> | Readonly<Record<string, Module>>)[]
  ) {
    super();
    const [first] = modules;
    if (modules.length === 1 && isNamed(first)) {
      for (const [name, module] of entries(first)) this.registerModule(name, module);
    } else {
      modules.forEach((module, i) => {
        this.registerModule(String(i), module as Module);
      });
    }
  }

  override forward(input: Tensor): Tensor {
    let value = input;
    for (const module of this._modules.values()) value = (module as unknown as Layer).call(value);
    return value;
  }
}

function isNamed(value: unknown): value is ReadonlyMap<string, Module> | Readonly<Record<string, Module>> {
  return value instanceof Map || typeName(value) === "dict";
}

function entries(
  modules:
    | ReadonlyMap<string, Module>
    | Readonly<Record<string, Module>>
    | readonly (readonly [string, Module])[],
): Iterable<readonly [string, Module]> {
  if (Array.isArray(modules)) return modules as readonly (readonly [string, Module])[];
  return modules instanceof Map ? modules : Object.entries(modules as Readonly<Record<string, Module>>);
}

/** Modules in a list (torch.nn.ModuleList). It has no `forward`. */
export class ModuleList extends Indexed {
  /** Runs of equal blocks print as one. */
  get collapsesRuns(): boolean {
    return true;
  }

  constructor(modules: Iterable<Module> = []) {
    super();
    this.extend(modules);
  }
}

/** Modules by name (torch.nn.ModuleDict). It has no `forward`. */
export class ModuleDict extends Module {
  constructor(
    modules:
      | ReadonlyMap<string, Module>
      | Readonly<Record<string, Module>>
      | readonly (readonly [string, Module])[] = [],
  ) {
    super();
    this.update(modules);
  }

  /** Number of modules. */
  get length(): number {
    return this._modules.size;
  }

  /** The module of a name. */
  at(name: string): Module {
    const module = this._modules.get(name);
    if (module === undefined || module === null) throw new KeyError(`'${name}'`);
    return module;
  }

  /** Adds or replaces a module. */
  set(name: string | readonly [string], module: Module): void {
    this.registerModule(typeof name === "string" ? name : name[0], module);
  }

  /** True iff there is a module of that name. */
  has(name: string): boolean {
    return this._modules.has(name);
  }

  /** Names, in order. */
  keys(): IterableIterator<string> {
    return this._modules.keys();
  }

  /** Submodules, in order. */
  values(): IterableIterator<Module> {
    return this._modules.values() as IterableIterator<Module>;
  }

  /** Names and submodules, in order. */
  items(): IterableIterator<[string, Module]> {
    return this._modules.entries() as IterableIterator<[string, Module]>;
  }

  /** Adds the modules of a map, an object or pairs. */
  update(
    modules:
      | ReadonlyMap<string, Module>
      | Readonly<Record<string, Module>>
      | readonly (readonly [string, Module])[],
  ): void {
    for (const [name, module] of entries(modules)) this.registerModule(name, module);
  }
}

/** Parameters in a list (torch.nn.ParameterList); tensors become parameters. */
export class ParameterList extends Module {
  constructor(values: Iterable<Tensor> = []) {
    super();
    for (const value of values) this.append(value);
  }

  /** Number of parameters. */
  get length(): number {
    return this._parameters.size;
  }

  /** The parameter at a place; negative ones count from the end. @throws IndexError */
  at(index: number): Parameter {
    return [...this._parameters.values()][position(index, this.length)]!;
  }

  /** Registers one more under the next number. */
  append(value: Tensor): this {
    this.registerParameter(String(this.length), value instanceof Parameter ? value : new Parameter(value));
    return this;
  }

  *[Symbol.iterator](): IterableIterator<Parameter> {
    yield* this._parameters.values() as IterableIterator<Parameter>;
  }

  override extraRepr(): string {
    return [...this]
      .map(
        (each, i) =>
          `  (${i}): Parameter containing: [torch.${each.dtype.name} of size ${each.shape.join("x")}]`,
      )
      .join("\n");
  }
}

/** Parameters by name (torch.nn.ParameterDict); tensors become parameters. */
export class ParameterDict extends Module {
  constructor(values: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>> = {}) {
    super();
    for (const [name, value] of values instanceof Map ? values : Object.entries(values))
      this.set(name, value);
  }

  /** Number of parameters. */
  get length(): number {
    return this._parameters.size;
  }

  /** The parameter of a name. @throws KeyError when there is none */
  at(name: string): Parameter {
    const parameter = this._parameters.get(name);
    if (parameter === undefined || parameter === null) throw new KeyError(`'${name}'`);
    return parameter;
  }

  /** Registers a parameter under a name. */
  set(name: string | readonly [string], value: Tensor): void {
    const key = typeof name === "string" ? name : name[0];
    this.registerParameter(key, value instanceof Parameter ? value : new Parameter(value));
  }

  /** Names, in order. */
  keys(): IterableIterator<string> {
    return this._parameters.keys();
  }

  override extraRepr(): string {
    return [...this._parameters]
      .map(
        ([name, each]) =>
          `  (${name}): Parameter containing: [${typeName(each)} of size ${each!.shape.join("x")}]`,
      )
      .join("\n");
  }
}
