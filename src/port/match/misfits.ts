// Rules that do not give the shape that their entry has, or a type that it cannot hold.

import { ValueError } from "../../core/errors.ts";
import { shapeText } from "../../core/words.ts";
import type { Matching } from "../matching.ts";
import { ruleShape } from "../rules/apply.ts";
import type { Source } from "../source.ts";
import type { Model } from "../target.ts";

/** What does not fit, a line for each entry: what was expected, what came, and from where. */
export function misfits(source: Source, model: Model, matching: Matching): string[] {
  const byName = new Map(source.arrays.map(({ name, array }) => [name, array]));
  return matching.rules.flatMap((rule) => {
    const target = model.byName.get(rule.target);
    if (target === undefined) return [`${rule.target}: the model has no entry of that name`];
    const wanted = target.tensor.shape;
    const complex = rule.from.map(({ name }) => byName.get(name)).find((array) => array?.dtype.isComplex);
    if (complex !== undefined && !target.tensor.dtype.isComplex) {
      const { name } = rule.from[0]!;
      return [
        `${rule.target}: "${name}" is ${complex.dtype.name}, the parameter is ${target.tensor.dtype.name}`,
      ];
    }
    const names = rule.from.map(({ name }) => `"${name}"`).join(", ");
    try {
      const given = ruleShape(rule, (name) => byName.get(name)?.shape);
      if (given.join() === wanted.join()) return [];
      return [`${rule.target}: expected ${shapeText(wanted)}, got ${shapeText(given)} from ${names}`];
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      return [error.message];
    }
  });
}
