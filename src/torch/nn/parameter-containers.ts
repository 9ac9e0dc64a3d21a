// torch.nn.ParameterList and ParameterDict. Tensors in them become parameters; anything else is kept as it is.

import { KeyError, PythonTypeError, RuntimeError } from "../../core/errors.ts";
import { typeName } from "../errors.ts";
import { Tensor } from "../tensor.ts";
import { checkPair, position, slicedPositions } from "./containers.ts";
import { removeMember, setPlain } from "./members.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** What is in the containers: parameters, as they are read, and whatever else was put there. */
abstract class Parameters extends Module {
  /** The name of everything that is in the container, in order. */
  protected readonly _keys: Set<string> = new Set();

  /** Number of items. */
  get length(): number {
    return this._keys.size;
  }

  protected valueAt(name: string): unknown {
    return (this as unknown as Record<string, unknown>)[name];
  }

  protected put(name: string, value: unknown): void {
    if (this._keys.has(name)) removeMember(this, name);
    this._keys.add(name);
    if (value instanceof Tensor)
      this.registerParameter(name, value instanceof Parameter ? value : new Parameter(value));
    else setPlain(this, name, value);
  }

  /** How a tensor's type is called in the printed form. */
  protected abstract kindOf(tensor: Tensor): string;

  override call(..._inputs: unknown[]): never {
    throw new RuntimeError(`${this.constructor.name} should not be called.`);
  }

  override extraRepr(): string {
    return [...this._keys]
      .map((name) => {
        const value = this.valueAt(name);
        if (!(value instanceof Tensor)) return `  (${name}): Object of type: ${typeName(value)}`;
        const kind = value instanceof Parameter ? "Parameter" : "Tensor";
        return `  (${name}): ${kind} containing: [${this.kindOf(value)} of size ${value.shape.join("x")}]`;
      })
      .join("\n");
  }
}

/** Parameters in a list (torch.nn.ParameterList). */
export class ParameterList extends Parameters {
  constructor(values: Iterable<unknown> = []) {
    super();
    this.extend(values);
  }

  /** The item at a place, negative ones from the end; a slice "start:stop:step" gives a list. @throws IndexError */
  at(index: number): Parameter;
  at(slice: string): ParameterList;
  at(index: number | string): unknown {
    if (typeof index === "number") return this.valueAt(String(position(index, this.length)));
    const values = [...this];
    return new ParameterList(slicedPositions(index, this.length).map((i) => values[i]!));
  }

  /** Replaces the item at a place. */
  set(index: number | readonly [number], value: unknown): void {
    this.put(String(position(typeof index === "number" ? index : index[0], this.length)), value);
  }

  /** Adds one at the end. */
  append(value: unknown): this {
    this.put(String(this.length), value);
    return this;
  }

  /** Adds several at the end. @throws TypeError for what is no list of items */
  extend(values: Iterable<unknown>): this {
    const isIterable = typeof values === "object" && values !== null && Symbol.iterator in values;
    if (!isIterable || values instanceof Tensor) {
      throw new PythonTypeError(
        `ParameterList.extend should be called with an iterable, but got ${typeName(values)}`,
      );
    }
    for (const value of [...values]) this.append(value);
    return this;
  }

  *[Symbol.iterator](): IterableIterator<Parameter> {
    for (const name of this._keys) yield this.valueAt(name) as Parameter;
  }

  protected override kindOf({ dtype }: Tensor): string {
    return `torch.${dtype.name}`;
  }
}

/** Parameters by name: a map, an object, pairs, or another ParameterDict. */
export type NamedParameters =
  | ReadonlyMap<string, unknown>
  | Readonly<Record<string, unknown>>
  | Iterable<readonly [string, unknown]>
  | ParameterDict;

/** Parameters by name (torch.nn.ParameterDict). */
export class ParameterDict extends Parameters {
  constructor(parameters: NamedParameters = []) {
    super();
    this.update(parameters);
  }

  /** The item of a name. @throws KeyError when there is none */
  at(name: string): Parameter {
    if (!this._keys.has(name)) throw new KeyError(`'${name}'`);
    return this.valueAt(name) as Parameter;
  }

  /** Adds or replaces an item. */
  set(name: string | readonly [string], value: unknown): void {
    this.put(typeof name === "string" ? name : name[0], value);
  }

  /** True iff there is an item of that name. */
  has(name: string): boolean {
    return this._keys.has(name);
  }

  /** The item of a name, or the default where there is none. */
  get<Default = null>(name: string, defaultValue: Default = null as Default): Parameter | Default {
    return this.has(name) ? this.at(name) : defaultValue;
  }

  /** The item of a name, which is set to the default where there is none. */
  setdefault(name: string, defaultValue: unknown = null): Parameter {
    if (!this.has(name)) this.set(name, defaultValue);
    return this.at(name);
  }

  /** Takes an item away and gives it. @throws KeyError when there is none */
  pop(name: string): Parameter {
    const value = this.at(name);
    this._keys.delete(name);
    removeMember(this, name);
    return value;
  }

  /** Takes the last item away and gives it with its name. @throws KeyError when there is none */
  popitem(): [string, Parameter] {
    const name = [...this._keys].at(-1);
    if (name === undefined) throw new KeyError("'dictionary is empty'");
    return [name, this.pop(name)];
  }

  /** Takes all items away. */
  clear(): void {
    for (const name of [...this._keys]) this.pop(name);
  }

  /** Another dict with the same items. */
  copy(): ParameterDict {
    return new ParameterDict(this);
  }

  /** A dict in which all names have one value. */
  fromkeys(keys: Iterable<string>, defaultValue: unknown = null): ParameterDict {
    return new ParameterDict([...keys].map((key) => [key, defaultValue] as const));
  }

  /** Names, in order. */
  keys(): IterableIterator<string> {
    return this._keys.keys();
  }

  /** Items, in order. */
  *values(): IterableIterator<Parameter> {
    for (const name of this._keys) yield this.at(name);
  }

  /** Names and items, in order. */
  *items(): IterableIterator<[string, Parameter]> {
    for (const name of this._keys) yield [name, this.at(name)];
  }

  /** The names, as Python's loops over a dict have it. */
  [Symbol.iterator](): IterableIterator<string> {
    return this.keys();
  }

  /** Adds items; those of a map or an object by the order of their names, as PyTorch does it. @throws TypeError, ValueError */
  update(parameters: NamedParameters): void {
    if (typeof parameters !== "object" || parameters === null) {
      throw new PythonTypeError(
        `ParametersDict.update should be called with an iterable of key/value pairs, but got ${typeName(parameters)}`,
      );
    }
    if (parameters instanceof ParameterDict) {
      for (const [name, value] of parameters.items()) this.set(name, value);
      return;
    }
    const isMap = parameters instanceof Map || !(Symbol.iterator in parameters);
    const pairs = [...(Symbol.iterator in parameters ? parameters : Object.entries(parameters))] as [
      string,
      unknown,
    ][];
    pairs.forEach((pair, i) => {
      checkPair("ParameterDict", pair, i);
    });
    if (isMap) pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    for (const [name, value] of pairs) this.set(name, value);
  }

  protected override kindOf(tensor: Tensor): string {
    return typeName(tensor);
  }
}
