// The last step of a rule where its arrays have another element type than the entry.

import type { DType } from "../../core/dtype.ts";
import { dtypeByName } from "../../core/dtype.ts";
import type { Matching } from "../matching.ts";
import type { Source } from "../source.ts";
import type { Model } from "../target.ts";
import type { Rule } from "./rule.ts";
import type { Step } from "./steps.ts";

/** The type that steps leave an array in. */
const typeAfter = (type: DType | undefined, steps: readonly Step[] = []): DType | undefined =>
  steps.reduce(
    (current, step) => (step.op === "cast" || step.op === "fill" ? dtypeByName(step.dtype) : current),
    type,
  );

/** The type of what a rule makes; undefined where arrays are missing or their types differ. */
function ruleType(rule: Rule, typeOf: (name: string) => DType | undefined): DType | undefined {
  const types = new Set(rule.from.map(({ name, ops }) => typeAfter(typeOf(name), ops)));
  const joined = types.size === 1 ? [...types][0] : undefined;
  return typeAfter(joined, rule.ops);
}

/** Rules that give the types that their entries have. A complex number is no real one, and is left as it is. */
function castRules(rules: readonly Rule[], source: Source, model: Model): Rule[] {
  const types = new Map(source.arrays.map(({ name, array }) => [name, array.dtype]));
  return rules.map((rule) => {
    const given = ruleType(rule, (name) => types.get(name));
    const wanted = model.byName.get(rule.target)?.tensor.dtype;
    if (given === undefined || wanted === undefined || given === wanted) return rule;
    if (given.isComplex && !wanted.isComplex) return rule;
    const ops = [...(rule.ops ?? []), { op: "cast", dtype: wanted.name } as const];
    return { ...rule, ops, kind: rule.kind === "identity" ? "cast" : rule.kind };
  });
}

/** A matching whose rules give the types that their entries have. */
export const castMatching = (matching: Matching, source: Source, model: Model): Matching => ({
  ...matching,
  rules: castRules(matching.rules, source, model),
  alternatives: matching.alternatives.map((each) => ({
    ...each,
    rules: castRules(each.rules, source, model),
  })),
  ...(matching.proposals === undefined
    ? {}
    : {
        proposals: matching.proposals.map((each) => ({
          ...each,
          rules: castRules(each.rules, source, model),
        })),
      }),
});
