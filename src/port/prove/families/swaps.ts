// Parameters of the same shape that stand in each other's place: within a layer, two layers, two whole blocks.

import { groupBy } from "../../match/groups.ts";
import type { Rule } from "../../rules/rule.ts";
import type { Layer, Target } from "../../target.ts";
import { type Change, type ChangeContext, type ChangeFamily, filledTargets } from "../change.ts";

/** More pairs than this are not tried: the last ones are the unlikeliest. */
const mostPairs = 400;

/** Names with their numbers left out: what layers of the same role in other blocks have in common. */
export const rolePattern = (name: string): string => name.replace(/\d+/g, "*");

const exchangeOf = (
  words: Pick<Change, "kind" | "way" | "text" | "repair">,
  pairs: readonly (readonly [string, string])[],
  isAlone: boolean,
): Change => ({
  ...words,
  parameters: [...pairs.map(([first]) => first), ...pairs.map(([, second]) => second)],
  edits: pairs.map((targets) => ({ edit: "exchange", targets })),
  settings: [],
  ...(isAlone ? { isAlone } : {}),
});

/** What two entries of one layer are called when they are swapped. */
const swapKinds: Readonly<Record<string, string>> = {
  "running_mean running_var": "mean and variance swapped",
  "weight bias": "scale and shift swapped",
};

function* withinLayer({ entries }: Layer, isFilled: (target: Target) => boolean): Iterable<Change> {
  const targets = [...entries.values()].filter((target) => isFilled(target) && target.tensor.ndim > 0);
  for (const [i, a] of targets.entries()) {
    for (const b of targets.slice(i + 1)) {
      if (a.tensor.shape.join() !== b.tensor.shape.join() || a.tensor.dtype !== b.tensor.dtype) continue;
      const roles = `${a.role} ${b.role}`;
      yield exchangeOf(
        {
          kind: swapKinds[roles] ?? "parameters swapped",
          way: roles,
          text: `${a.role} and ${b.role} stand in each other's place`,
          repair: `exchange ${a.role} and ${b.role}`,
        },
        [[a.name, b.name]],
        false,
      );
    }
  }
}

/** Entries swapped within a layer. */
export const withinLayerFamily: ChangeFamily = {
  name: "parameters of one layer swapped",
  source: "arrays handed over by position: Keras has gamma, beta, mean, variance",
  isRepeatable: true,
  *changes(context) {
    const filled = new Set(filledTargets(context));
    for (const layer of context.model.layers) yield* withinLayer(layer, (target) => filled.has(target));
  },
};

/** A part of the model that holds parameters: a layer, or a block of several. */
interface Unit {
  readonly path: string;
  /** Entries by their names within it. */
  readonly entries: ReadonlyMap<string, Target>;
}

/** All parts of the model that hold entries, by what they hold. */
function unitsOf(context: ChangeContext): Map<string, Unit[]> {
  const units = new Map<string, Map<string, Target>>();
  for (const target of filledTargets(context)) {
    const parts = target.name.split(".");
    for (let length = parts.length - 1; length > 0; length--) {
      const path = parts.slice(0, length).join(".");
      const entries = units.get(path) ?? new Map<string, Target>();
      entries.set(parts.slice(length).join("."), target);
      units.set(path, entries);
    }
  }
  const list = [...units].map(([path, entries]): Unit => ({ path, entries }));
  return groupBy(list, ({ path, entries }) => `${typeAt(context, path)}: ${signatureOf(entries)}`);
}

const signatureOf = (entries: ReadonlyMap<string, Target>): string =>
  [...entries].map(([name, { tensor }]) => `${name}[${tensor.shape.join()}]`).join(" ");

/** The class of a layer; parts of several layers are told by what they hold. */
const typeAt = ({ model }: ChangeContext, path: string): string =>
  model.layers.find((layer) => layer.path === path)?.type ?? "";

function pairChange(a: Unit, b: Unit): Change {
  const patterns = [a.path, b.path].map(rolePattern);
  const isSameRole = patterns[0] === patterns[1];
  return exchangeOf(
    {
      kind: "layers swapped",
      way: isSameRole ? `${a.path} ${b.path}` : patterns.join(" "),
      text: `${a.path} and ${b.path} have the same shapes and stand in each other's place`,
      repair: `exchange ${a.path} and ${b.path}`,
    },
    [...a.entries].map(([name, target]) => [target.name, b.entries.get(name)!.name]),
    isSameRole,
  );
}

/** Whole blocks of a list in another order: as text sorts them ("10" before "2"), or the last first. */
function* reorderedLists(units: readonly Unit[], rules: ReadonlyMap<string, Rule>): Iterable<Change> {
  const lists = groupBy(units, ({ path }) => path.slice(0, path.lastIndexOf(".") + 1));
  for (const [parent, list] of lists) {
    if (list.length < 3) continue;
    const sorted = list.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    yield* reorderedList(parent, list, list.toReversed(), "in reverse order", rules);
    yield* reorderedList(parent, list, sorted, 'sorted as text, "10" before "2"', rules);
  }
}

function* reorderedList(
  parent: string,
  list: readonly Unit[],
  order: readonly Unit[],
  how: string,
  rules: ReadonlyMap<string, Rule>,
): Iterable<Change> {
  // The i-th name holds what belongs to the i-th of the order.
  const moved = list.flatMap((unit, i) =>
    order[i] === unit
      ? []
      : [...unit.entries].map(([name, { name: from }]): Rule => {
          const target = order[i]!.entries.get(name)!.name;
          return { ...rules.get(from)!, target, kind: "layers swapped" };
        }),
  );
  if (moved.length === 0) return;
  yield {
    kind: "layers swapped",
    way: `${parent} ${how}`,
    parameters: moved.map(({ target }) => target),
    text: `the layers of ${parent.slice(0, -1) || "the model"} were saved ${how}`,
    repair: "put the layers in their order",
    edits: moved.map((rule) => ({ edit: "rule", rule })),
    settings: [],
    isAlone: true,
  };
}

/** Layers and blocks in each other's place. */
export const layersFamily: ChangeFamily = {
  name: "layers swapped",
  source: "arrays handed over by position or sorted by name; gate and up projections of gated layers",
  isRepeatable: true,
  *changes(context) {
    const groups = [...unitsOf(context).values()].filter((units) => units.length > 1);
    // Blocks of many entries first: there are few of them.
    groups.sort((a, b) => b[0]!.entries.size - a[0]!.entries.size);
    for (const units of groups) yield* reorderedLists(units, context.rules);
    let count = 0;
    for (const units of groups) {
      for (const [i, a] of units.entries()) {
        for (const b of units.slice(i + 1)) {
          if (isWithin(a, b) || isWithin(b, a)) continue;
          if (++count > mostPairs) return;
          yield pairChange(a, b);
        }
      }
    }
  },
};

const isWithin = (inner: Unit, outer: Unit): boolean => inner.path.startsWith(`${outer.path}.`);
