// Repairs that lose numbers or make some up: they are made only where they were asked for.

import type { Matching } from "../matching.ts";
import { namesIn } from "../rules/apply.ts";

/**
 * A matching with the proposals of the given kinds carried out.
 * @param allowed kinds of findings: "padded", "missing", "numbers left over"
 */
export function withAllowed(matching: Matching, allowed: readonly string[] = []): Matching {
  const taken = (matching.proposals ?? []).filter(({ kind }) => allowed.includes(kind));
  if (taken.length === 0) return matching;
  const made = new Map(taken.flatMap(({ rules }) => rules.map((rule) => [rule.target, rule] as const)));
  const answered = new Set(taken.flatMap(({ problems = [] }) => problems));
  const kinds = new Set(taken.map(({ kind }) => kind));
  const used = new Set([...made.values()].flatMap(namesIn));
  const kept = matching.rules.filter(({ target }) => !made.has(target));
  return {
    ...matching,
    rules: [...kept, ...made.values()],
    unused: matching.unused.filter((name) => !used.has(name)),
    missing: matching.missing.filter((name) => !made.has(name)),
    problems: matching.problems.filter((problem) => !answered.has(problem)),
    findings: matching.findings.map((finding) =>
      kinds.has(finding.kind) && finding.parameters.every((name) => made.has(name))
        ? { ...finding, isRepaired: true }
        : finding,
    ),
  };
}
