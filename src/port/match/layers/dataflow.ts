// Which unit of a model feeds which.

import type { Model } from "../../target.ts";
import type { Edges } from "./align.ts";
import type { TargetUnit } from "./unit.ts";

/** Pairs of units of which one feeds the other; undefined where the model was not run. */
export function targetEdges(model: Model, units: readonly TargetUnit[]): Edges | undefined {
  if (model.feeds === undefined) return undefined;
  const places = new Map<string, number[]>();
  units.forEach(({ path }, i) => {
    places.set(path, [...(places.get(path) ?? []), i]);
  });
  const edges = model
    .feeds(new Set(places.keys()))
    .map(([from, to]) => [places.get(from)!.at(-1)!, places.get(to)![0]!] as const);
  // The layers of a recurrent module feed one another.
  const inside = [...places.values()].flatMap((all) => all.slice(1).map((to, i) => [all[i]!, to] as const));
  return [...edges, ...inside];
}
