// A forward pass of one long list of steps, taken apart along the tree of modules: the steps that read a submodule's
// entries become that submodule's own forward pass, and the list calls it. Traces and exports of PyTorch are flat;
// written models are not.

import { type ForwardSpec, isJsonObject, type ModelSpec, type ModuleSpec, type StepSpec } from "../spec.ts";
import { withCalls } from "./calls.ts";
import { namesRead } from "./steps.ts";
import { classes } from "./tree.ts";

/** Classes that only hold what they are given. */
const containers: ReadonlySet<string> = new Set(["Sequential", "ModuleList", "ModuleDict"]);

const baseOf = ({ type, from, extends: base }: ModuleSpec): string =>
  from === undefined ? type : (base ?? type);

/** True iff the module only holds others. */
const isContainer = (spec: ModuleSpec): boolean =>
  containers.has(baseOf(spec)) && spec.parameters === undefined && spec.buffers === undefined;

/** True iff the class is one of torch.nn, with a forward pass of its own. */
const isLayer = ({ type, from }: ModuleSpec): boolean => from === undefined && classes.has(type);

/** Everything that a value of the description holds, however deep. */
function* texts(value: unknown): Iterable<string> {
  if (typeof value === "string") yield value;
  else if (Array.isArray(value)) for (const each of value) yield* texts(each);
  else if (isJsonObject(value)) for (const each of Object.values(value)) yield* texts(each);
}

/** Paths of modules and names of entries that a step refers to. */
function referred({ module, get, in: args, kw }: StepSpec): string[] {
  const own = [module, get].filter((each): each is string => each !== undefined);
  return [
    ...own,
    ...[...texts(args), ...texts(kw)].filter((text) => text.startsWith("@")).map((text) => text.slice(1)),
  ];
}

const readBy = ({ in: args, kw }: StepSpec): string[] => [...namesRead(args), ...namesRead(kw)];

/** What leads up to the modules of each class: what all of them have in common belongs to the class. */
class Leads {
  private readonly seen = new Map<string, (string | undefined)[][]>();
  private readonly limits: ReadonlyMap<string, number> | undefined;

  constructor(limits?: ReadonlyMap<string, number>) {
    this.limits = limits;
  }

  /** The steps of a lead that are the class's own. */
  own(type: string, lead: readonly StepSpec[]): readonly StepSpec[] {
    this.seen.set(type, [...(this.seen.get(type) ?? []), lead.map(({ op }) => op).reverse()]);
    const limit = this.limits?.get(type);
    return limit === undefined ? lead : lead.slice(Math.max(lead.length - limit, 0));
  }

  /** How many steps before them all modules of each class have in common. */
  common(): Map<string, number> {
    const lengths = [...this.seen].map(([type, leads]): [string, number] => {
      const [first, ...others] = leads;
      const end = first!.findIndex((op, i) => others.some((lead) => lead[i] !== op));
      return [type, end < 0 ? first!.length : end];
    });
    return new Map(lengths);
  }
}

/** A run of steps that belong to one submodule. */
interface Region {
  readonly steps: readonly StepSpec[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** What a set of steps takes and gives. */
function regionOf(forward: ForwardSpec, members: ReadonlySet<StepSpec>): Region {
  const steps = forward.steps.filter((step) => members.has(step));
  const made = new Set(steps.map(({ set }) => set));
  const inputs = new Set(steps.flatMap(readBy).filter((name) => !made.has(name)));
  const outside = new Set([
    ...forward.steps.filter((step) => !members.has(step)).flatMap(readBy),
    ...namesRead(forward.outputs),
  ]);
  return { steps, inputs: [...inputs], outputs: [...made].filter((name) => outside.has(name)) };
}

/** Steps before a region whose values nothing else reads. */
function withLead(
  forward: ForwardSpec,
  members: Set<StepSpec>,
  isFree: (step: StepSpec) => boolean,
): StepSpec[] {
  const lead: StepSpec[] = [];
  for (let i = forward.steps.length - 1; i >= 0; i--) {
    const step = forward.steps[i]!;
    if (members.has(step) || !isFree(step)) continue;
    const readers = forward.steps.filter((each) => readBy(each).includes(step.set));
    if (readers.length === 0 || namesRead(forward.outputs).includes(step.set)) continue;
    if (!readers.every((each) => members.has(each))) continue;
    members.add(step);
    lead.unshift(step);
  }
  return lead;
}

/** The steps of a submodule, where they take what is there before them and give one value. */
function regionFor(forward: ForwardSpec, path: string, own: Leads["own"], type: string): Region | undefined {
  const isOwn = (name: string): boolean => name === path || name.startsWith(`${path}.`);
  const { steps } = forward;
  const owned = steps.map((step) => referred(step).some(isOwn));
  const foreign = steps.map((step) => referred(step).some((name) => !isOwn(name)));
  const [first, last] = [owned.indexOf(true), owned.lastIndexOf(true)];
  if (first < 0 || steps.slice(first, last + 1).some((_, i) => foreign[first + i])) return undefined;
  const isFree = (step: StepSpec): boolean => !foreign[steps.indexOf(step)];
  const start = new Set(steps.slice(first, last + 1).filter((step, i) => owned[first + i] || isFree(step)));
  withoutEarlier(start, owned, forward);
  for (let end = last; end < steps.length && !foreign[end]; end++) {
    if (end > last) start.add(steps[end]!);
    if (regionOf(forward, start).outputs.length > 1) continue;
    return closed(forward, start, isFree, (lead) => own(type, lead));
  }
  return undefined;
}

/** Takes out what stands among the steps without needing them, and is read elsewhere too. */
function withoutEarlier(members: Set<StepSpec>, owned: readonly boolean[], forward: ForwardSpec): void {
  const made = new Set<string>();
  for (const [i, step] of forward.steps.entries()) {
    if (!members.has(step)) continue;
    const isNeeded = owned[i] === true || readBy(step).some((name) => made.has(name));
    if (isNeeded) made.add(step.set);
    else if (regionOf(forward, members).outputs.includes(step.set)) members.delete(step);
  }
}

/** With what leads up to it and, where that begins by rearranging, with the step that undoes it. */
function closed(
  forward: ForwardSpec,
  members: Set<StepSpec>,
  isFree: (step: StepSpec) => boolean,
  own: (lead: readonly StepSpec[]) => readonly StepSpec[],
): Region | undefined {
  const before = regionOf(forward, members);
  const lead = own(withLead(forward, new Set(members), isFree));
  const all = new Set([...lead, ...members]);
  const [opening] = lead;
  const [output] = regionOf(forward, all).outputs;
  const readers = forward.steps.filter((step) => output !== undefined && readBy(step).includes(output));
  const [closing] = readers;
  if (
    opening?.op !== undefined &&
    readers.length === 1 &&
    closing!.op === opening.op &&
    readBy(closing!).length === 1 &&
    !namesRead(forward.outputs).includes(output!)
  )
    all.add(closing!);
  const region = regionOf(forward, all);
  const best = region.inputs.length <= before.inputs.length ? region : before;
  return best.outputs.length === 1 && best.steps.length > 0 ? best : undefined;
}

/** A value with the front of its paths cut off. */
function relative<T>(value: T, path: string): T {
  if (typeof value === "string")
    return (value.startsWith(`@${path}.`) ? `@${value.slice(path.length + 2)}` : value) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => relative(each, path)) as T;
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, relative(each, path)])) as T;
}

function relativeStep(step: StepSpec, path: string): StepSpec {
  const cut = (name: string): string => name.slice(path.length + 1);
  return {
    ...relative(step, path),
    ...(step.module === undefined ? {} : { module: cut(step.module) }),
    ...(step.get === undefined ? {} : { get: cut(step.get) }),
  };
}

/** The forward pass of a submodule. */
function forwardOf(
  { steps, inputs, outputs }: Region,
  path: string,
  constants: ForwardSpec["constants"],
): ForwardSpec {
  const used = new Set([...texts(steps.map(({ in: args, kw }) => [args, kw]))]);
  const own = Object.entries(constants ?? {}).filter(([name]) => used.has(`#${name}`));
  return {
    inputs,
    steps: steps.map((step) => relativeStep(step, path)),
    outputs: outputs.map((name) => `$${name}`),
    ...(own.length === 0 ? {} : { constants: Object.fromEntries(own) }),
  };
}

/** The forward pass with a region replaced by the call of its module; undefined where that cannot stand anywhere. */
function replaced(
  forward: ForwardSpec,
  { steps, inputs, outputs }: Region,
  path: string,
): ForwardSpec | undefined {
  const members = new Set(steps);
  const call: StepSpec = { set: outputs[0]!, module: path, in: inputs.map((name) => `$${name}`) };
  const rest = forward.steps.filter((step) => !members.has(step));
  const lastMade = Math.max(-1, ...rest.map(({ set }, i) => (inputs.includes(set) ? i : -1)));
  const firstRead = rest.findIndex((step) => readBy(step).includes(call.set));
  if (firstRead >= 0 && firstRead <= lastMade) return undefined;
  // Where the last of its steps stood, or as near to that as its readers let it.
  const lastStep = forward.steps.lastIndexOf(steps.at(-1)!);
  const place = forward.steps.slice(0, lastStep).filter((step) => !members.has(step)).length;
  const at = Math.max(Math.min(place, firstRead < 0 ? rest.length : firstRead), lastMade + 1);
  return { ...forward, steps: [...rest.slice(0, at), call, ...rest.slice(at)] };
}

/** Calls of a Sequential's children in a row as one call of it. */
function foldSequential(forward: ForwardSpec, path: string, names: readonly string[]): ForwardSpec {
  const { steps } = forward;
  const isCall = (step: StepSpec | undefined, name: string): boolean =>
    step?.module === `${path}.${name}` && step.in?.length === 1 && step.kw === undefined;
  const first = steps.findIndex((step) => isCall(step, names[0]!));
  const run = steps.slice(first, first + names.length);
  const isRow =
    first >= 0 &&
    names.every((name, i) => isCall(run[i], name)) &&
    run.every((step, i) => i === 0 || step.in![0] === `$${run[i - 1]!.set}`);
  const inner = new Set(run.slice(0, -1).map(({ set }) => set));
  const others = steps.filter((step) => !run.includes(step));
  const readElsewhere = [...others.flatMap(readBy), ...namesRead(forward.outputs)].some((name) =>
    inner.has(name),
  );
  if (!isRow || readElsewhere) return forward;
  const call: StepSpec = { set: run.at(-1)!.set, module: path, in: run[0]!.in! };
  const folded = {
    ...forward,
    steps: [...steps.slice(0, first), call, ...steps.slice(first + names.length)],
  };
  return foldSequential(folded, path, names);
}

/** A tree whose modules have their own forward passes, and what is left of the whole's. */
interface Outlined {
  readonly spec: ModuleSpec;
  readonly forward: ForwardSpec;
}

/** Takes out what belongs to the modules below; `path` is where they stand in the forward pass. */
function outlineChildren(spec: ModuleSpec, start: ForwardSpec, path: string, leads: Leads): Outlined {
  let forward = start;
  const children = Object.entries(spec.children ?? {}).map(([name, child]): [string, ModuleSpec] => {
    const place = path === "" ? name : `${path}.${name}`;
    const done = outlineChild(child, forward, place, leads);
    forward = done.forward;
    return [name, done.spec];
  });
  if (children.length === 0) return { spec, forward };
  return { spec: { ...spec, children: Object.fromEntries(children) }, forward };
}

function outlineChild(spec: ModuleSpec, forward: ForwardSpec, path: string, leads: Leads): Outlined {
  if (isLayer(spec) && !isContainer(spec)) return { spec, forward };
  if (isContainer(spec)) {
    const done = outlineChildren(spec, forward, path, leads);
    const names = Object.keys(spec.children ?? {});
    if (baseOf(spec) !== "Sequential" || names.length === 0) return done;
    return { spec: done.spec, forward: foldSequential(done.forward, path, names) };
  }
  const own: Leads["own"] = (type, lead) => leads.own(type, lead);
  const region = spec.forward === undefined ? regionFor(forward, path, own, spec.type) : undefined;
  const rest = region === undefined ? undefined : replaced(forward, region, path);
  if (region === undefined || rest === undefined) return outlineChildren(spec, forward, path, leads);
  const inner = outlineChildren(spec, forwardOf(region, path, forward.constants), "", leads);
  return { spec: { ...inner.spec, forward: inner.forward }, forward: rest };
}

/** The constants that steps still read. */
function withoutSpareConstants(forward: ForwardSpec): ForwardSpec {
  const used = new Set(texts([forward.steps.map(({ in: args, kw }) => [args, kw]), forward.outputs]));
  const kept = Object.entries(forward.constants ?? {}).filter(([name]) => used.has(`#${name}`));
  const { constants, ...rest } = forward;
  return constants === undefined ? rest : { ...rest, constants: Object.fromEntries(kept) };
}

/** The names of one tensor, by each of them. */
function tiesOf({ state_dict = [] }: ModelSpec): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { name, tied_to } of state_dict) {
    if (tied_to === undefined) continue;
    const group = groups.get(tied_to) ?? [tied_to];
    group.push(name);
    for (const each of group) groups.set(each, group);
  }
  return groups;
}

/**
 * The same model with a forward pass for each module that has one of its own: what stands between its entries in the
 * long list, what only leads up to it, and what has to follow for it to give one value.
 */
export function outline(spec: ModelSpec): ModelSpec {
  if (spec.forward === undefined || spec.forward === "sequential") return spec;
  const called = withCalls(spec.forward, spec.tree, tiesOf(spec));
  const leads = new Leads();
  outlineChildren(spec.tree, called, "", leads);
  const { spec: tree, forward } = outlineChildren(spec.tree, called, "", new Leads(leads.common()));
  return { ...spec, tree, forward: withoutSpareConstants(forward) };
}
