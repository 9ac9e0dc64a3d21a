// Which way of saving it was: of the matchers for which something speaks, the one whose rules fill the model best is taken.

import { ValueError } from "../../core/errors.ts";
import type { Matcher, Matching, Recognition } from "../matching.ts";
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

interface Recognised extends Recognition {
  readonly matcher: Matcher;
}

interface Candidate extends ChosenMatching {
  /** How much is wrong with it: entries without an array, rules that do not fit, reasons to refuse. */
  readonly faults: number;
}

const mostOf = ({ most = 1 }: Matcher): number => most;

/** Matchers for which something speaks, most confidence first, then in their own order; none is asked before it must be. */
function* byConfidence(asked: readonly Matcher[], source: Source, model: Model): Generator<Recognised> {
  const waiting = asked.toSorted((a, b) => mostOf(b) - mostOf(a));
  const known: Recognised[] = [];
  const isBehind = (a: Recognised, b: Recognised): number =>
    b.confidence - a.confidence || asked.indexOf(a.matcher) - asked.indexOf(b.matcher);
  while (waiting.length > 0 || known.length > 0) {
    const next = waiting[0];
    const first = known[0];
    if (next !== undefined && (first === undefined || mostOf(next) >= first.confidence)) {
      waiting.shift();
      const recognition = next.recognise(source, model);
      if (recognition !== undefined) known.push({ matcher: next, ...recognition });
      known.sort(isBehind);
    } else if (first !== undefined) {
      known.shift();
      yield first;
    }
  }
}

/** The matching of the matcher that was asked for, whatever speaks for it. */
function* asAsked(matcher: Matcher, source: Source, model: Model): Generator<Recognised> {
  const nothing = { confidence: 0, reasons: ["it was asked for"] };
  yield { matcher, ...(matcher.recognise(source, model) ?? nothing) };
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
  const asked = matchers.find(({ name }) => name === layout);
  if (layout !== undefined && asked === undefined) {
    throw new ValueError(
      `there is no layout "${layout}"; there are ${matchers.map(({ name }) => name).join(", ")}`,
    );
  }
  const recognised =
    asked === undefined ? byConfidence(matchers, source, model) : asAsked(asked, source, model);
  let best: Candidate | undefined;
  for (const { matcher, reasons } of recognised) {
    const matching = withAllowed(castMatching(matcher.match(source, model), source, model), allowed);
    const faults =
      matching.missing.length + matching.problems.length + misfits(source, model, matching).length;
    if (best === undefined || faults < best.faults) best = { matcher, reasons, matching, faults };
    // Those that come have less confidence.
    if (faults === 0) break;
  }
  const { matcher, reasons, matching } = best!;
  const said = convertedFindings(source, model, matching);
  return { matcher, reasons, matching: { ...matching, findings: [...matching.findings, ...said] } };
}
