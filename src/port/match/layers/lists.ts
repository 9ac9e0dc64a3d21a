// Arrays without names in the order in which a library lists a model's weights, layer by layer: cut into layers by what
// the model's modules can hold.

import { Fitter, targetKey } from "./align.ts";
import type { LayerRule, SourceUnit, TargetUnit, UnitArray } from "./unit.ts";

/** Places looked at before it is given up. */
const mostTries = 50_000;

/** One way to go on: how many arrays a layer takes, and which modules are then left. */
interface Step {
  readonly unit: SourceUnit;
  readonly length: number;
  readonly left: readonly TargetUnit[];
}

/**
 * The layers of a list; undefined where it is not one of the model's layers in any order.
 * @param targets modules in the order in which the layers are likeliest listed
 */
export function listUnits(
  arrays: readonly UnitArray[],
  targets: readonly TargetUnit[],
  rules: readonly LayerRule[],
): SourceUnit[] | undefined {
  const fitter = new Fitter(rules);
  const failed = new Set<string>();
  let tries = 0;
  const units: SourceUnit[] = [];
  const goOn = (at: number, left: readonly TargetUnit[]): boolean => {
    if (at === arrays.length) return left.length === 0;
    const key = `${at} ${left.map(({ id }) => id).join()}`;
    if (failed.has(key) || ++tries > mostTries) return false;
    for (const step of stepsFrom(arrays, at, left, rules, fitter)) {
      units.push(step.unit);
      if (goOn(at + step.length, step.left)) return true;
      units.pop();
    }
    failed.add(key);
    return false;
  };
  return goOn(0, targets) ? units : undefined;
}

function* stepsFrom(
  arrays: readonly UnitArray[],
  at: number,
  left: readonly TargetUnit[],
  rules: readonly LayerRule[],
  fitter: Fitter,
): Iterable<Step> {
  const seen = new Set<string>();
  for (const [i, target] of left.entries()) {
    const key = targetKey(target);
    if (seen.has(key)) continue;
    seen.add(key);
    for (const rule of rules) {
      if (!rule.targets.includes(target.type)) continue;
      for (const roles of rule.lists) {
        const taken = arrays.slice(at, at + roles.length);
        if (taken.length < roles.length) continue;
        const unit: SourceUnit = {
          path: `layer ${at}`,
          className: rule.classes[0],
          arrays: new Map(roles.map((role, j) => [role, taken[j]!])),
        };
        const cost = fitter.cost(unit, target);
        if (cost === undefined) continue;
        yield { unit, length: roles.length, left: left.filter((_, j) => j !== i) };
      }
    }
  }
}
