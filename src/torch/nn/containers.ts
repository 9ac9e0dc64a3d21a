// torch.nn.Sequential, ModuleList, ModuleDict.

import { AssertionError, IndexError, KeyError, PythonTypeError, ValueError } from "../../core/errors.ts";
import { typeName } from "../errors.ts";
import { parseSlice } from "../index-items.ts";
import type { Tensor } from "../tensor.ts";
import { isModule, removeMember } from "./members.ts";
import { Module } from "./module.ts";

/** A module that takes one tensor and gives one. */
interface Layer {
  call(input: Tensor): Tensor;
}

/** A position from the front. @throws IndexError for one outside */
export function position(index: number, length: number): number {
  if (index < -length || index >= length) throw new IndexError(`index ${index} is out of range`);
  return index < 0 ? index + length : index;
}

/** The positions that a slice "start:stop:step" of so many items has. */
export function slicedPositions(slice: string, length: number): number[] {
  const { start, stop, step } = parseSlice(slice);
  const bound = (at: number): number => Math.min(Math.max(at < 0 ? at + length : at, 0), length);
  const [from, to] = [bound(start ?? 0), bound(stop ?? length)];
  return Array.from({ length: Math.max(Math.ceil((to - from) / step), 0) }, (_, i) => from + i * step);
}

/** Modules as an indexed run: what Sequential and ModuleList have in common. */
abstract class Indexed extends Module {
  /** Number of modules. */
  get length(): number {
    return this._modules.size;
  }

  /** A container of this class with some of the modules. @param entries the modules under their names */
  protected abstract withSome(entries: readonly (readonly [string, Module])[]): this;

  private get entries(): [string, Module][] {
    return [...this._modules] as [string, Module][];
  }

  /** The module at a position, negative ones from the end; a slice "start:stop:step" gives a container of several. */
  at(index: number): Module;
  at(slice: string): this;
  at(index: number | string): Module | this {
    const { entries } = this;
    if (typeof index === "number") return entries[position(index, entries.length)]![1];
    return this.withSome(slicedPositions(index, entries.length).map((i) => entries[i]!));
  }

  /** Replaces the module at a position. */
  set(index: number | readonly [number], module: Module): void {
    const at = typeof index === "number" ? index : index[0];
    this.registerModule(this.entries[position(at, this.length)]![0], module);
  }

  *[Symbol.iterator](): IterableIterator<Module> {
    yield* this._modules.values() as IterableIterator<Module>;
  }

  /** Adds a module at the end. */
  append(module: Module): this {
    this.registerModule(String(this.length), module);
    return this;
  }

  /** Adds modules at the end. @throws TypeError for what is no list of modules */
  extend(modules: Iterable<Module>): this {
    if (typeof modules !== "object" || modules === null || !(Symbol.iterator in modules)) {
      throw new PythonTypeError(
        `${this.constructor.name}.extend should be called with an iterable, but got ${typeName(modules)}`,
      );
    }
    for (const module of [...modules]) this.append(module);
    return this;
  }

  /** Puts a module before a position, negative ones from the end; those behind it take the next names. */
  insert(index: number, module: Module): this {
    if (!isModule(module))
      throw new AssertionError("module should be of type: <class 'torch.nn.modules.module.Module'>");
    const { length } = this;
    if (index < -length || index > length) throw new IndexError(`Index out of range: ${index}`);
    const all = [...this];
    all.splice(index < 0 ? index + length : index, 0, module);
    this.renumber(all);
    return this;
  }

  /** Takes the module at a position away and gives it; a slice gives a container of several. */
  pop(index: number): Module;
  pop(slice: string): this;
  pop(index: number | string): Module | this {
    const taken = typeof index === "number" ? this.at(index) : this.at(index);
    const { length } = this;
    const positions = typeof index === "number" ? [position(index, length)] : slicedPositions(index, length);
    this.renumber([...this].filter((_, i) => !positions.includes(i)));
    return taken;
  }

  /** Names the modules by their positions. */
  private renumber(modules: readonly Module[]): void {
    for (const name of [...this._modules.keys()]) removeMember(this, name);
    modules.forEach((module, i) => {
      this.registerModule(String(i), module);
    });
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
      for (const [name, module] of entriesOf(first)) this.registerModule(name, module);
    } else {
      modules.forEach((module, i) => {
        this.registerModule(String(i), module as Module);
      });
    }
  }

  protected override withSome(entries: readonly (readonly [string, Module])[]): this {
    const Class = this.constructor as new (modules: ReadonlyMap<string, Module>) => this;
    return new Class(new Map(entries));
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

/** Modules by name: a map, an object, pairs, or another ModuleDict. */
export type NamedModules =
  | ReadonlyMap<string, Module>
  | Readonly<Record<string, Module>>
  | Iterable<readonly [string, Module]>
  | ModuleDict;

function entriesOf(modules: NamedModules): Iterable<readonly [string, Module]> {
  if (modules instanceof ModuleDict) return modules.items();
  if (typeof modules === "object" && modules !== null && Symbol.iterator in modules)
    return modules as Iterable<readonly [string, Module]>;
  return Object.entries(modules as Readonly<Record<string, Module>>);
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

  protected override withSome(entries: readonly (readonly [string, Module])[]): this {
    const Class = this.constructor as new (modules: readonly Module[]) => this;
    return new Class(entries.map(([, module]) => module));
  }
}

/** Modules by name (torch.nn.ModuleDict). It has no `forward`. */
export class ModuleDict extends Module {
  constructor(modules: NamedModules = []) {
    super();
    this.update(modules);
  }

  /** Number of modules. */
  get length(): number {
    return this._modules.size;
  }

  /** The module of a name. @throws KeyError when there is none */
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

  /** The names, as Python's loops over a dict have it. */
  [Symbol.iterator](): IterableIterator<string> {
    return this.keys();
  }

  /** Takes a module away and gives it. @throws KeyError when there is none */
  pop(name: string): Module {
    const module = this.at(name);
    removeMember(this, name);
    return module;
  }

  /** Takes all modules away. */
  clear(): void {
    for (const name of [...this.keys()]) removeMember(this, name);
  }

  /** Adds the modules of a map, an object, pairs or another ModuleDict. @throws TypeError, ValueError for anything else */
  update(modules: NamedModules): void {
    if (typeof modules !== "object" || modules === null) {
      throw new PythonTypeError(
        `ModuleDict.update should be called with an iterable of key/value pairs, but got ${typeName(modules)}`,
      );
    }
    let i = 0;
    for (const pair of entriesOf(modules)) {
      checkPair("ModuleDict", pair, i++);
      this.registerModule(pair[0], pair[1]);
    }
  }
}

/** @throws TypeError, ValueError where an item is no pair */
export function checkPair(name: string, pair: readonly unknown[], at: number): void {
  const what = `${name} update sequence element #${at}`;
  if (!Array.isArray(pair)) throw new PythonTypeError(`${what} should be Iterable; is${typeName(pair)}`);
  if (pair.length !== 2) throw new ValueError(`${what} has length ${pair.length}; 2 is required`);
}
