// The names under which checkpoints of transformers hold what a model has, where those differ from the model's own: names
// of former releases, the submodule that a checkpoint of the base model leaves out, entries that no model needs any more.

import type { nn } from "../../torch/index.ts";

/** How a family's checkpoints name their entries. */
export interface CheckpointNames {
  /** The submodule that holds the model without its head ("bert"): a checkpoint of the base model has no such prefix. */
  readonly base: string;
  /** Former names and the present ones, as patterns and what takes their place. */
  readonly renamed?: readonly (readonly [former: RegExp, present: string])[];
  /** Entries that older files hold and that are computed instead: positions, masks. */
  readonly spare?: readonly RegExp[];
}

/** Gives the entries whose names begin with the prefix the model's own names. The state is changed in place. */
export function toPresentNames(
  model: nn.Module,
  names: CheckpointNames,
  state: Map<string, unknown>,
  prefix: string,
): void {
  const own = [...state].filter(([name]) => name.startsWith(prefix));
  for (const [name] of own) state.delete(name);
  const present = own
    .map(([name, value]): [string, unknown] => [renamed(name.slice(prefix.length), names), value])
    .filter(([name]) => !(names.spare ?? []).some((pattern) => pattern.test(name)));
  const change = prefixChange(model, names.base, new Map(present));
  for (const [name, value] of present) state.set(prefix + change(name), value);
}

function renamed(name: string, { renamed = [] }: CheckpointNames): string {
  return renamed.reduce((text, [former, now]) => text.replace(former, now), name);
}

/** What happens to the base model's prefix: put before names that lack it, taken from names that have too much. */
function prefixChange(
  model: nn.Module,
  base: string,
  state: ReadonlyMap<string, unknown>,
): (name: string) => string {
  const prefix = `${base}.`;
  const has = [...state.keys()].some((name) => name.startsWith(prefix));
  const own = new Set(model.stateDict().keys());
  const needs = [...own].some((name) => name.startsWith(prefix));
  if (has === needs) return (name) => name;
  if (needs) return (name) => (own.has(prefix + name) && !own.has(name) ? prefix + name : name);
  return (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
}
