// The proof of a plan: the model is filled, run on the recorded input, and compared with the recorded output. Where they
// differ, legal changes are tried for the smallest set that explains the output.

import type { Recorded } from "../examine.ts";
import type { Finding } from "../finding.ts";
import type { Matching } from "../matching.ts";
import type { Rule } from "../rules/rule.ts";
import type { Setting } from "../setting.ts";
import type { Source } from "../source.ts";
import type { Model } from "../target.ts";
import type { Comparison } from "../verify.ts";
import type { Change, ChangeContext } from "./change.ts";
import { ambiguousFinding, hiddenFindings, neededFindings, unexplainedFinding } from "./findings.ts";
import { planWith } from "./moves.ts";
import { Search } from "./search.ts";
import { type Explanation, smallest } from "./smallest.ts";
import { type Outcome, type Plan, Trial } from "./trial.ts";
import { hiddenEntries, type Unseen } from "./unseen.ts";

/** What running the model showed. */
export interface Proof {
  /** True iff the outputs are the recorded ones, with the changes made. */
  readonly holds: boolean;
  /** The outputs with the changes made, against the recorded ones; the first output that differs most. */
  readonly comparison: Comparison;
  /** The outputs of the plan as it was. */
  readonly before: Comparison;
  /** The changes that were found to be needed; none where the plan was right. */
  readonly changes: readonly Change[];
  /** Other sets of changes that explain the outputs as well, each giving the model other parameters. */
  readonly rivals: readonly (readonly Change[])[];
  /** The plan with the changes. */
  readonly rules: readonly Rule[];
  readonly settings: readonly Setting[];
  /** How many sets of changes were tried. */
  readonly tried: number;
  /** True iff the search was ended by its limits and not for want of changes to try. */
  readonly isCut: boolean;
  /** Path of the first submodule whose recorded output differs, with the plan as it was. */
  readonly firstDivergence?: string;
  readonly unseen: readonly Unseen[];
  readonly findings: readonly Finding[];
}

/** How a plan is proved. */
export interface ProveOptions {
  /** Called while the proof searches: how many sets of changes were tried, and of how many at least. */
  readonly onProgress?: ((tried: number, total: number) => void) | undefined;
  /** Time for the search. Default 10. */
  readonly seconds?: number;
  /** Runs of the model for the search. Default 20000. */
  readonly runs?: number;
  /** What is known already: where a mistake is that no plan makes good, there is nothing to search for. */
  readonly findings?: readonly Finding[];
}

/** Proves a matching, or searches for what would make it true. The model is left as it was. */
export function prove(
  source: Source,
  model: Model,
  matching: Matching,
  recorded: Recorded,
  options: ProveOptions = {},
): Proof {
  const context: ChangeContext = {
    source,
    model,
    matching,
    rules: new Map(matching.rules.map((rule) => [rule.target, rule])),
  };
  const trial = new Trial(source, model, recorded);
  try {
    const base = trial.run({ rules: context.rules, settings: [] });
    if (base.comparison.isWithin) return heldProof(trial, context, base, options);
    const isHopeless = (options.findings ?? []).some(
      ({ severity, isRepaired }) => severity === "mistake" && !isRepaired,
    );
    const { seconds = 10, runs = isHopeless ? 0 : 20000, onProgress } = options;
    const search = new Search(trial, context, base, { seconds, runs, onProgress });
    if (runs > 0) search.run();
    const explanation = smallest(search, trial);
    return explanation === undefined
      ? failedProof(context, base, search, options, isHopeless)
      : explainedProof(trial, context, base, search, explanation, options);
  } finally {
    trial.end();
  }
}

/** A part of a second for each second of the search goes into finding what the outputs do not show. */
const hiddenSeconds = ({ seconds = 10 }: ProveOptions): number => seconds / 3;

const divergence = ({ diverges }: Outcome): Pick<Proof, "firstDivergence"> =>
  diverges === undefined ? {} : { firstDivergence: diverges };

function heldProof(trial: Trial, { rules }: ChangeContext, base: Outcome, options: ProveOptions): Proof {
  const hidden = hiddenEntries(trial, { rules, settings: [] }, hiddenSeconds(options));
  return {
    holds: true,
    comparison: base.comparison,
    before: base.comparison,
    changes: [],
    rivals: [],
    rules: [...rules.values()],
    settings: [],
    tried: 1,
    isCut: false,
    unseen: hidden.unseen,
    findings: hiddenFindings(hidden),
  };
}

function failedProof(
  { matching }: ChangeContext,
  base: Outcome,
  search: Search,
  { findings = [] }: ProveOptions,
  isHopeless: boolean,
): Proof {
  const { comparison, diverges } = base;
  const isCut = search.isSpent();
  const found = isHopeless ? [] : [unexplainedFinding(comparison, search.tried, isCut, diverges)];
  // Numbers that look like an initialisation, and outputs that no layout explains: it was not trained.
  const untrained = findings.find(({ kind, severity }) => kind === "not trained" && severity === "suspicion");
  if (untrained !== undefined && !isCut && !isHopeless) {
    found.push({ ...untrained, severity: "mistake", evidence: "io", isRepaired: false });
  }
  return {
    holds: false,
    comparison,
    before: comparison,
    changes: [],
    rivals: [],
    rules: matching.rules,
    settings: [],
    tried: 1 + search.tried,
    isCut,
    ...divergence(base),
    unseen: [],
    findings: found,
  };
}

function explainedProof(
  trial: Trial,
  context: ChangeContext,
  base: Outcome,
  search: Search,
  { chosen, others }: Explanation,
  options: ProveOptions,
): Proof {
  const { model } = context;
  const plan: Plan = planWith(context, chosen.candidates);
  const hidden = hiddenEntries(trial, plan, hiddenSeconds(options));
  const rivals = others.map(({ candidates }) => candidates);
  const ambiguous = rivals.length === 0 ? [] : [ambiguousFinding(model, chosen.candidates, rivals)];
  const needed = neededFindings(model, chosen.candidates, base.comparison, chosen.outcome.comparison);
  const disputed = new Set(ambiguous.flatMap(({ parameters }) => parameters));
  return {
    holds: true,
    comparison: chosen.outcome.comparison,
    before: base.comparison,
    changes: chosen.candidates.map(({ change }) => change),
    rivals: rivals.map((candidates) => candidates.map(({ change }) => change)),
    rules: [...plan.rules.values()],
    settings: plan.settings,
    tried: 1 + search.tried,
    isCut: false,
    ...divergence(base),
    unseen: [
      ...hidden.unseen.filter(({ parameter }) => !disputed.has(parameter)),
      ...[...disputed].map((parameter) => ({
        parameter,
        text: "several changes explain the recorded outputs, and they do not tell which is right",
      })),
    ],
    findings: [...(rivals.length === 0 ? needed : []), ...ambiguous, ...hiddenFindings(hidden)],
  };
}
