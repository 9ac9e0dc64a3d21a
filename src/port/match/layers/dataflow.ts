// Which module of a model feeds which, as its order of calls shows it.

import type { Model } from "../../target.ts";
import type { Edges } from "./align.ts";
import type { TargetUnit } from "./unit.ts";

/** Pairs of units of which one is called behind the other; undefined where the order of calls is not known. */
export function targetEdges(model: Model, units: readonly TargetUnit[]): Edges | undefined {
  if (model.calls === undefined) return undefined;
  return units.slice(1).map((_, i) => [i, i + 1] as const);
}
