// Which way of saving it was: every matcher is asked, and the one whose rules fill the model best is taken.

import { ValueError } from "../../core/errors.ts";
import type { Matcher, Matching } from "../matching.ts";
import { castMatching } from "../rules/casts.ts";
import type { Source } from "../source.ts";
import type { Model } from "../target.ts";
import { withAllowed } from "./allowed.ts";
import { convertedFindings } from "./converted.ts";
import { matchers } from "./matchers.ts";
import { misfits } from "./misfits.ts";

/** A matching, whose it is, and why. */
export interface ChosenMatching {
  readonly matcher: Matcher;
  readonly reasons: readonly string[];
  readonly matching: Matching;
}

interface Candidate extends ChosenMatching {
  readonly confidence: number;
  /** How much is wrong with it: entries without an array, rules that do not fit, reasons to refuse. */
  readonly faults: number;
}

/**
 * The best matching: the one with the fewest faults; of those the one that most speaks for.
 * @param layout name of the matcher to use
 * @param allowed kinds of findings whose repair was asked for
 * @throws ValueError when there is no matcher of that name
 */
export function bestMatching(
  source: Source,
  model: Model,
  layout?: string,
  allowed?: readonly string[],
): ChosenMatching {
  const asked = layout === undefined ? matchers : matchers.filter(({ name }) => name === layout);
  if (asked.length === 0) {
    throw new ValueError(
      `there is no layout "${layout}"; there are ${matchers.map(({ name }) => name).join(", ")}`,
    );
  }
  const candidates = asked.flatMap((matcher): Candidate[] => {
    const recognition = matcher.recognise(source, model);
    if (recognition === undefined && layout === undefined) return [];
    const { confidence, reasons } = recognition ?? { confidence: 0, reasons: ["it was asked for"] };
    const matching = withAllowed(castMatching(matcher.match(source, model), source, model), allowed);
    const faults =
      matching.missing.length + matching.problems.length + misfits(source, model, matching).length;
    return [{ matcher, matching, confidence, reasons, faults }];
  });
  const best = candidates.toSorted((a, b) => a.faults - b.faults || b.confidence - a.confidence)[0];
  const { matcher, reasons, matching } = best!;
  const said = convertedFindings(source, model, matching);
  return { matcher, reasons, matching: { ...matching, findings: [...matching.findings, ...said] } };
}
