// Which array becomes which parameter: by name, by position, or cut from one array after the other.

import type { Convention, Conversion } from "./conventions.ts";
import type { Arrangement, NamedArray } from "./source.ts";
import type { FlattenedInputs, Target } from "./target.ts";
import type { Transform } from "./transform.ts";

/** One parameter and where it comes from. */
export interface PlanEntry {
  readonly target: Target;
  readonly source: NamedArray;
  /** Everything that is done, a cut from a longer array included. */
  readonly steps: readonly Transform[];
  readonly conversion: Conversion;
  /** The cut alone. */
  readonly cut: readonly Transform[];
}

/** Entries, and what could not be paired. */
export interface Pairing {
  readonly entries: readonly PlanEntry[];
  readonly problems: readonly string[];
  readonly unused: readonly string[];
}

/** An entry that files may lack: older ones have no count of batches. */
const isCounter = (target: Target): boolean => target.role === "num_batches_tracked";
const isBuffer = (target: Target): boolean => target.module._buffers.has(target.role);

const shapeText = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

function entry(
  target: Target,
  source: NamedArray,
  convention: Convention,
  flattened: FlattenedInputs,
  cut: readonly Transform[] = [],
): PlanEntry {
  const conversion = convention.conversion(target, flattened);
  return { target, source, conversion, cut, steps: [...cut, ...conversion.steps] };
}

/** Prefixes under which checkpoints keep their weights, and that wrappers put before names. */
const prefixes: readonly string[] = [
  "model_state_dict/",
  "state_dict/",
  "model/",
  "module.",
  "_orig_mod.",
  "model.",
];

/** Arrays under the names that the model has, a common prefix taken off. */
function withoutPrefix(
  arrays: readonly NamedArray[],
  names: ReadonlySet<string>,
): ReadonlyMap<string, NamedArray> {
  const known = (name: string): boolean => names.has(name);
  for (const prefix of ["", ...prefixes]) {
    const found = arrays.filter(({ name }) => name.startsWith(prefix) && known(name.slice(prefix.length)));
    if (found.length > 0) return new Map(found.map((each) => [each.name.slice(prefix.length), each]));
  }
  return new Map();
}

/** Pairs by name; in another library's naming by the layers' order and the parameters' roles. */
export function arrangeNamed(
  targets: readonly Target[],
  arrays: readonly NamedArray[],
  convention: Convention,
  flattened: FlattenedInputs,
): Pairing {
  if (Object.keys(convention.roles).length > 0) return arrangeByRole(targets, arrays, convention, flattened);
  const byName = withoutPrefix(arrays, new Set(targets.map(({ name }) => name)));
  const problems: string[] = [];
  const entries: PlanEntry[] = [];
  for (const target of targets) {
    const source = byName.get(target.name);
    if (source !== undefined) entries.push(entry(target, source, convention, flattened));
    else if (!isCounter(target)) problems.push(missingText(target, arrays));
  }
  const used = new Set([...byName.values()].map(({ name }) => name));
  return { entries, problems, unused: arrays.filter(({ name }) => !used.has(name)).map(({ name }) => name) };
}

function missingText(target: Target, arrays: readonly NamedArray[]): string {
  const { shape } = target.tensor;
  const alike = arrays
    .filter(({ array }) => shapeText(array.shape) === shapeText(shape))
    .map(({ name }) => `"${name}"`);
  const hint =
    alike.length === 0
      ? ""
      : `; of that shape there ${alike.length === 1 ? "is" : "are"} ${alike.slice(0, 4).join(", ")}`;
  return `${target.name} ${shapeText(shape)} is missing${hint}`;
}

/** Name of the layer and of the parameter in a path. */
export function splitPath(name: string): readonly [layer: string, role: string] {
  const slash = name.lastIndexOf("/");
  return [slash < 0 ? "" : name.slice(0, slash), name.slice(slash + 1)];
}

/** Layers of the file in order, against the model's layers that hold parameters in order. */
function arrangeByRole(
  targets: readonly Target[],
  arrays: readonly NamedArray[],
  convention: Convention,
  flattened: FlattenedInputs,
): Pairing {
  const split = convention.split ?? splitPath;
  const sources = groupBy(arrays, ({ name }) => split(name)[0]);
  const layers = groupBy(targets, ({ module }) => module);
  const problems: string[] = [];
  const entries: PlanEntry[] = [];
  const used = new Set<NamedArray>();
  if (sources.length !== layers.length) {
    problems.push(
      `the model has ${layers.length} layers with parameters, the file ${sources.length}: ${sources.map(([name]) => name).join(", ")}`,
    );
    return { entries, problems, unused: [] };
  }
  layers.forEach(([, members], i) => {
    const [layer, given] = sources[i]!;
    for (const target of members) {
      const names = convention.roles[target.role] ?? [target.role];
      const source = given.find(({ name }) => names.includes(split(name)[1]));
      if (source !== undefined) {
        used.add(source);
        entries.push(entry(target, source, convention, flattened));
      } else if (!isCounter(target)) {
        problems.push(
          `${target.name} ${shapeText(target.tensor.shape)} is missing: "${layer}" has no ${names.join(" or ")}`,
        );
      }
    }
  });
  return { entries, problems, unused: arrays.filter((each) => !used.has(each)).map(({ name }) => name) };
}

function groupBy<Key, Item>(items: readonly Item[], keyOf: (item: Item) => Key): [Key, Item[]][] {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups];
}

/** Pairs in order: array by array, or cutting long arrays up. */
export function arrangePositional(
  targets: readonly Target[],
  arrays: readonly NamedArray[],
  arrangement: Exclude<Arrangement, "named">,
  convention: Convention,
  flattened: FlattenedInputs,
): Pairing {
  if (arrangement === "positional") return arrangeInOrder(targets, arrays, convention, flattened);
  if (arrangement === "flat") return cutUp(candidates(targets), arrays[0]!, convention, flattened);
  const layers = groupBy(targets, ({ module }) => module);
  const parts = layers.map(([, members], i) => cutUp(candidates(members), arrays[i]!, convention, flattened));
  return {
    entries: parts.flatMap((part) => part.entries),
    problems: parts.flatMap((part) => part.problems),
    unused: [],
  };
}

/** What people save in order: the parameters alone, the state dict without counters, or all of it. */
function candidates(targets: readonly Target[]): Target[][] {
  return [
    targets.filter((target) => !isBuffer(target)),
    targets.filter((target) => !isCounter(target)),
    [...targets],
  ];
}

function arrangeInOrder(
  targets: readonly Target[],
  arrays: readonly NamedArray[],
  convention: Convention,
  flattened: FlattenedInputs,
): Pairing {
  const choice = candidates(targets).find((each) => each.length === arrays.length);
  if (choice === undefined) {
    const [parameters] = candidates(targets);
    const counts = [...new Set(candidates(targets).map((each) => each.length))].join(" or ");
    const given = arrays.map(({ array }) => shapeText(array.shape)).join(", ");
    const wanted = parameters!.map(({ tensor }) => shapeText(tensor.shape)).join(", ");
    return {
      entries: [],
      problems: [`expected ${counts} arrays, got ${arrays.length}: ${given}; the parameters are ${wanted}`],
      unused: [],
    };
  }
  return {
    entries: choice.map((target, i) => entry(target, arrays[i]!, convention, flattened)),
    problems: [],
    unused: [],
  };
}

/** Cuts a 1-D array up in the order of the parameters. */
function cutUp(
  choices: readonly Target[][],
  source: NamedArray,
  convention: Convention,
  flattened: FlattenedInputs,
): Pairing {
  const { array, name } = source;
  const lengthOf = (targets: readonly Target[]): number =>
    targets.reduce((sum, { tensor }) => sum + tensor.layout.size, 0);
  const choice = choices.find((targets) => lengthOf(targets) === array.size);
  if (choice === undefined || array.ndim !== 1) {
    const lengths = [...new Set(choices.map(lengthOf))].join(" or ");
    const problem = `expected one array of ${lengths} numbers, got ${array.size} of shape ${shapeText(array.shape)} from "${name}"`;
    return { entries: [], problems: [problem], unused: [] };
  }
  let start = 0;
  const entries = choice.map((target) => {
    const { sourceShape } = convention.conversion(target, flattened);
    const stop = start + target.tensor.layout.size;
    const cut: Transform[] = [
      { op: "slice", start, stop },
      { op: "reshape", shape: sourceShape },
    ];
    start = stop;
    return entry(target, source, convention, flattened, cut);
  });
  return { entries, problems: [], unused: [] };
}
