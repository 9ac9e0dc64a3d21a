// What arrays tell of themselves: values that cannot be, types that lose digits, statistics that no weights have.

import type { Finding } from "../finding.ts";
import type { Matching } from "../matching.ts";
import type { Rule } from "../rules/rule.ts";
import type { Source } from "../source.ts";
import type { Model } from "../target.ts";
import { byteOrder } from "./byte-order.ts";
import { duplicated } from "./duplicates.ts";
import { elementType, quantised } from "./element-types.ts";
import { impossibleVariance } from "./norms.ts";
import { orientation } from "./orientation.ts";
import { biasTwice, gateOrder } from "./recurrent.ts";
import { untrained } from "./untrained.ts";
import { constant, deadChannels, infinite, notANumber, zero } from "./values.ts";

/** What a judge finds; where it knows how the mistake is made good, with the rules that do. */
export interface Judged extends Finding {
  /** Put in place of the plan's rules for the same entries. */
  readonly rules?: readonly Rule[];
}

/** One thing to look for. */
export interface Judge {
  /** What it looks for: "not a number". */
  readonly name: string;
  /** Where the rule is from. */
  readonly source: string;
  judge(source: Source, model: Model, matching: Matching): readonly Judged[];
}

/** All judges. What one makes good, those after it see made good. */
export const judges: readonly Judge[] = [
  byteOrder,
  notANumber,
  infinite,
  impossibleVariance,
  elementType,
  quantised,
  zero,
  constant,
  duplicated,
  deadChannels,
  gateOrder,
  biasTwice,
  untrained,
  orientation,
];

/** What all judges find, and the plan with what they made good. */
export interface Judging {
  readonly findings: readonly Finding[];
  readonly matching: Matching;
}

/** Asks all judges. */
export function judge(source: Source, model: Model, matching: Matching): Judging {
  return judges.reduce<Judging>(
    (before, each) => {
      const found = each.judge(source, model, before.matching);
      const rules = found.flatMap((judged) => judged.rules ?? []);
      const findings = found.map(({ rules: _, ...finding }) => finding);
      return {
        findings: [...before.findings, ...findings],
        matching: rules.length === 0 ? before.matching : withRules(before.matching, rules),
      };
    },
    { findings: [], matching },
  );
}

/** The matching with other rules for some entries. */
function withRules(matching: Matching, rules: readonly Rule[]): Matching {
  const other = new Map(rules.map((rule) => [rule.target, rule]));
  return { ...matching, rules: matching.rules.map((rule) => other.get(rule.target) ?? rule) };
}
