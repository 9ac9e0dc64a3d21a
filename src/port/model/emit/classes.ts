// Which classes the source of a described model needs. Modules that differ in numbers alone are one class, and the
// numbers are what its constructor takes.

import { camelCase } from "../../../core/names.ts";
import { type ForwardSpec, isJsonObject, type ModuleSpec, type StepSpec } from "../../spec.ts";
import { classes as layerClasses } from "../tree.ts";

/** A number that the constructor of a class takes. */
export interface Taken {
  readonly name: string;
  /** Where in the description of an instance it stands: the places that always have the same number. */
  readonly places: readonly string[];
}

/** A class to be written. */
export interface WrittenClass {
  readonly name: string;
  /** The description of the first instance. */
  readonly spec: ModuleSpec;
  readonly takes: readonly Taken[];
}

const containers: ReadonlySet<string> = new Set(["Sequential", "ModuleList", "ModuleDict"]);

/** The container of torch.nn that the module is; undefined for any other. */
export function containerOf(spec: ModuleSpec): string | undefined {
  const base = spec.from === undefined && layerClasses.has(spec.type) ? spec.type : spec.extends;
  const isPlain = spec.parameters === undefined && spec.buffers === undefined && !isJsonObject(spec.forward);
  return base !== undefined && containers.has(base) && isPlain ? base : undefined;
}

/** True iff the class is one of torch.nn and no container. */
export const isLayer = (spec: ModuleSpec): boolean =>
  spec.from === undefined && layerClasses.has(spec.type) && !containers.has(spec.type);

/** True iff a class has to be written for the module. */
export const isWritten = (spec: ModuleSpec): boolean => !isLayer(spec) && containerOf(spec) === undefined;

function* leavesIn(value: unknown, place: string): Iterable<readonly [string, number]> {
  if (typeof value === "number") yield [place, value];
  else if (Array.isArray(value))
    for (const [i, each] of value.entries()) yield* leavesIn(each, `${place}/${i}`);
  else if (isJsonObject(value))
    for (const [key, each] of Object.entries(value)) yield* leavesIn(each, `${place}/${key}`);
}

/** Operations whose numbers say what is taken, and are part of the class. */
const isTaking = ({ op = "" }: StepSpec): boolean => /^(operator\.getitem|aten\.(slice|index))/.test(op);

/** The numbers that a module and those below it are made with and compute with, by their places. */
function numbersOf(spec: ModuleSpec, place = ""): Map<string, number> {
  const { args, parameters, buffers, children, forward } = spec;
  const made = isWritten(spec) ? { parameters, buffers } : { args };
  const own = Object.entries(made).flatMap(([key, value]) => [...leavesIn(value ?? {}, `${place}/${key}`)]);
  const steps = isJsonObject(forward) ? (forward as unknown as ForwardSpec).steps : [];
  for (const [i, step] of steps.entries()) {
    if (isTaking(step)) continue;
    for (const key of ["in", "kw"] as const)
      own.push(...leavesIn(step[key] ?? {}, `${place}/forward/${i}/${key}`));
  }
  const below = Object.entries(children ?? {}).flatMap(([name, child]) => [
    ...numbersOf(child, `${place}/children/${name}`),
  ]);
  return new Map([...own, ...below]);
}

/** A value with its numbers left out. */
function withoutNumbers(value: unknown): unknown {
  if (typeof value === "number") return "#";
  if (Array.isArray(value)) return value.map(withoutNumbers);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutNumbers(each)]));
}

/** A forward pass whose names do not matter. */
function plainForward({ inputs, steps, outputs, constants = {} }: ForwardSpec): unknown {
  const names = new Map([...inputs, ...steps.map(({ set }) => set)].map((name, i) => [name, i]));
  const plain = (value: unknown): unknown => {
    if (typeof value === "string" && value.startsWith("$")) return `$${names.get(value.slice(1))}`;
    if (typeof value === "string" && value.startsWith("#")) return constants[value.slice(1)];
    if (Array.isArray(value)) return value.map(plain);
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  };
  const rows = steps.map(({ set, ...step }) => {
    const row = plain(step);
    return [names.get(set), isTaking({ set, ...step }) ? row : withoutNumbers(row)];
  });
  return [inputs.length, rows, plain(outputs)];
}

/** What modules of one class have in common. */
function structureOf(spec: ModuleSpec): unknown {
  const { type, from, args, parameters, buffers, children, forward } = spec;
  const below = Object.entries(children ?? {}).map(([name, child]) => [name, structureOf(child)]);
  const runs = isJsonObject(forward) ? plainForward(forward as unknown as ForwardSpec) : forward;
  const made = isWritten(spec) ? { parameters, buffers } : { args };
  return [type, from, spec.extends, withoutNumbers(made), below, runs];
}

const key = (spec: ModuleSpec): string => JSON.stringify(structureOf(spec));

/** All modules of a tree that a class is written for, the innermost first. */
function* written(spec: ModuleSpec): Iterable<ModuleSpec> {
  for (const child of Object.values(spec.children ?? {})) yield* written(child);
  if (isWritten(spec)) yield spec;
}

/** A name that is not taken yet. */
export function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted}${i}`;
  taken.add(name);
  return name;
}

/** "_DenseLayer" as DenseLayer. */
const className = (type: string): string => {
  const name = type.replace(/\W/g, "").replace(/^[_\d]+/, "");
  return name === "" ? "Model" : name[0]!.toUpperCase() + name.slice(1);
};

/** The numbers in which the instances of a class differ, those together that never do from each other. */
function takenBy(instances: readonly ModuleSpec[]): Taken[] {
  const all = instances.map((spec) => numbersOf(spec));
  const columns = new Map<string, string[]>();
  for (const place of all[0]!.keys()) {
    const values = all.map((numbers) => numbers.get(place));
    if (values.every((value) => value === values[0])) continue;
    const column = JSON.stringify(values);
    columns.set(column, [...(columns.get(column) ?? []), place]);
  }
  const { parameters, buffers, children } = instances[0]!;
  const members = Object.keys({ ...parameters, ...buffers, ...children });
  const taken = new Set([...members, ...members.map(camelCase), "training", "type", "forward", "call"]);
  return [...columns.values()].map((places) => {
    const parts = places[0]!
      .split("/")
      .filter((part) => !/^(children|args|parameters|buffers|shape|forward|in|kw|\d*)$/.test(part));
    if (/^\/(parameters|buffers)/.test(places[0]!)) parts.push("size");
    const name = parts.length === 0 ? "size" : camelCase(parts.slice(-2).join("_").replace(/^\W+/, ""));
    return { name: freeName(name, taken), places };
  });
}

/** The classes of a tree, the innermost first, and which of them each module is. */
export class Classes {
  readonly all: readonly WrittenClass[];
  private readonly byKey: ReadonlyMap<string, WrittenClass>;

  constructor(tree: ModuleSpec, taken: Set<string>) {
    const groups = new Map<string, ModuleSpec[]>();
    for (const spec of written(tree)) groups.set(key(spec), [...(groups.get(key(spec)) ?? []), spec]);
    const named = [...groups].map(([each, instances]): [string, WrittenClass] => [
      each,
      {
        name: freeName(className(instances[0]!.type), taken),
        spec: instances[0]!,
        takes: takenBy(instances),
      },
    ]);
    this.byKey = new Map(named);
    this.all = [...this.byKey.values()];
  }

  /** The class of a module. */
  of(spec: ModuleSpec): WrittenClass {
    return this.byKey.get(key(spec))!;
  }
}

/** A forward pass whose numbers that a constructor takes are called by their names: `{ taken: "size" }`. */
export function withTaken(forward: ForwardSpec, nameAt: (place: string) => string | undefined): ForwardSpec {
  const named = <T>(value: T, place: string): T => {
    if (typeof value === "number") {
      const name = nameAt(place);
      return (name === undefined ? value : { taken: name }) as T;
    }
    if (Array.isArray(value)) return value.map((each, i) => named(each, `${place}/${i}`)) as T;
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, named(each, `${place}/${name}`)]),
    ) as T;
  };
  const steps = forward.steps.map((step, i) => ({
    ...step,
    ...(step.in === undefined ? {} : { in: named(step.in, `/forward/${i}/in`) }),
    ...(step.kw === undefined ? {} : { kw: named(step.kw, `/forward/${i}/kw`) }),
  }));
  return { ...forward, steps };
}

/** The number at a place of a description. */
export const numberAt = (spec: ModuleSpec, place: string): number => numbersOf(spec).get(place)!;
