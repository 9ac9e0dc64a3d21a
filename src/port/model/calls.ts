// Operations on the entries of a layer, as calls of that layer: exported forward passes say `linear(x, weight, bias)`
// where the model's own code says `self.proj(x)`.

import type { ForwardSpec, ModuleSpec, StepSpec } from "../spec.ts";

/** A layer's call as an operation. */
interface Lifted {
  /** The operation's name, without the family and overload. */
  readonly operation: string;
  /** Which argument is the input. */
  readonly input: number;
  /** Entries of the layer by argument. */
  readonly entries: Readonly<Record<number, string>>;
  /** Arguments of the layer's constructor by argument, with what they are by default. */
  readonly settings: Readonly<Record<number, readonly [name: string, normal: unknown]>>;
  /** Arguments that change nothing of the values. */
  readonly free?: readonly number[];
}

const convolution = (axes: number): Lifted => ({
  operation: `conv${axes}d`,
  input: 0,
  entries: { 1: "weight", 2: "bias" },
  settings: { 3: ["stride", 1], 4: ["padding", 0], 5: ["dilation", 1], 6: ["groups", 1] },
});

const layers: Readonly<Record<string, Lifted>> = {
  Linear: { operation: "linear", input: 0, entries: { 1: "weight", 2: "bias" }, settings: {} },
  Conv1d: convolution(1),
  Conv2d: convolution(2),
  Conv3d: convolution(3),
  Embedding: { operation: "embedding", input: 1, entries: { 0: "weight" }, settings: {}, free: [2, 3, 4] },
  LayerNorm: {
    operation: "layer_norm",
    input: 0,
    entries: { 2: "weight", 3: "bias" },
    settings: { 1: ["normalized_shape", undefined], 4: ["eps", 1e-5] },
    free: [5],
  },
  GroupNorm: {
    operation: "group_norm",
    input: 0,
    entries: { 2: "weight", 3: "bias" },
    settings: { 1: ["num_groups", undefined], 4: ["eps", 1e-5] },
    free: [5],
  },
};

/** The description of the module at a path. */
export function moduleAt(tree: ModuleSpec, path: string): ModuleSpec | undefined {
  if (path === "") return tree;
  let found: ModuleSpec | undefined = tree;
  for (const name of path.split(".")) found = found?.children?.[name];
  return found;
}

/** True iff two settings say the same: a number stands for a list of it. */
function isSame(a: unknown, b: unknown): boolean {
  const [x, y] = [Array.isArray(a) ? a : [a], Array.isArray(b) ? b : [b]];
  const length = Math.max(x.length, y.length);
  const at = (list: readonly unknown[], i: number): unknown => (list.length === 1 ? list[0] : list[i]);
  return Array.from({ length }, (_, i) => at(x, i) === at(y, i)).every(Boolean);
}

/** The layer that a step computes, with what it is given; undefined where it is none. */
function liftedStep(step: StepSpec, tree: ModuleSpec): StepSpec | undefined {
  const [family, operation] = step.op?.split(".") ?? [];
  if ((family !== "aten" && family !== "F") || Object.keys(step.kw ?? {}).length > 0) return undefined;
  const args = step.in ?? [];
  const named = args.find((each) => typeof each === "string" && each.startsWith("@")) as string | undefined;
  if (named === undefined) return undefined;
  const path = named.slice(1, Math.max(named.lastIndexOf("."), 1));
  const layer = moduleAt(tree, path);
  if (path === "" || layer === undefined || layer.from !== undefined) return undefined;
  const form = Object.hasOwn(layers, layer.type) ? layers[layer.type] : undefined;
  if (form === undefined || form.operation !== operation) return undefined;
  const settings = layer.args ?? {};
  const fits = args.every((value, i) => {
    if (i === form.input || form.free?.includes(i)) return true;
    const entry = form.entries[i];
    if (entry !== undefined)
      return value === `@${path}.${entry}` || (value === null && settings[entry] === false);
    const setting = form.settings[i];
    return setting !== undefined && isSame(value, settings[setting[0]] ?? setting[1]);
  });
  const all = Object.entries(form.entries).every(
    ([i, entry]) => args[Number(i)] !== undefined || (settings[entry] ?? true) === false,
  );
  const rest = Object.entries(form.settings).every(
    ([i, [name, normal]]) => Number(i) < args.length || isSame(normal, settings[name] ?? normal),
  );
  return fits && all && rest ? { set: step.set, module: path, in: [args[form.input]] } : undefined;
}

/**
 * The forward pass with layers called where their entries were read.
 * @param ties the names of one tensor, by each of them
 */
export const withCalls = (
  forward: ForwardSpec,
  tree: ModuleSpec,
  ties: ReadonlyMap<string, readonly string[]> = new Map(),
): ForwardSpec => ({
  ...forward,
  steps: forward.steps.map((step) => {
    for (const each of namings(step, ties)) {
      const lifted = liftedStep(each, tree);
      if (lifted !== undefined) return lifted;
    }
    return step;
  }),
});

/** A step under every name that the first entry it reads goes by. */
function* namings(step: StepSpec, ties: ReadonlyMap<string, readonly string[]>): Iterable<StepSpec> {
  yield step;
  const args = step.in ?? [];
  for (const [i, value] of args.entries()) {
    const names = typeof value === "string" && value.startsWith("@") ? ties.get(value.slice(1)) : undefined;
    for (const name of names ?? []) yield { ...step, in: args.with(i, `@${name}`) };
  }
}
