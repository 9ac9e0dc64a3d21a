// What arrays tell of themselves: values that cannot be, types that lose digits, statistics that no weights have.

import type { Finding } from "../finding.ts";
import type { Matching } from "../matching.ts";
import type { Source } from "../source.ts";
import type { Model } from "../target.ts";

/** One thing to look for. */
export interface Judge {
  /** What it looks for: "not a number". */
  readonly name: string;
  /** Where the rule is from. */
  readonly source: string;
  judge(source: Source, model: Model, matching: Matching): readonly Finding[];
}

/** All judges. */
export const judges: readonly Judge[] = [];

/** What all judges find. */
export function judge(source: Source, model: Model, matching: Matching): Finding[] {
  return judges.flatMap((each) => each.judge(source, model, matching));
}
