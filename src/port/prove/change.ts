// A change that could explain recorded outputs: other rules for some parameters, or other settings of modules.

import type { Matching } from "../matching.ts";
import type { Rule } from "../rules/rule.ts";
import type { Setting } from "../setting.ts";
import type { Source } from "../source.ts";
import type { Model } from "../target.ts";

/** One change, as data. Applied to the plan it gives another plan. */
export interface Change {
  /** What kind of mistake it would make good: "transposed", "gate order", "setting". */
  readonly kind: string;
  /** The entries (of a setting: the modules) that it is about. */
  readonly parameters: readonly string[];
  /** What is then known, in a sentence. */
  readonly text: string;
  /** How it is made good, in words. */
  readonly repair: string;
  /** Rules put in place of those for the same entries. */
  readonly rules: readonly Rule[];
  readonly settings: readonly Setting[];
}

/** What changes are made from. */
export interface ChangeContext {
  readonly source: Source;
  readonly model: Model;
  readonly matching: Matching;
  /** The plan's rules by entry, with the changes taken so far. */
  readonly rules: ReadonlyMap<string, Rule>;
}

/** One kind of mistake, and the changes that would make it good. */
export interface ChangeFamily {
  readonly kind: string;
  /** Where it is written down or was met. */
  readonly source: string;
  /**
   * The changes of this kind that are possible, those that concern everything alike first (all square weights), then
   * those that concern parts (one weight).
   */
  changes(context: ChangeContext): Iterable<Change>;
}
